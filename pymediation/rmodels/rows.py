"""The rows of a fit: what the formula reader found, with the response as the fit needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import FormulaError
from pymediation.formula import Formula, ModelFrame, RDesign, model_frame, parse_formula
from pymediation.formula.nodes import Call, names_in, walk
from pymediation.formula.parser import parse_expression
from pymediation.rmodels.grouping import read_grouping
from pymediation.rows import ModelRows, Response

__all__ = ["DialectRows", "ResponseReader", "ResponseValues", "read_rows"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ResponseValues:
    """A response of n rows as a fit needs it; see `ModelRows`."""

    y: Floats
    levels: tuple[object, ...] | None = None
    trials: Floats | None = None
    event: Floats | None = None


ResponseReader = Callable[[ModelFrame], ResponseValues]
"""Checks that a response suits the model and brings it into the form of the fit."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DialectRows(ModelRows):
    """What a model of the dialect was fitted to, and what only R's way of fitting knows.

    Attributes
    ----------
    design : RDesign
        Rows to columns, with R's names and order.
    n_missing : int
        Rows left out because a value was missing.
    array_offset : bool
        Whether the offset was given as values, which new rows cannot be given.
    data : DataFrame or None
        What the formula was evaluated on, if that was a DataFrame.
    """

    design: RDesign
    n_missing: int
    array_offset: bool
    data: pd.DataFrame | None = None


def read_rows(
    formula: str,
    data: Any,
    *,
    response: ResponseReader,
    weights: Any,
    offset: Any,
    subset: Any,
    environment: Mapping[str, Any],
    na_action: str,
    contrasts: Mapping[str, Any] | None,
    mixed: bool = False,
) -> DialectRows:
    """Evaluate a formula on data; `response` reads the left side, `mixed` says whether there are groups.

    An offset given as an expression is made part of the formula, so that it is known for new rows too.
    """
    parsed = parse_formula(formula)
    if parsed.random_terms and not mixed:
        raise FormulaError(
            f"{str(parsed)!r} has random effects, which this model does not know. Fit it with a mixed model."
        )
    text = f"{formula} + offset({offset})" if isinstance(offset, str) else formula
    environment = _used(parsed, (weights, offset, subset), environment, arrays_too=data is None)
    found = model_frame(
        text,
        data,
        weights=weights,
        offset=None if isinstance(offset, str) else offset,
        subset=subset,
        environment=environment,
        na_action=na_action,
        contrasts=contrasts,
    )
    if found.response is None:
        raise FormulaError(f"{str(parsed)!r} has no response. Write 'response ~ terms'.")
    values = response(found)
    return DialectRows(
        design=found.design,
        frame=found.frame,
        X=np.ascontiguousarray(found.X),
        y=values.y,
        weights=found.weights,
        trials=values.trials,
        offset=found.offset,
        response=Response(found.response.text, found.response.name, values.levels),
        positions=found.positions,
        index=found.index,
        data_id=id(data),
        formula=str(parsed),
        n_missing=_rows_considered(found, data, subset, environment) - len(found.positions),
        array_offset=offset is not None and not isinstance(offset, str),
        event=values.event,
        data=data if isinstance(data, pd.DataFrame) else None,
        grouping=read_grouping(parsed, found.frame) if mixed else None,
    )


def _used(
    formula: Formula, expressions: tuple[Any, ...], names: Mapping[str, Any], *, arrays_too: bool
) -> dict[str, Any]:
    """Return those of the caller's variables and functions that formula and arguments name.

    Without data all arrays of the caller are kept, so that a misspelt one can be told.
    """
    nodes = [formula.rhs, *([] if formula.lhs is None else [formula.lhs])]
    nodes += [parse_expression(text) for text in expressions if isinstance(text, str)]
    wanted = {name for node in nodes for name in names_in(node)}
    wanted |= {inner.name for node in nodes for inner in walk(node) if isinstance(inner, Call)}
    if arrays_too:
        wanted |= {name for name, value in names.items() if isinstance(value, (np.ndarray, pd.Series))}
    return {name: names[name] for name in wanted if name in names}


def _rows_considered(found: ModelFrame, data: Any, subset: Any, environment: Mapping[str, Any]) -> int:
    """Return the number of rows before those with missing values were left out."""
    if isinstance(subset, str):
        return len(model_frame("~ 1", data, environment=environment, subset=subset).positions)
    if subset is not None:
        return int(np.sum(pd.array(subset, dtype="boolean").fillna(False)))
    if data is None:
        return len(
            environment[str(found.frame.columns[0]).split("[, ")[0]]
        )  # columns of a matrix W: "W[, 1]"
    return len(data) if isinstance(data, pd.DataFrame) else len(next(v for v in data.values() if np.ndim(v)))
