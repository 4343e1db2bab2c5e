"""Warnings that point at the line of the user's code, however deep in the package they arise."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

from pymediation.errors import PymediationWarning

__all__ = ["warn"]

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


def _callers_level() -> int:
    """Return the `stacklevel`, as seen from `warn`, of the innermost frame outside the package."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    return level
