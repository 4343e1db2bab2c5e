"""Coefficients along the paths of a mediation analysis: treatment to mediator, mediator to outcome, direct.

All are changes of a model's linear predictor, averaged over the rows: when the treatment goes from its
control value to its treatment value, or the mediator up by one. In a linear model without interactions these
are its coefficients (times the step of the treatment).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from pymediation.columns import is_factor
from pymediation.compat import CompatLedger
from pymediation.errors import PymediationWarning
from pymediation.estimates.effects import Effect, Interval
from pymediation.fitted import FittedModel
from pymediation.inference import coefficient_law
from pymediation.plots.path_diagram import Arrow, PathDiagram, PathNumber
from pymediation.preparation import prepare
from pymediation.report.document import percent
from pymediation.results.components import EffectComponents
from pymediation.results.records import AnalysisRecord
from pymediation.setting.counterfactual import Scenario, enters_as_itself, mediator_values, set_columns
from pymediation.setting.pairing import Pair
from pymediation.setting.request import read_request
from pymediation.setting.settings import Settings

__all__ = ["Path", "Paths", "average_numbers", "diagram_of", "effect_number", "paths_of"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Path:
    """The number on one arrow.

    Attributes
    ----------
    estimate : float
        Average change of the linear predictor.
    std_error : float or None
        From the covariance of the coefficients; None where the model has none.
    level : float
        Level of the interval.
    """

    estimate: float
    std_error: float | None
    level: float

    @property
    def ci(self) -> Interval | None:
        """Normal interval; None without a standard error."""
        if self.std_error is None:
            return None
        reach = float(ndtri((1 + self.level) / 2)) * self.std_error
        return Interval(self.estimate - reach, self.estimate + reach, self.level)

    def number(self, label: str = "") -> PathNumber:
        """Return the number as a diagram shows it."""
        return PathNumber(self.estimate, self.ci, label)


@dataclass(frozen=True, slots=True)
class Paths:
    """The numbers on the three arrows; an arrow without a single number has none.

    Attributes
    ----------
    to_mediator : Path or None
        Of the mediator's predictor, when the treatment changes.
    to_outcome : tuple of Path
        Of the outcome's predictor, when the mediator goes up by one (from its first to its second level):
        under control and under treatment, or one for both; none where there is more than one coefficient.
    direct : Path or None
        Of the outcome's predictor, when the treatment changes and the mediator is as observed.
    scales : tuple of str
        What the predictors of the mediator model and the outcome model are, in words.
    """

    to_mediator: Path | None
    to_outcome: tuple[Path, ...]
    direct: Path | None
    scales: tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Slopes:
    """The estimates of a model, from which changes of its predictor are read."""

    model: FittedModel
    plan: Scenario
    covariance: FloatArray | None
    level: float

    def columns(self, arm: int) -> Mapping[str, Any]:
        """Return the columns that an arm sets."""
        return self.plan.columns(arm, self.model)

    def between(self, upper: Mapping[str, Any], lower: Mapping[str, Any]) -> Path:
        """Return the average change of the predictor from one setting of columns to another."""
        model = self.model
        designs = [model.design.matrix(set_columns(model.frame, columns)) for columns in (upper, lower)]
        change = np.average(designs[0] - designs[1], axis=0, weights=model.weights)
        estimate = float(change @ model.fit.coef)
        error = None if self.covariance is None else float(np.sqrt(change @ self.covariance @ change))
        return Path(estimate, error, self.level)


def paths_of(result: AnalysisRecord) -> Paths:
    """Return the coefficients along the paths of an analysis.

    Parameters
    ----------
    result : AnalysisRecord
        What ``mediate`` returned; its models are read anew.

    Returns
    -------
    Paths
    """
    with warnings.catch_warnings():  # what there was to warn about was said by mediate()
        warnings.simplefilter("ignore", PymediationWarning)
        ledger = CompatLedger("R" if result.compat == "R" else "fixed")
        _, pair, plan, settings = prepare(*result.models.get(), read_request(dict(result.call), {}), ledger)
        mediator = _slopes(pair.mediator, plan, settings)
        outcome = _slopes(pair.outcome, plan, settings)
    return Paths(
        None if mediator is None else mediator.between(mediator.columns(0), mediator.columns(1)),
        () if outcome is None else _of_mediator(outcome, pair),
        None if outcome is None else outcome.between(outcome.columns(0), outcome.columns(1)),
        (_scale(pair.mediator), _scale(pair.outcome)),
    )


def _slopes(model: FittedModel, plan: Scenario, settings: Settings) -> _Slopes | None:
    """Return a model's estimates; None where it has not one coefficient per column."""
    if not _has_coefficients(model):
        return None
    law = coefficient_law(model, plan.ledger, settings)
    if law is None:
        return _Slopes(model, plan, None, settings.conf_level)
    # Which parameters are coefficients: each unit vector is told apart from the further parameters.
    coefficients = model.kind.split(np.eye(law.mean.size))[0]
    covariance = coefficients.T @ law.covariance @ coefficients
    return _Slopes(model, plan, covariance, settings.conf_level)


def _of_mediator(outcome: _Slopes, pair: Pair) -> tuple[Path, ...]:
    """Return the change with the mediator, by arm where arms differ; nothing where there are several."""
    model, name = outcome.model, outcome.plan.contrast.mediator
    column = model.frame[name]
    law = pair.mediator.kind.law
    n_values = (
        law(pair.mediator).n_values if law is not None and not pair.mediator.kind.law_of_resample else 0
    )
    if n_values > 2 and is_factor(column):
        return ()
    if n_values == 2:
        low, high = mediator_values(column, pair.mediator.response.levels, 2)
    elif enters_as_itself(model, name):
        low, high = 0.0, 1.0
    else:
        return ()
    arms = [
        outcome.between({**columns, name: high}, {**columns, name: low})
        for columns in (outcome.columns(1), outcome.columns(0))
    ]
    same = np.isclose(arms[0].estimate, arms[1].estimate, rtol=1e-9, atol=0)
    return tuple(arms[:1] if same else arms)


def _scale(model: FittedModel) -> str:
    """Say what the predictor of a model is."""
    kind, name = model.kind, model.response_name
    if kind.gaussian and kind.one_set:
        return f"in units of {name} ({kind.name} model)"
    if not _has_coefficients(model):
        return f"without numbers, because the model has not one coefficient per column: {model.label}"
    return f"linear predictor of {name}, {kind.name}"


def _has_coefficients(model: FittedModel) -> bool:
    """Whether there is one coefficient for each column."""
    return not model.kind.learned and model.fit.coef.shape == (model.X.shape[1],)


def effect_number(label: str, effect: Effect) -> PathNumber:
    """Return an effect as a diagram shows it."""
    return PathNumber(effect.estimate, effect.ci, label)


def average_numbers(effects: EffectComponents, one_set: bool) -> tuple[tuple[PathNumber, ...], ...]:
    """Return ACME, ADE and total effect as a diagram shows them: averages where the arms differ."""
    average = "" if one_set else " (average)"
    return (
        (effect_number(f"ACME{average}", effects.acme.average),),
        (effect_number(f"ADE{average}", effects.ade.average),),
        (effect_number("Total effect", effects.total),),
    )


def diagram_of(
    record: AnalysisRecord, paths: Paths, effects: tuple[tuple[PathNumber, ...], ...]
) -> PathDiagram:
    """Return the diagram of treatment, mediator and outcome.

    Parameters
    ----------
    record : AnalysisRecord
        Names and values.
    paths : Paths
        The numbers on the arrows.
    effects : tuple of tuple of PathNumber
        Those below, line by line.
    """
    words = record.wording
    arms = ("control", "treated") if len(paths.to_outcome) > 1 else ("",)
    arrows = (
        Arrow("treatment", "mediator", _numbers(paths.to_mediator)),
        Arrow(
            "mediator",
            "outcome",
            tuple(path.number(arm) for path, arm in zip(paths.to_outcome, arms, strict=False)),
        ),
        Arrow("treatment", "outcome", _numbers(paths.direct)),
    )
    names = {"treatment": record.treat, "mediator": record.mediator, "outcome": words.outcome}
    return PathDiagram(names, arrows, effects, _notes(record, paths))


def _numbers(path: Path | None) -> tuple[PathNumber, ...]:
    """Return the number on an arrow, if there is one."""
    return () if path is None else (path.number(),)


def _notes(record: AnalysisRecord, paths: Paths) -> tuple[str, ...]:
    """Say what the numbers are."""
    words = record.wording
    lines = [
        f"{record.treat}: {words.treated} (treated) against {words.control} (control). "
        f"Intervals: {percent(record.conf_level)}%.",
        f"Arrow to {record.mediator}: {paths.scales[0]}.",
        f"Arrows to {words.outcome}: {paths.scales[1]}.",
        f"Effects: differences in {words.quantity}.",
    ]
    if len(paths.to_outcome) > 1:
        lines.insert(3, f"The direct arrow: with {record.mediator} as observed.")
    if not paths.to_outcome and paths.direct is not None:
        lines.insert(3, f"The effect of {record.mediator} on the predictor is not one number.")
    return tuple(lines)
