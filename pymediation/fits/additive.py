r"""Generalised additive models with given penalties.

Smooth functions are columns of the design with a quadratic penalty: the fit maximises
:math:`\ell(b) - b'L'Lb / (2\phi)`. It uses up :math:`\mathrm{tr}((X'WX + L'L)^{-1} X'WX)` degrees of freedom,
fewer than it has columns, and the dispersion is estimated with the others, as in R's ``mgcv``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.families import Family
from pymediation.fits._inputs import Data, check_data
from pymediation.fits.glm import EPSILON, column_tolerance, fit_glm
from pymediation.fits.glm_replicates import TABLE_ROWS, fit_glm_replicates
from pymediation.fits.replicates import (
    ReplicateFits,
    orthogonal_basis,
    pair_products,
    replicate_blocks,
    unpack_grams,
)

__all__ = ["AdditiveFit", "fit_additive", "fit_additive_replicates", "penalty_root"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_RANK = 1e-14  # eigenvalues below this share of the largest are rounding


@dataclass(frozen=True, slots=True)
class AdditiveFit:
    r"""A fitted additive model of n rows and k columns.

    Attributes
    ----------
    coef : ndarray, shape (k,)
        Coefficients; NaN for aliased columns.
    cov : ndarray, shape (k, k)
        :math:`\hat\phi (X'WX + L'L)^{-1}`; NaN for aliased columns.
    dispersion : float
        Pearson's estimate of :math:`\phi` over the residual degrees of freedom, or 1 where it is known.
    df_residual : float
        Rows of positive weight less the effective degrees of freedom.
    deviance : float
        Deviance, without the penalty.
    fitted, linear_predictor : ndarray, shape (n,)
        Means and linear predictors.
    converged : bool
        Whether the iterations met their criterion.
    aliased : ndarray of bool, shape (k,)
        Columns left out because earlier ones span them, as far as the penalty leaves that open.
    separation : bool
        Whether a fitted probability is numerically 0 or 1, or a fitted rate 0.
    """

    coef: FloatArray
    cov: FloatArray
    dispersion: float
    df_residual: float
    deviance: float
    fitted: FloatArray
    linear_predictor: FloatArray
    converged: bool
    aliased: BoolArray
    separation: bool


def penalty_root(penalty: ArrayLike) -> FloatArray:
    """Return L, shape (r, k), with L'L the penalty (k, k) and r its rank.

    Examples
    --------
    >>> L = penalty_root([[1.0, -1.0], [-1.0, 1.0]])
    >>> (L.T @ L).round(12).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    matrix = np.asarray(penalty, dtype=np.float64)
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    kept = values > _RANK * max(float(values.max(initial=0.0)), np.finfo(np.float64).tiny)
    root: FloatArray = np.sqrt(values[kept])[:, None] * vectors[:, kept].T
    return root


def fit_additive(
    y: ArrayLike,
    X: ArrayLike,
    root: ArrayLike,
    family: Family,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
) -> AdditiveFit:
    """Fit a generalised additive model by penalised Fisher scoring.

    Parameters
    ----------
    y : array_like, shape (n,)
        Response on the scale of the mean.
    X : array_like, shape (n, k)
        Design matrix, the columns of the smooth functions included.
    root : array_like, shape (r, k)
        L of the penalty b'L'Lb.
    family : Family
        Distribution and link.
    weights, offset : array_like, shape (n,), optional
        Prior weights and offset.

    Returns
    -------
    AdditiveFit

    Raises
    ------
    ArgumentError
        If shapes disagree, a value is not finite, or a response is impossible under the family.
    NotEstimableError
        If there are no valid starting values or a step cannot be brought back into the model's domain.

    References
    ----------
    Wood, S. N. (2017). Generalized Additive Models: An Introduction with R, 2nd ed. Chapman and Hall.

    Examples
    --------
    >>> from pymediation.families import get_family
    >>> x = np.arange(4.0)
    >>> fit = fit_additive([0.0, 1.0, 2.0, 3.0], x[:, None], [[np.sqrt(14.0)]], get_family("gaussian"))
    >>> fit.coef.round(6).tolist(), round(fit.df_residual, 6)
    ([0.5], 3.5)
    """
    fit = fit_glm(y, X, family, weights, offset, root=root)
    data = check_data(y, X, weights, offset, root)
    freedom, pearson = _moments(data, family, np.ones((1, data.y.size)), np.nan_to_num(fit.coef)[None])
    left = float(np.count_nonzero(data.weights) - freedom[0])
    estimated = float(pearson[0] / left) if left > 0 else float("nan")
    dispersion = 1.0 if family.dispersion_known else estimated
    return AdditiveFit(
        coef=fit.coef,
        cov=dispersion * fit.unscaled_cov,
        dispersion=dispersion,
        df_residual=left,
        deviance=fit.deviance,
        fitted=fit.fitted,
        linear_predictor=fit.linear_predictor,
        converged=fit.converged,
        aliased=fit.aliased,
        separation=fit.separation,
    )


def fit_additive_replicates(
    y: ArrayLike,
    X: ArrayLike,
    root: ArrayLike,
    family: Family,
    counts: ArrayLike,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
) -> ReplicateFits:
    """Refit a generalised additive model to R resamples given by counts; see :func:`fit_additive`.

    Parameters
    ----------
    y, X, root, family, weights, offset
        As in :func:`fit_additive`; the penalty is the same in all replicates.
    counts : array_like of int, shape (R, n)
        How often each row occurs in each replicate.

    Returns
    -------
    ReplicateFits

    Examples
    --------
    >>> from pymediation.families import get_family
    >>> y, X = [0.0, 1.0, 2.0, 3.0], np.arange(4.0)[:, None]
    >>> counts = np.array([[1, 1, 1, 1], [0, 0, 0, 4]])
    >>> fits = fit_additive_replicates(y, X, [[np.sqrt(14.0)]], get_family("gaussian"), counts)
    >>> fits.coef[:, 0].round(4).tolist()
    [0.5, 0.72]
    """
    data, table = check_data(y, X, weights, offset, root), np.asarray(counts)
    vanishing = np.zeros(data.X.shape[1], dtype=bool)
    fits = fit_glm_replicates(y, X, family, table, weights, offset, level_columns=vanishing, root=root)
    if family.dispersion_known:
        return fits
    freedom, pearson = np.empty(len(table)), np.empty(len(table))
    for block in replicate_blocks(len(table), data.y.size):
        times = table[block].astype(np.float64)
        freedom[block], pearson[block] = _moments(data, family, times, np.nan_to_num(fits.coef[block]))
    left = table @ (data.weights > 0) - freedom
    with np.errstate(divide="ignore", invalid="ignore"):
        dispersion = np.where((left > 0) & ~fits.failed, pearson / left, np.nan)
    return replace(fits, df_residual=left, dispersion=dispersion)


def _moments(
    data: Data, family: Family, times: FloatArray, coef: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return effective degrees of freedom and Pearson's sum of squares of R fits, each of shape (R,)."""
    basis = orthogonal_basis(data, column_tolerance(EPSILON))
    eta = coef @ data.X.T + data.offset
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mu = family.link.inverse(eta)
        unit = times * data.weights / family.variance(mu)
        pearson = np.where(times > 0, unit * np.square(data.y - mu), 0.0).sum(axis=1)
        weights = np.where(times > 0, unit * np.square(family.link.derivative(eta)), 0.0)
    q = basis.kept.size
    if data.y.size <= TABLE_ROWS:
        grams = unpack_grams(weights @ pair_products(basis.Z), q)
    else:
        grams = np.stack([basis.Z.T @ (w[:, None] * basis.Z) for w in weights])
    penalty = basis.penalty(data.root)
    usable = np.isfinite(grams).all(axis=(1, 2))
    grams[~usable] = np.eye(q)
    penalised = grams if penalty is None else grams + penalty
    freedom = np.einsum("rij,rji->r", np.linalg.pinv(penalised, hermitian=True), grams)
    return np.where(usable, freedom, np.nan), pearson
