"""Numbers as R prints them: one common format for a set of values, p-values, significance stars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError

__all__ = [
    "MACHINE_EPSILON",
    "common_decimals",
    "format_numbers",
    "format_p_values",
    "round_to_decimals",
    "significance_stars",
]

MACHINE_EPSILON = float(np.finfo(np.float64).eps)
"""Smallest p-value that is printed as a number; below it R writes ``<2e-16``."""

_MAX_DIGITS = 22  # R's own limit for `digits`
_DECIMAL_PRECISION = 15  # decimal digits that a double always holds; rounding to more changes nothing
_CUTPOINTS = ((0.001, "***"), (0.01, "**"), (0.05, "*"), (0.1, "."))


class _Layout(NamedTuple):
    """How all numbers of a set are written."""

    fixed: bool
    decimals: int
    width: int


def format_numbers(values: ArrayLike, digits: int = 7, *, na: ArrayLike | None = None) -> list[str]:
    """Write a set of numbers in one common format, as R's ``format(x, digits=)`` does.

    Every finite number is shown to at least `digits` significant digits, less trailing zeros that none
    of them needs. Fixed notation is used unless scientific notation is narrower. All texts are padded on
    the left to the same width.

    Parameters
    ----------
    values : array_like
        The n numbers; an array of more dimensions is read in C order.
    digits : int
        Significant digits, 1 to 22.
    na : array_like of bool, optional
        Which values are R's ``NA`` (missing) and not ``NaN`` (undefined); same shape as `values`.

    Returns
    -------
    list of str
        n texts of equal width.

    Raises
    ------
    ArgumentError
        If `digits` is not between 1 and 22.

    Examples
    --------
    >>> format_numbers([0.00123456, -12.5, 0.5], digits=3)
    ['  0.00123', '-12.50000', '  0.50000']
    >>> format_numbers([1e-10, 1.0])
    ['1e-10', '1e+00']
    """
    if not 1 <= digits <= _MAX_DIGITS:
        raise ArgumentError(
            f"digits={digits!r} is not accepted; give a whole number from 1 to {_MAX_DIGITS}."
        )
    flat = np.asarray(values, dtype=np.float64).ravel()
    missing = np.zeros(flat.shape, dtype=bool) if na is None else np.asarray(na, dtype=bool).ravel()
    layout = _common_layout(flat[np.isfinite(flat)], digits)
    texts = [_write(x, is_na, layout) for x, is_na in zip(flat.tolist(), missing, strict=True)]
    width = max(layout.width, *map(len, texts), 0)
    return [text.rjust(width) for text in texts]


def common_decimals(values: Sequence[float], digits: int) -> list[str]:
    """Write numbers with as many decimals as give the largest of them so many significant digits.

    Examples
    --------
    >>> common_decimals([0.079128, 0.035058, 0.150095], 3), common_decimals([1234.5, -20.0], 3)
    (['0.079', '0.035', '0.150'], ['1234', '-20'])
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    places = digits - 1 - math.floor(math.log10(largest)) if largest > 0 else 0
    return [f"{value + 0.0:.{max(places, 0)}f}" for value in values]


def format_p_values(p: ArrayLike, digits: int = 4, eps: float = MACHINE_EPSILON) -> list[str]:
    """Write p-values as R's ``format.pval`` does.

    Values of at least ``1e-4`` (``1e-3`` with one digit) share one format, smaller ones another. Values
    below `eps` become ``<`` and `eps`, with as many digits and as much space as the other texts leave.

    Parameters
    ----------
    p : array_like
        The n p-values; NaN is written ``NA``.
    digits : int
        Significant digits.
    eps : float
        Smallest p-value that is shown as a number.

    Returns
    -------
    list of str
        n texts, not padded to a common width.

    Examples
    --------
    >>> format_p_values([1e-20, 0.02, 0.3333333])
    ['<2e-16', '0.0200', '0.3333']
    """
    flat = np.asarray(p, dtype=np.float64).ravel()
    texts = np.full(flat.shape, "NA", dtype=object)
    with np.errstate(invalid="ignore"):
        tiny = flat < eps
        shown = ~tiny & ~np.isnan(flat)
        large = shown & (flat >= (1e-3 if digits == 1 else 1e-4))
    for group in (large, shown & ~large):
        if group.any():
            texts[group] = format_numbers(flat[group], digits)
    if tiny.any():
        texts[tiny] = _below(eps, digits, [str(t) for t in texts[shown]])
    return [str(t) for t in texts]


def significance_stars(p: ArrayLike) -> list[str]:
    """Return R's significance symbols, padded on the right to a common width.

    Parameters
    ----------
    p : array_like
        The n p-values, in [0, 1]; NaN has no symbol.

    Returns
    -------
    list of str
        ``"***"`` for p at most 0.001, ``"**"`` 0.01, ``"*"`` 0.05, ``"."`` 0.1, else blank.

    Examples
    --------
    >>> significance_stars([0.0, 0.03, 0.5])
    ['***', '*  ', '   ']
    """
    symbols = [
        next((symbol for cut, symbol in _CUTPOINTS if value <= cut), " ")
        for value in np.asarray(p, dtype=np.float64).ravel().tolist()
    ]
    width = max(map(len, symbols), default=0)
    return [symbol.ljust(width) for symbol in symbols]


def round_to_decimals(values: ArrayLike, decimals: int) -> NDArray[np.float64]:
    """Round to the nearest number of so many decimals, as R's ``round`` does since version 4.

    Of the two neighbours with that many decimals the one closer to the number is taken, distances being
    computed in double precision; of equally close ones the even one. ``numpy.round`` compares scaled
    numbers instead and so makes 0.02 out of 0.015, which is stored as a number below it.

    Parameters
    ----------
    values : array_like
        Numbers of any shape; infinite and NaN pass through.
    decimals : int
        Decimal places.

    Returns
    -------
    ndarray
        Rounded numbers, same shape.

    Examples
    --------
    >>> round_to_decimals([0.015, 2.5], 2).tolist()
    [0.01, 2.5]
    """
    x = np.asarray(values, dtype=np.float64)
    with np.errstate(all="ignore"):
        power = 10.0 ** np.float64(decimals)
        scaled = power * x
        below = np.floor(scaled)
        lower, upper = below / power, np.ceil(scaled) / power
        excess = (upper - x) - (x - lower)
        rounded = np.where((excess < 0) | ((below % 2 == 1) & (excess == 0)), upper, lower)
        # The number of places before the point is judged by the binary exponent, half a bit added.
        places = (np.frexp(x)[1] - 0.5) * math.log10(2)
        exact = decimals + places > _DECIMAL_PRECISION
    return np.where(exact | ~np.isfinite(scaled) | (x == 0), x, rounded)


def _common_layout(finite: NDArray[np.float64], digits: int) -> _Layout:
    """Choose between fixed and scientific notation for a set of finite numbers."""
    if finite.size == 0:
        return _Layout(fixed=True, decimals=0, width=0)
    parts = [_exponent_and_digits(x, digits) for x in finite.tolist()]
    left = max(_whole_places(x, *part) + (x < 0) for x, part in zip(finite.tolist(), parts, strict=True))
    decimals = max(0, *(needed - exponent - 1 for exponent, needed in parts))
    mantissa = max(needed for _, needed in parts)
    fixed_width = left + (decimals + 1 if decimals else 0)
    exponent_width = 5 if any(abs(exponent) >= 100 for exponent, _ in parts) else 4
    scientific_width = int((finite < 0).any()) + (mantissa + 1 if mantissa > 1 else 1) + exponent_width
    if fixed_width <= scientific_width:
        return _Layout(fixed=True, decimals=decimals, width=fixed_width)
    return _Layout(fixed=False, decimals=mantissa - 1, width=scientific_width)


def _exponent_and_digits(x: float, digits: int) -> tuple[int, int]:
    """Return the decimal exponent of x in `digits` digits and how many digits it needs of them."""
    mantissa, exponent = f"{abs(x):.{digits - 1}e}".split("e")
    return int(exponent), max(1, len(mantissa.replace(".", "").rstrip("0")))


def _whole_places(x: float, exponent: int, needed: int) -> int:
    """Count the places left of the point when x is written in fixed notation with the digits it needs."""
    # 9998 to two digits is 1.0e4, yet without decimals it is still written in four places.
    return len(f"{abs(x):.{max(0, needed - exponent - 1)}f}".partition(".")[0])


def _write(x: float, is_na: bool, layout: _Layout) -> str:
    """Write one number in a given layout; R has no negative zero."""
    if math.isnan(x):
        return "NA" if is_na else "NaN"
    if math.isinf(x):
        return "Inf" if x > 0 else "-Inf"
    return f"{x + 0.0:.{layout.decimals}{'f' if layout.fixed else 'e'}}"


def _below(eps: float, digits: int, others: list[str]) -> str:
    """Write "less than eps", in a width that suits the other p-values."""
    shown = max(1, digits - 2)
    if not others:
        return ("<" if shown == 1 else "< ") + format_numbers([eps], shown)[0]
    widest = max(map(len, others))
    if shown > 1 and shown + 6 > widest:
        shown = max(1, widest - 7)
    separator = "" if shown == 1 and widest <= 6 else " "
    return "<" + separator + format_numbers([eps], shown)[0]
