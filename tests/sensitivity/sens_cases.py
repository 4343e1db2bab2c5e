"""The recorded runs of R's ``medsens()``: their data, models and calls, read from the text R was given."""

from __future__ import annotations

import json
import re
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import r_cases

import pymediation as pm

REFERENCE = Path(__file__).parents[1] / "reference" / "medsens.json"


@cache
def recorded() -> dict[str, Any]:
    return json.loads(REFERENCE.read_text(encoding="utf-8"))


def cases() -> dict[str, dict[str, Any]]:
    """Return the recorded runs by name."""
    return {case["id"]: case for case in recorded()["cases"]}


@cache
def tables() -> dict[str, pd.DataFrame]:
    """Return both tables with the columns that the recorded runs derive."""
    jobs, framing = pm.datasets.load_jobs(), pm.datasets.load_framing()
    arm = np.where(jobs["treat"] == 1, "trt", "ctl")
    jobs["clus"] = np.repeat(np.arange(1, 31), 30)[1:]
    jobs["ww"] = np.resize([0.5, 1.0, 2.0], len(jobs))
    jobs["T2"], jobs["Tc"] = pd.Categorical(arm), arm
    jobs["work1"] = (jobs["work1"] == "psyemp").astype(float)
    jobs["Mf"] = pd.Categorical(np.where(jobs["job_dich"] == 1, "high", "low"), categories=["low", "high"])
    framing["fw"] = np.resize([1.0, 0.5, 2.0, 1.5], len(framing))
    framing["emo_hi"] = (framing["emo"] >= 8).astype(float)
    return {"jobs": jobs, "framing": framing, "framing[1:40, ]": framing.iloc[:40].copy()}


def fit(text: str, interface: str, data: dict[str, pd.DataFrame]) -> Any:
    """Fit a recorded model."""
    found = re.search(r"weights = (\w+)", text)
    if interface == "statsmodels":
        for name, frame in data.items():
            if f"data = {name}" in text and text.startswith("glm(Mf"):
                # statsmodels models the first level of a factor, R the second
                frame = frame.assign(Mf=frame["Mf"].cat.codes.astype(float))
                return r_cases.fit_statsmodels(text, data | {name: frame})
    if found:
        return _weighted(text, found[1], interface, data)
    call = r_cases.fit_dialect if interface == "dialect" else r_cases.fit_statsmodels
    return call(text, data)


def _weighted(text: str, weights: str, interface: str, data: dict[str, pd.DataFrame]) -> Any:
    call = r_cases.fit_dialect if interface == "dialect" else r_cases.fit_statsmodels
    return call(text, data)


def options(call: str, data: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Translate the arguments of a recorded call."""
    body = call[call.index("(") + 1 : -1]
    found: dict[str, Any] = {}
    for piece in re.split(r", (?=[\w.]+ = )", body)[1:]:
        name, value = piece.split(" = ", 1)
        found[name.replace(".", "_")] = _value(value, data)
    return found


def _value(text: str, data: dict[str, pd.DataFrame]) -> Any:
    if text.startswith('"'):
        return text[1:-1]
    if "$" in text:
        frame, column = text.split("$")
        return data[frame][column]
    return {"TRUE": True, "FALSE": False}.get(text) if text.isalpha() else float(text)


def run(name: str, interface: str = "dialect", compat: str = "R", **changed: Any) -> tuple[Any, Any]:
    """Run a recorded case; return the result and the stream after it."""
    case, data = cases()[name], tables()
    stream = pm.RStream(case["seed"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        models = [fit(case[model], interface, data) for model in ("model_m", "model_y")]
        given = options(case["mediate_call"].replace("model.m, model.y", "x"), data)
        given["sims"] = int(given["sims"])
        result = pm.mediate(*models, rng=stream, compat="R", **given)
        if case["seed_before_medsens"] is not None:
            stream = pm.RStream(case["seed_before_medsens"])
        asked = options(case["medsens_call"], data) | changed
        return pm.medsens(result, rng=stream, compat=compat, **asked), stream
