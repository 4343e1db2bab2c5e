"""Accelerated failure time models of lifelines: R's draws with ``survreg``, or a refusal with a reason."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from people import ols, people, quietly

import pymediation as pm
import pymediation.r as R
from pymediation.adapters import adapt
from pymediation.adapters.proof import disagreement

lifelines = pytest.importorskip("lifelines")

# The same model of the same numbers in the same order: the rounding of the fits and of averages over rows.
EQUAL = 1e-12
# Columns computed by other code (a product, a logarithm), amplified by the condition of the fit.
ROUNDING = 1e-9
# Where lifelines' optimisers stop with 120 rows: up to 0.0036 standard errors from the maximum.
OPTIMISER = 0.005

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")

DISTS = {
    "WeibullAFTFitter": "weibull",
    "LogNormalAFTFitter": "lognormal",
    "LogLogisticAFTFitter": "loglogistic",
}
SIMS = 30


def survivors(n: int = 120) -> pd.DataFrame:
    d = people(n)
    g = np.random.default_rng(3)
    d["time"] = np.exp(1 + 0.3 * d.m + 0.2 * d.t - 0.2 * d.x + 0.5 * g.normal(size=n))
    d["wait"] = np.exp(0.5 + 0.4 * d.t + 0.2 * d.x + 0.4 * g.normal(size=n))
    d["seen"] = (g.random(n) < 0.8).astype(int)
    d["z.1"] = g.normal(size=n)
    return d.drop(columns=["y", "yb", "mb", "yc"])


d = survivors()


def aft(
    data: pd.DataFrame = d, formula: str | None = "t + m + x", *, cls: str = "WeibullAFTFitter", **more: Any
) -> Any:
    """Fit times to the data, or to some columns of them if there is no formula."""
    options = {"duration_col": "time", "event_col": "seen", "formula": formula, **more}
    return quietly(lambda: getattr(lifelines, cls)().fit(data, **options))


def draws(model_m: Any, model_y: Any, boot: bool = False, mediator: str = "m", **options: Any) -> np.ndarray:
    """Return all draws of an analysis."""
    options = {
        "sims": SIMS,
        "rng": pm.RStream(5),
        "treat": "t",
        "mediator": mediator,
        "boot": boot,
        **options,
    }
    result = pm.mediate(model_m, model_y, **options)
    return np.array([result[name] for name in ("d0_sims", "d1_sims", "z0_sims", "z1_sims")])


def read(model: Any, data: pd.DataFrame = d, role: Any = "outcome", **more: Any) -> Any:
    return adapt(pm.with_data(model, data, **more), role, ("t", "m"))


# What formulaic and R write in different ways.
FORMULAS = {
    "plain": ("t + m + x", "t + m + x"),
    "another order": ("x + m + t", "x + m + t"),
    "interaction": ("t * m + x", "t * m + x"),
    "interaction first": ("m:t + x + m + t", "m:t + x + m + t"),
    "factor": ("C(group) * t + m", "factor(group) * t + m"),
    "coded factor": ("t + m + C(cond)", "t + m + factor(cond)"),
    "text": ("t + m + group", "t + m + group"),
    "transforms": ("t + m + np.log(age) + I(x**2)", "t + m + log(age) + I(x^2)"),
    "transformed mediator": ("t + I(m**2) + m", "t + I(m^2) + m"),
    "names with a dot": ("t + m + `z.1`", "t + m + z.1"),
    "no intercept": ("t + m + x - 1", "t + m + x - 1"),
}


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize("name", FORMULAS)
def test_outcomes_are_those_of_survreg(name: str, boot: bool) -> None:
    theirs, ours = FORMULAS[name]
    fitter = aft(formula=theirs, fit_intercept=name != "no intercept")
    expected = R.survreg(f"Surv(time, seen) ~ {ours}", data=d)
    found = draws(ols("m ~ t + x", d), pm.with_data(fitter, d), boot)
    np.testing.assert_allclose(found, draws(ols("m ~ t + x", d), expected, boot), atol=ROUNDING)


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize("cls", DISTS)
def test_mediators_are_those_of_survreg(cls: str, boot: bool) -> None:
    model_y = ols("m ~ t + wait + x", d)
    fitter = aft(formula="t + x", cls=cls, duration_col="wait")
    expected = R.survreg("Surv(wait, seen) ~ t + x", data=d, dist=DISTS[cls])
    found = draws(pm.with_data(fitter, d), model_y, boot, mediator="wait")
    np.testing.assert_allclose(found, draws(expected, model_y, boot, mediator="wait"), atol=EQUAL)


@pytest.mark.parametrize("cls", DISTS)
def test_both_models_may_be_survival_models(cls: str) -> None:
    fits = aft(formula="t + x", cls=cls, duration_col="wait"), aft(formula="t + wait + x", cls=cls)
    dialect = [
        R.survreg(f"Surv({left}, seen) ~ {right}", data=d, dist=DISTS[cls])
        for left, right in (("wait", "t + x"), ("time", "t + wait + x"))
    ]
    found = draws(*(pm.with_data(fit, d) for fit in fits), mediator="wait")
    np.testing.assert_allclose(found, draws(*dialect, mediator="wait"), atol=EQUAL)


@pytest.mark.parametrize("cls", DISTS)
def test_estimates_of_the_fitter_agree_with_ours(cls: str) -> None:
    fitter = aft(cls=cls)
    model = read(fitter)
    sign = 1 if cls == "LogNormalAFTFitter" else -1
    given = fitter.params_.to_numpy() * [1, 1, 1, 1, sign]
    errors = np.sqrt(np.diag(model.fit.cov))
    assert np.max(np.abs(given - model.fit.parameters) / errors) < OPTIMISER


# ---- without a formula


COLUMNS = ["time", "seen", "x", "t", "m"]


def test_columns_are_drawn_in_the_order_of_the_data_the_intercept_first() -> None:
    model = read(aft(d[COLUMNS], None), d[COLUMNS])
    assert model.design.names == ("Intercept", "x", "t", "m")
    found = draws(ols("m ~ t + x", d), pm.with_data(aft(d[COLUMNS], None), d[COLUMNS]))
    expected = R.survreg("Surv(time, seen) ~ .", data=d[COLUMNS])
    np.testing.assert_allclose(found, draws(ols("m ~ t + x", d), expected), atol=EQUAL)


def test_columns_says_another_order() -> None:
    model = read(aft(d[COLUMNS], None), d, columns=["t", "m", "x"])
    assert model.design.names == ("Intercept", "t", "m", "x")
    assert np.array_equal(model.fit.coef, read(aft()).fit.coef)


def test_columns_without_an_intercept() -> None:
    model = read(aft(d[COLUMNS], None, fit_intercept=False), d[COLUMNS])
    assert model.design.names == ("x", "t", "m")


@pytest.mark.parametrize("boot", [False, True])
def test_products_follow_treatment_and_mediator(boot: bool) -> None:
    product = d.assign(tm=d.t * d.m)[["time", "seen", "t", "m", "x", "tm"]]
    expected = draws(ols("m ~ t + x", d), R.survreg("Surv(time, seen) ~ t * m + x", data=d), boot)
    found = draws(ols("m ~ t + x", d), pm.with_data(aft(product, None), product), boot)
    np.testing.assert_allclose(found, expected, atol=ROUNDING)


@pytest.mark.parametrize(
    ("formula", "columns", "message"),
    [
        (None, ["t", "x"], r"with_data\(columns=\['t', 'x'\]\): the outcome model was fitted to the columns"),
        ("t + m", ["t", "m"], "was fitted from a formula, which names its columns"),
    ],
)
def test_columns_must_be_those_of_the_fit(formula: str | None, columns: list[str], message: str) -> None:
    with pytest.raises(pm.ArgumentError, match=message):
        read(aft(d[COLUMNS], formula), d, columns=columns)


# ---- rows and weights


@pytest.mark.parametrize("boot", [False, True])
def test_weights_enter_the_fit_and_the_averages(boot: bool) -> None:
    model_m = quietly(lambda: R.lm("m ~ t + x", data=d, weights="w"))
    expected = R.survreg("Surv(time, seen) ~ t + m + x", data=d, weights="w")
    found = draws(model_m, pm.with_data(aft(weights_col="w"), d, weights="w"), boot)
    np.testing.assert_allclose(found, draws(model_m, expected, boot), atol=EQUAL)


def test_all_events_were_seen_without_an_event_column() -> None:
    model = read(aft(event_col=None))
    assert np.array_equal(model.fit.coef, R.survreg("Surv(time) ~ t + m + x", data=d).fit.coef)


def test_events_may_be_logical() -> None:
    logical = d.assign(seen=d.seen == 1)
    assert np.array_equal(read(aft(logical), logical).fit.coef, read(aft()).fit.coef)


def test_rows_are_paired_by_label_with_those_of_the_other_model() -> None:
    gappy = d.copy()
    gappy.loc[[3, 50], "x"] = np.nan
    complete = gappy.dropna()
    found = draws(ols("m ~ t + x", gappy), pm.with_data(aft(complete), complete))
    expected = R.survreg("Surv(time, seen) ~ t + m + x", data=gappy)
    np.testing.assert_allclose(found, draws(R.lm("m ~ t + x", data=gappy), expected), atol=ROUNDING)


def test_the_data_are_those_of_the_fit_by_row() -> None:
    gappy = d.copy()
    gappy.loc[[3, 50], "x"] = np.nan
    fitter = aft(gappy.dropna())
    with pytest.raises(
        pm.DataMismatchError,
        match=r"fitted to 118 rows, but .* have 120.*data\.loc\[model\.durations\.index\]",
    ):
        read(fitter, gappy)
    assert read(fitter, gappy.loc[fitter.durations.index]).n == 118


def changed(column: str, value: Any, row: int = 7) -> pd.DataFrame:
    data = d.copy()
    data.loc[row, column] = value
    return data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            changed("time", 1.5),
            r"outcome model are not those of its fit: duration_col='time' differs in row 7\.",
        ),
        (changed("seen", 1 - d.seen[7]), "event_col='seen' differs in row 7"),
        (changed("w", 9.0), "weights_col='w' differs in row 7"),
        (changed("time", np.nan), "duration_col='time' differs in row 7"),
        (d.sort_values("time"), r"duration_col='time' differs in row \d+ and \d+ others\. Were rows sorted"),
        (changed("x", d.x[7] + 1e-4), "changed after the fit.*A regressor differs in row 7"),
        (changed("x", np.nan), "no longer gives the design it was fitted to"),
        (changed("group", "new"), "no longer gives the design it was fitted to"),
    ],
)
def test_changed_data_are_told(data: pd.DataFrame, message: str) -> None:
    fitter = aft(formula="t + m + x + group", weights_col="w")
    assert read(fitter).n == len(d)
    with pytest.raises(pm.DataMismatchError, match=message):
        read(fitter, data)


def test_changed_columns_are_told_without_a_formula() -> None:
    with pytest.raises(pm.DataMismatchError, match="A regressor differs in row 7"):
        read(aft(d[COLUMNS], None), changed("x", 0.0))


def test_the_proof_tells_where_no_linear_predictors_were_kept() -> None:
    fitter = copy.deepcopy(aft())
    del fitter._predicted_median
    assert read(fitter).n == len(d)
    with pytest.raises(pm.UnsupportedModelError, match="Was a regressor changed after the fit"):
        read(fitter, d.assign(x=d.x.to_numpy()[::-1]))


@pytest.mark.parametrize(
    ("name", "option"), [("time", "duration_col"), ("seen", "event_col"), ("x", "regressor")]
)
def test_missing_columns_are_named(name: str, option: str) -> None:
    with pytest.raises(
        pm.UnknownNameError, match=f"outcome model's {option}='{name}' is not a column of data"
    ):
        read(aft(), d.drop(columns=name))
    with pytest.raises(
        pm.UnknownNameError, match=f"outcome model's {option}='{name}' is not a column of data"
    ):
        read(aft(d[COLUMNS], None), d.drop(columns=name))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"response": "wait"}, r"with_data\(response='wait'\).*fitted with duration_col='time'"),
        (
            {"weights": "w"},
            r"with_data\(weights='w'\).*fitted with weights_col=None.*refit with weights_col='w'",
        ),
    ],
)
def test_names_must_be_those_of_the_fit(names: dict[str, str], message: str) -> None:
    with pytest.raises(pm.ArgumentError, match=message):
        read(aft(), **names)


def test_events_of_one_and_two_are_refused() -> None:
    coded = d.assign(seen=d.seen + 1)
    with pytest.raises(
        pm.ArgumentError, match=r"has the values 1, 2\. lifelines counts every value but 0 as a seen"
    ):
        read(aft(coded), coded)


# ---- what cannot be used


def with_state(**state: Any) -> Callable[[], Any]:
    def make() -> Any:
        return quietly(
            lambda: lifelines.WeibullAFTFitter(**state).fit(d, "time", "seen", formula="t + m + x")
        )

    return make


def interval() -> Any:
    bounds = d.assign(upper=d.time + 1)[["time", "upper", "t", "m"]]
    return quietly(lambda: lifelines.WeibullAFTFitter().fit_interval_censoring(bounds, "time", "upper"))


def left() -> Any:
    return quietly(
        lambda: lifelines.WeibullAFTFitter().fit_left_censoring(d, "time", "seen", formula="t + m")
    )


STATES: dict[str, tuple[Callable[[], Any], str]] = {
    "penalizer": (
        with_state(penalizer=0.1),
        r"penalizer=0\.1, l1_ratio=0\.0\. Penalised.*fit with penalizer=0",
    ),
    "l1": (with_state(penalizer=0.1, l1_ratio=0.5), r"l1_ratio=0\.5"),
    "penalties": (with_state(penalizer=np.full(4, 0.1)), "fit with penalizer=0"),
    "ancillary": (with_state(model_ancillary=True), "regressors of 'rho_' .*one scale for all rows"),
    "ancillary formula": (lambda: aft(ancillary="x"), "regressors of 'rho_'"),
    "entry": (lambda: aft(d.assign(entry=d.time / 2), entry_col="entry"), "entry_col='entry'"),
    "interval": (interval, "by fit_left_censoring"),
    "left": (left, "by fit_left_censoring"),
}


@pytest.mark.parametrize("name", STATES)
def test_fits_that_are_not_rs_model_are_refused(name: str) -> None:
    make, message = STATES[name]
    with pytest.raises(
        pm.UnsupportedModelError, match=f"outcome model .WeibullAFTFitter. was fitted.*{message}"
    ):
        read(make(), d.assign(entry=d.time / 2))


CLASSES = {
    "CoxPHFitter": "it models hazards, and effects are averages of times",
    "AalenAdditiveFitter": "it models hazards",
    "KaplanMeierFitter": "it has no regressors",
    "WeibullFitter": "it has no regressors",
    "GeneralizedGammaRegressionFitter": "special cases",
    "PiecewiseExponentialRegressionFitter": r"survreg\(\.\.\., dist='exponential'\)",
    "CRCSplineFitter": "",
}


@pytest.mark.parametrize("given", [lambda model: model, lambda model: pm.with_data(model, d)])
@pytest.mark.parametrize("name", CLASSES)
def test_other_classes_are_refused(name: str, given: Callable[[Any], Any]) -> None:
    cls = getattr(lifelines, name)
    model = cls.__new__(cls)
    message = f"is a lifelines {name}, which is not supported.*{CLASSES[name]}.*Supported: WeibullAFTFitter"
    with pytest.raises(pm.UnsupportedModelError, match=message):
        adapt(given(model), "mediator")


@pytest.mark.parametrize("given", [lambda model: model, lambda model: pm.with_data(model, d)])
def test_unfitted_fitters_are_refused(given: Callable[[Any], Any]) -> None:
    with pytest.raises(
        pm.UnsupportedModelError, match="an unfitted LogNormalAFTFitter, or its fit did not converge"
    ):
        adapt(given(lifelines.LogNormalAFTFitter()), "outcome")


def test_a_fitter_without_its_data_says_how_to_give_them() -> None:
    with pytest.raises(
        pm.UnsupportedModelError, match=r"does not keep its data\. Pass pymediation\.with_data\(model"
    ):
        adapt(aft(), "outcome")


def displaced(fitter: Any) -> None:
    """Make what a fitter keeps consistent with estimates that are not those of its search."""
    fitter._predicted_median = fitter.predict_median(d)
    fitter.log_likelihood_ = len(d) * fitter.score(d)


def test_estimates_that_are_not_those_of_the_rows_are_told() -> None:
    fitter = copy.deepcopy(aft())
    fitter.params_ = fitter.params_ + 0.2 * fitter.standard_errors_
    displaced(fitter)
    with pytest.raises(pm.UnsupportedModelError, match="cannot be reproduced from its own data: the"):
        read(fitter)


def test_the_scale_takes_part_in_the_proof() -> None:
    fitter = copy.deepcopy(aft())
    fitter.params_["rho_", "Intercept"] += 0.2 * fitter.standard_errors_["rho_", "Intercept"]
    displaced(fitter)
    with pytest.raises(pm.UnsupportedModelError, match="the log of the scale is"):
        read(fitter)


def test_the_optimiser_may_stop_early_by_its_own_tolerance() -> None:
    many = d.assign(w=1000)
    fitter = aft(many, cls="LogLogisticAFTFitter", weights_col="w")
    model = read(fitter, many)
    gap = np.abs(fitter.params_["alpha_"].to_numpy() - model.fit.coef) / np.sqrt(np.diag(model.fit.cov))[:-1]
    assert gap.max() > 0.05


def test_a_search_that_stopped_too_early_says_how_to_go_on() -> None:
    fitter = aft(cls="LogLogisticAFTFitter", fit_options={"ftol": 1e-2})
    message = r"search stopped early\? Refit it, with fit_options=\{'ftol': 1e-12\}"
    with pytest.raises(pm.UnsupportedModelError, match=message):
        read(fitter)
    assert read(aft(cls="LogLogisticAFTFitter", fit_options={"ftol": 1e-12})).n == len(d)


def test_a_robust_fit_is_taken_with_a_warning() -> None:
    fitter = aft(robust=True)
    with pytest.warns(pm.PymediationWarning, match=r"fitted with robust=True.*model-based covariance"):
        model = read(fitter)
    assert np.array_equal(model.fit.cov, read(aft()).fit.cov)


def test_the_mediator_must_be_the_time_of_the_model() -> None:
    fitter = aft(formula="t + x", duration_col="wait")
    with pytest.raises(
        pm.DataMismatchError, match="response of the mediator model is 'wait', not mediator='m'"
    ):
        draws(pm.with_data(fitter, d), ols("time ~ t + m + x", d))


def test_a_redundant_regressor_is_named() -> None:
    twice = d.assign(double=2 * d.x)
    fitter = aft(twice, "t + m + x + double")
    with pytest.raises(pm.NotEstimableError, match="rank deficient: 'double'"):
        draws(ols("m ~ t + x", twice), pm.with_data(fitter, twice))


def test_results_pickle() -> None:
    result = pm.mediate(
        ols("m ~ t + x", d), pm.with_data(aft(), d), treat="t", mediator="m", sims=SIMS, rng=pm.RStream(5)
    )
    assert pickle.loads(pickle.dumps(result)).d0 == result.d0


def test_agreement_is_counted_in_standard_errors() -> None:
    own, cov = np.array([1.0, -2.0]), np.diag([0.04, 0.25])
    assert disagreement(own + np.array([0.009, 0.02]), own, cov) is None
    assert disagreement(own + np.array([0.0, 0.03]), own, cov) == 1
