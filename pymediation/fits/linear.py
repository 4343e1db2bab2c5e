"""Least squares, and the result that least squares and generalised linear models share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.fits._inputs import check_data, project

__all__ = ["LinearFit", "fit_ols"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

OLS_TOLERANCE = 1e-7  # R's lm: columns shorter than this share of their length are aliased


@dataclass(frozen=True, slots=True)
class LinearFit:
    r"""A fitted linear or generalised linear model of n rows and k columns.

    Attributes
    ----------
    coef : ndarray, shape (k,)
        Coefficients; NaN for aliased columns, where R has NA.
    unscaled_cov : ndarray, shape (k, k)
        :math:`(X'WX)^{-1}` with the weights of R's last least-squares step; NaN for aliased columns.
    dispersion : float
        :math:`\hat\sigma^2` of least squares, the Pearson estimate of :math:`\phi`, or 1 where it is known.
        NaN when it has to be estimated and there is no residual degree of freedom.
    df_residual : int
        Rows of positive weight less the rank.
    rank : int
        Number of columns that are not aliased.
    converged : bool
        Whether the iterations met their criterion.
    iterations : int
        Least-squares steps taken.
    deviance : float
        Deviance; the weighted sum of squares of least squares.
    working_weights : ndarray, shape (n,)
        Weights of the last least-squares step, taken at the next-to-last linear predictor; the prior
        weights of least squares.
    working_residuals : ndarray, shape (n,)
        :math:`(y - \mu) / (d\mu/d\eta)` at the final linear predictor.
    fitted : ndarray, shape (n,)
        Means.
    linear_predictor : ndarray, shape (n,)
        Linear predictors, offset included.
    aliased : ndarray of bool, shape (k,)
        Columns left out because earlier ones span them.
    separation : bool
        Whether a fitted probability is numerically 0 or 1, or a fitted rate 0, by R's criterion.
    """

    coef: FloatArray
    unscaled_cov: FloatArray
    dispersion: float
    df_residual: int
    rank: int
    converged: bool
    iterations: int
    deviance: float
    working_weights: FloatArray
    working_residuals: FloatArray
    fitted: FloatArray
    linear_predictor: FloatArray
    aliased: BoolArray
    separation: bool

    @property
    def cov(self) -> FloatArray:
        """Covariance of the coefficients, shape (k, k)."""
        return self.dispersion * self.unscaled_cov

    @property
    def scale(self) -> float:
        """Square root of the dispersion: the residual standard error of least squares."""
        return float(np.sqrt(self.dispersion))


def fit_ols(
    y: ArrayLike, X: ArrayLike, weights: ArrayLike | None = None, offset: ArrayLike | None = None
) -> LinearFit:
    r"""Fit a linear model by (weighted) least squares, as R's ``lm``.

    .. math:: \hat\beta = \arg\min_b \sum_i w_i (y_i - o_i - x_i'b)^2, \qquad
              \hat\sigma^2 = \sum_i w_i e_i^2 / (n_+ - \mathrm{rank})

    with :math:`n_+` the number of rows of positive weight.

    Parameters
    ----------
    y : array_like, shape (n,)
        Response.
    X : array_like, shape (n, k)
        Design matrix, its intercept column included.
    weights : array_like, shape (n,), optional
        Prior weights, 0 or more; 1 by default.
    offset : array_like, shape (n,), optional
        Known part of the linear predictor; 0 by default.

    Returns
    -------
    LinearFit

    Raises
    ------
    ArgumentError
        If shapes disagree, a value is not finite, or weights are negative or all zero.

    References
    ----------
    Chambers, J. M. (1992). Linear models. In Statistical Models in S. Wadsworth & Brooks/Cole.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([0.0, 1.0, 2.0, 3.0])
    >>> fit = fit_ols([1.0, 3.1, 4.9, 7.0], np.column_stack([np.ones(4), x]))
    >>> fit.coef.round(2).tolist()
    [1.03, 1.98]
    """
    data = check_data(y, X, weights, offset)
    solution = project(data.X, data.y - data.offset, data.weights, OLS_TOLERANCE)
    fitted = data.X @ solution.coef + data.offset
    residuals = data.y - fitted
    deviance = float(np.sum(data.weights * residuals**2))
    rank = solution.kept.size
    df_residual = int(np.count_nonzero(data.weights)) - rank
    aliased = np.ones(data.X.shape[1], dtype=bool)
    aliased[solution.kept] = False
    return LinearFit(
        coef=np.where(aliased, np.nan, solution.coef),
        unscaled_cov=solution.unscaled_cov(),
        dispersion=deviance / df_residual if df_residual > 0 else float("nan"),
        df_residual=df_residual,
        rank=rank,
        converged=True,
        iterations=1,
        deviance=deviance,
        working_weights=data.weights,
        working_residuals=residuals,
        fitted=fitted,
        linear_predictor=fitted,
        aliased=aliased,
        separation=False,
    )
