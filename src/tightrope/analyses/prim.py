"""The Patient Rule Induction Method: boxes in which worlds of one kind are frequent.

After Friedman and Fisher (1999). From a box around all worlds a thin slice is peeled off again and
again, and then some of it is pasted back. As scenario discovery uses it (Bryant and Lempert 2010):
the slice taken is the one that raises the share most per world removed (Kwakkel and Jaxa-Rozen
2016), and each limit of a box has a quasi-p-value. The EMA Workbench gives the same boxes.

P numbers, W worlds, S steps; a side is 0 for lower limits and 1 for upper ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy

PEEL = 0.1
"""Part of the worlds in a box that one peel takes off, where there are no ties."""

PASTE = 0.05
"""Part of the worlds beyond a limit that one paste gives back."""

SMALLEST = 0.05
"""No box holds a smaller part of all worlds."""

LOWER, UPPER = 0, 1


@dataclass(frozen=True, eq=False)
class Trajectory:
    """PRIM's steps from all worlds to its last box; the first step is all worlds.

    Attributes:
        limits: lower and upper limit of each number, both inclusive; shape (S, P, 2).
        worlds: worlds in the box; shape (S,).
        hits: picked worlds in the box; shape (S,).
        chances: quasi-p-value of each limit, NaN where none is set; shape (S, P, 2).
        peels: so many steps after the first one are peels; those that follow are pastes.
    """

    limits: np.ndarray
    worlds: np.ndarray
    hits: np.ndarray
    chances: np.ndarray
    peels: int

    @property
    def restricted(self) -> np.ndarray:
        """Which numbers are restricted at each step; shape (S, P)."""
        restricted: np.ndarray = (self.limits != self.limits[0]).any(axis=2)
        return restricted


@dataclass(frozen=True, eq=False)
class _Box:
    """Limits, shape (P, 2), and which worlds lie within them, shape (W,)."""

    limits: np.ndarray
    within: np.ndarray


@dataclass(frozen=True, eq=False)
class _Candidates:
    """Boxes with one limit moved, for each of R numbers and both sides; all of shape (R, 2).

    Attributes:
        limits: the limit as moved.
        worlds: worlds in the box then.
        hits: picked worlds in the box then.
        freed: change in how many numbers are not restricted.
    """

    limits: np.ndarray
    worlds: np.ndarray
    hits: np.ndarray
    freed: np.ndarray


def find(
    values: np.ndarray,
    picked: np.ndarray,
    peel: float = PEEL,
    paste: float = PASTE,
    smallest: float = SMALLEST,
) -> Trajectory:
    """All steps towards the picked worlds.

    values: (P, W); picked: (W,) of bools. `peel` and `paste`, both below one half, and `smallest`:
    see `PEEL`, `PASTE` and `SMALLEST`.
    """
    values = np.asarray(values, float)
    everywhere = np.stack([values.min(axis=1), values.max(axis=1)], axis=1)
    start = _Box(everywhere, np.ones(values.shape[1], bool))
    peeled = [start, *_peels(values, picked, start, peel, smallest)]
    pasted = list(_pastes(values, picked, peeled[-1], everywhere, paste))
    found = [*peeled, *pasted]
    limits = np.stack([box.limits for box in found])
    worlds = np.array([box.within.sum() for box in found])
    hits = np.array([picked[box.within].sum() for box in found])
    relaxed = np.stack([_relaxed(values, picked, box, everywhere) for box in found])
    chances = _chances(worlds, hits, relaxed)
    return Trajectory(limits, worlds, hits, chances, peels=len(peeled) - 1)


# ---------------------------------------------------------------- peeling


def _peels(
    values: np.ndarray, picked: np.ndarray, start: _Box, share: float, smallest: float
) -> Iterator[_Box]:
    """Ever smaller boxes in which picked worlds are ever more frequent.

    Each number's worlds are sorted once: what is left of a sorted row is sorted.
    """
    box, everywhere, total = start, start.limits, values.shape[1]
    order = np.argsort(values, axis=1)  # ties in any order: cuts go by values
    ranked = np.take_along_axis(values, order, axis=1)
    hits = picked[order]
    while True:
        tried = _slices(ranked, hits, share, (box.limits != everywhere).any(axis=1))
        best = _best(tried, box.within, picked, UPPER)
        if best is None or tried.worlds[best] / total < smallest:
            return
        row, side = best
        box = _moved(values, box, row, side, tried.limits[best])
        yield box
        left = box.within[order]
        order, ranked, hits = (a[left].reshape(len(values), -1) for a in (order, ranked, hits))


def _slices(
    ranked: np.ndarray, hits: np.ndarray, share: float, restricted: np.ndarray
) -> _Candidates:
    """What is left without a slice at either end of each number.

    ranked: the values of the worlds in the box, each row sorted, shape (P, n); hits: which of them
    are picked, in the same order; restricted: (P,) of bools.
    """
    limits = np.stack([_cut(ranked, share), _cut(ranked, 1 - share)], axis=1)
    freed = restricted.astype(int) - 1  # one less is free where this limit is a number's first
    kept = (ranked >= limits[:, [LOWER]], ranked <= limits[:, [UPPER]])
    return _Candidates(
        limits,
        np.stack([k.sum(axis=1) for k in kept], axis=1),
        np.stack([(k & hits).sum(axis=1) for k in kept], axis=1),
        np.stack([freed, freed], axis=1),
    )


def _cut(ranked: np.ndarray, level: float) -> np.ndarray:
    """Where each sorted row is cut at a quantile: halfway between two neighbours that differ.

    The second neighbour is the next value towards the middle, however far a tie reaches; ranked:
    (R, n).
    """
    last = ranked.shape[1] - 1
    place = last * level
    if level > 0.5:
        near = ranked[:, int(np.ceil(place))]
        beyond = np.maximum((ranked < near[:, None]).sum(axis=1) - 1, 0)
    else:
        near = ranked[:, int(np.floor(place))]
        beyond = np.minimum((ranked <= near[:, None]).sum(axis=1), last)
    cut: np.ndarray = (near + ranked[np.arange(len(ranked)), beyond]) / 2
    return cut


# ---------------------------------------------------------------- pasting


def _pastes(
    values: np.ndarray, picked: np.ndarray, start: _Box, everywhere: np.ndarray, share: float
) -> Iterator[_Box]:
    """Ever larger boxes, as long as picked worlds become more frequent still."""
    box = start
    while True:
        rows = np.flatnonzero((box.limits != everywhere).any(axis=1))
        if not rows.size:
            return
        tried = _returned(values, picked, box, everywhere, rows, share)
        best = _best(tried, box.within, picked, LOWER)
        if best is None:
            return
        box = _moved(values, box, rows[best[0]], best[1], tried.limits[best])
        yield box


def _returned(
    values: np.ndarray,
    picked: np.ndarray,
    box: _Box,
    everywhere: np.ndarray,
    rows: np.ndarray,
    share: float,
) -> _Candidates:
    """What comes in where either limit of each restricted number is moved out; rows: (R,)."""
    own, limits = values[rows], box.limits[rows]
    inside = (own >= limits[:, [LOWER]]) & (own <= limits[:, [UPPER]])
    others = _all_others(inside)
    moved = everywhere[rows].copy()
    # Worlds on a limit count as beyond it, too.
    low, high = (own <= limits[:, [LOWER]]) & others, (own >= limits[:, [UPPER]]) & others
    for side, beyond, level in ((LOWER, low, 1 - share), (UPPER, high, share)):
        for i in np.flatnonzero(beyond.any(axis=1)):
            moved[i, side] = _cut(np.sort(own[i, beyond[i]])[None], level)[0]
    below = (own >= moved[:, [LOWER]]) & (own <= limits[:, [UPPER]]) & others
    above = (own >= limits[:, [LOWER]]) & (own <= moved[:, [UPPER]]) & others
    free = (moved == everywhere[rows]) & (limits == everywhere[rows])[:, ::-1]
    return _Candidates(
        moved,
        np.stack([below.sum(axis=1), above.sum(axis=1)], axis=1),
        np.stack([(below & picked).sum(axis=1), (above & picked).sum(axis=1)], axis=1),
        free.astype(int),
    )


def _all_others(inside: np.ndarray) -> np.ndarray:
    """Worlds that lie within the limits of all other numbers; inside: (R, W), of each number."""
    out = ~inside
    others: np.ndarray = out.sum(axis=0) - out == 0
    return others


# ---------------------------------------------------------------- choosing


def _best(
    tried: _Candidates, within: np.ndarray, picked: np.ndarray, first: int
) -> tuple[int, int] | None:
    """Number and side of the best candidate; None where none is better than the box as it is.

    The share of picked worlds has to rise most per world that goes or comes. Ties: the fewer
    numbers restricted the better, then the earlier number, then the side `first`. within, picked:
    (W,) of bools.
    """
    worlds, hits = int(within.sum()), int((within & picked).sum())
    rise = tried.hits / np.maximum(tried.worlds, 1) - hits / worlds
    gain = rise / np.maximum(np.abs(tried.worlds - worlds), 1)
    most = gain.max(initial=0.0)
    if most <= 0:
        return None
    row, side = max(
        zip(*np.nonzero(gain == most), strict=True),
        key=lambda at: (tried.freed[at], -at[0], at[1] == first),
    )
    return int(row), int(side)


def _moved(values: np.ndarray, box: _Box, row: int, side: int, limit: float) -> _Box:
    """The box with one limit moved."""
    limits = box.limits.copy()
    limits[row, side] = limit
    inside = (values >= limits[:, [LOWER]]) & (values <= limits[:, [UPPER]])
    return _Box(limits, np.logical_and.reduce(inside, axis=0))


# ---------------------------------------------------------------- chances


def _relaxed(
    values: np.ndarray, picked: np.ndarray, box: _Box, everywhere: np.ndarray
) -> np.ndarray:
    """Share of picked worlds in the box without one limit; NaN where none is set; shape (P, 2)."""
    found = np.full(box.limits.shape, np.nan)
    rows = np.flatnonzero((box.limits != everywhere).any(axis=1))
    own, limits = values[rows], box.limits[rows]
    over, under = own >= limits[:, [LOWER]], own <= limits[:, [UPPER]]
    others = _all_others(over & under)
    for side, rest in ((LOWER, under & others), (UPPER, over & others)):
        share = (rest & picked).sum(axis=1) / rest.sum(axis=1)
        found[rows, side] = np.where(limits[:, side] != everywhere[rows, side], share, np.nan)
    return found


def _chances(worlds: np.ndarray, hits: np.ndarray, relaxed: np.ndarray) -> np.ndarray:
    """Quasi-p-values: how often so many hits would be chance if the limit told nothing.

    One-sided binomial tests (Bryant and Lempert 2010); worlds, hits: (S,); relaxed: (S, P, 2).
    """
    chances = np.full(relaxed.shape, np.nan)
    step, *_ = at = np.nonzero(~np.isnan(relaxed))
    chances[at] = scipy.stats.binom.sf(hits[step] - 1, worlds[step], relaxed[at])
    return chances
