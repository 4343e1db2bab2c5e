"""Quantile regressions at many quantiles, of a sample or of many resamples, looked up on their paths."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular

from pymediation.errors import ArgumentError
from pymediation.fits.quantile_lockstep import Shared, optimise, share, start
from pymediation.fits.quantile_replicates import (
    QuantileReplicates,
    Resamples,
    check_resamples,
    full_residual,
    refit_single,
)
from pymediation.fits.quantile_walk import walk
from pymediation.fits.replicates import replicate_blocks

__all__ = ["quantile_at_levels_replicates"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

LANES = 64  # walks that few replicates are cut into; fewer pivots in a row for more start vertices
LANE_CELLS = 2_000_000  # and their rows, held at a time
SHORTEST = 16  # levels a piece has at least


def quantile_at_levels_replicates(
    y: ArrayLike,
    X: ArrayLike,
    taus: ArrayLike,
    counts: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    rows: ArrayLike | None = None,
) -> QuantileReplicates:
    r"""Fit quantile regressions of R resamples, each at quantiles of its own.

    Parameters
    ----------
    y : array_like, shape (n,)
        Response.
    X : array_like, shape (n, k)
        Design matrix, of full column rank.
    taus : array_like, shape (R, m)
        Quantiles of each replicate, between 0 and 1, in any order.
    counts : array_like of int, shape (R, n)
        How often each row occurs in each replicate.
    weights : array_like, shape (n,), optional
        Prior weights.
    rows : array_like of int, shape (R, m'), optional
        The rows of each replicate in the order in which they were drawn; see
        :func:`fit_quantile_replicates`.

    Returns
    -------
    QuantileReplicates
        With coefficients of shape (R, m, k).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If shapes disagree, a value is not finite, counts are not whole numbers, or a quantile is not inside
        (0, 1).
    NotEstimableError
        If columns of X are linearly dependent in the sample itself.

    References
    ----------
    Koenker, R. and d'Orey, V. (1987). Computing regression quantiles. Applied Statistics 36, 383-393.

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.array([[1, 1, 1], [0, 2, 1]])
    >>> taus = [[0.9, 0.2], [0.6, 0.7]]
    >>> fits = quantile_at_levels_replicates([3.0, 1.0, 2.0], np.ones((3, 1)), taus, counts)
    >>> fits.coef[:, :, 0].round(6).tolist()
    [[3.0, 1.0], [1.0, 2.0]]
    """
    resamples = check_resamples(y, X, counts, weights, rows)
    levels = check_levels(taus, resamples.counts.shape[0])
    shared = share(resamples.y, resamples.X)
    residual = full_residual(resamples, float(np.median(levels))) if levels.size else resamples.y
    (R, m), k = levels.shape, resamples.X.shape[1]
    coef, unique = np.full((R, m, k), np.nan), np.zeros((R, m), dtype=bool)
    for part in replicate_blocks(R if m else 0, resamples.y.size):
        pieces = _pieces(levels[part], resamples.y.size)
        lines = np.repeat(np.arange(part.start, part.stop), pieces.shape[0] // (part.stop - part.start))[
            :, None
        ]
        fits = _follow(shared, resamples, lines[:, 0], levels[lines, pieces], residual)
        coef[lines, pieces], unique[lines, pieces] = fits
    reason: dict[int, str] = {}
    for r, i in np.argwhere(~unique):
        outcome = reason.get(r) or refit_single(resamples, int(r), float(levels[r, i]))
        if isinstance(outcome, str):
            reason[int(r)], coef[r] = outcome, np.nan
        else:
            coef[r, i], unique[r, i] = outcome
    failed = np.zeros(R, dtype=bool)
    failed[list(reason)] = True
    return QuantileReplicates(coef, unique, failed, reason)


def check_levels(taus: ArrayLike, replicates: int) -> FloatArray:
    """Return quantiles (R, m) after checking shape and range."""
    levels = np.asarray(taus, dtype=np.float64)
    if levels.ndim != 2 or levels.shape[0] != replicates:
        msg = f"taus must have shape ({replicates}, m), a row per replicate, not {levels.shape}"
        raise ArgumentError(msg)
    outside = ~((levels > 0) & (levels < 1))
    if outside.any():
        msg = f"taus must be quantiles between 0 and 1, both excluded; {levels[outside][0]!r} was given"
        raise ArgumentError(msg)
    return levels


def _pieces(levels: FloatArray, n: int) -> IntArray:
    """Cut the ascending levels (R, m) of few replicates into pieces, to be walked side by side.

    Returns the positions in a piece, of one replicate, per line; the last of a replicate repeat its last.
    """
    R, m = levels.shape
    lanes = max(1, min(LANES, LANE_CELLS // n) // R)
    width = max(-(-m // lanes), min(m, SHORTEST))
    order = np.argsort(levels, axis=1)
    padding = np.repeat(order[:, -1:], -m % width, axis=1)
    return np.concatenate((order, padding), axis=1).reshape(-1, width)


def _follow(
    shared: Shared, resamples: Resamples, which: IntArray, levels: FloatArray, residual: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Return coefficients (R, m, k) of some replicates, and where they are the only optimum."""
    counts = resamples.counts[which].astype(np.float64)
    R, m = levels.shape
    coef, unique = np.full((R, m, shared.Z.shape[1]), np.nan), np.zeros((R, m), dtype=bool)
    block, usable = start(shared, counts, levels.min(axis=1), residual)
    if usable.any():
        block, reached, _ = optimise(shared, block.take(usable))
        usable[usable] = reached
    if not usable.any():
        return coef, unique
    path = walk(shared, block.take(reached), levels[usable].max(axis=1))
    for i, r in enumerate(np.flatnonzero(usable)):
        at = np.searchsorted(path.end[:, i], levels[r])
        coef[r] = solve_triangular(shared.triangle, path.gamma[at, i].T).T
        unique[r] = (levels[r] > path.first[at, i]) & (levels[r] < path.last[at, i]) & path.complete[i]
    return coef, unique
