"""Which variables and values are compared: treatment, control and fixed covariates."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pymediation.compat import CompatLedger
from pymediation.design.expressions import strip_wrappers
from pymediation.errors import (
    ArgumentError,
    ArgumentTypeError,
    DataMismatchError,
    PymediationWarning,
    UnknownNameError,
    did_you_mean,
)
from pymediation.fitted import FittedModel
from pymediation.pairing import Pair

__all__ = [
    "Contrast",
    "check_roles",
    "fixed_columns",
    "has_interaction",
    "is_factor",
    "levels_of",
    "read_contrast",
    "variable_name",
]

_DEFAULTS: tuple[object, object] = (0, 1)


@dataclass(frozen=True, slots=True)
class Contrast:
    """The comparison that the effects are about.

    Attributes
    ----------
    treat, mediator : str
        Names of the treatment and mediator columns.
    control_value, treat_value : object
        The values the treatment column is set to.
    """

    treat: str
    mediator: str
    control_value: Any
    treat_value: Any


def levels_of(column: pd.Series) -> list[Any]:
    """Return the levels of a factor or text column that occur in it, in their order."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.remove_unused_categories().cat.categories)
    return sorted(column.unique(), key=str)


def is_factor(column: pd.Series) -> bool:
    """Whether a column is a factor or text."""
    return isinstance(column.dtype, pd.CategoricalDtype) or not (
        pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype)
    )


def variable_name(given: object, argument: str, *models: FittedModel) -> str:
    """Return the column that an argument names, checked against the models that must contain it.

    Parameters
    ----------
    given : object
        A column name, or an expression around one, such as ``"factor(arm)"``.
    argument : {"treat", "mediator"}
        Named in messages.
    *models : FittedModel
        The models whose right side must have it.
    """
    if not isinstance(given, str):
        msg = f"{argument} must be the name of one column, as text; got {given!r}."
        raise ArgumentTypeError(msg)
    known = frozenset[str]().union(*(model.design.variables for model in models))
    name = given if given in known else strip_wrappers(given)
    for model in models:
        if name not in model.design.variables:
            available = ", ".join(map(repr, sorted(model.design.variables)))
            msg = (
                f"{argument}={given!r} is not a variable of the {model.role} model; its right side has "
                f"{available}."
                f"{did_you_mean(name, model.design.variables)}"
            )
            raise UnknownNameError(msg)
    return name


def check_roles(pair: Pair, treat: str, mediator: str, ledger: CompatLedger) -> None:
    """Refuse models whose responses do not fit the roles; with R's numbers asked for, only warn.

    R accepts such calls and returns a plausible number that is no mediation effect.
    """
    problems = []
    response_m, response_y = pair.mediator.response.variable, pair.outcome.response.variable
    if response_m != mediator:
        problems.append(
            f"the response of the mediator model is {pair.mediator.response.text!r}, not "
            f"mediator={mediator!r} "
            "(were the models swapped, or a line copied?)"
        )
    for role, response in (("mediator", response_m), ("outcome", response_y)):
        if response == treat:
            problems.append(f"the treatment {treat!r} is the response of the {role} model")
    if treat == mediator:
        problems.append(f"treat and mediator are the same column, {treat!r}")
    if not problems:
        return
    text = "The models do not describe a mediation: " + "; ".join(problems) + "."
    if not ledger.as_r:
        raise DataMismatchError(text)
    warnings.warn(
        f"{text} R returns a number all the same, which is no mediation effect.",
        PymediationWarning,
        stacklevel=4,
    )


def has_interaction(outcome: FittedModel, contrast: Contrast) -> bool:
    """Whether the outcome model has the term treatment:mediator, wrappers such as ``C()`` aside."""
    wanted = {contrast.treat, contrast.mediator}
    return any(
        len(term.factors) == 2 and {strip_wrappers(factor) for factor in term.factors} == wanted
        for term in outcome.design.terms
    )


def read_contrast(
    pair: Pair, treat: str, mediator: str, control_value: Any, treat_value: Any, ledger: CompatLedger
) -> Contrast:
    """Check the treatment values against the treatment column.

    Parameters
    ----------
    pair : Pair
    treat, mediator : str
        Column names.
    control_value, treat_value : object
        As given; 0 and 1 by default.
    ledger : CompatLedger

    Returns
    -------
    Contrast
    """
    column_m, column_y = (model.frame[treat] for model in (pair.mediator, pair.outcome))
    if is_factor(column_m) != is_factor(column_y):
        msg = (
            f"The treatment {treat!r} is a factor in one model and numeric in the other. Use the same data "
            "for both fits."
        )
        raise DataMismatchError(msg)
    _refuse_different_columns(pair, treat)
    if column_y.nunique() < 2:
        msg = (
            f"The treatment {treat!r} is constant ({column_y.iloc[0]!r} in all {pair.outcome.n} rows); "
            "nothing can be compared."
        )
        raise ArgumentError(msg)
    if is_factor(column_y):
        control_value, treat_value = _factor_values(column_y, treat, control_value, treat_value, ledger)
    else:
        control_value, treat_value = _numeric_values(column_y, treat, control_value, treat_value)
    return Contrast(treat, mediator, control_value, treat_value)


def _refuse_different_columns(pair: Pair, treat: str) -> None:
    """Refuse models whose paired rows hold different treatments: they are different people."""
    left, right = (model.frame[treat].astype(object).to_numpy() for model in (pair.mediator, pair.outcome))
    differ = int(np.sum(left != right))
    if differ:
        msg = (
            f"The rows of the two models are not the same units: {treat!r} differs on {differ} of "
            f"{left.size} paired rows. "
            "Rows are paired by index; fit both models to the same data frame."
        )
        raise DataMismatchError(msg)


def _factor_values(
    column: pd.Series, treat: str, control_value: Any, treat_value: Any, ledger: CompatLedger
) -> tuple[Any, Any]:
    """Match the values with levels of a factor treatment, compared as text."""
    levels = levels_of(column)
    by_text = {str(level): level for level in levels}
    given = (control_value, treat_value)
    if all(str(value) in by_text for value in given):
        return by_text[str(control_value)], by_text[str(treat_value)]
    shown = ", ".join(repr(str(level)) for level in levels)
    unknown = next(str(value) for value in given if str(value) not in by_text)
    if given != _DEFAULTS and not ledger.as_r:
        msg = (
            f"control_value={control_value!r} and treat_value={treat_value!r} must be levels of the "
            f"treatment {treat!r}, which has "
            f"{shown}; {unknown!r} is not one of them.{did_you_mean(unknown, by_text)}"
        )
        raise UnknownNameError(msg)
    if len(levels) > 2 or ledger.as_r:
        warnings.warn(
            f"{unknown!r} is not a level of the treatment {treat!r} ({shown}); comparing {levels[1]!r} "
            "(treated) with "
            f"{levels[0]!r} (control). Set control_value and treat_value to choose.",
            PymediationWarning,
            stacklevel=5,
        )
    return levels[0], levels[1]


def _numeric_values(column: pd.Series, treat: str, control_value: Any, treat_value: Any) -> tuple[Any, Any]:
    """Check numeric or boolean treatment values."""
    try:
        values = (float(control_value), float(treat_value))
    except (TypeError, ValueError):
        msg = (
            f"control_value and treat_value must be numbers, because the treatment {treat!r} is numeric; got "
            f"{control_value!r} and {treat_value!r}."
        )
        raise ArgumentTypeError(msg) from None
    if not np.all(np.isfinite(values)):
        msg = f"control_value and treat_value must be finite; got {control_value!r} and {treat_value!r}."
        raise ArgumentError(msg)
    if values[0] == values[1]:
        msg = f"control_value and treat_value are both {control_value!r}; nothing is compared."
        raise ArgumentError(msg)
    if pd.api.types.is_bool_dtype(column.dtype):
        return bool(values[0]), bool(values[1])
    low, high = float(column.min()), float(column.max())
    outside = [f"{value:g}" for value in values if not low <= value <= high]
    if outside:
        warnings.warn(
            f"The treatment {treat!r} runs from {low:g} to {high:g}; {' and '.join(outside)} lies outside. "
            "Effects are of the step "
            f"from {values[0]:g} to {values[1]:g}: set control_value and treat_value to values of interest.",
            PymediationWarning,
            stacklevel=5,
        )
    return values


def fixed_columns(covariates: object, pair: Pair, contrast: Contrast, ledger: CompatLedger) -> dict[str, Any]:
    """Check the values at which covariates are to be held.

    Parameters
    ----------
    covariates : mapping of str to value, or None
        A scalar, a factor level, or one value per row for each named covariate.
    pair : Pair
    contrast : Contrast
    ledger : CompatLedger

    Returns
    -------
    dict of str to value
    """
    if covariates is None:
        return {}
    if isinstance(covariates, pd.DataFrame) and len(covariates) == 1:
        covariates = covariates.iloc[0].to_dict()
    if not isinstance(covariates, Mapping):
        msg = (
            f"covariates must map names to the values at which they are held, such as {{'age': 40}}; got "
            f"{covariates!r}. "
            "It does not adjust for covariates: that is done in the model formulas."
        )
        if not ledger.as_r:
            raise ArgumentTypeError(msg)
        warnings.warn(f"{msg} R ignores it.", PymediationWarning, stacklevel=4)
        return {}
    return {str(name): _fixed_value(str(name), value, pair, contrast) for name, value in covariates.items()}


def _fixed_value(name: str, value: Any, pair: Pair, contrast: Contrast) -> Any:
    """Check one covariate and its value."""
    known = pair.mediator.design.variables | pair.outcome.design.variables
    if name in (contrast.treat, contrast.mediator):
        msg = (
            f"covariates cannot hold {name!r}: it is the treatment or the mediator. Use control_value and "
            "treat_value."
        )
        raise ArgumentError(msg)
    if name not in known:
        msg = (
            f"covariates names {name!r}, which is in neither model; they have "
            f"{', '.join(map(repr, sorted(known)))}.{did_you_mean(name, known)}"
        )
        raise UnknownNameError(msg)
    if np.ndim(value) > 0 and len(value) not in (1, pair.outcome.n):
        msg = (
            f"covariates[{name!r}] must be one value or one per row ({pair.outcome.n}); got {len(value)} "
            "values."
        )
        raise ArgumentError(msg)
    value = np.asarray(value).ravel()[0] if np.ndim(value) > 0 and len(value) == 1 else value
    for model in (pair.mediator, pair.outcome):
        if name in model.design.variables:
            value = _fixed_column_value(name, value, model.frame[name])
    return value


def _fixed_column_value(name: str, value: Any, column: pd.Series) -> Any:
    """Match a covariate's value with the type and levels of its column."""
    if is_factor(column):
        levels = {str(level): level for level in levels_of(column)}
        unknown = [str(v) for v in np.unique(np.asarray(value).astype(str)) if str(v) not in levels]
        if unknown:
            shown = ", ".join(map(repr, levels))
            msg = (
                f"covariates[{name!r}]: {unknown[0]!r} is not a level of {name!r}, which has "
                f"{shown}.{did_you_mean(unknown[0], levels)}"
            )
            raise UnknownNameError(msg)
        return levels[str(value)] if np.ndim(value) == 0 else [levels[str(v)] for v in value]
    try:
        numbers = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        msg = f"covariates[{name!r}] must be numeric, like the column; got {value!r}."
        raise ArgumentTypeError(msg) from None
    if not np.all(np.isfinite(numbers)):
        msg = f"covariates[{name!r}] must be finite; got {value!r}."
        raise ArgumentError(msg)
    return float(numbers) if numbers.ndim == 0 else numbers
