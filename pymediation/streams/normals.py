"""Normal draws by inversion, as R makes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pymediation.streams.laws import Floats, Law
from pymediation.streams.mersenne import MersenneWords, Words, uniforms

__all__ = ["NORMAL", "normals_from_words", "qnorm", "standard_normals"]

# Wichura (1988), algorithm AS 241, PPND16. Highest power first.
_CENTRE_TOP = (
    2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
    13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
)  # fmt: skip
_CENTRE_BOTTOM = (
    5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
    5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0,
)  # fmt: skip
_TAIL_TOP = (
    7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
    3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
)  # fmt: skip
_TAIL_BOTTOM = (
    1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
    0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0,
)  # fmt: skip
_FAR_TOP = (
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
    0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
)  # fmt: skip
_FAR_BOTTOM = (
    2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
    0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0,
)  # fmt: skip

_CENTRE = 0.425
_BLOCK = 16384
_BITS_27 = 134217728.0


def _horner(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """Evaluate a polynomial in place of one array only."""
    value = x * coefficients[0]
    value += coefficients[1]
    for coefficient in coefficients[2:]:
        value *= x
        value += coefficient
    return value


def _tail(p: Floats, q: Floats) -> Floats:
    """Quantiles outside the centre; `q` is p - 0.5."""
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.sqrt(-np.log(np.where(q < 0, p, (0.5 - p) + 0.5)))
        near = r - 1.6
        z = _horner(_TAIL_TOP, near) / _horner(_TAIL_BOTTOM, near)
        far = np.flatnonzero(r > 5)
        if far.size:
            beyond = r[far] - 5
            z[far] = _horner(_FAR_TOP, beyond) / _horner(_FAR_BOTTOM, beyond)
    z[np.isposinf(r)] = np.inf
    return np.copysign(z, q)


def _quantiles(p: Floats, out: Floats) -> None:
    """Write the normal quantiles of one block of probabilities into `out`."""
    q = p - 0.5
    r = q * q
    np.subtract(0.180625, r, out=r)
    np.multiply(q, _horner(_CENTRE_TOP, r), out=out)
    out /= _horner(_CENTRE_BOTTOM, r)
    outside = np.flatnonzero(np.abs(q) > _CENTRE)
    if outside.size:
        out[outside] = _tail(p[outside], q[outside])


def qnorm(p: ArrayLike) -> Floats:
    r"""Compute quantiles of the standard normal distribution, as R's ``qnorm``.

    The value z solves :math:`\Phi(z) = p`. It is computed by algorithm AS 241 (PPND16), the one that R uses,
    so that it agrees with R to the last bit but for rare cases in the last digit of a logarithm.

    Parameters
    ----------
    p : array_like
        Probabilities, of any shape.

    Returns
    -------
    ndarray of float64
        The quantiles, of the same shape: ``-inf`` for 0, ``inf`` for 1, NaN outside [0, 1].

    References
    ----------
    Wichura, M. J. (1988). Algorithm AS 241: The percentage points of the normal distribution. Applied
    Statistics, 37, 477-484.

    Examples
    --------
    >>> from pymediation.streams import qnorm
    >>> qnorm([0.025, 0.5, 0.975]).round(6).tolist()
    [-1.959964, 0.0, 1.959964]
    """
    given = np.asarray(p, dtype=np.float64)
    flat = given.ravel()
    out = np.empty_like(flat)
    for start in range(0, flat.size, _BLOCK):
        _quantiles(flat[start : start + _BLOCK], out[start : start + _BLOCK])
    out[~((flat >= 0) & (flat <= 1))] = np.nan
    return out.reshape(given.shape)


def normals_from_words(first: Words, second: Words) -> Floats:
    """Make standard normals of two words each, 27 bits of the first and all of the second."""
    out = np.empty(first.size)
    for start in range(0, first.size, _BLOCK):
        here = slice(start, start + _BLOCK)
        p = uniforms(second[here])
        p += first[here] >> 5
        p /= _BITS_27
        _quantiles(p, out[here])
    return out


def standard_normals(words: MersenneWords, count: int) -> Floats:
    """Draw standard normals, 2 words each."""
    out = np.empty(count)
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        pairs = words.take(2 * (stop - start))
        out[start:stop] = normals_from_words(pairs[0::2], pairs[1::2])
    return out


def _from_words(words: MersenneWords, count: int, loc: Floats, scale: Floats) -> Floats:
    values = standard_normals(words, count)
    values *= scale
    values += loc
    return values


def _from_generator(generator: np.random.Generator, count: int, loc: Floats, scale: Floats) -> Floats:
    values = generator.standard_normal(count)
    values *= scale
    values += loc
    return values


NORMAL = Law(
    name="normal",
    parameters=("loc", "scale"),
    accepts="`loc` must be a number and `scale` a finite number of at least 0",
    live=lambda loc, scale: np.isfinite(loc) & (scale > 0) & np.isfinite(scale),
    rest=lambda loc, scale: np.where((scale >= 0) & np.isfinite(scale), loc, np.nan),
    from_words=_from_words,
    from_generator=_from_generator,
)
