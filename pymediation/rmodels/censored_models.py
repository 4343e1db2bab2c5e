"""``vglm`` with the family ``tobit``: a normal response cut off at limits."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentError, ArgumentTypeError, UnsupportedModelError, estimating
from pymediation.fits.tobit import TobitFit as TobitEstimates
from pymediation.fits.tobit import fit_tobit
from pymediation.rmodels.calls import (
    DefaultNumber,
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

__all__ = ["TobitFamily", "TobitFit", "tobit", "vglm"]

_ZERO, _INFINITY = DefaultNumber(0), DefaultNumber("inf")
_PREDICTIONS = ("link", "response", "linear")


@dataclass(frozen=True, slots=True)
class TobitFamily:
    """A normal response of which values beyond `lower` and `upper` are seen as these limits.

    `text` is the family as R's call writes it.
    """

    lower: float
    upper: float
    text: str


def tobit(Lower: float = _ZERO, Upper: float = _INFINITY) -> TobitFamily:
    """Return the family of a censored normal response, for `vglm`.

    Parameters
    ----------
    Lower, Upper : float
        The limits, in the units of the response.

    Returns
    -------
    TobitFamily

    Raises
    ------
    ArgumentError
        If the limits are not two numbers in order.

    Examples
    --------
    >>> tobit(Lower=1, Upper=5)
    TobitFamily(lower=1.0, upper=5.0, text='tobit(Lower = 1, Upper = 5)')
    """
    if np.ndim(Lower) != 0 or np.ndim(Upper) != 0:
        raise ArgumentError("`Lower` and `Upper` of tobit() must be one number each, the same for all rows.")
    if not Lower < Upper:
        raise ArgumentError(f"`Lower` of tobit() must be below `Upper`; they are {Lower!r} and {Upper!r}.")
    given = ", ".join(f"{name} = {text}" for name, text in setting_texts({"Lower": Lower, "Upper": Upper}))
    return TobitFamily(float(Lower), float(Upper), f"tobit({given})")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TobitFit(FormulaFit):
    r"""A fitted tobit model :math:`y = \min(\max(x'\beta + \sigma W, L), U)` of n rows and k columns.

    Attributes
    ----------
    rows : DialectRows
        What it was fitted to.
    fit : TobitFit of pymediation.fits.tobit
        The estimates.
    lower, upper : float
        The limits L and U.
    call : str
        The call as R prints it.
    """

    rows: DialectRows
    fit: TobitEstimates
    lower: float
    upper: float
    call: str

    @property
    def parameter_names(self) -> list[str]:
        """R's names: ``(Intercept):1`` of the mean, ``(Intercept):2`` for log sd, then the other columns."""
        first, *others = self.rows.design.names
        return [f"{first}:1", f"{first}:2", *others]

    @property
    def n_parameters(self) -> int:
        """Number of coefficients, log sd included."""
        return self.fit.parameters.size

    def coef(self) -> pd.Series:
        """Return the coefficients in R's order, log sd second."""
        return pd.Series(self.fit.parameters, index=self.parameter_names)

    def vcov(self) -> pd.DataFrame:
        """Return their covariance: the inverse of the expected information."""
        return pd.DataFrame(self.fit.cov, index=self.parameter_names, columns=self.parameter_names)

    def nobs(self) -> int:
        """Return the number of rows."""
        return len(self.rows.y)

    def df_residual(self) -> int:
        """Return twice the number of rows, one for each linear predictor, less the number of coefficients."""
        return 2 * self.nobs() - self.n_parameters

    def logLik(self) -> float:
        """Return the log-likelihood."""
        return self.fit.loglik

    def fitted(self) -> pd.Series:
        """Return the uncensored means."""
        return on_rows(self.rows, self.fit.linear_predictor)

    def residuals(self, type: str | None = "response") -> pd.Series:
        """Return responses less uncensored means (R's ``type = "response"``)."""
        if type not in (None, "response"):
            raise ArgumentError(f"`type` must be 'response' for a fit of vglm(), not {type!r}.")
        return on_rows(self.rows, self.rows.y) - self.fitted()

    def predict(self, newdata: pd.DataFrame | None = None, type: str | None = None) -> Any:
        r"""Predict the uncensored mean.

        Parameters
        ----------
        newdata : DataFrame, m rows, optional
            Rows with the variables of the formula; default: the rows of the fit.
        type : {"link", "response", "linear"}, optional
            Both linear predictors, ``mu`` and ``loglink(sd)``, as R's default does; or the mean alone (two
            names for the same).

        Returns
        -------
        DataFrame, shape (m, 2), or Series, shape (m,)
            On the index of `newdata`, NaN where a variable is missing. The mean is that of the response
            before it is cut off at the limits.

        Raises
        ------
        ArgumentError
            If there is no such type.
        """
        kind = "link" if type is None else type
        if kind not in _PREDICTIONS:
            raise ArgumentError(
                f"`type` must be one of {', '.join(_PREDICTIONS)} for a fit of vglm(), not {kind!r}."
            )
        if newdata is None:
            mean = self.fitted()
        else:
            mean = pd.Series(new_rows(self.rows, newdata)[0] @ self.fit.coef, index=newdata.index)
        if kind != "link":
            return mean
        return pd.DataFrame({"mu": mean, "loglink(sd)": mean * 0 + self.fit.log_sd})

    def summary(self) -> Any:
        """Return the summary, which prints R's text."""
        from pymediation.rmodels.censored_summary import summarize_tobit

        return summarize_tobit(self)


@names_before_positions
def vglm(
    formula: str,
    family: Any = None,
    data: Any = None,
    weights: Any = None,
    subset: Any = None,
    na_action: str = "na.omit",
    *,
    contrasts: Mapping[str, Any] | None = None,
) -> TobitFit:
    r"""Fit a tobit model, as R's ``VGAM::vglm`` with the family ``tobit``.

    .. math:: y_i = \min(\max(x_i'\beta + \sigma W_i, L), U), \qquad W_i \sim N(0, 1)

    Parameters
    ----------
    formula : str
        R's formula, with an intercept.
    family : TobitFamily
        ``tobit(Lower=..., Upper=...)``; no other family.
    data : DataFrame or mapping of arrays, optional
        The data. Names that are not columns are looked up among the caller's variables.
    weights : str or array_like, shape (n,), optional
        Prior weights: a column, an expression of columns, or values.
    subset : str or array_like of bool, optional
        Rows to use, e.g. ``"age > 40"``.
    na_action : {"na.omit", "na.exclude", "na.fail"}
        Leave out rows with missing values, or refuse them.
    contrasts : mapping, optional
        Factor -> ``"contr.sum"`` and the like.

    Returns
    -------
    TobitFit
        With ``coef()``, ``vcov()``, ``predict(newdata)``, ``summary()`` and the like, which the functions of
        the same names call.

    Raises
    ------
    UnsupportedModelError
        If the family is another one, or the formula has an offset or no intercept.
    FormulaError, UnknownNameError, DataMismatchError
        If the formula cannot be read or evaluated on the data.
    NotEstimableError
        If columns are collinear, all responses are censored, or the likelihood has no maximum.

    Notes
    -----
    VGAM's iterations are followed step by step, so that estimates and standard errors have R's digits.

    References
    ----------
    Tobin, J. (1958). Estimation of relationships for limited dependent variables. Econometrica 26, 24-36.

    Examples
    --------
    >>> import pymediation.r as R
    >>> fit = R.vglm("job_seek ~ treat + econ_hard", R.tobit(Lower=1, Upper=5), data=R.data("jobs"))
    >>> R.coef(fit).round(3).to_dict()
    {'(Intercept):1': 3.845, '(Intercept):2': -0.189, 'treat': 0.085, 'econ_hard': 0.067}
    """
    names = caller_variables(sys._getframe(2))
    limits = _tobit_family(family)
    rows = read_rows(
        formula,
        data,
        response=partial(numeric_response, model="vglm"),
        weights=weights,
        offset=None,
        subset=subset,
        environment=names,
        na_action=na_action,
        contrasts=contrasts,
    )
    _check_rows(rows)
    with estimating(f"vglm({rows.formula!r})"):
        fit = fit_tobit(rows.y, rows.X, limits.lower, limits.upper, rows.weights)
    call = [("formula", rows.formula), ("family", "tobit" if family is tobit else limits.text)]
    arguments = {"data": data, "weights": weights, "subset": subset, "contrasts": contrasts}
    call_lines = call_text("vglm", [*call, *argument_texts(arguments, names)])
    return TobitFit(rows, fit, limits.lower, limits.upper, call_lines)


def _tobit_family(family: Any) -> TobitFamily:
    """Return the limits, or refuse another family."""
    if isinstance(family, TobitFamily):
        return family
    if family is tobit or (isinstance(family, str) and family == "tobit"):
        return tobit()
    if isinstance(family, (pd.DataFrame, Mapping)):
        raise ArgumentTypeError("The second argument of vglm() is `family`. Give the data as data=...")
    name = getattr(family, "name", None) or getattr(family, "__name__", None) or repr(family)
    raise UnsupportedModelError(
        f"vglm() fits the family tobit(Lower=, Upper=) only, not {name}. For binomial, poisson, gaussian or "
        "gamma responses use glm(), for ordered ones polr()."
    )


def _check_rows(rows: DialectRows) -> None:
    """Refuse what the tobit model does not have."""
    if rows.offset is not None:
        raise UnsupportedModelError(f"{rows.formula!r} has an offset, which vglm() does not take here.")
    if not rows.design.table.intercept:
        raise UnsupportedModelError(
            f"{rows.formula!r} has no intercept; a tobit model needs one for its standard deviation, in R "
            "too."
        )
