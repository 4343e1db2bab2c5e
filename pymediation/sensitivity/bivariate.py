"""The bivariate normal distribution function."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, owens_t

__all__ = ["bivariate_density", "bivariate_probability", "normal_density"]

FloatArray = NDArray[np.float64]

# In the place of a zero, so that quotients have a sign.
_TINY = 1e-300


def normal_density(x: FloatArray) -> FloatArray:
    """Return the standard normal density."""
    density: FloatArray = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    return density


def bivariate_density(h: FloatArray, k: FloatArray, rho: FloatArray | float) -> FloatArray:
    """Return the density at (h, k) of two standard normal variables with correlation rho."""
    rest = 1 - np.asarray(rho) ** 2
    density: FloatArray = np.exp(-0.5 * (h**2 - 2 * rho * h * k + k**2) / rest) / (2 * np.pi * np.sqrt(rest))
    return density


def bivariate_probability(h: FloatArray, k: FloatArray, rho: FloatArray | float) -> FloatArray:
    """Return the probability that two standard normal variables of correlation rho are below h and k.

    By Owen's T function, whose error is that of rounding.

    Parameters
    ----------
    h, k : ndarray
        Limits.
    rho : ndarray or float
        Correlation, between -1 and 1.

    References
    ----------
    Owen, D. B. (1956). Tables for computing bivariate normal probabilities. Annals of Mathematical Statistics
    27, 1075-1090.

    Examples
    --------
    >>> import numpy as np
    >>> bivariate_probability(np.array([0.0, 1.0]), np.array([0.0, -0.5]), 0.5).round(12).tolist()
    [0.333333333333, 0.296090634354]
    """
    h, k = (np.where(x == 0, _TINY, x) for x in (h, k))
    root = np.sqrt(1 - np.asarray(rho) ** 2)
    with np.errstate(over="ignore"):
        parts = owens_t(h, (k - rho * h) / (h * root)) + owens_t(k, (h - rho * k) / (k * root))
    value = 0.5 * (ndtr(h) + ndtr(k) - (np.sign(h) != np.sign(k))) - parts
    return np.clip(value, 0.0, 1.0)
