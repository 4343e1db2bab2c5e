"""The recorded runs of R's ``mediate()``: their data, models and calls, read from the text R was given."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.miscmodels.ordinal_model import OrderedModel

import pymediation as pm
from pymediation import datasets

REFERENCE = Path(__file__).parent / "reference" / "mediate.json"
_FUNCTIONS = {
    "statsmodels": ("lm(", "glm(", "polr(", "rq("),
    "dialect": ("lm(", "glm(", "polr(", "rq(", "survreg("),
    "lifelines": ("lm(", "survreg("),
}
# R's distributions that lifelines has, and its class.
_AFT_FITTERS = {
    "weibull": "WeibullAFTFitter",
    "lognormal": "LogNormalAFTFitter",
    "loglogistic": "LogLogisticAFTFitter",
}
_LINKS = {
    "probit": sm.families.links.Probit,
    "logit": sm.families.links.Logit,
    "cloglog": sm.families.links.CLogLog,
    "cauchit": sm.families.links.Cauchy,
    "log": sm.families.links.Log,
}
_FAMILIES = {
    "binomial": sm.families.Binomial,
    "quasibinomial": sm.families.Binomial,
    "poisson": sm.families.Poisson,
    "Gamma": sm.families.Gamma,
    "gaussian": sm.families.Gaussian,
}


@cache
def cases() -> dict[str, dict[str, Any]]:
    """Return the recorded runs by name."""
    return json.loads(REFERENCE.read_text())["cases"]


def names(interface: str) -> list[str]:
    """Return the runs whose two models an interface has."""
    functions = _FUNCTIONS[interface]
    found = []
    for name, case in cases().items():
        models = [case["mediator_model"], case["outcome_model"]]
        survival = [model for model in models if model.startswith("survreg(")]
        lacking = interface == "lifelines" and (
            not survival or any(_dist(model_parts(model)) not in _AFT_FITTERS for model in survival)
        )
        if all(model.startswith(functions) for model in models) and not lacking:
            found.append(name)
    return sorted(found)


def data() -> dict[str, pd.DataFrame]:
    """Return the tables of the runs, with the columns derived as the reference file tells."""
    framing, jobs = datasets.load_framing(), datasets.load_jobs()
    framing["c4"] = framing["cond"].cat.codes + 4.0
    jobs["cnt"], jobs["w"] = np.floor(2 * jobs["depress2"]), jobs["econ_hard"]
    jobs["emp"] = (jobs["work1"] == "psyemp").astype(float)
    gappy = jobs.copy()
    for column, rows in (("job_seek", (3, 50, 120)), ("depress2", (7, 50, 300, 301)), ("age", (10,))):
        gappy.loc[[row - 1 for row in rows], column] = np.nan
    jobs["cens"] = pd.read_csv(REFERENCE.parent / "jobs_cens.csv")["cens"].astype(float)
    jobs["jd"] = pd.Categorical(jobs["job_disc"].astype(int).astype(str))
    codes = np.searchsorted([1.5, 2.2], jobs["depress2"], side="right") + 1
    jobs["depcat"] = pd.Categorical(codes.astype(str))
    numeric = jobs.assign(jd=jobs["job_disc"])
    return {
        "framing": framing,
        "jobs": jobs,
        "jn": gappy,
        "transform(jobs, job_disc = jd)": jobs,
        "transform(jobs, jd = job_disc)": numeric,
    }


def arguments(call: str, tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Translate the arguments of a recorded call of ``mediate``."""
    if "cluster = structure" in call:
        call = re.sub(r"cluster = structure\(.*class = \"factor\"\)", "cluster = <occp>", call)
    found: dict[str, Any] = {}
    body = re.sub(r"\s+", " ", call[call.index("model.y,") + 8 : -1])
    for name, text in re.findall(r"([\w.]+) = (list\([^)]*\)|\"[^\"]*\"|[^,]+)", body):
        found[name.replace(".", "_")] = _value(text.strip(), tables)
    return found


def _value(text: str, tables: dict[str, pd.DataFrame]) -> Any:
    """Translate one argument."""
    if text == "<occp>":
        return tables["jobs"]["occp"]
    if text.startswith("list("):
        name, value = text[5:-1].split(" = ")
        return {name: _value(value, tables)}
    if text.startswith('"'):
        return text[1:-1]
    return {"TRUE": True, "FALSE": False}.get(text) if text.isalpha() else float(text)


def model_parts(text: str) -> dict[str, str]:
    """Take a recorded call of ``lm`` or ``glm`` apart: function, formula and named arguments."""
    text = re.sub(r"\s+", " ", text)
    function, body = text[: text.index("(")], text[text.index("(") + 1 : -1]
    pieces = re.split(r", (?=(?:data|family|weights|method|tau|Hess|dist) = )", body)
    return {"function": function, "formula": pieces[0], **dict(piece.split(" = ", 1) for piece in pieces[1:])}


def fit_statsmodels(text: str, tables: dict[str, pd.DataFrame]) -> Any:
    """Fit a recorded model with statsmodels' formula interface."""
    parts = model_parts(text)
    frame = tables[parts["data"]]
    weights = frame[parts["weights"]] if "weights" in parts else None
    if parts["function"] == "rq":
        return smf.quantreg(parts["formula"], frame).fit(q=float(parts["tau"]))
    if parts["function"] == "polr":
        distr = {"probit": "probit", "logistic": "logit"}[parts["method"].strip('"')]
        ordered = frame.assign(**{name: frame[name].cat.as_ordered() for name in ("jd", "depcat")})
        return OrderedModel.from_formula(parts["formula"], ordered, distr=distr).fit(
            method="bfgs", disp=False
        )
    if parts["function"] == "lm":
        return (
            smf.ols(parts["formula"], frame)
            if weights is None
            else smf.wls(parts["formula"], frame, weights=weights)
        ).fit()
    family, link = re.fullmatch(r"(\w+)(?:\(\"(\w+)\"\))?", parts["family"]).groups()
    kind = _FAMILIES[family](_LINKS[link]()) if link else _FAMILIES[family]()
    options = {} if weights is None else {"var_weights": weights}
    model = smf.glm(parts["formula"], frame, family=kind, **options)
    return model.fit(scale="X2") if family.startswith("quasi") else model.fit()


def fit_lifelines(text: str, tables: dict[str, pd.DataFrame]) -> Any:
    """Fit a recorded survival model with lifelines, and any other with statsmodels."""
    parts = model_parts(text)
    if parts["function"] != "survreg":
        return fit_statsmodels(text, tables)
    import lifelines

    left, right = parts["formula"].split(" ~ ")
    time, *event = left.removeprefix("Surv(").removesuffix(")").split(", ")
    fitter = getattr(lifelines, _AFT_FITTERS[_dist(parts)])()
    frame = tables[parts["data"]]
    return pm.with_data(fitter.fit(frame, time, event[0] if event else None, formula=right), frame)


def _dist(parts: dict[str, str]) -> str:
    """Return the distribution of a recorded call of ``survreg``."""
    return parts.get("dist", "weibull").strip('"')


def fit_dialect(text: str, tables: dict[str, pd.DataFrame]) -> Any:
    """Fit a recorded model with the R dialect, its text changed only in punctuation."""
    import pymediation.r as R

    parts = model_parts(text)
    options: dict[str, Any] = {"data": tables[parts["data"]]}
    if "weights" in parts:
        options["weights"] = parts["weights"]
    if "family" in parts:
        family, link = re.fullmatch(r"(\w+)(?:\(\"(\w+)\"\))?", parts["family"]).groups()
        options["family"] = getattr(R, family)(link) if link else getattr(R, family)
    options |= {key: parts[key].strip('"') for key in ("method", "dist") if key in parts}
    if "tau" in parts:
        options["tau"] = float(parts["tau"])
    fit: Callable[..., Any] = getattr(R, parts["function"])
    return fit(parts["formula"], **options)
