"""The recorded runs of R's ``mediate.sed``, ``mediate.pd``, ``mediate.ped`` and ``mediate.ced``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import pymediation as pm
import pymediation.r as R

REFERENCE = Path(__file__).parents[1] / "reference" / "designs.json"


@cache
def cases() -> dict[str, dict[str, Any]]:
    """Return the recorded runs by name."""
    return {case["id"]: case for case in json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]}


def observed() -> pd.DataFrame:
    """Return the rows of `boundsdata` whose mediator was not set."""
    data = R.data("boundsdata")
    return data[data["manip"] == 0].copy()


def framing_codes() -> pd.DataFrame:
    """Return `framing` with two factors turned into the numbers of their levels, from 1."""
    data = R.data("framing")
    return data.assign(**{name: data[name].cat.codes + 1 for name in ("english", "anx")})


def labelled(data: pd.DataFrame) -> pd.DataFrame:
    """Return the data with a factor treatment of labels c and t."""
    return data.assign(ttt=R.factor(data["ttt"], labels=["c", "t"]))


def some_missing(data: pd.DataFrame) -> pd.DataFrame:
    """Return the data with three outcomes missing."""
    return data.assign(out=data["out"].where(np.arange(len(data)) >= 3))


def empty_cell() -> pd.DataFrame:
    """Return `jobs` without mediator value 1 under control."""
    data = R.data("jobs")
    data.loc[(data["treat"] == 0) & (data["job_disc"] == 1), "job_disc"] = 2.0
    return data


def swapped() -> pd.DataFrame:
    """Return `boundsdata` with the mediator reversed, and the outcome where it was set under control."""
    data = R.data("boundsdata")
    data["med"] = 1 - data["med"]
    there = (data["manip"] == 1) & (data["ttt"] == 0)
    data.loc[there, "out"] = 1 - data.loc[there, "out"]
    return data


def bounds(**changed: Callable[[pd.DataFrame], Any]) -> pd.DataFrame:
    """Return `boundsdata` with columns changed."""
    return R.data("boundsdata").assign(**changed)


DATA: dict[str, Callable[[], pd.DataFrame]] = {
    "sed_bounds": observed,
    "sed_bounds_factor": lambda: labelled(observed()),
    "sed_bounds_na": lambda: some_missing(observed()),
    "sed_bounds_error": lambda: R.data("jobs"),
    "sed_si_delta": lambda: R.data("jobs"),
    "sed_si_delta_binary": observed,
    "sed_si_boot": lambda: R.data("jobs"),
    "sed_si_boot_jss": framing_codes,
    "sed_si_delta_factor": lambda: R.data("framing"),
    "sed_si_boot_1000": lambda: R.data("jobs"),
    "sed_si_boot_small": lambda: R.data("jobs").iloc[230:280],
    "sed_si_delta_empty_cell": empty_cell,
    "sed_si_boot_empty_cell": empty_cell,
    "pd_nint": bounds,
    "pd_nint_1000": bounds,
    "pd_bounds": bounds,
    "pd_bounds_swapped": swapped,
    "pd_bounds_counterexample": lambda: pd.DataFrame(cases()["pd_bounds_counterexample"]["data_columns"]),
    "pd_error_factor_labels": lambda: labelled(bounds()),
    "ped": bounds,
    "ped_infeasible": lambda: bounds(enc=lambda d: -d["enc"]),
    "ped_swap_treat": lambda: bounds(ttt=lambda d: 1 - d["ttt"]),
    "ped_first600": lambda: bounds().iloc[:600],
    "ped_error": lambda: bounds(enc=lambda d: d["enc"].abs()),
    "ced": lambda: R.data("CEDdata"),
    "ced_300": lambda: R.data("CEDdata").iloc[::7],
    "ced_sparse": lambda: R.data("CEDdata").iloc[[*range(6), *range(1000, 1006)]],
}


def call(name: str, module: Any = R, **changed: Any) -> tuple[Any, pm.RStream]:
    """Run a case; return its result and the stream after it."""
    case = cases()[name]
    function, inside = re.fullmatch(r"([\w.]+)\((.*)\)", case["call"]).groups()
    given = [part.strip() for part in inside.split(",")]
    columns = [part[1:-1] for part in given if part.startswith('"')]
    words = {"TRUE": True, "FALSE": False}
    options = dict(part.split("=") for part in given if "=" in part)
    options = {
        key.replace(".", "_"): words[text] if text in words else json.loads(re.sub(r"^\.", "0.", text))
        for key, text in options.items()
    }
    stream = pm.RStream(case["seed"] if isinstance(case["seed"], int) else 1)
    options |= {"rng": stream, **changed}
    run = getattr(module, function.replace(".", "_"))
    return run(*columns, DATA[name](), **options), stream
