"""The fits of tests/r/dialect.R, written in the dialect."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

import pymediation.r as R


@lru_cache
def table(name: str) -> pd.DataFrame:
    """Return a data set with the columns that the R script adds."""
    d = R.data(name)
    if name == "framing":
        d["w"] = d.income / 10
        d["Body.mass"] = d.age / 3 + d.income
        d["my age"] = d.age
    else:
        d["gap"] = np.where(d.age > 55, np.nan, d.econ_hard)
    return d


def _framing(fit: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[[], Any]:
    def fitted() -> Any:
        framing = table("framing")
        return fit(*args, data=framing, **kwargs)

    return fitted


def _jobs(fit: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[[], Any]:
    def fitted() -> Any:
        jobs = table("jobs")
        return fit(*args, data=jobs, **kwargs)

    return fitted


_ALL = "age + educ + gender + income"
_TERMS = "log(emo) ~ poly(age, 2) + factor(tone) * income + I(income^2) + scale(p_harm)"
_JOBS = "job_seek ~ treat + depress1 + econ_hard + sex + age + occp + marital + nonwhite + educ + income"

FITS: dict[str, Callable[[], Any]] = {
    "lm": _framing(R.lm, f"emo ~ treat + {_ALL}"),
    "lm_weights": _framing(R.lm, "emo ~ treat + Body.mass + `my age`", weights="w"),
    "lm_origin": _framing(R.lm, "emo ~ treat + gender - 1"),
    "lm_constant": _framing(R.lm, "emo ~ 1"),
    "lm_terms": _framing(R.lm, _TERMS),
    "lm_subset": _framing(R.lm, "emo ~ treat * age", subset="age > 40"),
    "lm_aliased": _framing(R.lm, "emo ~ treat + I(2 * treat) + age"),
    "lm_jobs": _jobs(R.lm, _JOBS),
    "lm_missing": _jobs(R.lm, "depress2 ~ treat + job_seek + gap"),
    "lm_offset": _jobs(R.lm, "depress2 ~ treat + offset(econ_hard / 10)"),
    "glm_probit": _framing(R.glm, f"cong_mesg ~ emo + treat + {_ALL}", R.binomial("probit")),
    "glm_logit": _framing(R.glm, "anti_info ~ treat * emo + age", R.binomial),
    "glm_cloglog": _framing(R.glm, "cong_mesg ~ emo + treat", R.binomial("cloglog")),
    "glm_cauchit": _framing(R.glm, "cong_mesg ~ emo + treat", R.binomial("cauchit")),
    "glm_factor": _framing(R.glm, "gender ~ treat + age", R.binomial),
    "glm_jobs": _jobs(R.glm, "work1 ~ treat + job_seek + depress1 + econ_hard + sex + age", R.binomial),
    "glm_poisson": _framing(R.glm, "immigr ~ treat + emo + offset(log(age))", R.poisson),
    "glm_gamma": _framing(R.glm, "emo ~ treat + age", R.Gamma("log")),
    "glm_gamma_inverse": _framing(R.glm, "emo ~ treat + age", R.Gamma, weights="w"),
    "glm_gaussian": _framing(R.glm, "emo ~ treat + age", R.gaussian),
    "glm_inverse_gaussian": _framing(R.glm, "emo ~ treat + age", R.inverse_gaussian("log")),
    "glm_quasibinomial": _framing(R.glm, "cong_mesg ~ emo + treat", R.quasibinomial),
    "glm_quasipoisson": _framing(R.glm, "immigr ~ emo + treat", R.quasipoisson),
    "glm_aliased": _framing(R.glm, "cong_mesg ~ treat + I(2 * treat) + age", R.binomial),
    "glm_missing": _jobs(R.glm, "job_dich ~ treat + gap", R.binomial),
}


@lru_cache
def fit_of(name: str) -> Any:
    """Return one of the fits."""
    return FITS[name]()
