"""The call of a fit, written as R prints it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["call_text", "variable_name"]

_CUTOFF = 60  # R breaks a line at the first operator or comma that ends beyond this column
_INDENT = "    "
_PIECES = re.compile(r"""(?:"[^"]*"|'[^']*'|`[^`]*`|.)*?(?:,\ |\ (?:[-+*~&|<>]|[=!<>]=|%\w+%|&&|\|\|)\ |$)""")


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
