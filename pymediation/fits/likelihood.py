"""What maximum-likelihood fits that only this package has share: the search's basis, its end, sandwiches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from pymediation.errors import NotEstimableError
from pymediation.fits.newton import RANK_TOLERANCE, Maxima, Objective, weighted_products
from pymediation.fits.replicates import Basis, solve_normal
from pymediation.fits.robust import HCType

__all__ = ["determined", "endings", "joint_basis", "sandwich"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Largest slope of the mean log-likelihood (per row and per standard deviation of a predictor) at which it is
# as good as flat: what is left to gain in fitted probabilities or rates is of this size.
FLAT = 1e-5


def joint_basis(basis: Basis, blocks: int, further: int = 0) -> Basis:
    """Return the basis of the parameters of several predictors, each on the same columns.

    Parameters
    ----------
    basis : Basis
        The columns of one predictor.
    blocks : int
        Number of predictors.
    further : int
        Number of parameters beside them.
    """
    triangle = block_diag(np.kron(np.eye(blocks), basis.triangle), np.eye(further))
    return Basis(basis.Z, np.arange(triangle.shape[0]), triangle)


def endings(problem: Objective, weights: FloatArray, maxima: Maxima) -> NDArray[np.str_]:
    """Say how the searches of R weightings (R, n) ended.

    At a maximum; on the way to infinity, where the likelihood no longer grows ("separation"); or nowhere.
    """
    gradient = problem.evaluate(weights, maxima.at).gradient
    flat = np.abs(gradient).max(axis=1) < FLAT * weights.sum(axis=1)
    return np.where(maxima.converged, "maximum", np.where(flat, "separation", "nowhere"))


def determined(basis: Basis, products: FloatArray | None, weights: FloatArray) -> BoolArray:
    """Return whether the columns are independent, with room to spare, in R weightings (R, n) of the rows."""
    grams = weighted_products(basis.Z, products, weights)
    return solve_normal(basis, grams, np.zeros(grams.shape[:2]), RANK_TOLERANCE)[1]


def sandwich(
    cov: FloatArray, scores: FloatArray, kind: HCType | None, cluster: NDArray[np.intp] | None
) -> FloatArray:
    r"""Return a sandwich covariance of maximum-likelihood estimates.

    .. math:: f \, C \Big[\sum_g S_g S_g'\Big] C, \qquad S_g = \sum_{i \in g} s_i

    where C is the inverse of the information and each row is a group of its own without clusters. f is 1 for
    HC0, n / (n - p) for HC1 and G / (G - 1) for G clusters. With neither it is C itself.

    Parameters
    ----------
    cov : ndarray, shape (p, p)
        C.
    scores : ndarray, shape (n, p)
        :math:`s_i`, the derivatives of each row's log-likelihood.
    kind : str or None
        R's name of the estimator; used if there are no clusters.
    cluster : ndarray of int, shape (n,), or None

    Raises
    ------
    NotEstimableError
        A kind that needs leverages, which these models do not have, or a single cluster.

    References
    ----------
    White, H. (1982). Maximum likelihood estimation of misspecified models. Econometrica 50, 1-25.
    """
    n, p = scores.shape
    if kind is not None:
        if kind not in ("HC0", "HC1"):
            msg = (
                f"robustSE=True of type {kind!r} needs leverages, which this kind of model does not have; "
                "set type='HC0' or type='HC1', or use boot=True"
            )
            raise NotEstimableError(msg)
        factor, sums = (1.0 if kind == "HC0" else n / (n - p)), scores
    elif cluster is None:
        return cov
    else:
        groups, position = np.unique(cluster, return_inverse=True)
        if groups.size < 2:
            msg = "a cluster-robust covariance needs two clusters; there is one"
            raise NotEstimableError(msg)
        sums = np.zeros((groups.size, p))
        np.add.at(sums, position, scores)
        factor = groups.size / (groups.size - 1)
    influence = sums @ cov
    robust: FloatArray = factor * (influence.T @ influence)
    return robust
