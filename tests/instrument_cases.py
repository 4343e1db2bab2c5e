"""The recorded runs of R's ``ivmediate`` and ``mediate_tsls``: their data, models and calls."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import pymediation.r as R

REFERENCE = Path(__file__).parent / "reference" / "ivmediate.json"


@cache
def _stored() -> dict[str, Any]:
    """Return the file."""
    return json.loads(REFERENCE.read_text(encoding="utf-8"))


def cases() -> dict[str, dict[str, Any]]:
    """Return the recorded runs by name."""
    return {case["id"]: case for case in _stored()["cases"]}


def names(kind: str) -> list[str]:
    """Return the runs of one function that did not fail."""
    return [name for name, case in cases().items() if name.startswith(kind) and "result" in case]


def data_d(rows: int = 1000) -> pd.DataFrame:
    """Return the data of the man page of ``mediate_tsls``, or its first rows with derived columns."""
    data = pd.DataFrame(_stored()["meta"]["data_D"])
    if rows == len(data):
        return data
    data, i = data.iloc[:rows].copy(), np.arange(1, rows + 1)
    data["n"] = _stored()["meta"]["data_D2_n"][:rows]
    data["cl"] = np.array(["b", "a", "c", "10", "9"])[i % 5]
    data["w"] = 1.0 + i % 3
    return data


def data_s() -> pd.DataFrame:
    """Return the synthetic data of ``ivmediate`` with the weights that a run derives."""
    data = pd.DataFrame(_stored()["meta"]["data_S"])
    return data.assign(w=1.0 + np.arange(1, len(data) + 1) % 2)


def numbers(values: Any) -> np.ndarray:
    """Return stored numbers as an array, missing ones as NaN."""
    as_float = {None: np.nan, "NaN": np.nan, "Inf": np.inf, "-Inf": -np.inf}

    def read(value: Any) -> Any:
        if isinstance(value, list):
            return [read(one) for one in value]
        return as_float.get(value, value) if value is None or isinstance(value, str) else value

    return np.array(read(values), dtype=float)


def fitted(formula: str, data: pd.DataFrame) -> Any:
    """Fit a model from its recorded description, such as ``"OLS, weights w: y ~ x"``."""
    kind, text = formula.split(": ", 1)
    weights = {"weights": "w"} if kind.endswith(", weights w") else {}
    link = kind.split(",")[0]
    if link == "OLS":
        return R.lm(text, data=data, **weights)
    return R.glm(text, R.binomial(link), data=data, **weights)


def call_options(call: str) -> dict[str, Any]:
    """Translate the named arguments of a recorded call."""
    words = {"TRUE": True, "FALSE": False}
    found = {}
    for name, text in re.findall(r"([\w.]+) ?= ?(c\([^)]*\)|\"[^\"]*\"|[\w.$]+)", call):
        if text.startswith("c("):
            value: Any = [float(part) for part in text[2:-1].split(",")]
        elif text.startswith('"'):
            value = text[1:-1]
        else:
            value = words[text] if text in words else text if text[0].isalpha() else float(text)
        found[name.replace(".", "_")] = value
    return found
