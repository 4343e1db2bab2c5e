"""The argument `outcome_scale` of ``mediate``: what effects on an outcome are differences of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Final

import numpy as np

from pymediation.errors import ArgumentError, ArgumentTypeError, NotEstimableError, did_you_mean
from pymediation.kinds.base import ModelKind, with_scale
from pymediation.warn import warn

if TYPE_CHECKING:
    from pymediation.fitted import FittedModel

__all__ = ["INFINITE_REMEDY", "ScaleChoice", "on_scale", "quantity_of", "read_outcome_scale"]

INFINITE_REMEDY: Final = "Use outcome_scale='median', or ('restricted_mean', time)"

_HORIZONS: Final = ("restricted_mean", "survival")
_NAMES: Final = ("mean", "median", *_HORIZONS, "censored_mean", "latent")


@dataclass(frozen=True, slots=True)
class ScaleChoice:
    """A scale that was asked for.

    Attributes
    ----------
    name : str
        Such as ``"mean"``.
    horizon : float
        The time up to or beyond which survival counts; NaN where the scale has none.
    """

    name: str
    horizon: float


def read_outcome_scale(value: object) -> ScaleChoice | None:
    """Check the argument as far as it does not depend on the model.

    Parameters
    ----------
    value : None, str or (str, number)
        As given.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        No such scale, a horizon that is missing, not wanted, or not a positive number.
    """
    if value is None:
        return None
    name, *rest = value if isinstance(value, (tuple, list)) and value else (value,)
    if not isinstance(name, str) or len(rest) > 1:
        msg = (
            "outcome_scale must be a name such as 'mean', or a name and a time such as ('survival', 60); "
            f"got {value!r}."
        )
        raise ArgumentTypeError(msg)
    if name not in _NAMES:
        known = ", ".join(map(repr, _NAMES))
        msg = f"outcome_scale {name!r} is not known; it is one of {known}.{did_you_mean(name, _NAMES)}"
        raise ArgumentError(msg)
    if name not in _HORIZONS:
        if rest:
            msg = f"outcome_scale {name!r} takes no time; write outcome_scale={name!r}. Got {value!r}."
            raise ArgumentError(msg)
        return ScaleChoice(name, np.nan)
    return ScaleChoice(name, _horizon(name, rest[0] if rest else None))


def _horizon(name: str, value: object) -> float:
    """Return the time that belongs to a scale."""
    if value is None:
        msg = (
            f"outcome_scale {name!r} needs a time, in the units of the outcome; write "
            f"outcome_scale=({name!r}, 60) for a time of 60."
        )
        raise ArgumentError(msg)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        msg = f"The time of outcome_scale=({name!r}, ...) must be a number; got {value!r}."
        raise ArgumentTypeError(msg)
    if not 0 < float(value) < np.inf:
        msg = f"The time of outcome_scale=({name!r}, ...) must be finite and above 0; got {value!r}."
        raise ArgumentError(msg)
    return float(value)


def on_scale(outcome: FittedModel, choice: ScaleChoice | None) -> FittedModel:
    """Return the outcome model with effects on the chosen scale.

    Parameters
    ----------
    outcome : FittedModel
    choice : ScaleChoice or None
        None: R's scale.

    Raises
    ------
    ArgumentError
        The model has no such scale.
    NotEstimableError
        The outcome has no finite value on that scale.
    """
    if choice is None:
        return outcome
    if choice.name not in outcome.kind.scales:
        raise ArgumentError(_not_available(outcome, choice))
    kind = with_scale(outcome.kind, outcome.kind.scales[choice.name](choice.horizon))
    _require_finite(outcome, kind)
    last = float(np.max(outcome.y))
    if choice.horizon > last:
        warn(
            f"The time {choice.horizon:g} of outcome_scale lies beyond the last time observed, {last:g}: "
            "effects there rest on the shape of the fitted distribution alone."
        )
    return replace(outcome, kind=kind)


def _not_available(outcome: FittedModel, choice: ScaleChoice) -> str:
    """Say which scales the model has."""
    own = f"without outcome_scale effects are on {outcome.kind.scale_words}"
    if not outcome.kind.scales:
        return (
            f"outcome_scale={choice.name!r} does not apply to the outcome model ({outcome.label}): it is for "
            f"survival and tobit models. Leave it out; {own}."
        )
    known = ", ".join(
        f"({name!r}, time)" if name in _HORIZONS else repr(name) for name in outcome.kind.scales
    )
    return (
        f"outcome_scale={choice.name!r} does not apply to the outcome model ({outcome.label}); it can be "
        f"{known}. And {own}."
    )


def _require_finite(outcome: FittedModel, kind: ModelKind) -> None:
    """Refuse a scale on which the fitted distribution has no finite value."""
    scale, parameter = kind.chosen_scale, kind.parameter(outcome, outcome.fit)
    if scale is None or not scale.infinite or np.all(np.isfinite(scale.function(np.zeros(1), parameter))):
        return
    msg = (
        f"{scale.words.capitalize()} of the outcome model ({outcome.label}) {scale.infinite}; it is "
        f"estimated as {float(parameter):.4g}. {INFINITE_REMEDY}."
    )
    raise NotEstimableError(msg)


def quantity_of(outcome: FittedModel) -> str:
    """Say what effects on an outcome are differences of, such as ``"the mean of depress2"``."""
    name, levels = outcome.response_name, outcome.response.levels
    if not outcome.kind.binary:
        return outcome.kind.scale_words.replace("the outcome", name)
    if levels is None and not np.isin(outcome.y, (0.0, 1.0)).all():  # shares of trials
        return f"the probability of {name}"
    return f"the probability that {name} is {1 if levels is None else levels[1]}"
