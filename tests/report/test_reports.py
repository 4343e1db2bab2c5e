"""Reports of all results: their numbers are those of the result, and every design tells its assumptions."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from analyses import MANIPULATED, bounds_data, d, grouped, multimed, noncompliance, pooled, quiet
from people import OVERCLAIMS, SIMS, glm, mediate, ols

import pymediation as pm
import pymediation.r as R
from pymediation.compat import ROWS
from pymediation.estimates.effects import Effect, Interval
from pymediation.report.account import Reported
from pymediation.report.numbers import common_decimals
from pymediation.report.sentences import Numbers, Split, and_listed, relations, share_of_total

ced_data = pm.datasets.load_CEDdata()


def two_stage(**options: Any) -> Any:
    fits = ols("m ~ t + x + age", d), ols("y ~ t + m + x", d)
    return quiet(lambda: pm.mediate_tsls(*fits, treat="t", **options))


def interacting() -> Any:
    return mediate(d, ols("m ~ t * x", d), ols("y ~ t * m * x", d))


ONE_HALF = bounds_data.query("manip == 0")
MAKERS: dict[str, Callable[[], Any]] = {
    "pooled": pooled,
    "multilevel": grouped,
    "sensitivity": lambda: pm.medsens(mediate(d), rho_by=0.1, effect_type="both"),
    "sensitivity drawn": lambda: quiet(
        lambda: pm.medsens(mediate(d, model_y=_probit()), rho_by=0.3, sims=SIMS, rng=1, effect_type="both")
    ),
    "multimed": multimed,
    "multimed parallel": lambda: multimed(**MANIPULATED),
    "noncompliance": noncompliance,
    "two stages": two_stage,
    "two stages, bootstrap": lambda: two_stage(boot=True, sims=SIMS, rng=1),
    "sed": lambda: pm.mediate_sed("out", "med", "ttt", ONE_HALF),
    "sed ignorable": lambda: pm.mediate_sed("out", "med", "ttt", ONE_HALF, SI=True),
    "pd": lambda: pm.mediate_pd("out", "med", "ttt", "manip", bounds_data, NINT=False),
    "pd no interaction": lambda: pm.mediate_pd("out", "med", "ttt", "manip", bounds_data, sims=SIMS, rng=1),
    "ped": lambda: pm.mediate_ped("out.enc", "med.enc", "ttt", "enc", bounds_data),
    "ced": lambda: pm.mediate_ced("Y2", "M1", "M2", "T1", "Z", ced_data, sims=SIMS, rng=1),
    "interaction": lambda: pm.test_TMint(interacting()),
    "moderation": lambda: pm.test_modmed(interacting(), {"x": -1}, {"x": 1}, rng=1),
    "batch": lambda: pm.mediations(
        {"d": d}, ["t"], ["m", "x"], ["y"], families=["gaussian"] * 2, sims=SIMS, rng=1
    ),
}

# What each design rests on, in the words that name the assumption.
ASSUMPTIONS = {
    "pooled": ("sequential ignorability", "What is missing depends only on what was observed"),
    "multilevel": ("sequential ignorability", "Random effects of the groups are normal"),
    "sensitivity": ("as good as randomised", "not itself changed by t", "Both models are right"),
    "sensitivity drawn": ("The data say nothing about rho",),
    "multimed": ("the alternative mediators (other)", "homogeneous interaction", "standard deviation sigma"),
    "multimed parallel": ("in both experiments", "consistency", "homogeneous interaction"),
    "noncompliance": ("(exclusion)", "(monotonicity)", "local sequential ignorability", "of compliers"),
    "two stages": ("(exclusion)", "(monotonicity)", "Effects are the same in all units"),
    "two stages, bootstrap": ("(exclusion)",),
    "sed": ("only under an assumption. ttt was randomised.", "contain 0 whatever the data"),
    "sed ignorable": ("sequential ignorability", "not (2)"),
    "pd": ("(consistency)", "the effects are bounded only"),
    "pd no interaction": ("(consistency)", "in every unit (no interaction)"),
    "ped": ("exclusion and consistency", "(monotonicity)", "Compliers are units"),
    "ced": ("(no carryover)", "exclusion and consistency", "(monotonicity)", "Pliable units"),
    "interaction": ("sequential ignorability", "does not show that two effects are the same"),
    "moderation": ("sequential ignorability", "p-values is for one test alone", "covariates the reason"),
    "batch": ("sequential ignorability", "nothing adjusts for their number"),
}


def _probit() -> Any:
    return R.glm("yb ~ t + m + x", data=d, family=R.binomial("probit"))


@pytest.fixture(scope="module")
def results() -> Callable[[str], Any]:
    return cache(lambda name: MAKERS[name]())


@pytest.fixture(params=list(MAKERS))
def told(request: pytest.FixtureRequest, results: Callable[[str], Any]) -> tuple[str, Any, str]:
    result = results(request.param)
    return request.param, result, result.report(width=None)


def numbers_of(result: Any) -> list[tuple[float, ...]]:
    """Return all estimates with limits, and all bounds, that a report has to tell."""
    if isinstance(result, pm.MediationsResult):
        return [row for one in result.values() for row in numbers_of(one)]
    if isinstance(result, pm.MultimedResult):
        return result.to_frame()[["estimate", "lower", "upper"]].to_numpy().tolist()
    if isinstance(result, pm.DesignBounds):
        return result.to_frame()[["lower", "upper"]].to_numpy().tolist()
    if isinstance(result, pm.SensitivityResult):
        place = int(np.argmin(np.abs(result.rho)))
        return [(c.estimate[place], c.lower[place], c.upper[place]) for k, c in _curves(result)]
    frame = result.to_frame().drop(
        index=["Mediated ITT (control)", "Unmediated ITT (treated)"], errors="ignore"
    )
    return frame[["estimate", "lower", "upper"]].to_numpy().tolist()


def _curves(result: Any) -> list[tuple[str, Any]]:
    arms = "01" if result.by_arm else "0"
    return [(k, c) for k, c in result.curves.items() if k[0] in "dz" and k[1:] in tuple(arms)]


def test_every_number_of_the_result_is_told(told: tuple[str, Any, str]) -> None:
    name, result, text = told
    rows = numbers_of(result)
    assert rows
    for row in rows:
        shown = common_decimals(row, 3)
        middle = f"{shown[0]} and {shown[1]}" if len(row) == 2 else f"{shown[0]} (95% interval {shown[1]} to"
        assert middle in text, (name, row)


def test_claims_no_more_than_the_numbers(told: tuple[str, Any, str]) -> None:
    _, _, text = told
    assert [word for word in OVERCLAIMS if word in text.lower()] == []


def test_every_interval_has_its_level_and_every_method_its_name(told: tuple[str, Any, str]) -> None:
    name, result, text = told
    assert "NaN" not in text
    assert "nan" not in re.findall(r"\w+", text)
    for before in re.findall(r"\(?(\S+) interval -?\d", text):
        assert before == "95%"
    if isinstance(result, pm.DesignBounds):
        assert "without intervals" in text
    else:
        assert re.search(r"(Intervals|p-value of the total effect,)( and p-values)? come from", text), name


def test_assumptions_of_the_design_are_told(told: tuple[str, Any, str]) -> None:
    name, _, text = told
    assert [words for words in ASSUMPTIONS[name] if words not in text] == []


def test_survives_pickling_and_keeps_to_the_width(told: tuple[str, Any, str]) -> None:
    _, result, text = told
    again = pickle.loads(pickle.dumps(result))
    assert again.report(width=None) == text
    assert max(map(len, result.report(60).splitlines())) <= 60


def test_all_results_have_a_report() -> None:
    """Who adds a result with a summary gives it a report."""
    public = [getattr(pm, name) for name in pm.__all__]
    shown = [one for one in public if isinstance(one, type) and hasattr(one, "to_frame")]
    results = {one for one in shown if not one.__name__.endswith("Summary")}
    without = {one.__name__ for one in results if not issubclass(one, Reported)}
    assert without == set()


def test_p_values_below_the_smallest_are_told_as_such() -> None:
    assert Numbers(0.95, 1000).p(0.0) == "p below 0.002"
    assert Numbers(0.95).p(1e-9) == "p below 0.001"
    assert Numbers(0.95).p(0.25) == "p = 0.25"


def test_p_values_of_two_stages_are_normal_or_shares_of_replicates(results: Callable[[str], Any]) -> None:
    normal, drawn = results("two stages"), results("two stages, bootstrap")
    clear = {"d1": Effect(0.5, Interval(0.2, 0.8, 0.95), 0.0, None, 0.1, 0.1)}
    assert "p below 0.001" in replace(normal, effects={**normal.effects, **clear}).report(None)
    assert f"p below {2 / SIMS:.2g}" in replace(drawn, effects={**drawn.effects, **clear}).report(None)


def test_rubins_rules_stand_beside_stacked_draws(results: Callable[[str], Any]) -> None:
    result = results("pooled")
    text, rubin = result.report(None), result.rubin["d1"]
    shown = common_decimals((rubin.estimate, rubin.lower, rubin.upper), 3)
    assert (
        f"{shown[0]} (95% interval {shown[1]} to {shown[2]}, p = {rubin.p_value:.3g}) by Rubin's rules"
        in text
    )
    assert "in each of 3 data sets, stacked on one another" in text
    known = pooled(compat="R").report(None)
    assert "known to be wrong: R " in known


def test_one_data_set_is_told_to_be_too_few() -> None:
    result = quiet(lambda: pm.amelidiate([d], "t", "m", "y", sims=SIMS, rng=1))
    text = result.report(None)
    assert "these intervals are too short" in text
    assert "Rubin" not in text


def test_groups_are_counted_and_named() -> None:
    text = grouped().report(None)
    assert "They belong to 12 groups (school)" in text
    assert "The mediator model has random effects of school." in text


def test_confounding_that_overturns_a_finding() -> None:
    data = d.assign(y=d["y"] + d["m"], m=d["m"] + d["t"])
    sens = pm.medsens(mediate(data), rho_by=0.1)
    text = sens.report(None)
    inside = sens.rho[sens.ind_d0 == 1]
    weakest = float(inside[np.argmin(np.abs(inside))])
    tilde = float(sens.R2tilde_prod[np.argmin(np.abs(sens.rho - weakest))])
    strength = f"rho = {weakest:.2g} (product of shares: residual {weakest**2:.2g}, total {tilde:.2g})"
    assert f"with which its interval contains 0 is {strength}" in text
    crossing = float(sens.err_cr_d[0])
    assert f"The estimate is closest to 0 at rho = {crossing:.2g} " in text


def test_grids_without_zero_tell_their_weakest_confounding(results: Callable[[str], Any]) -> None:
    assert "At rho = -0.1, the weakest of the grid," in results("sensitivity drawn").report(None)
    assert "Without confounding the ACME is" in results("sensitivity").report(None)


def test_sensitivity_of_an_unclear_effect_overturns_nothing() -> None:
    noise = np.random.default_rng(5).normal(size=len(d))
    sens = pm.medsens(mediate(d.assign(y=noise)), rho_by=0.1)
    assert "Its interval contains 0 even so" in sens.report(None)


def test_crossings_of_multimed_are_told(results: Callable[[str], Any]) -> None:
    result = results("multimed parallel")
    row = result.to_frame("crossings").loc["ACME (average)"]
    assert f"The bounds of the ACME contain 0 from sigma = {row.iloc[0]:.3g} on" in result.report(None)
    assert f"{100 * row.iloc[2]:.3g}% of the residual" in result.report(None)


@pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")
def test_intervals_that_do_not_exist_exclude_nothing() -> None:
    result = pm.multimed("out", "med", data=bounds_data, sims=1, rng=1, **MANIPULATED)
    text = result.report(None)
    assert "(no interval)" in text
    assert "The interval of the ACME" not in text
    assert "p below 2" not in text


@pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")
def test_weights_of_multimed_are_told() -> None:
    data = d.assign(other=d["m"] + np.random.default_rng(3).normal(size=len(d)))
    result = pm.multimed("y", "m", "other", "t", "x", data=data, weight="w", sims=SIMS, rng=1)
    assert "averaged, with their weights, over the 120 observations" in result.report(None)
    assert "with their weights" not in multimed().report(None)


def test_noncompliance_without_intervals_says_so() -> None:
    text = noncompliance(ci=False).report(None)
    assert "No intervals were computed." in text
    assert "interval " not in text.replace("(no interval)", "")


def test_integrals_that_do_not_exist_are_told(results: Callable[[str], Any]) -> None:
    result = results("noncompliance")
    assert "not to be trusted" not in result.report(None)
    doubtful = replace(result, issues={**result.issues, "dc1": 7})
    assert "For up to 7 of 899 observations the integral over job_dich" in doubtful.report(None)


def test_covariates_are_spoken_of_where_there_are_any(results: Callable[[str], Any]) -> None:
    given, none = "Given the covariates in the models, ", "Without any covariates, t is as good as random"
    for name in ("sensitivity", "two stages", "noncompliance"):
        assert given in results(name).report(None)
    bare = mediate(d, "m ~ t", "y ~ t + m")
    stages = ols("m ~ t + age", d), ols("y ~ t + m", d)
    for result in (pm.medsens(bare, rho_by=0.3), quiet(lambda: pm.mediate_tsls(*stages, treat="t"))):
        assert none in result.report(None)
        assert "the covariates" not in result.report(None)
    names = {"enc": "treat", "treat": "comply", "mediator": "job_dich"}
    formulas = ("comply ~ treat", "job_dich ~ comply + treat", "depress2 ~ job_dich * (comply + treat)")
    trio = [ols(formula, pm.datasets.load_jobs()) for formula in formulas]
    text = quiet(lambda: pm.ivmediate(*trio, **names, ci=False)).report(None)
    assert "Without any covariates, treat is as good as randomised." in text
    assert "Among compliers, given comply, job_dich is as good as randomised" in text
    batch = results("batch").report(None)
    assert "Without any covariates, the treatment is as good as randomised." in batch


def test_no_p_value_is_shown_as_zero(results: Callable[[str], Any]) -> None:
    drawn, normal, sets = (results(name) for name in ("two stages, bootstrap", "two stages", "pooled"))
    at_zero = {"d1": replace(drawn.effects["d1"], p_value=0.0)}
    assert "p below 0.004" in repr(replace(drawn, effects={**drawn.effects, **at_zero}))
    assert "p below 0.001" in repr(replace(normal, effects={**normal.effects, **at_zero}))
    rubin = {**sets.rubin, "tau": replace(sets.rubin["tau"], p_value=1e-12)}
    assert "p below 0.001" in repr(replace(sets, rubin=rubin))


def test_weak_instruments_are_called_weak() -> None:
    text = two_stage().report(None)
    result = two_stage()
    assert result.first_stage.weak
    assert "Below 10 instruments count as weak" in text
    assert f"first-stage F = {result.first_stage.statistic:.3g} on 1 and" in text
    strong = result.first_stage._replace(statistic=50.0)
    assert "count as weak" not in replace(result, first_stage=strong).report(None)


def test_bounds_and_intervals_that_contain_zero() -> None:
    result = pm.mediate_pd("out", "med", "ttt", "manip", bounds_data, NINT=False, bounds_ci=True, rng=1)
    text = result.report(None)
    low, high = common_decimals([*result.d0], 3)
    ends = common_decimals([*result.d0.ci], 3)
    told = f"lies between {low} and {high} (95% interval for the effect {ends[0]} to {ends[1]})"
    assert f"{told}. The bounds contain 0: its sign stays open." in text
    assert text.count("The bounds contain 0") == 1


def test_failed_resamples_are_told(results: Callable[[str], Any]) -> None:
    for name in ("ced", "noncompliance", "two stages, bootstrap"):
        failed = replace(results(name), n_failed=3)
        assert "3 that gave no result are left out" in failed.report(None)


@pytest.mark.filterwarnings("ignore::pymediation.CompatibilityWarning")
def test_numbers_of_r_that_are_wrong_are_called_so() -> None:
    options: dict[str, Any] = {"SI": True, "boot": True, "sims": SIMS, "rng": 1}
    wrong, right = (
        pm.mediate_sed("out", "med", "ttt", ONE_HALF, **options, compat=compat) for compat in ("R", "fixed")
    )
    assert f"known to be wrong: R {ROWS['sed-bootstrap'].r_does}." in wrong.report(None)
    assert "known to be wrong" not in right.report(None)
    assert "known to be wrong: R " in two_stage(compat="R").report(None)


def test_tests_of_an_ordered_outcome_are_told_by_category() -> None:
    data = d.assign(grade=pd.Categorical(np.digitize(d["y"], [-0.5, 0.8]).astype(str), ordered=True))
    fit = R.polr("grade ~ t * m + x", data=data)
    result = quiet(
        lambda: pm.mediate(ols("m ~ t + x", data), fit, treat="t", mediator="m", boot=True, sims=SIMS, rng=1)
    )
    test = pm.test_TMint(result)
    text = test.report(None)
    for category, effect in test.effects.items():
        shown = common_decimals((effect.estimate, effect.lower, effect.upper), 3)
        assert f"ACME(1) - ACME(0) in category {category} is {shown[0]} (95% interval {shown[1]}" in text


def test_batches_tell_method_once_or_with_each_analysis(results: Callable[[str], Any]) -> None:
    batch = results("batch")
    assert batch.report(None).count("draws of the coefficients") == 1
    mixed = replace(batch, results=(batch[0], replace(batch[1], sims=SIMS + 1)))
    assert mixed.report(None).count("draws of the coefficients") == 2
    assert "analysis was made" in batch.select(mediator="m").report(None)
    glm_batch = replace(batch, results=(batch[0], mediate(d, model_y=glm("yb ~ t + m + x", d))))
    assert "the probability that yb is 1" in glm_batch.report(None)


def test_parts_of_sentences() -> None:
    assert and_listed(["a", "b", "c"]) == "a, b and c"
    clear, unclear = Interval(0.1, 0.5, 0.95), Interval(-0.1, 0.5, 0.95)
    mediated, direct = (Effect(0.3, ci, 0.1, None, 0.1, 0.1) for ci in (clear, unclear))
    split = Split(mediated, direct, mediated, "m")
    assert relations(split) == [
        "That the interval of the ADE contains 0 does not show that m transmits the whole effect."
    ]
    assert relations(Split(direct, direct, direct, "m")) == []
    share = share_of_total(mediated, Split(mediated, mediated, direct, "m"), Numbers(0.95, 100))
    assert "It should not be interpreted" in share
