"use strict";
(() => {
  const token = document.querySelector("meta[name=token]").content;
  const said = document.getElementById("said");
  const say = (words) => { said.textContent = words; };
  const send = async (address, what = {}, more = {}) => {
    const answer = await fetch(address, {
      method: "POST", headers: { "content-type": "application/json", "x-token": token },
      body: JSON.stringify(what), ...more,
    });
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.says);
    return found;
  };
  const trying = (work) => async (event) => {
    try { await work(event); } catch (problem) { say(problem.message); }
  };
  globalThis.studio = { send, say, trying };

  // Boards being made: progress, cancel, and the page anew once one is there.
  const follow = (part, job) => {
    const shown = part.querySelector(".progress");
    const start = part.querySelector("[data-post]");
    shown.hidden = false;
    if (start) start.disabled = true;
    part.querySelector(".cancel").onclick = trying(() => send(`/jobs/${job}/cancel`));
    const look = async () => {
      const all = await (await fetch("/jobs")).json();
      const one = all.find((row) => row.id === job);
      if (!one || !["waiting", "running"].includes(one.state)) return location.reload();
      shown.querySelector("progress").value = one.done / Math.max(1, one.total);
      shown.querySelector(".phase").textContent =
        one.state === "waiting" ? "waits for its turn" : `${one.phase}, ${one.done} of ${one.total}`;
      setTimeout(trying(look), 500);
    };
    trying(look)();
  };
  for (const part of document.querySelectorAll(".board-state")) {
    if (part.dataset.job) follow(part, Number(part.dataset.job));
    const button = part.querySelector("[data-post]");
    if (button) button.onclick = trying(async () => follow(part, (await send(button.dataset.post)).job));
  }

  const login = document.getElementById("login");
  if (login) login.onsubmit = trying(async (event) => {
    event.preventDefault();
    await send("/login", { password: login.elements.password.value });
    location.assign("/");
  });

  const upload = document.getElementById("upload");
  if (upload) upload.onchange = trying(async () => {
    say("Reading the case …");
    const body = upload.files[0];
    upload.value = "";
    location.assign((await send("/upload", {}, { body })).address);
  });

  for (const time of document.querySelectorAll("time[data-at]"))
    time.textContent = new Date(1000 * time.dataset.at).toLocaleString();
  const begin = document.getElementById("begin");
  if (begin) begin.onclick = trying(async () =>
    location.assign(`/draft/${(await send(begin.dataset.at)).draft}`));
  globalThis.follow = follow;
})();
