"""The right numbers where R's are wrong: against simulation, against ``mediate``, and under relabelling."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from sensitivity import sens_cases, sens_plain

import pymediation as pm
import pymediation.r as R
from pymediation.streams import RStream

PROBIT = sm.families.Binomial(sm.families.links.Probit())
# The same numbers under other names or in another order.
EXACT = 1e-10
# Iterations of the two-equation fit stop at slightly different places when coefficients are coded otherwise.
EPS, STOPPING = 1e-16, 1e-6
# Three standard errors of both sides in samples of 40 000, effects being of order 0.1.
SAMPLING = 0.012
# Standard errors that an estimate may be off.
ERRORS = 3.5
# Five standard errors of a mean over 1000 draws, relative to the spread of the draws.
MONTE_CARLO = 5 / np.sqrt(1000)

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def population(rho: float, *, binary: str, n: int = 40_000) -> tuple[pd.DataFrame, dict[str, float]]:
    """Draw from the model with errors of a known correlation; return data and the true effects."""
    rng = np.random.default_rng(20 + round(10 * rho))
    t, x = rng.integers(0, 2, n).astype(float), rng.normal(size=n)
    e2 = rng.normal(size=n)
    e3 = rho * e2 + np.sqrt(1 - rho**2) * rng.normal(size=n)
    sd = 1.0 if "m" in binary else 1.3

    def mediator(arm: Any) -> np.ndarray:
        latent = 0.2 + 0.8 * arm + 0.5 * x + sd * e2
        return (latent > 0).astype(float) if "m" in binary else latent

    def outcome(arm: Any, m: np.ndarray) -> np.ndarray:
        latent = -0.3 + 0.4 * arm + 0.6 * m + 0.3 * x + e3
        return (latent > 0).astype(float) if "y" in binary else latent

    ones, zeros = np.ones(n), np.zeros(n)
    worlds = {
        (a, b): outcome(w, mediator(v)).mean()
        for a, w in ((0, zeros), (1, ones))
        for b, v in ((0, zeros), (1, ones))
    }
    truth = {f"d{a}": worlds[a, 1] - worlds[a, 0] for a in (0, 1)}
    truth |= {f"z{b}": worlds[1, b] - worlds[0, b] for b in (0, 1)}
    m = mediator(t)
    return pd.DataFrame({"t": t, "x": x, "m": m, "y": outcome(t, m)}), truth


def fitted(data: pd.DataFrame, binary: str) -> Any:
    left, right = "m ~ t + x", "y ~ t + m + x"
    models = [
        smf.glm(formula, data, family=PROBIT).fit() if letter in binary else smf.ols(formula, data).fit()
        for formula, letter in ((left, "m"), (right, "y"))
    ]
    return pm.mediate(*models, treat="t", mediator="m", sims=10, rng=1)


@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.5])
def test_probit_outcome_recovers_the_effects_of_simulated_potential_outcomes(rho):
    data, truth = population(rho, binary="y")
    sens = pm.medsens(fitted(data, "y"), 0.5, 100, effect_type="both", rng=2)
    place = int(np.argmin(np.abs(sens.rho - rho)))
    for name, value in truth.items():
        assert abs(sens[name][place] - value) < SAMPLING, name
        others = np.delete(sens[name], place)
        assert np.abs(others - value).min() > SAMPLING, name


def test_r_s_denominator_misses_them():
    data, truth = population(0.0, binary="y")
    sens = pm.medsens(fitted(data, "y"), 0.5, 100, rng=2, compat="R")
    assert abs(sens.d0[1] - truth["d0"]) > 2 * SAMPLING


def off(binary: str, rho: float, compat: str) -> float:
    """Return how many standard errors the worst effect at the true correlation is off."""
    data, truth = population(rho, binary=binary)
    sens = pm.medsens(fitted(data, binary), 0.5, 100, effect_type="both", rng=2, compat=compat)
    place = int(np.argmin(np.abs(sens.rho - rho)))
    return max(
        abs(sens[name][place] - value) / ((sens[f"upper_{name}"] - sens[f"lower_{name}"])[place] / (2 * 1.96))
        for name, value in truth.items()
    )


@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.5])
@pytest.mark.parametrize("binary", ["m", "my", ""])
def test_other_pairs_of_models_recover_them_too(binary, rho):
    assert off(binary, rho, "fixed") < ERRORS


@pytest.mark.parametrize("rho", [-0.5, 0.5])
def test_r_s_weights_after_a_probit_mediator_miss_them(rho):
    assert off("m", rho, "R") > ERRORS


def at_zero(name: str, compat: str) -> tuple[Any, Any]:
    """Return a recorded pair of models' effects at a correlation of 0, and those of ``mediate``."""
    case, data = sens_cases.cases()[name], sens_cases.tables()
    models = [sens_cases.fit(case[model], "dialect", data) for model in ("model_m", "model_y")]
    given = sens_cases.options(case["mediate_call"].replace("model.m, model.y", "x"), data) | {"sims": 1000}
    result = pm.mediate(*models, rng=RStream(3), **given)
    sens = pm.medsens(result, 0.5, 1000, effect_type="both", rng=RStream(4), compat=compat)
    assert abs(sens.rho[1]) < 1e-15
    return sens, result


@pytest.mark.parametrize(
    "name",
    [
        *("ct_int_both", "ct_factor2_swapped", "ct_cat_gradwk_somcol", "ct_cat_int_highsc_bach"),
        *("bo_framing_both", "bo_jobs_weights", "bo_jobs_cat", "bo_jobs_reordered"),
        *("bm_jobs_both", "bm_jobs_int_both", "bm_jobs_int_weights", "bm_jobs_factors", "bm_jobs_cat"),
    ],
)
def test_without_confounding_the_effects_are_those_of_mediate(name):
    sens, result = at_zero(name, "fixed")
    for effect in ("d0", "d1", "z0", "z1"):
        spread = np.std(result[f"{effect}_sims"])
        assert abs(sens[effect][1] - result[effect]) < MONTE_CARLO * spread * np.sqrt(2), effect


@pytest.mark.parametrize("name", ["ct_factor2_swapped", "ct_cat_gradwk_somcol", "bo_framing_both"])
def test_those_of_r_are_not(name):
    sens, result = at_zero(name, "R")
    gaps = [
        abs(sens[effect][1] - result[effect]) / np.std(result[f"{effect}_sims"])
        for effect in ("d0", "d1", "z0", "z1")
    ]
    assert max(gaps) > MONTE_CARLO * np.sqrt(2)


def educated(first: list[str]) -> pd.DataFrame:
    """Return the data with some levels of education before all others."""
    jobs = sens_cases.tables()["jobs"].copy()
    others = [level for level in jobs["educ"].cat.categories if level not in first]
    jobs["educ"] = jobs["educ"].cat.reorder_categories([*first, *others])
    return jobs


@pytest.mark.parametrize("product", ["+", "*"])
def test_levels_of_the_treatment_may_be_in_any_order(product):
    found = []
    for first in ([], ["gradwk", "somcol"], ["somcol", "gradwk"]):
        jobs = educated(first)
        models = (
            smf.ols("job_seek ~ educ + sex", jobs).fit(),
            smf.ols(f"depress2 ~ educ {product} job_seek + sex", jobs).fit(),
        )
        names = {"treat": "educ", "mediator": "job_seek", "control_value": "gradwk", "treat_value": "somcol"}
        result = pm.mediate(*models, sims=10, rng=1, **names)
        sens = pm.medsens(result, 0.25, eps=EPS, effect_type="both")
        found.append(sens.to_frame()["estimate"].to_numpy())
        if first == ["gradwk", "somcol"] and product == "+":
            as_r = pm.medsens(result, 0.25, eps=EPS, effect_type="both", compat="R")
            np.testing.assert_allclose(as_r.to_frame()["estimate"], found[-1], rtol=STOPPING)
    np.testing.assert_allclose(found[1], found[0], rtol=STOPPING)
    np.testing.assert_allclose(found[2], found[0], rtol=STOPPING)


def test_sum_contrasts_change_nothing():
    jobs = sens_cases.tables()["jobs"]
    found = []
    for code in ("T2", "C(T2, Sum)"):
        models = (
            smf.ols(f"job_seek ~ {code} + sex", jobs).fit(),
            smf.ols(f"depress2 ~ {code} * job_seek + sex", jobs).fit(),
        )
        names = {"treat": "T2", "mediator": "job_seek", "control_value": "ctl", "treat_value": "trt"}
        result = pm.mediate(*models, sims=10, rng=1, **names)
        found.append(pm.medsens(result, 0.25, eps=EPS, effect_type="both").to_frame()["estimate"])
    np.testing.assert_allclose(found[1], found[0], rtol=STOPPING)


def test_swapped_values_change_the_sign():
    jobs, found = sens_cases.tables()["jobs"], []
    models = smf.ols("job_seek ~ T2", jobs).fit(), smf.ols("depress2 ~ T2 + job_seek", jobs).fit()
    for control, treated in (("ctl", "trt"), ("trt", "ctl")):
        names = {"treat": "T2", "mediator": "job_seek", "control_value": control, "treat_value": treated}
        result = pm.mediate(*models, sims=10, rng=1, **names)
        found.append(pm.medsens(result, effect_type="both"))
    for name in ("d0", "z1"):
        np.testing.assert_allclose(found[1][name], -found[0][name], rtol=EXACT)
    np.testing.assert_allclose(found[1].upper_d0, -found[0].lower_d0, rtol=EXACT)


def stepped(formulas: tuple[str, str], treat: str, low: float, high: float) -> Any:
    """Return a result for a numeric treatment; the model of a binary response is a probit one."""
    jobs = sens_cases.tables()["jobs"]
    jobs = jobs.assign(step=(jobs["econ_hard"] - 2) / 2, emp=jobs["work1"])
    responses = [formula.partition(" ~")[0] for formula in formulas]
    fits = [
        R.glm(formula.format(treat), R.binomial("probit"), jobs)
        if response in ("job_dich", "emp")
        else R.lm(formula.format(treat), jobs)
        for formula, response in zip(formulas, responses, strict=True)
    ]
    values = {"control_value": low, "treat_value": high}
    return pm.mediate(*fits, treat=treat, mediator=responses[0], sims=500, rng=RStream(1), **values)


@pytest.mark.parametrize(
    "formulas",
    [
        ("job_seek ~ {} + sex", "depress2 ~ {} + job_seek + sex"),
        ("job_seek ~ {} + sex", "depress2 ~ {} * job_seek + sex"),
        ("job_seek ~ {} + sex", "emp ~ {} + job_seek + sex"),
        ("job_dich ~ {} + sex", "depress2 ~ {} * job_dich + sex"),
        ("job_dich ~ {} + sex", "emp ~ {} * job_dich + sex"),
    ],
    ids=["ct", "ct-interaction", "bo", "bm", "bb"],
)
def test_values_of_a_numeric_treatment_are_taken(formulas):
    """The step from 2 to 4 is that from 0 to 1 of a treatment coded so, at every correlation."""
    result = stepped(formulas, "econ_hard", 2, 4)
    found, coded = (
        pm.medsens(one, 0.25, 2000, 1e-12, "both", rng=RStream(2))
        for one in (result, stepped(formulas, "step", 0, 1))
    )
    centre = int(np.argmin(np.abs(found.rho)))
    for name in ("d0", "d1", "z0", "z1"):
        tolerance = STOPPING * np.abs(coded[name])
        if found.type in ("bm", "bo"):  # another coding makes other draws; a limit is two errors away
            tolerance = MONTE_CARLO * (coded[f"upper_{name}"] - coded[f"lower_{name}"]) / 4
        assert np.all(np.abs(found[name] - coded[name]) < tolerance), name
        gap = abs(found[name][centre] - result[name])
        assert gap < MONTE_CARLO * np.sqrt(2.5) * np.std(result[f"{name}_sims"]), name


def test_covariates_in_another_order_are_paired_by_name():
    case, data = sens_cases.cases()["bo_jobs_reordered"], sens_cases.tables()
    models = [sens_cases.fit(case[model], "dialect", data) for model in ("model_m", "model_y")]
    result = pm.mediate(*models, treat="treat", mediator="job_seek", sims=10, rng=1)
    sens = pm.medsens(result, 0.25, 20, effect_type="both", rng=RStream(5))
    parts = sens_plain.arrays(*models, "treat", "job_seek")
    by_name = [
        list(parts.models[0].design.names).index(name)
        for name in parts.models[1].design.names
        if name != "job_seek"
    ]
    assert by_name != sorted(by_name)
    expected = sens_plain.linear_probit(parts, sens.rho, RStream(5), 20, published=True, order=by_name)
    for name, (estimate, lower, _) in expected.items():
        np.testing.assert_allclose(sens[name], estimate, rtol=1e-8, err_msg=name)
        np.testing.assert_allclose(sens[f"lower_{name}"], lower, rtol=1e-8, err_msg=name)


@pytest.mark.parametrize("kind", ["bm", "bo"])
def test_clusters_give_the_cluster_covariance_where_r_stops(kind):
    """Clusters of one row each are the robust covariance HC0 but for a factor; big ones widen the band."""
    jobs = sens_cases.tables()["jobs"]
    if kind == "bm":
        left, right = "job_dich ~ treat + age", "depress2 ~ treat + job_dich + age"
        models = smf.glm(left, jobs, family=PROBIT).fit(), smf.ols(right, jobs).fit()
    else:
        left, right = "job_seek ~ treat + age", "work1 ~ treat + job_seek + age"
        models = smf.ols(left, jobs).fit(), smf.glm(right, jobs, family=PROBIT).fit()
    mediator = "job_dich" if kind == "bm" else "job_seek"
    widths = {}
    for how in ({"cluster": np.arange(len(jobs))}, {"robustSE": True}, {"cluster": jobs["educ"]}):
        result = pm.mediate(*models, treat="treat", mediator=mediator, sims=10, rng=1, **how)
        sens = pm.medsens(result, 0.5, 400, effect_type="both", rng=2)
        label = "big" if how.get("cluster") is jobs["educ"] else next(iter(how))
        widths[label] = sens.upper_z0 - sens.lower_z0
    np.testing.assert_allclose(widths["cluster"], widths["robustSE"], rtol=0.02)
    assert np.all(np.abs(widths["big"] / widths["robustSE"] - 1) > 0.02)


def test_a_truth_value_is_a_treatment_and_an_intercept_is_not_needed():
    jobs = sens_cases.tables()["jobs"].assign(arm=lambda d: d["treat"] == 1)
    found = []
    for name in ("treat", "arm"):
        models = (
            smf.ols(f"job_seek ~ {name} + age", jobs).fit(),
            smf.ols(f"depress2 ~ {name} * job_seek", jobs).fit(),
        )
        result = pm.mediate(*models, treat=name, mediator="job_seek", sims=10, rng=1)
        found.append(pm.medsens(result, effect_type="both").to_frame())
    np.testing.assert_allclose(found[0].to_numpy(float), found[1].to_numpy(float), rtol=EXACT)
    bare = (
        smf.ols("job_seek ~ treat + age - 1", jobs).fit(),
        smf.ols("depress2 ~ treat * job_seek - 1", jobs).fit(),
    )
    result = pm.mediate(*bare, treat="treat", mediator="job_seek", sims=10, rng=1)
    sens = pm.medsens(result, 0.5, effect_type="both")
    b, mean = bare[1].params, bare[0].params["age"] * jobs["age"].mean()
    np.testing.assert_allclose(sens.z0[1], b["treat"] + b["treat:job_seek"] * mean, rtol=EXACT)


def test_a_transformed_covariate_and_a_weights_column_do_not_matter():
    jobs = educated([])
    models = [
        smf.wls(formula, jobs, weights=jobs["ww"]).fit()
        for formula in (
            "job_seek ~ educ + np.log(econ_hard + 1)",
            "depress2 ~ educ + job_seek + np.log(econ_hard + 1)",
        )
    ]
    names = {"treat": "educ", "mediator": "job_seek", "control_value": "highsc", "treat_value": "bach"}
    result = pm.mediate(*models, sims=10, rng=1, **names)
    for compat in ("fixed", "R"):
        assert np.isfinite(pm.medsens(result, compat=compat).d0).all()


def test_nothing_is_warned_about_when_r_is_right():
    sens_cases.run("ct_basic_both", compat="fixed")
    jobs = sens_cases.tables()["jobs"]
    models = smf.ols("job_seek ~ treat", jobs).fit(), smf.ols("depress2 ~ treat + job_seek", jobs).fit()
    result = pm.mediate(*models, treat="treat", mediator="job_seek", sims=1000, rng=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pm.medsens(result)
