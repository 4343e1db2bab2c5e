"""``summary(survreg)``: the numbers, and R's text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pymediation.report.coefficients import coefficient_lines
from pymediation.report.numbers import format_numbers, round_to_decimals
from pymediation.rmodels.printing import ModelSummary, missing_lines, significant

if TYPE_CHECKING:
    from pymediation.rmodels.survival_models import SurvregFit

__all__ = ["SummarySurvreg", "summarize_survreg"]

_DIGITS = 3
_TITLES = {
    "extreme": "Extreme value distribution",
    "logistic": "Logistic distribution",
    "gaussian": "Gaussian distribution",
    "t": "Student-t distribution: parmameters= 4",  # R's spelling
    "weibull": "Weibull distribution",
    "exponential": "Exponential distribution",
    "rayleigh": "Rayleigh distribution",
    "lognormal": "Log Normal distribution",
    "loggaussian": "Log Normal distribution",
    "loglogistic": "Log logistic distribution",
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SummarySurvreg(ModelSummary):
    r"""The summary of a survival regression; printing it gives R's text.

    Attributes
    ----------
    call : str
        The call.
    coefficients : DataFrame
        A row per coefficient and, if the scale was estimated, one for ``Log(scale)``: ``Value``,
        ``Std. Error``, ``z``, ``p``.
    dist : str
        R's name of the distribution.
    scale : float
        :math:`\sigma`.
    scale_estimated : bool
        Whether it was estimated.
    loglik, null_loglik : float
        Log-likelihood of the model, and of the one with the intercept only.
    df : int
        Coefficients besides the intercept.
    iterations : int
        Steps of the search, which starts elsewhere than R's.
    n, n_missing : int
        Rows used, and rows left out because a value was missing.
    """

    call: str
    coefficients: pd.DataFrame
    dist: str
    scale: float
    scale_estimated: bool
    loglik: float
    null_loglik: float
    df: int
    iterations: int
    n: int
    n_missing: int

    @property
    def chisq(self) -> float:
        """Twice the difference of the two log-likelihoods."""
        return 2 * (self.loglik - self.null_loglik)

    def __str__(self) -> str:
        scale = format_numbers([self.scale], _DIGITS)[0]
        missing = missing_lines(self.n_missing)
        lines = ["", "Call:", self.call, *self._table(), ""]
        lines += [f"Scale= {scale} " if self.scale_estimated else f"Scale fixed at {scale} ", ""]
        lines += [_TITLES[self.dist], *self._fit_lines()]
        lines += [f"Number of Newton-Raphson Iterations: {self.iterations} "]
        lines += [f"n={self.n} {missing[0]}" if missing else f"n= {self.n} ", ""]
        return "\n".join(lines)

    def _table(self) -> list[str]:
        """Write the table of coefficients, NA where one could not be estimated."""
        values = self.coefficients.to_numpy()
        return coefficient_lines(
            [str(name) for name in self.coefficients.index],
            list(self.coefficients.columns),
            values,
            digits=_DIGITS,
            p_column=True,
            coefficient_columns=(0, 1),
            test_column=2,
            na=np.isnan(values),
            stars=False,
        )

    def _fit_lines(self) -> list[str]:
        """Write log-likelihoods and the test of all coefficients."""
        from scipy.special import chdtrc

        model, null = (_rounded(value, 1) for value in (self.loglik, self.null_loglik))
        lines = [f"Loglik(model)= {model}   Loglik(intercept only)= {null}"]
        if self.df > 0:
            p = format_numbers([significant(float(chdtrc(self.df, max(self.chisq, 0.0))), 2)])[0]
            lines.append(f"\tChisq= {_rounded(self.chisq, 2)} on {self.df} degrees of freedom, p= {p} ")
        return lines


def summarize_survreg(fit: SurvregFit) -> SummarySurvreg:
    """Summarise a survival regression."""
    from scipy.special import ndtr

    covariance = fit.vcov()
    estimates = fit.fit.parameters
    errors = np.sqrt(np.diag(covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = estimates / errors
    table = np.column_stack([estimates, errors, z, 2 * ndtr(-np.abs(z))])
    return SummarySurvreg(
        call=fit.call,
        coefficients=pd.DataFrame(table, index=covariance.index, columns=["Value", "Std. Error", "z", "p"]),
        dist=fit.dist,
        scale=fit.scale,
        scale_estimated=fit.fit.scale_estimated,
        loglik=fit.fit.loglik,
        null_loglik=fit.null_loglik,
        df=len(fit.coef()) - 1,
        iterations=fit.fit.iterations,
        n=fit.nobs(),
        n_missing=fit.rows.n_missing,
    )


def _rounded(x: float, decimals: int) -> str:
    """Write a number with at most so many decimals and seven digits."""
    return format_numbers(round_to_decimals([x], decimals))[0]
