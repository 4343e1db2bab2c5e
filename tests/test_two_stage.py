"""``mediate_tsls`` against R, against textbook formulas, and what it refuses."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import instrument_cases
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.special import ndtr

import pymediation as pm
import pymediation.r as R
from pymediation.fits import fit_ols
from pymediation.fits.clustered import clustered_cov

# Estimates and errors of size 1 from the same normal equations: rounding.
TOLERANCE = 1e-12
# The proportion mediated divides by a total effect of 0.3, in replicates by as little as 0.01.
RATIO_TOLERANCE = 1e-10
# Five standard errors of an estimate in the largest simulated population.
POPULATION = 0.06

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


@pytest.fixture(autouse=True)
def unseeded() -> Iterator[None]:
    yield
    R.set_seed(None)


def data_of(name: str) -> pd.DataFrame:
    """Return the data of a recorded run."""
    if name.startswith(("tsls_text", "tsls_weights")):
        return instrument_cases.data_d(200)
    if name in ("tsls_missing", "tsls_missing_boot", "tsls_point_only"):
        data = instrument_cases.data_d(200).astype({"m": float})
        data.loc[[3, 8], "m"] = np.nan
        return data
    return instrument_cases.data_d()


def run(name: str, **changed: Any) -> Any:
    """Run a recorded call."""
    case, data = instrument_cases.cases()[name], data_of(name)
    models = [instrument_cases.fitted(case["formulas"][part], data) for part in ("model_m", "model_y")]
    options = instrument_cases.call_options(case["call"])
    if "cluster" in options:
        options["cluster"] = data[options["cluster"].removeprefix("d2$")]
    if isinstance(case["seed"], int):
        R.set_seed(case["seed"])
    return R.mediate_tsls(*models, **options | changed)


def test_every_recorded_run_is_compared() -> None:
    errors = {name for name, case in instrument_cases.cases().items() if "error" in case}
    assert {"tsls_error_nobs", "tsls_error_cluster"} == {name for name in errors if name.startswith("tsls")}
    assert len(instrument_cases.names("tsls")) == 15


@pytest.mark.parametrize("name", instrument_cases.names("tsls"))
def test_components_and_text_are_those_of_r(name: str) -> None:
    case, result = instrument_cases.cases()[name], run(name)
    if "next_uniform_after_call" in case:
        assert R.runif(1)[0] == pytest.approx(case["next_uniform_after_call"], abs=TOLERANCE)
    assert result.keys() == tuple(component.replace(".", "_") for component in case["components"])
    for component, wanted in case["result"].items():
        found = result[component.replace(".", "_")]
        if component == "treat" or component == "mediator" or component == "boot.ci.type":
            assert found == wanted
            continue
        near = RATIO_TOLERANCE if component.startswith("n0") else TOLERANCE
        stored = instrument_cases.numbers(wanted)
        ours = np.asarray(np.nan if found is None else found, dtype=float)
        np.testing.assert_allclose(ours, stored, rtol=near, atol=near, err_msg=component)
    for component, labels in case.get("names", {}).items():
        if component.endswith(".ci"):
            assert result[component.replace(".", "_")].names == tuple(labels)
    if name != "tsls_point_only":  # R stops after its headings
        assert str(result.summary()) == "\n".join(case["summary"])


def test_estimates_alone_are_printed_where_r_stops() -> None:
    lines = str(run("tsls_point_only").summary()).splitlines()
    assert lines[1] == "Causal Mediation Analysis using Two-Stage Least Squares"
    assert lines[3:5] == ["               Estimate", "ACME           -0.61558"]
    assert lines[-1] == "Sample Size Used: 198 "


# The right numbers.

DIFFERENCES = 1e-6  # of central differences with steps of 1e-6


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return instrument_cases.data_d(200).assign(site=lambda d: np.arange(len(d)) % 20)


@pytest.fixture(scope="module")
def models(data: pd.DataFrame) -> tuple[Any, Any]:
    return smf.ols("m ~ t + z + n", data).fit(), smf.ols("y ~ t + m + n", data).fit()


def test_classical_errors_are_those_of_the_two_regressions(data: pd.DataFrame, models: Any) -> None:
    first, _ = models
    second = smf.ols("y ~ t + m + n", data.assign(m=first.fittedvalues)).fit()
    b, g = first.params["t"], second.params["m"]
    vb, vg = first.bse["t"] ** 2, second.bse["m"] ** 2
    vz, vzg = second.bse["t"] ** 2, second.cov_params().loc["t", "m"]
    result = pm.mediate_tsls(*models, treat="t", residuals="second-stage")
    d_variance = g**2 * vb + b**2 * vg + vb * vg
    assert result.d1 == pytest.approx(b * g, rel=TOLERANCE)
    assert result.d1_se == pytest.approx(np.sqrt(d_variance), rel=TOLERANCE)
    assert result.z1_se == pytest.approx(second.bse["t"], rel=TOLERANCE)
    assert result.tau_se == pytest.approx(np.sqrt(vz + d_variance + 2 * b * vzg), rel=TOLERANCE)
    assert result.d1_p == pytest.approx(2 * ndtr(-abs(result.d1) / result.d1_se), rel=TOLERANCE)


def test_outside_the_rows_both_settings_agree(models: Any) -> None:
    for options in (
        {"robustSE": True, "type": "HC3", "residuals": "second-stage"},
        {"cluster": "site", "residuals": "second-stage"},
        {"boot": True, "rng": pm.RStream(4)},
    ):
        fixed, as_r = (
            pm.mediate_tsls(*models, treat="t", compat=compat, **options | {"rng": pm.RStream(4)})
            for compat in ("fixed", "R")
        )
        for part in ("d1", "d1_se", "z1_se", "tau_se", "n0_se"):
            assert fixed[part] == as_r[part]


def test_structural_residuals_give_the_textbook_errors(data: pd.DataFrame, models: Any) -> None:
    Z = np.column_stack([np.ones(200), data["t"], data["z"], data["n"]])
    X = np.column_stack([np.ones(200), data["t"], data["m"], data["n"]])
    projected = Z @ np.linalg.solve(Z.T @ Z, Z.T @ X)
    coef = np.linalg.solve(projected.T @ X, projected.T @ data["y"])
    e = data["y"].to_numpy() - X @ coef
    classical = e @ e / 196 * np.linalg.inv(projected.T @ projected)
    result = pm.mediate_tsls(*models, treat="t", residuals="structural")
    assert result.z1 == pytest.approx(coef[1], rel=TOLERANCE)
    assert result.z1_se == pytest.approx(np.sqrt(classical[1, 1]), rel=1e-10)  # explicit inverses
    robust = pm.mediate_tsls(
        *models, treat="t", residuals="structural", robustSE=True, type="HC0", cadjust=False
    )
    A = np.linalg.inv(projected.T @ projected)
    sandwich = A @ (projected * e[:, None] ** 2).T @ projected @ A
    assert robust.z1_se == pytest.approx(np.sqrt(sandwich[1, 1]), rel=1e-10)


@pytest.mark.parametrize("clustered", [False, True])
def test_joint_errors_are_those_of_the_stacked_estimating_equations(
    data: pd.DataFrame, models: Any, clustered: bool
) -> None:
    Z, X = (np.column_stack([np.ones(200), data[["t", name, "n"]]]) for name in ("z", "m"))
    m, y = data["m"].to_numpy(), data["y"].to_numpy()

    def moments(theta: np.ndarray) -> np.ndarray:
        fitted = Z @ theta[:4]
        second = np.column_stack([X[:, :2], fitted, X[:, 3]])
        return np.hstack([Z * (m - fitted)[:, None], second * (y - X @ theta[4:])[:, None]])

    alpha = np.linalg.solve(Z.T @ Z, Z.T @ m)
    fitted = np.column_stack([X[:, :2], Z @ alpha, X[:, 3]])
    theta = np.concatenate([alpha, np.linalg.solve(fitted.T @ X, fitted.T @ y)])
    steps = np.eye(8) * 1e-6
    slope = np.stack([(moments(theta + h) - moments(theta - h)).sum(axis=0) / 2e-6 for h in steps], axis=1)
    sums = pd.DataFrame(moments(theta)).groupby(data["site"] if clustered else data.index).sum().to_numpy()
    spread = np.linalg.inv(slope) @ sums.T
    joint = (spread @ spread.T)[np.ix_([1, 6, 5], [1, 6, 5])]
    b, g = theta[1], theta[6]
    how = {"cluster": "site"} if clustered else {"robustSE": True}
    result = pm.mediate_tsls(*models, treat="t", type="HC0", cadjust=False, **how)
    for found, gradient in ((result.d1_se, [g, b, 0]), (result.z1_se, [0, 0, 1]), (result.tau_se, [g, b, 1])):
        assert found == pytest.approx(np.sqrt(gradient @ joint @ gradient), rel=DIFFERENCES)


def test_joint_classical_errors_are_robust_ones_of_errors_that_do_not_vary() -> None:
    data = population(200_000, 4)
    fits = smf.ols("m ~ t + z + x", data).fit(), smf.ols("y ~ t + m + x", data).fit()
    classical, robust = (pm.mediate_tsls(*fits, treat="t", robustSE=flag) for flag in (False, True))
    for part in ("d1_se", "z1_se", "tau_se", "n0_se"):
        assert classical[part] == pytest.approx(robust[part], rel=0.02)


def test_errors_of_the_total_effect_are_those_of_a_regression_on_the_treatment() -> None:
    # Without covariates the total effect of a randomised treatment hardly depends on the instrument.
    data = population(50_000, 5)
    fits = smf.ols("m ~ t + z", data).fit(), smf.ols("y ~ t + m", data).fit()
    direct = smf.ols("y ~ t + z", data).fit(cov_type="HC1")
    assert pm.mediate_tsls(*fits, treat="t", robustSE=True).tau_se == pytest.approx(direct.bse["t"], rel=0.02)


def test_first_stage_test_is_the_usual_f(data: pd.DataFrame, models: Any) -> None:
    restricted = smf.ols("m ~ t + n", data).fit()
    statistic, p_value, _ = models[0].compare_f_test(restricted)
    result = pm.mediate_tsls(*models, treat="t")
    assert result.first_stage.instruments == ("z",)
    assert result.first_stage.statistic == pytest.approx(statistic, rel=1e-10)
    assert result.first_stage.p_value == pytest.approx(p_value, rel=1e-8)
    text = str(result.summary())
    assert f"First-stage F: {statistic:.4g} on 1 and 196 DF" in text
    assert "First-stage" not in str(pm.mediate_tsls(*models, treat="t", compat="R").summary())


def test_weak_instruments_are_called_weak(data: pd.DataFrame) -> None:
    noise = data.assign(q=np.sin(np.arange(200)))
    fits = smf.ols("m ~ t + q", noise).fit(), smf.ols("y ~ t + m", noise).fit()
    with pytest.warns(pm.PymediationWarning, match="weak"):
        result = pm.mediate_tsls(*fits, treat="t")
    assert "weak: below 10" in str(result.summary())


def test_replicates_are_refits_of_the_resampled_rows(data: pd.DataFrame, models: Any) -> None:
    result = pm.mediate_tsls(*models, treat="t", boot=True, sims=30, rng=pm.RStream(11))
    stream, draws = pm.RStream(11), []
    for _ in range(30):
        rows = data.iloc[stream.integers(200, size=200)].reset_index(drop=True)
        first = smf.ols("m ~ t + z + n", rows).fit()
        second = smf.ols("y ~ t + m + n", rows.assign(m=first.fittedvalues)).fit()
        draws.append(first.params["t"] * second.params["m"])
    np.testing.assert_allclose(result.acme.sims, draws, rtol=1e-10)  # statsmodels solves by pseudo-inverse


@pytest.mark.parametrize("weights", [None, "w"])
def test_interacting_covariates_and_factors_are_resampled_alike(
    data: pd.DataFrame, weights: str | None
) -> None:
    options = {} if weights is None else {"weights": weights}
    m, y = "m ~ t + z * n + factor(cl)", "y ~ t + m + n + factor(cl)"
    fits = R.lm(m, data=data, **options), R.lm(y, data=data, **options)
    result = pm.mediate_tsls(*fits, treat="t", boot=True, sims=5, cluster=data["site"], rng=pm.RStream(2))
    stream = pm.RStream(2)
    members = [np.flatnonzero(data["site"] == site) for site in range(20)]
    for found in result.acme.sims:
        rows = data.iloc[np.concatenate([members[g] for g in stream.integers(20, size=20)])].reset_index(
            drop=True
        )
        first = R.lm(m, data=rows, **options)
        second = R.lm(y, data=rows.assign(m=R.fitted(first).to_numpy()), **options)
        assert found == pytest.approx(R.coef(first)["t"] * R.coef(second)["m"], rel=1e-9)


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
def test_corrected_clusters_are_matrix_powers(data: pd.DataFrame, kind: str) -> None:
    X = np.column_stack([np.ones(200), data["t"], data["n"]])
    fit, codes = fit_ols(data["y"], X), data["site"].to_numpy()
    A, power = np.linalg.inv(X.T @ X), {"HC2": 0.5, "HC3": 1.0}.get(kind, 0.0)
    meat = np.zeros((3, 3))
    for g in range(20):
        x, e = X[codes == g], fit.working_residuals[codes == g]
        values, vectors = np.linalg.eigh(np.eye(len(x)) - x @ A @ x.T)
        score = x.T @ ((vectors * values**-power) @ vectors.T @ e)
        meat += np.outer(score, score)
    factor = {"HC0": 20 / 19, "HC1": 20 / 19 * 199 / 197}.get(kind, 1.0)
    np.testing.assert_allclose(clustered_cov(fit, X, codes, kind), factor * A @ meat @ A, rtol=1e-10)


def population(n: int, seed: int) -> pd.DataFrame:
    """Simulate a mediator and an outcome with a common cause: ACME -1, ADE 1."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"t": rng.integers(0, 2, n), "z": rng.normal(size=n), "x": rng.normal(size=n)})
    hidden = rng.normal(size=n)
    data["m"] = 0.5 * data["t"] + data["z"] + 0.3 * data["x"] + hidden + rng.normal(size=n)
    data["y"] = data["t"] - 2 * data["m"] + data["x"] + 3 * hidden + rng.normal(size=n)
    return data


def test_estimates_find_the_effects_of_a_population_with_a_hidden_cause() -> None:
    data = population(200_000, 1)
    fits = smf.ols("m ~ t + z + x", data).fit(), smf.ols("y ~ t + m + x", data).fit()
    result = pm.mediate_tsls(*fits, treat="t", robustSE=True)
    assert result.acme.estimate == pytest.approx(-1, abs=POPULATION)
    assert result.ade.estimate == pytest.approx(1, abs=POPULATION)
    assert result.acme.lower < -1 < result.acme.upper
    naive = fits[0].params["t"] * fits[1].params["m"]
    assert abs(naive + 1) > 5 * POPULATION  # what the instrument is for


# What it refuses and says.


def refused(error: type[Exception], words: str, model_m: str, model_y: str, **options: Any) -> None:
    data = population(300, 2).assign(
        arm=lambda d: np.where(d.index % 3 == 0, "a", np.where(d["t"], "b", "c"))
    )
    with pytest.raises(error, match=words):
        pm.mediate_tsls(R.lm(model_m, data=data), R.lm(model_y, data=data), **{"treat": "t"} | options)


@pytest.mark.parametrize(
    ("model_m", "model_y", "error", "words"),
    [
        ("m ~ t + x", "y ~ t + m + x", pm.NotEstimableError, "no instrument"),
        ("m ~ t + z", "y ~ t * m", pm.UnsupportedModelError, "'t:m'"),
        ("m ~ t + z", "y ~ t + m + I(m^2)", pm.UnsupportedModelError, "not linear in the mediator 'm'"),
        ("m ~ t + z", "y ~ t + exp(m)", pm.UnsupportedModelError, "exp"),
        ("m ~ z + x", "y ~ t + m", pm.UnknownNameError, "not in the mediator model"),
        ("m ~ t + z", "y ~ t + x", pm.UnknownNameError, "'m' is not in the outcome model"),
        ("z ~ t + x", "y ~ t + m", pm.UnknownNameError, "'z' is not in the outcome model"),
    ],
)
def test_models_that_do_not_fit_are_refused(model_m: str, model_y: str, error: Any, words: str) -> None:
    refused(error, words, model_m, model_y)


def test_a_treatment_with_several_coefficients_is_refused() -> None:
    refused(pm.UnsupportedModelError, "levels 'a', 'b', 'c'", "m ~ arm + z", "y ~ arm + m", treat="arm")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"cluster": [1, 2, 3]}, pm.DataMismatchError, "3 values"),
        ({"cluster": np.ones(300)}, pm.ArgumentError, "at least two clusters"),
        ({"cluster": np.full(300, np.nan)}, pm.ArgumentError, "300 missing values"),
        ({"cluster": "site"}, pm.UnknownNameError, "is not a column of the outcome model's data"),
        ({"type": "HC4"}, pm.ArgumentError, "'HC3'"),
        ({"conf_level": 95}, pm.ArgumentError, "0.95"),
        ({"residuals": "naive"}, pm.ArgumentError, "'structural'"),
        ({"clusters": None}, pm.UnknownArgumentError, "mediate_tsls.. has no argument 'clusters'"),
        ({"treat": "tt"}, pm.UnknownNameError, "Did you mean 't'"),
    ],
)
def test_arguments_that_are_not_accepted(options: dict[str, Any], error: Any, words: str) -> None:
    refused(error, words, "m ~ t + z", "y ~ t + m", **options)


def test_other_kinds_of_models_are_refused() -> None:
    data = population(300, 2).assign(won=lambda d: (d["y"] > 0).astype(int))
    first, logit = R.lm("m ~ t + z", data=data), R.glm("won ~ t + m", R.binomial, data=data)
    with pytest.raises(pm.UnsupportedModelError, match=r"outcome model is a .*must be least-squares"):
        pm.mediate_tsls(first, logit, treat="t")


def test_different_rows_are_refused() -> None:
    data = population(300, 2)
    gappy = data.assign(z=data["z"].where(data.index > 0))
    with pytest.raises(pm.DataMismatchError, match="the mediator model to 299, the outcome model to 300"):
        pm.mediate_tsls(R.lm("m ~ t + z", data=gappy), R.lm("y ~ t + m", data=gappy), treat="t")


def test_the_dialect_ignores_interactions_as_r_does() -> None:
    data = population(300, 2)
    first, second = R.lm("m ~ t + z", data=data), R.lm("y ~ t * m", data=data)
    with pytest.warns(pm.PymediationWarning, match="R ignores the term"):
        result = R.mediate_tsls(first, second, treat="t")
    refit = R.lm("y ~ t * m", data=data.assign(m=R.fitted(first).to_numpy()))
    assert result.d1 == pytest.approx(R.coef(first)["t"] * R.coef(refit)["m"], rel=TOLERANCE)
    boot = R.mediate_tsls(first, second, treat="t", boot=True, sims=3, rng=pm.RStream(1))
    rows = data.iloc[pm.RStream(1).integers(300, size=300)].reset_index(drop=True)
    again = R.lm("m ~ t + z", data=rows)
    refit = R.lm("y ~ t * m", data=rows.assign(m=R.fitted(again).to_numpy()))
    assert boot.acme.sims[0] == pytest.approx(R.coef(again)["t"] * R.coef(refit)["m"], rel=1e-10)


def test_an_interacting_treatment_is_warned_about() -> None:
    data = population(300, 2)
    with pytest.warns(pm.PymediationWarning, match="those where the other variable is 0"):
        pm.mediate_tsls(R.lm("m ~ t * z", data=data), R.lm("y ~ t + m", data=data), treat="t")


def test_replicates_that_determine_nothing_are_counted() -> None:
    data = population(12, 3).assign(t=lambda d: (d.index < 2).astype(float))
    fits = R.lm("m ~ t + z", data=data), R.lm("y ~ t + m", data=data)
    with pytest.raises(pm.NotEstimableError, match="of 100 bootstrap replicates do not determine"):
        pm.mediate_tsls(*fits, treat="t", boot=True, sims=100, rng=pm.RStream(1))
    better = population(40, 3).assign(t=lambda d: (d.index < 5).astype(float))
    fits = R.lm("m ~ t + z", data=better), R.lm("y ~ t + m", data=better)
    with pytest.warns(pm.PymediationWarning, match="left out"):
        result = pm.mediate_tsls(*fits, treat="t", boot=True, sims=500, rng=pm.RStream(1))
    assert result.n_failed == np.isnan(result.acme.sims).sum() > 0
    assert np.isfinite([result.d1_se, *result.d1_ci]).all()


def test_a_result_pickles_prints_and_draws(models: Any) -> None:
    result = pm.mediate_tsls(*models, treat="t", boot=True, sims=50, rng=3)
    copy = pickle.loads(pickle.dumps(result))
    assert str(copy.summary()) == str(result.summary())
    assert copy.d1_ci.names == ("2.5%", "97.5%")
    assert "50 replicates, NumPy stream, seed 3" in repr(result)
    assert result.summary()._repr_html_().count("<tr>") == result._repr_html_().count("<tr>") > 4
    assert list(result.to_frame().index) == ["ACME", "ADE", "Total Effect", "Prop. Mediated"]
    ax = result.plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["ACME", "ADE", "Total\nEffect"]
    with pytest.raises(pm.NotEstimableError, match="est_se=False"):
        pm.mediate_tsls(*models, treat="t", est_se=False).plot()


def test_inputs_are_not_modified(data: pd.DataFrame) -> None:
    own = data.copy()
    fits = smf.ols("m ~ t + z", own).fit(), smf.ols("y ~ t + m", own).fit()
    before = own.copy(), fits[1].model.exog.copy()
    pm.mediate_tsls(*fits, treat="t", boot=True, sims=5, rng=1)
    pd.testing.assert_frame_equal(own, before[0])
    np.testing.assert_array_equal(fits[1].model.exog, before[1])


def test_one_warning_says_what_differs_from_r(models: Any) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pm.mediate_tsls(*models, treat="t")
        pm.mediate_tsls(*models, treat="t", boot=True, sims=500, rng=1)
    (only,) = [one for one in caught if issubclass(one.category, pm.CompatibilityWarning)]
    assert "[tsls-robust]" in str(only.message)
    assert "[tsls-one-sided]" in str(only.message)
