"""The call of a fit, written as R prints it."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from inspect import Parameter, signature
from types import FrameType
from typing import Any, ParamSpec, TypeVar

from pymediation.formula import deparse
from pymediation.formula.parser import parse_expression
from pymediation.formula.text import name_text, string_text
from pymediation.report.numbers import format_numbers

__all__ = [
    "DefaultNumber",
    "DefaultText",
    "argument_texts",
    "call_text",
    "caller_variables",
    "is_default",
    "names_before_positions",
    "setting_texts",
    "variable_name",
]

P = ParamSpec("P")
Fit = TypeVar("Fit")

_CUTOFF = 60  # R breaks a line at the first operator or comma that ends beyond this column
_INDENT = "    "
_PIECES = re.compile(r"""(?:"[^"]*"|'[^']*'|`[^`]*`|.)*?(?:,\ |\ (?:[-+*~&|<>]|[=!<>]=|%\w+%|&&|\|\|)\ |$)""")


class DefaultNumber(float):
    """A number that stands as default of an argument."""


class DefaultText(str):
    """A text that stands as default of an argument."""

    __slots__ = ()


def is_default(value: Any) -> bool:
    """Tell whether the caller left an argument at its default, which R's call then does not show."""
    return isinstance(value, (DefaultNumber, DefaultText))


def setting_texts(settings: Mapping[str, float | str]) -> list[tuple[str, str]]:
    """Write the settings of a call that were given: numbers, and texts in quotes."""
    return [
        (name, string_text(value) if isinstance(value, str) else format_numbers([value], 15)[0])
        for name, value in settings.items()
        if not is_default(value)
    ]


def call_text(function: str, arguments: Iterable[tuple[str, str]]) -> str:
    """Write ``function(name = value, ...)`` in lines broken where R breaks them."""
    whole = f"{function}({', '.join(f'{name} = {value}' for name, value in arguments)})"
    lines, line = [], ""
    for piece in filter(None, _PIECES.findall(whole)):
        if len(line) > _CUTOFF:
            lines.append(line)
            line = _INDENT
        line += piece
    return "\n".join([*lines, line])


def variable_name(value: Any, names: Mapping[str, Any], default: str) -> str:
    """Return the name under which the caller holds this very object, or a default."""
    return next((n for n, held in names.items() if held is value and not n.startswith("_")), default)


def caller_variables(frame: FrameType) -> Mapping[str, Any]:
    """Return the variables of the caller."""
    return ChainMap(frame.f_locals, frame.f_globals)


def names_before_positions(function: Callable[P, Fit]) -> Callable[P, Fit]:
    """Let positions fill what names have left, as in R: ``glm("y ~ x", d, family=binomial)`` has data ``d``.

    The function runs one frame further from its caller.
    """
    parameters = signature(function).parameters.values()
    positional = [one.name for one in parameters if one.kind is Parameter.POSITIONAL_OR_KEYWORD]

    @wraps(function)
    def matched(*args: P.args, **named: P.kwargs) -> Fit:
        left = [name for name in positional if name not in named]
        if len(args) > len(left):
            return function(*args, **named)
        return function(**dict(zip(left, args, strict=False)), **named)  # type: ignore[call-arg, arg-type]

    return matched


def argument_texts(arguments: Mapping[str, Any], names: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Write the arguments of a call: expressions as R does, objects by the caller's name for them."""
    return [
        (argument, _value_text(argument, value, names))
        for argument, value in arguments.items()
        if value is not None
    ]


def _value_text(argument: str, value: Any, names: Mapping[str, Any]) -> str:
    """Write the value of one argument."""
    if isinstance(value, str):
        return deparse(parse_expression(value))
    if argument == "contrasts" and all(isinstance(kind, str) for kind in value.values()):
        return (
            f"list({', '.join(f'{name_text(name)} = {string_text(kind)}' for name, kind in value.items())})"
        )
    return variable_name(value, names, argument)
