"""How far shares of worlds err beside those of independent draws.

Prints, for shares that hang on a few of many uncertain numbers, the standard deviation over seeds
as a part of what independent draws would give, with one scramble for all worlds and with one for
every PIECE of them, as the engine draws them. `python -m benchmarks.worlds`
"""

from __future__ import annotations

import numpy as np
from scipy.stats import qmc

from tests.tiny import case, number
from tightrope.engine.worlds import PIECE, First

NUMBERS, SEEDS, COUNT = 294, 16, 65_536
OF, EACH = (2, 3, 5), 60


def shares() -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Which numbers, weights, and the border of the weighted sum: half-spaces at random."""
    rng, found = np.random.default_rng(99), []
    for of in OF:
        for _ in range(EACH):
            which, weights = rng.choice(NUMBERS, of, replace=False), rng.normal(size=of)
            wide = 0.7 * np.sqrt((weights**2).sum() / 12)
            found.append((which, weights, float(weights.sum() / 2 + wide * rng.normal())))
    return found


def whole(seed: int) -> np.ndarray:
    """One run of points; shape (numbers, worlds)."""
    rng = np.random.default_rng(seed)
    points: np.ndarray = qmc.Sobol(d=NUMBERS, scramble=True, rng=rng).random(COUNT).T
    return points


def pieces(seed: int) -> np.ndarray:
    """Worlds as the engine draws them; shape (numbers, worlds)."""
    own = case([], [], parameters=[number(f"n{i}", 0.0, 1.0) for i in range(NUMBERS)])
    return First(seed, COUNT).part(own, 0, COUNT).params


def main() -> None:
    wanted = shares()
    print(f"{COUNT:,} worlds, {NUMBERS} numbers, {SEEDS} seeds, {len(wanted)} shares")
    for name, draw in (("one scramble", whole), (f"one for every {PIECE:,}", pieces)):
        seen = np.empty((SEEDS, len(wanted)))
        for seed in range(SEEDS):
            points = draw(seed)
            for i, (which, weights, border) in enumerate(wanted):
                seen[seed, i] = np.mean(weights @ points[which] > border)
        mean = seen.mean(axis=0)
        part = seen.std(axis=0, ddof=1) / np.sqrt(mean * (1 - mean) / COUNT)
        print(
            f"{name:<20} error beside independent draws: mean {part.mean():.2f}, "
            f"largest {part.max():.2f}; larger than theirs in {(part > 1).sum()} of {len(part)}"
        )


if __name__ == "__main__":
    main()
