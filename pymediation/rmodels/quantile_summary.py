"""``summary(rq, se = "nid")``: the numbers, and R's text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pymediation.report.numbers import format_numbers
from pymediation.rmodels.printing import ModelSummary, cells_in_one_format, left_aligned_lines

if TYPE_CHECKING:
    from pymediation.rmodels.quantile_models import RqFit

__all__ = ["SummaryRq", "summarize_rq"]

_DECIMALS = 5


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SummaryRq(ModelSummary):
    """The summary of a quantile regression; printing it gives R's text.

    Attributes
    ----------
    call : str
        The call.
    tau : float
        The quantile.
    coefficients : DataFrame
        A row per coefficient: ``Value``, ``Std. Error``, ``t value``, ``Pr(>|t|)``.
    rdf : int
        Residual degrees of freedom, those of the t distribution.
    """

    call: str
    tau: float
    coefficients: pd.DataFrame
    rdf: int

    def __str__(self) -> str:
        cells = cells_in_one_format(self.coefficients.to_numpy(), _DECIMALS)
        table = left_aligned_lines(list(self.coefficients.index), list(self.coefficients.columns), cells)
        tau = format_numbers([self.tau])[0]
        return "\n".join(["", f"Call: {self.call}", "", f"tau: [1] {tau}", "", "Coefficients:", *table])


def summarize_rq(fit: RqFit) -> SummaryRq:
    """Summarise a quantile regression."""
    from scipy.special import stdtr

    estimates, errors, rdf = fit.coef(), np.sqrt(np.diag(fit.vcov())), fit.df_residual()
    statistic = estimates / errors
    p = 2 * stdtr(rdf, -np.abs(statistic))
    columns = {"Value": estimates, "Std. Error": errors, "t value": statistic, "Pr(>|t|)": p}
    return SummaryRq(fit.call, fit.tau, pd.DataFrame(columns), rdf)
