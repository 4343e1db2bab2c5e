"""Formula and data in, everything a fit needs out: R's ``model.frame`` and ``model.matrix``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import ArgumentError, ArgumentTypeError, DataMismatchError
from pymediation.formula.design import RDesign, learn_design, sum_offsets
from pymediation.formula.evaluate import Evaluator
from pymediation.formula.functions import numbers
from pymediation.formula.gather import Gathered, column_names, gather
from pymediation.formula.nodes import Call, Name, Node, deparse, names_in, walk
from pymediation.formula.parser import Formula, parse_expression, parse_formula
from pymediation.formula.response import Response, evaluate_response, finish_response
from pymediation.formula.terms import TermTable, expand_terms
from pymediation.formula.values import Logical, Value, check_finite, is_missing, read_column, take_rows
from pymediation.warn import warn

__all__ = ["ModelFrame", "model_frame"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ModelFrame:
    """What a formula and data give to a fit, on the n rows that are used.

    Attributes
    ----------
    formula : Formula
        The formula.
    response : Response or None
        The left side; None for a one-sided formula.
    design : RDesign
        The recipe of the columns.
    X : ndarray, shape (n, k)
        The model matrix.
    offset : ndarray, shape (n,), or None
        The sum of the ``offset()`` terms and the argument `offset`.
    weights : ndarray, shape (n,), or None
        The weights.
    frame : DataFrame
        A private copy of the raw columns that formula, weights and offset read, rows numbered from 0.
    positions : ndarray of int, shape (n,)
        The rows of the data that are used, from 0.
    index : Index
        Their labels in the data.
    """

    formula: Formula
    response: Response | None
    design: RDesign
    X: Floats
    offset: Floats | None
    weights: Floats | None
    frame: pd.DataFrame
    positions: NDArray[np.intp]
    index: pd.Index


@dataclass(slots=True)
class _Extra:
    """An argument beside the formula: an expression of the data's columns, or values."""

    argument: str
    node: Node | None
    given: Any

    def value(self, evaluator: Evaluator, source: str) -> Value | None:
        """Evaluate the argument on all rows."""
        if self.node is not None:
            return evaluator.rows(self.node, source)
        if self.given is None:
            return None
        rows = len(evaluator.frame)
        if np.ndim(self.given) != 1 or len(self.given) != rows:
            raise DataMismatchError(
                f"`{self.argument}` must be the name of a column, an expression or one value for each of the "
                f"{rows} rows of the data; got shape {np.shape(self.given)}."
            )
        array = self.given if hasattr(self.given, "dtype") else np.asarray(self.given)
        return read_column(array, self.argument)


def model_frame(
    formula: str | Formula,
    data: Any = None,
    *,
    weights: Any = None,
    offset: Any = None,
    subset: Any = None,
    environment: Mapping[str, Any] | None = None,
    na_action: str = "na.omit",
    contrasts: Mapping[str, Any] | None = None,
) -> ModelFrame:
    """Evaluate a formula on data, as R's ``lm`` and ``glm`` do before they fit.

    Expressions are evaluated on all rows, as in R: the mean that ``scale(x)`` takes off is that of all
    rows. Then the rows of `subset` without missing values are kept, and levels that no longer occur are
    dropped.

    Parameters
    ----------
    formula : str or Formula
        The formula, e.g. ``"y ~ treat * log(age) + factor(site)"``.
    data : DataFrame or mapping of arrays, optional
        The data. Text becomes factors with sorted levels, booleans truth values; categoricals keep the
        order of their levels. Without data all variables come from `environment`.
    weights, offset : str or array_like, optional
        A column or expression of the data, or a value per row of the data.
    subset : str or array_like of bool, optional
        Which rows to use, e.g. ``"age > 40"``.
    environment : mapping, optional
        Where variables that are not columns are looked up: arrays with a value per row, two-dimensional
        ones too, constants, and functions of arrays.
    na_action : {"na.omit", "na.exclude", "na.fail"}
        Leave rows with missing values out, or refuse them.
    contrasts : mapping, optional
        Factor, as the formula writes it -> ``"contr.sum"`` and the like, or a matrix with a row per level.

    Returns
    -------
    ModelFrame
        Response, model matrix, recipe and the rows used.

    Raises
    ------
    FormulaError
        If the formula cannot be read or evaluated.
    UnknownNameError
        If it names a variable that does not exist.
    DataMismatchError
        If lengths differ, a variable is infinite, no row is left, or values are missing under
        ``"na.fail"``.

    Examples
    --------
    >>> import pandas as pd
    >>> from pymediation.formula import model_frame
    >>> data = pd.DataFrame({"y": [1.0, 2, 4, 3], "x": [1.0, None, 2, 3], "g": ["b", "a", "b", "a"]})
    >>> frame = model_frame("y ~ x * g", data)
    >>> frame.design.names
    ('(Intercept)', 'x', 'gb', 'x:gb')
    >>> frame.positions.tolist()
    [0, 2, 3]
    """
    if na_action.replace("_", ".") not in ("na.omit", "na.exclude", "na.fail"):
        raise ArgumentError(f"`na_action` must be 'na.omit', 'na.exclude' or 'na.fail', not {na_action!r}.")
    parsed = parse_formula(formula)
    table = expand_terms(parsed, column_names(data))
    extras = [_extra("weights", weights), _extra("offset", offset), _extra("subset", subset)]
    gathered = _gather(parsed, table, extras, data, environment)
    evaluator = Evaluator(gathered.frame, gathered.scope)
    values = [evaluator.rows(node, parsed.text) for node in table.variables]
    left: Value | None = None
    surv_type = ""
    if parsed.lhs is not None:
        left, surv_type = evaluate_response(parsed.lhs, evaluator, parsed.text)
    weight, shift, chosen = (extra.value(evaluator, parsed.text) for extra in extras)
    named = _named_values(parsed, table, values, left, weight, shift, evaluator)
    rows = _rows_kept(named, chosen, len(gathered.frame), na_action)
    _warn_undefined(named, evaluator, rows)
    for name, _, value in named:
        check_finite(take_rows(value, rows), name)
    kept = [take_rows(value, rows) for value in values]
    design = learn_design(table, kept, evaluator, dict(contrasts or {}))
    frame = gathered.frame.iloc[rows].reset_index(drop=True)
    return ModelFrame(
        formula=parsed,
        response=None if left is None else finish_response(parsed.lhs, take_rows(left, rows), surv_type),  # type: ignore[arg-type]
        design=design,
        X=design.matrix_of(kept, len(rows)),
        offset=_total_offset(table, evaluator, shift, rows),
        weights=None if weight is None else _check_weights(numbers(take_rows(weight, rows))),
        frame=frame,
        positions=rows,
        index=gathered.index[rows],
    )


def _extra(argument: str, given: Any) -> _Extra:
    """Read an argument that may be an expression."""
    return _Extra(argument, parse_expression(given) if isinstance(given, str) else None, given)


def _gather(
    formula: Formula, table: TermTable, extras: list[_Extra], data: Any, environment: Mapping[str, Any] | None
) -> Gathered:
    """Collect the columns that everything needs."""
    nodes: list[Node] = [*table.variables, *formula.random_terms]
    nodes += [formula.lhs] if formula.lhs is not None else []
    nodes += [extra.node for extra in extras if extra.node is not None]
    names = dict.fromkeys(name for node in nodes for name in names_in(node))
    functions = {inner.name for node in nodes for inner in walk(node) if isinstance(inner, Call)}
    return gather(names, functions, data, environment, formula.text)


def _named_values(
    formula: Formula,
    table: TermTable,
    values: list[Value],
    left: Value | None,
    weight: Value | None,
    shift: Value | None,
    evaluator: Evaluator,
) -> list[tuple[str, Node | None, Value]]:
    """Return everything whose missing values drop a row: text, expression if there is one, values."""
    named: list[tuple[str, Node | None, Value]] = []
    if left is not None and formula.lhs is not None:
        named.append((deparse(formula.lhs), formula.lhs, left))
    named += zip(table.texts, table.variables, values, strict=True)
    grouping = dict.fromkeys(name for bar in formula.random_terms for name in names_in(bar))
    named += [(name, Name(name), evaluator.rows(Name(name), formula.text)) for name in grouping]
    if weight is not None:
        named.append(("weights", None, weight))
    if shift is not None:
        named.append(("offset", None, shift))
    return named


def _rows_kept(
    named: list[tuple[str, Node | None, Value]], chosen: Value | None, count: int, na_action: str
) -> NDArray[np.intp]:
    """Return the positions of the rows in the subset that lack nothing."""
    keep = np.ones(count, dtype=bool)
    if chosen is not None:
        if not isinstance(chosen, Logical):
            raise ArgumentTypeError("`subset` must be true or false for each row, e.g. 'age > 40'.")
        keep = chosen.values == 1.0
    lacking = {name: int((is_missing(value) & keep).sum()) for name, _, value in named}
    lacking = {name: number for name, number in lacking.items() if number}
    if lacking and na_action.replace("_", ".") == "na.fail":
        raise DataMismatchError(
            f"Values are missing in (variable: rows) {lacking}. Use 'na.omit' to drop them."
        )
    for _, _, value in named:
        keep = keep & ~is_missing(value)
    if not keep.any():
        why = f"; missing values by variable: {lacking}" if lacking else " in the subset"
        raise DataMismatchError(f"No row of the {count} is left{why}.")
    return np.flatnonzero(keep)


def _warn_undefined(
    named: list[tuple[str, Node | None, Value]], evaluator: Evaluator, rows: NDArray[np.intp]
) -> None:
    """Warn of rows that are lost because an expression such as a logarithm has no value there."""
    if len(rows) == len(evaluator.frame):
        return
    for text, node, value in named:
        if node is None or isinstance(node, Name):
            continue
        undefined = is_missing(value)
        for name in names_in(node):
            undefined = undefined & ~is_missing(evaluator.rows(Name(name), text))
        if undefined.any():
            warn(
                f"{text!r} is not a number in {int(undefined.sum())} row(s) whose variables are not missing; "
                "these rows are left out."
            )


def _total_offset(
    table: TermTable, evaluator: Evaluator, shift: Value | None, rows: NDArray[np.intp]
) -> Floats | None:
    """Add the offsets of formula and argument."""
    if not table.offsets and shift is None:
        return None
    total = sum_offsets(table, evaluator)[rows]
    return total if shift is None else total + numbers(shift)[rows]


def _check_weights(weights: Floats) -> Floats:
    """Refuse negative weights."""
    if (weights < 0).any():
        raise ArgumentError(f"`weights` must not be negative; the smallest is {weights.min():g}.")
    return weights
