"""Bernoulli and binomial draws by the algorithms that R uses.

Kachitvichyanukul, V. and Schmeiser, B. W. (1988). Binomial random variate generation. Communications of the
ACM, 31, 216-222 (algorithm BTPE, for n min(p, 1 - p) of 30 or more; inversion below).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import ArgumentError
from pymediation.streams.laws import Floats, Law
from pymediation.streams.mersenne import MersenneWords, Words, uniforms
from pymediation.streams.renewal import UNKNOWN, Table, draw_by_table, padded_uniforms

__all__ = ["BINOMIAL", "INVERSION_LIMIT", "binomials"]

Ints = NDArray[np.int64]

INVERSION_LIMIT = 30.0
_LARGEST_N = 2**31 - 1


def _bernoulli(words: MersenneWords, count: int, p: Floats) -> NDArray[np.bool_]:
    """Draw for n = 1; the double subtraction is how the threshold comes out in R."""
    u = uniforms(words.take(count))
    q = 1 - p
    high = p > 0.5
    return np.where(high, u < 1 - q, u >= q)


def _power(base: Floats, exponent: Ints) -> Floats:
    """Raise to whole powers by repeated squaring, lowest bit first."""
    result = np.ones(np.broadcast_shapes(base.shape, exponent.shape))
    left, square = exponent.copy(), base.copy()
    while left.any():
        result = np.where(left & 1, result * square, result)
        left >>= 1
        square = square * square
    return result


def _by_inversion(u: Floats, n: Floats, p: Floats) -> Floats:
    """Invert the distribution function, all elements at once; `p` is at most 1/2."""
    q = 1 - p
    odds = np.broadcast_to(p / q, u.shape)
    g = np.broadcast_to(p / q * (n + 1), u.shape)
    mass = np.broadcast_to(_power(q, n.astype(np.int64)), u.shape)
    out = np.zeros(u.size)
    live = np.flatnonzero(u >= mass)
    u, mass, odds, g = u[live], mass[live], odds[live], g[live]
    x = 0
    while live.size:
        u = u - mass
        x += 1
        mass = mass * (g / x - odds)
        out[live] = x
        on = u >= mass
        live, u, mass, odds, g = live[on], u[on], mass[on], odds[on], g[on]
    return out


@dataclass(frozen=True, slots=True, eq=False)
class _Setup:
    """Constants of algorithm BTPE; `p` is at most 1/2."""

    n: Floats
    p: Floats
    q: Floats
    mode: Floats
    variance: Floats
    p1: Floats
    p2: Floats
    p3: Floats
    p4: Floats
    middle: Floats
    left: Floats
    right: Floats
    c: Floats
    slope_left: Floats
    slope_right: Floats

    @classmethod
    def of(cls, n: Floats, p: Floats) -> _Setup:
        q = 1 - p
        top = n * p + p
        mode = np.trunc(top)
        variance = n * p * q
        p1 = np.trunc(2.195 * np.sqrt(variance) - 4.6 * q) + 0.5
        middle = mode + 0.5
        left, right = middle - p1, middle + p1
        c = 0.134 + 20.5 / (15.3 + mode)
        a = (top - left) / (top - left * p)
        slope_left = a * (1 + a / 2)
        a = (right - top) / (right * q)
        slope_right = a * (1 + a / 2)
        p2 = p1 * (1 + c + c)
        p3 = p2 + c / slope_left
        p4 = p3 + c / slope_right
        return cls(n, p, q, mode, variance, p1, p2, p3, p4, middle, left, right, c, slope_left, slope_right)

    def at(self, row: Ints) -> _Setup:
        """Return the constants of the given rows."""
        return _Setup(*(getattr(self, field.name)[row] for field in fields(self)))


def _btpe(u: Floats, size: int, n: Floats, p: Floats) -> tuple[Ints, Floats]:
    """Algorithm BTPE from every position: where it ends, and its value."""
    setup = _Setup.of(n, p)
    after = np.full((n.size, size), UNKNOWN)
    value = np.zeros((n.size, size))
    row, place = (grid.ravel() for grid in np.indices(after.shape))
    here = place
    while row.size:
        y, accepted = _attempt(setup.at(row), u[here], u[here + 1])
        here = here + 2
        done = accepted & (here <= size)
        after[row[done], place[done]] = here[done]
        value[row[done], place[done]] = y[done]
        going = ~accepted & (here < size)
        row, place, here = row[going], place[going], here[going]
    return after, value


def _attempt(k: _Setup, first: Floats, v: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """One proposal of BTPE per element: the value, and whether it is accepted."""
    u = k.p4 * first
    triangle, parallelogram, in_left = u <= k.p1, u <= k.p2, u <= k.p3
    x = k.left + (u - k.p1) / k.c
    y = np.select(
        [triangle, parallelogram, in_left],
        [np.trunc(k.middle - k.p1 * v + u), np.trunc(x), np.trunc(k.left + np.log(v) / k.slope_left)],
        np.trunc(k.right - np.log(v) / k.slope_right),
    )
    height = np.select(
        [parallelogram, in_left],
        [v * k.c + 1 - np.abs(k.middle - x) / k.p1, v * (u - k.p2) * k.slope_left],
        v * (u - k.p3) * k.slope_right,
    )
    possible = np.where(parallelogram, (height <= 1) & (height > 0), (y >= 0) & (y <= k.n))
    accepted = triangle.copy()
    test = np.flatnonzero(~triangle & possible)
    if test.size:
        accepted[test] = _below_density(k.at(test), y[test], height[test])
    return y, accepted


def _below_density(k: _Setup, y: Floats, v: Floats) -> NDArray[np.bool_]:
    """Compare the height of a proposal with the ratio of the probabilities of `y` and the mode."""
    distance = np.abs(y - k.mode)
    explicit = (distance <= 20) | (distance >= k.variance / 2 - 1)
    result = np.zeros(y.size, dtype=bool)
    near, far = np.flatnonzero(explicit), np.flatnonzero(~explicit)
    if near.size:
        result[near] = v[near] <= _ratio(k.at(near), y[near])
    if far.size:
        result[far] = _squeezed(k.at(far), y[far], distance[far], v[far])
    return result


def _ratio(k: _Setup, y: Floats) -> Floats:
    """Probability of `y` relative to that of the mode, by the recurrence."""
    odds = k.p / k.q
    g = odds * (k.n + 1)
    low, high = np.minimum(y, k.mode), np.maximum(y, k.mode)
    upward = y > k.mode
    f = np.ones(y.size)
    for step in range(1, int((high - low).max()) + 1):
        on = np.flatnonzero(low + step <= high)
        factor = g[on] / (low[on] + step) - odds[on]
        f[on] = np.where(upward[on], f[on] * factor, f[on] / factor)
    return f


def _squeezed(k: _Setup, y: Floats, distance: Floats, v: Floats) -> NDArray[np.bool_]:
    """Compare by a squeeze, and by Stirling's formula where that does not decide."""
    d, s2 = distance, k.variance
    rho = (d / s2) * ((d * (d / 3 + 0.625) + 0.1666666666666) / s2 + 0.5)
    tau = -d * d / (2 * s2)
    a = np.log(v)
    bound = (
        k.middle * np.log((k.mode + 1) / (y + 1))
        + (k.n - k.mode + 0.5) * np.log((k.n - k.mode + 1) / (k.n - y + 1))
        + (y - k.mode) * np.log((k.n - y + 1) * k.p / ((y + 1) * k.q))
        + _stirling(k.mode + 1)
        + _stirling(k.n - k.mode + 1)
        + _stirling(y + 1)
        + _stirling(k.n - y + 1)
    )
    return (a < tau - rho) | ((a <= tau + rho) & (a <= bound))


def _stirling(x: Floats) -> Floats:
    """Evaluate the correction of Stirling's formula."""
    x2 = x * x
    return (13860 - (462 - (132 - (99 - 140 / x2) / x2) / x2) / x2) / x / 166320


def _binomial_table(block: Words, n: Floats, p: Floats) -> Table:
    """Binomial draws by start, `p` at most 1/2."""
    u = padded_uniforms(block)
    size = block.size
    after = np.tile(np.arange(1, size + 1), (n.size, 1))
    value = np.zeros((n.size, size))
    large = n * p >= INVERSION_LIMIT
    for row in np.flatnonzero(~large):
        value[row] = _by_inversion(u[:size], n[row : row + 1], p[row : row + 1])
    rows = np.flatnonzero(large)
    if rows.size:
        after[rows], value[rows] = _btpe(u, size, n[rows], p[rows])
    return Table(after, value)


def binomials(words: MersenneWords, count: int, n: Floats, p: Floats) -> NDArray[Any]:
    """Draw binomials with n > 0 and 0 < p < 1 from R's stream."""
    if (n == 1).all():
        return _bernoulli(words, count, p)
    _check_size(n)
    smaller = np.minimum(p, 1 - p)
    if (n * smaller < INVERSION_LIMIT).all():
        value = _by_inversion(uniforms(words.take(count)), n, smaller)
    else:
        value = draw_by_table(words, count, (n, smaller), 2.6, _binomial_table)
    return np.where(p > 0.5, n - value, value)


def _numpy_binomials(generator: np.random.Generator, count: int, n: Floats, p: Floats) -> NDArray[Any]:
    if (n == 1).all():
        return generator.random(count) < p
    _check_size(n)
    return generator.binomial(n.astype(np.int64), p, count)


def _check_size(n: Floats) -> None:
    if n.max() > _LARGEST_N:
        raise ArgumentError(f"`n` is {n.max():g}; more than 2**31 - 1 trials are not supported.")


def _valid(n: Floats, p: Floats) -> NDArray[np.bool_]:
    return np.isfinite(n) & (n >= 0) & (n == np.floor(n)) & (p >= 0) & (p <= 1)


def _live(n: Floats, p: Floats) -> NDArray[np.bool_]:
    if n.size == 1 and n[0] == 1:
        return (p > 0) & (p < 1)
    return _valid(n, p) & (n > 0) & (p > 0) & (p < 1)


BINOMIAL = Law(
    name="binomial",
    parameters=("n", "p"),
    accepts="`n` must be a whole number of at least 0 and `p` a probability, in [0, 1]",
    live=_live,
    rest=lambda n, p: np.where(_valid(n, p), np.where(p == 1, n, 0.0), np.nan),
    from_words=binomials,
    from_generator=_numpy_binomials,
    dtype=np.int64,
)
