"""The one form in which every fitted model reaches the engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

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


def refit_replicates(model: FittedModel, counts: NDArray[np.integer]) -> ReplicateFits:
    """Refit a model to resamples of its rows.

    Parameters
    ----------
    model : FittedModel
    counts : ndarray of int, shape (R, n)
        How often each row is in each resample.
    """
    if model.linear:
        return fit_ols_replicates(model.y, model.X, counts, model.prior_weights, model.offset)
    return fit_glm_replicates(model.y, model.X, model.family, counts, model.prior_weights, model.offset)


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
