"""Warnings that point at the line of the user's code, however deep in the package they arise."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

from pymediation.errors import PymediationWarning, said_by

__all__ = ["each_once", "warn"]

_PACKAGE = f"{Path(__file__).parent}{os.sep}"


def warn(message: str, category: type[Warning] = PymediationWarning) -> None:
    """Issue a warning that is attributed to the caller of the package.

    Parameters
    ----------
    message : str
        What is the matter, and what to do.
    category : type
        Class of the warning.
    """
    warnings.warn(message, category, stacklevel=_callers_level())


class each_once:  # noqa: N801 - a context manager, which reads like a word
    """Context in which a warning that is issued again and again is issued once, when the context is left.

    For functions that call others several times: what is true of all calls is said once.
    """

    def __enter__(self) -> None:
        """Begin to collect warnings."""
        self._collecting = warnings.catch_warnings(record=True)
        self._collected = self._collecting.__enter__()
        warnings.simplefilter("always")

    def __exit__(self, *error: object) -> None:
        """Issue what was collected, each at the line outside the package that it points at."""
        self._collecting.__exit__(None, None, None)
        told = {(one.category, said_by(one.message)): one for one in reversed(self._collected or [])}
        for one in reversed(told.values()):
            if one.filename.startswith(_PACKAGE):
                warn(said_by(one.message), one.category)
            else:
                warnings.warn_explicit(one.message, one.category, one.filename, one.lineno, source=one.source)


def _callers_level() -> int:
    """Return the `stacklevel`, as seen from `warn`, of the innermost frame outside the package."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    return level
