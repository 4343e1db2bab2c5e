"""Refused for the value of an argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from people import mediate, ols
from refusals.base import ROWS, XY, Case, X, d, missing, option

import pymediation as pm
from pymediation.errors import (
    ArgumentError,
    ArgumentTypeError,
    DataMismatchError,
    PymediationError,
    UnknownArgumentError,
    UnknownNameError,
)


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
    "text": (held(x="a"), ArgumentTypeError, ("covariates['x']", "must be a number", "run from", "'a'")),
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


FLAGS = ("boot", "long", "dropobs", "robustSE", "use_speed")
OPTIONS: dict[str, Case] = {
    **wrong("sims", ArgumentError, 0, -1, 1.5, np.inf, float("nan"), words=("whole number",)),
    **wrong("sims", ArgumentTypeError, "100", True, None, [100], words=("whole number",)),
    "columns by position": (
        lambda: pm.mediate(ols("m ~ t", d), ols("y ~ t + m", d), "t", "m"),
        ArgumentTypeError,
        ("come sims and boot", "got 't' and 'm'", "treat=..., mediator=..."),
    ),
    "data by position": (
        lambda: pm.mediate("m ~ t", "y ~ t + m", d),
        ArgumentTypeError,
        ("third argument", "got a DataFrame", "the data are theirs"),
    ),
    "a large value": (option(boot=d), ArgumentTypeError, ("boot must be True or False; got a DataFrame.",)),
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
    **wrong("progress", ArgumentTypeError, "yes", 2, words=("True or False",)),
    **wrong("newdata", ArgumentTypeError, 3, words=("an iterator of DataFrames",)),
    "weights of no rows": (option(newdata_weights="w"), ArgumentError, ("newdata_weights='w'", "not given")),
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
