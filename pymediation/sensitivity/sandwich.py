"""Robust and cluster covariances of many weighted regressions on one design."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import NotEstimableError
from pymediation.fits.robust import LEVERAGE_LIMIT
from pymediation.sensitivity.draws import Covariances
from pymediation.sensitivity.moments import Basis, draw_blocks, generalised_residuals
from pymediation.sensitivity.selection import Rounds
from pymediation.sensitivity.system import System

__all__ = ["sandwiches"]

FloatArray = NDArray[np.float64]


def sandwiches(
    system: System,
    alpha: FloatArray,
    basis: Basis,
    rounds: Rounds,
    rho: FloatArray,
    how: Covariances,
    *,
    divided: bool,
) -> FloatArray:
    """Return covariances in the basis for each correlation and draw, shape (L, S, k, k).

    Parameters
    ----------
    system : System
    alpha : ndarray, shape (S, k_m)
        Drawn coefficients of the mediator model.
    basis : Basis
    rounds : Rounds
    rho : ndarray, shape (L,)
    how : Covariances
        HC3 or clusters.
    divided : bool
        Whether regressions have the weights 1 / q, not q.
    """
    meat = np.empty_like(rounds.gram_inverse)
    for block in draw_blocks(basis.Q.shape[0], alpha.shape[0]):
        lam, kappa = generalised_residuals(system.mediator.X, system.mediator.y, alpha[block])
        for point, r in enumerate(rho):
            variances = 1 - r**2 * kappa
            weights = basis.weights[:, None] * (1 / variances if divided else variances)
            fitted = basis.Q @ rounds.coef[point, block].T + r * rounds.previous[point, block] * lam
            scores = weights * (basis.residuals[:, None] - fitted)
            if how.robust:
                meat[point, block] = _hc3_meat(basis.Q, scores, weights, rounds.gram_inverse[point, block])
            elif how.cluster is not None:
                meat[point, block] = _cluster_meat(basis, scores, how.cluster)
    return rounds.gram_inverse @ meat @ rounds.gram_inverse


def _hc3_meat(Q: FloatArray, scores: FloatArray, weights: FloatArray, inverse: FloatArray) -> FloatArray:
    """Return the meat of HC3, shape (S, k, k); scores and weights are (n, S)."""
    n, k = Q.shape
    pairs = (Q[:, :, None] * Q[:, None, :]).reshape(n, k * k)
    leverage = weights * (pairs @ inverse.reshape(-1, k * k).T)
    if (leverage > LEVERAGE_LIMIT).any():
        row = int(np.argmax((leverage > LEVERAGE_LIMIT).any(axis=1)))
        msg = (
            f"robustSE is not defined here: row {row} alone determines a coefficient of the outcome model "
            "(leverage 1). Drop that row or the term, or analyse without robustSE."
        )
        raise NotEstimableError(msg)
    meat: FloatArray = (pairs.T @ (scores / (1 - leverage)) ** 2).T.reshape(-1, k, k)
    return meat


def _cluster_meat(basis: Basis, scores: FloatArray, codes: NDArray[np.intp]) -> FloatArray:
    """Return the meat of the cluster covariance of a linear model, shape (S, k, k)."""
    used = basis.weights > 0
    order = np.argsort(codes[used], kind="stable")
    starts = np.flatnonzero(np.diff(codes[used][order], prepend=-1))
    Q, ordered = basis.Q[used][order], scores[used][order]
    sums = np.stack([np.add.reduceat(column[:, None] * ordered, starts, axis=0) for column in Q.T])
    n, groups = int(used.sum()), starts.size
    factor = groups / (groups - 1) * (n - 1) / basis.df_residual
    meat: FloatArray = factor * np.einsum("igs,jgs->sij", sums, sums)
    return meat
