"""Parametric survival regression with right censoring: R's ``survreg``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.errors import ArgumentError
from pymediation.fits._inputs import Data, check_data, spread
from pymediation.fits.location_scale import EVENT, RIGHT, Sample, fit_model, prepare
from pymediation.fits.survival_distributions import SurvivalDistribution, get_survival_distribution

__all__ = ["SurvivalFit", "SurvivalInput", "check_survival", "fit_survival"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SurvivalFit:
    r"""A fitted survival model of n rows and k columns.

    Attributes
    ----------
    dist : SurvivalDistribution
        The distribution of the times.
    coef : ndarray, shape (k,)
        Coefficients; NaN for aliased columns, where R has NA.
    log_scale : float
        :math:`\log\sigma`, estimated or fixed.
    scale_estimated : bool
        Which of the two.
    cov : ndarray, shape (k + 1, k + 1) or (k, k)
        Inverse of the observed information of the coefficients and, last, :math:`\log\sigma`; of the
        coefficients alone where the scale is fixed. NaN for aliased columns.
    loglik : float
        Log-likelihood of the times.
    linear_predictor : ndarray, shape (n,)
        Linear predictors, offset included.
    converged : bool
        Whether the last step of the search was below 1e-8 standardised errors.
    iterations : int
        Steps of the search.
    aliased : ndarray of bool, shape (k,)
        Columns left out because earlier ones span them.
    df_residual : int
        Rows of positive weight less the parameters estimated. (R subtracts aliased columns too.)
    """

    dist: SurvivalDistribution
    coef: FloatArray
    log_scale: float
    scale_estimated: bool
    cov: FloatArray
    loglik: float
    linear_predictor: FloatArray
    converged: bool
    iterations: int
    aliased: BoolArray
    df_residual: int

    @property
    def scale(self) -> float:
        r"""The scale :math:`\sigma`."""
        return float(np.exp(self.log_scale))

    @property
    def parameters(self) -> FloatArray:
        """Coefficients and, where it is estimated, the log scale: what `cov` is the covariance of."""
        return np.append(self.coef, self.log_scale) if self.scale_estimated else self.coef


@dataclass(frozen=True, slots=True)
class SurvivalInput:
    """A checked survival model: its distribution, transformed times, and the log Jacobian (n,)."""

    dist: SurvivalDistribution
    sample: Sample
    log_jacobian: FloatArray


def fit_survival(
    time: ArrayLike,
    event: ArrayLike | None,
    X: ArrayLike,
    dist: str | SurvivalDistribution = "weibull",
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    *,
    scale: float | None = None,
) -> SurvivalFit:
    r"""Fit a parametric survival model by maximum likelihood, as R's ``survreg``.

    For times T with :math:`g^{-1}(T_i) = o_i + x_i'b + \sigma W_i` it maximises

    .. math:: \sum_{d_i = 1} w_i \log\Big[\frac{f(z_i)}{\sigma} \frac{dg^{-1}}{dT}(t_i)\Big]
              + \sum_{d_i = 0} w_i \log S(z_i), \qquad z_i = \frac{g^{-1}(t_i) - o_i - x_i'b}{\sigma}

    by Newton's method, to the last digits. R stops at a relative change of 1e-9 of the log-likelihood, which
    leaves its coefficients up to 2e-9 (relative) from there in the cases compared.

    Parameters
    ----------
    time : array_like, shape (n,)
        Times; above 0 where the model is one of log times.
    event : array_like, shape (n,), or None
        1 or True where the event was seen at that time, 0 where the time is censored from the right. None:
        all were seen.
    X : array_like, shape (n, k)
        Design matrix, its intercept column included.
    dist : str or SurvivalDistribution
        R's name of the distribution; see :func:`get_survival_distribution`.
    weights : array_like, shape (n,), optional
        Prior weights, 0 or more; 1 by default. (R refuses weights of 0; here such rows count nowhere.)
    offset : array_like, shape (n,), optional
        Known part of the linear predictor; 0 by default.
    scale : float, optional
        Fixes :math:`\sigma`. Not for the exponential and Rayleigh distributions, which have fixed it already.

    Returns
    -------
    SurvivalFit

    Raises
    ------
    ArgumentError
        If shapes disagree, a value is not finite, an event is neither 0 nor 1, a time is impossible under the
        distribution, or the scale cannot be fixed at the value given.
    NotEstimableError
        If there is no maximum: no event was seen, the scale goes to 0 because X fits the times exactly, or
        a coefficient runs off to infinity. (R returns what it has after some steps.)

    References
    ----------
    Kalbfleisch, J. D. and Prentice, R. L. (2002). The Statistical Analysis of Failure Time Data, 2nd ed.,
    chapter 3. Wiley.

    Examples
    --------
    >>> import numpy as np
    >>> time, event = [1.0, 2.0, 4.0, 3.0, 5.0, 8.0], [1, 1, 0, 1, 1, 1]
    >>> fit = fit_survival(time, event, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]]))
    >>> fit.coef.round(4).tolist(), round(fit.scale, 4)
    ([1.1757, 0.5674], 0.5006)
    """
    given = check_survival(time, event, X, dist, weights, offset, scale)
    data, fit = given.sample.data, fit_model(prepare(given.sample))
    k, free = data.X.shape[1], given.sample.scale is None
    seen = given.sample.status == EVENT
    aliased = np.ones(k, dtype=bool)
    aliased[fit.kept] = False
    kept = np.append(fit.kept, k) if free else fit.kept
    return SurvivalFit(
        dist=given.dist,
        coef=np.where(aliased, np.nan, fit.coef),
        log_scale=fit.log_scale,
        scale_estimated=free,
        cov=spread(fit.cov, kept, k + free),
        loglik=fit.loglik + float(np.sum((data.weights * given.log_jacobian)[seen])),
        linear_predictor=data.X @ fit.coef + data.offset,
        converged=fit.converged,
        iterations=fit.iterations,
        aliased=aliased,
        df_residual=int(np.count_nonzero(data.weights)) - kept.size,
    )


def check_survival(
    time: ArrayLike,
    event: ArrayLike | None,
    X: ArrayLike,
    dist: str | SurvivalDistribution,
    weights: ArrayLike | None,
    offset: ArrayLike | None,
    scale: float | None,
) -> SurvivalInput:
    """Return the checked arguments of a survival model."""
    law = get_survival_distribution(dist)
    data = check_data(_check_times(time, np.shape(X)[:1]), X, weights, offset)
    law.check_times(data.y)
    fixed = _check_scale(law, scale)
    status = _check_events(event, data.y.size)
    transformed = Data(law.transform.forward(data.y), data.X, data.weights, data.offset)
    return SurvivalInput(law, Sample(law.law, transformed, status, fixed), law.transform.log_jacobian(data.y))


def _check_times(time: ArrayLike, rows: tuple[int, ...]) -> FloatArray:
    """Return the times as floats, one for each row and finite."""
    values = np.asarray(time, dtype=np.float64)
    if values.shape != rows:
        msg = f"time must have shape {rows} like the rows of X, not {values.shape}"
        raise ArgumentError(msg)
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        row = int(bad[0])
        msg = f"time has a value that is not finite in row {row}; drop or impute such rows before fitting"
        raise ArgumentError(msg)
    return values


def _check_events(event: ArrayLike | None, n: int) -> IntArray:
    """Return the status of each row."""
    if event is None:
        return np.full(n, EVENT, dtype=np.intp)
    values = np.asarray(event)
    if values.shape != (n,):
        msg = f"event must have shape ({n},) like the rows of X, not {values.shape}"
        raise ArgumentError(msg)
    bad = np.flatnonzero(~np.isin(values, (0, 1)))
    if bad.size:
        msg = (
            f"event must be 1 (seen) or 0 (censored) in every row; row {int(bad[0])} has {values[bad[0]]}. "
            "Recode other codes, such as 1 and 2, to 0 and 1"
        )
        raise ArgumentError(msg)
    return np.where(values == 1, EVENT, RIGHT)


def _check_scale(law: SurvivalDistribution, scale: float | None) -> float | None:
    """Return the fixed scale, or None if it is to be estimated."""
    if scale is None:
        return law.fixed_scale
    if law.fixed_scale is not None:
        msg = f"the scale of the {law.name} distribution is {law.fixed_scale:g}; leave out scale={scale!r}"
        raise ArgumentError(msg)
    if not (np.isfinite(scale) and scale > 0):
        msg = f"scale must be above 0 and finite, not {scale!r}; leave it out to have it estimated"
        raise ArgumentError(msg)
    return float(scale)
