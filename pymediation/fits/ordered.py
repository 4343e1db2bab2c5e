"""Cumulative models of ordered categories (proportional odds and its relatives) along R's own path."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError, ArgumentTypeError, NotEstimableError
from pymediation.families import get_family
from pymediation.fits._inputs import check_data
from pymediation.fits.bfgs import Minima
from pymediation.fits.cumulative import Distribution, get_distribution
from pymediation.fits.glm import fit_glm
from pymediation.fits.ordered_likelihood import Likelihood, OrderedData, make_likelihood, thresholds
from pymediation.fits.ordered_search import search

__all__ = ["OrderedFit", "fit_ordered"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

MIN_LEVELS = 3
HESSIAN_STEP = 1e-3
INVERSE_TOLERANCE = float(np.sqrt(np.finfo(np.float64).eps))  # share of singular values R's ginv drops

IMPOSSIBLE_START = (
    "the likelihood is zero at the starting values: some rows lie too far from the others; rescale or trim "
    "the predictors, or choose another method"
)
NO_START = (
    "no starting values were found: the binomial fit of the upper half of the categories does not converge, "
    "because the predictors separate the categories; drop or merge predictors or categories"
)


@dataclass(frozen=True, slots=True)
class OrderedFit:
    r"""A fitted model :math:`P(Y \le j) = F(\zeta_j - x'\beta)` of n rows, k columns and K categories.

    Attributes
    ----------
    coef : ndarray, shape (k,)
        :math:`\beta`; NaN for aliased columns.
    zeta : ndarray, shape (K - 1,)
        Thresholds, ascending.
    cov : ndarray, shape (k + K - 1, k + K - 1)
        Covariance of :math:`(\beta, \zeta)`; NaN for aliased columns, and throughout where the likelihood
        is zero so close to the estimates that R's differences are not defined.
    deviance : float
        Minus twice the log-likelihood.
    df_residual : float
        Sum of the weights less the number of parameters.
    converged : bool
        Whether the search met its criterion.
    evaluations, gradients : int
        Evaluations of the log-likelihood and of its gradient, as R counts them.
    linear_predictor : ndarray, shape (n,)
        :math:`x'\beta`, offset included.
    aliased : ndarray of bool, shape (k,)
        Columns left out because earlier ones (or the constant) span them.
    separation : bool
        Whether the binomial fit that gives the starting values has probabilities of numerically 0 or 1.
    """

    coef: FloatArray
    zeta: FloatArray
    cov: FloatArray
    deviance: float
    df_residual: float
    converged: bool
    evaluations: int
    gradients: int
    linear_predictor: FloatArray
    aliased: BoolArray
    separation: bool

    @property
    def coef_cov(self) -> FloatArray:
        """Covariance of the coefficients alone, shape (k, k)."""
        k = self.coef.size
        return self.cov[:k, :k]


def check_codes(codes: ArrayLike, n_levels: int) -> IntArray:
    """Return codes 0, ..., K - 1 after checking type, range and K."""
    table = np.asarray(codes)
    if n_levels < MIN_LEVELS:
        msg = (
            f"an ordered model needs {MIN_LEVELS} or more categories, not {n_levels}; "
            "use a binomial model for two"
        )
        raise ArgumentError(msg)
    if table.dtype.kind not in "iu":
        msg = f"codes must be whole numbers of an integer type from 0 to {n_levels - 1}, not {table.dtype}"
        raise ArgumentTypeError(msg)
    if table.ndim != 1 or (table.size and not 0 <= table.min() <= table.max() < n_levels):
        msg = f"codes must be a vector of category numbers from 0 to {n_levels - 1}"
        raise ArgumentError(msg)
    return table.astype(np.intp)


def check_ordered(
    codes: ArrayLike, X: ArrayLike, n_levels: int, weights: ArrayLike | None, offset: ArrayLike | None
) -> OrderedData:
    """Return the checked arrays, a constant in front of the columns."""
    table, design = check_codes(codes, n_levels), np.asarray(X, dtype=np.float64)
    if design.ndim != 2:
        msg = f"X must be a matrix, without a constant, not of shape {design.shape}"
        raise ArgumentError(msg)
    constant = np.ones((design.shape[0], 1))
    # Checked without the constant, so that a message counts columns as the caller does.
    data = check_data(table, design if design.shape[1] else constant, weights, offset)
    data = replace(data, X=np.hstack((constant, design)))
    return OrderedData(data, table, n_levels)


def starting_theta(start: FloatArray, n_levels: int, distribution: Distribution) -> FloatArray:
    """Return R's starting parameters from coefficients (R, 1 + k) of the binomial model of the upper half."""
    q = n_levels - 1
    share = np.arange(1, q + 1) / (q + 1)
    spacing = np.log(share / (1 - share)) / distribution.start_scale
    zeta = -start[:, :1] + spacing - spacing[n_levels // 2 - 1]
    return np.hstack((start[:, 1:], zeta[:, :1], np.log(np.diff(zeta, axis=1))))


def upper_half(rows: OrderedData) -> FloatArray:
    """Return the 0/1 response of the binomial model that gives starting values."""
    return (rows.codes >= rows.n_levels // 2).astype(np.float64)


def fit_ordered(
    codes: ArrayLike,
    X: ArrayLike,
    n_levels: int,
    method: str = "logistic",
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    *,
    start: ArrayLike | None = None,
) -> OrderedFit:
    r"""Fit a cumulative model of ordered categories as R's ``MASS::polr`` does, stopping where R stops.

    .. math:: P(Y \le j) = F(\zeta_j - o - x'\beta), \qquad j = 1, ..., K - 1

    is fitted by a variable-metric search in :math:`(\beta, \zeta_1, \log(\zeta_2 - \zeta_1), ...)` from a
    binomial fit of the upper half of the categories. R's search ends about 1e-5 short of the maximum and
    R differentiates the gradient numerically for the covariance, so a fit driven to convergence has other
    digits.

    Parameters
    ----------
    codes : array_like of int, shape (n,)
        Categories, 0 to K - 1. A category without rows keeps its threshold, as an unused level does in R.
    X : array_like, shape (n, k)
        Design matrix without a constant.
    n_levels : int
        K, three or more.
    method : {"logistic", "probit", "loglog", "cloglog", "cauchit"}
        F, by R's name.
    weights : array_like, shape (n,), optional
        Prior weights, 0 or more; 1 by default. They count as repeated rows.
    offset : array_like, shape (n,), optional
        Known part of the linear predictor; 0 by default.
    start : array_like, shape (k + K - 1,), optional
        Coefficients and thresholds to start from.

    Returns
    -------
    OrderedFit

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If shapes disagree, a value is not finite, codes are not from 0 to K - 1, or K is below three.
    NotEstimableError
        If the binomial fit for starting values does not converge, as under separation, or the likelihood
        is zero there.

    References
    ----------
    McCullagh, P. (1980). Regression models for ordinal data. Journal of the Royal Statistical Society B 42,
    109-142.
    Venables, W. N. and Ripley, B. D. (2002). Modern Applied Statistics with S, 4th ed., section 7.3.

    Examples
    --------
    >>> x = np.array([[0.0], [0.0], [0.0], [0.0], [1.0], [1.0], [1.0], [1.0]])
    >>> fit = fit_ordered([0, 0, 1, 2, 0, 1, 2, 2], x, 3)
    >>> fit.coef.round(3).tolist(), fit.zeta.round(3).tolist()
    ([1.099], [0.0, 1.099])
    """
    return fit_rows(check_ordered(codes, X, n_levels, weights, offset), get_distribution(method), start)


def fit_rows(rows: OrderedData, distribution: Distribution, start: ArrayLike | None = None) -> OrderedFit:
    """Fit checked rows; see :func:`fit_ordered`."""
    first, aliased, separation = (
        _binomial_start(rows, distribution) if start is None else _given_start(rows, start)
    )
    likelihood = make_likelihood(rows, 1 + np.flatnonzero(~aliased), distribution)
    found = search(likelihood, first)
    if not np.isfinite(found.value[0]):
        raise NotEstimableError(IMPOSSIBLE_START)
    return _result(rows, likelihood, found, aliased, separation)


def _binomial_start(rows: OrderedData, distribution: Distribution) -> tuple[FloatArray, BoolArray, bool]:
    """Return starting parameters (1, d), the aliased columns and whether R warns of separation."""
    data, family = rows.data, get_family("binomial", distribution.start_link)
    fit = fit_glm(upper_half(rows), data.X, family, data.weights, data.offset)
    if not fit.converged:
        raise NotEstimableError(NO_START)
    return (
        starting_theta(fit.coef[None, ~fit.aliased], rows.n_levels, distribution),
        fit.aliased[1:],
        fit.separation,
    )


def _given_start(rows: OrderedData, start: ArrayLike) -> tuple[FloatArray, BoolArray, bool]:
    """Return the parameters (1, d) of coefficients and thresholds to start from; no column is left out."""
    k, q, values = rows.data.X.shape[1] - 1, rows.n_levels - 1, np.asarray(start, dtype=np.float64)
    if values.shape != (k + q,) or not np.isfinite(values).all() or (np.diff(values[k:]) <= 0).any():
        msg = f"start must be {k} finite coefficients and {q} ascending thresholds, not {start!r}"
        raise ArgumentError(msg)
    theta = np.concatenate((values[: k + 1], np.log(np.diff(values[k:]))))
    return theta[None], np.zeros(k, dtype=bool), False


def _covariance(likelihood: Likelihood, theta: FloatArray) -> FloatArray:
    """Return the covariance of (beta, zeta) from central differences of the gradient, as R does."""
    d, k = theta.size, likelihood.k
    shifts, nobody = HESSIAN_STEP * np.eye(d), np.zeros(2 * d, dtype=np.intp)
    slopes = likelihood.gradient(np.vstack((theta + shifts, theta - shifts)), nobody)
    hessian = (slopes[:d] - slopes[d:]) / (2 * HESSIAN_STEP)
    if not np.isfinite(hessian).all():
        return np.full((d, d), np.nan)
    jacobian = np.eye(d)
    jacobian[k:, k] = 1.0
    jacobian[k:, k + 1 :] = np.tril(np.ones((d - k, d - k)), 0)[:, 1:] * np.exp(theta[k + 1 :])
    inverse = np.linalg.pinv((hessian + hessian.T) / 2, rcond=INVERSE_TOLERANCE)
    return jacobian @ inverse @ jacobian.T


def _result(
    rows: OrderedData, likelihood: Likelihood, found: Minima, aliased: BoolArray, separation: bool
) -> OrderedFit:
    """Put the end of the search into the result."""
    theta, k, q = found.point[0], aliased.size, rows.n_levels - 1
    coef, kept = np.full(k, np.nan), np.flatnonzero(~aliased)
    coef[kept] = theta[: kept.size]
    cov, places = np.full((k + q, k + q), np.nan), np.concatenate((kept, np.arange(k, k + q)))
    cov[np.ix_(places, places)] = _covariance(likelihood, theta)
    return OrderedFit(
        coef=coef,
        zeta=thresholds(found.point, kept.size)[0],
        cov=cov,
        deviance=2 * float(found.value[0]),
        df_residual=float(rows.data.weights.sum()) - theta.size,
        converged=bool(found.converged[0]),
        evaluations=int(found.evaluations[0]),
        gradients=int(found.gradients[0]),
        linear_predictor=rows.data.X[:, 1:] @ np.nan_to_num(coef) + rows.data.offset,
        aliased=aliased,
        separation=separation,
    )
