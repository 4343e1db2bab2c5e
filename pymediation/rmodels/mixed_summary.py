"""What fits of ``lmer`` and ``glmer``, their summaries and ``VarCorr`` print: R's text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr

from pymediation.report.coefficients import coefficient_lines
from pymediation.report.numbers import format_numbers
from pymediation.rmodels.printing import ModelSummary, left_aligned_lines, line_of_residuals, named_lines
from pymediation.rmodels.view import Floats

if TYPE_CHECKING:
    from pymediation.rmodels.mixed_fits import MixedModel, VarCorrTable

__all__ = ["SummaryMixed", "mixed_text", "summarize_mixed", "varcorr_lines"]

_DIGITS = 4  # R prints with three digits fewer than its option `digits`, which is 7
_MANY = 5  # residuals are shown as quartiles
_TITLES = {
    ("gaussian", True): ("Linear mixed model fit by REML ['lmerMod']",),
    ("gaussian", False): ("Linear mixed model fit by maximum likelihood  ['lmerMod']",),
}
_LAPLACE = (
    "Generalized linear mixed model fit by maximum likelihood (Laplace",
    "  Approximation) [glmerMod]",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SummaryMixed(ModelSummary):
    """The summary of a mixed model; printing it gives R's text without correlations of fixed effects.

    Attributes
    ----------
    model : MixedModel
    coefficients : DataFrame
        A row per fixed effect: ``Estimate``, ``Std. Error``, ``t value``; of `glmer` ``z value`` and
        ``Pr(>|z|)``.
    residuals : Series, shape (n,)
        Pearson residuals, divided by the residual standard deviation.
    varcor : VarCorrTable
        Covariance of the coefficients by group.
    """

    model: MixedModel
    coefficients: pd.DataFrame
    residuals: pd.Series
    varcor: VarCorrTable

    def __str__(self) -> str:
        model, p_column = self.model, self.coefficients.shape[1] > 3
        lines = [*_heading(model), "", *_criterion_lines(model, decimals=1), "", "Scaled residuals: "]
        lines += [*line_of_residuals(self.residuals, _MANY + 1, _DIGITS, 1), "", "Random effects:"]
        lines += [
            *varcorr_lines(self.varcor, _DIGITS, variances=True),
            _size_line(model),
            "",
            "Fixed effects:",
        ]
        lines += coefficient_lines(
            [str(name) for name in self.coefficients.index],
            [str(name) for name in self.coefficients.columns],
            self.coefficients.to_numpy(),
            digits=_DIGITS,
            p_column=p_column,
            coefficient_columns=(0, 1),
            test_column=2,
        )
        return "\n".join(lines)


def summarize_mixed(model: MixedModel) -> SummaryMixed:
    """Summarise a mixed model."""
    estimates, errors = model.fixef(), np.sqrt(np.diag(model.fit.cov))
    linear = model.family.name == "gaussian"
    test: pd.Series = estimates / errors
    columns = {"Estimate": estimates, "Std. Error": errors, "t value" if linear else "z value": test}
    if not linear:
        columns["Pr(>|z|)"] = 2 * ndtr(-np.abs(test))
    return SummaryMixed(
        model, pd.DataFrame(columns), model.residuals("pearson") / model.sigma(), model.varcorr()
    )


def mixed_text(model: MixedModel) -> str:
    """Return what a fit prints."""
    fixed = model.fixef()
    lines = [*_heading(model), *_criterion_lines(model, decimals=4), "Random effects:"]
    lines += [*varcorr_lines(model.varcorr(), _DIGITS), _size_line(model), "Fixed Effects:"]
    lines += named_lines([str(name) for name in fixed.index], format_numbers(fixed, _DIGITS), 2)
    if model.fit.singular:
        lines.append("boundary (singular) fit: see isSingular(fit)")
    return "\n".join(lines)


def _heading(model: MixedModel) -> list[str]:
    """Return the lines about the model."""
    family = model.family
    lines = list(_TITLES.get((family.name, model.fit.reml), _LAPLACE))
    if family.name != "gaussian":
        lines.append(f" Family: {family.name}  ( {family.link.name} )")
    return [*lines, f"Formula: {model.formula}", f"   Data: {model.data_name}"]


def _criterion_lines(model: MixedModel, decimals: int) -> list[str]:
    """Return the lines about the fit: the REML criterion, or the log-likelihood and its relatives."""
    loglik = model.logLik()
    if model.fit.reml:
        text = f"{-2 * loglik:.1f}" if decimals == 1 else format_numbers([-2 * loglik])[0]
        return [f"REML criterion at convergence: {text}"]
    values = (model.AIC(), model.BIC(), loglik, -2 * loglik)
    texts = [*(f"{value:.{decimals}f}" for value in values), str(model.df_residual())]
    names = ["AIC", "BIC", "logLik", "deviance", "df.resid"]
    width = max(map(len, [*names, *texts]))
    return ["".join(f"{part:>{width}} " for part in parts) for parts in (names, texts)]


def _size_line(model: MixedModel) -> str:
    """Return the line about rows and groups."""
    return f"Number of obs: {model.rows.n}, groups:  {model.grouping.name}, {len(model.grouping.levels)}"


def varcorr_lines(table: VarCorrTable, digits: int = 5, *, variances: bool = False) -> list[str]:
    """Lay out variances, standard deviations and correlations of coefficients by group."""
    names, covariance = list(table.covariance.index), table.covariance.to_numpy()
    spread = [*np.diag(covariance), *([] if table.sc is None else [table.sc**2])]
    columns: dict[str, list[str]] = {"Groups": _group_names(table), "Name": [*names, ""][: len(spread)]}
    if variances:
        columns["Variance"] = format_numbers(spread, digits)
    columns["Std.Dev."] = format_numbers(np.sqrt(spread), digits)
    extra = _correlations(table, covariance, len(spread), max(2, digits - 2))
    headings = [*columns, *(["Corr"] + [""] * (len(extra) - 1) if extra else [])]
    rows = list(zip(*columns.values(), *extra, strict=True))
    return left_aligned_lines([""] * len(rows), headings, rows)


def _group_names(table: VarCorrTable) -> list[str]:
    """Return the first column: the group once for each block, and the residual."""
    names: list[str] = []
    for place, size in enumerate(table.blocks):
        name = table.name if place == 0 else f"{table.name}.{place}"
        names += [name, *[""] * (size - 1)]
    return [*names, *([] if table.sc is None else ["Residual"])]


def _correlations(table: VarCorrTable, covariance: Floats, rows: int, digits: int) -> list[list[str]]:
    """Return columns of the correlations below the diagonal of each block."""
    deviations = np.sqrt(np.diag(covariance))
    width = max(table.blocks) - 1
    cells = [[""] * rows for _ in range(width)]
    start = 0
    for size in table.blocks:
        for i in range(1, size):
            for j in range(i):
                both = deviations[start + i] * deviations[start + j]
                value = covariance[start + i, start + j] / both if both > 0 else np.nan
                cells[j][start + i] = f"{value:.{digits}f}"
        start += size
    return cells
