"""The control column of an additive outcome model: an indicator that moves against the treatment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pymediation.adapters import data_of
from pymediation.columns import is_factor, label_text, levels_of, plain
from pymediation.errors import ArgumentError, ArgumentTypeError, UnknownNameError, did_you_mean
from pymediation.fitted import FittedModel
from pymediation.setting.contrast import Contrast, ControlColumn
from pymediation.warn import warn

__all__ = ["with_control"]


def with_control(contrast: Contrast, outcome: FittedModel, control: object) -> Contrast:
    """Return the contrast with the control column that `control` names.

    Parameters
    ----------
    contrast : Contrast
    outcome : FittedModel
    control : object
        As given: a column name, or None. Without it, columns that only say which arm a row is in are warned
        about.

    Returns
    -------
    Contrast

    Raises
    ------
    ArgumentTypeError, UnknownNameError, ArgumentError
        Not a name, not a column of the model's data, or a column that cannot have the treatment's values.
    """
    if not outcome.kind.additive:
        return contrast
    if control is None:
        _warn_unnamed(contrast, outcome)
        return contrast
    if not isinstance(control, str):
        msg = f"control must be the name of one column, as text; got {control!r}."
        raise ArgumentTypeError(msg)
    if control in (contrast.treat, contrast.mediator):
        role = "treatment" if control == contrast.treat else "mediator"
        msg = f"control={control!r} is the {role}; name the column that indicates the control group."
        raise ArgumentError(msg)
    if control not in outcome.frame:
        _require_known(control, outcome)
        return contrast  # the model has the indicator only in products, which follow the treatment
    treated, untreated = (
        _value_like(outcome.frame[control], control, value)
        for value in (contrast.control_value, contrast.treat_value)
    )
    return replace(contrast, control=ControlColumn(control, treated, untreated))


def _require_known(control: str, outcome: FittedModel) -> None:
    """Refuse a name that the outcome model's data do not have."""
    data = data_of(outcome.source)
    if data is not None and control in data:
        return
    known = sorted(outcome.design.variables if data is None else map(str, data))
    msg = (
        f"control={control!r} is not in the outcome model. It has "
        f"{', '.join(map(repr, sorted(outcome.design.variables)))}.{did_you_mean(control, known)}"
    )
    raise UnknownNameError(msg)


def _value_like(column: pd.Series, control: str, value: Any) -> Any:
    """Return a value of the treatment as the control column has it."""
    levels = {label_text(level): level for level in levels_of(column)}
    if is_factor(column) or pd.api.types.is_bool_dtype(column.dtype):
        text = label_text(bool(value)) if not is_factor(column) and value in (0, 1) else label_text(value)
        if text in levels:
            return levels[text]
    elif isinstance(value, (int, float, np.number, np.bool_)) and column.min() <= value <= column.max():
        return float(value)
    msg = (
        f"control={control!r} cannot be set to {plain(value)!r}, a value of the treatment: it has "
        f"{', '.join(map(repr, list(levels)[:6]))}. Code it with the treatment's values, exchanged."
    )
    raise ArgumentError(msg)


def _warn_unnamed(contrast: Contrast, outcome: FittedModel) -> None:
    """Warn about columns that only say which arm a row is in, yet stay when the treatment changes."""
    arms = outcome.frame[contrast.treat]
    if arms.nunique() != 2:
        return
    for name in sorted(outcome.design.variables - contrast.moving):
        column = outcome.frame[name]
        pairs = pd.crosstab(arms.to_numpy(), column.to_numpy()) if column.nunique() == 2 else None
        if pairs is None or not ((pairs.to_numpy() == 0).sum(axis=1) == 1).all():
            continue
        warn(
            f"The column {name!r} of the outcome model is determined by the treatment {contrast.treat!r} "
            "but held at its observed values when that changes: the effects are wrong. Set "
            f"control={name!r} if it indicates the control group, or leave it out of the model."
        )
