"""What ``ivmediate`` requires of its models and columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pymediation.columns import is_factor, levels_of, plain
from pymediation.compat import CompatLedger
from pymediation.errors import (
    ArgumentError,
    ArgumentTypeError,
    DataMismatchError,
    UnknownNameError,
    UnsupportedModelError,
    did_you_mean,
)
from pymediation.fitted import FittedModel
from pymediation.setting.options import shown
from pymediation.warn import warn

__all__ = [
    "Names",
    "require_kinds",
    "require_linear",
    "require_names",
    "require_roles",
    "zero_and_one_values",
]


@dataclass(frozen=True, slots=True)
class Names:
    """Columns of encouragement, treatment received and mediator."""

    enc: str
    treat: str
    mediator: str


def require_names(names: Names) -> None:
    """Refuse names that are none."""
    for argument in ("enc", "treat", "mediator"):
        name = getattr(names, argument)
        if not isinstance(name, str):
            msg = f"{argument} must be the name of one column, as text; got {shown(name)}."
            raise ArgumentTypeError(msg)


def require_kinds(treatment: FittedModel, mediator: FittedModel, outcome: FittedModel) -> None:
    """Refuse kinds of models that the estimator has no formula for."""
    if treatment.kind.name != "linear" and not treatment.kind.name.startswith("glm"):
        msg = (
            f"The treatment model is a {treatment.label}; ivmediate() takes least squares or a GLM, such as "
            "smf.ols(...).fit(), smf.logit(...).fit(), lm() or glm()."
        )
        raise UnsupportedModelError(msg)
    for model, what in ((mediator, "a continuous or a 0/1 mediator"), (outcome, "the outcome")):
        if model.kind.name == "linear" or model.kind.binary:
            continue
        msg = (
            f"The {model.role} model is a {model.label}, which ivmediate() does not support. For {what} it "
            "takes least squares or a GLM of the binomial family, with any link."
        )
        raise UnsupportedModelError(msg)


def require_roles(
    treatment: FittedModel, mediator: FittedModel, outcome: FittedModel, names: Names, ledger: CompatLedger
) -> None:
    """Refuse models in other roles; R returns a number for them all the same."""
    _require_terms(treatment, {"enc": names.enc})
    _require_terms(mediator, {"treat": names.treat})
    _require_terms(outcome, {"treat": names.treat, "mediator": names.mediator})
    problems = [
        f"the response of the {model.role} model is {model.response.text!r}, not {argument}={name!r}"
        for model, argument, name in (
            (treatment, "treat", names.treat),
            (mediator, "mediator", names.mediator),
        )
        if model.response.variable != name or model.response.text.strip("`") != name
    ]
    used = (names.enc, names.treat, names.mediator)
    problems += [
        f"{name!r} is named twice among enc, treat and mediator" for name in {*used} if used.count(name) > 1
    ]
    problems += [
        f"{name!r} is the response of the outcome model" for name in used if outcome.response.variable == name
    ]
    if not problems:
        return
    text = f"The models do not describe an encouragement design: {'; '.join(problems)}."
    if not ledger.as_r:
        raise DataMismatchError(f"{text} The order is treatment model, mediator model, outcome model.")
    warn(f"{text} R returns a number all the same, which is no effect on compliers.")


def _require_terms(model: FittedModel, wanted: Mapping[str, str]) -> None:
    """Refuse a model without a variable that it must have."""
    for argument, name in wanted.items():
        if name in model.design.variables:
            continue
        variables = ", ".join(map(repr, sorted(model.design.variables))) or "no variable"
        unnamed = " (the argument was not given)" if name.endswith(".name") else ""
        msg = (
            f"{argument}={name!r} is not in the {model.role} model{unnamed}, which has {variables}."
            f"{did_you_mean(name, model.design.variables)}"
        )
        raise UnknownNameError(msg)


def zero_and_one_values(
    treatment: FittedModel, mediator: FittedModel, outcome: FittedModel, names: Names, binary: bool
) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Return, by column and by role of the model, the values that stand for 0 and 1."""
    for model, argument in ((treatment, "treat"), *(((mediator, "mediator"),) if binary else ())):
        _require_zero_one(pd.Series(model.y), argument, f"the response of the {model.role} model")
    found: dict[str, dict[str, tuple[Any, Any]]] = {}
    for argument in ("enc", "treat", "mediator"):
        name = getattr(names, argument)
        found[name] = {
            model.role: _zero_and_one(model, name, argument, binary or argument != "mediator")
            for model in (treatment, mediator, outcome)
            if name in model.design.variables
        }
    return found


def _zero_and_one(model: FittedModel, name: str, argument: str, two_valued: bool) -> tuple[Any, Any]:
    """Return the values of a column that stand for 0 and 1."""
    column, place = model.frame[name], f"the column {name!r} of the {model.role} model"
    if pd.api.types.is_bool_dtype(column.dtype):
        return False, True
    if is_factor(column):
        levels = levels_of(column)
        if argument == "mediator" or len(levels) != 2:
            msg = (
                f"{argument}={name!r}: {place} is a factor with the levels {', '.join(map(repr, levels))}; "
                f"{'numbers are' if argument == 'mediator' else '0 and 1, or two levels, are'} needed. Store "
                "the numbers in the column, and refit."
            )
            raise UnsupportedModelError(msg)
        return levels[0], levels[1]
    if two_valued:
        _require_zero_one(column, argument, place)
    return 0.0, 1.0


def _require_zero_one(column: pd.Series, argument: str, place: str) -> None:
    """Refuse values other than 0 and 1, and a column that has one of them alone."""
    found = np.unique(column.to_numpy(dtype=float))
    if found.size == 2 and np.array_equal(found, [0.0, 1.0]):
        return
    shown = ", ".join(f"{plain(value):g}" for value in found[:5]) + (", ..." if found.size > 5 else "")
    msg = (
        f"{argument} must be 0 or 1, and both must occur; {place} has {shown}. Recode it, such as "
        "(d['x'] > c).astype(int), and refit."
    )
    raise ArgumentError(msg)


def require_linear(outcome: FittedModel, mediator: str) -> None:
    """Refuse an outcome model that is not affine in a continuous mediator."""
    plain_names = {mediator, f"Q({mediator!r})", f'Q("{mediator}")', f"`{mediator}`"}
    for term in outcome.design.terms:
        reading = [f for f in term.factors if mediator in outcome.design.factor_variables(f)]
        if len(reading) > 1 or any(factor not in plain_names for factor in reading):
            msg = (
                f"The outcome model has {term.label!r}; a continuous mediator must enter as itself, alone "
                "or in interactions. Store the transformed mediator in a column, and use that column as "
                f"{mediator!r} in both models."
            )
            raise UnsupportedModelError(msg)
