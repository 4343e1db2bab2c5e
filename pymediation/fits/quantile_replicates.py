"""Bootstrap refits of quantile regressions by counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError, NotEstimableError
from pymediation.fits._inputs import check_data
from pymediation.fits.quantile import check_level, is_unique, vertex_or_raise
from pymediation.fits.quantile_lockstep import Shared, holds, optimise, share, start
from pymediation.fits.replicates import absence, check_counts, replicate_blocks

__all__ = ["QuantileReplicates", "fit_quantile_replicates"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class QuantileReplicates:
    """Quantile regressions of R bootstrap replicates of a model with k columns.

    Attributes
    ----------
    coef : ndarray, shape (R, k), or (R, m, k) for fits at m quantiles each
        Coefficients; NaN for failed replicates.
    unique : ndarray of bool, shape (R,) or (R, m)
        Whether no other coefficients have the same objective. Where others do, these are R's.
    failed : ndarray of bool, shape (R,)
        Replicates without a usable fit.
    reason : mapping of int to str
        Why, for each failed replicate.
    """

    coef: FloatArray
    unique: BoolArray
    failed: BoolArray
    reason: Mapping[int, str]


@dataclass(frozen=True, slots=True, eq=False)
class Resamples:
    """Rows multiplied by their weights, the counts of R resamples, and their rows in the order drawn."""

    y: FloatArray
    X: FloatArray
    counts: NDArray[np.integer]
    rows: IntArray | None

    def drawn(self, r: int) -> IntArray:
        """Return the rows of one resample, in the order drawn if that is known."""
        if self.rows is not None:
            drawn: IntArray = self.rows[r]
            return drawn
        return np.repeat(np.arange(self.y.size), self.counts[r])


def fit_quantile_replicates(
    y: ArrayLike,
    X: ArrayLike,
    tau: float,
    counts: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    rows: ArrayLike | None = None,
) -> QuantileReplicates:
    r"""Refit a quantile regression to R resamples given by counts; see :func:`fit_quantile`.

    .. math:: \hat\beta_r = \arg\min_b \sum_i c_{ri} w_i \rho_\tau(y_i - x_i'b)

    Parameters
    ----------
    y : array_like, shape (n,)
        Response.
    X : array_like, shape (n, k)
        Design matrix, of full column rank.
    tau : float
        Quantile, between 0 and 1.
    counts : array_like of int, shape (R, n)
        :math:`c_{ri}`, how often row i occurs in replicate r.
    weights : array_like, shape (n,), optional
        Prior weights.
    rows : array_like of int, shape (R, m), optional
        The rows of each replicate in the order in which they were drawn. It matters only where the optimum
        is not unique: R's choice depends on it. Without it they are taken in ascending order.

    Returns
    -------
    QuantileReplicates

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If shapes disagree, a value is not finite, counts are not whole numbers, or `tau` is not inside
        (0, 1).
    NotEstimableError
        If columns of X are linearly dependent in the sample itself.

    References
    ----------
    Koenker, R. and d'Orey, V. (1987). Computing regression quantiles. Applied Statistics 36, 383-393.

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.array([[1, 1, 1], [0, 3, 0], [1, 1, 2]])
    >>> fits = fit_quantile_replicates([1.0, 2.0, 6.0], np.ones((3, 1)), 0.5, counts)
    >>> fits.coef[:, 0].tolist(), fits.unique.tolist()
    ([2.0, 2.0, 2.0], [True, True, False])
    """
    resamples = check_resamples(y, X, counts, weights, rows)
    level = check_level(tau)
    shared = share(resamples.y, resamples.X)
    residual = full_residual(resamples, level)
    R, k = resamples.counts.shape[0], resamples.X.shape[1]
    coef, unique = np.full((R, k), np.nan), np.zeros(R, dtype=bool)
    reason: dict[int, str] = {}
    for block in replicate_blocks(R, resamples.y.size):
        coef[block], unique[block] = _refit(shared, resamples, block, level, residual)
        for r in range(block.start, block.stop):
            if not unique[r]:
                _single(resamples, r, level, coef, unique, reason)
    failed = np.zeros(R, dtype=bool)
    failed[list(reason)] = True
    return QuantileReplicates(coef, unique, failed, reason)


def check_resamples(
    y: ArrayLike, X: ArrayLike, counts: ArrayLike, weights: ArrayLike | None, rows: ArrayLike | None
) -> Resamples:
    """Return the weighted rows and the resamples after checking that they fit together."""
    data = check_data(y, X, weights)
    table = check_counts(counts, data.y.size)
    scaled = data.weights[:, None] * data.X
    drawn = None if rows is None else np.asarray(rows, dtype=np.intp)
    if drawn is not None and not _counted(drawn, table):
        msg = f"rows must hold, for each of the {table.shape[0]} replicates, just the rows that counts counts"
        raise ArgumentError(msg)
    return Resamples(data.weights * data.y, scaled, table, drawn)


def _counted(rows: IntArray, counts: NDArray[np.integer]) -> bool:
    """Whether each line of rows holds each row as often as the line of counts says."""
    R, n = counts.shape
    if rows.ndim != 2 or rows.shape[0] != R or (rows < 0).any() or (rows >= n).any():
        return False
    places = (rows + n * np.arange(R)[:, None]).ravel()
    return np.array_equal(np.bincount(places, minlength=R * n), counts.ravel())


def full_residual(resamples: Resamples, tau: float) -> FloatArray:
    """Return the residuals of the sample's own fit."""
    residual: FloatArray = resamples.y - resamples.X @ vertex_or_raise(resamples.y, resamples.X, tau).coef
    return residual


def _refit(
    shared: Shared, resamples: Resamples, which: slice, tau: float, residual: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Return the coefficients of a block of replicates, and where they are the only optimum."""
    counts = resamples.counts[which].astype(np.float64)
    block, found = start(shared, counts, np.full(counts.shape[0], tau), residual)
    unique = np.zeros(found.size, dtype=bool)
    coef = np.full((found.size, shared.Z.shape[1]), np.nan)
    if found.any():
        block, _, strict = optimise(shared, block.take(found))
        unique[found] = strict & holds(shared, block)
        basis = block.basis
        coef[found] = np.linalg.solve(resamples.X[basis], resamples.y[basis][:, :, None])[:, :, 0]
    return coef, unique


def _single(
    resamples: Resamples, r: int, tau: float, coef: FloatArray, unique: BoolArray, reason: dict[int, str]
) -> None:
    """Refit one replicate by R's method, and write the result into the arrays."""
    outcome = refit_single(resamples, r, tau)
    if isinstance(outcome, str):
        reason[r], coef[r] = outcome, np.nan
        return
    coef[r], unique[r] = outcome


def refit_single(resamples: Resamples, r: int, tau: float) -> tuple[FloatArray, bool] | str:
    """Return one replicate's coefficients at R's vertex and whether they are unique, or why it failed."""
    rows = resamples.drawn(r)
    X, y = resamples.X[rows], resamples.y[rows]
    try:
        vertex = vertex_or_raise(y, X, tau)
    except NotEstimableError as error:
        absent = np.flatnonzero(~X.any(axis=0))
        return absence(absent) if absent.size else f"in the resample, {error.message}"
    return vertex.coef, is_unique(resamples.y, resamples.X, rows[vertex.basis], tau, resamples.counts[r])
