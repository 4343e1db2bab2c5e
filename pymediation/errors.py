"""Exceptions and warnings of the package.

Every exception derives from :class:`PymediationError` and from the built-in exception a caller would
expect, so ``except ValueError`` keeps working. A message says what was given, what is accepted and what
to do; its last line names the entry of ``docs/errors.md`` that has cause and remedy. Messages that quote
another take its `message`, which is without that line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "CompatibilityWarning",
    "DataMismatchError",
    "FormulaError",
    "NotEstimableError",
    "PymediationError",
    "PymediationWarning",
    "UnknownArgumentError",
    "UnknownAttributeError",
    "UnknownNameError",
    "UnknownPositionError",
    "UnsupportedModelError",
    "did_you_mean",
    "estimating",
    "said_by",
]


class _Documented:
    """What exceptions and warnings share: a message, and the entry of ``docs/errors.md`` it ends with."""

    args: tuple[Any, ...]

    @property
    def message(self) -> str:
        """What was said, without the entry of the documentation."""
        return str(self.args[0]) if self.args else ""

    @property
    def entry(self) -> str:
        """Where cause and remedy are: of a class derived elsewhere, those of its nearest base."""
        known = next(one for one in type(self).__mro__ if one.__module__ == __name__)
        return f"docs/errors.md#{known.__name__.lower()}"

    def __str__(self) -> str:
        """Return the message and its entry; a ``KeyError`` would show its ``repr``."""
        return f"{self.message}\nSee {self.entry}.".lstrip()


class PymediationError(_Documented, Exception):
    """Root of all exceptions raised by the package."""


class ArgumentError(PymediationError, ValueError):
    """An argument has a value that is not accepted."""


class ArgumentTypeError(PymediationError, TypeError):
    """An argument has a type that is not accepted."""


class UnknownArgumentError(PymediationError, TypeError):
    """A function was called with an argument it does not have."""


class UnknownNameError(PymediationError, KeyError):
    """A column, level or component was asked for that does not exist."""


class UnknownAttributeError(PymediationError, AttributeError):
    """An attribute was read that a result does not have."""


class UnknownPositionError(PymediationError, IndexError):
    """A position was asked for that does not exist."""


class FormulaError(PymediationError, ValueError):
    """A model formula cannot be read or evaluated."""


class UnsupportedModelError(PymediationError, TypeError):
    """A fitted model is of a class, family or state that cannot be used."""


class DataMismatchError(PymediationError, ValueError):
    """The two models do not describe the same rows, weights or variables."""


class NotEstimableError(PymediationError, ValueError):
    """The requested quantity cannot be estimated from these models and data."""


class PymediationWarning(_Documented, UserWarning):
    """Root of all warnings issued by the package."""


class CompatibilityWarning(PymediationWarning):
    """A number differs from R's, or equals a number of R's that is known to be wrong."""


def said_by(error: BaseException | str) -> str:
    """Return what any exception or warning says, to be quoted within another message.

    Parameters
    ----------
    error : exception, warning or str
        One of the package's, whose entry in the documentation is left out, or any other.

    Returns
    -------
    str
        Its message.
    """
    return error.message if isinstance(error, _Documented) else str(error)


@contextmanager
def estimating(model: str) -> Iterator[None]:
    """Name the model in what its fit says when it cannot be estimated: fits know numbers only.

    Parameters
    ----------
    model : str
        As the user knows it, at the beginning of a sentence.
    """
    try:
        yield
    except NotEstimableError as error:
        text = error.message.removesuffix(".")
        raise NotEstimableError(f"{model} cannot be estimated: {text}.") from error


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the closest known name, or an empty string.

    Parameters
    ----------
    name : str
        The name that was given.
    known : iterable of str
        The names that exist.

    Returns
    -------
    str
        A sentence with a leading space, or ``""`` when nothing is close.
    """
    names = {str(k).casefold(): str(k) for k in known}
    close = get_close_matches(str(name).casefold(), list(names), n=1, cutoff=0.6)
    return f" Did you mean {names[close[0]]!r}?" if close else ""
