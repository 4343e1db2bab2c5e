"""What R's generic functions ask of a fitted model, whichever function fitted it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentError, UnknownNameError, UnsupportedModelError, did_you_mean
from pymediation.report.numbers import format_numbers
from pymediation.rmodels.rows import DialectRows, Floats

__all__ = [
    "FormulaFit",
    "ModelMethods",
    "check_level",
    "chosen_names",
    "limit_names",
    "on_rows",
    "wald_intervals",
]


class ModelMethods(ABC):
    """The generic functions as methods; what a model does not have, it refuses by name."""

    __slots__ = ()

    @property
    @abstractmethod
    def formula(self) -> str:
        """The formula as R writes it."""

    @abstractmethod
    def coef(self) -> pd.Series:
        """Return the coefficients by R's names."""

    @property
    def coefficients(self) -> Any:
        """The coefficients, as R's ``fit$coefficients``."""
        return self.coef()

    @abstractmethod
    def vcov(self) -> pd.DataFrame:
        """Return the covariance matrix of the parameters, by R's names."""

    @abstractmethod
    def predict(self, newdata: pd.DataFrame | None = None, type: str | None = None) -> Any:
        """Predict the rows of a DataFrame, or those of the fit."""

    @abstractmethod
    def summary(self) -> Any:
        """Return the summary, which prints R's text."""

    @abstractmethod
    def nobs(self) -> int | float:
        """Return the number of observations."""

    @abstractmethod
    def logLik(self) -> float:
        """Return the log-likelihood."""

    @abstractmethod
    def model_matrix(self) -> pd.DataFrame:
        """Return the design matrix with R's column names."""

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """Number of parameters that Akaike's criterion counts."""

    def AIC(self, k: float = 2.0) -> float:
        """Return ``-2 logLik + k p``."""
        return -2 * self.logLik() + k * self.n_parameters

    def BIC(self) -> float:
        """Return Akaike's criterion with the logarithm of the number of observations as penalty."""
        return self.AIC(float(np.log(self.nobs())))

    def confint(self, parm: str | Sequence[str] | None = None, level: float = 0.95) -> pd.DataFrame:
        """Return confidence intervals of the coefficients."""
        return self.confint_default(parm, level)

    def confint_default(self, parm: str | Sequence[str] | None = None, level: float = 0.95) -> pd.DataFrame:
        """Return confidence intervals from the normal quantile."""
        from scipy.special import ndtri

        return wald_intervals(self, parm, level, float(ndtri((1 + level) / 2)))

    def residuals(self, type: str | None = None) -> pd.Series:
        """Return the residuals."""
        self._refuse("residuals")

    def fitted(self) -> Any:
        """Return the fitted values."""
        self._refuse("fitted values")

    def deviance(self) -> float:
        """Return the deviance."""
        self._refuse("deviance")

    def df_residual(self) -> int | float:
        """Return the residual degrees of freedom."""
        self._refuse("residual degrees of freedom")

    def sigma(self) -> float:
        """Return the residual standard deviation."""
        self._refuse("residual standard deviation")

    def _refuse(self, what: str) -> NoReturn:
        """Say that there is no such thing, as in R."""
        raise UnsupportedModelError(f"R has no {what} of {self.__class__.__name__} ({self.formula}).")


class FormulaFit(ModelMethods):
    """A model of the dialect that keeps the rows it was fitted to; subclasses have `rows` and `call`."""

    __slots__ = ()

    rows: DialectRows
    call: str

    @property
    def formula(self) -> str:
        """The formula as R writes it."""
        return self.rows.formula

    def model_matrix(self) -> pd.DataFrame:
        """Return the design matrix with R's column names."""
        return pd.DataFrame(self.rows.X, index=self.rows.index, columns=list(self.rows.design.names))

    def __str__(self) -> str:
        coefficients = self.coef()
        texts = format_numbers(coefficients, 7)
        width = max((len(str(name)) for name in coefficients.index), default=0)
        lines = [f"{name!s:<{width}}  {text}" for name, text in zip(coefficients.index, texts, strict=True)]
        return "\n".join(["Call:", self.call, "", "Coefficients:", *lines])

    __repr__ = __str__


def on_rows(rows: DialectRows, values: Floats) -> pd.Series:
    """Return values on the index of the rows of a fit."""
    return pd.Series(values, index=rows.index)


def wald_intervals(
    model: ModelMethods, parm: str | Sequence[str] | None, level: float, quantile: float
) -> pd.DataFrame:
    """Return estimates plus and minus a multiple of their standard errors."""
    check_level(level)
    estimates, covariance = model.coef(), model.vcov()
    names = chosen_names(list(estimates.index), parm)
    errors = pd.Series(np.sqrt(np.diag(covariance)), index=covariance.index)[names]
    half, centre = quantile * errors.to_numpy(), estimates[names].to_numpy()
    return pd.DataFrame(
        np.column_stack([centre - half, centre + half]), index=names, columns=limit_names(level)
    )


def check_level(level: float) -> None:
    """Refuse a confidence level outside (0, 1)."""
    if not 0 < level < 1:
        raise ArgumentError(f"`level` must be between 0 and 1, got {level!r}.")


def chosen_names(known: Sequence[str], parm: str | Sequence[str] | None) -> list[str]:
    """Return the names of the coefficients asked for."""
    names = list(known) if parm is None else [parm] if isinstance(parm, str) else list(parm)
    for name in names:
        if name not in known:
            raise UnknownNameError(
                f"`parm`: there is no coefficient {name!r}; there are {', '.join(known)}."
                f"{did_you_mean(name, known)}"
            )
    return names


def limit_names(level: float) -> list[str]:
    """Name the two limits as R does."""
    tails = [50 * (1 - level), 50 * (1 + level)]
    return [f"{text.strip()} %" for text in format_numbers(tails, 3)]
