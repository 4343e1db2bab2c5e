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

__all__ = ["ModelRows", "ResponseReader", "ResponseValues", "read_rows"]

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


@dataclass(frozen=True, slots=True, eq=False)
class ModelRows:
    """What a model of the dialect was fitted to: n rows, k columns.

    Attributes
    ----------
    design : RDesign
        Rows to columns, with R's names and order.
    frame : DataFrame, n rows
        A private copy of the columns that formula, weights and offset read.
    X, y : ndarray, shapes (n, k) and (n,)
        Model matrix, and response on the scale of the mean; of ordered categories the codes from 0, of
        survival times the times.
    weights : ndarray, shape (n,), or None
        The argument `weights`.
    trials : ndarray, shape (n,), or None
        Numbers of trials behind a response ``cbind(successes, failures)``.
    offset : ndarray, shape (n,), or None
        Known part of the linear predictor.
    response_text, response_variable : str
        The left side as R writes it, and the column behind it.
    response_levels : tuple or None
        For a response of two levels those that stand for 0 and 1; for ordered categories all K, those
        without rows included.
    positions : ndarray of int, shape (n,)
        Rows of the data that were used.
    index : Index
        Their labels.
    data_id : int
        Identity of the data object.
    formula : str
        The formula as R writes it.
    n_missing : int
        Rows left out because a value was missing.
    array_offset : bool
        Whether the offset was given as values, which new rows cannot be given.
    event : ndarray, shape (n,), or None
        Of survival times: 1 where the event was seen, 0 where the time is censored.
    """

    design: RDesign
    frame: pd.DataFrame
    X: Floats
    y: Floats
    weights: Floats | None
    trials: Floats | None
    offset: Floats | None
    response_text: str
    response_variable: str
    response_levels: tuple[object, ...] | None
    positions: NDArray[np.intp]
    index: pd.Index
    data_id: int
    formula: str
    n_missing: int
    array_offset: bool
    event: Floats | None = None

    @property
    def prior_weights(self) -> Floats | None:
        """Weights of the fit: the argument `weights` times numbers of trials."""
        if self.trials is None or self.weights is None:
            return self.weights if self.trials is None else self.trials
        return self.weights * self.trials


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
) -> ModelRows:
    """Evaluate a formula on data; `response` reads the left side.

    An offset given as an expression is made part of the formula, so that it is known for new rows too.
    """
    parsed = parse_formula(formula)
    if parsed.random_terms:
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
    return ModelRows(
        design=found.design,
        frame=found.frame,
        X=found.X,
        y=values.y,
        weights=found.weights,
        trials=values.trials,
        offset=found.offset,
        response_text=found.response.text,
        response_variable=found.response.name,
        response_levels=values.levels,
        positions=found.positions,
        index=found.index,
        data_id=id(data),
        formula=str(parsed),
        n_missing=_rows_considered(found, data, subset, environment) - len(found.positions),
        array_offset=offset is not None and not isinstance(offset, str),
        event=values.event,
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
