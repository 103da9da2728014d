"use strict";
// What follows from the worlds that are there: shares, words, and the filter that leaves some of
// them out. No part of the page is touched here. The same borders as in verdict.py, given by it.
const LIVE = (() => {
  const text = (id) => JSON.parse(document.getElementById(id).textContent);
  const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const told = text("live");
  const borders = text("borders");
  const worlds = told.worlds;
  const differences = new Float32Array(bytes(told.differences).buffer);
  const places = bytes(told.places);
  const STEPS = 256;

  const claims = new Map();
  let first = 0;
  for (const claim of told.claims) {
    const rows = claim.parts.map((_, i) => differences.subarray((first + i) * worlds, (first + i + 1) * worlds));
    claims.set(claim.id, { ...claim, rows });
    first += claim.parts.length;
  }
  const numbers = new Map(
    told.numbers.map((number, i) => [number.name, { ...number, places: places.subarray(i * worlds, (i + 1) * worlds) }]),
  );

  // As in claims.outcome: 1 as argued, 0 too small, -1 the opposite. Numbers are 32-bit there too.
  const cameTo = (value, expect, margin) => {
    switch (expect) {
      case "higher": return value > margin ? 1 : value < -margin ? -1 : 0;
      case "lower": return value < -margin ? 1 : value > margin ? -1 : 0;
      case "not lower": return value < -margin ? -1 : 1;
      default: return value > margin ? -1 : 1;
    }
  };
  const cameToAll = (claim, world, times) => {
    let least = 1;
    claim.parts.forEach((part, i) => {
      least = Math.min(least, cameTo(claim.rows[i][world], part.expect, Math.fround(times * part.margin)));
    });
    return least;
  };

  const verdict = ({ argued, small, opposite }, hedged) => {
    if (hedged) return argued >= borders.rare ? "can happen" : "rare";
    if (small >= borders.most) return "too small to matter";
    if (argued >= borders.holds) return "holds";
    if (opposite >= borders.holds) return "refuted";
    if (argued >= Math.max(borders.most, borders.times * opposite)) return "leans";
    if (opposite >= Math.max(borders.most, borders.times * argued)) return "leans against";
    return "contested";
  };

  // A claim's shares among some worlds, its margins so many times as wide.
  const judge = (claim, chosen, times = 1) => {
    const count = { 1: 0, 0: 0, "-1": 0 };
    for (const world of chosen) count[cameToAll(claim, world, times)] += 1;
    const all = Math.max(1, chosen.length);
    const shares = { argued: count[1] / all, small: count[0] / all, opposite: count[-1] / all };
    return { ...shares, word: chosen.length ? verdict(shares, claim.hedged) : "" };
  };

  // Parts of a whole as whole percentages that add up to 100; the same words as in the tables, see
  // wording.percents.
  const percents = (shares) => {
    const exact = shares.map((share) => 100 * share);
    const small = exact.map((e) => e > 0 && e < 1);
    const whole = exact.map((e, i) => (small[i] ? 0 : Math.floor(e + 1e-9)));
    const even = (value) => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));
    if (!small[0]) whole[0] = even(exact[0]);
    const missing = 100 - whole.reduce((a, b) => a + b, 0) - small.filter(Boolean).length;
    const order = exact.map((_, i) => i).filter((i) => i > 0 && !small[i] && exact[i]);
    order.sort((a, b) => whole[a] - exact[a] - (whole[b] - exact[b]));
    for (const i of order.slice(0, Math.max(missing, 0))) whole[i] += 1;
    return whole.map((w, i) => (small[i] ? "under 1 %" : exact[i] > 99 && exact[i] < 100 ? "over 99 %" : `${w} %`));
  };
  const split = ({ argued, small, opposite }) => {
    const named = [["as argued", argued], ["too small", small], ["the opposite", opposite]].filter(([words, part]) => part > 0 || words === "as argued");
    const sizes = percents(named.map(([, part]) => part));
    return named.map(([words], i) => `${sizes[i]} ${words}`).join(", ");
  };

  // The worlds that a filter leaves. Each limit: a number's name or claim/part, lowest, highest.
  const left = (limits) => {
    const found = [];
    for (let world = 0; world < worlds; world += 1) {
      if (limits.every((limit) => within(limit, world))) found.push(world);
    }
    return found;
  };
  const within = (limit, world) => {
    if (limit.kind === "number") {
      const place = numbers.get(limit.name).places[world];
      return place >= limit.low && place <= limit.high;
    }
    const value = claims.get(limit.name).rows[limit.part][world];
    return value >= limit.low && value <= limit.high;
  };

  // Where in a number's range the edge below a place lies.
  const edge = (number, place) => {
    const part = place / STEPS;
    if (!number.log) return number.low + part * (number.high - number.low);
    return number.low * (number.high / number.low) ** part;
  };
  const all = Array.from({ length: worlds }, (_, world) => world);
  return { worlds, claims, numbers, judge, split, left, edge, all, cameTo, STEPS };
})();
