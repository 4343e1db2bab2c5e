"""Linear and generalised linear models, of the dialect or of statsmodels, under R's generic functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pymediation.r.profile import profile_interval
from pymediation.r.summaries import SummaryGlm, SummaryLm, summarize
from pymediation.r.views import view_of
from pymediation.rmodels import likelihood
from pymediation.rmodels.model_methods import (
    ModelMethods,
    check_level,
    chosen_names,
    limit_names,
    wald_intervals,
)
from pymediation.rmodels.prediction import predict_regression
from pymediation.rmodels.view import FitView, residual_values

__all__ = ["Regression", "is_regression", "methods_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Regression(ModelMethods):
    """A result of statsmodels and its view."""

    result: Any
    view: FitView

    @property
    def formula(self) -> str:
        """The formula as R writes it."""
        return self.view.formula

    @property
    def n_parameters(self) -> int:
        """Number of coefficients that are not aliased, and the scale where it is estimated."""
        return likelihood.parameter_count(self.view)

    def coef(self) -> pd.Series:
        """Return the coefficients, NaN where one could not be estimated."""
        return pd.Series(self.view.fit.coef, index=list(self.view.names))

    def vcov(self) -> pd.DataFrame:
        """Return the covariance, NaN for coefficients that could not be estimated."""
        names = list(self.view.names)
        return pd.DataFrame(self.view.fit.cov, index=names, columns=names)

    def confint(self, parm: str | Sequence[str] | None = None, level: float = 0.95) -> pd.DataFrame:
        """Return intervals from the t quantile (linear models) or the profile likelihood."""
        from scipy.special import stdtrit

        view = self.view
        if view.linear:
            return wald_intervals(self, parm, level, float(stdtrit(view.fit.df_residual, (1 + level) / 2)))
        check_level(level)
        names = chosen_names(view.names, parm)
        columns = [view.names.index(name) for name in names]
        limits = [
            (np.nan, np.nan) if view.fit.aliased[column] else profile_interval(view, column, level)
            for column in columns
        ]
        return pd.DataFrame(limits, index=names, columns=limit_names(level))

    def residuals(self, type: str | None = None) -> pd.Series:
        """Return residuals of a kind."""
        return pd.Series(residual_values(self.view, type), index=self.view.index)

    def fitted(self) -> pd.Series:
        """Return the fitted means."""
        return pd.Series(self.view.fit.fitted, index=self.view.index)

    def nobs(self) -> int:
        """Return the number of rows with weight above 0."""
        return int(np.count_nonzero(self.view.prior_weights))

    def deviance(self) -> float:
        """Return the deviance."""
        return self.view.fit.deviance

    def df_residual(self) -> int:
        """Return the residual degrees of freedom."""
        return self.view.fit.df_residual

    def sigma(self) -> float:
        """Return the square root of deviance over degrees of freedom."""
        return float(np.sqrt(self.view.fit.deviance / self.view.fit.df_residual))

    def logLik(self) -> float:
        """Return the log-likelihood; NaN for quasi families."""
        return likelihood.log_likelihood(self.view)

    def model_matrix(self) -> pd.DataFrame:
        """Return the design matrix with R's column names."""
        return pd.DataFrame(self.view.X, index=self.view.index, columns=list(self.view.names))

    def predict(
        self,
        newdata: pd.DataFrame | None = None,
        type: str | None = None,
        interval: str = "none",
        level: float = 0.95,
    ) -> Any:
        """Predict means or linear predictors, of linear models with limits."""
        return predict_regression(self.result, self.view, newdata, type, interval, level)

    def summary(self) -> SummaryLm | SummaryGlm:
        """Return R's summary."""
        return summarize(self.view)


def is_regression(object: Any) -> bool:
    """Tell whether an object is a linear or generalised linear model of statsmodels."""
    kinds = {cls.__name__ for cls in type(getattr(object, "model", None)).__mro__}
    return bool(kinds & {"OLS", "WLS", "GLM"})


def methods_of(object: Any) -> ModelMethods:
    """Return the generic functions of a fitted model, or refuse what is not one."""
    return object if isinstance(object, ModelMethods) else Regression(object, view_of(object))
