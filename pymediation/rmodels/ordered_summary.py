"""``summary(polr)``: the numbers, and R's text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pymediation.report.matrix import matrix_lines
from pymediation.report.numbers import format_numbers
from pymediation.rmodels.printing import ModelSummary, cells_in_one_format, left_aligned_lines, missing_lines

if TYPE_CHECKING:
    from pymediation.rmodels.ordered_models import PolrFit

__all__ = ["SummaryPolr", "summarize_polr"]

_DIGITS = 4  # R prints with three digits fewer than its option `digits`, which is 7


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SummaryPolr(ModelSummary):
    """The summary of a model of ordered categories; printing it gives R's text.

    Attributes
    ----------
    call : str
        The call.
    coefficients : DataFrame
        A row per coefficient, then one per threshold: ``Value``, ``Std. Error``, ``t value``.
    n_coefficients : int
        How many of them are coefficients.
    deviance : float
        Minus twice the log-likelihood.
    edf : int
        Number of parameters.
    n_missing : int
        Rows left out because a value was missing.
    """

    call: str
    coefficients: pd.DataFrame
    n_coefficients: int
    deviance: float
    edf: int
    n_missing: int

    def __str__(self) -> str:
        lines = ["Call:", self.call, *self._coefficient_lines(), "", "Intercepts:", *self._threshold_lines()]
        lines += ["", f"Residual Deviance: {_with_decimals(self.deviance)} "]
        lines += [f"AIC: {_with_decimals(self.deviance + 2 * self.edf)} ", *missing_lines(self.n_missing)]
        return "\n".join(lines)

    def _coefficient_lines(self) -> list[str]:
        """Write the table of the coefficients, each column in its own format."""
        if self.n_coefficients == 0:
            return ["", "No coefficients"]
        table = self.coefficients.iloc[: self.n_coefficients]
        lines = matrix_lines(list(table.index), list(table.columns), table.to_numpy(), digits=_DIGITS)
        return ["", "Coefficients:", *lines]

    def _threshold_lines(self) -> list[str]:
        """Write the table of the thresholds, all numbers of the summary in one format."""
        cells = cells_in_one_format(self.coefficients.to_numpy(), _DIGITS)
        table = self.coefficients.iloc[self.n_coefficients :]
        return left_aligned_lines(list(table.index), list(table.columns), cells[self.n_coefficients :])


def summarize_polr(fit: PolrFit) -> SummaryPolr:
    """Summarise a model of ordered categories."""
    estimates = pd.concat([fit.coef(), fit.zeta])
    errors = np.sqrt(np.diag(fit.vcov()))
    columns = {"Value": estimates, "Std. Error": errors, "t value": estimates / errors}
    return SummaryPolr(
        call=fit.call,
        coefficients=pd.DataFrame(columns),
        n_coefficients=len(fit.coef()),
        deviance=fit.deviance(),
        edf=fit.n_parameters,
        n_missing=fit.rows.n_missing,
    )


def _with_decimals(x: float) -> str:
    """Write a number with seven digits and at least two decimals."""
    text = format_numbers([x])[0]
    decimals = len(text.partition(".")[2])
    return text if decimals >= 2 or "e" in text else f"{float(text):.2f}"
