"""``polr``: proportional odds and the other cumulative models of ordered categories."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from pymediation.design.base import Term
from pymediation.errors import ArgumentError, estimating
from pymediation.fits.cumulative import category_probabilities
from pymediation.fits.ordered import OrderedFit, fit_ordered
from pymediation.formula import RDesign
from pymediation.rmodels.calls import DefaultText, argument_texts, call_text, caller_variables, setting_texts
from pymediation.rmodels.model_methods import FormulaFit
from pymediation.rmodels.prediction import new_rows
from pymediation.rmodels.responses import ordered_response
from pymediation.rmodels.rows import DialectRows, Floats, read_rows
from pymediation.warn import warn

__all__ = ["PolrFit", "SlopeDesign", "polr", "without_intercept"]

_LOGISTIC = DefaultText("logistic")


@dataclass(frozen=True, slots=True, eq=False)
class SlopeDesign(RDesign):
    """A design whose factors are coded as beside an intercept, which is not among the columns."""

    def relearn(self, frame: pd.DataFrame) -> RDesign:
        """Return the recipe of the same formula learnt anew from the rows of `frame`."""
        table = replace(self.table, intercept=True)
        return without_intercept(RDesign.relearn(replace(self, table=table), frame))


def without_intercept(design: RDesign) -> RDesign:
    """Leave the column of ones out of a design; one that has none stays as it is."""
    if not design.table.intercept:
        return design
    return SlopeDesign(
        names=design.names[1:],
        terms=tuple(_moved(term) for term in design.terms[1:]),
        table=replace(design.table, intercept=False),
        recipes=design.recipes,
        codings=design.codings,
        scope=design.scope,
        state=design.state,
        contrasts=design.contrasts,
    )


def _moved(term: Term) -> Term:
    """Return a term one column further left."""
    return replace(term, columns=slice(term.columns.start - 1, term.columns.stop - 1))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PolrFit(FormulaFit):
    r"""A fitted cumulative model :math:`P(Y \le j) = F(\zeta_j - o - x'\beta)` of n rows and K categories.

    Attributes
    ----------
    rows : DialectRows
        What it was fitted to: `y` has the codes of the categories from 0, the levels of `response` all K,
        `design` and `X` no column of ones (the thresholds take its place).
    fit : OrderedFit
        The estimates.
    method : {"logistic", "probit", "loglog", "cloglog", "cauchit"}
        R's name of F.
    call : str
        The call as R prints it.
    """

    rows: DialectRows
    fit: OrderedFit
    method: str
    call: str

    @property
    def levels(self) -> tuple[str, ...]:
        """The K categories."""
        return tuple(map(str, self.rows.response.levels or ()))

    @property
    def threshold_names(self) -> list[str]:
        """R's names of the thresholds, such as ``"low|high"``."""
        return [f"{a}|{b}" for a, b in zip(self.levels, self.levels[1:], strict=False)]

    @property
    def zeta(self) -> pd.Series:
        """The K - 1 thresholds."""
        return pd.Series(self.fit.zeta, index=self.threshold_names)

    @property
    def n_parameters(self) -> int:
        """Number of coefficients and thresholds."""
        return int(np.count_nonzero(~self.fit.aliased)) + self.fit.zeta.size

    def coef(self) -> pd.Series:
        """Return the coefficients; those that cannot be estimated are left out, as in R."""
        kept = ~self.fit.aliased
        return pd.Series(
            self.fit.coef[kept], index=list(np.array(self.rows.design.names, dtype=object)[kept])
        )

    def vcov(self) -> pd.DataFrame:
        """Return the covariance of coefficients and thresholds."""
        kept = np.append(~self.fit.aliased, np.ones(self.fit.zeta.size, dtype=bool))
        names = [*self.coef().index, *self.threshold_names]
        return pd.DataFrame(self.fit.cov[np.ix_(kept, kept)], index=names, columns=names)

    def nobs(self) -> int | float:
        """Return the number of rows, or the sum of the weights."""
        return len(self.rows.y) if self.rows.weights is None else float(self.rows.weights.sum())

    def logLik(self) -> float:
        """Return the log-likelihood."""
        return -self.fit.deviance / 2

    def deviance(self) -> float:
        """Return minus twice the log-likelihood."""
        return self.fit.deviance

    def df_residual(self) -> int | float:
        """Return the sum of the weights less the number of parameters."""
        return self.fit.df_residual

    def fitted(self) -> pd.DataFrame:
        """Return the fitted probabilities, a column per category."""
        return self._frame(self.fit.linear_predictor, self.rows.index)

    def predict(
        self, newdata: pd.DataFrame | None = None, type: Literal["class", "probs"] | str | None = "class"
    ) -> Any:
        """Predict the category, or the probabilities of all.

        Parameters
        ----------
        newdata : DataFrame, m rows, optional
            Rows with the variables of the formula; default: the rows of the fit.
        type : {"class", "probs"}
            The likeliest category, or the probabilities.

        Returns
        -------
        Series of categories, shape (m,), or DataFrame, shape (m, K)
            On the index of `newdata`, missing where a variable is.

        Raises
        ------
        ArgumentError
            If there is no such type.
        """
        kind = _prediction(type)
        probabilities = self.fitted() if newdata is None else self._frame(self._eta(newdata), newdata.index)
        if kind == "probs":
            return probabilities
        missing = probabilities.isna().any(axis=1).to_numpy()
        codes = np.argmax(probabilities.fillna(0.0).to_numpy(), axis=1)
        codes[missing] = -1
        return pd.Series(pd.Categorical.from_codes(codes, pd.Index(self.levels)), index=probabilities.index)

    def _eta(self, newdata: pd.DataFrame) -> Floats:
        """Return the linear predictors of new rows."""
        X, offset = new_rows(self.rows, newdata)
        kept = ~self.fit.aliased
        return X[:, kept] @ self.fit.coef[kept] + offset

    def _frame(self, eta: Floats, index: pd.Index) -> pd.DataFrame:
        """Return the probabilities of the categories."""
        values = category_probabilities(eta, self.fit.zeta, self.method)
        return pd.DataFrame(values, index=index, columns=list(self.levels))

    def summary(self) -> Any:
        """Return the summary, which prints R's text."""
        from pymediation.rmodels.ordered_summary import summarize_polr

        return summarize_polr(self)


def _prediction(type: str | None) -> str:
    """Return the full name of a kind of prediction, which may be abbreviated as in R."""
    for kind in ("class", "probs"):
        if type is None or (type and kind.startswith(type)):
            return kind
    raise ArgumentError(f"`type` must be 'class' or 'probs' for a fit of polr(), not {type!r}.")


def polr(
    formula: str,
    data: Any = None,
    weights: Any = None,
    start: Any = None,
    *,
    subset: Any = None,
    na_action: str = "na.omit",
    contrasts: Mapping[str, Any] | None = None,
    Hess: bool = False,
    method: str = _LOGISTIC,
) -> PolrFit:
    r"""Fit a model of ordered categories by maximum likelihood, as R's ``MASS::polr``.

    .. math:: P(Y_i \le j) = F(\zeta_j - o_i - x_i'\beta), \qquad j = 1, ..., K - 1

    Parameters
    ----------
    formula : str
        R's formula. The response is a factor of three or more levels, whose order counts:
        ``"factor(immigr) ~ treat + age"``, or a categorical column.
    data : DataFrame or mapping of arrays, optional
        The data. Names that are not columns are looked up among the caller's variables.
    weights : str or array_like, shape (n,), optional
        Prior weights, which count as repeated rows: a column, an expression of columns, or values.
    start : array_like, shape (k + K - 1,), optional
        Coefficients and thresholds to start from.
    subset : str or array_like of bool, optional
        Rows to use, e.g. ``"age > 40"``.
    na_action : {"na.omit", "na.exclude", "na.fail"}
        Leave out rows with missing values, or refuse them.
    contrasts : mapping, optional
        Factor -> ``"contr.sum"`` and the like.
    Hess : bool
        Whether the covariance is that of the search itself. By default it is that of a second search from the
        estimates of the first, as in R, where `summary` and `vcov` "re-fit to get Hessian".
    method : {"logistic", "probit", "loglog", "cloglog", "cauchit"}
        F: logistic, normal, and the others.

    Returns
    -------
    PolrFit
        With ``coef()``, ``vcov()``, ``predict(newdata, type="class")``, ``summary()`` and the like, which
        the functions of the same names call.

    Raises
    ------
    ArgumentError
        If the response is not a factor of three or more levels, or the method is not known.
    FormulaError, UnknownNameError, DataMismatchError
        If the formula cannot be read or evaluated on the data.
    NotEstimableError
        If no starting values are found, as under separation.

    Warns
    -----
    PymediationWarning
        If columns are left out, the search does not converge, or the formula has no intercept.

    Notes
    -----
    R's search is followed step by step, so that estimates and standard errors have R's digits. An offset is
    part of predictions for new rows, from which R leaves it out.

    References
    ----------
    McCullagh, P. (1980). Regression models for ordinal data. Journal of the Royal Statistical Society B 42,
    109-142.

    Examples
    --------
    >>> import pymediation.r as R
    >>> fit = R.polr("factor(immigr) ~ treat + emo", data=R.data("framing"))
    >>> R.coef(fit).round(3).to_dict(), fit.zeta.round(3).to_dict()
    ({'treat': 0.448, 'emo': 0.501}, {'1|2': 0.298, '2|3': 2.373, '3|4': 4.068})
    """
    names = caller_variables(sys._getframe(1))
    found = read_rows(
        formula,
        data,
        response=ordered_response,
        weights=weights,
        offset=None,
        subset=subset,
        environment=names,
        na_action=na_action,
        contrasts=contrasts,
    )
    rows = _slopes(found)
    levels = rows.response.levels or ()
    given = (rows.y.astype(np.intp), rows.X, len(levels), method, rows.weights, rows.offset)
    with estimating(f"polr({rows.formula!r})"):
        fit = fit_ordered(*given, start=start)
    _warn_about_fit(fit, rows)
    if not (Hess or fit.aliased.any()):
        fit = replace(fit, cov=fit_ordered(*given, start=np.append(fit.coef, fit.zeta)).cov)
    arguments = {"data": data, "weights": weights, "start": start, "subset": subset, "contrasts": contrasts}
    call = [("formula", rows.formula), *argument_texts(arguments, names)]
    call += [("Hess", "TRUE")] if Hess else []
    call += setting_texts({"method": method})
    return PolrFit(rows, fit, str(method), call_text("polr", call))


def _slopes(rows: DialectRows) -> DialectRows:
    """Leave the intercept out of rows, whose thresholds take its place."""
    if not rows.design.table.intercept:
        warn(f"{rows.formula!r} has no intercept, but polr() needs and assumes one.")
        return rows
    return replace(rows, design=without_intercept(rows.design), X=rows.X[:, 1:])


def _warn_about_fit(fit: OrderedFit, rows: DialectRows) -> None:
    """Warn of columns left out and of a search that stopped early."""
    message = ""
    if fit.aliased.any():
        dropped = [name for name, out in zip(rows.design.names, fit.aliased, strict=True) if out]
        message = f"polr() of {rows.formula!r} leaves out {dropped}, which other columns determine."
    elif not fit.converged:
        message = f"polr() of {rows.formula!r} did not converge; rescale the predictors or give start=."
    if message:
        warn(message)
