"""Fits with R's numbers: arrays in, frozen results out. Independent of any modelling library."""

from pymediation.fits.gamma import gamma_shape, gamma_shape_replicates
from pymediation.fits.glm import fit_glm
from pymediation.fits.glm_replicates import fit_glm_replicates
from pymediation.fits.linear import LinearFit, fit_ols
from pymediation.fits.replicates import PreparedOLS, ReplicateFits, fit_ols_replicates, prepare_ols
from pymediation.fits.robust import HCType, bread, cluster_cov, estfun, hat_values, hc_cov

__all__ = [
    "HCType",
    "LinearFit",
    "PreparedOLS",
    "ReplicateFits",
    "bread",
    "cluster_cov",
    "estfun",
    "fit_glm",
    "fit_glm_replicates",
    "fit_ols",
    "fit_ols_replicates",
    "gamma_shape",
    "gamma_shape_replicates",
    "hat_values",
    "hc_cov",
    "prepare_ols",
]
