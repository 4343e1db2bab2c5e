"""The one form in which every fitted model reaches the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.design import Design
from pymediation.families import Family
from pymediation.fits import (
    LinearFit,
    ReplicateFits,
    fit_glm,
    fit_glm_replicates,
    fit_ols,
    fit_ols_replicates,
)

__all__ = ["FittedModel", "Response", "Role", "fit_rows", "refit_replicates", "take_rows"]

Role = Literal["mediator", "outcome"]
FloatArray = NDArray[np.float64]
LevelCodes = tuple[NDArray[np.intp], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Response:
    """The left side of a model.

    Attributes
    ----------
    text : str
        As the model writes it.
    variable : str
        The column behind it, wrappers such as ``C()`` or ``scale()`` removed.
    levels : tuple or None
        For a factor response of a binomial model: the levels that the modelled values 0 and 1 stand for.
    """

    text: str
    variable: str
    levels: tuple[object, object] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FittedModel:
    """A fitted regression of n rows on k columns, independent of the library it came from.

    Attributes
    ----------
    role : {"mediator", "outcome"}
        Its part in the analysis; named in every message.
    label : str
        What the user passed, e.g. ``"statsmodels GLM (binomial, probit)"``.
    linear : bool
        Fitted by least squares (R's class ``lm``), not by iterated scoring (``glm``).
    family : Family
        Response distribution and link.
    design : Design
        Rows to columns, in R's order.
    frame : DataFrame, n rows
        A private copy of the columns that `design` reads, for the rows used.
    X, y : ndarray, shapes (n, k) and (n,)
        What the model was fitted to.
    weights : ndarray, shape (n,), or None
        Sampling weights: they enter the fit and the averages over rows.
    trials : ndarray, shape (n,), or None
        Numbers of trials behind binomial proportions: they enter the fit only.
    offset : ndarray, shape (n,), or None
        Known part of the linear predictor (log exposure included).
    fit : LinearFit
        The estimates, by R's rules.
    response : Response
        The left side.
    positions : ndarray of int, shape (n,)
        Rows of the user's data that were used.
    index : Index, n labels
        Their labels.
    source : object
        The user's fitted object.
    data_id : int
        Identity of the user's data frame; equal for two models fitted to the same object.
    covariance : ndarray, shape (k, k), or None
        A robust covariance the user chose at fit time; None for the model-based one.
    cov_type : str
        Name of that covariance.
    formula : str
        The formula, or the list of columns.
    """

    role: Role
    label: str
    linear: bool
    family: Family
    design: Design
    frame: pd.DataFrame
    X: FloatArray
    y: FloatArray
    weights: FloatArray | None
    trials: FloatArray | None
    offset: FloatArray | None
    fit: LinearFit
    response: Response
    positions: NDArray[np.intp]
    index: pd.Index
    source: object
    data_id: int
    covariance: FloatArray | None
    cov_type: str
    formula: str

    def level_codes(self) -> Mapping[str, LevelCodes]:
        """For each categorical factor of the design, the code of its level in each row and the levels."""
        return self.design.level_codes(self.frame)

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.y.size

    @property
    def prior_weights(self) -> FloatArray | None:
        """Weights of the fit: sampling weights times numbers of trials."""
        if self.trials is None:
            return self.weights
        return self.trials if self.weights is None else self.trials * self.weights

    @property
    def identity_link(self) -> bool:
        """Whether the mean is the linear predictor itself."""
        return self.family.link.name == "identity"

    @property
    def shows_one_set(self) -> bool:
        """Whether R counts the model as linear when it decides how many effects to print."""
        return self.linear or (self.family.name == "gaussian" and self.identity_link)


def fit_rows(
    linear: bool,
    family: Family,
    y: FloatArray,
    X: FloatArray,
    weights: FloatArray | None,
    offset: FloatArray | None,
) -> LinearFit:
    """Fit a model by R's rules: least squares, or iteratively reweighted least squares."""
    if linear:
        return fit_ols(y, X, weights, offset)
    return fit_glm(y, X, family, weights, offset)


def refit_replicates(
    model: FittedModel, counts: NDArray[np.integer], levels: Mapping[str, LevelCodes]
) -> ReplicateFits:
    """Refit a model to resamples of its rows.

    Parameters
    ----------
    model : FittedModel
    counts : ndarray of int, shape (R, n)
        How often each row is in each resample.
    levels : mapping
        ``model.level_codes()``. A resample that lacks a level cannot predict the rows that have it and counts
        as failed. Any other column that vanishes gets the coefficient 0, as in R.
    """
    vanishing = np.zeros(model.X.shape[1], dtype=bool)
    arrays = (counts, model.prior_weights, model.offset)
    if model.linear:
        fits = fit_ols_replicates(model.y, model.X, *arrays, level_columns=vanishing)
    else:
        fits = fit_glm_replicates(model.y, model.X, model.family, *arrays, level_columns=vanishing)
    absent = _absent_levels(counts, levels)
    failed = fits.failed.copy()
    failed[list(absent)] = True
    return replace(fits, failed=failed, reason={**fits.reason, **absent})


def _absent_levels(counts: NDArray[np.integer], levels: Mapping[str, LevelCodes]) -> dict[int, str]:
    """Return the replicates that lack a level of a factor."""
    reasons: dict[int, str] = {}
    times = counts.astype(np.float32) if levels else counts
    for factor, (codes, labels) in levels.items():
        indicator = np.zeros((counts.shape[1], len(labels)), dtype=np.float32)
        indicator[np.arange(counts.shape[1]), codes] = 1
        lost = (times @ indicator == 0) & indicator.any(axis=0)
        for replicate in np.flatnonzero(lost.any(axis=1)):
            level = labels[int(np.argmax(lost[replicate]))]
            reasons.setdefault(int(replicate), f"level {level!r} of {factor!r} is absent from the resample")
    return reasons


def take_rows(model: FittedModel, rows: NDArray[np.intp], *, relearn: bool) -> FittedModel:
    """Return the model refitted to a selection of its rows, in the order given.

    Parameters
    ----------
    model : FittedModel
    rows : ndarray of int
        Positions within the model's own rows.
    relearn : bool
        Whether levels, knots and means are learnt anew, as fitting the formula to these rows would.
    """
    frame = model.frame.iloc[rows]
    design = model.design.relearn(frame) if relearn else model.design
    y, X = model.y[rows], design.matrix(frame)
    weights, trials, offset = (
        None if part is None else part[rows] for part in (model.weights, model.trials, model.offset)
    )
    moved = replace(
        model,
        frame=frame,
        design=design,
        X=X,
        y=y,
        weights=weights,
        trials=trials,
        offset=offset,
        positions=model.positions[rows],
        index=model.index[rows],
    )
    return replace(moved, fit=fit_rows(model.linear, model.family, y, X, moved.prior_weights, offset))
