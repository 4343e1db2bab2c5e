"""The left side of a formula as each kind of model takes it, or the reason why it does not."""

from __future__ import annotations

import numpy as np

from pymediation.errors import ArgumentError, UnsupportedModelError
from pymediation.families import Family
from pymediation.formula import ModelFrame, Response
from pymediation.formula.evaluate import Evaluator
from pymediation.formula.values import Factor
from pymediation.rmodels.rows import Floats, ResponseValues

__all__ = ["numeric_response", "ordered_response", "regression_response", "survival_response"]

_FEWEST_LEVELS = 3
_SURV_TYPES = {
    "left": "left-censored times",
    "counting": "entry times (start, stop)",
}


def regression_response(found: ModelFrame, family: Family | None) -> ResponseValues:
    """Read the response of ``lm`` (no family) or ``glm``; only binomial models take factors and counts."""
    response = _given(found)
    binomial = family is not None and family.name in ("binomial", "quasibinomial")
    levels = response.levels if len(response.levels or ()) == 2 else None
    if response.kind == "factor":
        return ResponseValues(_binary_codes(response, binomial), levels)
    if response.kind == "matrix" and binomial and response.values.shape[1] == 2:
        trials = response.values.sum(axis=1)
        share = np.where(trials > 0, response.values[:, 0] / np.maximum(trials, 1e-300), 0.0)
        return ResponseValues(share, levels, trials)
    return ResponseValues(_numbers(response, "glm"), levels)


def numeric_response(found: ModelFrame, model: str) -> ResponseValues:
    """Read a response of numbers."""
    response = _given(found)
    if response.kind == "factor":
        raise ArgumentError(
            f"The response {response.text!r} is a factor with the levels {list(response.levels or ())}; "
            f"{model}() needs numbers (as_numeric() gives codes from 1)."
        )
    return ResponseValues(_numbers(response, model))


def ordered_response(found: ModelFrame) -> ResponseValues:
    """Read a factor as codes from 0 and all its levels, in their order."""
    response = _given(found)
    evaluator = Evaluator(found.frame, found.design.scope, found.design.state)
    value = evaluator.rows(found.formula.lhs, found.formula.text)  # type: ignore[arg-type]
    if not isinstance(value, Factor):
        raise ArgumentError(
            f"The response {response.text!r} of polr() must be a factor, whose order of levels counts. Make "
            f"it one: factor({response.text}), with levels=[...] for text, or a pandas Categorical."
        )
    if len(value.levels) < _FEWEST_LEVELS:
        raise ArgumentError(
            f"The response {response.text!r} has the levels {list(value.levels)}; polr() needs "
            f"{_FEWEST_LEVELS} or more. For two use glm(..., family=binomial)."
        )
    return ResponseValues(value.codes.astype(np.float64), value.levels)


def survival_response(found: ModelFrame) -> ResponseValues:
    """Read times and events, censored from the right."""
    response = _given(found)
    if response.kind != "surv":
        raise ArgumentError(
            f"The response {response.text!r} of survreg() must be a survival time: Surv(time, event), or "
            "Surv(time) if every event was seen."
        )
    if response.surv_type != "right":
        raise UnsupportedModelError(
            f"{response.text!r} has {_SURV_TYPES[response.surv_type]}. survreg() takes right censoring only: "
            "Surv(time, event)."
        )
    return ResponseValues(response.pieces["time"].copy(), event=response.pieces["event"].copy())


def _given(found: ModelFrame) -> Response:
    """Return the response, which `read_rows` has made sure of."""
    if found.response is None:  # pragma: no cover
        raise ArgumentError("The formula has no response.")
    return found.response


def _numbers(response: Response, model: str) -> Floats:
    """Return the values of a response that is one column of numbers."""
    if response.kind == "surv":
        raise UnsupportedModelError(f"{response.text!r} is a survival time; fit it with survreg().")
    if response.kind == "matrix":
        raise UnsupportedModelError(
            f"{response.text!r} has {response.values.shape[1]} columns, of which {model}() takes one. Only "
            "binomial models take two: cbind(successes, failures)."
        )
    return np.asarray(response.values, dtype=np.float64)


def _binary_codes(response: Response, binomial: bool) -> Floats:
    """Return 0 for the first level and 1 for the others, as R's binomial models do."""
    levels = response.levels or ()
    if not binomial:
        raise ArgumentError(
            f"The response {response.text!r} is a factor with the levels {list(levels)}. lm() needs numbers "
            "(as_numeric() gives codes from 1); two levels can be modelled by glm(..., family=binomial), "
            "more by polr()."
        )
    if len(levels) < 2:
        raise ArgumentError(f"The response {response.text!r} has one level only: {list(levels)}.")
    return (response.values > 0).astype(np.float64)
