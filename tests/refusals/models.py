"""Refused for one model: what it is, and what it cannot estimate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from people import BINOMIAL, glm, mediate, ols, quietly
from refusals.base import ROWS, Case, X, d, mediator_model, without_data
from statsmodels.genmod.bayes_mixed_glm import PoissonBayesMixedGLM

import pymediation as pm
import pymediation.r as R
from pymediation.errors import ArgumentError, NotEstimableError, UnsupportedModelError

CONSTRUCTED: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "GLS": (lambda: smf.gls("m ~ t", d).fit(), ("GLS", "cluster=")),
    "PoissonBayesMixedGLM": (
        lambda: PoissonBayesMixedGLM.from_formula("yc ~ t", {"site": "0 + C(site)"}, d).fit_vb(),
        ("PoissonBayesMixedGLM", "glmer()", "MixedFit"),
    ),
    "RLM": (lambda: smf.rlm("m ~ t", d).fit(), ("RLM", "robustSE=True")),
    "ZeroInflatedPoisson": (
        lambda: sm.ZeroInflatedPoisson.from_formula("yc ~ t", d).fit(disp=0),
        ("ZeroInflatedPoisson", "NegativeBinomial", "GLM with a Poisson family"),
    ),
    "class": (lambda: sm.OLS, ("OLS itself", "smf.ols")),
    "summary": (lambda: smf.ols("m ~ t", d).fit().summary(), ("Summary of statsmodels",)),
    "formula": (lambda: None, ("None", "not a fitted model", "smf.ols")),
    "data frame": (lambda: d, ("DataFrame of pandas", "not supported", "statsmodels")),
    "pair": (lambda: (1, 2), ("tuple", "not supported")),
}
MODELS: dict[str, Case] = {
    **{
        name: (mediator_model(fit), UnsupportedModelError, ("mediator model", "OLS, WLS, GLM", *words))
        for name, (fit, words) in CONSTRUCTED.items()
    },
    "text": (
        lambda: pm.mediate("m ~ t", ols("y ~ t + m", d), treat="t", mediator="m"),
        UnsupportedModelError,
        ("mediator model is 'm ~ t', not a fitted model",),
    ),
    "unfitted mediator": (
        mediator_model(lambda: smf.ols("m ~ t", d)),
        UnsupportedModelError,
        ("mediator model is an unfitted OLS: pass what its .fit() returns",),
    ),
    "unfitted outcome": (
        lambda: mediate(d, model_y=smf.ols("y ~ t + m", d)),
        UnsupportedModelError,
        ("outcome model is an unfitted OLS",),
    ),
    "data removed": (
        mediator_model(without_data),
        UnsupportedModelError,
        ("mediator", "remove_data()", "Refit"),
    ),
    **{
        f"penalised {name}": (
            mediator_model(fit),
            UnsupportedModelError,
            ("mediator model", "fit_regularized()", ".fit()"),
        )
        for name, fit in {
            "ols": lambda: smf.ols("m ~ t", d).fit_regularized(alpha=0.1),
            "logit": lambda: smf.logit("mb ~ t", d).fit_regularized(alpha=0.1, disp=0),
            "glm": lambda: smf.glm("mb ~ t", d, family=BINOMIAL()).fit_regularized(alpha=0.1),
        }.items()
    },
    "constrained": (
        mediator_model(lambda: smf.glm("m ~ t + x", d).fit_constrained("x = 0.5")),
        UnsupportedModelError,
        ("mediator model", "fit_constrained()"),
    ),
    "array": (
        mediator_model(lambda: sm.OLS(d.m, X.to_numpy()).fit()),
        UnsupportedModelError,
        ("mediator model", "array without column names", "formula"),
    ),
    "nameless response": (
        mediator_model(lambda: sm.OLS(d.m.to_numpy(), X).fit()),
        UnsupportedModelError,
        ("response of the mediator model has no name", "d['m']"),
    ),
    "quasi mediator": (
        lambda: mediate(
            d, smf.glm("mb ~ t", d, family=BINOMIAL()).fit(scale="X2"), "y ~ t + mb", mediator="mb"
        ),
        UnsupportedModelError,
        ("mediator model", "quasibinomial", "binomial, poisson"),
    ),
    "negative binomial mediator": (
        lambda: mediate(
            d, glm("yc ~ t", d, sm.families.NegativeBinomial(alpha=1.0)), "y ~ t + yc", mediator="yc"
        ),
        UnsupportedModelError,
        ("mediator model", "Negative Binomial", "poisson"),
    ),
    "family": (
        lambda: mediate(d, model_y=glm("yc ~ t + m", d, sm.families.Tweedie(var_power=1.5))),
        UnsupportedModelError,
        ("outcome model", "Tweedie", "Gaussian, Binomial"),
    ),
    "counts as mediator": (
        lambda: mediate(d, glm("mb + I(3 - mb) ~ t", d), "y ~ t + mb", mediator="mb"),
        UnsupportedModelError,
        ("mediator model", "two-column response", "one row per trial"),
    ),
    "proportion as mediator": (
        lambda: mediate(
            d, glm("p ~ t", d.assign(p=d.mb / 2)), ols("y ~ t + p", d.assign(p=d.mb / 2)), mediator="p"
        ),
        UnsupportedModelError,
        ("'p'", "other than 0 and 1", "one row per trial"),
    ),
    "outside the data": (
        lambda: (lambda outside: mediate(d, smf.ols("m ~ t + outside", d).fit()))(d.x.to_numpy()),
        UnsupportedModelError,
        ("mediator model", "'outside'", "column"),
    ),
}

FEW = d.iloc[[0, 1, 2, 3]].assign(t=[0.0, 1.0, 0.0, 1.0])
SPREAD = d.assign(yc=d.yc**2)


def counts(data: pd.DataFrame) -> Any:
    """Fit a model of overdispersed counts."""
    return smf.negativebinomial("yc ~ t + m", data).fit(disp=0)


SHIFTED = d.assign(m=d.m - d.m.min() + 0.1)
ESTIMABLE: dict[str, Case] = {
    "survreg without events": (
        lambda: quietly(lambda: R.survreg("Surv(time, seen) ~ t", d.assign(time=np.exp(d.y), seen=0))),
        NotEstimableError,
        ("survreg('Surv(time, seen) ~ t') cannot be estimated: no response was observed", "check which rows"),
    ),
    "survreg of an exact fit": (
        lambda: quietly(lambda: R.survreg("Surv(time) ~ t", d.assign(time=np.exp(d.t)))),
        NotEstimableError,
        ("survreg('Surv(time) ~ t') cannot be estimated: the scale goes to 0", "use fewer columns"),
    ),
    "polr of categories that the predictors separate": (
        lambda: quietly(lambda: R.polr("factor(k) ~ x + k", d.assign(k=d.cond))),
        NotEstimableError,
        ("polr('factor(k) ~ x + k') cannot be estimated: no starting values", "drop or merge predictors"),
    ),
    "tobit without an observed response": (
        lambda: pm.Tobit(np.zeros(ROWS), X, lower=0.0).fit(),
        NotEstimableError,
        ("The Tobit model of 'y' cannot be estimated: no response was observed",),
    ),
    "constant treatment": (
        lambda: mediate(d.assign(t=1.0)),
        ArgumentError,
        ("treatment 't' is constant", f"1.0 in all {ROWS} rows"),
    ),
    "one arm": (
        lambda: mediate(d.assign(arm="drug"), "m ~ arm + x", "y ~ arm + m + x", treat="arm"),
        ArgumentError,
        ("treatment 'arm' is constant", "'drug'"),
    ),
    "one row": (lambda: mediate(d.iloc[:1]), ArgumentError, ("'t' is constant", "only row")),
    "constant mediator": (
        lambda: mediate(d.assign(m=1.0)),
        NotEstimableError,
        ("response 'm' of the mediator model is constant", "1 in all"),
    ),
    "constant outcome": (
        lambda: mediate(d.assign(yb=1), model_y=glm("yb ~ t + m", d.assign(yb=1))),
        NotEstimableError,
        ("response 'yb' of the outcome model is constant",),
    ),
    "redundant column": (
        lambda: mediate(d.assign(x2=2 * d.x), "m ~ t + x + x2"),
        NotEstimableError,
        ("mediator model", "rank deficient", "'x2'"),
    ),
    "redundant column of the outcome": (
        lambda: mediate(d, model_y=glm("yb ~ t + m + x + x2", d.assign(x2=2 * d.x))),
        NotEstimableError,
        ("outcome model", "rank deficient", "'x2'"),
    ),
    "constant column": (
        lambda: mediate(d.assign(c=3), "m ~ t + c"),
        NotEstimableError,
        ("'c' (it is 3 in all rows)",),
    ),
    "as many rows as coefficients": (
        lambda: mediate(FEW),
        NotEstimableError,
        ("outcome model has 4 rows for 4 coefficients",),
    ),
    "fewer rows": (
        lambda: mediate(FEW.iloc[:3]),
        NotEstimableError,
        ("mediator model has 3 rows for 3 coefficients",),
    ),
    "not converged glm": (
        lambda: mediate(
            d, model_y=quietly(lambda: smf.glm("yb ~ t + m", d, family=BINOMIAL()).fit(maxiter=1))
        ),
        NotEstimableError,
        ("outcome model (GLM) did not converge", "maxiter"),
    ),
    "not converged logit": (
        lambda: mediate(d, model_y=quietly(lambda: smf.logit("yb ~ t + m", d).fit(maxiter=1, disp=0))),
        NotEstimableError,
        ("outcome model (Logit) did not converge", "maxiter"),
    ),
    "infinite response": (
        lambda: mediate(d, quietly(lambda: sm.OLS(d.m.where(d.index != 5, np.inf), X).fit())),
        ArgumentError,
        ("mediator model", "inf for the response 'm'", "row 5", "refit"),
    ),
    "missing response": (
        lambda: mediate(d, quietly(lambda: sm.OLS(d.m.where(d.index > 5), X, missing="none").fit())),
        ArgumentError,
        ("mediator model", "nan for the response 'm'", "row 0 and 5 others"),
    ),
    "frequencies with fractions": (
        lambda: mediate(d, glm("m ~ t", d, sm.families.Gaussian(), freq_weights=d.w)),
        ArgumentError,
        ("freq_weights of the mediator model", "whole numbers", "var_weights"),
    ),
    "robust covariance that failed": (
        lambda: mediate(
            d,
            quietly(
                lambda: smf.glm("m ~ t", d, freq_weights=np.where(d.index < 9, 0, 1)).fit(cov_type="HC1")
            ),
        ),
        NotEstimableError,
        ("mediator model", "cov_type='HC1'", "robustSE=True"),
    ),
    "counts that are none": (
        lambda: mediate(d, model_y=quietly(lambda: counts(SPREAD.assign(yc=SPREAD.yc + 0.5)))),
        ArgumentError,
        ("outcome model (statsmodels NegativeBinomial", "whole numbers", "row 0 has"),
    ),
    "robust covariance without leverages": (
        lambda: mediate(SPREAD, model_y=quietly(lambda: counts(SPREAD)), robustSE=True),
        NotEstimableError,
        ("outcome model (statsmodels NegativeBinomial", "'HC3' needs leverages", "type='HC0'"),
    ),
    "logarithm of drawn values below zero": (
        lambda: mediate(SHIFTED, model_y="y ~ t + np.log(m) + x"),
        NotEstimableError,
        ("drawn values of the mediator 'm'", "'np.log(m)' is not a number", "family of positive values"),
    ),
}
