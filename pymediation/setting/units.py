"""Treatments named by a rescaled expression, such as ``treat="scale(dose)"``."""

from __future__ import annotations

import re
from typing import Any

from pymediation.columns import is_factor
from pymediation.errors import NotEstimableError
from pymediation.fitted import FittedModel
from pymediation.setting.counterfactual import set_columns

__all__ = ["RESCALED", "column_value"]

# Transforms that express a variable in other units.
RESCALED = re.compile(r"\b(?:scale|center|standardize)\s*\(")


def column_value(model: FittedModel, given: str, column: str, value: Any) -> Any:
    """Return the value of a column at which an expression of it takes a given value.

    Parameters
    ----------
    model : FittedModel
        A model with the expression as a factor.
    given : str
        The name that was given: the column itself, or an expression such as ``"scale(dose)"``, which is
        affine in it.
    column : str
        The column.
    value : object
        The value of the expression.

    Returns
    -------
    object
        `value` itself unless the name was a rescaled numeric column.
    """
    if given == column or not RESCALED.search(given) or is_factor(model.frame[column]):
        return value
    at_zero, at_one = (
        float(model.design.factor_values(given, set_columns(model.frame, {column: unit})).ravel()[0])
        for unit in (0.0, 1.0)
    )
    if at_zero == at_one:
        msg = f"{given!r} does not change with {column!r}, so it cannot be set to {value!r}."
        raise NotEstimableError(msg)
    return (float(value) - at_zero) / (at_one - at_zero)
