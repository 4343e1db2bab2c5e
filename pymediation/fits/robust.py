"""Sandwich covariances of linear and generalised linear models: C M C.

The names are those of Zeileis (2006): the *bread* is C, the inverse of X'WX up to the dispersion, which
cancels; the estimating functions (*estfun*) are x_i u_i; the *meat* M is what is known of their variance.
A row of weight 0 counts nowhere, as if it had been left out.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError, NotEstimableError, did_you_mean
from pymediation.fits._inputs import spread
from pymediation.fits.linear import LinearFit

__all__ = ["HCType", "bread", "cluster_cov", "estfun", "hat_values", "hc_cov"]

FloatArray = NDArray[np.float64]
HCType = Literal["const", "HC0", "HC1", "HC2", "HC3", "HC4", "HC4m", "HC5"]
HC_TYPES: tuple[HCType, ...] = get_args(HCType)

LEVERAGE_LIMIT = 1 - 10 * float(np.finfo(np.float64).eps)  # R sets hat values above it to 1


def bread(fit: LinearFit) -> FloatArray:
    """Return (X'WX)^-1 of the columns that are not aliased, shape (rank, rank)."""
    kept = ~fit.aliased
    return fit.unscaled_cov[np.ix_(kept, kept)]


def _scores(fit: LinearFit) -> FloatArray:
    """Return u_i = W_i r_i, shape (n,)."""
    scores = np.zeros_like(fit.working_weights)
    used = fit.working_weights > 0
    scores[used] = fit.working_weights[used] * fit.working_residuals[used]
    return scores


def estfun(fit: LinearFit, X: ArrayLike) -> FloatArray:
    """Return the estimating functions x_i u_i of the columns that are not aliased, shape (n, rank)."""
    return _design(fit, X) * _scores(fit)[:, None]


def hat_values(fit: LinearFit, X: ArrayLike) -> FloatArray:
    """Return the leverages of the weighted design, shape (n,)."""
    # By QR: x'Cx would lose digits when X is ill conditioned.
    basis = np.linalg.qr(_design(fit, X) * np.sqrt(fit.working_weights)[:, None])[0]
    leverage = np.sum(basis**2, axis=1)
    return np.where(leverage > LEVERAGE_LIMIT, 1.0, leverage)


def _design(fit: LinearFit, X: ArrayLike) -> FloatArray:
    """Return the columns of X that are not aliased."""
    design = np.asarray(X, dtype=np.float64)
    expected = (fit.fitted.size, fit.coef.size)
    if design.shape != expected:
        msg = f"X must be the design matrix of the fit, of shape {expected}, not {design.shape}"
        raise ArgumentError(msg)
    return design[:, ~fit.aliased]


def _omega(kind: HCType, scores: FloatArray, leverage: FloatArray, rank: int) -> FloatArray:
    """Return the variances that stand for the squared scores, shape (n,)."""
    n = scores.size
    squares = scores**2
    if kind == "const":
        return np.full(n, squares.sum() / (n - rank))
    if kind == "HC0":
        return squares
    if kind == "HC1":
        return squares * n / (n - rank)
    return squares / (1 - leverage) ** _discount(kind, leverage)


def _discount(kind: HCType, leverage: FloatArray) -> FloatArray | float:
    """Return the power of 1 - h by which squared scores are divided."""
    if kind == "HC2":
        return 1.0
    if kind == "HC3":
        return 2.0
    relative = leverage * leverage.size / np.round(leverage.sum())
    if kind == "HC4":
        return np.minimum(4.0, relative)
    if kind == "HC4m":
        return np.minimum(1.0, relative) + np.minimum(1.5, relative)
    return np.minimum(relative, max(4.0, 0.7 * float(relative.max()))) / 2


def hc_cov(fit: LinearFit, X: ArrayLike, type: HCType = "HC3") -> FloatArray:
    r"""Return a heteroskedasticity-consistent covariance of the coefficients.

    .. math:: C \Big[\sum_i \omega_i x_i x_i'\Big] C, \qquad C = (X'WX)^{-1}

    With the scores :math:`u_i = W_i r_i` and leverages :math:`h_i`, :math:`\omega_i` is
    :math:`u_i^2` (HC0), :math:`u_i^2 n/(n-k)` (HC1), :math:`u_i^2/(1-h_i)` (HC2), :math:`u_i^2/(1-h_i)^2`
    (HC3), and :math:`u_i^2/(1-h_i)^{\delta_i}` with :math:`\delta_i` growing in :math:`h_i` (HC4, HC4m, HC5).
    ``"const"`` is :math:`\sum u_i^2/(n-k)`, which gives the ordinary covariance of unweighted least squares.

    Parameters
    ----------
    fit : LinearFit
        A fit of n rows and k columns.
    X : array_like, shape (n, k)
        Its design matrix.
    type : {"const", "HC0", "HC1", "HC2", "HC3", "HC4", "HC4m", "HC5"}
        R's name of the estimator.

    Returns
    -------
    ndarray, shape (k, k)
        NaN for aliased columns.

    Raises
    ------
    ArgumentError
        If the type is not known or X is not the design of the fit.
    NotEstimableError
        If a row has leverage 1 and the type divides by 1 - h.

    References
    ----------
    Zeileis, A. (2006). Object-oriented computation of sandwich estimators. Journal of Statistical Software
    16(9).

    Examples
    --------
    >>> import numpy as np
    >>> from pymediation.fits import fit_ols
    >>> X = np.column_stack([np.ones(4), [0.0, 0.0, 1.0, 1.0]])
    >>> hc_cov(fit_ols([0.0, 2.0, 1.0, 5.0], X), X, "HC0").round(2).tolist()
    [[0.5, -0.5], [-0.5, 2.5]]
    """
    if type not in HC_TYPES:
        known = ", ".join(HC_TYPES)
        msg = f"type {type!r} is not known; choose one of {known}.{did_you_mean(type, HC_TYPES)}"
        raise ArgumentError(msg)
    used = np.flatnonzero(fit.working_weights > 0)
    design, scores, leverage = _design(fit, X)[used], _scores(fit)[used], hat_values(fit, X)[used]
    if type not in ("const", "HC0", "HC1") and (leverage == 1).any():
        row = int(used[np.argmax(leverage == 1)])
        msg = (
            f"{type} is not defined: row {row} has leverage 1 (a coefficient fits that row alone); "
            "use type='HC1', or drop the column or the row"
        )
        raise NotEstimableError(msg)
    if type in ("const", "HC1") and used.size <= fit.rank:
        msg = f"{type} needs more rows than coefficients; there are {used.size} and {fit.rank}"
        raise NotEstimableError(msg)
    # X C before the product keeps digits that C M C loses when X is ill conditioned.
    influence = design @ bread(fit)
    cov = (influence * _omega(type, scores, leverage, fit.rank)[:, None]).T @ influence
    return spread(cov, np.flatnonzero(~fit.aliased), fit.coef.size)


def cluster_cov(
    fit: LinearFit, X: ArrayLike, codes: ArrayLike, *, linear_model: bool, n_clusters: int | None = None
) -> FloatArray:
    r"""Return a cluster-robust covariance of the coefficients.

    .. math:: \frac{G}{G-1} \, f \, C \Big[\sum_g S_g S_g'\Big] C, \qquad S_g = \sum_{i \in g} x_i u_i

    where :math:`f = (n-1)/(n-k)` for linear models and 1 for generalised ones.

    Parameters
    ----------
    fit : LinearFit
        A fit of n rows and k columns.
    X : array_like, shape (n, k)
        Its design matrix.
    codes : array_like, shape (n,)
        Cluster of each row: any values that can be told apart and sorted.
    linear_model : bool
        Whether the model is a linear one (R's class lm), which decides on the factor f.
    n_clusters : int, optional
        G, where it is more than the clusters that occur (R counts a factor's unused levels).

    Returns
    -------
    ndarray, shape (k, k)
        NaN for aliased columns.

    Raises
    ------
    ArgumentError
        If there is not one cluster per row or X is not the design of the fit.
    NotEstimableError
        If there is one cluster only, or no more rows than coefficients.

    References
    ----------
    Liang, K.-Y. and Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models.
    Biometrika 73, 13-22.

    Examples
    --------
    >>> import numpy as np
    >>> from pymediation.fits import fit_ols
    >>> X = np.ones((4, 1))
    >>> cov = cluster_cov(fit_ols([0.0, 2.0, 1.0, 5.0], X), X, ["a", "a", "b", "b"], linear_model=True)
    >>> cov.round(4).tolist()
    [[1.0]]
    """
    influence, used = estfun(fit, X) @ bread(fit), fit.working_weights > 0
    labels = np.asarray(codes)
    if labels.shape != used.shape:
        msg = f"codes must have shape {used.shape}, one cluster per row, not {labels.shape}"
        raise ArgumentError(msg)
    present, position = np.unique(labels[used], return_inverse=True)
    n, groups = int(used.sum()), present.size if n_clusters is None else n_clusters
    if groups < 2 or n <= fit.rank:
        msg = (
            "a cluster-robust covariance needs two clusters and more rows than coefficients; "
            f"there are {groups} cluster(s), {n} rows and {fit.rank} coefficients"
        )
        raise NotEstimableError(msg)
    sums = np.zeros((present.size, influence.shape[1]))
    np.add.at(sums, position, influence[used])
    factor = groups / (groups - 1) * ((n - 1) / (n - fit.rank) if linear_model else 1.0)
    return spread(factor * (sums.T @ sums), np.flatnonzero(~fit.aliased), fit.coef.size)
