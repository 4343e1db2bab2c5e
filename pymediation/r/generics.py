"""R's generic functions for fitted models: ``coef(fit)``, ``predict(fit, newdata)``, ``summary(x)``, ..."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentError, ArgumentTypeError, UnknownNameError, did_you_mean
from pymediation.r import likelihood
from pymediation.r.profile import profile_interval
from pymediation.r.summaries import SummaryGlm, SummaryLm, summarize
from pymediation.r.view import FitView, residual_values, view_of
from pymediation.report.numbers import format_numbers

__all__ = [
    "AIC",
    "BIC",
    "coef",
    "confint",
    "confint_default",
    "deviance",
    "df_residual",
    "fitted",
    "formula",
    "logLik",
    "model_matrix",
    "nobs",
    "plot",
    "resid",
    "residuals",
    "sigma",
    "summary",
    "vcov",
]


def coef(object: Any) -> Any:
    """Return the coefficients of a fit, or the coefficient table of a summary.

    Parameters
    ----------
    object : fitted model or its summary
        Fits of `lm` and `glm` and results of statsmodels.

    Returns
    -------
    Series, shape (k,), or DataFrame
        Coefficients by R's names, NaN where one could not be estimated; of a summary, the table with the
        columns ``Estimate``, ``Std. Error``, ``t value``, ``Pr(>|t|)`` (or z), estimable rows only.

    Raises
    ------
    UnsupportedModelError
        If there are no coefficients in `object`.

    Examples
    --------
    >>> import pymediation.r as R
    >>> fit = R.lm("emo ~ treat", data=R.data("framing"))
    >>> R.coef(fit).round(2).to_dict()
    {'(Intercept)': 6.59, 'treat': 1.48}
    """
    if isinstance(object, (SummaryLm, SummaryGlm)):
        return object.coefficients
    view = view_of(object)
    return pd.Series(view.fit.coef, index=list(view.names))


def vcov(object: Any) -> pd.DataFrame:
    """Return the covariance matrix of the coefficients.

    Parameters
    ----------
    object : fitted model

    Returns
    -------
    DataFrame, shape (k, k)
        NaN for coefficients that could not be estimated.

    Examples
    --------
    >>> import pymediation.r as R
    >>> fit = R.lm("emo ~ treat", data=R.data("framing"))
    >>> R.vcov(fit).shape
    (2, 2)
    """
    view = view_of(object)
    return pd.DataFrame(view.fit.cov, index=list(view.names), columns=list(view.names))


def confint(object: Any, parm: str | Sequence[str] | None = None, level: float = 0.95) -> pd.DataFrame:
    """Return confidence intervals of the coefficients.

    Of `lm`: estimate and standard error with the t quantile. Of `glm`: the profile likelihood, as R does;
    `confint_default` gives the normal approximation.

    Parameters
    ----------
    object : fitted model
    parm : str or sequence of str, optional
        Coefficients; default all.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        A row per coefficient, columns such as ``"2.5 %"`` and ``"97.5 %"``.

    Raises
    ------
    UnknownNameError
        If there is no coefficient of that name.

    Examples
    --------
    >>> import pymediation.r as R
    >>> fit = R.lm("emo ~ treat", data=R.data("framing"))
    >>> R.confint(fit, "treat").round(2).to_numpy().tolist()
    [[0.73, 2.23]]
    """
    from scipy.special import stdtrit

    view = view_of(object)
    if view.linear:
        return _wald(view, parm, level, float(stdtrit(view.fit.df_residual, (1 + level) / 2)))
    _check_level(level)
    names = _chosen(view, parm)
    columns = [view.names.index(name) for name in names]
    limits = [
        (np.nan, np.nan) if view.fit.aliased[column] else profile_interval(view, column, level)
        for column in columns
    ]
    return pd.DataFrame(limits, index=names, columns=_percentages(level))


def confint_default(
    object: Any, parm: str | Sequence[str] | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Return confidence intervals from estimates, standard errors and the normal quantile.

    Parameters and result as for `confint`.

    Examples
    --------
    >>> import pymediation.r as R
    >>> fit = R.glm("cong_mesg ~ treat", family=R.binomial, data=R.data("framing"))
    >>> R.confint_default(fit).columns.tolist()
    ['2.5 %', '97.5 %']
    """
    from scipy.special import ndtri

    return _wald(view_of(object), parm, level, float(ndtri((1 + level) / 2)))


def _wald(view: FitView, parm: str | Sequence[str] | None, level: float, quantile: float) -> pd.DataFrame:
    """Return estimates plus and minus a multiple of their standard errors."""
    _check_level(level)
    names = _chosen(view, parm)
    rows = [view.names.index(name) for name in names]
    half = quantile * np.sqrt(np.diag(view.fit.cov)[rows])
    limits = np.column_stack([view.fit.coef[rows] - half, view.fit.coef[rows] + half])
    return pd.DataFrame(limits, index=names, columns=_percentages(level))


def _check_level(level: float) -> None:
    """Refuse a confidence level outside (0, 1)."""
    if not 0 < level < 1:
        raise ArgumentError(f"`level` must be between 0 and 1, got {level!r}.")


def _chosen(view: FitView, parm: str | Sequence[str] | None) -> list[str]:
    """Return the names of the coefficients asked for."""
    names = list(view.names) if parm is None else [parm] if isinstance(parm, str) else list(parm)
    for name in names:
        if name not in view.names:
            raise UnknownNameError(
                f"`parm`: there is no coefficient {name!r}; there are {', '.join(view.names)}."
                f"{did_you_mean(name, view.names)}"
            )
    return names


def _percentages(level: float) -> list[str]:
    """Name the two limits as R does."""
    tails = [50 * (1 - level), 50 * (1 + level)]
    return [f"{text.strip()} %" for text in format_numbers(tails, 3)]


def residuals(object: Any, type: str | None = None) -> pd.Series:
    r"""Return the residuals of a fit.

    Parameters
    ----------
    object : fitted model
    type : str, optional
        ``"response"`` :math:`y - \mu` (default of `lm`), ``"deviance"`` (default of `glm`), ``"pearson"``
        :math:`(y - \mu) \sqrt{w / V(\mu)}` or ``"working"``.

    Returns
    -------
    Series, shape (n,)
        On the index of the rows used.

    Raises
    ------
    ArgumentError
        If there is no such kind.

    Examples
    --------
    >>> import pymediation.r as R
    >>> fit = R.lm("emo ~ treat", data=R.data("framing"))
    >>> abs(float(R.residuals(fit).sum())) < 1e-9
    True
    """
    view = view_of(object)
    return pd.Series(residual_values(view, type), index=view.index)


def resid(object: Any, type: str | None = None) -> pd.Series:
    """Return the residuals of a fit; see `residuals`."""
    return residuals(object, type)


def fitted(object: Any) -> pd.Series:
    """Return the fitted means, on the index of the rows used.

    Examples
    --------
    >>> import pymediation.r as R
    >>> R.fitted(R.lm("emo ~ 1", data=R.data("framing"))).nunique()
    1
    """
    view = view_of(object)
    return pd.Series(view.fit.fitted, index=view.index)


def nobs(object: Any) -> int:
    """Return the number of rows used (with weight above 0).

    Examples
    --------
    >>> import pymediation.r as R
    >>> R.nobs(R.lm("emo ~ treat", data=R.data("framing")))
    265
    """
    return int(np.count_nonzero(view_of(object).prior_weights))


def deviance(object: Any) -> float:
    """Return the deviance of a fit, for `lm` the weighted residual sum of squares."""
    return view_of(object).fit.deviance


def df_residual(object: Any) -> int:
    """Return the residual degrees of freedom of a fit."""
    return view_of(object).fit.df_residual


def sigma(object: Any) -> float:
    """Return the residual standard deviation, the square root of deviance over degrees of freedom."""
    view = view_of(object)
    return float(np.sqrt(view.fit.deviance / view.fit.df_residual))


def logLik(object: Any) -> float:
    """Return the log-likelihood; NaN for quasi families.

    Examples
    --------
    >>> import pymediation.r as R
    >>> round(R.logLik(R.lm("emo ~ treat", data=R.data("framing"))), 2)
    -638.56
    """
    return likelihood.log_likelihood(view_of(object))


def AIC(object: Any, k: float = 2.0) -> float:
    """Return Akaike's criterion, ``-2 logLik + k p``.

    Parameters
    ----------
    object : fitted model
    k : float
        Penalty per parameter.

    Returns
    -------
    float

    Examples
    --------
    >>> import pymediation.r as R
    >>> round(R.AIC(R.lm("emo ~ treat", data=R.data("framing"))), 2)
    1283.13
    """
    view = view_of(object)
    return -2 * likelihood.log_likelihood(view) + k * likelihood.parameter_count(view)


def BIC(object: Any) -> float:
    """Return the Bayesian criterion, ``-2 logLik + log(n) p``."""
    return AIC(object, float(np.log(nobs(object))))


def formula(x: Any) -> str:
    """Return the formula of a fit as R writes it.

    Examples
    --------
    >>> import pymediation.r as R
    >>> R.formula(R.lm("emo~treat+age", data=R.data("framing")))
    'emo ~ treat + age'
    """
    return view_of(x).formula


def model_matrix(object: Any) -> pd.DataFrame:
    """Return the design matrix of a fit with R's column names.

    Examples
    --------
    >>> import pymediation.r as R
    >>> R.model_matrix(R.lm("emo ~ gender", data=R.data("framing"))).columns.tolist()
    ['(Intercept)', 'genderfemale']
    """
    view = view_of(object)
    return pd.DataFrame(view.X, index=view.index, columns=list(view.names))


def summary(object: Any) -> Any:
    """Summarise a fit, the result of an analysis, or data; printing the summary gives R's text.

    Parameters
    ----------
    object : fitted model, result, DataFrame or Series
        Fits of `lm` and `glm` and OLS, WLS and GLM results of statsmodels give R's regression summary; any
        other object is asked for its own ``summary()``, data for ``describe()``.

    Returns
    -------
    SummaryLm, SummaryGlm, or what the object returns

    Raises
    ------
    ArgumentTypeError
        If the object has no summary.

    Examples
    --------
    >>> import pymediation.r as R
    >>> s = R.summary(R.lm("emo ~ treat", data=R.data("framing")))
    >>> round(s.r_squared, 3)
    0.054
    """
    if isinstance(object, (SummaryLm, SummaryGlm)):
        return object
    if isinstance(object, (pd.DataFrame, pd.Series)):
        return object.describe()
    if _is_regression(object):
        return summarize(view_of(object))
    if callable(getattr(object, "summary", None)):
        return object.summary()
    raise ArgumentTypeError(f"summary() knows fitted models, results and data, not {type(object).__name__}.")


def _is_regression(object: Any) -> bool:
    """Tell whether an object is a linear or generalised linear model of statsmodels."""
    kinds = {cls.__name__ for cls in type(getattr(object, "model", None)).__mro__}
    return bool(kinds & {"OLS", "WLS", "GLM"})


def plot(x: Any, **kwargs: Any) -> Any:
    """Draw the result of an analysis: calls ``x.plot(**kwargs)``.

    Parameters
    ----------
    x : result of an analysis, or its summary
    **kwargs
        Passed on.

    Returns
    -------
    matplotlib Axes
        To draw on: ``ax.axvline(0)`` replaces R's ``abline(v = 0)``.

    Raises
    ------
    ArgumentTypeError
        If the object cannot be drawn.
    """
    method = getattr(x, "plot", None)
    if _is_regression(x) or not callable(method):
        raise ArgumentTypeError(f"plot() draws the results of mediation analyses, not {type(x).__name__}.")
    return method(**kwargs)
