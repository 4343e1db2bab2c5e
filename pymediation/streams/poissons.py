"""Poisson draws by the algorithms that R uses.

Ahrens, J. H. and Dieter, U. (1982). Computer generation of Poisson deviates from modified normal
distributions. ACM Transactions on Mathematical Software, 8, 163-179 (algorithm PD, for a mean of 10 or
more; inversion below).
"""

from __future__ import annotations

from math import copysign, exp, factorial, floor, log, sqrt

import numpy as np

from pymediation.errors import ArgumentError
from pymediation.streams.gammas import exponential_from
from pymediation.streams.laws import Floats, Law
from pymediation.streams.mersenne import MersenneWords, Words, uniforms
from pymediation.streams.normals import normals_from_words
from pymediation.streams.renewal import in_blocks

__all__ = ["POISSON"]

_LARGE = 10.0
# Beyond this a count does not fit in 64 bits.
_LARGEST = 2.0**62
# Truncated decimals are part of the definition of the algorithm. Highest power first.
_PHI = (0.1250060, -0.1384794, 0.1421878, -0.1661269, 0.2000118, -0.2500068, 0.3333333, -0.5)


def _by_inversion(u: Floats, lam: Floats) -> Floats:
    """Invert the distribution function, all elements at once."""
    count = np.zeros(u.size)
    mean = np.broadcast_to(lam, u.shape)
    mass = np.exp(-mean)
    total = mass.copy()
    live = np.flatnonzero(u > total)
    u, mean, mass, total = u[live], mean[live], mass[live], total[live]
    k = 0
    while live.size:
        k += 1
        mass = mass * (mean / k)
        total = total + mass
        count[live] = k
        on = u > total
        live, u, mean, mass, total = live[on], u[on], mean[on], mass[on], total[on]
    return count


def _densities(k: int, mu: float, s: float) -> tuple[float, float, float, float]:
    """Evaluate procedure F of algorithm PD: px, py, fx, fy."""
    b1 = (1 / 24) / mu
    b2 = 0.3 * b1 * b1
    c3 = (1 / 7) * b1 * b2
    c2 = b2 - 15 * c3
    c1 = b1 - 6 * b2 + 45 * c3
    c0 = 1 - b1 + 3 * b2 - 15 * c3
    delta = mu - k
    if k < 10:
        px, py = -mu, mu**k / factorial(k)
    else:
        h = (1 / 12) / k
        h -= 4.8 * h * h * h
        v = delta / k
        if abs(v) <= 0.25:
            phi = 0.0
            for coefficient in _PHI:
                phi = phi * v + coefficient
            px = k * v * v * phi - h
        else:
            px = k * log(1 + v) - delta - h
        py = 0.39894228040143268 / sqrt(k)
    x = ((0.5 - delta) / s) ** 2
    omega = 0.398942280401432677939946 / s
    return px, py, -0.5 * x, omega * (((c3 * x + c2) * x + c1) * x + c0)


def _remainder(u: list[float], here: int, mu: float, g: float) -> tuple[int, int]:
    """Go on after the squeeze has failed (g >= 0; its uniform was the last) or g < 0: the draw and its end.

    Raises IndexError if the uniforms do not suffice.
    """
    s = sqrt(mu)
    if g >= 0:
        k = floor(g)
        px, py, fx, fy = _densities(k, mu, s)
        if fy - u[here - 1] * fy <= py * exp(px - fx):
            return k, here
    while True:
        e, here = exponential_from(u, here)
        sign = 2 * u[here] - 1
        here += 1
        t = 1.8 + copysign(e, sign)
        if t <= -0.6744:
            continue
        k = floor(mu + s * t)
        px, py, fx, fy = _densities(k, mu, s)
        if 0.1069 / mu * abs(sign) <= py * exp(px + e) - fy * exp(fx + e):
            return k, here


def _mixed(words: MersenneWords, count: int, lam: Floats) -> Floats:
    """Draw one after the other, with means below and above 10 in any order."""
    lam = np.broadcast_to(lam, count)
    out = np.empty(count)
    small = lam < _LARGE
    means, roots = lam.tolist(), np.sqrt(lam).tolist()
    at_once = np.where(small, -1.0, np.floor(lam - 1.1484)).tolist()
    squeeze = (6 * lam * lam).tolist()

    def fill(block: Words, done: int) -> tuple[int, int]:
        u = uniforms(block).tolist()
        z = normals_from_words(block[:-1], block[1:]).tolist()
        values: list[float] = []
        start = here = 0
        try:
            for index in range(done, count):
                start = here
                if at_once[index] < 0:
                    values.append(u[here])
                    here += 1
                    continue
                mu = means[index]
                g = mu + roots[index] * z[here]
                here += 2
                if g < at_once[index]:
                    value = floor(g)
                    if g >= 0:
                        here += 1
                    if g < 0 or squeeze[index] * u[here - 1] < (mu - value) ** 3:
                        value, here = _remainder(u, here, mu, g)
                    values.append(value)
                else:
                    values.append(floor(g))
            start = here
        except IndexError:
            pass
        out[done : done + len(values)] = values
        return len(values), start

    in_blocks(words, count, 2.7, fill)
    inverted = np.flatnonzero(small)
    out[inverted] = _by_inversion(out[inverted], lam[inverted])
    return out


def _poisson(words: MersenneWords, count: int, lam: Floats) -> Floats:
    if lam.max() < _LARGE:
        return _by_inversion(uniforms(words.take(count)), lam)
    _check_size(lam)
    return _mixed(words, count, lam)


def _numpy_poisson(generator: np.random.Generator, count: int, lam: Floats) -> np.ndarray:
    _check_size(lam)
    return generator.poisson(lam, count)


def _check_size(lam: Floats) -> None:
    if lam.max() > _LARGEST:
        raise ArgumentError(f"`lam` is {lam.max():g}; counts beyond 2**62 are not supported.")


POISSON = Law(
    name="poisson",
    parameters=("lam",),
    accepts="`lam` must be a finite number of at least 0",
    live=lambda lam: np.isfinite(lam) & (lam > 0),
    rest=lambda lam: np.where(lam == 0, 0.0, np.nan),
    from_words=_poisson,
    from_generator=_numpy_poisson,
    dtype=np.int64,
)
