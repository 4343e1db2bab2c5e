"""The arguments of ``multimed``, checked before the data are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

import pandas as pd

from pymediation.errors import (
    ArgumentError,
    ArgumentTypeError,
    UnknownArgumentError,
    UnknownNameError,
    did_you_mean,
)
from pymediation.setting.options import check_fraction, check_sims, complete_choice
from pymediation.warn import warn

__all__ = ["Design", "MultimedRequest", "read_request"]

Design = Literal["single", "parallel"]


@dataclass(frozen=True, slots=True)
class MultimedRequest:
    """Checked arguments; names and meanings are those of ``multimed``.

    Attributes
    ----------
    used : dict of str to tuple of str
        Columns that enter the analysis, by argument.
    ignored : dict of str to tuple of str
        Columns that do not, but whose missing values exclude rows all the same, by argument.
    """

    used: dict[str, tuple[str, ...]]
    ignored: dict[str, tuple[str, ...]]
    design: Design
    sims: int
    R2_by: float
    conf_level: float

    def name(self, argument: str) -> str:
        """Return the one column of an argument."""
        return self.used[argument][0]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that were named, each once."""
        return tuple(dict.fromkeys(chain(*self.used.values(), *self.ignored.values())))


def read_request(arguments: Mapping[str, Any], unknown: Mapping[str, object]) -> MultimedRequest:
    """Check the arguments of a call.

    Parameters
    ----------
    arguments : mapping of str to object
        All named arguments of ``multimed``.
    unknown : mapping of str to object
        Arguments that it does not have.

    Raises
    ------
    ArgumentError, ArgumentTypeError, UnknownArgumentError, UnknownNameError
    """
    for name in unknown:
        msg = f"multimed() has no argument {name!r}.{did_you_mean(name, arguments)}"
        raise UnknownArgumentError(msg)
    single = complete_choice(arguments["design"], "design", ("single", "parallel")) == "single"
    named = {argument: _one(arguments[argument], argument) for argument in ("outcome", "med_main", "treat")}
    named["med_alt"] = _several(arguments["med_alt"], "med_alt")
    named["covariates"] = _several(arguments["covariates"], "covariates")
    named |= {argument: _optional(arguments[argument], argument) for argument in ("experiment", "weight")}
    _check_design(named, single=single)
    _check_columns(arguments["data"], named)
    idle = {"experiment"} if single else {"med_alt", "covariates"}
    used = {argument: names for argument, names in named.items() if names and argument not in idle}
    _check_once(used)
    return MultimedRequest(
        used=used,
        ignored={argument: named[argument] for argument in idle if named[argument]},
        design="single" if single else "parallel",
        sims=check_sims(arguments["sims"], boot=True, boot_ci_type="perc", tests=False),
        R2_by=_step(arguments["R2_by"]),
        conf_level=check_fraction(arguments["conf_level"], "conf_level"),
    )


def _one(given: object, argument: str) -> tuple[str, ...]:
    """Return the name of a column that has to be given."""
    if given is None:
        msg = f"multimed() needs {argument}=, the name of a column of data."
        raise ArgumentTypeError(msg)
    return _optional(given, argument)


def _optional(given: object, argument: str) -> tuple[str, ...]:
    """Return the name of a column, or nothing."""
    if given is None:
        return ()
    if isinstance(given, str):
        return (given,)
    what = "the name of the column of case weights" if argument == "weight" else "the name of one column"
    msg = f"{argument} must be {what} in data, a text; got {_described(given)}."
    raise ArgumentTypeError(msg)


def _several(given: object, argument: str) -> tuple[str, ...]:
    """Return one or more names of columns, or nothing."""
    if given is None or isinstance(given, str):
        return _optional(given, argument)
    names = tuple(given) if isinstance(given, Iterable) and not isinstance(given, pd.DataFrame) else (None,)
    if all(isinstance(name, str) for name in names):
        return tuple(str(name) for name in names)
    msg = f"{argument} must be the name of a column of data, or a list of names; got {_described(given)}."
    raise ArgumentTypeError(msg)


def _described(given: object) -> str:
    """Describe a value that is not a name."""
    text = repr(given)
    return text if len(text) <= 60 and "\n" not in text else f"a {type(given).__name__}"


def _check_design(named: Mapping[str, tuple[str, ...]], *, single: bool) -> None:
    """Refuse what a design cannot do without; warn about what it cannot use."""
    if single and not named["med_alt"]:
        msg = (
            "design='single' needs med_alt=, the name of at least one alternative mediator: a variable that "
            "the treatment affects and that may confound the main mediator and the outcome. Without one, "
            "use mediate()."
        )
        if named["experiment"]:
            msg += " experiment= belongs to design='parallel', which needs none."
        raise ArgumentError(msg)
    if not single and not named["experiment"]:
        msg = (
            "design='parallel' needs experiment=, the name of a column that is 1 where the mediator was "
            "manipulated and 0 where it was not."
        )
        raise ArgumentError(msg)
    if single and named["experiment"]:
        warn(
            f"experiment={named['experiment'][0]!r} is not used in the single design (except that rows with "
            "missing values in it are left out): all rows count as one experiment in which the mediator was "
            "not manipulated. For two experiments set design='parallel'."
        )
    if not single and named["med_alt"]:
        warn(
            "med_alt is not used in the parallel design (except that rows with missing values in it are left "
            "out)."
        )
    if not single and named["covariates"]:
        warn(
            "covariates currently cannot be used for the parallel design; option ignored (except that rows "
            "with missing values in them are left out)."
        )


def _check_columns(data: object, named: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse data that are no table, and names that are not columns of it."""
    if not isinstance(data, pd.DataFrame):
        msg = f"data must be a DataFrame that holds the columns named; got {_described(data)}."
        raise ArgumentTypeError(msg)
    for argument, names in named.items():
        for name in names:
            found = int((data.columns == name).sum())
            if found == 0:
                hint = did_you_mean(name, map(str, data.columns))
                msg = f"{argument}={name!r}: data has no such column.{hint} Columns are named, not computed."
                raise UnknownNameError(msg)
            if found > 1:
                msg = f"{argument}={name!r}: data has {found} columns of that name. Rename all but one."
                raise ArgumentError(msg)


def _check_once(used: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse a column in two roles; weights may be a variable as well."""
    roles: dict[str, str] = {}
    for argument, names in used.items():
        for name in names if argument != "weight" else ():
            if name in roles:
                where = (
                    f"both {roles[name]} and {argument}" if roles[name] != argument else f"{argument} twice"
                )
                msg = f"The column {name!r} is given as {where}; every variable has one role."
                raise ArgumentError(msg)
            roles[name] = argument


def _step(given: object) -> float:
    """Return the step of the sensitivity parameter."""
    step = 1.0 if isinstance(given, (int, float)) and not isinstance(given, bool) and given == 1 else None
    return check_fraction(given, "R2_by") if step is None else step
