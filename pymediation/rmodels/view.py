"""One view of a fitted regression, whichever function fitted it, for the generic functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import ArgumentError
from pymediation.families import Family
from pymediation.fits import LinearFit, fit_glm

__all__ = ["FitView", "null_deviance", "residual_values"]

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
