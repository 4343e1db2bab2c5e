"""Orthogonal polynomials and splines: what they learn from the data, and their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import FormulaError

__all__ = ["PolyBasis", "SplineBasis", "learn_poly", "learn_spline", "poly_columns", "spline_columns"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PolyBasis:
    """Coefficients of the three-term recurrence, as R keeps them.

    Attributes
    ----------
    alpha : ndarray, shape (degree,)
        Centres.
    norm2 : ndarray, shape (degree + 1,)
        Squared norms of the monic polynomials of degree 0, ..., `degree`.
    """

    alpha: Floats
    norm2: Floats


def learn_poly(x: Floats, degree: int) -> PolyBasis:
    """Learn polynomials orthogonal over the points `x`.

    Parameters
    ----------
    x : ndarray, shape (n,)
        The points, none missing.
    degree : int
        The highest degree, less than the number of distinct points.

    Returns
    -------
    PolyBasis
        With p_0 = 1 and p_1 = x - alpha_1 the recurrence is
        p_(k+1) = (x - alpha_(k+1)) p_k - norm2_(k+1) / norm2_k p_(k-1).
    """
    if degree < 1:
        raise FormulaError(f"poly() needs a degree of at least 1, not {degree}.")
    if np.isnan(x).any():
        raise FormulaError("poly() needs values without missing ones; drop those rows first.")
    if degree >= len(np.unique(x)):
        raise FormulaError(f"poly() of degree {degree} needs more than {degree} distinct values.")
    before, current = np.zeros_like(x), np.ones_like(x)
    alpha, norm2 = [], [float(len(x))]
    ratio = 0.0
    for _ in range(degree):
        alpha.append(float(np.sum(x * current**2) / norm2[-1]))
        before, current = current, (x - alpha[-1]) * current - ratio * before
        norm2.append(float(np.sum(current**2)))
        ratio = norm2[-1] / norm2[-2]
    return PolyBasis(np.array(alpha), np.array(norm2))


def poly_columns(basis: PolyBasis, x: Floats) -> Floats:
    """Evaluate orthonormal polynomials at `x`, shape (n, degree)."""
    columns = np.empty((len(x), len(basis.alpha)), order="F")
    before, current = np.zeros_like(x), np.ones_like(x)
    ratio = 0.0
    for k, alpha in enumerate(basis.alpha):
        before, current = current, (x - alpha) * current - ratio * before
        columns[:, k] = current / np.sqrt(basis.norm2[k + 1])
        ratio = basis.norm2[k + 1] / basis.norm2[k]
    return columns


@dataclass(frozen=True, slots=True, eq=False)
class SplineBasis:
    """A B-spline basis.

    Attributes
    ----------
    knots : ndarray
        All knots, those of the boundary repeated ``degree + 1`` times.
    degree : int
        Degree of the pieces.
    transform : ndarray
        What the B-splines are multiplied by to give the columns: drops the first one where there is no
        intercept, and makes natural splines straight beyond the boundary.
    natural : bool
        Whether the columns go on as straight lines beyond the boundary.
    """

    knots: Floats
    degree: int
    transform: Floats
    natural: bool


def learn_spline(
    x: Floats,
    *,
    natural: bool,
    df: float | None,
    knots: Any,
    degree: int,
    intercept: bool,
    boundary: Any,
) -> SplineBasis:
    """Place knots at quantiles of `x`, as R's ``bs`` and ``ns`` do.

    Parameters
    ----------
    x : ndarray, shape (n,)
        The points; missing ones are left out.
    natural : bool
        Whether the spline is natural (``ns``; cubic).
    df : float, optional
        Number of columns, if no knots are given.
    knots : array_like, optional
        The inner knots.
    degree : int
        Degree of the pieces.
    intercept : bool
        Whether the columns span the constant.
    boundary : array_like, optional
        The two outer knots; the range of `x` by default.

    Returns
    -------
    SplineBasis
        The basis.
    """
    seen = x[~np.isnan(x)]
    outer = np.sort(np.asarray([seen.min(), seen.max()] if boundary is None else boundary, dtype=np.float64))
    if knots is None:
        base = 1 + intercept if natural else degree + intercept
        inner = _quantile_knots(seen[(seen >= outer[0]) & (seen <= outer[1])], df, base)
    else:
        inner = np.sort(np.atleast_1d(np.asarray(knots, dtype=np.float64)))
    full = np.concatenate([np.repeat(outer[0], degree + 1), inner, np.repeat(outer[1], degree + 1)])
    transform = np.eye(len(full) - degree - 1)[:, 0 if intercept else 1 :]
    if natural:
        curvature = _bsplines(full, degree, outer, derivative=2)[:, 0 if intercept else 1 :]
        complement = np.linalg.qr(curvature.T, mode="complete")[0][:, 2:]
        transform = transform @ complement
    return SplineBasis(full, degree, transform, natural)


def _quantile_knots(x: Floats, df: float | None, base: int) -> Floats:
    """Return inner knots at equally spaced quantiles."""
    count = 0 if df is None else int(df) - base
    if count < 0:
        raise FormulaError(f"A spline of this degree has at least {base} columns; df={df:g} is too small.")
    return np.asarray(np.quantile(x, np.linspace(0, 1, count + 2)[1:-1]), dtype=np.float64)


def _bsplines(knots: Floats, degree: int, x: Floats, derivative: int = 0) -> Floats:
    """Evaluate B-splines or their derivatives; the outer pieces go on beyond the boundary."""
    from scipy.interpolate import BSpline

    basis = BSpline(knots, np.eye(len(knots) - degree - 1), degree)
    return np.asarray(basis(x, nu=derivative, extrapolate=True))


def spline_columns(basis: SplineBasis, x: Floats) -> Floats:
    """Evaluate the columns of a spline at `x`, shape (n, columns)."""
    low, high = basis.knots[0], basis.knots[-1]
    inside = np.clip(x, low, high) if basis.natural else x
    columns = _bsplines(basis.knots, basis.degree, inside)
    beyond = (x < low) | (x > high)
    if basis.natural and beyond.any():
        slopes = _bsplines(basis.knots, basis.degree, inside[beyond], derivative=1)
        columns[beyond] += (x - inside)[beyond, None] * slopes
    return columns @ basis.transform
