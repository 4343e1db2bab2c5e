"""Bootstrap of two-stage least squares: both stages refitted to resampled clusters, by counts.

The second stage's regressor differs between replicates, but it is always a combination of the columns of the
first stage: with all columns of both models made orthonormal, one table of pairwise products serves every
replicate and both stages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr

from pymediation.fits import fit_ols, fit_ols_replicates
from pymediation.fits.replicates import pair_products, unpack_grams
from pymediation.instruments.two_stage_effects import Coefficients
from pymediation.instruments.two_stage_models import TwoStage
from pymediation.streams import Stream

__all__ = ["Clusters", "resample_two_stage"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

# Counts (replicates x rows) held at a time.
_BLOCK_CELLS = 4_000_000
# Rows of the table of pairwise products held at a time.
_ROW_CHUNK = 8_192
# Smallest eigenvalue of a scaled second stage that is solved by normal equations; others by QR.
_WELL_CONDITIONED = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """What is resampled.

    Attributes
    ----------
    codes : ndarray of int, shape (p,)
        Cluster 0, ..., G - 1 of each row that can be drawn.
    rows : ndarray of int, shape (p,)
        The place of each of them in the models, or -1 for a row that they do not use.
    count : int
        G, clusters without rows included.
    """

    codes: IntArray
    rows: IntArray
    count: int


def resample_two_stage(
    models: TwoStage, clusters: Clusters, stream: Stream, replicates: int
) -> tuple[Coefficients, NDArray[np.bool_]]:
    """Refit both stages to resampled clusters.

    Parameters
    ----------
    models : TwoStage
    clusters : Clusters
    stream : Stream
        Per replicate G clusters are drawn, one replicate after the other.
    replicates : int

    Returns
    -------
    coefficients : Coefficients
        Of each replicate, shape (R,); NaN where a fit does not determine one of them.
    failed : ndarray of bool, shape (R,)
    """
    basis = _Basis.of(models) if models.affine else None
    found = []
    for counts in _counts(models.mediator.n, clusters, stream, replicates):
        first = fit_ols_replicates(
            models.mediator.y,
            models.mediator.X,
            counts,
            models.mediator.prior_weights,
            models.mediator.offset,
            level_columns=np.zeros(models.mediator.X.shape[1], dtype=bool),
        )
        second = _second_stages(models, basis, first.coef, counts)
        second[:, 0] = first.coef[:, models.treat_m]
        second[second[:, 0] == 0] = np.nan  # a treatment that does not vary in the resample
        found.append(second)
    b, g, z = np.concatenate(found).T
    return Coefficients(b, g, z), np.isnan(b + g + z)


def _counts(n: int, clusters: Clusters, stream: Stream, replicates: int) -> Iterator[NDArray[np.int32]]:
    """Draw resamples and yield blocks of them as counts (block, n) of the models' rows."""
    size = max(1, _BLOCK_CELLS // max(n, clusters.count))
    used = clusters.rows >= 0
    for start in range(0, replicates, size):
        block = min(size, replicates - start)
        drawn = stream.integers(clusters.count, size=block * clusters.count).reshape(block, clusters.count)
        shifted = drawn + clusters.count * np.arange(block)[:, None]
        times = np.bincount(shifted.ravel(), minlength=block * clusters.count)
        counts = np.zeros((block, n), dtype=np.int32)
        counts[:, clusters.rows[used]] = times.reshape(block, -1)[:, clusters.codes[used]]
        yield counts


@dataclass(frozen=True, slots=True, eq=False)
class _Basis:
    """Orthonormal columns Q (n, q) that span both designs, the observed mediator left out.

    Attributes
    ----------
    Q : ndarray, shape (n, q)
    mediator, outcome : ndarray, shapes (q, k_m) and (q, k_y)
        Coordinates of the designs' columns; 0 in the place of the mediator.
    offset : ndarray, shape (n,), or None
        Offset of the mediator model, which its fitted values contain.
    """

    Q: FloatArray
    mediator: FloatArray
    outcome: FloatArray

    @classmethod
    def of(cls, models: TwoStage) -> _Basis | None:
        """Return the basis; None where the fitted mediator is not in its span."""
        if models.mediator.offset is not None:
            return None
        X_y = models.outcome.X.copy()
        X_y[:, models.med_y] = 0.0
        columns = np.hstack((models.mediator.X, X_y))
        root = np.sqrt(_weights(models))[:, None]
        scaled = root * columns
        lengths = np.linalg.norm(scaled, axis=0)
        lengths[lengths == 0] = 1.0
        Q, triangle, order = qr(scaled / lengths, mode="economic", pivoting=True)
        rank = int(np.sum(np.abs(np.diag(triangle)) > 1e-12))
        coordinates = np.empty((rank, columns.shape[1]))
        coordinates[:, order] = triangle[:rank]
        coordinates *= lengths
        k = models.mediator.X.shape[1]
        spanning = Q[:, :rank] / np.where(root > 0, root, 1.0)
        return cls(spanning, coordinates[:, :k], coordinates[:, k:])


def _weights(models: TwoStage) -> FloatArray:
    """Return the prior weights of the outcome model."""
    given = models.outcome.prior_weights
    return np.ones(models.outcome.n) if given is None else given


def _second_stages(
    models: TwoStage, basis: _Basis | None, coef: FloatArray, counts: NDArray[np.int32]
) -> FloatArray:
    """Return the second stage's coefficients of mediator and treatment in columns 1 and 2, shape (R, 3)."""
    found = np.full((counts.shape[0], 3), np.nan)
    single = np.ones(counts.shape[0], dtype=bool)
    if basis is not None:
        solution, trusted = _solve(models, basis, coef, counts)
        found[trusted, 1], found[trusted, 2] = (
            solution[trusted, models.med_y],
            solution[trusted, models.treat_y],
        )
        single = ~trusted
    for r in np.flatnonzero(single & ~np.isnan(coef).any(axis=1)):
        found[r, 1:] = _single(models, coef[r], counts[r])
    return found


def _solve(
    models: TwoStage, basis: _Basis, coef: FloatArray, counts: NDArray[np.int32]
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Solve the second stages by normal equations; return coefficients (R, k) and which to trust."""
    outcome, q = models.outcome, basis.Q.shape[1]
    y = outcome.y if outcome.offset is None else outcome.y - outcome.offset
    packed = _moments(basis.Q, y, _weights(models), counts)
    grams, rhs = unpack_grams(packed[:, :-q], q), packed[:, -q:]
    T = np.repeat(basis.outcome[None], counts.shape[0], axis=0)
    T[:, :, models.med_y] = coef @ basis.mediator.T
    system = T.transpose(0, 2, 1) @ grams @ T
    scale = np.sqrt(np.maximum(system.diagonal(axis1=1, axis2=2), 0.0))
    usable = (scale > 0).all(axis=1) & np.isfinite(scale).all(axis=1)
    scale[~usable], system[~usable] = 1.0, np.eye(system.shape[1])
    system /= scale[:, :, None] * scale[:, None, :]
    usable &= np.linalg.eigvalsh(system)[:, 0] > _WELL_CONDITIONED
    system[~usable] = np.eye(system.shape[1])
    right = (T.transpose(0, 2, 1) @ rhs[:, :, None]) / scale[:, :, None]
    return np.linalg.solve(system, right)[:, :, 0] / scale, usable


def _moments(Q: FloatArray, y: FloatArray, weights: FloatArray, counts: NDArray[np.int32]) -> FloatArray:
    """Return the gram of Q (upper triangle) and Q'Wy of each replicate."""
    q = Q.shape[1]
    total = np.zeros((counts.shape[0], q * (q + 1) // 2 + q))
    for start in range(0, y.size, _ROW_CHUNK):
        rows = slice(start, start + _ROW_CHUNK)
        block, w = Q[rows], weights[rows, None]
        table = np.hstack((w * pair_products(block), w * block * y[rows, None]))
        total += counts[:, rows].astype(np.float64) @ table
    return total


def _single(models: TwoStage, coef: FloatArray, times: NDArray[np.int32]) -> tuple[float, float]:
    """Fit the second stage of one replicate by QR: coefficients of mediator and treatment."""
    offset = 0.0 if models.mediator.offset is None else models.mediator.offset
    X = models.design(models.mediator.X @ coef + offset)
    drawn = times > 0
    weights = (_weights(models) * times)[drawn]
    shift = None if models.outcome.offset is None else models.outcome.offset[drawn]
    fit = fit_ols(models.outcome.y[drawn], X[drawn], weights, shift)
    return float(fit.coef[models.med_y]), float(fit.coef[models.treat_y])
