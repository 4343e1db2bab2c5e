"""R's generic functions for fitted models: ``coef(fit)``, ``predict(fit, newdata)``, ``summary(x)``, ..."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import pandas as pd

from pymediation.errors import ArgumentTypeError, UnknownArgumentError, did_you_mean
from pymediation.r.regression import is_regression, methods_of
from pymediation.rmodels.model_methods import ModelMethods
from pymediation.rmodels.printing import ModelSummary

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
    "predict",
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
        Fits of `lm`, `glm`, `polr`, `rq`, `survreg` and `vglm`, and results of statsmodels.

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
    return object.coefficients if isinstance(object, ModelSummary) else methods_of(object).coef()


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
    return methods_of(object).vcov()


def confint(object: Any, parm: str | Sequence[str] | None = None, level: float = 0.95) -> pd.DataFrame:
    """Return confidence intervals of the coefficients.

    Of `lm`: estimate and standard error with the t quantile. Of `glm`: the profile likelihood, as R does;
    `confint_default` gives the normal approximation, which is what the other models have here (R profiles
    `polr` too).

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
    return methods_of(object).confint(parm, level)


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
    return methods_of(object).confint_default(parm, level)


def residuals(object: Any, type: str | None = None) -> pd.Series:
    r"""Return the residuals of a fit.

    Parameters
    ----------
    object : fitted model
    type : str, optional
        ``"response"`` :math:`y - \mu` (default of `lm` and the other models), ``"deviance"`` (default of
        `glm`), ``"pearson"`` :math:`(y - \mu) \sqrt{w / V(\mu)}` or ``"working"``.

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
    return methods_of(object).residuals(type)


def resid(object: Any, type: str | None = None) -> pd.Series:
    """Return the residuals of a fit; see `residuals`."""
    return residuals(object, type)


def fitted(object: Any) -> Any:
    """Return the fitted means, on the index of the rows used; of `polr` the probabilities of the categories.

    Examples
    --------
    >>> import pymediation.r as R
    >>> R.fitted(R.lm("emo ~ 1", data=R.data("framing"))).nunique()
    1
    """
    return methods_of(object).fitted()


def nobs(object: Any) -> int | float:
    """Return the number of rows used (with weight above 0); of `polr` the sum of the weights.

    Examples
    --------
    >>> import pymediation.r as R
    >>> R.nobs(R.lm("emo ~ treat", data=R.data("framing")))
    265
    """
    return methods_of(object).nobs()


def deviance(object: Any) -> float:
    """Return the deviance of a fit, for `lm` the weighted residual sum of squares."""
    return methods_of(object).deviance()


def df_residual(object: Any) -> int | float:
    """Return the residual degrees of freedom of a fit."""
    return methods_of(object).df_residual()


def sigma(object: Any) -> float:
    """Return the residual standard deviation, the square root of deviance over degrees of freedom."""
    return methods_of(object).sigma()


def logLik(object: Any) -> float:
    """Return the log-likelihood; NaN for quasi families.

    Examples
    --------
    >>> import pymediation.r as R
    >>> round(R.logLik(R.lm("emo ~ treat", data=R.data("framing"))), 2)
    -638.56
    """
    return methods_of(object).logLik()


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
    return methods_of(object).AIC(k)


def BIC(object: Any) -> float:
    """Return the Bayesian criterion, ``-2 logLik + log(n) p``."""
    return methods_of(object).BIC()


def formula(x: Any) -> str:
    """Return the formula of a fit as R writes it.

    Examples
    --------
    >>> import pymediation.r as R
    >>> R.formula(R.lm("emo~treat+age", data=R.data("framing")))
    'emo ~ treat + age'
    """
    return methods_of(x).formula


def model_matrix(object: Any) -> pd.DataFrame:
    """Return the design matrix of a fit with R's column names.

    Examples
    --------
    >>> import pymediation.r as R
    >>> R.model_matrix(R.lm("emo ~ gender", data=R.data("framing"))).columns.tolist()
    ['(Intercept)', 'genderfemale']
    """
    return methods_of(object).model_matrix()


def summary(object: Any, **options: Any) -> Any:
    """Summarise a fit, the result of an analysis, or data; printing the summary gives R's text.

    Parameters
    ----------
    object : fitted model, result, DataFrame or Series
        Fits of the dialect and OLS, WLS and GLM results of statsmodels give R's summary; any other object is
        asked for its own ``summary()``, data for ``describe()``.
    **options
        Passed on to the object, such as ``se="nid"`` for a fit of `rq`.

    Returns
    -------
    SummaryLm, SummaryGlm, SummaryPolr, ..., or what the object returns

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
    if isinstance(object, ModelSummary):
        return object
    if isinstance(object, (pd.DataFrame, pd.Series)):
        return object.describe()
    if is_regression(object):
        return methods_of(object).summary()
    if callable(getattr(object, "summary", None)):
        return object.summary(**options)
    raise ArgumentTypeError(f"summary() knows fitted models, results and data, not {type(object).__name__}.")


def predict(object: Any, newdata: pd.DataFrame | None = None, type: str | None = None, **options: Any) -> Any:
    r"""Predict from a fit.

    Parameters
    ----------
    object : fitted model
    newdata : DataFrame, m rows, optional
        Rows with the variables of the formula; default: the rows of the fit.
    type : str, optional
        Of `lm` and `glm`: ``"link"``, the linear predictor :math:`\eta` (default of `glm`, as in R), or
        ``"response"``, the mean :math:`\mu`. Of `polr`: ``"class"`` (default) or ``"probs"``. Of `survreg`:
        ``"response"`` (default), ``"lp"``, ``"quantile"``, ``"uquantile"``. Of `vglm`: ``"link"`` (default)
        or ``"response"``.
    **options
        Of `lm`: ``interval`` (``"none"``, ``"confidence"`` or ``"prediction"``: limits for the mean, or for a
        new observation of weight 1) and its ``level``. Of `survreg`: ``p``, the probabilities of quantiles.

    Returns
    -------
    Series, shape (m,), or DataFrame
        On the index of `newdata`, NaN where a variable is missing; with an interval the columns ``fit``,
        ``lwr`` and ``upr``.

    Raises
    ------
    ArgumentError, UnknownArgumentError
        If an option is not known.
    UnknownNameError
        If a column is missing, or a factor has a level that was not there at the fit.

    Examples
    --------
    >>> import pandas as pd
    >>> import pymediation.r as R
    >>> fit = R.lm("emo ~ treat", data=R.data("framing"))
    >>> R.predict(fit, pd.DataFrame({"treat": [0, 1]})).round(2).tolist()
    [6.59, 8.07]
    """
    methods = methods_of(object)
    known = list(inspect.signature(methods.predict).parameters)[2:]
    for name in options:
        if name not in known:
            raise UnknownArgumentError(
                f"predict() of this model has no argument {name!r}; besides newdata and type it takes "
                f"{', '.join(known) or 'none'}.{did_you_mean(name, known)}"
            )
    return methods.predict(newdata, type, **options)


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
    if isinstance(x, ModelMethods) or is_regression(x) or not callable(method):
        raise ArgumentTypeError(f"plot() draws the results of mediation analyses, not {type(x).__name__}.")
    return method(**kwargs)
