"""Multivariate normal draws, as ``mvtnorm::rmvnorm`` and ``MASS::mvrnorm`` make them of normals."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh

from pymediation.errors import ArgumentError
from pymediation.streams.laws import Floats
from pymediation.warn import warn

__all__ = ["mean_and_covariance", "principal_root", "symmetric_root"]

# R's isSymmetric() and rmvnorm() allow for this much rounding.
_TOLERANCE = 1.5e-8


def mean_and_covariance(mean: ArrayLike, cov: ArrayLike) -> tuple[Floats, Floats]:
    """Check a mean of length p and a symmetric (p, p) covariance."""
    centre = np.atleast_1d(np.asarray(mean, dtype=np.float64))
    sigma = np.atleast_2d(np.asarray(cov, dtype=np.float64))
    p = centre.size
    if centre.ndim != 1 or sigma.shape != (p, p):
        raise ArgumentError(
            f"`cov` must be a {p} x {p} matrix, to match the {p} elements of `mean`; its shape "
            f"is {sigma.shape}."
        )
    if not np.isfinite(sigma).all():
        raise ArgumentError("`cov` contains NaN or infinite values.")
    if np.abs(sigma - sigma.T).sum() > _TOLERANCE * np.abs(sigma).sum():
        raise ArgumentError("`cov` must be symmetric; (cov + cov.T) / 2 is.")
    return centre, sigma


def _decompose(cov: Floats, tolerance: float) -> tuple[Floats, Floats]:
    """Eigenvalues, negative ones set to 0, and eigenvectors, by LAPACK's dsyevr as in R."""
    values, vectors = eigh(cov, driver="evr")
    if values.size and values[0] < -tolerance * abs(values[-1]):
        warn(
            f"`cov` is not positive semidefinite: its smallest eigenvalue is {values[0]:.3g}; it is "
            "taken as 0."
        )
    return np.maximum(values, 0.0), vectors


def symmetric_root(cov: Floats) -> Floats:
    """Symmetric square root of a covariance: V diag(sqrt(lambda)) V', of shape (p, p)."""
    if cov.shape == (1, 1):
        return np.sqrt(np.maximum(cov, 0.0))
    values, vectors = _decompose(cov, _TOLERANCE)
    return (vectors * np.sqrt(values)) @ vectors.T


def principal_root(cov: Floats) -> Floats:
    """V diag(sqrt(lambda)) with eigenvalues in descending order, of shape (p, p)."""
    values, vectors = _decompose(cov, 1e-6)
    return (vectors * np.sqrt(values))[:, ::-1]
