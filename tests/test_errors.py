"""What is refused, by which exception, and what the message must say."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from people import BINOMIAL, glm, mediate, ols, people, quietly

import pymediation as pm
from pymediation.errors import (
    ArgumentError,
    ArgumentTypeError,
    DataMismatchError,
    NotEstimableError,
    PymediationError,
    UnknownArgumentError,
    UnknownNameError,
    UnsupportedModelError,
)

Case = tuple[Callable[[], Any], type[PymediationError], tuple[str, ...]]

d = people()
X, XY = sm.add_constant(d[["t", "x"]]), sm.add_constant(d[["t", "m", "x"]])
ROWS = len(d)


def missing(column: str, rows: slice) -> pd.DataFrame:
    """Return the data with missing values in some rows of a column."""
    changed = d.astype({column: float})
    changed.loc[rows, column] = np.nan
    return changed


def others(**columns: Any) -> pd.DataFrame:
    """Return the data of other people with the same labels, some columns as in the data."""
    return people(seed=5).assign(**columns)


def changed_after_fit(change: Callable[[pd.DataFrame], Any]) -> Any:
    """Fit both models, change the data frame, mediate."""
    frame = d.copy()
    fits = ols("m ~ t + x", frame), ols("y ~ t + m + x", frame)
    change(frame)
    return mediate(frame, *fits)


def without_data() -> Any:
    """Return a fit after remove_data()."""
    fit = smf.ols("m ~ t + x", d).fit()
    fit.remove_data()
    return fit


def option(**options: Any) -> Callable[[], Any]:
    """Return a call that is wrong in its options only."""
    return lambda: mediate(d, **options)


def mediator_model(fit: Callable[[], Any]) -> Callable[[], Any]:
    """Return a call that is wrong in its mediator model only."""
    return lambda: mediate(d, quietly(fit))


NAMES: dict[str, Case] = {
    "mediator absent": (
        lambda: mediate(d, model_y="y ~ t + x"),
        UnknownNameError,
        ("mediator='m'", "outcome model", "'t', 'x'"),
    ),
    "treatment absent": (
        lambda: mediate(d, "m ~ x"),
        UnknownNameError,
        ("treat='t'", "mediator model", "'x'"),
    ),
    "misspelt": (option(mediator="mm"), UnknownNameError, ("mediator='mm'", "Did you mean 'm'?")),
    "not given": (lambda: pm.mediate(ols("m ~ t", d), ols("y ~ t + m", d)), UnknownNameError, ("not given",)),
    "no text": (option(treat=3), ArgumentTypeError, ("treat", "3")),
    "several": (option(treat=["t"]), ArgumentTypeError, ("treat", "one column")),
    "subsetting": (option(treat="d$t"), ArgumentError, ("d$t", "name of the column")),
    "expression": (
        lambda: mediate(d, "np.exp(m) ~ t", "y ~ t + np.exp(m)", mediator="np.exp(m)"),
        UnknownNameError,
        ("np.exp(m)", "expression", "Store it in a column"),
    ),
}

ROLES: dict[str, Case] = {
    "other response": (
        lambda: mediate(d, "yc ~ t + x"),
        DataMismatchError,
        ("response of the mediator model is 'yc'", "mediator='m'", "line copied"),
    ),
    "swapped": (
        lambda: mediate(d, "y ~ t + m + x", "m ~ t + x"),
        DataMismatchError,
        ("'m' is the response of the outcome model", "swapped"),
    ),
    "treatment as outcome": (
        lambda: mediate(d, model_y="t ~ m + x"),
        DataMismatchError,
        ("treatment 't' is the response of the outcome model",),
    ),
    "treatment as mediator": (
        lambda: mediate(d, "t ~ x"),
        DataMismatchError,
        ("treatment 't' is the response of the mediator model",),
    ),
    "one column": (option(mediator="t"), DataMismatchError, ("same column, 't'",)),
    "one model twice": (lambda: mediate(d, "y ~ t + m + x"), DataMismatchError, ("'y', not mediator='m'",)),
    "scaled in one model": (
        lambda: mediate(d, "scale(m) ~ t + x"),
        DataMismatchError,
        ("'scale(m)'", "'m' in its own units", "both formulas, or in neither"),
    ),
    "transformed in one model": (
        lambda: mediate(d, "np.exp(m) ~ t + x"),
        DataMismatchError,
        ("'np.exp(m)'", "store the transformed mediator"),
    ),
}

SPACED_M, SPACED_Y = (
    missing("age", slice(0, 9)),
    missing("x", slice(20, 24)),
)
PAIRS: dict[str, Case] = {
    "rows": (
        lambda: mediate(missing("x", slice(0, 9)), "m ~ t"),
        DataMismatchError,
        (f"mediator model to {ROWS}", f"outcome model to {ROWS - 10}", "10 rows", "'x' (10)", "dropobs=True"),
    ),
    "rows of both": (
        lambda: mediate(d, ols("m ~ t + age", SPACED_M), ols("y ~ t + m + x", SPACED_Y)),
        DataMismatchError,
        ("10 rows are not in the mediator model", "'age' (10)", "5 rows are not in the outcome", "'x' (5)"),
    ),
    "rows of equal number": (
        lambda: mediate(d, ols("m ~ t + age", missing("age", slice(20, 29))), ols("y ~ t + m", d.iloc[10:])),
        DataMismatchError,
        (f"{ROWS - 10}, {ROWS - 20} in common", "'age' (10)", "filtered"),
    ),
    "missing response": (
        lambda: mediate(missing("y", slice(3, 3))),
        DataMismatchError,
        ("1 row is not in the outcome model", "'y' (1)"),
    ),
    "no row in common": (
        lambda: mediate(d, model_y=ols("y ~ t + m", d.set_axis(d.index + 1000))),
        DataMismatchError,
        ("no row in common", "0, 1, 2", "1000, 1001", "same data frame"),
    ),
    "other people": (
        lambda: mediate(d, model_y=ols("y ~ t + m + x", others())),
        DataMismatchError,
        ("not the same units", "'t' differs on", f"of {ROWS}", "index labels"),
    ),
    "other people treated alike": (
        lambda: mediate(d, model_y=ols("y ~ t + m + x", others(t=d.t, x=d.x))),
        DataMismatchError,
        ("not the same units", "'m' differs on"),
    ),
    "other factor mediator": (
        lambda: mediate(
            d,
            glm("f ~ t", d.assign(f=np.where(d.mb, "yes", "no"))),
            ols("y ~ t + f", d.assign(f=np.where(d.mb[::-1], "yes", "no"))),
            mediator="f",
        ),
        DataMismatchError,
        ("not the same units", "'f' differs on"),
    ),
    "weights in one": (
        lambda: mediate(d, smf.wls("m ~ t + x", d, weights=d.w).fit()),
        DataMismatchError,
        ("weights", "only the mediator model", f"{ROWS} of {ROWS} rows", "same weights"),
    ),
    "other weights": (
        lambda: mediate(
            d,
            smf.wls("m ~ t", d, weights=d.w).fit(),
            smf.wls("y ~ t + m", d, weights=d.w.where(d.index > 1, 9)).fit(),
        ),
        DataMismatchError,
        ("weights", "2 of", "rows 0, 1)"),
    ),
    "frequencies in one": (
        lambda: mediate(d, glm("m ~ t", d, sm.families.Gaussian(), freq_weights=np.full(ROWS, 2))),
        DataMismatchError,
        ("Only the mediator model has freq_weights", str(2 * ROWS)),
    ),
    "other frequencies": (
        lambda: mediate(
            d,
            *(
                glm(formula, d, sm.families.Gaussian(), freq_weights=np.full(ROWS, times))
                for formula, times in (("m ~ t", 2), ("y ~ t + m", 3))
            ),
        ),
        DataMismatchError,
        (str(2 * ROWS), str(3 * ROWS), "freq_weights differ?"),
    ),
    "factor in one": (
        lambda: mediate(d, model_y=ols("y ~ t + m", d.assign(t=d.t.astype(str)))),
        DataMismatchError,
        ("'t' is a factor in one model",),
    ),
    "refit of a robust fit": (
        lambda: mediate(
            d,
            smf.ols("m ~ t", d).fit(cov_type="HC3"),
            ols("y ~ t + m + x", missing("x", slice(0, 9))),
            dropobs=True,
        ),
        DataMismatchError,
        ("mediator model", "cov_type='HC3'", "dropobs=True", "robustSE=True"),
    ),
    "column changed": (
        lambda: changed_after_fit(lambda f: f.insert(0, "x2", f.pop("x") * 2)),
        DataMismatchError,
        ("mediator model", "changed after the fit", "copy"),
    ),
    "values changed": (
        lambda: changed_after_fit(lambda f: f.update(f[["x"]] * 2)),
        DataMismatchError,
        ("mediator model", "changed after the fit"),
    ),
    "rows dropped": (
        lambda: changed_after_fit(lambda f: f.drop(index=[0, 1], inplace=True)),
        DataMismatchError,
        ("mediator model", "changed after the fit"),
    ),
    "mediator changed between fits": (
        lambda: mediate(d, model_y=ols("y ~ t + m", d.assign(m=2 * d.m))),
        DataMismatchError,
        ("'m' differs on", "do not change it between the fits"),
    ),
}

CONSTRUCTED: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "GLS": (lambda: smf.gls("m ~ t", d).fit(), ("GLS", "cluster=")),
    "MixedLM": (lambda: smf.mixedlm("m ~ t", d, groups=d.site).fit(), ("MixedLM", "cluster=")),
    "RLM": (lambda: smf.rlm("m ~ t", d).fit(), ("RLM", "robustSE=True")),
    "ZeroInflatedPoisson": (
        lambda: sm.ZeroInflatedPoisson.from_formula("yc ~ t", d).fit(disp=0),
        ("ZeroInflatedPoisson", "NegativeBinomial", "GLM with a Poisson family"),
    ),
    "unfitted": (lambda: smf.ols("m ~ t", d), ("unfitted OLS", ".fit()")),
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
ESTIMABLE: dict[str, Case] = {
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
}


def arms(**options: Any) -> Callable[[], Any]:
    """Return an analysis of the two-level text treatment."""
    return lambda: mediate(d, "m ~ arm", "y ~ arm + m", treat="arm", **options)


def conditions(**options: Any) -> Callable[[], Any]:
    """Return an analysis of the numeric treatment that formulas code as a factor."""
    return lambda: mediate(d, "m ~ C(cond)", "y ~ C(cond) + m", treat="cond", **options)


LOGICAL = d.assign(t=d.t == 1)
VALUES: dict[str, Case] = {
    "misspelt level": (
        arms(control_value="plcebo", treat_value="drug"),
        UnknownNameError,
        ("control_value='plcebo'", "Did you mean 'placebo'?", "'drug', 'placebo'"),
    ),
    "both misspelt": (
        arms(control_value="plcebo", treat_value="drgu"),
        UnknownNameError,
        ("control_value='plcebo'", "treat_value='drgu'"),
    ),
    "one level given": (
        arms(treat_value="drug"),
        UnknownNameError,
        ("control_value was not given", "'drug', 'placebo'"),
    ),
    "one level twice": (arms(control_value="drug", treat_value="drug"), ArgumentError, ("both 'drug'",)),
    "unknown code": (
        conditions(control_value=1, treat_value=9),
        UnknownNameError,
        ("treat_value=9", "'1', '2', '3'"),
    ),
    "text for a number": (option(control_value="a"), ArgumentTypeError, ("control_value", "numeric", "'a'")),
    "digits as text": (option(treat_value="1"), ArgumentTypeError, ("treat_value", "numeric", "'1'")),
    "nothing": (option(treat_value=None), ArgumentTypeError, ("treat_value", "None")),
    "list": (option(treat_value=[1]), ArgumentTypeError, ("treat_value must be one value",)),
    "not finite": (option(control_value=np.nan), ArgumentError, ("control_value must be finite",)),
    "equal": (option(control_value=1), ArgumentError, ("both 1.0",)),
    "no truth value": (
        lambda: mediate(LOGICAL, treat_value=2),
        ArgumentError,
        ("treat_value must be True or False", "boolean", "2"),
    ),
    "unused level": (
        lambda: mediate(
            d.assign(arm=pd.Categorical(d.arm, categories=["placebo", "drug", "other"])),
            "m ~ arm",
            "y ~ arm + m",
            treat="arm",
            control_value="placebo",
            treat_value="other",
        ),
        UnknownNameError,
        ("treat_value='other'", "'placebo', 'drug'"),
    ),
}


def held(**covariates: Any) -> Callable[[], Any]:
    """Return a call that holds covariates of models with x and the factor group."""
    return lambda: mediate(d, "m ~ t * group + x", "y ~ t * group + m + x", covariates=covariates)


COVARIATES: dict[str, Case] = {
    **{
        f"no mapping: {shown}": (
            option(covariates=given),
            ArgumentTypeError,
            ("{'age': 40}", "formulas", shown),
        )
        for given, shown in (
            ("x", "'x'"),
            (["x"], "['x']"),
            (5, "5"),
            (pd.DataFrame({"x": [1, 2]}), "2 rows"),
        )
    },
    "unknown": (held(grup="a"), UnknownNameError, ("'grup'", "neither model", "Did you mean 'group'?")),
    "unknown level": (
        held(group="d"),
        UnknownNameError,
        ("covariates['group']='d'", "'a', 'b', 'c'"),
    ),
    "treatment": (held(t=1), ArgumentError, ("'t'", "treatment", "treat_value")),
    "mediator": (held(m=1), ArgumentError, ("'m'", "mediator")),
    "text": (held(x="a"), ArgumentTypeError, ("covariates['x']", "numeric", "'a'")),
    "missing": (held(x=np.nan), ArgumentError, ("covariates['x']", "finite")),
    "wrong number": (held(x=[1, 2]), ArgumentError, ("covariates['x']", str(ROWS), "2 values")),
}

FULL = missing("x", slice(0, 4))


def clustered(cluster: Any) -> Callable[[], Any]:
    """Return a call with rows dropped and a cluster."""
    return lambda: mediate(FULL, "m ~ t + x", cluster=cluster)


GROUPS: dict[str, Case] = {
    "too short": (
        clustered([1, 2]),
        DataMismatchError,
        ("cluster has 2 values", f"{ROWS - 5} or {ROWS} rows", "one value per row"),
    ),
    "too long": (
        clustered(np.arange(ROWS + 5) % 7),
        DataMismatchError,
        (f"cluster has {ROWS + 5} values", f"{ROWS - 5} or {ROWS}"),
    ),
    "table": (clustered(d[["site"]]), ArgumentTypeError, ("cluster", "one vector", "DataFrame", "Combine")),
    "matrix": (clustered(d[["site"]].to_numpy()), ArgumentTypeError, ("cluster", "one vector", "ndarray")),
    "scalar": (clustered(5), ArgumentTypeError, ("cluster", "one vector", "got 5")),
    "missing values": (
        clustered(d.site.where(d.index > 6)),
        ArgumentError,
        ("cluster has 2 missing values",),
    ),
    "one cluster": (clustered(np.ones(ROWS)), ArgumentError, ("cluster has one value only", "two clusters")),
    "unknown column": (
        clustered("sitee"),
        UnknownNameError,
        ("cluster='sitee'", "outcome model's data", "Did you mean 'site'?"),
    ),
    "no data frame": (
        lambda: mediate(d, sm.OLS(d.m, X).fit(), sm.OLS(d.y, XY).fit(), cluster="site"),
        UnknownNameError,
        ("cluster='site'", "no data frame", "d['site']"),
    ),
    "strata": (
        lambda: mediate(d, boot=True, strata=[1]),
        DataMismatchError,
        ("strata has 1 values", f"{ROWS} rows"),
    ),
    "strata with holes": (
        lambda: mediate(d, boot=True, strata=d.site.where(d.index > 0)),
        ArgumentError,
        ("strata has 1 missing values",),
    ),
}


def wrong(
    name: str, error: type[PymediationError], *values: Any, words: tuple[str, ...] = ()
) -> dict[str, Case]:
    """Return a case for each wrong value of an option; the message names option and value."""
    return {
        f"{name}={value!r}": (option(**{name: value}), error, (name, repr(value), *words)) for value in values
    }


FLAGS = ("boot", "long", "dropobs", "robustSE", "use_speed", "progress")
OPTIONS: dict[str, Case] = {
    **wrong("sims", ArgumentError, 0, -1, 1.5, np.inf, float("nan"), words=("whole number",)),
    **wrong("sims", ArgumentTypeError, "100", True, None, [100], words=("whole number",)),
    **wrong("conf_level", ArgumentError, 0, 1, -1, 1.5, float("nan"), words=("between 0 and 1",)),
    **wrong("conf_level", ArgumentError, 95, words=("Did you mean 0.95?",)),
    **wrong("conf_level", ArgumentTypeError, "0.95", None, True, words=("between 0 and 1",)),
    **wrong("boot_ci_type", ArgumentError, "norm", words=("'perc', 'bca'",)),
    **wrong("boot_ci_type", ArgumentError, "BCA", words=("Did you mean 'bca'?",)),
    **wrong("boot_ci_type", ArgumentTypeError, None, 3, ["perc"], words=("'perc', 'bca'",)),
    **wrong("type", ArgumentError, "HC9", words=("'HC3'",)),
    **wrong("type", ArgumentError, "hc4M", words=("Did you mean 'HC4m'?",)),
    **wrong("type", ArgumentTypeError, None, words=("'HC3'",)),
    **wrong("parallel", ArgumentError, "yes", words=("'multicore'",)),
    **wrong("n_jobs", ArgumentError, 0, -3, words=("-1 for all",)),
    **wrong("n_jobs", ArgumentTypeError, "all", True, 2.0, None, words=("whole number",)),
    **wrong("ncpus", ArgumentError, 0, words=("1 or more",)),
    **wrong("compat", ArgumentError, "r", words=("'fixed'", "'R'")),
    **wrong("outcome_scale", ArgumentError, "mode", words=("'median'",)),
    **wrong("outcome_scale", ArgumentTypeError, 60, words=("('survival', 60)",)),
    **wrong("rng", ArgumentTypeError, "a", 1.5, True, words=("RStream",)),
    **{
        k: v
        for name in FLAGS
        for k, v in wrong(name, ArgumentTypeError, "yes", None, words=("True or False",)).items()
    },
    "both covariances": (
        option(robustSE=True, cluster=d.site),
        ArgumentError,
        ("robustSE=True", "cluster=", "choose one"),
    ),
    "typing error": (option(sism=9), UnknownArgumentError, ("'sism'", "Did you mean 'sims'?")),
    "dots": (option(**{"boot.ci.type": 9}), UnknownArgumentError, ("Did you mean 'boot_ci_type'?",)),
    "beginning": (option(med="m"), UnknownArgumentError, ("Did you mean 'mediator'?",)),
    "data": (option(data=d), UnknownArgumentError, ("'data'", "fitted models")),
    "seed": (option(seed=1), UnknownArgumentError, ("'seed'", "rng=")),
    "nothing like it": (option(foo=1), UnknownArgumentError, ("'foo'", "model_m", "treat_value")),
}

TABLES = {
    "names": NAMES,
    "roles": ROLES,
    "pairs": PAIRS,
    "models": MODELS,
    "estimable": ESTIMABLE,
    "values": VALUES,
    "covariates": COVARIATES,
    "groups": GROUPS,
    "options": OPTIONS,
}
CASES = {f"{table}: {name}": case for table, cases in TABLES.items() for name, case in cases.items()}


@pytest.mark.parametrize("name", CASES)
def test_refusal_names_the_culprit(name: str) -> None:
    call, error, words = CASES[name]
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    message = str(caught.value)
    for word in words:
        assert word in message
    assert "np.float64(" not in message
    assert message.endswith((".", "?"))


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (ArgumentError, ValueError),
        (ArgumentTypeError, TypeError),
        (UnknownArgumentError, TypeError),
        (UnknownNameError, KeyError),
        (DataMismatchError, ValueError),
        (NotEstimableError, ValueError),
        (UnsupportedModelError, TypeError),
    ],
)
def test_errors_are_also_the_built_in_ones(error: type[Exception], builtin: type[Exception]) -> None:
    assert issubclass(error, builtin)
    assert issubclass(error, PymediationError)


def test_every_argument_has_a_refusal() -> None:
    silent = {"model_m", "model_y", "outcome", "control", "group_out", "unknown"}  # warned about, or above
    shown = " ".join([*OPTIONS, *VALUES, *GROUPS, *COVARIATES, *NAMES]) + " ".join(
        word for _, _, words in CASES.values() for word in words
    )
    for argument in set(inspect.signature(pm.mediate).parameters) - silent:
        assert argument in shown, argument
