"""The recorded runs of R's ``multimed()``, their data and calls, read from the text that R was given."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import pymediation as pm

REFERENCE = Path(__file__).parent / "reference" / "multimed.json"
_POSITIONAL = ("outcome", "med_main", "med_alt", "treat", "covariates")


@cache
def cases() -> dict[str, dict[str, Any]]:
    """Return the recorded runs by name."""
    return {case["id"]: case for case in json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]}


def names(*, failing: bool) -> list[str]:
    """Return the runs that R completed, or those that it refused."""
    return [name for name, case in cases().items() if ("error" in case) == failing]


def data() -> dict[str, pd.DataFrame]:
    """Return the tables by R's name, prepared as the runs tell."""
    framing, jobs = pm.datasets.load_framing(), pm.datasets.load_jobs()
    bounds = pm.datasets.load_boundsdata()
    gappy = framing.astype({"p_harm": float, "age": float})
    gappy.iloc[0:5, gappy.columns.get_loc("p_harm")] = np.nan
    gappy.iloc[4:8, gappy.columns.get_loc("age")] = np.nan
    return {
        "framing": framing,
        "jobs": jobs,
        "boundsdata": bounds,
        "F40": framing.iloc[:40],
        "F3": gappy,
        "J2": jobs.assign(age2=2 * jobs["age"]),
        "B2": bounds.assign(w=1 + np.arange(1, len(bounds) + 1) % 3),
    }


def arguments(name: str) -> dict[str, Any]:
    """Return the arguments of a run; names of arguments have underscores for dots."""
    text = re.sub(r"\bc\(([^)]*)\)", r"[\1]", cases()[name]["call"].replace("1:265", "[1,265]"))
    call = ast.parse(re.sub(r"(?<=[a-zA-Z2])\.(?=[a-z]+=)", "_", text), mode="eval").body
    found = dict(zip(_POSITIONAL, map(ast.literal_eval, call.args), strict=False))
    for keyword in call.keywords:
        value = keyword.value
        found[keyword.arg] = data()[value.id] if isinstance(value, ast.Name) else ast.literal_eval(value)
    return found


def recorded(name: str) -> dict[str, np.ndarray]:
    """Return R's components under our names, missing ones as NaN."""
    result = cases()[name]["result"]
    return {key.replace(".", "_"): np.array(value, dtype=float) for key, value in result.items()}
