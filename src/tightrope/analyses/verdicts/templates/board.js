"use strict";
// The board in the browser: one view at a time by its address, a filter for claims, and worlds that
// can be narrowed. An address is #place or #place~limit;limit, so that what is seen can be sent.
(() => {
  const byId = (id) => document.getElementById(id);
  const make = (name, attributes = {}, ...children) => {
    const item = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) item.setAttribute(key, value);
    item.append(...children);
    return item;
  };
  const svg = (name, attributes = {}, ...children) => {
    const item = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) item.setAttribute(key, value);
    item.append(...children);
    return item;
  };
  const COLOURS = JSON.parse(byId("colours").textContent);
  const SHORT = { "too small to matter": "too small", "leans against": "against", "not tested": "no test" };
  const slug = (word) => `v-${word.replaceAll(" ", "-")}`;
  const short = (value) => (value === 0 ? "0" : Number(value.toPrecision(3)).toString());

  // ------------------------------------------------------------- the filter of claims
  const form = byId("filters");
  const rows = [...document.querySelectorAll("a.row")].map((row) => ({
    row,
    id: row.dataset.claim,
    text: (byId(decodeURIComponent(row.hash.slice(1))) ?? row).textContent.toLowerCase(),
  }));
  const ticked = (name) => new Set([...form.querySelectorAll(`input[name="${name}"]:checked`)].map((i) => i.value));
  const filter = () => {
    const chosenIn = ["verdict", "basis", "found", "source"].map((name) => [name, ticked(name)]);
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const asked = (set, value) => value === "" || set.size === 0 || set.has(value);
    for (const { row, text } of rows) {
      row.hidden = !(chosenIn.every(([name, set]) => asked(set, row.dataset[name])) && words.every((w) => text.includes(w)));
    }
    for (const group of document.querySelectorAll(".map .group")) group.hidden = !group.querySelector("a.row:not([hidden])");
    byId("shown").textContent = `${rows.filter((r) => !r.row.hidden).length} of ${rows.length} rows shown`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());

  // ------------------------------------------------------------- addresses and views
  let limits = [];
  let unknown = 0;
  const writeLimit = (l) => [l.kind === "number" ? l.name : `${l.name}/${l.part}`, l.low, l.high].map(encodeURIComponent).join(":");
  const readLimit = (text) => {
    const [name, low, high] = text.split(":").map(decodeURIComponent);
    const [low_, high_] = [Number(low), Number(high)];
    if (LIVE.numbers.has(name)) return { kind: "number", name, low: low_, high: high_ };
    const at = name.lastIndexOf("/");
    const claim = LIVE.claims.get(name.slice(0, at));
    const part = Number(name.slice(at + 1));
    return claim && claim.parts[part] ? { kind: "claim", name: claim.id, part, low: low_, high: high_ } : null;
  };
  const place = () => {
    const [at, told = ""] = location.hash.slice(1).split("~");
    const asked = told.split(";").filter(Boolean);
    const found = asked.map(readLimit).filter((l) => l && l.low <= l.high);
    return { at: decodeURIComponent(at), limits: found, unknown: asked.length - found.length };
  };
  const address = (at) => `#${at}${limits.length ? `~${limits.map(writeLimit).join(";")}` : ""}`;

  const views = [...document.querySelectorAll("section.view")];
  const links = [...document.querySelectorAll("nav.contents a")];
  let shownAt = null;
  const show = (at) => {
    const target = byId(at) ?? byId("board");
    const view = target.closest("section.view") ?? byId("board").closest("section.view");
    for (const other of views) other.classList.toggle("now", other === view);
    for (const link of links) link.toggleAttribute("aria-current", byId(link.hash.slice(1).split("~")[0])?.closest("section.view") === view);
    for (const now of document.querySelectorAll(".passage.now, article.claim.now, .passage.one")) now.classList.remove("now", "one");
    const claim = target.closest("article.claim");
    const passage = target.closest(".passage");
    if (passage) passage.classList.add("now", ...(claim ? ["one"] : []));
    if (claim) {
      claim.classList.add("now");
      draw(claim);
    }
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    if (at !== shownAt) {
      const heading = view.querySelector("h2");
      if (target === heading || claim || passage) scrollTo(0, 0);
      else target.scrollIntoView();
      if (shownAt !== null) (claim ?? heading).focus({ preventScroll: true });
    }
    shownAt = at;
  };
  const route = () => {
    const found = place();
    limits = found.limits;
    unknown = found.unknown;
    narrow();
    if (found.at.startsWith("move:")) neighbourhood(found.at);
    show(found.at.startsWith("move:") ? "moves" : found.at);
    for (const link of links) link.hash = address(link.hash.slice(1).split("~")[0]);
  };
  addEventListener("hashchange", route);
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("main a[href^='#']") : null;
    if (!link || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    location.hash = address(decodeURIComponent(link.getAttribute("href").slice(1).split("~")[0]));
  });
  addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea") || event.metaKey || event.ctrlKey || event.altKey) return;
    const shown = rows.filter((r) => !r.row.hidden);
    const now = place().at;
    const index = shown.findIndex((r) => r.row.hash.slice(1).split("~")[0] === now);
    const go = (step) => {
      const next = shown[index < 0 ? 0 : index + step];
      if (next) location.hash = address(next.row.hash.slice(1).split("~")[0]);
    };
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "b") location.hash = address("board");
    else if (event.key === "/") {
      event.preventDefault();
      location.hash = address("board");
      setTimeout(() => form.elements.words.focus());
    }
  });

  // ------------------------------------------------------------- worlds
  let chosen = LIVE.all;
  const words = new Map(rows.map(({ row }) => [row.dataset.claim, row.dataset.verdict]));
  const bar = (shares, label) => {
    let x = 0;
    const parts = ["argued", "small", "opposite"].map((name) => {
      const wide = 300 * shares[name];
      const rect = svg("rect", { x, y: 0, width: wide, height: 14, fill: COLOURS.shares[name] });
      x += wide;
      return rect;
    });
    return svg("svg", { class: "three", viewBox: "0 0 300 14", preserveAspectRatio: "none", role: "img", "aria-label": label }, ...parts);
  };
  const originals = new Map(rows.map(({ row }) => [row, row.innerHTML]));
  const narrow = () => {
    chosen = limits.length ? LIVE.left(limits) : LIVE.all;
    const changed = [];
    for (const { row, id } of rows) {
      row.classList.remove("changed");
      row.innerHTML = originals.get(row);
      row.dataset.verdict = words.get(id);
      const claim = LIVE.claims.get(id);
      if (!claim || !limits.length) continue;
      const now = LIVE.judge(claim, chosen);
      const chip = row.querySelector(".chip");
      if (!now.word) continue;
      row.querySelector(".three").replaceWith(bar(now, LIVE.split(now)));
      chip.className = `chip ${slug(now.word)}`;
      chip.textContent = SHORT[now.word] ?? now.word;
      row.dataset.verdict = now.word;
      if (now.word !== words.get(id)) {
        row.classList.add("changed");
        row.append(make("span", { class: "was" }, `was ${words.get(id)}`));
        changed.push(id);
      }
    }
    tell(changed);
    chips();
    filter();
    const open = document.querySelector("article.claim.now");
    if (open) draw(open);
  };
  const tell = (changed) => {
    const all = LIVE.worlds.toLocaleString("en");
    if (!limits.length) byId("left").textContent = `All ${all} worlds.`;
    else if (!chosen.length) byId("left").textContent = `None of ${all} worlds is left: nothing can be said.`;
    else {
      const few = chosen.length < 100 ? " So few worlds tell little." : "";
      const said = changed.length ? `${changed.length} of ${LIVE.claims.size} claims get another word.` : "No claim gets another word.";
      byId("left").textContent = `${chosen.length.toLocaleString("en")} of ${all} worlds are left. ${said}${few}`;
    }
    if (unknown) byId("left").append(` The address has ${unknown} limit${unknown === 1 ? "" : "s"} that this board does not know; left out.`);
    byId("worlds").classList.toggle("on", limits.length > 0);
    byId("everything").hidden = limits.length === 0;
  };

  // Limits are set with two sliders each; the address follows once a hand is taken off.
  const keep = () => {
    const at = place().at || "board";
    history.replaceState(null, "", address(at));
    for (const link of links) link.hash = address(link.hash.slice(1).split("~")[0]);
  };
  let waiting = 0;
  const soon = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(narrowed);
  };
  const narrowed = () => {
    const focus = document.activeElement?.id;
    narrow();
    if (focus && byId(focus)) byId(focus).focus();
    keep();
  };
  const two = (name, label, low, high, least, most, step, words, moved) => {
    const id = `limit-${name}`;
    const said = make("output", { for: `${id}-low ${id}-high` }, words(low, high));
    const slider = (end, value) => {
      const input = make("input", { type: "range", id: `${id}-${end}`, min: least, max: most, step, "aria-label": `${label}: ${end === "low" ? "lowest" : "highest"}` });
      input.value = value;
      return input;
    };
    const [one, other] = [slider("low", low), slider("high", high)];
    const change = (event) => {
      if (Number(one.value) > Number(other.value)) (event.target === one ? other : one).value = event.target.value;
      said.textContent = words(Number(one.value), Number(other.value));
      moved(Number(one.value), Number(other.value));
    };
    one.addEventListener("input", change);
    other.addEventListener("input", change);
    return make("div", { class: "two" }, make("span", { class: "what" }, label), one, other, said);
  };
  const chips = () => {
    const list = byId("limits");
    const names = limits.map((l) => `${l.name}/${l.part ?? ""}`).join(" ");
    if (list.dataset.names === names) return; // sliders that are being moved stay where they are
    list.dataset.names = names;
    list.replaceChildren(...limits.map(chip));
  };
  const chip = (limit, i) => {
    const drop = make("button", { type: "button", "aria-label": `No limit on ${limit.name}` }, "×");
    drop.addEventListener("click", () => {
      limits = limits.filter((l) => l !== limit);
      narrowed();
    });
    const moved = (low, high) => {
      Object.assign(limit, { low, high });
      soon();
    };
    if (limit.kind === "number") {
      const number = LIVE.numbers.get(limit.name);
      const range = (low, high) => `${short(LIVE.edge(number, low))} to ${short(LIVE.edge(number, high + 1))} ${number.unit}`.trim();
      return make("li", {}, two(i, number.meaning || limit.name, limit.low, limit.high, 0, LIVE.STEPS - 1, 1, range, moved), drop);
    }
    const claim = LIVE.claims.get(limit.name);
    const unit = claim.parts[limit.part].unit;
    const [least, most] = ends(claim.rows[limit.part]);
    const range = (low, high) => `${short(low)} to ${short(high)} ${unit}`.trim();
    return make("li", {}, two(i, `Difference of ${limit.name}`, limit.low, limit.high, least, most, "any", range, moved), drop);
  };
  const ends = (values) => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);
  const add = (name) => {
    const known = limits.find((l) => l.kind === "number" && l.name === name);
    if (!known) limits.push({ kind: "number", name, low: 0, high: LIVE.STEPS - 1 });
    narrowed();
    byId(`limit-${limits.findIndex((l) => l.name === name)}-low`)?.focus();
    byId("worlds").scrollIntoView({ block: "nearest" });
  };
  const asked = byId("narrow");
  const list = byId("numbers");
  for (const number of LIVE.numbers.values())
    list.append(make("option", { value: number.name }, number.meaning || number.name));
  const take = () => {
    if (!LIVE.numbers.has(asked.value)) return;
    const name = asked.value;
    asked.value = "";
    add(name);
  };
  asked.addEventListener("input", take);
  byId("worlds").addEventListener("submit", (event) => event.preventDefault());
  byId("everything").addEventListener("click", () => {
    limits = [];
    narrowed();
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[data-number]") : null;
    if (button) add(button.dataset.number);
  });

  // ------------------------------------------------------------- one claim
  const BINS = 48;
  const draw = (article) => {
    const id = article.dataset.claim;
    const claim = LIVE.claims.get(id);
    const box = article.querySelector(".own");
    if (!claim || !box) return;
    const times = box.dataset.times ? Number(box.dataset.times) : 1;
    const now = LIVE.judge(claim, chosen, times);
    const charts = claim.parts.map((_, i) => histogram(claim, i, times));
    const said = make("p", {});
    if (!now.word) said.append("No world is left.");
    else said.append(make("span", { class: `chip ${slug(now.word)}` }, now.word), ` ${LIVE.split(now)}, in ${chosen.length.toLocaleString("en")} worlds${times === 1 ? "" : `, with ${short(times)} times its margin`}.`);
    const shown = box.querySelector(".drawn") ?? box.appendChild(make("div", { class: "drawn" }));
    shown.replaceChildren(said, ...charts);
    if (!box.querySelector(".margin") && claim.parts.some((part) => part.margin > 0)) box.append(slider(claim, box, article));
  };
  const slider = (claim, box, article) => {
    const input = make("input", { type: "range", min: 0, max: 4, step: 0.05, "aria-label": "Margin" });
    input.value = box.dataset.times ?? 1;
    const said = make("output", {});
    const tellMargin = () => {
      const times = Number(input.value);
      const sizes = claim.parts.map((p) => `${short(times * p.margin)} ${p.unit}`.trim());
      said.textContent = `${[...new Set(sizes)].join(", ")}${times === 1 ? " (its own)" : ""}`;
    };
    input.addEventListener("input", () => {
      box.dataset.times = input.value;
      tellMargin();
      draw(article);
    });
    tellMargin();
    return make("label", { class: "margin" }, "What counts as something: ", input, " ", said);
  };
  const histogram = (claim, i, times) => {
    const part = claim.parts[i];
    const values = claim.rows[i];
    const margin = Math.fround(times * part.margin);
    const [least, most] = ends(values);
    const low = Math.min(least, -1.2 * margin, 0);
    const high = Math.max(most, 1.2 * margin, 0);
    const wide = (high - low) / BINS || 1;
    const bins = Array.from({ length: BINS }, () => ({ 1: 0, 0: 0, "-1": 0 }));
    for (const world of chosen) {
      const at = Math.min(BINS - 1, Math.floor((values[world] - low) / wide));
      bins[at][LIVE.cameTo(values[world], part.expect, margin)] += 1;
    }
    const top = Math.max(1, ...bins.map((b) => b[1] + b[0] + b[-1]));
    const [W, H, B] = [600, 120, 24];
    const x = (value) => (W * (value - low)) / (high - low || 1);
    const parts = [svg("rect", { x: x(-margin), y: 0, width: Math.max(0, x(margin) - x(-margin)), height: H, class: "zone" })];
    bins.forEach((bin, b) => {
      let y = H;
      for (const [key, name] of [["1", "argued"], ["0", "small"], ["-1", "opposite"]]) {
        const tall = (H * bin[key]) / top;
        y -= tall;
        if (tall) parts.push(svg("rect", { x: (W * b) / BINS + 0.5, y, width: W / BINS - 1, height: tall, fill: name === "small" ? "#8d8d8d" : COLOURS.shares[name] }));
      }
    });
    parts.push(svg("path", { d: `M${x(0)} 0V${H}`, stroke: "#333" }), svg("path", { d: `M0 ${H}H${W}`, stroke: "#888" }));
    const marks = new Map([[low, "start"], [high, "end"]]);
    if (x(0) > 70 && x(0) < W - 70) marks.set(0, "middle");
    for (const [value, anchor] of marks) parts.push(svg("text", { x: x(value), y: H + 17, "text-anchor": anchor }, short(value)));
    const label = `How the difference is spread over ${chosen.length} worlds: from ${short(least)} to ${short(most)} ${part.unit}; within ${short(margin)} it counts as nothing.`;
    const chart = svg("svg", { class: "spread", viewBox: `-2 0 ${W + 4} ${H + B}`, role: "img", "aria-label": label }, ...parts);
    brush(chart, (from, to) => {
      const [one, other] = [from, to].map((at) => low + at * (high - low));
      limits = limits.filter((l) => !(l.name === claim.id && l.part === i));
      if (other - one > wide / 4) limits.push({ kind: "claim", name: claim.id, part: i, low: Math.max(one, least), high: Math.min(other, most) });
      narrowed();
    });
    const title = claim.parts.length > 1 ? `Part ${i + 1}, expected ${part.expect}. ` : "";
    const caption = make("figcaption", {}, `${title}The difference in each world, in ${part.unit || "its own unit"}; the grey zone counts as nothing. Drag over it to keep only those worlds.`);
    return make("figure", {}, chart, caption);
  };
  const brush = (chart, done) => {
    let from = null;
    let mark = null;
    const at = (event) => {
      const box = chart.getBoundingClientRect();
      return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    };
    chart.addEventListener("pointerdown", (event) => {
      from = at(event);
      mark = chart.appendChild(svg("rect", { class: "brush", x: 600 * from, y: 0, width: 0, height: 120 }));
      chart.setPointerCapture(event.pointerId);
    });
    chart.addEventListener("pointermove", (event) => {
      if (from === null) return;
      const to = at(event);
      mark.setAttribute("x", 600 * Math.min(from, to));
      mark.setAttribute("width", 600 * Math.abs(to - from));
    });
    chart.addEventListener("pointerup", (event) => {
      if (from === null) return;
      const to = at(event);
      const pair = [Math.min(from, to), Math.max(from, to)];
      from = null;
      done(...pair);
    });
    chart.addEventListener("pointercancel", () => {
      from = null;
      mark?.remove();
    });
  };

  // ------------------------------------------------------------- what moves what
  const net = JSON.parse(byId("net").textContent);
  const things = new Map(net.things.map((thing) => [thing.name, thing]));
  const pick = byId("thing");
  const toward = byId("toward");
  for (const thing of [...things.values()].sort((a, b) => a.label.localeCompare(b.label))) {
    pick.append(make("option", { value: thing.name }, thing.label));
    toward.append(make("option", { value: thing.name }, thing.label));
  }
  const goTo = () => {
    location.hash = address(`move:${pick.value}${toward.value ? `,${toward.value}` : ""}`);
  };
  pick.addEventListener("change", goTo);
  toward.addEventListener("change", goTo);
  const merged = (links) => {
    const found = new Map();
    for (const link of links) {
      const key = `${link.from} ${link.to}`;
      if (!found.has(key)) found.set(key, { from: link.from, to: link.to, by: [], signs: new Set(), lag: link.lag });
      const known = found.get(key);
      known.by.push(link);
      known.signs.add(link.sign);
    }
    return [...found.values()];
  };
  const signOf = (link) => {
    const signs = [...link.signs].filter((s) => s !== "chosen");
    if (!signs.length) return "chosen";
    return signs.length === 1 ? signs[0] : "±";
  };
  const SIGNS = { "+": "raises", "-": "lowers", "±": "raises or lowers", chosen: "is what is wanted of" };
  const neighbourhood = (at) => {
    const [name, end] = at.slice("move:".length).split(",");
    if (!things.has(name)) return;
    pick.value = name;
    toward.value = things.has(end) ? end : "";
    const box = byId("near");
    if (toward.value) return box.replaceChildren(...between(name, toward.value));
    const into = merged(net.links.filter((l) => l.to === name && l.from !== name));
    const out = merged(net.links.filter((l) => l.from === name && l.to !== name));
    const own = merged(net.links.filter((l) => l.from === name && l.to === name));
    box.replaceChildren(
      picture(name, into, out),
      listed(`Moves ${things.get(name).label}`, into, "from"),
      listed(`Moved by ${things.get(name).label}`, out, "to"),
      ...(own.length ? [listed("On itself", own, "to")] : []),
    );
  };
  const named = (by) => {
    const target = byId(`mechanism-${by.by}`);
    const text = by.by.replaceAll("_", " ");
    const piece = target ? make("a", { href: `#mechanism-${by.by}` }, text) : text;
    return [piece, by.sign === "chosen" ? " chooses" : ` (${SIGNS[by.sign]}${by.lag ? "" : ", in the same quarter"})`];
  };
  const listed = (title, links, end) => {
    const items = links.map((link) => {
      const mechanisms = link.by.flatMap((by, i) => [...(i ? ["; "] : []), ...named(by)]);
      return make("li", {}, make("a", { href: `#move:${link[end]}` }, things.get(link[end]).label), ": ", ...mechanisms);
    });
    return make("section", {}, make("h3", {}, `${title} (${links.length})`), links.length ? make("ul", {}, ...items) : make("p", { class: "quiet" }, "Nothing."));
  };
  const INK = { "+": COLOURS.shares.argued, "-": COLOURS.shares.opposite, "±": "#666", chosen: "#999" };
  const picture = (name, into, out) => {
    const [W, ROW, BOX] = [960, 30, 270];
    const H = Math.max(into.length, out.length, 1) * ROW + 10;
    const middle = H / 2;
    const box = (thing, x, y) => {
      const link = svg("a", { href: `#move:${thing.name}` });
      const label = thing.label.length > 36 ? `${thing.label.slice(0, 35)}…` : thing.label;
      link.append(svg("title", {}, thing.label), svg("rect", { x, y: y - 12, width: BOX, height: 24, rx: 3, class: thing.kind }), svg("text", { x: x + 8, y: y + 4.5 }, label));
      return link;
    };
    const line = (link, x1, y1, x2, y2) => {
      const sign = signOf(link);
      const path = svg("path", { d: `M${x1} ${y1}C${x1 + 45} ${y1} ${x2 - 45} ${y2} ${x2 - 6} ${y2}`, fill: "none", stroke: INK[sign], "stroke-width": 1 + Math.min(3, link.by.length / 2), ...(sign === "chosen" ? { "stroke-dasharray": "4 3" } : {}) });
      return [path, svg("path", { d: `M${x2} ${y2}l-8 -4v8z`, fill: INK[sign] })];
    };
    const y = (i, many) => middle + (i - (many - 1) / 2) * ROW;
    const parts = [
      ...into.flatMap((l, i) => line(l, BOX, y(i, into.length), (W - BOX) / 2, middle)),
      ...out.flatMap((l, i) => line(l, (W + BOX) / 2, middle, W - BOX, y(i, out.length))),
      box(things.get(name), (W - BOX) / 2, middle),
      ...into.map((l, i) => box(things.get(l.from), 0, y(i, into.length))),
      ...out.map((l, i) => box(things.get(l.to), W - BOX, y(i, out.length))),
    ];
    const label = `${things.get(name).label}: moved by ${into.length} things, moves ${out.length}. The lists below say the same.`;
    const chart = svg("svg", { class: "near", viewBox: `-2 0 ${W + 4} ${H}`, role: "img", "aria-label": label }, ...parts);
    return make("figure", {}, make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": label }, chart));
  };
  const LONGEST = 5;
  const MANY = 30;
  const between = (from, to) => {
    const out = new Map();
    for (const link of merged(net.links)) out.set(link.from, [...(out.get(link.from) ?? []), link]);
    const found = [];
    let ways = [[from, []]];
    for (let length = 1; length <= LONGEST && found.length < MANY; length += 1) {
      const next = [];
      for (const [at, steps] of ways) {
        for (const link of out.get(at) ?? []) {
          if (link.to === from || steps.some((s) => s.to === link.to)) continue;
          if (link.to === to) found.push([...steps, link]);
          else next.push([link.to, [...steps, link]]);
        }
      }
      ways = next;
    }
    const shown = found.slice(0, MANY);
    const items = shown.map((steps) => {
      const signs = steps.map(signOf);
      const open = signs.some((s) => s === "±" || s === "chosen");
      const whole = open ? "either" : signs.filter((s) => s === "-").length % 2 ? "lowers" : "raises";
      const lag = steps.reduce((sum, s) => sum + s.lag, 0);
      const pieces = steps.flatMap((s, i) => [` ${signs[i] === "chosen" ? "⇢" : "→"}${signs[i] === "chosen" ? "" : `(${signs[i]})`} `, make("a", { href: `#move:${s.to}` }, things.get(s.to).label)]);
      return make("li", {}, make("strong", {}, whole === "either" ? "either sign" : whole), `, ${lag} quarter${lag === 1 ? "" : "s"}: `, make("a", { href: `#move:${from}` }, things.get(from).label), ...pieces);
    });
    const title = `From ${things.get(from).label} to ${things.get(to).label}`;
    const words = found.length ? `The shortest ways, of ${LONGEST} steps at most${found.length > MANY ? `; the first ${MANY} are shown` : ""}. A dashed arrow is a choice: what its start wants.` : `No way of ${LONGEST} steps or fewer.`;
    return [make("h3", {}, title), make("p", {}, words), make("ol", {}, ...items)];
  };
  const tried = [...things.keys()];
  const main = byId("near").dataset.first;
  if (tried.length) neighbourhood(`move:${things.has(main) ? main : tried[0]}`);

  document.documentElement.classList.add("live");
  route();
})();
