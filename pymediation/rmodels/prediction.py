"""Predictions of regressions for rows of data with the variables of the formula."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from pymediation.errors import ArgumentError, ArgumentTypeError
from pymediation.rmodels.rows import DialectRows
from pymediation.rmodels.view import FitView, Floats
from pymediation.warn import warn

__all__ = ["new_rows", "predict_regression", "predict_rows"]

Kind = Literal["link", "response"]


def predict_regression(
    result: Any, view: FitView, newdata: pd.DataFrame | None, type: str | None, interval: str, level: float
) -> Any:
    """Predict from a linear or generalised linear model; see `pymediation.r.predict`."""
    kind = type if type is not None else "response" if view.linear else "link"
    if kind not in ("link", "response"):
        raise ArgumentError(f"`type` must be 'link' or 'response', not {kind!r}.")
    if interval not in ("none", "confidence", "prediction"):
        raise ArgumentError(f"`interval` must be 'none', 'confidence' or 'prediction', not {interval!r}.")
    if interval != "none":
        if not view.linear:
            raise ArgumentError("`interval` is for fits of lm(); for glm() use type='link' and vcov().")
        return _with_interval(view, result.model, newdata, interval, level)
    if hasattr(result.model, "r_view"):
        return predict_rows(result.model, newdata, kind)  # type: ignore[arg-type]
    which = {} if view.linear else {"which": "linear" if kind == "link" else "mean"}
    return result.predict(newdata, **which) if newdata is not None else _own(view, kind)


def predict_rows(model: Any, newdata: pd.DataFrame | None, kind: Kind) -> pd.Series:
    """Predict the rows of a DataFrame, or those of the fit, from a model of the dialect."""
    view: FitView = model.r_view
    if newdata is None:
        return _own(view, kind)
    X, offset = new_rows(model.model_frame, newdata)
    kept = ~view.fit.aliased
    if not kept.all():
        warn("Prediction from a rank-deficient fit: the coefficients that could not be estimated count as 0.")
    eta = X[:, kept] @ view.fit.coef[kept] + offset
    values = eta if kind == "link" else _means(view, eta)
    return pd.Series(values, index=newdata.index)


def _own(view: FitView, kind: str) -> pd.Series:
    """Return the predictions of the rows of the fit."""
    values = view.fit.linear_predictor if kind == "link" else view.fit.fitted
    return pd.Series(values, index=view.index)


def _means(view: FitView, eta: Floats) -> Floats:
    """Return means, NaN where the linear predictor is."""
    return np.where(np.isnan(eta), np.nan, view.family.link.inverse(np.nan_to_num(eta)))


def new_rows(rows: DialectRows, newdata: Any) -> tuple[Floats, Floats]:
    """Return the design and the offset of new rows for a model fitted to `rows`."""
    if not isinstance(newdata, pd.DataFrame):
        raise ArgumentTypeError(f"`newdata` must be a DataFrame, not {type(newdata).__name__}.")
    offset = np.zeros(len(newdata))
    inside = rows.design.offset(newdata)
    if inside is not None:
        offset = offset + inside
    if rows.array_offset:
        raise ArgumentError(
            "The model was fitted with offset= given as values, which new rows do not have. Give the offset "
            "as an expression of columns, offset='log(n)', or in the formula."
        )
    return rows.design.matrix(newdata), offset


def _with_interval(
    view: FitView, model: Any, newdata: pd.DataFrame | None, interval: str, level: float
) -> pd.DataFrame:
    """Return predictions of a linear model with limits."""
    from scipy.special import stdtrit

    fit = _own(view, "response") if newdata is None else predict_rows(model, newdata, "response")
    X = view.X if newdata is None else new_rows(model.model_frame, newdata)[0]
    kept = ~view.fit.aliased
    cov = view.fit.cov[np.ix_(kept, kept)]
    variance = np.einsum("ij,jk,ik->i", X[:, kept], cov, X[:, kept])
    if interval == "prediction":
        variance = variance + view.fit.dispersion
    half = float(stdtrit(view.fit.df_residual, (1 + level) / 2)) * np.sqrt(variance)
    return pd.DataFrame({"fit": fit, "lwr": fit - half, "upr": fit + half})
