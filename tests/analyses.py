"""Analyses of several kinds, whose results have reports as well as path diagrams."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import statsmodels.formula.api as smf
from people import SIMS, people

import pymediation as pm
import pymediation.r as R

d = people()
jobs, bounds_data = pm.datasets.load_jobs(), pm.datasets.load_boundsdata()
MANIPULATED = {"treat": "ttt", "experiment": "manip", "design": "parallel"}


def quiet(make: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        return make()


def pooled(**options: Any) -> Any:
    noise = np.random.default_rng(1)
    sets = [d.assign(m=d["m"] + noise.normal(0, 0.3, len(d))) for _ in range(3)]
    return quiet(lambda: pm.amelidiate(sets, "t", "m", "y", covariates="x", sims=SIMS, rng=1, **options))


def grouped() -> Any:
    data = d.assign(school=d["site"].astype(str))
    fits = (
        R.lmer("m ~ t + x + (1 | school)", data),
        R.lmer("y ~ t + m + x + (1 | school)", data),
    )
    return pm.mediate(*fits, treat="t", mediator="m", sims=SIMS, rng=1)


def noncompliance(**options: Any) -> Any:
    fits = (
        smf.ols("comply ~ treat + sex + age", jobs).fit(),
        smf.logit("job_dich ~ comply + treat + sex + age", jobs).fit(disp=False),
        smf.ols("depress2 ~ job_dich * (comply + treat) + sex + age", jobs).fit(),
    )
    names = {"enc": "treat", "treat": "comply", "mediator": "job_dich"}
    return quiet(lambda: pm.ivmediate(*fits, **names, **({"boot": False, "sims": SIMS, "rng": 1} | options)))


def multimed(**options: Any) -> Any:
    data = d.assign(other=d["m"] + np.random.default_rng(3).normal(size=len(d)))
    if not options:
        return pm.multimed("y", "m", "other", "t", "x", data=data, sims=SIMS, rng=1)
    return pm.multimed("out", "med", data=bounds_data, sims=SIMS, rng=1, **options)
