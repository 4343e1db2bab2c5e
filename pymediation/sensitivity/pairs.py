"""Which pairs of models can be analysed, and why others cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pymediation.columns import is_factor, levels_of
from pymediation.errors import UnsupportedModelError
from pymediation.fitted import FittedModel
from pymediation.sensitivity.curves import Curve
from pymediation.sensitivity.draws import Job
from pymediation.sensitivity.linear_linear import linear_linear
from pymediation.sensitivity.linear_probit import linear_probit
from pymediation.sensitivity.probit_linear import probit_linear
from pymediation.sensitivity.probit_probit import probit_probit
from pymediation.sensitivity.system import System
from pymediation.setting.contrast import Contrast, has_interaction
from pymediation.setting.pairing import Pair

__all__ = ["ACCEPTED", "ANALYSES", "DRAWN", "PairType", "pair_type"]

PairType = Literal["ct", "bm", "bo", "bb"]

ANALYSES: dict[PairType, Callable[[System, Job], dict[str, Curve]]] = {
    "ct": linear_linear,
    "bm": probit_linear,
    "bo": linear_probit,
    "bb": probit_probit,
}
"""The analysis of each pair: R's continuous, binary mediator and binary outcome; and both binary."""

DRAWN: tuple[PairType, ...] = ("bm", "bo")
"""The analyses that draw coefficients."""

ACCEPTED = "Accepted are linear models (OLS, WLS) and probit models, in either place"
_LOGIT = (
    "The errors of the two models are supposed to be jointly normal, which the error of a logit model is "
    "not: no correlation with it is defined"
)


def pair_type(pair: Pair, contrast: Contrast) -> PairType:
    """Return the kind of analysis that a pair of models takes.

    Parameters
    ----------
    pair : Pair
    contrast : Contrast

    Returns
    -------
    {"ct", "bm", "bo", "bb"}

    Raises
    ------
    UnsupportedModelError
        Another pair, another link than probit, an offset, or an interaction with a binary outcome.
    """
    mediator, outcome = pair.mediator, pair.outcome
    column = outcome.frame[contrast.mediator]
    if is_factor(column) and len(levels_of(column)) != 2:
        shown = ", ".join(map(repr, levels_of(column)))
        msg = (
            f"mediator with more than two categories currently not supported: {contrast.mediator!r} has "
            f"{shown}. Dichotomise it, or score its levels, and refit both models."
        )
        raise UnsupportedModelError(msg)
    classes = (_class(mediator), _class(outcome))
    found: dict[tuple[str, str], PairType] = {
        ("lm", "lm"): "ct",
        ("glm", "lm"): "bm",
        ("lm", "glm"): "bo",
    }
    if all(model.kind.binary and model.kind.scale.name == "probit" for model in (mediator, outcome)):
        found["glm", "glm"] = "bb"
    if classes not in found:
        raise UnsupportedModelError(_unsupported(mediator, outcome))
    if classes == ("lm", "glm") and has_interaction(outcome, contrast):
        msg = (
            "sensitivity analysis is not available for binary outcome with interactions: the outcome model "
            f"has the term {contrast.treat}:{contrast.mediator}. Drop it and refit."
        )
        raise UnsupportedModelError(msg)
    for model in (mediator, outcome):
        _require_probit(model)
        _refuse_offset(model)
    return found[classes]


def _class(model: FittedModel) -> str:
    """Return R's class of a model: lm, glm or another one."""
    if model.kind.name == "linear":
        return "lm"
    return "glm" if model.kind.name.startswith("glm (") else "other"


def _require_probit(model: FittedModel) -> None:
    """Refuse generalised linear models of another link than probit."""
    link = model.kind.scale.name
    if _class(model) == "lm" or link == "probit":
        return
    why = f" {_LOGIT}." if link == "logit" else ""
    msg = (
        f"medsens is only valid for the probit link: the {model.role} model is {model.label}.{why} Refit it "
        f"with {'OLS or WLS' if model.kind.gaussian else 'the probit link'} and call mediate() again."
    )
    raise UnsupportedModelError(msg)


def _refuse_offset(model: FittedModel) -> None:
    """Refuse offsets, which R silently ignores or fails on."""
    if model.offset is not None:
        msg = (
            f"medsens does not take offsets, and the {model.role} model ({model.formula}) has one. Move it "
            "to the left side of a linear model (y - offset), or enter it as a covariate."
        )
        raise UnsupportedModelError(msg)


def _unsupported(mediator: FittedModel, outcome: FittedModel) -> str:
    """Say that a pair of models cannot be analysed."""
    gaussian = [model.role for model in (mediator, outcome) if model.kind.gaussian and _class(model) == "glm"]
    logit = [model for model in (mediator, outcome) if model.kind.binary and model.kind.scale.name == "logit"]
    hint = f" {_LOGIT}; refit with the probit link." if logit else ""
    hint += f" Fit the gaussian {' and '.join(gaussian)} model with OLS instead of GLM." if gaussian else ""
    return (
        "mediate object fitted with non-supported model combinations: the mediator model is "
        f"{mediator.label}, the outcome model {outcome.label}. {ACCEPTED}.{hint}"
    )
