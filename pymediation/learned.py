"""Learners with the counterfactual rows they are evaluated on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.columns import category_codes
from pymediation.engine.learned import Learners
from pymediation.engine.mediators import MediatorLaw
from pymediation.errors import DataMismatchError
from pymediation.fitted import FittedModel
from pymediation.kinds import LearnerFit
from pymediation.models import MediationModel
from pymediation.setting.counterfactual import Scenario, mediator_values, set_columns
from pymediation.setting.pairing import Pair

__all__ = ["learners_of"]

FloatArray = NDArray[np.float64]
Values = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class _Learner:
    """A learner and the rows it is refitted to.

    Attributes
    ----------
    model : MediationModel
    data : DataFrame, n rows
        Regressors and response.
    weights : ndarray, shape (n,), or None
    """

    model: MediationModel
    data: pd.DataFrame
    weights: FloatArray | None

    def refit(self, rows: NDArray[np.intp], rng: np.random.Generator) -> MediationModel:
        """Return the model fitted to a selection of the rows."""
        data = self.data.take(rows).reset_index(drop=True)
        return self.model.fit(data, None if self.weights is None else self.weights[rows], rng)

    def using(self, model: MediationModel) -> _Learner:
        """Return a model that was refitted, without the rows, which are not needed any more."""
        return _Learner(model, self.data.iloc[:0], None)


@dataclass(frozen=True, slots=True, eq=False)
class _Mediator:
    """A learner as mediator model, with the rows under treatment and under control."""

    learner: _Learner
    treated: pd.DataFrame
    control: pd.DataFrame
    categories: tuple[Any, ...] | None

    def refit(self, rows: NDArray[np.intp], rng: np.random.Generator) -> MediationModel:
        """Return its model refitted to rows of the data."""
        return self.learner.refit(rows, rng)

    def using(self, model: MediationModel) -> _Mediator:
        """Return it with a model that was refitted."""
        return replace(self, learner=self.learner.using(model))

    def mediators(self, rng: np.random.Generator) -> Values:
        """Draw all rows in both arms; of categories the codes."""
        M1, M0 = self.learner.model.draw(self.treated, self.control, rng)
        return self._checked(M1), self._checked(M0)

    def _checked(self, drawn: Any) -> NDArray[Any]:
        """Return draws as numbers or codes, after requiring one per row."""
        values = np.asarray(drawn)
        if values.shape != (len(self.treated),):
            msg = f"draw() must return one value per row for each arm; got shape {values.shape}"
            raise DataMismatchError(msg)
        return values.astype(float) if self.categories is None else category_codes(values, self.categories)


@dataclass(frozen=True, slots=True, eq=False)
class _Outcome:
    """A learner as outcome model.

    Attributes
    ----------
    learner : _Learner
    stacked : DataFrame, 4n rows
        The rows under treatment, twice, then under control, twice.
    mediator : str
        Column of the mediator.
    values : ndarray, shape (K,), or None
        What the drawn codes 0, 1, ... of a mediator stand for; None for numbers.
    averaging : ndarray, shape (n,)
        Weights of the rows: summing to one, or not where these are a block of more.
    n_classes : int
        Number of classes whose probabilities are predicted; 0 for means.
    """

    learner: _Learner
    stacked: pd.DataFrame
    mediator: str
    values: NDArray[Any] | None
    averaging: FloatArray
    n_classes: int

    def refit(self, rows: NDArray[np.intp], rng: np.random.Generator) -> MediationModel:
        """Return its model refitted to rows of the data."""
        return self.learner.refit(rows, rng)

    def using(self, model: MediationModel) -> _Outcome:
        """Return it with a model that was refitted."""
        return replace(self, learner=self.learner.using(model))

    def cells(self, M1: NDArray[Any], M0: NDArray[Any]) -> FloatArray:
        """Return the weighted sums of the four potential outcomes; see :class:`LearnedOutcome`."""
        drawn = np.concatenate([M1, M0, M1, M0])
        values = drawn if self.values is None else self.values[drawn.astype(np.intp)]
        frame = _with_columns(self.stacked, {self.mediator: values})
        predicted = np.asarray(self.learner.model.predict(frame), dtype=float)
        wanted = (len(frame), self.n_classes) if self.n_classes else (len(frame),)
        if predicted.shape != wanted:
            msg = f"predict() of {len(frame)} rows must have shape {wanted}; got {predicted.shape}"
            raise DataMismatchError(msg)
        if self.n_classes == 2:
            predicted = predicted[:, 1]
        by_cell = predicted.reshape(4, self.averaging.size, *predicted.shape[1:])
        return np.tensordot(self.averaging, by_cell, axes=(0, 1))


def learners_of(
    pair: Pair, setting: Scenario, law: MediatorLaw, at: tuple[FittedModel, FittedModel], weights: FloatArray
) -> Learners:
    """Return the learners of an analysis, at least one, with their counterfactual rows.

    Parameters
    ----------
    pair : Pair
    setting : Scenario
    law : MediatorLaw
        How the mediator is drawn.
    at : tuple of two FittedModel
        The mediator model and the outcome model at the rows to be evaluated on: their own, or others.
    weights : ndarray
        Weights of these rows.
    """
    mediator, outcome = pair.mediator, pair.outcome
    return Learners(
        _mediator(mediator, at[0], setting) if mediator.kind.learned else None,
        _outcome(pair, at[1], setting, law, weights) if outcome.kind.learned else None,
    )


def _fit(model: FittedModel) -> LearnerFit:
    """Return the fit of a learner."""
    if not isinstance(model.fit, LearnerFit):  # pragma: no cover - learned kinds have these fits
        raise TypeError
    return model.fit


def _learner(model: FittedModel) -> _Learner:
    """Return the learner behind a fitted model."""
    return _Learner(_fit(model).model, model.frame, model.weights)


def _arms(model: FittedModel, setting: Scenario) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the regressors of a model under treatment and under control; other rows have no response."""
    regressors = model.frame.drop(columns=model.response.variable, errors="ignore")
    treated, control = (_with_columns(regressors, setting.columns(arm, model)) for arm in (0, 1))
    return treated, control


def _mediator(model: FittedModel, at: FittedModel, setting: Scenario) -> _Mediator:
    """Return a learner as mediator model."""
    return _Mediator(_learner(model), *_arms(at, setting), _fit(model).categories)


def _outcome(
    pair: Pair, at: FittedModel, setting: Scenario, law: MediatorLaw, weights: FloatArray
) -> _Outcome:
    """Return a learner as outcome model."""
    model, name = pair.outcome, setting.contrast.mediator
    values = None
    if law.n_values:
        values = np.asarray(mediator_values(model.frame[name], pair.mediator.response.levels, law.n_values))
    treated, control = _arms(at, setting)
    return _Outcome(
        _learner(model),
        pd.concat([treated, treated, control, control], ignore_index=True),
        name,
        values,
        weights,
        len(_fit(model).categories or ()),
    )


def _with_columns(frame: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a frame with columns replaced; whole numbers stay whole numbers."""
    changed = set_columns(frame, columns)
    for name in columns:
        before = frame[name].dtype
        if pd.api.types.is_integer_dtype(before) and np.all(changed[name] % 1 == 0):
            changed[name] = changed[name].astype(before)
    return changed
