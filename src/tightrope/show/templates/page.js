"use strict";
(() => {
  document.documentElement.classList.add("script");

  // Filters: a claim is shown when its verdict and its basis are ticked and it has all the words.
  const form = document.getElementById("filters");
  const claims = [...document.querySelectorAll("article.claim")].map((box) => ({
    box,
    verdict: box.dataset.verdict,
    basis: box.dataset.basis,
    text: box.textContent.toLowerCase(),
  }));
  const passages = [...document.querySelectorAll("section.passage")];
  const ticked = (name) =>
    new Set([...form.querySelectorAll(`input[name="${name}"]:checked`)].map((i) => i.value));
  const filter = () => {
    const verdicts = ticked("verdict");
    const bases = ticked("basis");
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const claim of claims) {
      const fits =
        verdicts.has(claim.verdict) &&
        (claim.basis === "" || bases.has(claim.basis)) &&
        words.every((word) => claim.text.includes(word));
      claim.box.hidden = !fits;
      shown += fits;
    }
    for (const passage of passages) {
      const boxes = [...passage.querySelectorAll("article.claim")];
      passage.hidden = boxes.length > 0 && boxes.every((box) => box.hidden);
    }
    document.getElementById("shown").textContent = `${shown} of ${claims.length} rows shown`;
  };
  if (form) {
    form.addEventListener("input", filter);
    form.addEventListener("reset", () => setTimeout(filter));
    form.addEventListener("submit", (event) => event.preventDefault());
    filter();
  }

  // A link to a claim that the filter hides, or to something in a closed part, shows it.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    if (target.closest("[hidden]") && form) form.reset();
    for (let part = target; part; part = part.parentElement)
      if (part.tagName === "DETAILS") part.open = true;
    setTimeout(() => target.scrollIntoView());
  };
  addEventListener("hashchange", reveal);
  reveal();

  // Notes on marks of charts.
  const note = document.getElementById("note");
  const graph = document.querySelector(".influence");
  const ends = JSON.parse(document.getElementById("hover").textContent);
  const light = (tip) => {
    for (const lit of graph.querySelectorAll(".lit")) lit.classList.remove("lit");
    const name = Object.hasOwn(ends.boxes, tip) ? ends.boxes[tip] : null;
    const line = Object.hasOwn(ends.lines, tip) ? ends.lines[tip] : null;
    graph.classList.toggle("lit", name !== null || line !== null);
    if (name === null && line === null) return;
    const near = new Set(line ?? [name]);
    const marks = [...graph.querySelectorAll("[data-tip]")];
    for (const mark of marks) {
      const own = Object.hasOwn(ends.lines, mark.dataset.tip) ? ends.lines[mark.dataset.tip] : null;
      if (own && (line ? mark.dataset.tip === tip : own.includes(name))) {
        mark.classList.add("lit");
        own.forEach((end) => near.add(end));
      }
    }
    for (const mark of marks)
      if (Object.hasOwn(ends.boxes, mark.dataset.tip) && near.has(ends.boxes[mark.dataset.tip]))
        mark.classList.add("lit");
  };
  let last = null;
  const show = (event) => {
    const mark = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
    note.hidden = !mark;
    if (mark !== last) {
      if (graph && (graph.contains(mark) || graph.contains(last)))
        light(graph.contains(mark) ? mark.dataset.tip : "");
      last = mark;
    }
    if (!mark) return;
    note.textContent = mark.dataset.tip;
    const right = event.clientX + 14 + note.offsetWidth > innerWidth;
    const low = event.clientY + 14 + note.offsetHeight > innerHeight;
    note.style.left = `${Math.max(4, right ? event.clientX - note.offsetWidth - 10 : event.clientX + 14)}px`;
    note.style.top = `${Math.max(4, low ? event.clientY - note.offsetHeight - 10 : event.clientY + 14)}px`;
  };
  addEventListener("pointermove", show);
  addEventListener("pointerdown", show);

  // On paper, what stands with a claim is shown in full.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll(".claim details:not([open])")];
    opened.forEach((part) => (part.open = true));
  });
  addEventListener("afterprint", () => opened.forEach((part) => (part.open = false)));
})();
