"use strict";
(() => {
  document.documentElement.classList.add("script");

  // A link to something in a closed part opens it. A page of several views does so itself.
  const reveal = () => {
    if ("views" in document.body.dataset) return;
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let part = target; part; part = part.parentElement)
      if (part.tagName === "DETAILS") part.open = true;
    setTimeout(() => target.scrollIntoView());
  };
  addEventListener("hashchange", reveal);
  reveal();

  // Notes on marks of charts.
  const note = document.getElementById("note");
  const show = (event) => {
    const mark = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
    note.hidden = !mark;
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
    opened = [...document.querySelectorAll(".claim details:not([open])")].filter((part) => part.checkVisibility());
    opened.forEach((part) => (part.open = true));
  });
  addEventListener("afterprint", () => opened.forEach((part) => (part.open = false)));
})();
