"""``survreg``: parametric survival regression with right censoring."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pymediation.errors import ArgumentError, UnsupportedModelError, did_you_mean, estimating
from pymediation.fits.survival import SurvivalFit, fit_survival
from pymediation.fits.survival_distributions import SurvivalDistribution, get_survival_distribution
from pymediation.formula import parse_formula
from pymediation.formula.nodes import Call, walk
from pymediation.rmodels.calls import (
    DefaultNumber,
    DefaultText,
    argument_texts,
    call_text,
    caller_variables,
    setting_texts,
)
from pymediation.rmodels.model_methods import FormulaFit, on_rows
from pymediation.rmodels.prediction import new_rows
from pymediation.rmodels.responses import survival_response
from pymediation.rmodels.rows import DialectRows, Floats, read_rows

__all__ = ["SurvregFit", "survreg"]

_WEIBULL, _ESTIMATED = DefaultText("weibull"), DefaultNumber(0)
_SPECIALS = {
    "strata": "a scale for each stratum",
    "cluster": "a robust covariance by cluster (mediate(..., cluster=) groups the draws)",
    "frailty": "random effects",
    "pspline": "penalised terms",
    "ridge": "penalised terms",
    "tt": "time-dependent terms",
}
_RESIDUALS = ("response", "deviance", "working")
_PREDICTIONS = ("response", "lp", "linear", "link", "quantile", "uquantile")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SurvregFit(FormulaFit):
    r"""A fitted survival model :math:`g^{-1}(T) = o + x'\beta + \sigma W` of n rows and k columns.

    Attributes
    ----------
    rows : DialectRows
        What it was fitted to: `y` has the times, `event` 1 where the event was seen and 0 where censored.
    fit : SurvivalFit
        The estimates.
    dist : str
        R's name of the distribution.
    fixed_scale : float or None
        :math:`\sigma` if it was fixed by the caller.
    null_loglik : float
        Log-likelihood of the model that has the intercept and the offset only.
    call : str
        The call as R prints it.
    """

    rows: DialectRows
    fit: SurvivalFit
    dist: str
    fixed_scale: float | None
    null_loglik: float
    call: str

    @property
    def scale(self) -> float:
        r"""The scale :math:`\sigma`."""
        return self.fit.scale

    @property
    def distribution(self) -> SurvivalDistribution:
        """The distribution of the times."""
        return self.fit.dist

    @property
    def n_parameters(self) -> int:
        """Number of coefficients, aliased ones included as in R, and the scale if it is estimated."""
        return self.fit.parameters.size

    def coef(self) -> pd.Series:
        """Return the coefficients, NaN where one could not be estimated."""
        return pd.Series(self.fit.coef, index=list(self.rows.design.names))

    def vcov(self) -> pd.DataFrame:
        """Return the covariance of coefficients and, if estimated, ``Log(scale)``; 0 for aliased ones."""
        names = [*self.rows.design.names, *(["Log(scale)"] if self.fit.scale_estimated else [])]
        return pd.DataFrame(np.nan_to_num(self.fit.cov), index=names, columns=names)

    def nobs(self) -> int:
        """Return the number of rows."""
        return len(self.rows.y)

    def df_residual(self) -> int:
        """Return the number of rows less the number of parameters, aliased ones included as in R."""
        return self.nobs() - self.n_parameters

    def logLik(self) -> float:
        """Return the log-likelihood of the times."""
        return self.fit.loglik

    def fitted(self) -> pd.Series:
        """Return g of the linear predictor for the rows of the fit."""
        return on_rows(self.rows, self.distribution.time(self.fit.linear_predictor))

    def residuals(self, type: str | None = None) -> pd.Series:
        r"""Return residuals of a kind.

        Parameters
        ----------
        type : {"response", "deviance", "working"}, optional
            Time less g of the linear predictor (default); signed root of twice the difference between the
            log-likelihood of a row at its best location and at the fitted one; or the step
            :math:`-\ell' / \ell''` of that log-likelihood in :math:`\eta`.

        Returns
        -------
        Series, shape (n,)

        Raises
        ------
        ArgumentError
            If there is no such type.
        """
        kind = "response" if type is None else type
        if kind not in _RESIDUALS:
            raise ArgumentError(f"`type` must be one of {', '.join(_RESIDUALS)}, not {kind!r}.")
        if kind == "response":
            return on_rows(self.rows, self.rows.y) - self.fitted()
        law, seen = self.distribution.law, self.rows.event == 1
        z = (self.distribution.transform.forward(self.rows.y) - self.fit.linear_predictor) / self.scale
        pairs = zip(law.density(z), law.survivor(z), strict=True)
        value, slope, curvature = (np.where(seen, density, survivor) for density, survivor in pairs)
        if kind == "working":
            return on_rows(self.rows, self.scale * slope / curvature)
        best = np.where(seen, law.density(np.zeros(1))[0], 0.0)
        return on_rows(self.rows, np.sign(z) * np.sqrt(2 * np.maximum(best - value, 0.0)))

    def predict(
        self, newdata: pd.DataFrame | None = None, type: str | None = None, p: ArrayLike = (0.1, 0.9)
    ) -> Any:
        r"""Predict times or linear predictors.

        Parameters
        ----------
        newdata : DataFrame, m rows, optional
            Rows with the variables of the formula; default: the rows of the fit.
        type : {"response", "lp", "linear", "link", "quantile", "uquantile"}, optional
            :math:`g(\eta)` (default), :math:`\eta` (three names), quantiles of the time, or
            :math:`g^{-1}` of them.
        p : float or sequence of float
            Probabilities of the quantiles.

        Returns
        -------
        Series, shape (m,), or DataFrame, a column for each of several `p`
            On the index of `newdata`, NaN where a variable is missing.

        Raises
        ------
        ArgumentError
            If there is no such type, or a probability is outside (0, 1).
        """
        kind = "response" if type is None else type
        if kind not in _PREDICTIONS:
            hint = did_you_mean(kind, _PREDICTIONS)
            raise ArgumentError(f"`type` must be one of {', '.join(_PREDICTIONS)}, not {kind!r}.{hint}")
        eta, index = self._eta(newdata)
        if kind.endswith("quantile"):
            return self._quantiles(eta, index, p, transformed=kind == "quantile")
        return pd.Series(self.distribution.time(eta) if kind == "response" else eta, index=index)

    def _eta(self, newdata: pd.DataFrame | None) -> tuple[Floats, pd.Index]:
        """Return linear predictors and their index."""
        if newdata is None:
            return self.fit.linear_predictor, self.rows.index
        X, offset = new_rows(self.rows, newdata)
        return X @ np.nan_to_num(self.fit.coef) + offset, newdata.index

    def _quantiles(self, eta: Floats, index: pd.Index, p: ArrayLike, *, transformed: bool) -> Any:
        """Return quantiles of the time or of its transform."""
        shares = np.atleast_1d(np.asarray(p, dtype=np.float64))
        if not ((shares > 0) & (shares < 1)).all():
            raise ArgumentError(f"`p` must be between 0 and 1, got {p!r}.")
        values = eta[:, None] + self.scale * self.distribution.law.quantile(shares)
        values = self.distribution.time(values) if transformed else values
        if shares.size == 1:
            return pd.Series(values[:, 0], index=index)
        return pd.DataFrame(values, index=index, columns=shares.tolist())

    def summary(self) -> Any:
        """Return the summary, which prints R's text."""
        from pymediation.rmodels.survival_summary import summarize_survreg

        return summarize_survreg(self)


def survreg(
    formula: str,
    data: Any = None,
    weights: Any = None,
    subset: Any = None,
    na_action: str = "na.omit",
    dist: str = _WEIBULL,
    *,
    scale: float = _ESTIMATED,
    contrasts: Mapping[str, Any] | None = None,
) -> SurvregFit:
    r"""Fit a parametric survival model by maximum likelihood, as R's ``survival::survreg``.

    .. math:: g^{-1}(T_i) = o_i + x_i'\beta + \sigma W_i

    Parameters
    ----------
    formula : str
        R's formula. The response is ``Surv(time, event)``, where the event is 1 or true if it was seen and
        0 or false if the time is censored from the right (R's 2 and 1 are read too), or ``Surv(time)``.
    data : DataFrame or mapping of arrays, optional
        The data. Names that are not columns are looked up among the caller's variables.
    weights : str or array_like, shape (n,), optional
        Prior weights: a column, an expression of columns, or values.
    subset : str or array_like of bool, optional
        Rows to use, e.g. ``"age > 40"``.
    na_action : {"na.omit", "na.exclude", "na.fail"}
        Leave out rows with missing values, or refuse them.
    dist : str
        ``"weibull"``, ``"exponential"``, ``"rayleigh"``, ``"lognormal"``, ``"loggaussian"``,
        ``"loglogistic"`` (models of log times), ``"extreme"``, ``"gaussian"``, ``"logistic"`` or ``"t"``.
    scale : float
        Fixes :math:`\sigma`; 0 estimates it.
    contrasts : mapping, optional
        Factor -> ``"contr.sum"`` and the like.

    Returns
    -------
    SurvregFit
        With ``coef()``, ``vcov()``, ``predict(newdata, type="response")``, ``residuals()``, ``summary()`` and
        the like, which the functions of the same names call.

    Raises
    ------
    ArgumentError
        If the response is no survival time, a time is impossible under the distribution, or an option is not
        known.
    UnsupportedModelError
        If times are censored from the left or have entry times, or the formula has ``strata()``,
        ``cluster()`` or penalised terms.
    FormulaError, UnknownNameError, DataMismatchError
        If the formula cannot be read or evaluated on the data.
    NotEstimableError
        If the likelihood has no maximum.

    Notes
    -----
    The maximum is found to the last digits; R stops within about 1e-11 of it, after another number of
    iterations. An offset is part of predictions for new rows, from which R leaves it out.

    References
    ----------
    Kalbfleisch, J. D. and Prentice, R. L. (2002). The Statistical Analysis of Failure Time Data, 2nd ed.,
    chapter 3. Wiley.

    Examples
    --------
    >>> import pymediation.r as R
    >>> fit = R.survreg("Surv(age, treat) ~ sex + econ_hard", data=R.data("jobs"))
    >>> R.coef(fit).round(4).to_dict(), round(fit.scale, 4)
    ({'(Intercept)': 3.8415, 'sex': 0.0341, 'econ_hard': -0.0096}, 0.2564)
    """
    names = caller_variables(sys._getframe(1))
    _refuse_specials(formula)
    law = get_survival_distribution(dist)
    rows = read_rows(
        formula,
        data,
        response=survival_response,
        weights=weights,
        offset=None,
        subset=subset,
        environment=names,
        na_action=na_action,
        contrasts=contrasts,
    )
    fixed = None if scale == 0 else scale
    fit = _fit(rows, rows.X, law, fixed)
    null = _fit(rows, np.ones((len(rows.y), 1)), law, fixed)
    call = [("formula", rows.formula)]
    call += argument_texts({"data": data, "weights": weights, "subset": subset}, names)
    call += setting_texts({"dist": dist, "scale": scale})
    call += argument_texts({"contrasts": contrasts}, names)
    return SurvregFit(rows, fit, law.name, fixed, null.loglik, call_text("survreg", call))


def _fit(rows: DialectRows, X: Floats, law: SurvivalDistribution, scale: float | None) -> SurvivalFit:
    """Fit the times of the rows to the columns of X."""
    with estimating(f"survreg({rows.formula!r})"):
        return fit_survival(rows.y, rows.event, X, law, rows.weights, rows.offset, scale=scale)


def _refuse_specials(formula: str) -> None:
    """Refuse terms that mean another model, by name."""
    for node in walk(parse_formula(formula).rhs):
        if isinstance(node, Call) and node.name in _SPECIALS:
            raise UnsupportedModelError(
                f"{node.name}() in {formula!r} asks for {_SPECIALS[node.name]}, which survreg() does not "
                "have here. Leave it out."
            )
