"""Results of statsmodels as R's generic functions see them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pymediation.adapters.families import family_of
from pymediation.errors import UnsupportedModelError
from pymediation.families import Family
from pymediation.fits import LinearFit
from pymediation.rmodels.view import FitView, Floats

__all__ = ["view_of"]


def view_of(result: Any) -> FitView:
    """Return the view of a fit of the dialect, or of an OLS, WLS or GLM result of statsmodels."""
    model = getattr(result, "model", None)
    view = getattr(model, "r_view", None)
    if isinstance(view, FitView):
        return view
    kinds = {cls.__name__ for cls in type(model).__mro__}
    if not kinds & {"OLS", "WLS", "GLM"}:
        raise UnsupportedModelError(
            f"A {type(result).__name__} is not a fit of lm() or glm(), nor an OLS, WLS or GLM result of "
            "statsmodels."
        )
    return _view_of_statsmodels(result, linear="GLM" not in kinds)


def _view_of_statsmodels(result: Any, *, linear: bool) -> FitView:
    """Read a result of statsmodels as it is, with its own names and estimates."""
    model = result.model
    family = family_of(result, "OLS" if linear else "GLM", "outcome")
    X, y = np.asarray(model.exog, dtype=float), np.asarray(model.endog, dtype=float)
    parts = ("weights",) if linear else ("var_weights", "freq_weights", "n_trials")
    weights = np.ones_like(y)
    for part in parts:
        weights = weights * np.asarray(getattr(model, part, 1.0), dtype=float)
    index = result.fittedvalues.index if hasattr(result.fittedvalues, "index") else pd.RangeIndex(y.size)
    formula = model.formula if isinstance(getattr(model, "formula", None), str) else ""
    return FitView(
        linear=linear,
        family=family,
        fit=_fit_of_statsmodels(result, family, X, y, weights, linear=linear),
        names=tuple(map(str, model.exog_names)),
        X=X,
        y=y,
        weights=None if np.all(weights == 1) else weights,
        trials=None if linear or np.all(model.n_trials == 1) else np.asarray(model.n_trials, dtype=float),
        offset=None if linear else np.asarray(model._offset_exposure, dtype=float) + np.zeros_like(y),
        index=index,
        intercept=bool(model.k_constant) if linear else bool(model.data.k_constant),
        call=f"{type(model).__name__}({formula or ' + '.join(map(str, model.exog_names))})",
        formula=formula,
        n_missing=len(getattr(model.data, "missing_row_idx", None) or ()),
    )


def _fit_of_statsmodels(
    result: Any, family: Family, X: Floats, y: Floats, weights: Floats, *, linear: bool
) -> LinearFit:
    """Arrange the estimates of a statsmodels result."""
    k = X.shape[1]
    eta = np.asarray(result.predict(which="linear")) if not linear else np.asarray(result.fittedvalues)
    mu = np.asarray(family.link.inverse(eta))
    slope = np.asarray(family.link.derivative(eta))
    return LinearFit(
        coef=np.asarray(result.params, dtype=float),
        unscaled_cov=np.asarray(result.cov_params(), dtype=float) / float(result.scale),
        dispersion=float(result.scale),
        df_residual=int(result.df_resid),
        rank=k,
        converged=bool(getattr(result, "converged", True)),
        iterations=1 if linear else int((getattr(result, "fit_history", None) or {}).get("iteration", 0)),
        deviance=float(np.sum(family.unit_deviance(y, mu, weights))),
        working_weights=weights * slope**2 / np.asarray(family.variance(mu)),
        working_residuals=(y - mu) / slope,
        fitted=mu,
        linear_predictor=eta,
        aliased=np.zeros(k, dtype=bool),
        separation=False,
    )
