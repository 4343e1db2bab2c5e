"""The path diagram of a mediator beside alternative ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from pymediation.estimates.effects import Interval
from pymediation.multiple.components import MultimedComponents
from pymediation.multiple.regressions import Regression, Regressions
from pymediation.plots.path_diagram import Arrow, PathDiagram, PathNumber
from pymediation.report.document import percent

__all__ = ["multimed_arrows", "multimed_diagram"]

FloatArray = NDArray[np.float64]
_ARMS = ("control", "treated")


def multimed_arrows(regressions: Regressions, level: float) -> tuple[Arrow, ...]:
    """Return the arrows with coefficients of the regressions, and normal intervals of least squares.

    Parameters
    ----------
    regressions : Regressions
    level : float
        Level of the intervals.
    """
    sample, outcome = regressions.sample, regressions.outcome
    number_of, k = sample.W.shape[1], outcome.X.shape[1]
    product = k - number_of - 1
    arrows = [
        Arrow("treatment", "mediator", (_number(regressions.mediator, {1: 1.0}, level),)),
        Arrow("mediator", "outcome", _by_arm(outcome, 2, product, level)),
        Arrow("treatment", "outcome", (_direct(outcome, product, number_of, level),)),
    ]
    if number_of == 1:
        arrows += [
            Arrow("treatment", "alternative", (_number(regressions.alternatives[0], {1: 1.0}, level),)),
            Arrow("alternative", "outcome", _by_arm(outcome, 3, product + 1, level)),
        ]
    elif number_of:
        arrows += [Arrow("treatment", "alternative"), Arrow("alternative", "outcome")]
    if number_of:
        arrows.append(Arrow("alternative", "mediator", dashed=True))
    return tuple(arrows)


def multimed_diagram(result: MultimedComponents, arrows: tuple[Arrow, ...]) -> PathDiagram:
    """Return treatment, both mediators and outcome, with the effects under a homogeneous interaction.

    Parameters
    ----------
    result : MultimedComponents
    arrows : tuple of Arrow
        See `multimed_arrows`.
    """
    used, effects = result.request.used, result.effects
    boxes = {"treatment": used["treat"][0], "mediator": used["med_main"][0], "outcome": used["outcome"][0]}
    notes = [
        f"{boxes['treatment']}: 1 (treated) against 0 (control). Intervals: "
        f"{percent(result.request.conf_level)}%, on arrows those of least squares.",
        "The direct arrow: with the mediators as observed.",
    ]
    if "med_alt" in used:
        boxes["alternative"] = "\n".join(used["med_alt"])
        notes.append(f"Dashed: may be, and is not estimated. {_several(used['med_alt'])}".rstrip())
    shown = (
        ("ACME (average)", effects["d_avg"].estimate, effects["d_avg"].lower, effects["d_avg"].upper),
        ("ADE (average)", effects["z_avg"].estimate, effects["z_avg"].lower, effects["z_avg"].upper),
        ("Total effect", result.total.estimate, result.total.lower, result.total.upper),
    )
    level = result.request.conf_level
    lines = tuple(
        (PathNumber(estimate, None if np.isnan(low) else Interval(low, high, level), label),)
        for label, estimate, low, high in shown
    )
    notes.append(f"Effects: differences in the mean of {boxes['outcome']}, under a homogeneous interaction.")
    return PathDiagram(boxes, arrows, lines, tuple(notes))


def _several(names: tuple[str, ...]) -> str:
    """Say why arrows of several mediators have no numbers."""
    return "Several alternative mediators together have no number." if len(names) > 1 else ""


def _number(
    regression: Regression, weights: Mapping[int, float], level: float, label: str = ""
) -> PathNumber:
    """Return a combination of the coefficients at some places with its normal interval."""
    combination = np.zeros(regression.X.shape[1])
    combination[list(weights)] = list(weights.values())
    estimable = ~regression.fit.aliased
    estimate = float(combination[estimable] @ regression.fit.coef[estimable])
    covariance = regression.fit.cov[np.ix_(estimable, estimable)]
    reach = float(
        ndtri((1 + level) / 2) * np.sqrt(combination[estimable] @ covariance @ combination[estimable])
    )
    return PathNumber(estimate, Interval(estimate - reach, estimate + reach, level), label)


def _by_arm(outcome: Regression, place: int, product: int, level: float) -> tuple[PathNumber, ...]:
    """Return a mediator's coefficient under control and under treatment."""
    return tuple(
        _number(outcome, {place: 1.0, product: float(arm)}, level, label) for arm, label in enumerate(_ARMS)
    )


def _direct(outcome: Regression, product: int, number_of: int, level: float) -> PathNumber:
    """Return the treatment's coefficient with the mediators at their averages."""
    mediators = range(2, 3 + number_of)
    means = np.average(outcome.X[:, list(mediators)], axis=0, weights=outcome.weights)
    places = range(product, product + 1 + number_of)
    return _number(outcome, {1: 1.0, **dict(zip(places, map(float, means), strict=True))}, level)
