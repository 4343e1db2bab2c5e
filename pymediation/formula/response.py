"""The left side of a formula."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import FormulaError
from pymediation.formula.evaluate import Evaluator
from pymediation.formula.functions import numbers, texts
from pymediation.formula.nodes import Call, Name, Node, Paren, deparse, names_in
from pymediation.formula.tokens import fail
from pymediation.formula.values import Factor, Logical, Matrix, Text, Value, as_factor

__all__ = ["Response", "evaluate_response", "finish_response", "response_name"]

Kind = Literal["numeric", "logical", "factor", "matrix", "surv"]

_RELABELLING: Final = frozenset(
    {"I", "scale", "factor", "ordered", "relevel"}
    | {
        f"as{sep}{kind}"
        for sep in "._"
        for kind in ("factor", "ordered", "numeric", "integer", "logical", "character")
    }
)
_SURV_TYPES: Final = {
    "right": ("time", "event"),
    "left": ("time", "event"),
    "counting": ("time", "time2", "event"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """The response of a model on the rows used.

    Attributes
    ----------
    text : str
        The left side as R writes it, e.g. ``"log(pay)"``.
    name : str
        The variable it stands for: ``"pay"`` for ``pay`` itself or one whose units or type were changed,
        such as ``scale(pay)`` or ``factor(pay)``; the time of ``Surv(time, event)``; else `text`.
    variables : frozenset of str
        The columns it reads.
    kind : str
        ``"numeric"``, ``"logical"``, ``"factor"`` (text too), ``"matrix"`` (``cbind()``) or ``"surv"``.
    values : ndarray, shape (n,) or (n, c)
        Numbers; 0 and 1 for truth values; codes of the levels from 0 for a factor; the columns of
        ``cbind()``; the pieces of ``Surv()`` side by side.
    levels : tuple of str or None
        The levels that occur, for a factor or truth values.
    ordered : bool
        Whether the levels are ordered.
    pieces : mapping of str to ndarray
        Columns of a matrix by name; ``time`` and ``event`` (0/1), or ``time``, ``time2`` and ``event``
        for ``Surv()``. Empty otherwise.
    surv_type : str
        ``"right"``, ``"left"`` or ``"counting"`` for ``Surv()``, else empty.
    """

    text: str
    name: str
    variables: frozenset[str]
    kind: Kind
    values: NDArray[np.float64]
    levels: tuple[str, ...] | None
    ordered: bool
    pieces: Mapping[str, NDArray[np.float64]]
    surv_type: str = ""


def response_name(node: Node) -> str:
    """Return the variable that a response stands for; see `Response`."""
    match node:
        case Name(name):
            return name
        case Paren(inner):
            return response_name(inner)
        case Call(function) if node.arguments and (function in _RELABELLING or function == "Surv"):
            first = node.arguments[0][1]
            inner_name = response_name(first)
            return inner_name if inner_name in names_in(first) else deparse(node)
        case _:
            return deparse(node)


def evaluate_response(node: Node, evaluator: Evaluator, source: str) -> tuple[Value, str]:
    """Evaluate the left side on all rows; the second item is the type of a ``Surv()``, else empty."""
    if isinstance(node, Call) and node.name == "Surv":
        return _surv(node, evaluator, source)
    return evaluator.rows(node, source), ""


def _surv(node: Call, evaluator: Evaluator, source: str) -> tuple[Matrix, str]:
    """Evaluate the pieces of ``Surv(time, event)`` or ``Surv(time, time2, event)``."""
    positional, named = list(node.args), dict(node.kwargs)
    kind = texts(evaluator.value(named.pop("type"), source))[0] if "type" in named else ""
    slots = ("time", "time2", "event") if len(positional) + len(named) == 3 else ("time", "event")
    free = [slot for slot in slots if slot not in named]
    if len(positional) > len(free) or not set(named) <= set(slots):
        fail("Write Surv(time, event) or Surv(start, stop, event).", source, node.position)
    named |= dict(zip(free, positional, strict=False))
    kind = kind or ("counting" if "time2" in named else "right")
    if kind not in _SURV_TYPES or "time" not in named or ("time2" in named) != (kind == "counting"):
        known = ", ".join(map(repr, _SURV_TYPES))
        fail(f"Surv() of type {kind!r} is not read; the types are {known}.", source, node.position)
    times = [
        numbers(evaluator.rows(named[slot], source)) for slot in slots if slot in named and slot != "event"
    ]
    event = np.ones_like(times[0])
    if "event" in named:
        event = _event(evaluator.rows(named["event"], source), node, source)
    return Matrix(np.column_stack([*times, event]), _SURV_TYPES[kind]), kind


def _event(value: Value, node: Node, source: str) -> NDArray[np.float64]:
    """Return 1 where the event was seen and 0 where censored; R also takes 2 and 1."""
    event = numbers(value)
    seen = set(np.unique(event[~np.isnan(event)]))
    if seen <= {1.0, 2.0} and 2.0 in seen:
        return event - 1
    if not seen <= {0.0, 1.0}:
        fail("The event of Surv() must be 0/1, 1/2 or true/false.", source, node.position)
    return event


def finish_response(node: Node, value: Value, surv_type: str) -> Response:
    """Describe the response on the rows used.

    Parameters
    ----------
    node : Node
        The left side.
    value : Value
        Its values, none missing.
    surv_type : str
        The type of ``Surv()``, or empty.

    Returns
    -------
    Response
        The response; unused levels are dropped.
    """
    kind: Kind = "numeric"
    levels: tuple[str, ...] | None = None
    pieces: dict[str, NDArray[np.float64]] = {}
    match value:
        case Logical(values):
            kind, levels = "logical", ("FALSE", "TRUE")
        case Factor() | Text():
            factor = as_factor(value)
            used, codes = np.unique(factor.codes, return_inverse=True)
            kind, levels, values = (
                "factor",
                tuple(factor.levels[code] for code in used),
                codes.astype(np.float64),
            )
        case Matrix(values, names):
            kind = "surv" if surv_type else "matrix"
            labels = names or tuple(str(number) for number in range(1, values.shape[1] + 1))
            pieces = dict(zip(labels, values.T, strict=True))
        case _:
            values = value
    if values.size == 0:
        raise FormulaError(f"{deparse(node)!r} has no values.")
    return Response(
        text=deparse(node),
        name=response_name(node),
        variables=frozenset(names_in(node)),
        kind=kind,
        values=values,
        levels=levels,
        ordered=isinstance(value, Factor) and value.ordered,
        pieces=pieces,
        surv_type=surv_type,
    )
