"""The fits of tests/r/models.R, written in the dialect."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import pymediation.r as R

_FOLDER = Path(__file__).parents[1]

RECORDED: dict[str, Any] = json.loads((_FOLDER / "r" / "models.json").read_text("utf-8"))

ROWS = [2, 10, 39]


@lru_cache
def table(name: str) -> pd.DataFrame:
    """Return a data set with the columns that the R script adds."""
    d = R.data(name)
    if name == "framing":
        d["view"] = R.factor(d.immigr, labels=["low", "mid", "high", "top"])
        d["gap"] = np.where(d.age > 75, np.nan, d.age)
        return d
    d["cens"] = pd.read_csv(_FOLDER / "reference" / "jobs_cens.csv").cens.to_numpy()
    d["time"] = np.round(np.exp(d.depress1) * 5) + 1
    d["days"] = d.time / 10
    d["twice"] = 2 * d.treat
    d["gap"] = np.where(d.age > 55, np.nan, d.econ_hard)
    d["capped"] = np.clip(d.job_seek * 2 - 6.5, 0, 3)
    row = np.arange(1, len(d) + 1)
    d["last"] = (row > 800) * 1.0
    d["rare"] = np.maximum(0, 3 - 9 * d["last"] + np.cos(7 * row) - 0.4 * d.depress1)
    d.loc[len(d) - 1, "rare"] = 0.05
    return d


def _polr(*args: Any, **kwargs: Any) -> Callable[[], Any]:
    def fitted() -> Any:
        framing = table("framing")
        return R.polr(*args, data=framing, **kwargs)

    return fitted


def _with_jobs(model: Callable[..., Any]) -> Callable[..., Callable[[], Any]]:
    def given(*args: Any, **kwargs: Any) -> Callable[[], Any]:
        def fitted() -> Any:
            jobs = table("jobs")
            return model(*args, data=jobs, **kwargs)

        return fitted

    return given


_rq, _survreg, _vglm = _with_jobs(R.rq), _with_jobs(R.survreg), _with_jobs(R.vglm)

FITS: dict[str, dict[str, Callable[[], Any]]] = {
    "ordered": {
        "logistic": _polr("view ~ treat + emo + gender"),
        "probit": _polr("view ~ treat + emo + gender + age", Hess=True, method="probit"),
        "explicit": _polr("view ~ treat * gender", method="logistic"),
        "cloglog": _polr("view ~ treat + log(age)", method="cloglog"),
        "loglog": _polr("view ~ treat", method="loglog"),
        "cauchit": _polr("view ~ treat + age + educ", method="cauchit"),
        "weights": _polr("view ~ treat + emo", weights="income"),
        "missing": _polr("view ~ treat + gap"),
        "subset": _polr("view ~ treat + emo", subset="age > 40"),
        "no_intercept": _polr("view ~ treat - 1", Hess=True),
        "constant": _polr("view ~ 1", Hess=True),
        "aliased": _polr("view ~ treat + I(2 * treat) + age", Hess=True),
        "offset": _polr("view ~ treat + offset(age / 50)", Hess=True),
        "unused_level": _polr("view ~ treat", subset='view != "mid"', Hess=True),
    },
    "quantile": {
        "median": _rq("depress2 ~ treat + job_seek + sex"),
        "explicit": _rq("depress2 ~ treat + depress1", tau=0.5),
        "upper": _rq("depress2 ~ treat + depress1 + age", tau=0.75),
        "long": _rq("depress2 ~ treat + depress1 + age + econ_hard + sex + job_seek", tau=0.9),
        "missing": _rq("depress2 ~ treat + gap", tau=0.25, weights="age"),
        "few": _rq("job_seek ~ treat + age", subset="age > 60"),
        "factors": _rq("job_seek ~ treat + occp + poly(age, 2)", tau=0.4),
    },
    "survival": {
        "weibull": _survreg("Surv(time, cens) ~ treat + job_seek + sex"),
        "explicit": _survreg("Surv(time, cens) ~ treat + age", dist="weibull"),
        "exponential": _survreg("Surv(time, cens) ~ treat + job_seek", dist="exponential"),
        "rayleigh": _survreg("Surv(time, cens) ~ treat", subset="age > 40", dist="rayleigh"),
        "lognormal": _survreg("Surv(time, cens) ~ treat + age", dist="lognormal"),
        "loggaussian": _survreg("Surv(time, cens) ~ treat", dist="loggaussian"),
        "loglogistic": _survreg("Surv(time, cens == 1) ~ treat + educ", dist="loglogistic"),
        "extreme": _survreg("Surv(days, cens) ~ treat + age", dist="extreme"),
        "gaussian": _survreg("Surv(days, cens) ~ treat + age", dist="gaussian"),
        "logistic": _survreg("Surv(days, cens) ~ treat + age", dist="logistic"),
        "t": _survreg("Surv(days, cens) ~ treat + age", dist="t"),
        "fixed": _survreg("Surv(time, cens) ~ treat + job_seek", dist="loglogistic", scale=0.5),
        "uncensored": _survreg("Surv(time) ~ 1"),
        "no_intercept": _survreg("Surv(time, cens) ~ treat + occp - 1"),
        "weights": _survreg("Surv(time, cens) ~ treat + gap", weights="age"),
        "aliased": _survreg("Surv(time, cens) ~ treat + twice + age"),
        "offset": _survreg("Surv(time, cens) ~ treat + offset(age / 50)", dist="lognormal"),
    },
    "censored": {
        "lower": _vglm("capped ~ treat + econ_hard + sex", R.tobit(Lower=0)),
        "usual": _vglm("capped ~ treat + econ_hard", R.tobit()),
        "bare": _vglm("capped ~ treat * age", R.tobit),
        "upper": _vglm("capped ~ treat + gap", R.tobit(Lower=-np.inf, Upper=3)),
        "both": _vglm("capped ~ treat + occp", R.tobit(Lower=0, Upper=3)),
        "subset": _vglm("job_seek ~ treat + poly(age, 2)", R.tobit(Lower=1, Upper=5), subset="age > 30"),
        "hauck_donner": _vglm("rare ~ last + depress1", R.tobit(Lower=0)),
        "constant": _vglm("capped ~ 1", R.tobit(Lower=0)),
        "weights": _vglm("capped ~ treat + econ_hard", R.tobit(Lower=0), weights="age / 40"),
    },
}


@lru_cache
def fit_of(kind: str, name: str) -> Any:
    """Return one of the fits; what it warns of is tested elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return FITS[kind][name]()
