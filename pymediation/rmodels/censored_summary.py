"""``summary(vglm)`` of a tobit model: the numbers, and R's text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pymediation.fits.tobit_scoring import (
    Limits,
    assemble_information,
    expected_information,
    vgam_cross_information,
)
from pymediation.report.coefficients import coefficient_lines
from pymediation.report.numbers import format_numbers, round_to_decimals
from pymediation.rmodels.printing import ModelSummary
from pymediation.rmodels.rows import Floats

if TYPE_CHECKING:
    from pymediation.rmodels.censored_models import TobitFit

__all__ = ["SummaryTobit", "summarize_tobit"]

_DIFFERENCE = 1e-3  # of a standard error: only the sign of the derivative counts
_DIGITS = 4  # R prints with three digits fewer than its option `digits`, which is 7


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SummaryTobit(ModelSummary):
    """The summary of a tobit model; printing it gives R's text.

    Attributes
    ----------
    call : str
        The call.
    coefficients : DataFrame
        A row per coefficient, log sd second: ``Estimate``, ``Std. Error``, ``z value``, ``Pr(>|z|)``.
    loglik : float
        Log-likelihood.
    df_residual : int
        Twice the number of rows less the number of coefficients.
    iterations : int
        Scoring iterations.
    hauck_donner : tuple of str
        Coefficients whose test statistic would fall if they moved further away from 0: for these Wald's test
        is not to be trusted.
    """

    call: str
    coefficients: pd.DataFrame
    loglik: float
    df_residual: int
    iterations: int
    hauck_donner: tuple[str, ...]

    def __str__(self) -> str:
        loglik = format_numbers(round_to_decimals([self.loglik], _DIGITS))[0]
        lines = ["", "Call:", self.call, "", "Coefficients: ", *self._table(), ""]
        lines += ["Names of linear predictors: mu, loglink(sd)", ""]
        lines += [f"Log-likelihood: {loglik} on {self.df_residual} degrees of freedom", ""]
        lines += [f"Number of Fisher scoring iterations: {self.iterations} ", ""]
        lines += [*self._hauck_donner_lines(), ""]
        return "\n".join(lines)

    def _hauck_donner_lines(self) -> list[str]:
        """Say which estimates have a test that is not to be trusted."""
        if not self.hauck_donner:
            return ["No Hauck-Donner effect found in any of the estimates"]
        names = ", ".join(f"'{name}'" for name in self.hauck_donner)
        return ["Warning: Hauck-Donner effect detected in the following estimate(s):", names]

    def _table(self) -> list[str]:
        """Write the table of coefficients."""
        return coefficient_lines(
            [str(name) for name in self.coefficients.index],
            list(self.coefficients.columns),
            self.coefficients.to_numpy(),
            digits=_DIGITS,
            p_column=True,
            coefficient_columns=(0, 1),
            test_column=2,
        )


def summarize_tobit(fit: TobitFit) -> SummaryTobit:
    """Summarise a tobit model.

    References
    ----------
    Yee, T. W. (2022). On the Hauck-Donner effect in Wald tests: Detection, tipping points, and parameter
    space characterization. Journal of the American Statistical Association 117, 1763-1774.
    """
    from scipy.special import ndtr

    estimates, errors = fit.coef(), np.sqrt(np.diag(fit.vcov()))
    z = estimates / errors
    columns = {"Estimate": estimates, "Std. Error": errors, "z value": z, "Pr(>|z|)": 2 * ndtr(-np.abs(z))}
    return SummaryTobit(
        call=fit.call,
        coefficients=pd.DataFrame(columns),
        loglik=fit.logLik(),
        df_residual=fit.df_residual(),
        iterations=fit.fit.iterations,
        hauck_donner=_hauck_donner(fit),
    )


def _hauck_donner(fit: TobitFit) -> tuple[str, ...]:
    r"""Return the coefficients whose Wald statistic falls as they move away from 0 (Yee 2022).

    The derivative of :math:`b / s(b)`, with the other coefficients held, has the sign of
    :math:`1 - b (s^2)' / (2 s^2)`.
    """
    place = np.append(fit.fit.coef, fit.fit.log_sd)
    variances = np.diag(_covariance(fit, place))
    found = []
    for j, step in enumerate(_DIFFERENCE * np.sqrt(variances)):
        shift = np.zeros(place.size)
        shift[j] = step
        ends = [_covariance(fit, place + sign * shift)[j, j] for sign in (1, -1)]
        slope = (ends[0] - ends[1]) / (2 * step)
        found.append(bool(1 - place[j] * slope / (2 * variances[j]) < 0))
    names = [fit.parameter_names[0], *fit.parameter_names[2:], fit.parameter_names[1]]
    effects = {name for name, effect in zip(names, found, strict=True) if effect}
    return tuple(name for name in fit.parameter_names if name in effects)


def _covariance(fit: TobitFit, place: Floats) -> Floats:
    """Return the inverse of VGAM's information at coefficients and log sd."""
    limits, X = Limits(fit.lower, fit.upper), fit.rows.X
    mu, sd = X @ place[:-1], float(np.exp(place[-1]))
    mean, spread, _ = expected_information(limits, mu, sd)
    weights = np.ones(len(X)) if fit.rows.weights is None else fit.rows.weights
    entries = (mean, spread, vgam_cross_information(limits, mu, sd))
    return np.asarray(np.linalg.inv(assemble_information(X, weights, entries)))
