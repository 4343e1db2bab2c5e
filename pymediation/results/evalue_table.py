"""E-values of all effects of a mediation analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import ArgumentError, NotEstimableError, UnknownNameError, UnsupportedModelError
from pymediation.estimates.effects import EffectName, draws_of_effects
from pymediation.estimates.means import CELLS, PotentialMeans
from pymediation.results.evalues import EValue, evalue_of

__all__ = ["UNKNOWN_OUTCOME", "OutcomeFacts", "evalue_table", "required_means"]

FloatArray = NDArray[np.float64]

# Proportions compare two effects, not two averages.
_WITHOUT_PROPORTIONS: tuple[EffectName, ...] = ("d0", "d1", "z0", "z1", "tau", "d_avg", "z_avg")


@dataclass(frozen=True, slots=True)
class OutcomeFacts:
    """What a comparison of average outcomes has to know about the outcome.

    Attributes
    ----------
    label : str
        The outcome model, as messages name it.
    mean : {"positive", "real", ""}
        What averages are: positive means (probabilities, rates), means of a continuous outcome, or no means.
    sd : float
        Standard deviation of the outcome over the rows.
    residual_sd : float
        Residual standard deviation of a gaussian outcome model, else NaN.
    """

    label: str
    mean: Literal["positive", "real", ""]
    sd: float
    residual_sd: float


UNKNOWN_OUTCOME = OutcomeFacts("not known", "", float("nan"), float("nan"))


def required_means(means: Sequence[PotentialMeans]) -> Sequence[PotentialMeans]:
    """Return the average potential outcomes, or say that they were not kept."""
    if not means:
        msg = "The draws were not kept: run mediate() with long=True."
        raise NotEstimableError(msg)
    return means


def evalue_table(
    means: PotentialMeans,
    facts: OutcomeFacts,
    labels: Mapping[EffectName, str],
    effects: Sequence[str] | None,
    true: float,
    sd: float | str,
) -> pd.DataFrame:
    """Return a row per effect with its risk ratio and E-values.

    Parameters
    ----------
    means : PotentialMeans
    facts : OutcomeFacts
    labels : mapping of effect name to label
        The effects that may be asked for.
    effects : sequence of str or None
        Labels or R's names; None for all.
    true : float
        The risk ratio to compare with.
    sd : {"marginal", "residual"} or float
        For a continuous outcome: what a difference is divided by.
    """
    allowed = {name: label for name, label in labels.items() if name in _WITHOUT_PROPORTIONS}
    rows = {}
    for name in _chosen(effects, allowed, labels):
        value = _one(means, facts, name, true, sd)
        rows[allowed[name]] = {
            "rr": value.rr,
            "rr_lower": value.rr_lower,
            "rr_upper": value.rr_upper,
            "evalue": value.evalue,
            "evalue_limit": value.evalue_limit,
            "confounding": "treatment-outcome" if name == "tau" else "mediator-outcome",
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("effect")


def _chosen(
    effects: Sequence[str] | None, allowed: Mapping[EffectName, str], labels: Mapping[EffectName, str]
) -> list[EffectName]:
    """Return the effects asked for, by label or by R's name."""
    if effects is None:
        return list(allowed)
    known = {**{str(name): name for name in allowed}, **{label: name for name, label in allowed.items()}}
    for letter in "dz":  # where both arms have one effect, it answers to all names
        shown = [name for name in allowed if name.startswith(letter)]
        if len(shown) == 1:
            known |= {f"{letter}{suffix}": shown[0] for suffix in ("0", "1", "_avg")}
    chosen = []
    for effect in [effects] if isinstance(effects, str) else effects:
        if effect in known:
            chosen.append(known[effect])
            continue
        if effect in labels or effect in labels.values():
            msg = (
                f"{effect!r} is a proportion of two effects and has no E-value. Ask for the effects "
                "themselves."
            )
            raise ArgumentError(msg)
        msg = f"effects={effect!r} is not known; there are {', '.join(map(repr, allowed.values()))}."
        raise UnknownNameError(msg)
    return chosen


def _one(
    means: PotentialMeans, facts: OutcomeFacts, name: EffectName, true: float, sd: float | str
) -> EValue:
    """Return the E-value of one effect."""
    if facts.mean == "positive":
        _require_positive(means, facts)
        logs = means.compare(lambda y: draws_of_effects(np.log(y))[name])
        ratio, lower, upper = np.exp(logs)
        return evalue_of(float(ratio), float(lower), float(upper), true=true)
    if facts.mean == "real":
        difference = means.compare(lambda y: draws_of_effects(y)[name])
        return evalue_of(*difference, measure="difference", sd=_deviation(facts, sd), true=true)
    msg = (
        f"There is no E-value for the outcome model ({facts.label}): its effects are not differences of "
        "means, and no conversion to risk ratios is accepted. For a survival outcome take the survival "
        "probability at a horizon as outcome_scale=."
    )
    raise UnsupportedModelError(msg)


def _require_positive(means: PotentialMeans, facts: OutcomeFacts) -> None:
    """Refuse averages that have no ratio."""
    bad = (means.draws <= 0).sum(axis=1)
    if bad.any():
        treatment, mediator = CELLS[int(np.argmax(bad))]
        msg = (
            f"The average outcome with treatment {treatment!r} and the mediator of {mediator!r} is not "
            f"positive in {bad.max()} of {means.draws.shape[1]} draws, so that risk ratios do not exist "
            f"({facts.label})."
        )
        raise NotEstimableError(msg)


def _deviation(facts: OutcomeFacts, sd: float | str) -> float:
    """Return the standard deviation that differences are divided by."""
    if sd == "marginal":
        return facts.sd
    if sd == "residual":
        if np.isnan(facts.residual_sd):
            msg = f"sd='residual' needs a gaussian outcome model; this one is {facts.label}. Give a number."
            raise ArgumentError(msg)
        return facts.residual_sd
    if isinstance(sd, str):
        msg = f"sd must be 'marginal', 'residual' or a number; got {sd!r}."
        raise ArgumentError(msg)
    return sd
