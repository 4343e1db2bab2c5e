"""The recorded runs of R's test.TMint, test.modmed, mediations and amelidiate, and their data."""

from __future__ import annotations

import json
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import r_cases

import pymediation as pm
import pymediation.r as R

REFERENCE = Path(__file__).parent / "reference" / "tests_and_batches.json"


@cache
def cases() -> dict[str, dict[str, Any]]:
    """Return the recorded runs by name."""
    return {case["id"]: case for case in json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]}


def names(kind: str) -> list[str]:
    """Return the runs of one function."""
    return [name for name in cases() if name.startswith(kind)]


def data() -> dict[str, pd.DataFrame]:
    """Return the tables with the columns that the runs' preparations derive, which do not disturb others."""
    framing, jobs = pm.datasets.load_framing(), pm.datasets.load_jobs()
    framing["imm"] = R.factor(framing["immigr"])
    levels = ["low", "mid", "high", "vhigh"]
    jobs["dep4"] = pd.cut(jobs["depress2"], [0, 1.3, 1.8, 2.4, 6], labels=levels)
    jobs["T_b"] = (jobs["age"] > 40).astype(float)
    jobs["job_dep"] = jobs["job_seek"] + 0.1 * jobs["depress1"]
    jobs["dep1b"] = jobs["depress2"] - 0.3 * jobs["depress1"]
    jobs["work"] = (jobs["work1"] == "psyemp").astype(float)
    jobs["weight"] = np.resize([0.5, 1, 2], len(jobs))
    return {"framing": framing, "jobs": jobs}


def imputed() -> dict[str, pd.DataFrame]:
    """Return the three data sets of the runs of amelidiate."""
    jobs, stream = pm.datasets.load_jobs(), pm.RStream(99)
    sets = {"D1": jobs}
    for name in ("D2", "D3"):
        noise = stream.normal(0, 0.3, size=len(jobs))
        sets[name] = jobs.assign(job_seek=jobs["job_seek"] + noise)
    return sets


def fitted(name: str) -> tuple[Any, Any]:
    """Fit the two models of a run."""
    case, tables = cases()[name], data()
    return r_cases.fit_dialect(case["model_m"], tables), r_cases.fit_dialect(case["model_y"], tables)


def mediated(name: str, **options: Any) -> Any:
    """Run mediate() as recorded, after seeding R's global stream."""
    case = cases()[name]
    models = fitted(name)
    R.set_seed(case["seed"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        return R.mediate(*models, **r_cases.arguments(case["mediate_call"], data()) | options)
