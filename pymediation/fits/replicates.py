"""Bootstrap refits of linear models by counts: what replicates share, and least squares.

A replicate that repeats row i c_i times is the fit with weights c_i w_i. All replicates then share the
rows, so that their normal equations are products of the counts with one table of pairwise products.
The columns are first made orthonormal over the full sample, which keeps the digits that normal
equations in the original columns would lose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular

from pymediation.errors import ArgumentError, ArgumentTypeError
from pymediation.fits._inputs import Data, IntArray, check_data, project
from pymediation.fits.linear import OLS_TOLERANCE

__all__ = ["PreparedOLS", "ReplicateFits", "fit_ols_replicates", "prepare_ols", "replicate_blocks"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

BLOCK_CELLS = 200_000  # replicates x rows held at a time
ROW_CHUNK = 8_192  # rows of the table of pairwise products held at a time in least squares
PIVOT_LIMIT = 1e-6  # squared share of a column left by earlier ones; below, normal equations lose digits
CANCELLATION = 1e-4  # share of the full fit's deviance below which the difference has lost too many digits
RANK_MARGIN = 10.0  # how close to R's rank criterion a replicate may come before R's own method decides


@dataclass(frozen=True, slots=True)
class ReplicateFits:
    """Fits of R bootstrap replicates of a model with k columns.

    Attributes
    ----------
    coef : ndarray, shape (R, k)
        Coefficients. 0 for columns that are aliased in the replicate, as they do not enter R's predictions;
        NaN for failed replicates.
    dispersion : ndarray, shape (R,)
        Estimated dispersion, 1 where it is known.
    deviance, df_residual : ndarray, shape (R,)
        Deviance and residual degrees of freedom.
    converged : ndarray of bool, shape (R,)
        Whether the iterations met their criterion. A replicate that did not is used, as in R.
    failed : ndarray of bool, shape (R,)
        Replicates without a usable fit.
    reason : mapping of int to str
        Why, for each failed replicate.
    """

    coef: FloatArray
    dispersion: FloatArray
    deviance: FloatArray
    df_residual: FloatArray
    converged: BoolArray
    failed: BoolArray
    reason: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a block, or one replicate, yields before it is put together."""

    coef: FloatArray
    dispersion: FloatArray
    deviance: FloatArray
    df_residual: FloatArray
    converged: BoolArray


@dataclass(frozen=True, slots=True)
class Basis:
    """Columns Z (n, q) = X[:, kept] back, orthonormal up to a factor under the prior weights."""

    Z: FloatArray
    kept: IntArray
    triangle: FloatArray

    def coefficients(self, gamma: FloatArray, k: int) -> FloatArray:
        """Map coefficients (R, q) of Z to coefficients (R, k) of X, 0 where dropped."""
        coef = np.zeros((gamma.shape[0], k))
        coef[:, self.kept] = solve_triangular(self.triangle, gamma.T, check_finite=False).T
        return coef

    def penalty(self, root: FloatArray | None) -> FloatArray | None:
        """Return the penalty of the coefficients of Z, shape (q, q), from the root of that of X."""
        if root is None:
            return None
        own = solve_triangular(self.triangle, root[:, self.kept].T, trans="T")
        return np.asarray(own @ own.T)


def replicate_blocks(replicates: int, n: int, cells: int | None = None) -> Iterator[slice]:
    """Yield slices of replicates whose R x n cells stay within the block size, or a given one."""
    size = max(1, (BLOCK_CELLS if cells is None else cells) // n)
    for start in range(0, replicates, size):
        yield slice(start, min(start + size, replicates))


def check_counts(counts: ArrayLike, n: int) -> NDArray[np.integer]:
    """Return counts (R, n) after checking type and shape."""
    table = np.asarray(counts)
    if table.dtype.kind not in "iu":
        msg = f"counts must be whole numbers of an integer type, not {table.dtype}"
        raise ArgumentTypeError(msg)
    if table.ndim != 2 or table.shape[1] != n:
        msg = f"counts must have shape (replicates, {n}), a column per row of X, not {table.shape}"
        raise ArgumentError(msg)
    if table.dtype.kind == "i" and table.size and table.min() < 0:
        msg = "counts must be 0 or more; a negative one was given"
        raise ArgumentError(msg)
    return table


def orthogonal_basis(data: Data, tolerance: float) -> Basis:
    """Return columns that span those of X, orthogonal over the sample (and penalty), of length sqrt(n)."""
    solution = data.project(data.y, data.weights, tolerance)
    triangle = solution.triangle / np.sqrt(np.count_nonzero(data.weights))
    Z = solve_triangular(triangle, data.X[:, solution.kept].T, trans="T").T
    return Basis(np.ascontiguousarray(Z), solution.kept, triangle)


def pair_products(Z: FloatArray) -> FloatArray:
    """Return the products of all pairs of columns (upper triangle by rows), shape (n, q (q + 1) / 2)."""
    rows, columns = np.triu_indices(Z.shape[1])
    return Z[:, rows] * Z[:, columns]


def unpack_grams(packed: FloatArray, q: int) -> FloatArray:
    """Return symmetric matrices (R, q, q) from their upper triangles (R, q (q + 1) / 2)."""
    rows, columns = np.triu_indices(q)
    grams = np.empty((packed.shape[0], q, q))
    grams[:, rows, columns] = packed
    grams[:, columns, rows] = packed
    return grams


def solve_normal(
    basis: Basis, grams: FloatArray, rhs: FloatArray, tolerance: float
) -> tuple[FloatArray, BoolArray]:
    """Solve R systems by symmetric elimination; say which to trust.

    Returns the solutions (R, q) and True where every pivot, the part of a column that earlier ones leave, is
    well off both rounding and R's rank criterion. The others are left to the single fit.
    """
    q = basis.kept.size
    lengths = np.einsum("rij,ik,jk->rk", grams, basis.triangle, basis.triangle, optimize=True)
    system = np.concatenate((grams, rhs[:, :, None]), axis=2)
    pivots = np.empty((grams.shape[0], q))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for j in range(q):
            pivots[:, j] = system[:, j, j]
            factor = system[:, j + 1 :, j] / pivots[:, j, None]
            system[:, j + 1 :, j:] -= factor[:, :, None] * system[:, None, j, j:]
        solution = np.empty_like(rhs)
        for j in reversed(range(q)):
            known = np.einsum("ri,ri->r", system[:, j, j + 1 : q], solution[:, j + 1 :])
            solution[:, j] = (system[:, j, q] - known) / pivots[:, j]
        own = grams.diagonal(axis1=1, axis2=2).max(axis=1)
        left = pivots * basis.triangle.diagonal() ** 2
        trusted = (pivots > PIVOT_LIMIT * own[:, None]) & (left > (RANK_MARGIN * tolerance) ** 2 * lengths)
    return solution, trusted.all(axis=1) & np.isfinite(solution).all(axis=1)


def absent_columns(data: Data, times: NDArray[np.integer], level_columns: BoolArray | None) -> IntArray:
    """Return the columns that vanish in the rows drawn though not in the sample."""
    sampled = data.X[times > 0]
    absent = ~sampled.any(axis=0) & data.X.any(axis=0)
    return np.flatnonzero(absent if level_columns is None else absent & level_columns)


def absence(columns: IntArray) -> str:
    """Word the failure of a replicate in which columns vanish."""
    places = ", ".join(str(int(j)) for j in columns)
    return f"column(s) {places} of X are 0 in every resampled row: a factor level is absent from the resample"


def assemble(outcomes: list[Outcome], k: int, reason: dict[int, str]) -> ReplicateFits:
    """Join the outcomes of consecutive blocks; failed replicates become NaN."""
    if outcomes:
        coef = np.concatenate([o.coef for o in outcomes])
        dispersion = np.concatenate([o.dispersion for o in outcomes])
        deviance = np.concatenate([o.deviance for o in outcomes])
        df_residual = np.concatenate([o.df_residual for o in outcomes])
        converged = np.concatenate([o.converged for o in outcomes])
    else:
        coef, converged = np.empty((0, k)), np.empty(0, dtype=bool)
        dispersion, deviance, df_residual = np.empty(0), np.empty(0), np.empty(0)
    for r in np.flatnonzero(np.isnan(dispersion)):
        reason.setdefault(int(r), "no residual degrees of freedom are left to estimate the dispersion")
    failed = np.zeros(dispersion.size, dtype=bool)
    failed[list(reason)] = True
    coef[failed], dispersion[failed], deviance[failed] = np.nan, np.nan, np.nan
    return ReplicateFits(coef, dispersion, deviance, df_residual, converged & ~failed, failed, reason)


@dataclass(frozen=True, slots=True)
class PreparedOLS:
    """A linear model with what all its refits share, for replicates that come in blocks.

    Attributes
    ----------
    data : Data
    basis : Basis
    full : ndarray, shape (k,)
        Coefficients of the full sample, 0 where aliased.
    residual : ndarray, shape (n,)
        Its residuals.
    levels : ndarray of bool, shape (k,), or None
        As in `fit_ols_replicates`.
    """

    data: Data
    basis: Basis
    full: FloatArray
    residual: FloatArray
    levels: BoolArray | None

    def with_response(self, y: FloatArray) -> PreparedOLS:
        """Return the model of another response on the same columns."""
        return _prepared(replace(self.data, y=y), self.basis, self.levels)

    def refit(self, counts: ArrayLike) -> ReplicateFits:
        """Refit to R resamples given by counts (R, n)."""
        data, basis = self.data, self.basis
        table, k = check_counts(counts, data.y.size), data.X.shape[1]
        packed = _moments(basis.Z, self.residual, data.weights, table)
        q = basis.kept.size
        grams, rhs = unpack_grams(packed[:, : -q - 2], q), packed[:, -q - 2 : -2]
        gamma, trusted = solve_normal(basis, grams, rhs, OLS_TOLERANCE)
        # The full fit's residuals stand for the response, so that this difference cancels few digits.
        deviance = packed[:, -2] - np.einsum("rq,rq->r", gamma, rhs)
        df_residual = packed[:, -1] - q
        with np.errstate(divide="ignore", invalid="ignore"):
            dispersion = np.where(df_residual > 0, deviance / df_residual, np.nan)
        coef = self.full + basis.coefficients(gamma, k)
        outcome = Outcome(coef, dispersion, deviance, df_residual, np.ones(table.shape[0], dtype=bool))
        reason: dict[int, str] = {}
        near_perfect = deviance < CANCELLATION * packed[:, -2]
        for r in np.flatnonzero(~trusted | near_perfect | (df_residual <= 0)):
            _single_ols(data, table[r], self.levels, outcome, int(r), reason)
        return assemble([outcome], k, reason)


def prepare_ols(
    y: ArrayLike,
    X: ArrayLike,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    *,
    level_columns: ArrayLike | None = None,
) -> PreparedOLS:
    """Do once what all refits of a linear model share; parameters as in `fit_ols_replicates`."""
    data = check_data(y, X, weights, offset)
    levels = check_levels(level_columns, data.X.shape[1])
    return _prepared(data, orthogonal_basis(data, OLS_TOLERANCE), levels)


def _prepared(data: Data, basis: Basis, levels: BoolArray | None) -> PreparedOLS:
    """Fit the full sample."""
    full = project(data.X, data.y - data.offset, data.weights, OLS_TOLERANCE).coef
    return PreparedOLS(data, basis, full, data.y - data.offset - data.X @ full, levels)


def fit_ols_replicates(
    y: ArrayLike,
    X: ArrayLike,
    counts: ArrayLike,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    *,
    level_columns: ArrayLike | None = None,
) -> ReplicateFits:
    r"""Refit a linear model to R resamples given by counts; see :func:`fit_ols`.

    .. math:: \hat\beta_r = \arg\min_b \sum_i c_{ri} w_i (y_i - o_i - x_i'b)^2

    Parameters
    ----------
    y : array_like, shape (n,)
        Response.
    X : array_like, shape (n, k)
        Design matrix.
    counts : array_like of int, shape (R, n)
        :math:`c_{ri}`, how often row i occurs in replicate r.
    weights, offset : array_like, shape (n,), optional
        Prior weights and offset.
    level_columns : array_like of bool, shape (k,), optional
        Columns of factor levels: a replicate in which one vanishes has failed, because its fit cannot
        predict that level. Other columns that vanish are aliased. By default all columns count as such.

    Returns
    -------
    ReplicateFits

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If shapes disagree, a value is not finite, or counts are not whole numbers.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman and Hall.

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.array([[1, 1, 1], [0, 3, 0], [2, 0, 1]])
    >>> fits = fit_ols_replicates([1.0, 2.0, 6.0], np.ones((3, 1)), counts)
    >>> fits.coef[:, 0].round(4).tolist()
    [3.0, 2.0, 2.6667]
    """
    return prepare_ols(y, X, weights, offset, level_columns=level_columns).refit(counts)


def check_levels(level_columns: ArrayLike | None, k: int) -> BoolArray | None:
    """Return the mask of level columns after checking its shape."""
    if level_columns is None:
        return None
    mask = np.asarray(level_columns, dtype=bool)
    if mask.shape != (k,):
        msg = f"level_columns must have shape ({k},), one entry per column of X, not {mask.shape}"
        raise ArgumentError(msg)
    return mask


def _moments(
    Z: FloatArray, residual: FloatArray, weights: FloatArray, counts: NDArray[np.integer]
) -> FloatArray:
    """Return, per replicate, the gram of Z, Z'We, e'We and the number of rows of positive weight."""
    n, q = Z.shape
    total = np.zeros((counts.shape[0], q * (q + 1) // 2 + q + 2))
    for start in range(0, n, ROW_CHUNK):
        rows = slice(start, start + ROW_CHUNK)
        z, e, w = Z[rows], residual[rows, None], weights[rows, None]
        products: FloatArray = np.hstack((w * pair_products(z), w * z * e, w * e**2, w > 0))
        for block in replicate_blocks(counts.shape[0], products.shape[0]):
            total[block] += counts[block, rows].astype(np.float64) @ products
    return total


def _single_ols(
    data: Data,
    times: NDArray[np.integer],
    levels: BoolArray | None,
    into: Outcome,
    r: int,
    reason: dict[int, str],
) -> None:
    """Fit one replicate by QR as R would, and write it into the block's arrays."""
    absent = absent_columns(data, times, levels)
    weights = data.weights * times
    if absent.size or not weights.any():
        reason[r] = absence(absent) if absent.size else "the replicate has no rows of positive weight"
        return
    solution = project(data.X, data.y - data.offset, weights, OLS_TOLERANCE)
    residual = data.y - data.offset - data.X @ solution.coef
    df_residual = float(np.sum(times[data.weights > 0])) - solution.kept.size
    into.coef[r] = solution.coef
    into.deviance[r] = np.sum(weights * residual**2)
    into.df_residual[r] = df_residual
    into.dispersion[r] = into.deviance[r] / df_residual if df_residual > 0 else np.nan
