"""``summary(lm)`` and ``summary(glm)``: the numbers, and R's text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pymediation.report.numbers import format_numbers, format_p_values
from pymediation.rmodels.likelihood import akaike
from pymediation.rmodels.printing import (
    ModelSummary,
    coefficient_block,
    line_of_residuals,
    missing_lines,
    significant,
)
from pymediation.rmodels.view import FitView, Floats, null_deviance, residual_values

__all__ = ["SummaryGlm", "SummaryLm", "summarize"]

_DIGITS = 4  # R prints regressions with three digits fewer than its option `digits`, which is 7


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SummaryLm(ModelSummary):
    r"""The summary of a linear model; printing it gives R's text.

    Attributes
    ----------
    call : str
        The call.
    residuals : Series, shape (n,)
        Residuals, times the square roots of the weights if there are any.
    coefficients : DataFrame
        A row per estimable coefficient: ``Estimate``, ``Std. Error``, ``t value``, ``Pr(>|t|)``.
    aliased : Series of bool, shape (k,)
        Which coefficients could not be estimated.
    sigma : float
        Residual standard error :math:`\hat\sigma`.
    df : tuple of int
        Rank, residual degrees of freedom, number of columns.
    r_squared, adj_r_squared : float
        Share of variance explained, and adjusted for the degrees of freedom.
    fstatistic : Series or None
        ``value``, ``numdf``, ``dendf``; None if the model has nothing but an intercept.
    cov_unscaled : DataFrame
        :math:`(X'WX)^{-1}`.
    n_missing : int
        Rows left out because a value was missing.
    weighted : bool
        Whether the residuals are weighted.
    """

    call: str
    residuals: pd.Series
    coefficients: pd.DataFrame
    aliased: pd.Series
    sigma: float
    df: tuple[int, int, int]
    r_squared: float
    adj_r_squared: float
    fstatistic: pd.Series | None
    cov_unscaled: pd.DataFrame
    n_missing: int
    weighted: bool

    def __str__(self) -> str:
        lines = ["", "Call:", self.call, "", "Weighted Residuals:" if self.weighted else "Residuals:"]
        if self.df[1] > 0:
            lines += line_of_residuals(self.residuals, self.df[1], _DIGITS, gap=1)
        else:
            lines.append(f"ALL {self.df[0]} residuals are 0: no residual degrees of freedom!")
        lines += ["", *coefficient_block(self.coefficients, self.aliased, _DIGITS)]
        return "\n".join([*lines, "", *self._fit_lines(), ""])

    def _fit_lines(self) -> list[str]:
        """Write the lines below the coefficients."""
        error = format_numbers([significant(self.sigma, _DIGITS)], 7)[0]
        lines = [f"Residual standard error: {error} on {self.df[1]} degrees of freedom"]
        lines += missing_lines(self.n_missing, "  ")
        if self.fstatistic is not None:
            value, numdf, dendf = self.fstatistic
            p = format_p_values([_f_tail(value, numdf, dendf)], _DIGITS)[0].strip()
            r_squared, adjusted = _short(self.r_squared), _short(self.adj_r_squared)
            lines += [
                f"Multiple R-squared:  {r_squared},\tAdjusted R-squared:  {adjusted} ",
                f"F-statistic: {_short(value)} on {numdf:.0f} and {dendf:.0f} DF,  p-value: {p}",
            ]
        return lines


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SummaryGlm(ModelSummary):
    r"""The summary of a generalised linear model; printing it gives R's text.

    Attributes
    ----------
    call : str
        The call.
    deviance_resid : Series, shape (n,)
        Deviance residuals.
    coefficients : DataFrame
        A row per estimable coefficient: ``Estimate``, ``Std. Error``, then ``z value`` and ``Pr(>|z|)``, or
        t if the dispersion is estimated.
    aliased : Series of bool, shape (k,)
        Which coefficients could not be estimated.
    family : str
        R's name of the family.
    dispersion : float
        :math:`\hat\phi`, or 1 where it is known.
    deviance, null_deviance : float
        Of the model, and of the one with the intercept only.
    df_residual, df_null : int
        Their degrees of freedom.
    aic : float
        Akaike's criterion; NaN for quasi families.
    iter : int
        Scoring iterations.
    cov_unscaled : DataFrame
        :math:`(X'WX)^{-1}`.
    n_missing : int
        Rows left out because a value was missing.
    """

    call: str
    deviance_resid: pd.Series
    coefficients: pd.DataFrame
    aliased: pd.Series
    family: str
    dispersion: float
    deviance: float
    null_deviance: float
    df_residual: int
    df_null: int
    aic: float
    iter: int
    cov_unscaled: pd.DataFrame
    n_missing: int

    def __str__(self) -> str:
        dispersion = format_numbers([self.dispersion], 7)[0]
        lines = ["", "Call:", self.call, "", "Deviance Residuals: "]
        lines += line_of_residuals(self.deviance_resid, self.df_residual, _DIGITS, gap=2)
        lines += ["", *coefficient_block(self.coefficients, self.aliased, _DIGITS), ""]
        lines += [f"(Dispersion parameter for {self.family} family taken to be {dispersion})", ""]
        lines += [*self._deviance_lines(), *missing_lines(self.n_missing, "  ")]
        aic = "NA" if np.isnan(self.aic) else format_numbers([self.aic], _DIGITS + 1)[0]
        lines += [f"AIC: {aic}", "", f"Number of Fisher Scoring iterations: {self.iter}", ""]
        return "\n".join(lines)

    def _deviance_lines(self) -> list[str]:
        """Write the two deviances."""
        values = format_numbers([self.null_deviance, self.deviance], _DIGITS + 1)
        freedom = format_numbers([self.df_null, self.df_residual])
        heads = ("    Null", "Residual")
        return [
            f"{head} deviance: {value}  on {df}  degrees of freedom"
            for head, value, df in zip(heads, values, freedom, strict=True)
        ]


def summarize(view: FitView) -> SummaryLm | SummaryGlm:
    """Summarise a linear or generalised linear model."""
    return _summarize_lm(view) if view.linear else _summarize_glm(view)


def _summarize_lm(view: FitView) -> SummaryLm:
    """Collect the numbers of ``summary(lm)``."""
    fit = view.fit
    r_squared, adjusted, f = _explained(view)
    return SummaryLm(
        call=view.call,
        residuals=pd.Series(residual_values(view, "pearson"), index=view.index),
        coefficients=_coefficients(view, use_t=True),
        aliased=pd.Series(fit.aliased, index=list(view.names)),
        sigma=fit.scale,
        df=(fit.rank, fit.df_residual, len(view.names)),
        r_squared=r_squared,
        adj_r_squared=adjusted,
        fstatistic=f,
        cov_unscaled=_unscaled(view),
        n_missing=view.n_missing,
        weighted=view.weights is not None and bool(np.ptp(view.weights) > 0),
    )


def _summarize_glm(view: FitView) -> SummaryGlm:
    """Collect the numbers of ``summary(glm)``."""
    fit = view.fit
    name = view.family.name
    return SummaryGlm(
        call=view.call,
        deviance_resid=pd.Series(residual_values(view, "deviance"), index=view.index),
        coefficients=_coefficients(view, use_t=not view.family.dispersion_known),
        aliased=pd.Series(fit.aliased, index=list(view.names)),
        family=f"Negative Binomial({view.family.theta:.4g})" if name == "Negative Binomial" else name,
        dispersion=fit.dispersion,
        deviance=fit.deviance,
        null_deviance=null_deviance(view),
        df_residual=fit.df_residual,
        df_null=int(np.count_nonzero(view.prior_weights)) - view.intercept,
        aic=akaike(view),
        iter=fit.iterations,
        cov_unscaled=_unscaled(view),
        n_missing=view.n_missing,
    )


def _explained(view: FitView) -> tuple[float, float, pd.Series | None]:
    """Return R squared, the adjusted one, and the F statistic of a linear model."""
    fit, weights = view.fit, view.prior_weights
    centre = np.average(fit.fitted, weights=weights) if view.intercept else 0.0
    model = float(np.sum(weights * (fit.fitted - centre) ** 2))
    numdf = fit.rank - view.intercept
    if numdf == 0:
        return 0.0, 0.0, None
    r_squared = model / (model + fit.deviance)
    rows = fit.rank + fit.df_residual
    adjusted, f = np.nan, np.nan
    if fit.df_residual:
        adjusted = 1 - (1 - r_squared) * ((rows - view.intercept) / fit.df_residual)
        f = model / numdf / fit.dispersion
    statistic = pd.Series([f, numdf, fit.df_residual], index=["value", "numdf", "dendf"])
    return r_squared, adjusted, statistic


def _coefficients(view: FitView, *, use_t: bool) -> pd.DataFrame:
    """Return estimates, standard errors, test statistics and p-values of the estimable coefficients."""
    from scipy.special import ndtr, stdtr

    kept = ~view.fit.aliased
    estimate = view.fit.coef[kept]
    error = np.sqrt(np.diag(view.fit.cov)[kept])
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / error
    p = 2 * (stdtr(view.fit.df_residual, -np.abs(statistic)) if use_t else ndtr(-np.abs(statistic)))
    letter = "t" if use_t else "z"
    columns = ["Estimate", "Std. Error", f"{letter} value", f"Pr(>|{letter}|)"]
    return pd.DataFrame(np.column_stack([estimate, error, statistic, p]), index=view.kept, columns=columns)


def _unscaled(view: FitView) -> pd.DataFrame:
    """Return the unscaled covariance of the estimable coefficients."""
    kept = ~view.fit.aliased
    values: Floats = view.fit.unscaled_cov[np.ix_(kept, kept)]
    return pd.DataFrame(values, index=view.kept, columns=view.kept)


def _f_tail(value: float, numdf: float, dendf: float) -> float:
    """Return the upper tail of the F distribution."""
    from scipy.special import fdtrc

    return float(fdtrc(numdf, dendf, value))


def _short(x: float) -> str:
    """Write a number with four significant digits, in five places or more as ``formatC`` does."""
    return ("NaN" if np.isnan(x) else f"{x:.{_DIGITS}g}").rjust(_DIGITS + 1)
