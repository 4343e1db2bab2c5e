"""R's constants under their own names."""

from __future__ import annotations

from typing import Final

__all__ = ["FALSE", "NA", "NULL", "TRUE"]

TRUE: Final = True
FALSE: Final = False
NULL: Final = None
NA: Final = float("nan")
