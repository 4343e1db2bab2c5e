"""``rq``: linear quantile regression."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentError, UnsupportedModelError, estimating
from pymediation.fits.quantile import QuantileFit, fit_quantile, nid_cov
from pymediation.rmodels.calls import (
    DefaultNumber,
    DefaultText,
    argument_texts,
    call_text,
    caller_variables,
    names_before_positions,
    setting_texts,
)
from pymediation.rmodels.model_methods import FormulaFit, on_rows
from pymediation.rmodels.prediction import new_rows
from pymediation.rmodels.responses import numeric_response
from pymediation.rmodels.rows import DialectRows, read_rows
from pymediation.warn import warn

__all__ = ["RqFit", "rq"]

_MEDIAN, _SIMPLEX = DefaultNumber(0.5), DefaultText("br")
_EXACT_METHODS = ("br", "fn", "fnb", "sfn", "pfn")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RqFit(FormulaFit):
    r"""A fitted quantile regression :math:`Q_\tau(y | x) = x'\beta` of n rows and k columns.

    Attributes
    ----------
    rows : DialectRows
        What it was fitted to.
    fit : QuantileFit
        The estimates.
    tau : float
        The quantile.
    call : str
        The call as R prints it.
    """

    rows: DialectRows
    fit: QuantileFit
    tau: float
    call: str

    @property
    def n_parameters(self) -> int:
        """Number of coefficients."""
        return self.fit.rank

    def coef(self) -> pd.Series:
        """Return the coefficients."""
        return pd.Series(self.fit.coef, index=list(self.rows.design.names))

    def vcov(self) -> pd.DataFrame:
        """Return the covariance for errors that are not identical, R's ``se = "nid"``."""
        cov = nid_cov(self.rows.y, self.rows.X, self.tau, self.rows.weights)
        names = list(self.rows.design.names)
        return pd.DataFrame(cov, index=names, columns=names)

    def nobs(self) -> int:
        """Return the number of rows."""
        return len(self.rows.y)

    def df_residual(self) -> int:
        """Return the number of rows less the number of coefficients."""
        return self.nobs() - self.fit.rank

    def logLik(self) -> float:
        r"""Return the log-likelihood of asymmetric Laplace errors at their best scale.

        .. math:: n [\log(\tau (1 - \tau)) - 1 - \log \bar\rho], \qquad
                  \bar\rho = \frac{1}{n} \sum_i \rho_\tau(y_i - x_i'\beta)

        The weights of a weighted fit are left out of it, as in R.
        """
        n, tau, u = self.nobs(), self.tau, self.fit.residuals
        loss = float(np.sum(u * (tau - (u < 0))))
        return float(n * (np.log(tau * (1 - tau)) - 1 - np.log(loss / n)))

    def residuals(self, type: str | None = None) -> pd.Series:
        """Return responses less fitted quantiles."""
        if type not in (None, "response"):
            raise ArgumentError(f"`type` must be 'response' for a fit of rq(), not {type!r}.")
        return on_rows(self.rows, self.fit.residuals)

    def fitted(self) -> pd.Series:
        """Return the fitted quantiles."""
        return on_rows(self.rows, self.rows.y - self.fit.residuals)

    def predict(self, newdata: pd.DataFrame | None = None, type: str | None = None) -> pd.Series:
        """Predict the quantile.

        Parameters
        ----------
        newdata : DataFrame, m rows, optional
            Rows with the variables of the formula; default: the rows of the fit.
        type : {"response"}, optional
            Accepted for likeness with the other models.

        Returns
        -------
        Series, shape (m,)
            On the index of `newdata`, NaN where a variable is missing.

        Raises
        ------
        ArgumentError
            If there is no such type.
        """
        if type not in (None, "response", "link", "none"):
            raise ArgumentError(f"`type` must be 'response' for a fit of rq(), not {type!r}.")
        if newdata is None:
            return self.fitted()
        return pd.Series(new_rows(self.rows, newdata)[0] @ self.fit.coef, index=newdata.index)

    def summary(self, se: str = "nid") -> Any:
        """Return the summary, which prints R's text for ``summary(fit, se = "nid")``."""
        from pymediation.rmodels.quantile_summary import summarize_rq

        if se != "nid":
            raise UnsupportedModelError(f"Standard errors se={se!r} of rq() are not offered; se='nid' is.")
        return summarize_rq(self)


@names_before_positions
def rq(
    formula: str,
    tau: float = _MEDIAN,
    data: Any = None,
    subset: Any = None,
    weights: Any = None,
    na_action: str = "na.omit",
    method: str = _SIMPLEX,
    *,
    contrasts: Mapping[str, Any] | None = None,
) -> RqFit:
    r"""Fit a quantile regression exactly, as R's ``quantreg::rq``.

    .. math:: \hat\beta = \arg\min_b \sum_i w_i \rho_\tau(y_i - x_i'b), \qquad
              \rho_\tau(u) = u\,(\tau - 1[u < 0])

    Parameters
    ----------
    formula : str
        R's formula, e.g. ``"depress2 ~ treat + job_seek + factor(site)"``.
    tau : float
        The quantile, between 0 and 1; one per fit.
    data : DataFrame or mapping of arrays, optional
        The data. Names that are not columns are looked up among the caller's variables.
    subset : str or array_like of bool, optional
        Rows to use, e.g. ``"age > 40"``.
    weights : str or array_like, shape (n,), optional
        Prior weights: a column, an expression of columns, or values.
    na_action : {"na.omit", "na.exclude", "na.fail"}
        Leave out rows with missing values, or refuse them.
    method : {"br", "fn", "fnb", "sfn", "pfn"}
        R's algorithms; all of them minimise the same sum, which is minimised exactly here, and of several
        minima that of ``"br"`` is returned.
    contrasts : mapping, optional
        Factor -> ``"contr.sum"`` and the like.

    Returns
    -------
    RqFit
        With ``coef()``, ``vcov()``, ``predict(newdata)``, ``residuals()``, ``summary()`` and the like, which
        the functions of the same names call. The covariance is R's ``se = "nid"``.

    Raises
    ------
    ArgumentError
        If the response is a factor, or tau is not one number between 0 and 1.
    UnsupportedModelError
        If the formula has an offset, or the method is a penalised one.
    FormulaError, UnknownNameError, DataMismatchError
        If the formula cannot be read or evaluated on the data.
    NotEstimableError
        If columns are collinear.

    Warns
    -----
    PymediationWarning
        If other coefficients fit as well (R: "Solution may be nonunique").

    References
    ----------
    Koenker, R. and Bassett, G. (1978). Regression quantiles. Econometrica 46, 33-50.

    Examples
    --------
    >>> import pymediation.r as R
    >>> fit = R.rq("depress2 ~ treat + depress1", tau=0.75, data=R.data("jobs"))
    >>> R.coef(fit).round(4).to_dict()
    {'(Intercept)': 0.7297, 'treat': -0.08, 'depress1': 0.7139}
    """
    names = caller_variables(sys._getframe(2))
    level = _check_level(tau)
    _check_method(method)
    rows = read_rows(
        formula,
        data,
        response=partial(numeric_response, model="rq"),
        weights=weights,
        offset=None,
        subset=subset,
        environment=names,
        na_action=na_action,
        contrasts=contrasts,
    )
    if rows.offset is not None:
        raise UnsupportedModelError(
            f"{rows.formula!r} has an offset, which rq() does not have, in R neither."
        )
    with estimating(f"rq({rows.formula!r})"):
        fit = fit_quantile(rows.y, rows.X, level, rows.weights)
    if not fit.unique:
        warn(
            f"Other coefficients fit {rows.formula!r} at tau={level:g} as well (R: 'Solution may be "
            "nonunique'); these are R's."
        )
    arguments = {"data": data, "subset": subset, "weights": weights}
    call = [("formula", rows.formula)]
    call += [*setting_texts({"tau": tau}), *argument_texts(arguments, names)]
    call += setting_texts({"method": method})
    call += argument_texts({"contrasts": contrasts}, names)
    return RqFit(rows, fit, level, call_text("rq", call))


def _check_level(tau: Any) -> float:
    """Return tau if it is one number; `fit_quantile` checks its range."""
    if np.ndim(tau) != 0:
        raise ArgumentError(f"`tau` must be one number; for {list(tau)} fit a model for each.")
    return float(tau)


def _check_method(method: str) -> None:
    """Refuse penalised methods, which have other coefficients."""
    if method not in _EXACT_METHODS:
        raise UnsupportedModelError(
            f"`method` of rq() must be one of {', '.join(_EXACT_METHODS)}, which all minimise the same sum; "
            f"{method!r} is not offered."
        )
