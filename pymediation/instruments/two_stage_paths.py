"""The path diagram of two-stage least squares."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from pymediation.estimates.effects import Interval
from pymediation.fits import LinearFit
from pymediation.instruments.two_stage_account import TwoStageRecord
from pymediation.instruments.two_stage_errors import Errors
from pymediation.instruments.two_stage_models import FirstStage, TwoStage, structural_fit
from pymediation.plots.path_diagram import Arrow, PathDiagram, PathNumber
from pymediation.report.document import percent

__all__ = ["two_stage_diagram", "two_stage_numbers"]

FloatArray = NDArray[np.float64]


def two_stage_numbers(
    models: TwoStage,
    second: LinearFit,
    X: FloatArray,
    errors: Errors,
    first_stage: FirstStage | None,
    level: float,
) -> dict[str, PathNumber]:
    """Return the coefficients by the role of the box that their arrow starts from, and ``"direct"``.

    Parameters
    ----------
    models : TwoStage
    second : LinearFit
        The second stage.
    X : ndarray, shape (n, k)
        Its design.
    errors : Errors
        How covariances are computed; residuals are those of the outcome equation.
    first_stage : FirstStage or None
        The instruments; several have no single coefficient.
    level : float
        Level of the intervals, which are normal ones.
    """
    reach = float(ndtri((1 + level) / 2))
    structural = structural_fit(models, second)

    def number(fit: LinearFit, covariance: FloatArray, place: int) -> PathNumber:
        estimate, error = float(fit.coef[place]), float(np.sqrt(covariance[place, place]))
        return PathNumber(estimate, Interval(estimate - reach * error, estimate + reach * error, level))

    of_first, of_second = errors.covariance(models.first, models.mediator.X), errors.covariance(structural, X)
    numbers = {
        "treatment": number(models.first, of_first, models.treat_m),
        "mediator": number(structural, of_second, models.med_y),
        "direct": number(structural, of_second, models.treat_y),
    }
    if first_stage is not None and len(first_stage.instruments) == 1:
        place = models.mediator.design.names.index(first_stage.instruments[0])
        numbers["instrument"] = number(models.first, of_first, place)
    return numbers


def two_stage_diagram(record: TwoStageRecord, numbers: Mapping[str, PathNumber]) -> PathDiagram:
    """Return instrument, treatment, mediator and outcome with the coefficients of both stages.

    Parameters
    ----------
    record : TwoStageRecord
    numbers : dict of str to PathNumber
        See `two_stage_numbers`.
    """
    first, effects = record.first_stage, record.effects
    boxes = {"treatment": record.treat, "mediator": record.mediator, "outcome": record.outcome}
    arrows = [
        Arrow("treatment", "mediator", (numbers["treatment"],)),
        Arrow("mediator", "outcome", (numbers["mediator"],)),
        Arrow("treatment", "outcome", (numbers["direct"],)),
    ]
    notes = [
        f"Two-stage least squares. Intervals: {percent(record.conf_level)}%, on arrows normal ones.",
        f"Arrows to {record.mediator}: first stage. Arrows to {record.outcome}: second stage.",
    ]
    if first is not None:
        boxes["instrument"] = "\n".join(first.instruments)
        found = (numbers["instrument"],) if "instrument" in numbers else ()
        arrows.append(Arrow("instrument", "mediator", found))
        weak = ", weak" if first.weak else ""
        notes.append(f"Instruments: F = {first.statistic:.3g} on {first.df[0]} and {first.df[1]} DF{weak}.")
    shown = (("ACME", effects["d1"]), ("ADE", effects["z1"]), ("Total effect", effects["tau"]))
    lines = tuple(
        (PathNumber(one.estimate, None if np.isnan(one.lower) else one.ci, label),) for label, one in shown
    )
    return PathDiagram(boxes, tuple(arrows), lines, tuple(notes))
