"""Formulas of the field that mechanisms are built from.

Each works on floats, NumPy arrays and JAX arrays alike (the array decides), elementwise.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

Array = Any


def _namespace(*values: Array) -> Any:
    for value in values:
        if hasattr(value, "__array_namespace__"):
            return value.__array_namespace__()
    import numpy  # noqa: PLC0415  (the command line loads this before it needs any array)

    return numpy


def exp(value: Array) -> Array:
    """e to the power of the value."""
    return _namespace(value).exp(value)


def log(value: Array) -> Array:
    """Natural logarithm."""
    return _namespace(value).log(value)


def quotient(above: Array, below: Array) -> Array:
    """One value divided by another; by zero it is infinite or no number, as in arrays."""
    if isinstance(above, float | int) and isinstance(below, float | int):
        np = _namespace()
        with np.errstate(all="ignore"):
            return float(np.divide(above, below))
    return above / below


def power(base: Array, exponent: Array) -> Array:
    """One value to the power of another; what has no real value is no number, as in arrays."""
    if isinstance(exponent, float) and exponent == int(exponent):
        exponent = int(exponent)  # a product rather than a logarithm
    if isinstance(base, float | int) and isinstance(exponent, float | int):
        np = _namespace()
        with np.errstate(all="ignore"):
            return float(np.power(float(base), float(exponent)))
    return base**exponent


def smallest(*values: Array) -> Array:
    """The smallest of the values."""
    return reduce(_namespace(*values).minimum, values)


def largest(*values: Array) -> Array:
    """The largest of the values."""
    return reduce(_namespace(*values).maximum, values)


def mean(*values: Array) -> Array:
    """The mean of the values."""
    return sum(values[1:], values[0]) / float(len(values))


def logit(share: Array) -> Array:
    """Log-odds of a share in (0, 1)."""
    return _namespace(share).log(share / (1.0 - share))


def logistic(log_odds: Array) -> Array:
    """The share whose log-odds are given; the inverse of `logit`."""
    return 1.0 / (1.0 + _namespace(log_odds).exp(-log_odds))


def bayes(log_odds: Array, likelihood_if_true: Array, likelihood_if_false: Array) -> Array:
    """Posterior log-odds after one piece of evidence (Bayes' rule in Good's additive form).

    Likelihoods are probabilities of the evidence, each in (0, 1].
    Source: I. J. Good, Probability and the Weighing of Evidence (1950).
    """
    log = _namespace(log_odds, likelihood_if_true, likelihood_if_false).log
    return log_odds + log(likelihood_if_true / likelihood_if_false)


def herfindahl(*ties: Array) -> Array:
    """Concentration over partners, from 1/n (evenly spread) to 1 (one partner).

    Ties are any non-negative sizes with a positive sum; they are turned into shares here.
    Source: Herfindahl (1950); Hirschman (1945, 1964).
    """
    total = sum(ties)
    return sum((tie / total) ** 2 for tie in ties)


def nash_bargain(own_outside: Array, other_outside: Array, power: Array) -> Array:
    """The first side's part of a pie of size one under generalised Nash bargaining.

    Maximises (x - own_outside)^power * (1 - x - other_outside)^(1 - power): the outside option
    plus `power` times what is left to share. Where the outside options leave nothing to share
    (their sum is 1 or more) there is no deal that both prefer, and each keeps its own option.
    Source: Nash (1950); Binmore, Rubinstein and Wolinsky (1986).
    """
    surplus = hinge(1.0 - own_outside - other_outside)
    return own_outside + power * surplus


def hinge(value: Array) -> Array:
    """The value where it is positive, nothing where it is not."""
    return _namespace(value).maximum(value, 0.0)
