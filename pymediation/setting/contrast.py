"""Which values are compared: treatment, control, and covariates held fixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from pymediation.columns import coded_as_factor, is_factor, label_text, levels_of, plain
from pymediation.compat import CompatLedger
from pymediation.design.expressions import bare_factor, strip_wrappers
from pymediation.errors import ArgumentError, ArgumentTypeError, UnknownNameError, did_you_mean
from pymediation.fitted import FittedModel
from pymediation.setting.pairing import Pair
from pymediation.warn import warn

__all__ = ["Contrast", "ControlColumn", "fixed_columns", "has_interaction", "read_contrast"]

_DEFAULTS: tuple[object, object] = (0, 1)


@dataclass(frozen=True, slots=True)
class ControlColumn:
    """An indicator of the control group, which changes whenever the treatment does.

    Attributes
    ----------
    name : str
        The column.
    treated, untreated : object
        Its values under treatment and under control.
    """

    name: str
    treated: Any
    untreated: Any


@dataclass(frozen=True, slots=True)
class Contrast:
    """The comparison that the effects are about.

    Attributes
    ----------
    treat, mediator : str
        Names of the treatment and mediator columns.
    control_value, treat_value : object
        The values the treatment column is set to.
    control : ControlColumn or None
        The control column, if there is one.
    """

    treat: str
    mediator: str
    control_value: Any
    treat_value: Any
    control: ControlColumn | None = None

    @property
    def moving(self) -> frozenset[str]:
        """Names of the columns that the comparison sets."""
        return frozenset({self.treat, self.mediator} | ({self.control.name} if self.control else set()))

    def treatment_columns(self, arm: int) -> dict[str, Any]:
        """Return the values of the treatment and control columns in an arm (0 is treatment, 1 control)."""
        columns = {self.treat: (self.treat_value, self.control_value)[arm]}
        if self.control is not None:
            columns[self.control.name] = (self.control.treated, self.control.untreated)[arm]
        return columns


def has_interaction(outcome: FittedModel, contrast: Contrast) -> bool:
    """Whether the outcome model has the term treatment:mediator, wrappers such as ``C()`` aside.

    A learner may have it: what it makes of its columns is not known.
    """
    wanted = {contrast.treat, contrast.mediator}
    return outcome.kind.learned or any(
        len(term.factors) == 2 and {bare_factor(factor) for factor in term.factors} == wanted
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
    column = pair.outcome.frame[treat]
    if column.nunique() < 2:
        rows = "the only row" if pair.outcome.n == 1 else f"all {pair.outcome.n} rows"
        msg = (
            f"The treatment {treat!r} is constant ({plain(column.iloc[0])!r} in {rows}); nothing can be "
            "compared."
        )
        raise ArgumentError(msg)
    for name, value in (("control_value", control_value), ("treat_value", treat_value)):
        if np.ndim(value) > 0:
            msg = f"{name} must be one value; got {value!r}."
            raise ArgumentTypeError(msg)
    models = (pair.mediator, pair.outcome)
    if pd.api.types.is_bool_dtype(column.dtype):
        values = _truth_values(treat, control_value, treat_value)
    elif is_factor(column) or any(coded_as_factor(model, treat) for model in models):
        values = _factor_values(column, treat, control_value, treat_value, ledger)
    else:
        values = _numeric_values(column, treat, control_value, treat_value)
    if values[0] == values[1]:
        msg = f"control_value and treat_value are both {plain(values[0])!r}; nothing is compared."
        raise ArgumentError(msg)
    return Contrast(treat, mediator, *values)


def _factor_values(
    column: pd.Series, treat: str, control_value: Any, treat_value: Any, ledger: CompatLedger
) -> tuple[Any, Any]:
    """Match the values with levels of a factor treatment, compared as text."""
    levels = levels_of(column)
    by_text = {label_text(level): level for level in levels}
    given = (control_value, treat_value)
    wanted = [label_text(value) for value in given]
    if all(text in by_text for text in wanted):
        return by_text[wanted[0]], by_text[wanted[1]]
    shown = ", ".join(map(repr, by_text))
    if given != _DEFAULTS and not ledger.as_r:
        raise UnknownNameError(_unknown_level(treat, given, by_text))
    if given == _DEFAULTS:
        why = "control_value and treat_value were not given"
    else:
        unknown = " and ".join(repr(text) for text in wanted if text not in by_text)
        why = f"R falls back on the first two because {unknown} is not among them"
    low, high = list(by_text)[:2]
    warn(
        f"The treatment {treat!r} has the levels {shown}; {why}: comparing {high!r} (treated) with {low!r} "
        f"(control). Set control_value={low!r}, treat_value={high!r}, or the levels you mean."
    )
    return levels[0], levels[1]


def _unknown_level(treat: str, given: tuple[Any, Any], by_text: Mapping[str, Any]) -> str:
    """Say which of the two values is no level of the treatment."""
    names = ("control_value", "treat_value")
    wrong = [i for i in (0, 1) if label_text(given[i]) not in by_text]
    parts = [
        f"{names[i]} was not given."
        if given[i] == _DEFAULTS[i]
        else f"{names[i]}={given[i]!r} is not a level.{did_you_mean(str(given[i]), by_text)}"
        for i in wrong
    ]
    return f"{' '.join(parts)} The treatment {treat!r} has {', '.join(map(repr, by_text))}: give two of them."


def _truth_values(treat: str, control_value: Any, treat_value: Any) -> tuple[Any, Any]:
    """Check values of a boolean treatment: truth values, or 0 and 1."""
    for name, value in (("control_value", control_value), ("treat_value", treat_value)):
        if not isinstance(value, (Real, np.bool_)) or value not in (0, 1):
            msg = (
                f"{name} must be True or False, because the treatment {treat!r} is boolean; got "
                f"{plain(value)!r}."
            )
            raise ArgumentError(msg)
    return bool(control_value), bool(treat_value)


def _numeric_values(column: pd.Series, treat: str, control_value: Any, treat_value: Any) -> tuple[Any, Any]:
    """Check values of a numeric treatment."""
    given = {"control_value": control_value, "treat_value": treat_value}
    for name, value in given.items():
        if not isinstance(value, (Real, np.bool_)):
            msg = (
                f"{name} must be a number, because the treatment {treat!r} is numeric; got {plain(value)!r}."
            )
            raise ArgumentTypeError(msg)
        if not np.isfinite(float(value)):
            msg = f"{name} must be finite; got {plain(value)!r}."
            raise ArgumentError(msg)
    values = (float(control_value), float(treat_value))
    low, high = float(column.min()), float(column.max())
    outside = [f"{value:g}" for value in values if not low <= value <= high]
    if outside:
        warn(
            f"The treatment {treat!r} runs from {low:g} to {high:g}; {' and '.join(outside)} "
            f"{'lies' if len(outside) == 1 else 'lie'} outside. Effects are of the step from {values[0]:g} "
            f"to {values[1]:g}: set control_value and treat_value to values of interest."
        )
    return values


def fixed_columns(covariates: object, pair: Pair, contrast: Contrast, ledger: CompatLedger) -> dict[str, Any]:
    """Check the values at which covariates are to be held.

    Parameters
    ----------
    covariates : mapping of str to value, Series, DataFrame of one row, or None
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
        covariates = covariates.iloc[0]
    if isinstance(covariates, pd.Series):
        covariates = covariates.to_dict()
    if not isinstance(covariates, Mapping):
        shown = (
            f"a DataFrame of {len(covariates)} rows"
            if isinstance(covariates, pd.DataFrame)
            else f"{covariates!r}"
        )
        msg = (
            f"covariates must map names to the values at which they are held, such as {{'age': 40}}; got "
            f"{shown}. It does not adjust for covariates: that is done in the model formulas."
        )
        if not ledger.as_r:
            raise ArgumentTypeError(msg)
        warn(f"{msg} R ignores it.")
        return {}
    fixed = (_fixed_value(str(name), value, pair, contrast) for name, value in covariates.items())
    return dict(fixed)


def _fixed_value(given: str, value: Any, pair: Pair, contrast: Contrast) -> tuple[str, Any]:
    """Return the column of one covariate and its checked value."""
    known = pair.mediator.design.variables | pair.outcome.design.variables
    name = given if given in known else strip_wrappers(given)
    if name in (contrast.treat, contrast.mediator):
        remedy = (
            "use control_value and treat_value" if name == contrast.treat else "its values follow its model"
        )
        role = "treatment" if name == contrast.treat else "mediator"
        msg = f"covariates cannot hold {name!r}: it is the {role}; {remedy}."
        raise ArgumentError(msg)
    if name not in known:
        others = sorted(known - {contrast.treat, contrast.mediator})
        msg = (
            f"covariates names {given!r}, which neither model has. Their covariates: "
            f"{', '.join(map(repr, others)) or 'none'}.{did_you_mean(name, others)}"
        )
        raise UnknownNameError(msg)
    if np.ndim(value) > 0:
        value = np.asarray(value)
        if value.shape not in ((1,), (pair.outcome.n,)):
            msg = (
                f"covariates[{given!r}] must be one value, or one per row ({pair.outcome.n}); got "
                f"{value.size} values."
            )
            raise ArgumentError(msg)
        value = value[0] if value.size == 1 else value
    for model in (pair.mediator, pair.outcome):
        if name in model.design.variables:
            value = _fixed_column_value(name, value, model)
    return name, value


def _fixed_column_value(name: str, value: Any, model: FittedModel) -> Any:
    """Match a covariate's value with the type and levels of its column."""
    column = model.frame[name]
    if is_factor(column) or coded_as_factor(model, name):
        levels = {label_text(level): level for level in levels_of(column)}
        wanted = [label_text(v) for v in np.atleast_1d(value)]
        unknown = sorted(set(wanted) - levels.keys())
        if unknown:
            msg = (
                f"covariates[{name!r}]={unknown[0]!r} is not a level of {name!r}, which has "
                f"{', '.join(map(repr, levels))}.{did_you_mean(unknown[0], levels)}"
            )
            raise UnknownNameError(msg)
        return levels[wanted[0]] if np.ndim(value) == 0 else [levels[text] for text in wanted]
    try:
        numbers = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        msg = (
            f"covariates[{name!r}] must be a number, like the column, whose values run from "
            f"{column.min():g} to {column.max():g}; got {value!r}."
        )
        raise ArgumentTypeError(msg) from None
    if not np.all(np.isfinite(numbers)):
        msg = f"covariates[{name!r}] must be finite; got {value!r}."
        raise ArgumentError(msg)
    return float(numbers) if numbers.ndim == 0 else numbers
