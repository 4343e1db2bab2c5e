"""The recorded runs of R's ``mediate()`` with mixed models: their data, ingredients and calls."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import pymediation as pm
import pymediation.r as R

REFERENCE = Path(__file__).parent / "reference" / "mixed.json"
FITS = Path(__file__).parent / "r" / "mixed.json"
EFFECTS = ("d0", "d1", "z0", "z1", "n0", "n1", "tau_coef", "d_avg", "z_avg", "n_avg")
_MODEL = re.compile(r'(\w+)\((.*?)(?:, family = (\w+)(?:\("(\w+)"\))?)?, data = (\w+)\)')


@cache
def recorded() -> dict[str, Any]:
    """Return the recorded runs."""
    return json.loads(REFERENCE.read_text(encoding="utf-8"))


CASES: dict[str, dict[str, Any]] = recorded()["cases"]


@cache
def tables() -> dict[str, pd.DataFrame]:
    """Return the tables of the runs, with the columns derived as the script derives them."""
    jobs = R.data("jobs")
    jobs["emp"] = (jobs["work1"] == "psyemp").astype(float)
    jobs["occ"], jobs["ed"] = jobs["occp"].cat.codes + 1, jobs["educ"].cat.codes + 1
    jobs["cnt"] = np.floor(2 * jobs["depress2"])
    groups = pd.DataFrame(recorded()["meta"]["grp"])
    merged = jobs.merge(groups[["occ", "tr", "med"]], on="occ").sort_values("occ", kind="stable")
    return {"jobs": jobs, "grp": groups, "jg": merged.reset_index(drop=True)}


def parts(model: str) -> tuple[str, str, str | None, str | None, pd.DataFrame]:
    """Return function, formula, family, link and data of a model as R was given it."""
    function, formula, family, link, data = _MODEL.fullmatch(re.sub(r"\s+", " ", model)).groups()
    return function, formula, family, link, tables()[data]


def from_ingredients(model: str, given: dict[str, Any]) -> Any:
    """Return a model with R's own estimates."""
    function, formula, family, link, data = parts(model)
    if function == "lm":
        return R.lm(formula, data)
    groups = len(given["levels"])
    modes, cond_sd = np.array(given["ranef"], dtype=float), np.array(given["cond_sd"], dtype=float)
    cond_sd = cond_sd if cond_sd.shape[0] == groups else cond_sd.T
    estimates = (given["fixef"], given["vcov"], given["levels"], modes.reshape(groups, -1), cond_sd)
    return pm.MixedFit(formula, data, *estimates, given["sigma"], family or "gaussian", link)


def fitted(model: str) -> Any:
    """Return a model fitted here."""
    function, formula, family, link, data = parts(model)
    if function != "glmer":
        return getattr(R, function)(formula, data)
    chosen = getattr(R, family)
    return R.glmer(formula, data, family=chosen(link) if link else chosen)


def run(name: str, models: tuple[Any, Any], compat: str = "R", **options: Any) -> Any:
    """Repeat a recorded call."""
    case = CASES[name]
    given = dict(re.findall(r'(treat|mediator|group\.out) = "(\w+)"', case["call"]))
    call = {key.replace(".", "_"): value for key, value in given.items()}
    return pm.mediate(*models, sims=60, rng=pm.RStream(case["seed"]), compat=compat, **{**call, **options})


@cache
def result(name: str, compat: str = "R") -> Any:
    """Return a run with R's own estimates."""
    case = CASES[name]
    models = tuple(
        from_ingredients(case[f"{role}_model"], case[f"{role}_fit"]) for role in ("mediator", "outcome")
    )
    return run(name, models, compat)
