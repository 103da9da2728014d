"use strict";
(() => {
  const held = document.getElementById("data");
  if (!held) return;
  const data = JSON.parse(held.textContent);
  const by = (id) => document.getElementById(id);
  const part = by("live");
  let source = null;
  const stop = () => { if (source) source.close(); source = null; delete part.dataset.busy; };
  const cell = (row, text, kind = "td") => {
    const made = document.createElement(kind);
    made.textContent = text;
    row.append(made);
    return made;
  };
  const chip = (row, word, head) => {
    const made = document.createElement("span");
    made.className = `chip v-${word.replaceAll(" ", "-")}`;
    made.textContent = word;
    const outer = cell(row, "");
    outer.dataset.head = head;
    outer.append(made);
  };
  const row = (one, words) => {
    const made = document.createElement("tr");
    const first = cell(made, one.says);
    const id = document.createElement("span");
    id.className = "id";
    id.textContent = ` ${one.claim}`;
    first.append(id);
    words.forEach(([head, word]) => chip(made, word, head));
    const shares = cell(made, one.shares);
    shares.className = "n";
    const change = cell(made, one.change ? `${one.change}${one.sure ? "" : ", within chance"}` : "");
    if (one.shares) { shares.dataset.head = "as argued"; change.dataset.head = "in points"; }
    if (one.moved) made.className = one.sure ? "lit" : "lit faint";
    return made;
  };
  const shown = (answer) => {
    by("live-words").textContent = answer.words.join(" ");
    const record = answer.record ? " Before worlds are ruled out by the record, on both sides; the board's words come after that." : "";
    by("live-state").textContent = `In ${answer.worlds.toLocaleString("en")} worlds, after ${answer.seconds.toFixed(1)} s. ${answer.last ? "" : "More are run."}${record}`;
    const moved = answer.rows.filter((one) => one.moved);
    const others = answer.rows.filter((one) => !one.moved);
    by("moved").hidden = !moved.length;
    by("moved").tBodies[0].replaceChildren(...moved.map((one) => row(one, [["before", one.before], ["after", one.after]])));
    by("others").hidden = !others.length;
    by("others").querySelector("summary").textContent =
      `${others.length} claim${others.length === 1 ? " keeps its word" : "s keep their word"}`;
    by("others").querySelector("tbody").replaceChildren(...others.map((one) => row(one, [["", one.after]])));
  };
  const look = (draft) => {
    stop();
    if (!draft.sound) { by("live-state").textContent = "What is wrong in the text has to be mended first."; return; }
    by("live-state").textContent = draft.changes.length ? "Being worked out." : "";
    if (!draft.changes.length) {
      by("live-words").textContent = "";
      by("moved").hidden = by("others").hidden = true;
      return;
    }
    part.dataset.busy = "";
    source = new EventSource(`/draft/${data.id}/at/${draft.version}/live`);
    source.onmessage = (event) => {
      const answer = JSON.parse(event.data);
      if ("over" in answer) { stop(); if (answer.over) by("live-state").textContent = answer.over; }
      else shown(answer);
    };
    source.onerror = () => { stop(); by("live-state").textContent = "The studio does not answer; a change asks again."; };
  };
  addEventListener("draft", (event) => look(event.detail));
  addEventListener("pagehide", stop);
  look(data);
})();
