"""R's results, as recorded by tests/r/dialect.R."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

RECORDED: dict[str, Any] = json.loads((Path(__file__).parents[1] / "r" / "dialect.json").read_text("utf-8"))


def floats(values: Any) -> np.ndarray:
    """Return recorded numbers, NaN where R had NA."""
    array = np.asarray(values, dtype=object)
    return np.where(array == "NA", np.nan, array).astype(float)
