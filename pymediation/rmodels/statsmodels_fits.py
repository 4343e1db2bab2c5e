"""Results of statsmodels that carry R's estimates. Imported when a model is first fitted."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.genmod import families as sm_families
from statsmodels.genmod.generalized_linear_model import GLM, GLMResults, GLMResultsWrapper
from statsmodels.regression.linear_model import OLS, WLS, RegressionResults, RegressionResultsWrapper
from statsmodels.tools.sm_exceptions import DomainWarning

from pymediation.errors import UnsupportedModelError
from pymediation.families import Family
from pymediation.rmodels.prediction import predict_rows
from pymediation.rmodels.rows import DialectRows
from pymediation.rmodels.short_print import short_text
from pymediation.rmodels.view import FitView, residual_values

__all__ = ["GlmFit", "GlmResults", "LmFit", "LmResults", "results_of"]

_LINKS = {
    "identity": "Identity",
    "log": "Log",
    "logit": "Logit",
    "probit": "Probit",
    "cloglog": "CLogLog",
    "loglog": "LogLog",
    "cauchit": "Cauchy",
    "inverse": "InversePower",
    "1/mu^2": "InverseSquared",
}
_FAMILIES = {
    "gaussian": "Gaussian",
    "binomial": "Binomial",
    "quasibinomial": "Binomial",
    "poisson": "Poisson",
    "quasipoisson": "Poisson",
    "Gamma": "Gamma",
    "inverse.gaussian": "InverseGaussian",
    "quasi": "Gaussian",
}


class _Components:
    """Components of R's fits under R's names, with underscores for dots, beside those of statsmodels."""

    model: Any

    @property
    def coefficients(self) -> pd.Series:
        """Coefficients by R's names, NaN where one could not be estimated."""
        view = self.model.r_view
        return pd.Series(view.fit.coef, index=list(view.names))

    @property
    def residuals(self) -> pd.Series:
        """Residuals, as in R those of the last iteration of a generalised linear model."""
        view = self.model.r_view
        return pd.Series(residual_values(view, "working"), index=view.index)

    @property
    def fitted_values(self) -> pd.Series:
        """Fitted means."""
        return pd.Series(self.model.r_view.fit.fitted, index=self.model.r_view.index)

    @property
    def df_residual(self) -> int:
        """Residual degrees of freedom."""
        return int(self.model.r_view.fit.df_residual)


class LmResults(_Components, RegressionResults):
    """A least-squares fit whose ``predict`` takes rows of data with the variables of the formula."""

    def predict(self, exog: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Predict the rows of a DataFrame, or do as statsmodels does with a matrix of regressors."""
        if exog is None or isinstance(exog, pd.DataFrame):
            return predict_rows(self.model, exog, "response")
        return super().predict(exog, *args, **kwargs)


class GlmResults(_Components, GLMResults):
    """A generalised linear model whose ``predict`` takes rows of data with the variables of the formula."""

    def predict(self, exog: Any = None, *args: Any, which: str = "mean", **kwargs: Any) -> Any:
        """Predict the rows of a DataFrame, or do as statsmodels does with a matrix of regressors."""
        if (exog is None or isinstance(exog, pd.DataFrame)) and which in ("mean", "linear"):
            return predict_rows(self.model, exog, "response" if which == "mean" else "link")
        return super().predict(exog, *args, which=which, **kwargs)


class _Printed:
    """A fit that prints as R's do."""

    def __str__(self) -> str:
        """Return R's text: the call and the coefficients."""
        return short_text(self.model.r_view)  # type: ignore[attr-defined]

    __repr__ = __str__


class LmFit(_Printed, RegressionResultsWrapper):
    """What ``lm`` returns: a least-squares result of statsmodels that prints as R's."""


class GlmFit(_Printed, GLMResultsWrapper):
    """What ``glm`` returns: a result of statsmodels that prints as R's."""


def results_of(view: FitView, rows: DialectRows) -> Any:
    """Return the statsmodels result of a fit; what R knows besides hangs on its ``model``.

    Parameters
    ----------
    view : FitView
        The fit.
    rows : DialectRows
        The rows it was fitted to.

    Returns
    -------
    LmFit or GlmFit
    """
    exog = pd.DataFrame(view.X[:, ~view.fit.aliased], columns=view.kept, index=view.index)
    endog = pd.Series(view.y, index=view.index, name=rows.response.text)
    model = _linear_model(view, endog, exog) if view.linear else _generalised_model(view, endog, exog)
    model.df_resid = float(view.fit.df_residual)
    model.df_model = float(view.fit.rank - view.intercept)
    model.rank = view.fit.rank
    model.model_frame, model.r_view = rows, view
    model.r_family, model.r_fit, model.r_call = view.family, view.fit, view.call
    model.formula = view.formula
    kept = ~view.fit.aliased
    estimates = (view.fit.coef[kept], view.fit.unscaled_cov[np.ix_(kept, kept)], view.fit.dispersion)
    if view.linear:
        return LmFit(LmResults(model, *estimates))
    results = GlmResults(model, *estimates, cov_type="nonrobust", use_t=not view.family.dispersion_known)
    results.method, results.converged = "IRLS", view.fit.converged
    results.fit_history = {"iteration": view.fit.iterations, "deviance": [view.fit.deviance]}
    return GlmFit(results)


def _linear_model(view: FitView, endog: pd.Series, exog: pd.DataFrame) -> Any:
    """Return the OLS or WLS model; it has no offset, so the offset is taken off the response."""
    if view.offset is not None:
        endog = endog - view.offset
    return OLS(endog, exog) if view.weights is None else WLS(endog, exog, weights=view.weights)


def _generalised_model(view: FitView, endog: pd.Series, exog: pd.DataFrame) -> Any:
    """Return the GLM; quasi families become the family with the same variance."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomainWarning)  # R allows the link, and so do we
        family = _family(view.family)
        model = GLM(endog, exog, family=family, offset=view.offset, var_weights=view.weights)
    model.scaletype = None if view.family.dispersion_known else "X2"
    return model


def _family(family: Family) -> Any:
    """Return the nearest family of statsmodels."""
    links, name = sm_families.links, family.link.name
    if name not in _LINKS and name != "sqrt":
        raise UnsupportedModelError(f"glm() has no link {name!r}; links: {', '.join((*_LINKS, 'sqrt'))}.")
    link = links.Power(0.5) if name == "sqrt" else getattr(links, _LINKS[name])()
    if family.name == "Negative Binomial":
        return sm_families.NegativeBinomial(link, alpha=1.0 / float(family.theta or np.nan))
    return getattr(sm_families, _FAMILIES[family.name])(link)
