"""Expressions of a formula in, values out; what is learnt at the fit is kept for new rows."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import FormulaError, UnknownNameError, did_you_mean
from pymediation.formula.contrasts import Contrasts, contrast_name, read_contrasts
from pymediation.formula.functions import BINARY, FUNCTIONS, UNARY, numbers, scalar
from pymediation.formula.nodes import (
    Binary,
    Call,
    Name,
    Node,
    Number,
    Paren,
    String,
    Unary,
    deparse,
    strip_parens,
)
from pymediation.formula.stateful import STATEFUL
from pymediation.formula.tokens import fail
from pymediation.formula.values import Factor, Matrix, Text, Value, align_levels, as_factor, read_column

__all__ = ["Evaluator", "MatrixColumns", "Scope", "is_constant_name"]

_CONSTANTS: Final[dict[str, Any]] = {
    "TRUE": True, "FALSE": False, "NA": np.nan, "NaN": np.nan, "Inf": np.inf, "NULL": None,
    "pi": np.pi, "T": True, "F": False,
}  # fmt: skip
_RESERVED: Final = frozenset({"TRUE", "FALSE", "NA", "NaN", "Inf", "NULL"})


@dataclass(frozen=True, slots=True)
class MatrixColumns:
    """A matrix variable kept as plain columns: their names in the frame, and their own names if any."""

    columns: tuple[str, ...]
    labels: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What names stand for besides the columns of a frame."""

    matrices: Mapping[str, MatrixColumns] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def columns_of(self, name: str) -> tuple[str, ...]:
        """Return the columns of the frame that a name reads."""
        if name in self.matrices:
            return self.matrices[name].columns
        return () if name in self.constants else (name,)


def is_constant_name(name: str) -> bool:
    """Tell whether a name has a meaning without data, such as ``pi``."""
    return name in _CONSTANTS


class Evaluator:
    """Evaluates expressions on the rows of one frame.

    Without `state` it learns: `state` fills with what each stateful function and each factor learnt.
    With `state` it repeats what was learnt.
    """

    def __init__(self, frame: pd.DataFrame, scope: Scope, state: Mapping[str, Any] | None = None) -> None:
        self.frame = frame
        self.scope = scope
        self.learning = state is None
        self.state: dict[str, Any] = {} if state is None else dict(state)
        self._done: dict[Node, Any] = {}

    def rows(self, node: Node, source: str) -> Value:
        """Evaluate an expression that must have a value per row."""
        value = self.value(node, source)
        shape = _shape(value)
        if not shape or shape[0] != len(self.frame):
            what = f"{shape[0]} values" if shape else "one value"
            fail(f"{deparse(node)!r} gives {what} for {len(self.frame)} rows.", source, node.position)
        return value

    def value(self, node: Node, source: str) -> Any:
        """Evaluate an expression; constants may come out as scalars, ``NULL`` as None."""
        if node not in self._done:
            self._done[node] = self._evaluate(node, source)
        return self._done[node]

    def _evaluate(self, node: Node, source: str) -> Any:
        """Evaluate one node of the syntax tree."""
        match node:
            case Number(value):
                return np.asarray(value)
            case String(value):
                return Text(np.array(value, dtype=object))
            case Paren(inner):
                return self.value(inner, source)
            case Name(name):
                return self._variable(name, source)
            case Unary(op, operand):
                return self._operator(op, UNARY.get(op), (operand,), node, source)
            case Binary(op, left, right):
                return self._operator(op, BINARY.get(op), (left, right), node, source)
            case Call("C"):
                return self._contrasted(node, source)
            case Call("cbind"):
                return self._bound(node, source)
            case Call():
                return self._call(node, source)
            case _:
                fail(f"{deparse(node)!r} has no meaning here.", source, node.position)

    def _operator(
        self,
        op: str,
        function: Callable[..., Any] | None,
        operands: tuple[Node, ...],
        node: Node,
        source: str,
    ) -> Any:
        """Apply an operator to its operands."""
        if function is None:
            hint = " Write `&` or `|` for whole columns." if op in ("&&", "||") else ""
            fail(f"The operator `{op}` has no meaning inside an expression.{hint}", source, node.position)
        values = [self.value(operand, source) for operand in operands]
        return _guarded(function, values, {}, node, source)

    def _variable(self, name: str, source: str) -> Any:
        """Look a name up: reserved words, columns, matrices, variables given besides, constants."""
        if name in _RESERVED:
            return _constant(name)
        if name in self.scope.matrices:
            matrix = self.scope.matrices[name]
            parts = [numbers(read_column(self._column(c, source), c)) for c in matrix.columns]
            return Matrix(np.column_stack(parts), matrix.labels)
        if name in self.scope.constants:
            return self.scope.constants[name]
        if name in self.frame.columns:
            return self._remembered(name, read_column(self.frame[name], name))
        if name in _CONSTANTS:
            return _constant(name)
        return read_column(self._column(name, source), name)

    def _column(self, name: str, source: str) -> Any:
        """Return a column of the frame."""
        if name in self.frame.columns:
            return self.frame[name]
        known = [str(column) for column in self.frame.columns]
        raise UnknownNameError(
            f"The formula {source!r} names {name!r}, and the data have no such column; they have {known}."
            f"{did_you_mean(name, known)}"
        )

    def _remembered(self, name: str, value: Value) -> Value:
        """Keep the levels of a factor column, so that its codes mean the same on new rows."""
        key = deparse(Name(name))
        if self.learning:
            if isinstance(value, Factor):
                self.state[key] = value.levels, value.ordered
            return value
        if key not in self.state:
            return value
        levels, ordered = self.state[key]
        return Factor(align_levels(value, levels, name), levels, ordered)

    def _call(self, node: Call, source: str) -> Any:
        """Evaluate a function call."""
        args = [self.value(arg, source) for arg in node.args]
        kwargs = {key.replace(".", "_"): self.value(arg, source) for key, arg in node.kwargs.items()}
        name = _known_function(node.name)
        if name in STATEFUL:
            return self._stateful(name, args, kwargs, node, source)
        if name in FUNCTIONS:
            return _guarded(FUNCTIONS[name], args, kwargs, node, source)
        if node.name in self.scope.functions:
            return _call_extra(self.scope.functions[node.name], args, kwargs, node.name)
        return self._refuse_function(node, source)

    def _stateful(self, name: str, args: list[Any], kwargs: dict[str, Any], node: Call, source: str) -> Any:
        """Learn what a function needs to remember, or recall it, and apply it."""
        function, key = STATEFUL[name], deparse(node)
        if self.learning:
            self.state[key] = _guarded(function.learn, args, kwargs, node, source)
        first = args[0] if args else kwargs["x"]
        return _guarded(function.apply, [self.state[key], first, key], {}, node, source)

    def _contrasted(self, node: Call, source: str) -> Factor:
        """Evaluate ``C(g, contrast)``: a factor with contrasts of its own."""
        args = node.args
        if not args or len(args) > 2 or set(node.kwargs) - {"contr", "base"}:
            fail("Write C(g, contr.sum), or C(g, contr.treatment, base = 2).", source, node.position)
        value = self.value(args[0], source)
        factor = value if isinstance(value, Factor) else self._remembered_factor(value, deparse(node))
        kind = args[1] if len(args) > 1 else node.kwargs.get("contr")
        if kind is None:
            return factor
        contrasts = read_kind(strip_parens(kind), self, source)
        if "base" in node.kwargs:
            base = int(scalar(self.value(node.kwargs["base"], source), "base"))
            contrasts = replace(contrasts, base=base, numbered=True)
        return replace(factor, contrasts=contrasts)

    def _remembered_factor(self, value: Value, key: str) -> Factor:
        """Make a factor of text, numbers or truth values, with the levels of the fit."""
        if self.learning:
            self.state[key] = as_factor(value).levels
        levels = self.state[key]
        return Factor(align_levels(value, levels, key), levels)

    def _bound(self, node: Call, source: str) -> Matrix:
        """Evaluate ``cbind()``: columns side by side, named as R names them."""
        parts: list[NDArray[np.float64]] = []
        names: list[str] = []
        for key, argument in node.arguments:
            value = self.value(argument, source)
            array = _guarded(numbers, [value], {}, node, source)
            parts.append(np.broadcast_to(array.T, (*array.T.shape[:-1], len(self.frame))).T)
            if isinstance(value, Matrix):
                names += value.names or [""] * value.values.shape[1]
            else:
                names.append(key or (argument.name if isinstance(argument, Name) else ""))
        if not parts:
            fail("cbind() needs columns.", source, node.position)
        return Matrix(np.column_stack(parts), tuple(names) if any(names) else None)

    def _refuse_function(self, node: Call, source: str) -> None:
        """Raise for a function that is not known."""
        known = sorted([*STATEFUL, *FUNCTIONS, "C", "cbind", *self.scope.functions])
        short = node.name.rsplit(".", 1)[-1]
        close = get_close_matches(node.name, known, n=3) or get_close_matches(short, known, n=3)
        hint = f" Did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
        fail(
            f"There is no function {node.name!r} in formulas.{hint} The functions are: {', '.join(known)}. "
            "Others can be applied to a column before the fit.",
            source,
            node.position,
        )


def read_kind(kind: Node, evaluator: Evaluator, source: str) -> Contrasts:
    """Read the second argument of ``C()``: a name, a call such as ``contr.sum(3)``, or a matrix."""
    text = {String: "value", Name: "name", Call: "name"}.get(type(kind))
    name = contrast_name(getattr(kind, text)) if text else None
    if name is not None and isinstance(kind, Call):
        options = {key: int(scalar(evaluator.value(arg, source), key)) for key, arg in kind.kwargs.items()}
        options |= zip(
            ("n", "base"), (int(scalar(evaluator.value(a, source), "n")) for a in kind.args), strict=False
        )
        return Contrasts(name, options.get("base", 1), size=options.get("n"), numbered=True)
    if name is not None:
        return Contrasts(name)
    if isinstance(kind, Name):
        known = "contr.treatment, contr.sum, contr.helmert, contr.poly and contr.SAS"
        fail(f"{kind.name!r} is not a contrast; the contrasts are {known}.", source, kind.position)
    value = evaluator.value(kind, source)
    matrix = value.values if isinstance(value, Matrix) else numbers(value).reshape(-1, 1)
    return read_contrasts(matrix, "C()")


def _shape(value: Any) -> tuple[int, ...]:
    """Return the shape of a value; () for a constant or ``NULL``."""
    if isinstance(value, Factor):
        return value.codes.shape
    if value is None:
        return ()
    return np.shape(value if isinstance(value, np.ndarray) else value.values)


def _constant(name: str) -> Any:
    """Return a constant as a value."""
    constant = _CONSTANTS[name]
    return None if constant is None else read_column(np.asarray(constant), name)


def _known_function(name: str) -> str:
    """Return R's spelling of a function that may be written with underscores."""
    known = name in STATEFUL or name in FUNCTIONS
    return name if known else name.replace("_", ".")


def _guarded(
    function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any], node: Node, source: str
) -> Any:
    """Call a function; what it refuses is shown at its place in the formula."""
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError as error:
        accepted = [name for name in inspect.signature(function).parameters if name != "state"]
        call = node.name if isinstance(node, Call) else deparse(node)
        fail(f"{call}(): {error}; its arguments are {accepted}.", source, node.position)
    try:
        return function(*args, **kwargs)
    except FormulaError as error:
        fail(error.message, source, node.position)


def _call_extra(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any], name: str) -> Value:
    """Call a function that the caller supplied with plain arrays."""
    plain = {key: _plain(value) for key, value in kwargs.items()}
    result = function(*(_plain(value) for value in args), **plain)
    array = result if hasattr(result, "dtype") else np.asarray(result)
    return Matrix(np.asarray(array, dtype=np.float64)) if array.ndim == 2 else read_column(array, f"{name}()")


def _plain(value: Any) -> Any:
    """Return a value as NumPy or pandas holds it."""
    if isinstance(value, Factor):
        categories = pd.Index(value.levels)
        return pd.Categorical.from_codes(value.codes, categories=categories, ordered=value.ordered)
    return value if value is None or isinstance(value, np.ndarray) else value.values
