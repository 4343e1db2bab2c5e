"""The one form in which every fitted model reaches the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import estimating
from pymediation.kinds import Fit, ModelKind, Refitted
from pymediation.kinds.base import Counts, Drawn
from pymediation.rows import LevelCodes, ModelRows, Response

__all__ = ["FittedModel", "Refitter", "Response", "Role", "refitted", "take_rows"]

Role = Literal["mediator", "outcome", "treatment"]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FittedModel(ModelRows):
    """A fitted model of n rows on k columns, independent of the library it came from.

    Attributes
    ----------
    role : {"mediator", "outcome", "treatment"}
        Its part in the analysis; named in every message.
    label : str
        What the user passed, e.g. ``"statsmodels GLM (binomial, probit)"``.
    kind : ModelKind
        How it is fitted, resampled, drawn from and reported.
    fit : Fit
        The estimates, by R's rules.
    source : object
        The user's fitted object.
    covariance : ndarray, shape (k, k), or None
        A robust covariance the user chose at fit time; None for the model-based one.
    cov_type : str
        Name of that covariance.
    """

    role: Role
    label: str
    kind: ModelKind
    fit: Fit
    source: object
    covariance: FloatArray | None = None
    cov_type: str = "nonrobust"

    @classmethod
    def of(cls, rows: ModelRows, **more: Any) -> FittedModel:
        """Return the fitted model of some rows; `more` are the fields beyond those of the rows."""
        return cls(**{field.name: getattr(rows, field.name) for field in fields(ModelRows)}, **more)


@dataclass(frozen=True, slots=True, eq=False)
class Refitter:
    """What refits a model to resamples of its rows, and no more than that: it may travel.

    Attributes
    ----------
    rows : ModelRows
        Numbers alone, see `ModelRows.numbers`.
    kind : ModelKind
    levels : mapping
        ``model.level_codes()``. A resample that lacks a level cannot predict the rows that have it and counts
        as failed. Any other column that vanishes gets the coefficient 0, as in R.
    """

    rows: ModelRows
    kind: ModelKind
    levels: Mapping[str, LevelCodes]

    @classmethod
    def of(cls, model: FittedModel) -> Refitter:
        """Return what refits a model."""
        return cls(model.numbers(), model.kind, model.level_codes())

    def __call__(self, counts: Counts, drawn: Drawn) -> Refitted:
        """Refit the model.

        Parameters
        ----------
        counts : ndarray of int, shape (R, n)
            How often each row is in each resample.
        drawn : ndarray of int, shape (R, n), or None
            The rows in the order they were drawn.
        """
        fits = self.kind.refit(self.rows, counts, drawn)
        return replace(fits, failures={**fits.failures, **_absent_levels(counts, self.levels)})


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
    if not relearn:
        return refitted(model.take(rows))
    frame = model.frame.iloc[rows].reset_index(drop=True)
    design = model.design.relearn(frame)
    taken = model.take(rows, design=design, X=design.matrix(frame))
    if taken.grouping is not None:
        taken = replace(taken, grouping=taken.grouping.relearn(frame))
    return refitted(taken)


def refitted(model: FittedModel) -> FittedModel:
    """Return the model with its estimates computed anew from its rows."""
    with estimating(f"The {model.role} model ({model.label}), fitted anew,"):
        return replace(model, fit=model.kind.fit(model))
