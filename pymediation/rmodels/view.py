"""One view of a fitted regression, whichever function fitted it, for the generic functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import ArgumentError, UnsupportedModelError
from pymediation.families import Family
from pymediation.fits import LinearFit, fit_glm

__all__ = ["FitView", "null_deviance", "residual_values", "view_of"]

Floats = NDArray[np.float64]

_LM_RESIDUALS = ("response", "working", "pearson", "deviance")
_GLM_RESIDUALS = ("deviance", "pearson", "working", "response")


@dataclass(frozen=True, slots=True, eq=False)
class FitView:
    """A linear or generalised linear model of n rows and k columns.

    Attributes
    ----------
    linear : bool
        Fitted by least squares: R's class ``lm`` and not ``glm``.
    family : Family
        Distribution and link.
    fit : LinearFit
        The estimates.
    names : tuple of str
        Names of the k columns, aliased ones included.
    X : ndarray, shape (n, k)
        Design matrix.
    y : ndarray, shape (n,)
        Response on the scale of the mean.
    weights : ndarray, shape (n,), or None
        Prior weights of the fit, numbers of trials included.
    trials : ndarray, shape (n,), or None
        Numbers of trials behind binomial proportions.
    offset : ndarray, shape (n,), or None
        Known part of the linear predictor.
    index : Index
        Labels of the n rows.
    intercept : bool
        Whether the model has one.
    call : str
        The call as R prints it.
    formula : str
        The formula as R writes it.
    n_missing : int
        Rows left out because a value was missing.
    array_offset : bool
        Whether the offset was given as values, which new rows cannot be given.
    """

    linear: bool
    family: Family
    fit: LinearFit
    names: tuple[str, ...]
    X: Floats
    y: Floats
    weights: Floats | None
    trials: Floats | None
    offset: Floats | None
    index: pd.Index
    intercept: bool
    call: str
    formula: str
    n_missing: int = 0
    array_offset: bool = False

    @property
    def prior_weights(self) -> Floats:
        """Prior weights, ones where there are none."""
        return np.ones_like(self.y) if self.weights is None else self.weights

    @property
    def kept(self) -> list[str]:
        """Names of the columns that are not aliased."""
        return [name for name, aliased in zip(self.names, self.fit.aliased, strict=True) if not aliased]


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
    from pymediation.adapters.families import family_of

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


def residual_values(view: FitView, kind: str | None = None) -> Floats:
    """Return residuals of a kind; R's default is response for ``lm`` and deviance for ``glm``."""
    accepted = _LM_RESIDUALS if view.linear else _GLM_RESIDUALS
    chosen = accepted[0] if kind is None else kind
    if chosen not in accepted:
        raise ArgumentError(f"`type` must be one of {', '.join(accepted)}, not {chosen!r}.")
    raw = view.y - view.fit.fitted
    if chosen == "response" or (view.linear and chosen == "working"):
        return raw
    if chosen == "working":
        return view.fit.working_residuals
    if view.linear or chosen == "pearson":
        return raw * np.sqrt(view.prior_weights / view.family.variance(view.fit.fitted))
    share = view.family.unit_deviance(view.y, view.fit.fitted, view.prior_weights)
    return np.sqrt(np.maximum(share, 0.0)) * np.where(view.y > view.fit.fitted, 1.0, -1.0)


def null_deviance(view: FitView) -> float:
    """Return the deviance of the model that has the intercept (if the model has one) and the offset only."""
    weights = view.prior_weights
    offset = np.zeros_like(view.y) if view.offset is None else view.offset
    if not view.intercept:
        means = np.asarray(view.family.link.inverse(offset))
    elif np.any(offset != 0):
        ones = np.ones((view.y.size, 1))
        return fit_glm(view.y, ones, view.family, weights=weights, offset=offset).deviance
    else:
        means = np.full_like(view.y, np.average(view.y, weights=weights))
    return float(np.sum(view.family.unit_deviance(view.y, means, weights)))
