"""What a fit with coefficients by group tells, wherever it was made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["SINGULAR", "MixedEstimates", "MixedModelFit"]

FloatArray = NDArray[np.float64]

SINGULAR = 1e-4
"""A standard deviation of coefficients by group, relative to the residual one, that counts as 0; R's."""


@dataclass(frozen=True, slots=True, eq=False)
class MixedEstimates:
    """Estimates of a mixed model with one grouping factor.

    Attributes
    ----------
    coef : ndarray, shape (k,)
        Fixed effects.
    cov : ndarray, shape (k, k)
        Their covariance.
    modes, cond_sd : ndarray, shape (J, D)
        Conditional mode and standard deviation of each coefficient in each group, given the data.
    sigma : float
        Residual standard deviation; 1 for families without one.
    aliased : ndarray of bool, shape (k,)
        Columns that are combinations of others.
    converged : bool
    singular : bool
        Whether the estimated covariance of the coefficients by group is not of full rank.
    """

    coef: FloatArray
    cov: FloatArray
    modes: FloatArray
    cond_sd: FloatArray
    sigma: float
    aliased: NDArray[np.bool_]
    converged: bool = True
    singular: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MixedModelFit(MixedEstimates):
    """A mixed model fitted here.

    Attributes
    ----------
    theta : ndarray, shape (q,)
        Free entries of the covariance's factor, relative to the residual standard deviation.
    varcorr : ndarray, shape (D, D)
        Covariance of the coefficients by group.
    loglik : float
        Log-likelihood, restricted if `reml`.
    n_parameters : int
        Parameters that Akaike's criterion counts.
    reml : bool
        Whether by restricted maximum likelihood.
    """

    theta: FloatArray
    varcorr: FloatArray
    loglik: float
    n_parameters: int
    reml: bool

    @classmethod
    def without_estimates(
        cls, aliased: NDArray[np.bool_], shape: tuple[int, int], theta: FloatArray
    ) -> MixedModelFit:
        """Return what is known of a rank-deficient model: which columns are to blame."""
        k, nothing = aliased.size, np.full(shape, np.nan)
        return cls(
            coef=np.full(k, np.nan),
            cov=np.full((k, k), np.nan),
            modes=nothing,
            cond_sd=nothing,
            sigma=np.nan,
            aliased=aliased,
            theta=np.full_like(theta, np.nan),
            varcorr=np.full((shape[1], shape[1]), np.nan),
            loglik=np.nan,
            n_parameters=k + theta.size,
            reml=False,
        )
