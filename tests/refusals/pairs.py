"""Refused for what the two models are to each other: names, roles and rows."""

from __future__ import annotations

import numpy as np
import statsmodels.api as sm
import statsmodels.formula.api as smf
from people import glm, mediate, ols
from refusals.base import ROWS, Case, changed_after_fit, d, missing, option, others

import pymediation as pm
from pymediation.errors import ArgumentError, ArgumentTypeError, DataMismatchError, UnknownNameError

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
    "one model twice": (
        lambda: mediate(d, "y ~ t + m + x"),
        DataMismatchError,
        ("the same model, y ~ t + m + x, was given twice", "the model of 'm' first"),
    ),
    "mediator model twice": (
        lambda: mediate(d, model_y="m ~ t + x"),
        DataMismatchError,
        ("the same model, m ~ t + x, was given twice", "has 'm' on its right side"),
    ),
    "two models of one response": (
        lambda: mediate(d, "y ~ t + m"),
        DataMismatchError,
        ("'y', not mediator='m'", "line copied"),
    ),
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
