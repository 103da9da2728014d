"use strict";
(() => {
  const held = document.getElementById("data");
  if (!held) return;
  const { send, say, trying } = globalThis.studio;
  const data = JSON.parse(held.textContent);
  const by = (id) => document.getElementById(id);
  const make = (kind, text = "", into = null) => {
    const made = document.createElement(kind);
    made.textContent = text;
    if (into) into.append(made);
    return made;
  };
  const text = by("text");
  const backup = `tightrope draft ${data.id}`;
  let now = data, sent = data.text, busy = false, timer = 0;
  const at = (what) => `/draft/${data.id}/${what}`;

  // ---------------------------------------------------------------- what is shown of a draft
  const lines = () => {
    const wrong = new Set(now.problems.map((one) => one.line));
    by("lines").replaceChildren(...text.value.split("\n").flatMap((_, i) =>
      [make(wrong.has(i + 1) ? "b" : "span", String(i + 1)), "\n"]));
    by("lines").scrollTop = text.scrollTop;
  };
  const goTo = (line) => {
    const before = text.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1);
    text.focus();
    text.setSelectionRange(before, before + (text.value.split("\n")[line - 1] ?? "").length);
  };
  const problems = () => by("problems").replaceChildren(...now.problems.map((one) => {
    const item = make("li");
    const words = make(one.line ? "button" : "span", one.says, item);
    if (one.line) { words.type = "button"; words.onclick = () => goTo(one.line); }
    return item;
  }));
  const changes = () => {
    by("none").hidden = now.changes.length > 0 || !now.sound;
    if (!now.sound) return;
    by("changes").replaceChildren(...now.changes.map((one) => {
      const item = make("li");
      const words = { off: "taken out", added: "added", changed: "changed" }[one.what];
      const head = make("p", "", item);
      make("strong", one.name.replaceAll("_", " "), head);
      head.append(` ${words} `);
      for (const [path, before, after] of one.moves)
        make("p", `${path || "now"}: ${before || "nothing"} → ${after || "nothing"}`, item).className = "quiet";
      if (one.why) make("p", `Why: ${one.why}`, item);
      if (!data.fixed) {
        const back = make("button", "Take back", head);
        back.type = "button";
        back.setAttribute("aria-label", `Take back the change of ${one.name.replaceAll("_", " ")}`);
        back.onclick = change("back", () => ({ section: one.section, name: one.name }));
      }
      return item;
    }));
  };
  const board = (fresh) => {
    by("zip").href = at(`at/${now.version}/zip`);
    by("link").href = at(`at/${now.version}`);
    by("compare").href = `/compare/${data.id}-${now.version}`;
    by("version").textContent = now.version;
    if (fresh) return;
    const part = make("div");
    part.className = "board-state";
    if (now.sound) {
      const button = make("button", "Make the board", part);
      button.type = "button";
      const version = now.version;
      button.onclick = trying(async () => {
        await send(at(`at/${version}/board`));
        location.assign(at(`at/${version}`));
      });
    } else make("p", "There is none while something is wrong in the text.", part).className = "quiet";
    by("board").replaceChildren(part);
  };
  const took = (next, typing = false) => {
    now = next;
    if (!typing) { text.value = next.text; sent = next.text; }
    if (by("undo")) { by("undo").disabled = !now.before; by("redo").disabled = !now.after; }
    lines(); problems(); changes(); board(false);
    by("saved").textContent = `Version ${now.version} is kept.`;
    dispatchEvent(new CustomEvent("draft", { detail: now }));
  };

  // ---------------------------------------------------------------- what is typed is kept
  const forget = () => { try { localStorage.removeItem(backup); } catch { /* none there */ } };
  const save = async () => {
    clearTimeout(timer);
    while (busy) await new Promise((done) => setTimeout(done, 50));
    if (text.value === sent) return;
    busy = true;
    const own = text.value;
    try {
      const next = await send(at("save"), { text: own, from: now.version });
      sent = own;
      if (text.value === own) { forget(); took(next, true); }
      else { now = { ...next, text: own }; timer = setTimeout(trying(save), 350); }
      say("");
    } catch (problem) {
      by("saved").textContent = "Not kept yet; it is tried again.";
      timer = setTimeout(trying(save), 2000);
      throw problem;
    } finally { busy = false; }
  };
  const change = (what, given) => trying(async (event) => {
    event.preventDefault();
    await save();
    took(await send(at(what), { from: now.version, ...given() }));
    say("");
    if (what === "change") { by("what").value = ""; by("why").value = ""; fields(); }
  });
  text.value = data.text;
  lines(); problems(); changes(); board(true);
  text.onscroll = () => { by("lines").scrollTop = text.scrollTop; };
  new ResizeObserver(() => { by("lines").style.height = `${text.offsetHeight}px`; }).observe(text);
  by("fork").onclick = trying(async () => {
    if (!data.fixed) await save();
    location.assign(`/draft/${(await send(at("fork"), { from: now.version })).draft}`);
  });
  if (data.fixed) return;
  text.oninput = () => {
    lines();
    by("saved").textContent = "";
    try { localStorage.setItem(backup, text.value); } catch { /* full: the server keeps it */ }
    clearTimeout(timer);
    timer = setTimeout(trying(save), 350);
  };
  addEventListener("pagehide", () => {
    if (text.value !== sent)
      send(at("save"), { text: text.value, from: now.version }, { keepalive: true }).catch(() => {});
  });
  let left = null;
  try { left = localStorage.getItem(backup); } catch { /* none there */ }
  if (left !== null && left !== data.text) { text.value = left; lines(); trying(save)(); } else forget();
  by("undo").disabled = !now.before; by("redo").disabled = !now.after;
  by("undo").onclick = change("go", () => ({ to: now.before }));
  by("redo").onclick = change("go", () => ({ to: now.after }));
  by("title").onchange = trying(() => send(at("name"), { title: by("title").value }));
  by("history").ontoggle = trying(async () => {
    if (!by("history").open) return;
    const all = await (await fetch(at("versions"))).json();
    by("versions").replaceChildren(...all.map((one) => {
      const item = make("li");
      item.value = one.n;
      const link = make("a", `${one.said}`, item);
      link.href = at(`at/${one.n}`);
      item.append(`, ${new Date(1000 * one.made).toLocaleString()} `);
      const back = make("button", "Stand here", item);
      back.type = "button";
      back.onclick = change("go", () => ({ to: one.n }));
      return item;
    }));
  });

  // ---------------------------------------------------------------- the form
  const named = new Map(data.choices.map((one) => [one.label, one]));
  for (const one of data.choices) make("option", "", by("offered")).value =
    one.kind === "mechanism" ? `Take out: ${one.label}` : one.label;
  const chosen = () => named.get(by("what").value.replace(/^Take out: /, ""));
  const field = (label, name, value) => {
    const outer = make("label", `${label} `, by("fields"));
    const made = make("input", "", outer);
    Object.assign(made, { type: "number", step: "any", required: true, name, value });
  };
  const fields = () => {
    const one = chosen();
    by("fields").replaceChildren();
    by("about").textContent = one ? one.meaning : "";
    if (!one) return;
    if (one.kind === "number") {
      by("about").textContent += ` Now ${one.low === one.high ? one.low : `${one.low} to ${one.high}`} ${one.unit}.`;
      field("from", "low", one.low);
      field("to", "high", one.high);
    }
    if (one.kind === "conduct")
      for (const [level, share] of Object.entries(one.levels)) field(level, level, share);
  };
  by("what").oninput = fields;
  by("change").onsubmit = change("change", () => {
    const one = chosen();
    if (!one) throw new Error(`found "${by("what").value}"; allowed: what the list offers`);
    const numbers = Object.fromEntries([...by("fields").querySelectorAll("input")]
      .map((input) => [input.name, Number(input.value)]));
    const own = one.kind === "conduct" ? { levels: numbers } : numbers;
    const given = { key: one.key, why: by("why").value, ...own };
    return given;
  });
})();
