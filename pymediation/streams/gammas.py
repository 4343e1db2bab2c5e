"""Exponential, gamma and t draws by the algorithms that R uses.

Ahrens, J. H. and Dieter, U. (1972). Computer methods for sampling from the exponential and normal
distributions. Communications of the ACM, 15, 873-882 (algorithm SA).
Ahrens, J. H. and Dieter, U. (1974). Computer methods for sampling from gamma, beta, Poisson and binomial
distributions. Computing, 12, 223-246 (algorithm GS).
Ahrens, J. H. and Dieter, U. (1982). Generating gamma variates by a modified rejection technique.
Communications of the ACM, 25, 47-54 (algorithm GD).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from math import factorial, log

import numpy as np
from numpy.typing import NDArray

from pymediation.streams.laws import Floats, Law
from pymediation.streams.mersenne import MersenneWords, Words
from pymediation.streams.normals import normals_from_words
from pymediation.streams.renewal import UNKNOWN, Table, draw_by_table, padded_uniforms

__all__ = ["EXPONENTIAL", "GAMMA", "STUDENT_T", "exponential_from"]

Ints = NDArray[np.int64]

LN2 = log(2.0)
# Partial sums of the series of exp(ln 2) - 1; a uniform reduced to (0, 1] is compared with them.
_SA = np.array(list(accumulate(LN2**k / factorial(k) for k in range(1, 17))))
_SA_LIST = _SA.tolist()
_HALVINGS = np.array(list(accumulate([0.0] + [LN2] * 64)))


def exponential_at(u: Floats, start: Ints) -> tuple[Floats, Ints]:
    """Find the standard exponentials that begin at the given positions, and the positions after them."""
    mantissa, exponent = np.frexp(u[start])
    doublings = 1 - exponent + (mantissa == 0.5)
    value = _HALVINGS[doublings - 1]
    reduced = np.ldexp(u[start], doublings) - 1.0
    after = start + 1
    quick = reduced <= _SA[0]
    value = np.where(quick, value + reduced, value)
    slow = np.flatnonzero(~quick)
    if slow.size:
        first = start[slow] + 1
        tries = np.searchsorted(_SA, reduced[slow], side="left") + 1
        least = np.minimum(u[first], u[first + 1])
        for k in range(3, int(tries.max()) + 1):
            more = np.flatnonzero(tries >= k)
            least[more] = np.minimum(least[more], u[first[more] + k - 1])
        value[slow] += least * LN2
        after[slow] += tries
    return value, after


def exponential_from(u: list[float], here: int) -> tuple[float, int]:
    """Find one standard exponential: as `exponential_at`, for loops over single draws.

    Raises IndexError if the uniforms do not suffice.
    """
    value, reduced = 0.0, 2 * u[here]
    while reduced <= 1:
        value += LN2
        reduced *= 2
    reduced -= 1
    here += 1
    if reduced <= LN2:
        return value + reduced, here
    tries = bisect_left(_SA_LIST, reduced) + 1
    least = min(u[here], u[here + 1], u[here + tries - 1], *u[here : here + tries])
    return value + least * LN2, here + tries


def _exponential_table(block: Words, scale: Floats) -> Table:
    value, after = exponential_at(padded_uniforms(block), np.arange(block.size))
    after[after > block.size] = UNKNOWN
    return Table(after[None, :], value[None, :])


def _exponential(words: MersenneWords, count: int, scale: Floats) -> Floats:
    return scale * draw_by_table(words, count, (np.ones(1),), 1.4, _exponential_table)


EXPONENTIAL = Law(
    name="exponential",
    parameters=("scale",),
    accepts="`scale` must be a finite number of at least 0",
    live=lambda scale: np.isfinite(scale) & (scale > 0),
    rest=lambda scale: np.where(scale == 0, 0.0, np.nan),
    from_words=_exponential,
    from_generator=lambda generator, count, scale: scale * generator.standard_exponential(count),
)

# Truncated decimals are part of the definition of the algorithm.
_GD_Q = (2.424e-4, 2.4511e-4, -7.388e-5, 0.00144121, 0.00801191, 0.02083148, 0.04166669)
_GD_A = (0.1233795, -0.1367177, 0.1423657, -0.1662921, 0.2000062, -0.250003, 0.3333333)
_INV_E = 0.36787944117144232


def _series(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """Evaluate a polynomial without constant term, highest power first."""
    value = np.zeros_like(x)
    for coefficient in coefficients:
        value = (value + coefficient) * x
    return value


@dataclass(frozen=True, slots=True, eq=False)
class _Setup:
    """Constants of algorithm GD, one element per shape."""

    s2: Floats
    s: Floats
    d: Floats
    q0: Floats
    b: Floats
    sigma: Floats
    c: Floats

    @classmethod
    def of(cls, shape: Floats) -> _Setup:
        s2 = shape - 0.5
        s = np.sqrt(s2)
        regions = [shape <= 3.686, shape <= 13.022]
        return cls(
            s2=s2,
            s=s,
            d=5.656854 - 12 * s,
            q0=_series(_GD_Q, 1 / shape),
            b=np.select(regions, [0.463 + s + 0.178 * s2, 1.654 + 0.0076 * s2], 1.77),
            sigma=np.select(regions, [np.full_like(s, 1.235), 1.68 / s + 0.275], 0.75),
            c=np.select(regions, [0.195 / s - 0.079 + 0.16 * s, 0.062 / s + 0.024], 0.1515 / s),
        )

    def quotient(self, t: Floats, row: Ints) -> Floats:
        """Logarithm of the quotient of the densities at `t`."""
        s, s2, q0 = self.s[row], self.s2[row], self.q0[row]
        v = t / (s + s)
        q = q0 + 0.5 * t * t * _series(_GD_A, v)
        wide = np.flatnonzero(np.abs(v) > 0.25)
        if wide.size:
            tw, sw = t[wide], s[wide]
            q[wide] = q0[wide] - sw * tw + 0.25 * tw * tw + (s2[wide] + s2[wide]) * np.log(1 + v[wide])
        return q


def _gd(u: Floats, z: Floats, shape: Floats) -> tuple[Ints, Floats]:
    """Algorithm GD (shape at least 1) from every position: where it ends, and the root of its value.

    The root is made negative where R multiplies in another order, after step 4.
    """
    setup = _Setup.of(shape)
    size = z.size
    after = np.tile(np.arange(2, size + 2), (shape.size, 1))
    root = setup.s[:, None] + 0.5 * z
    negative = np.flatnonzero(z < 0)
    after[:, negative] += 1
    squeezed = setup.d[:, None] * u[negative + 2] <= z[negative] ** 3
    row, place = np.nonzero(~squeezed)
    place = negative[place]
    refused = np.ones(row.size, dtype=bool)
    possible = np.flatnonzero(root[row, place] > 0)
    refused[possible] = np.log(1 - u[place[possible] + 2]) > setup.quotient(z[place[possible]], row[possible])
    row, place = row[refused], place[refused]
    end, t = _gd_exponential(u, size, place + 3, row, setup)
    after[row, place] = end
    root[row, place] = -(setup.s[row] + 0.5 * t)
    return after, root


def _gd_exponential(u: Floats, size: int, start: Ints, row: Ints, setup: _Setup) -> tuple[Ints, Floats]:
    """Step 4 of GD, double-exponential proposals until one is accepted: where it ends, and its t."""
    end = np.full(start.size, UNKNOWN)
    result = np.zeros(start.size)
    live = np.flatnonzero(start < size)
    here = start[live]
    while live.size:
        e, place = exponential_at(u, here)
        sign = 2 * u[np.minimum(place, size)] - 1
        here = place + 1
        own = row[live]
        t = setup.b[own] + np.copysign(setup.sigma[own] * e, sign)
        accepted = t >= -0.71874483771719
        maybe = np.flatnonzero(accepted)
        q = setup.quotient(t[maybe], own[maybe])
        with np.errstate(over="ignore"):
            bound = np.expm1(q) * np.exp(e[maybe] - 0.5 * t[maybe] ** 2)
        accepted[maybe] = (q > 0) & (setup.c[own[maybe]] * np.abs(sign[maybe]) <= bound)
        done = accepted & (here <= size)
        end[live[done]] = here[done]
        result[live[done]] = t[done]
        going = ~accepted & (here < size)
        live, here = live[going], here[going]
    return end, result


def _gs(u: Floats, size: int, shape: Floats) -> tuple[Ints, Floats]:
    """Algorithm GS (shape below 1) from every position: where it ends, and its value."""
    after = np.full((shape.size, size), UNKNOWN)
    value = np.zeros((shape.size, size))
    row, place = (grid.ravel() for grid in np.indices(after.shape))
    here = place
    while row.size:
        a = shape[row]
        e0 = 1 + a * _INV_E
        p = e0 * u[here]
        e, here = exponential_at(u, np.minimum(here + 1, size))
        large = p >= 1
        x = np.where(large, -np.log(np.where(large, (e0 - p) / a, 1.0)), np.exp(np.log(p) / a))
        with np.errstate(divide="ignore", invalid="ignore"):
            accepted = np.where(large, e >= (1 - a) * np.log(x), e >= x)
        done = accepted & (here <= size)
        after[row[done], place[done]] = here[done]
        value[row[done], place[done]] = x[done]
        going = ~accepted & (here < size)
        row, place, here = row[going], place[going], here[going]
    return after, value


def _gamma_table(block: Words, shape: Floats) -> Table:
    """Gamma draws with scale 1 by start; GD draws as their root, marked by sign (see `_gd`)."""
    u = padded_uniforms(block)
    size = block.size
    after = np.full((shape.size, size), UNKNOWN)
    value = np.zeros((shape.size, size))
    small = np.flatnonzero(shape < 1)
    if small.size:
        after[small], value[small] = _gs(u, size, shape[small])
    large = np.flatnonzero(shape >= 1)
    if large.size:
        z = np.append(normals_from_words(block[:-1], block[1:]), 0.0)
        after[large], value[large] = _gd(u, z, shape[large])
    after[after > size] = UNKNOWN
    return Table(after, value)


def _scaled(root: Floats, shape: Floats, scale: Floats | float) -> Floats:
    """Turn tabulated gamma draws into values, in R's order of multiplication."""
    squared = np.where(root < 0, (scale * -root) * -root, scale * (root * root))
    return np.where(shape < 1, scale * root, squared)


def _gamma(words: MersenneWords, count: int, shape: Floats, scale: Floats) -> Floats:
    root = draw_by_table(words, count, (shape,), 3.0, _gamma_table)
    return _scaled(root, shape, scale)


def _numpy_gamma(generator: np.random.Generator, count: int, shape: Floats, scale: Floats) -> Floats:
    return scale * generator.standard_gamma(shape, count)


def _gamma_live(shape: Floats, scale: Floats) -> NDArray[np.bool_]:
    return np.isfinite(shape) & (shape > 0) & np.isfinite(scale) & (scale > 0)


def _gamma_rest(shape: Floats, scale: Floats) -> Floats:
    value = np.where((shape < 0) | (scale < 0), np.nan, np.inf)
    value = np.where((shape == 0) | (scale == 0), 0.0, value)
    return np.where(np.isnan(shape) | np.isnan(scale), np.nan, value)


GAMMA = Law(
    name="gamma",
    parameters=("shape", "scale"),
    accepts="`shape` and `scale` must be numbers of at least 0",
    live=_gamma_live,
    rest=_gamma_rest,
    from_words=_gamma,
    from_generator=_numpy_gamma,
)


def _student_table(block: Words, df: Floats) -> Table:
    """Draw a normal, then a chi-square, by start; an infinite df draws the normal alone."""
    z = np.append(normals_from_words(block[:-1], block[1:]), 0.0)
    after = np.tile(np.arange(2, block.size + 2), (df.size, 1))
    value = np.tile(z, (df.size, 1))
    finite = np.flatnonzero(np.isfinite(df))
    if finite.size and block.size > 2:
        half = df[finite, None] / 2
        gamma = _gamma_table(block[2:], half[:, 0])
        chi_square = _scaled(gamma.values, half, 2.0)
        with np.errstate(divide="ignore"):
            value[finite, :-2] /= np.sqrt(chi_square / df[finite, None])
        after[finite, :-2] = np.where(gamma.after == UNKNOWN, UNKNOWN, gamma.after + 2)
        after[finite, -2:] = UNKNOWN
    after[after > block.size] = UNKNOWN
    return Table(after, value)


def _numpy_student_t(generator: np.random.Generator, count: int, df: Floats) -> Floats:
    finite = np.isfinite(df)
    if finite.all():
        return generator.standard_t(df, count)
    heavy = generator.standard_t(np.where(finite, df, 1.0), count)
    return np.where(finite, heavy, generator.standard_normal(count))


STUDENT_T = Law(
    name="student_t",
    parameters=("df",),
    accepts="`df` must be a number above 0",
    live=lambda df: df > 0,
    rest=lambda df: np.full(df.shape, np.nan),
    from_words=lambda words, count, df: draw_by_table(words, count, (df,), 5.5, _student_table),
    from_generator=_numpy_student_t,
)
