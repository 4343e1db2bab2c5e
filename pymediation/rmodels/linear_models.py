"""``lm`` and ``glm``: R's calls and estimates, results of statsmodels."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentError, ArgumentTypeError, estimating
from pymediation.families import Family, get_family
from pymediation.fits import LinearFit, fit_glm, fit_ols
from pymediation.rmodels.calls import argument_texts, call_text, caller_variables, names_before_positions
from pymediation.rmodels.families import family_text, read_family
from pymediation.rmodels.responses import regression_response
from pymediation.rmodels.rows import DialectRows, read_rows
from pymediation.rmodels.view import FitView
from pymediation.warn import warn

__all__ = ["glm", "lm"]

_CONTROLS = ("epsilon", "maxit")


def lm(
    formula: str,
    data: Any = None,
    subset: Any = None,
    weights: Any = None,
    na_action: str = "na.omit",
    *,
    contrasts: Mapping[str, Any] | None = None,
    offset: Any = None,
) -> Any:
    r"""Fit a linear model by least squares.

    .. math:: \hat\beta = \arg\min_b \sum_i w_i (y_i - o_i - x_i'b)^2

    Parameters
    ----------
    formula : str
        R's formula, e.g. ``"y ~ treat * Body.mass + factor(site) + I(age^2)"``.
    data : DataFrame or mapping of arrays, optional
        The data. Names that are not columns are looked up among the caller's variables.
    subset : str or array_like of bool, optional
        Rows to use, e.g. ``"age > 40"``.
    weights : str or array_like, shape (n,), optional
        A column, an expression of columns, or values.
    na_action : {"na.omit", "na.exclude", "na.fail"}
        Leave out rows with missing values, or refuse them.
    contrasts : mapping, optional
        Factor -> ``"contr.sum"`` and the like.
    offset : str or array_like, shape (n,), optional
        Known part of the mean.

    Returns
    -------
    statsmodels RegressionResultsWrapper
        With R's column names. ``fit.predict(d)`` takes data with the variables of the formula. Coefficients
        that cannot be estimated are not among ``fit.params``; ``coef(fit)`` has them as NaN. An offset is
        taken off the response (statsmodels' least squares has none).

    Raises
    ------
    FormulaError, UnknownNameError, DataMismatchError
        If the formula cannot be read or evaluated on the data.
    ArgumentError
        If the response is a factor.

    Notes
    -----
    ``print(summary(fit))`` prints R's summary. Its ``Call`` names data and weights as the caller's variables
    are named, and ``data`` or ``weights`` if they have no name.

    Examples
    --------
    >>> import pymediation.r as R
    >>> framing = R.data("framing")
    >>> fit = R.lm("emo ~ treat + age", data=framing)
    >>> fit.params.round(3).to_dict()
    {'(Intercept)': 6.036, 'treat': 1.493, 'age': 0.012}
    """
    names = caller_variables(sys._getframe(1))
    rows = read_rows(
        formula,
        data,
        response=partial(regression_response, family=None),
        weights=weights,
        offset=offset,
        subset=subset,
        environment=names,
        na_action=na_action,
        contrasts=contrasts,
    )
    fit = fit_ols(rows.y, rows.X, rows.prior_weights, rows.offset)
    arguments = {"data": data, "subset": subset, "weights": weights, "contrasts": contrasts, "offset": offset}
    call = call_text("lm", [("formula", rows.formula), *argument_texts(arguments, names)])
    return _results(rows, fit, get_family("gaussian", "identity"), call, linear=True)


@names_before_positions
def glm(
    formula: str,
    family: Any = None,
    data: Any = None,
    weights: Any = None,
    subset: Any = None,
    na_action: str = "na.omit",
    start: Any = None,
    *,
    offset: Any = None,
    control: Mapping[str, Any] | None = None,
    contrasts: Mapping[str, Any] | None = None,
) -> Any:
    r"""Fit a generalised linear model by R's iteratively reweighted least squares.

    :math:`g(E[y_i]) = o_i + x_i'\beta`, iterated as R does and stopped where R stops, so that estimates and
    standard errors agree with R's to all digits.

    Parameters
    ----------
    formula : str
        R's formula. The response of a binomial model is 0/1, true/false, a factor (its first level is 0), a
        proportion with `weights` as numbers of trials, or ``cbind(successes, failures)``.
    family : Family, function or str
        ``binomial``, ``binomial()``, ``binomial("probit")``, ``binomial(link=probit)``, ``"binomial"``;
        likewise the other families. Without it the model is gaussian, as in R, with a warning.
    data : DataFrame or mapping of arrays, optional
        The data. Names that are not columns are looked up among the caller's variables.
    weights : str or array_like, shape (n,), optional
        Prior weights: a column, an expression of columns, or values.
    subset : str or array_like of bool, optional
        Rows to use, e.g. ``"age > 40"``.
    na_action : {"na.omit", "na.exclude", "na.fail"}
        Leave out rows with missing values, or refuse them.
    start : array_like, shape (k,), optional
        Coefficients to start from.
    offset : str or array_like, shape (n,), optional
        Known part of the linear predictor.
    control : mapping, optional
        ``epsilon`` and ``maxit``.
    contrasts : mapping, optional
        Factor -> ``"contr.sum"`` and the like.

    Returns
    -------
    statsmodels GLMResultsWrapper
        With R's column names and estimates; quasi families as the family with the same variance function.
        ``fit.predict(d)`` takes data with the variables of the formula and returns means.

    Raises
    ------
    FormulaError, UnknownNameError, DataMismatchError
        If the formula cannot be read or evaluated on the data.
    ArgumentError, NotEstimableError
        If the response is impossible under the family, or no valid fit is found.

    Warns
    -----
    PymediationWarning
        If `family` is missing, the iterations do not converge, or fitted probabilities are 0 or 1.

    References
    ----------
    McCullagh, P. and Nelder, J. A. (1989). Generalized Linear Models, 2nd ed. Chapman and Hall.

    Examples
    --------
    >>> import pymediation.r as R
    >>> framing = R.data("framing")
    >>> fit = R.glm("cong_mesg ~ emo + treat", data=framing, family=R.binomial("probit"))
    >>> fit.params.round(3).to_dict()
    {'(Intercept)': -1.797, 'emo': 0.186, 'treat': 0.03}
    """
    names = caller_variables(sys._getframe(2))
    chosen = _family(family)
    rows = read_rows(
        formula,
        data,
        response=partial(regression_response, family=chosen),
        weights=weights,
        offset=offset,
        subset=subset,
        environment=names,
        na_action=na_action,
        contrasts=contrasts,
    )
    _warn_about_counts(rows, chosen)
    settings = _controls(control)
    with estimating(f"glm({rows.formula!r})"):
        fit = fit_glm(rows.y, rows.X, chosen, rows.prior_weights, rows.offset, start=start, **settings)
    _warn_about_fit(fit, rows)
    given = [] if family is None else [("family", family_text(chosen))]
    arguments = {"data": data, "weights": weights, "subset": subset, "offset": offset, "contrasts": contrasts}
    call = call_text("glm", [("formula", rows.formula), *given, *argument_texts(arguments, names)])
    return _results(rows, fit, chosen, call, linear=False)


def _family(family: Any) -> Family:
    """Return the family asked for; say what happens if there is none."""
    if family is None:
        warn(
            "glm() without family= fits a gaussian (linear) model, as R does. "
            "For a 0/1 response give family=binomial."
        )
        return get_family("gaussian")
    if isinstance(family, (pd.DataFrame, Mapping)):
        raise ArgumentTypeError(
            "The second argument of glm() is `family`, as in R. Give the data as data=..."
        )
    return read_family(family)


def _controls(control: Mapping[str, Any] | None) -> dict[str, Any]:
    """Check the settings of the iterations."""
    given = dict(control or {})
    unknown = [name for name in given if name not in _CONTROLS]
    if unknown:
        raise ArgumentError(f"`control` takes {' and '.join(_CONTROLS)}, not {unknown[0]!r}.")
    return given


def _warn_about_counts(rows: DialectRows, family: Family) -> None:
    """Warn if proportions times weights are not whole numbers of successes."""
    if family.name != "binomial" or rows.trials is not None:
        return
    successes = rows.y if rows.prior_weights is None else rows.y * rows.prior_weights
    if np.any(np.abs(successes - np.round(successes)) > 1e-3):
        warn(
            "The response times the weights is not a whole number of successes in every row (R: 'non-integer "
            "#successes'). For sampling weights family=quasibinomial gives the same estimates."
        )


def _warn_about_fit(fit: LinearFit, rows: DialectRows) -> None:
    """Warn as R does about iterations that did not converge and probabilities of 0 or 1."""
    message = ""
    if not fit.converged:
        message = f"glm() of {rows.formula!r} did not converge in {fit.iterations} iterations; see control=."
    elif fit.separation:
        message = (
            f"Fitted probabilities of 0 or 1 (or rates of 0) occurred in {rows.formula!r}: some covariates "
            "separate the responses, and their coefficients are not finite at the maximum."
        )
    if message:
        warn(message)


def _results(rows: DialectRows, fit: LinearFit, family: Family, call: str, *, linear: bool) -> Any:
    """Wrap a fit as a result of statsmodels."""
    from pymediation.rmodels.statsmodels_fits import results_of

    view = FitView(
        linear=linear,
        family=family,
        fit=fit,
        names=rows.design.names,
        X=rows.X,
        y=rows.y,
        weights=rows.prior_weights,
        trials=rows.trials,
        offset=rows.offset,
        index=rows.index,
        intercept="1" in [term.label for term in rows.design.terms[:1]],
        call=call,
        formula=rows.formula,
        n_missing=rows.n_missing,
        array_offset=rows.array_offset,
    )
    return results_of(view, rows)
