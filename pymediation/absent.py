"""Attributes of the package that are elsewhere, answered with what to write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NoReturn

from pymediation.errors import UnknownAttributeError, did_you_mean

__all__ = ["DIALECT", "LOADERS", "elsewhere", "refuse"]

# Of the dialect, what scripts most often look for beside `mediate`.
DIALECT: Final = (
    *("coef", "data", "glm", "glmer", "lm", "lmer", "plot", "polr", "rq", "summary", "survreg", "tobit"),
    *("vcov", "vglm"),
)
# Loaders of data that R's package has and this one does not.
_MULTILEVEL: Final = (
    "The multilevel data of R's package are not distributed here; pandas.read_csv() reads them from a file "
    "that R's write.csv() has made"
)
LOADERS: Final = {"load_student": _MULTILEVEL, "load_school": _MULTILEVEL}


def elsewhere(loaders: Iterable[str]) -> dict[str, str]:
    """Return, for names that the package does not have at its top, a sentence with what to write.

    Parameters
    ----------
    loaders : iterable of str
        The names of the data sets' functions.
    """
    found = {name: f"Write pymediation.datasets.{name}()" for name in loaders}
    found |= {name: f"Write import pymediation.r as R, and R.{name}(...)" for name in DIALECT}
    return {**found, **LOADERS, "r": "Write import pymediation.r as R", "jss": "Write import pymediation.jss"}


def refuse(
    module: str, name: str, known: Iterable[str], instead: Mapping[str, str], otherwise: str = ""
) -> NoReturn:
    """Say what to write for an attribute that a module does not have.

    Parameters
    ----------
    module, name : str
        What was asked for what.
    known : iterable of str
        What the module has.
    instead : dict of str to str
        By name, the sentence that answers it, without its full stop.
    otherwise : str
        What to say, after a space, of other names; by default the closest name of those known.

    Raises
    ------
    UnknownAttributeError
        Always; names with a leading underscore, which protocols ask for, get Python's own error.
    """
    msg = f"module {module!r} has no attribute {name!r}"
    if name.startswith("_"):
        raise AttributeError(msg, name=name)
    answer = f" {instead[name]}." if name in instead else otherwise or did_you_mean(name, known)
    raise UnknownAttributeError(f"{msg}.{answer}", name=name)
