"""Arguments that are abbreviated, as R allows."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pymediation.errors import ArgumentError, UnknownArgumentError
from pymediation.warn import warn

__all__ = ["completed"]


def completed(
    function: Callable[..., Any], given: Mapping[str, Any], others: Mapping[str, Any]
) -> dict[str, Any]:
    """Return all arguments of a call under their full names.

    Parameters
    ----------
    function : callable
        Whose signature tells the defaults.
    given : mapping
        The arguments that were named in full, or left at their defaults.
    others : mapping
        The rest: abbreviations, and names that `function` does not have.

    Raises
    ------
    UnknownArgumentError
        If an abbreviation is not unique.
    ArgumentError
        If an argument is given twice.

    Warns
    -----
    PymediationWarning
        For an abbreviation.
    """
    defaults = {name: p.default for name, p in inspect.signature(function).parameters.items()}
    complete = dict(given)
    for short, value in others.items():
        name = _full_name(short, tuple(given))
        if name != short:
            warn(f"`{short}` is taken as `{name}`. Write the name out: {name}={value!r}.")
            if complete[name] is not defaults[name]:
                raise ArgumentError(f"`{name}` is given twice: as {name}= and as {short}=.")
        complete[name] = value
    return complete


def _full_name(short: str, names: tuple[str, ...]) -> str:
    """Return the one argument that starts so, or the name itself."""
    matches = [name for name in names if name.startswith(short)]
    if len(matches) > 1:
        raise UnknownArgumentError(f"`{short}` could be any of {', '.join(matches)}. Write the name out.")
    return matches[0] if matches else short
