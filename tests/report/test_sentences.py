"""Sentences about an analysis: the numbers are those of the table, and no more is claimed than they say."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from people import OVERCLAIMS, SIMS, glm, mediate, ols, people, quietly

import pymediation as pm
import pymediation.r as R
from pymediation.errors import ArgumentError
from pymediation.estimates.effects import Effect, Interval

UNCLEAR = "these data do not tell its sign"

d = people()


def shown(result: Any) -> str:
    return result.report(width=None)


def with_effects(result: Any, **changed: tuple[float, float, float, float]) -> Any:
    """Return the result with other estimates, limits and p-values."""
    effects = dict(result.effects)
    for name, (estimate, lower, upper, p) in changed.items():
        effects[name] = Effect(estimate, Interval(lower, upper, 0.95), p, None, 0.1, 0.001)
    return replace(result, effects=effects)


@pytest.fixture(scope="module")
def linear() -> Any:
    return mediate(d)


@pytest.fixture(scope="module")
def curved() -> Any:
    return mediate(d, model_y=glm("yb ~ t * m + x", d))


@pytest.fixture(scope="module")
def ordered() -> Any:
    data = d.assign(grade=pd.Categorical(np.digitize(d["y"], [-0.5, 0.8]).astype(str), ordered=True))
    fit = R.polr("grade ~ t + m + x", data=data)
    return pm.mediate(ols("m ~ t + x", data), fit, treat="t", mediator="m", boot=True, sims=SIMS, rng=1)


@pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")
def test_the_paper_in_sentences() -> None:
    framing = R.data("framing")
    med_fit = R.lm("emo ~ treat + age + educ + gender + income", data=framing)
    out_fit = R.glm(
        "cong_mesg ~ emo + treat + age + educ + gender + income", data=framing, family=R.binomial("probit")
    )
    R.set_seed(2014)
    text = shown(R.mediate(med_fit, out_fit, treat="treat", mediator="emo", robustSE=True, sims=100))
    for part in (
        "The effect of treat (1 against 0) on cong_mesg",
        "differences in the probability that cong_mesg is 1, averaged over the 265 observations",
        "100 draws of the coefficients of both models (quasi-Bayesian method) with heteroskedasticity",
        "random numbers: R stream, seed 2014",
        "is 0.080 (95% interval 0.036 to 0.154, p below 0.02) on average over the arms",
        "0.079 (95% interval 0.035 to 0.150, p below 0.02) with treat = 0",
        "The total effect is 0.101 (95% interval -0.050 to 0.234, p = 0.14)",
        "is 0.70 (95% interval -6.05 to 3.59, p = 0.14). It should not be interpreted",
        "A mediated effect without a clear total effect is no contradiction",
        "sequential ignorability",
        "No sensitivity analysis is part of this report",
    ):
        assert part in text


@pytest.mark.parametrize("name", ["linear", "curved", "ordered"])
def test_claims_no_more_than_the_numbers(name: str, request: pytest.FixtureRequest) -> None:
    text = shown(request.getfixturevalue(name)).lower()
    assert [word for word in OVERCLAIMS if word in text] == []


def test_smallest_p_value_comes_from_the_draws_that_are_left(linear: Any) -> None:
    clear = with_effects(linear, d1=(0.5, 0.2, 0.8, 0.0))
    assert "0.500 (95% interval 0.200 to 0.800, p below 0.004)" in shown(clear)
    assert "p below 0.005" in shown(replace(clear, n_failed=100))
    assert "p = 0.004" in shown(with_effects(linear, d1=(0.5, 0.2, 0.8, 0.004)))


def test_effects_that_are_one_are_told_once(linear: Any, curved: Any) -> None:
    assert "on average over the arms" not in shown(linear)
    assert shown(curved).count("on average over the arms") == 2
    assert "with m as under t = 1" in shown(curved)


@pytest.mark.parametrize(
    ("total", "proportion", "said"),
    [
        ((0.5, -0.1, 1.1, 0.1), (0.4, -2.0, 3.0, 0.1), "It should not be interpreted"),
        ((0.5, 0.2, 0.8, 0.0), (-0.3, -0.9, -0.1, 0.0), "the ACME and the total effect have opposite signs"),
        ((0.5, 0.2, 0.8, 0.0), (1.3, 0.9, 2.0, 0.0), "the ACME and the ADE have opposite signs"),
        ((0.5, 0.2, 0.8, 0.0), (0.6, 0.2, 1.4, 0.0), "these data hardly determine it"),
    ],
)
def test_proportions_that_are_no_shares(linear: Any, total: Any, proportion: Any, said: str) -> None:
    assert said in shown(with_effects(linear, tau=total, n0=proportion))


def test_a_proportion_that_is_a_share_is_left_alone(linear: Any) -> None:
    text = shown(with_effects(linear, tau=(0.5, 0.2, 0.8, 0.0), n0=(0.6, 0.2, 0.9, 0.0)))
    paragraph = next(part for part in text.split("\n\n") if part.startswith("The proportion"))
    assert paragraph.endswith("is 0.600 (95% interval 0.200 to 0.900, p below 0.004).")


def test_intervals_that_contain_zero_are_told_and_not_read_as_absence(linear: Any) -> None:
    clear, unclear = (0.5, 0.2, 0.8, 0.0), (0.5, -0.2, 0.8, 0.3)
    everything_clear = shown(with_effects(linear, d1=clear, z0=clear, tau=clear))
    assert UNCLEAR not in everything_clear
    text = shown(with_effects(linear, d1=clear, z0=unclear, tau=clear))
    assert text.count(UNCLEAR) == 1
    assert "does not show that m transmits the whole effect" in text
    assert "no contradiction" not in text


@pytest.mark.filterwarnings("ignore::pymediation.CompatibilityWarning")
def test_methods_are_named() -> None:
    assert "bootstrap resamples" in shown(mediate(d, boot=True))
    assert "percentile intervals" in shown(mediate(d, boot=True))
    assert "BCa intervals" in shown(mediate(d, boot=True, boot_ci_type="bca", sims=1000))
    assert "Monte Carlo error" not in shown(mediate(d, boot=True))
    assert "Monte Carlo error of up to" in shown(mediate(d))
    sites = d["site"].nunique()
    assert f"cluster-robust covariances ({sites} clusters)" in shown(mediate(d, cluster=d["site"]))
    assert "HC1 covariance, as it was fitted." in shown(
        mediate(d, ols("m ~ t + x", d).get_robustcov_results("HC1"))
    )
    assert "3 that gave no result are left out" in shown(replace(mediate(d), n_failed=3))
    unseeded = replace(mediate(d), stream=pm.RStream(1).describe())
    assert "random numbers: R stream, seed 1." in shown(unseeded)
    assert "unseeded" in shown(replace(unseeded, stream=replace(unseeded.stream, seeded=False)))


@pytest.mark.filterwarnings("ignore::pymediation.CompatibilityWarning")
def test_few_clusters_are_told() -> None:
    told = "With as few as 25 clusters (below about 40) intervals tend to be too short"
    few, enough = (np.arange(len(d)) % number for number in (25, 40))
    assert f"(25 clusters); random numbers: NumPy stream, seed 1. {told}" in shown(mediate(d, cluster=few))
    assert told in shown(mediate(d, boot=True, cluster=few))
    assert told in shown(pm.medsens(mediate(d, cluster=few), rho_by=0.5))
    stages = ols("m ~ t + x + age", d), ols("y ~ t + m + x", d)
    assert told in shown(quietly(lambda: pm.mediate_tsls(*stages, treat="t", cluster=few)))
    for one in (mediate(d, cluster=enough), mediate(d)):
        assert "neither cures few clusters" not in shown(one)


def test_models_are_named_without_nested_parentheses() -> None:
    assert "y ~ t + m + x (statsmodels GLM: gaussian, identity)." in shown(
        mediate(d, model_y=glm("y ~ t + m + x", d, sm.families.Gaussian()))
    )


def test_covariates_are_spoken_of_where_there_are_any() -> None:
    assert "(1) Given the covariates in the models, t is as good as randomised." in shown(mediate(d))
    text = shown(mediate(d, "m ~ t", "y ~ t + m"))
    assert "(1) Without any covariates, t is as good as randomised. (2) Given t, m is as good as" in text
    assert "these covariates" not in text


def test_fractions_compared_are_told_in_few_digits() -> None:
    text = shown(mediate(d, control_value=-1 / 3, treat_value=2 / 3))
    assert "The effect of t (0.666667 against -0.333333) on y" in text
    assert mediate(d, control_value=-1 / 3).control_value == -1 / 3


def test_values_compared_and_held_are_named() -> None:
    data = d.assign(arm=pd.Categorical(d["arm"], ["placebo", "drug"]))
    fits = ols("m ~ arm + x", data), ols("y ~ arm + m + x", data)
    with pytest.warns(pm.PymediationWarning, match="were not given"):
        result = pm.mediate(*fits, treat="arm", mediator="m", sims=SIMS, rng=1, covariates={"x": 0.5})
    assert "The effect of arm (drug against placebo) on y" in shown(result)
    assert "with x held at 0.5" in shown(result)


@pytest.mark.filterwarnings("ignore:The response 'verdict':pymediation.PymediationWarning")
def test_quantity_follows_the_outcome_model() -> None:
    data = d.assign(verdict=np.where(d["yb"] == 1, "yes", "no"), time=np.exp(d["y"]), seen=1)
    assert "differences in the mean of y," in shown(mediate(data))
    binary = glm("verdict ~ t + m + x", data)
    assert "the probability that verdict is yes" in shown(mediate(data, model_y=binary))
    assert "the probability that yb is 1," in shown(mediate(data, model_y=glm("yb ~ t + m + x", data)))
    shares = R.glm("cbind(yc, 9) ~ t + m + x", data=data, family=R.binomial())
    assert "the probability of cbind(yc, 9)," in shown(mediate(data, model_y=shares))
    median = smf.quantreg("y ~ t + m + x", data).fit(0.5)
    assert "the quantile 0.5 of y" in shown(mediate(data, model_y=median))
    survival = R.survreg("Surv(time, seen) ~ t + m + x", data=data)
    text = shown(mediate(data, model_y=survival, outcome_scale=("survival", 2)))
    assert "on time was split" in text
    assert "the probability of survival beyond 2" in text


def test_evalues_are_advised_where_they_exist(linear: Any) -> None:
    assert "and by evalue()" in shown(linear)
    assert "evalue()" not in shown(mediate(d, model_y=smf.quantreg("y ~ t + m + x", d).fit(0.5)))


def test_every_category_of_an_ordered_outcome_is_told(ordered: Any) -> None:
    text = shown(ordered)
    paragraphs = [part for part in text.split("\n\n") if part.startswith("Category ")]
    assert [part.split(":")[0] for part in paragraphs] == ["Category 0", "Category 1", "Category 2"]
    assert all(part.count("95% interval") == 5 for part in paragraphs)
    assert "the probability of each category" in text
    assert "sequential ignorability" in text


def test_lines_break_at_the_width(linear: Any) -> None:
    assert max(map(len, linear.report().splitlines())) <= 88
    assert max(map(len, linear.report(40).splitlines())) <= 40
    assert " ".join(linear.report(40).split()) == " ".join(shown(linear).split())
    for wrong in (5, "wide", True):
        with pytest.raises(ArgumentError, match="width must be None or a whole number"):
            linear.report(wrong)


def test_needs_neither_draws_nor_models(linear: Any) -> None:
    assert mediate(d, long=False).report() == linear.report()
    assert pickle.loads(pickle.dumps(linear)).report() == linear.report()


def test_rows_left_out_are_told() -> None:
    data = d.copy()
    data.loc[:9, "m"] = np.nan
    data.loc[5:13, "x"] = np.nan
    whole = "14 of 120 rows of the data were left out for missing values in m (10) and x (9)."
    assert f"over the 106 observations used. {whole}" in shown(mediate(data))
    assert f"examined with 106 observations. {whole}" in shown(pm.medsens(mediate(data), rho_by=0.5))
    stages = ols("m ~ t + x + age", data), ols("y ~ t + m + x", data)
    two = quietly(lambda: pm.mediate_tsls(*stages, treat="t"))
    assert f"estimated from 106 observations. {whole}" in shown(two)
    trio = [ols(formula, data) for formula in ("mb ~ t + x", "m ~ mb * t + x", "y ~ m + mb + t + x")]
    names = {"enc": "t", "treat": "mb", "mediator": "m"}
    third = quietly(lambda: pm.ivmediate(*trio, **names, ci=False, dropobs=True))
    assert f"over the 106 observations used. {whole}" in shown(third)
    partly = ols("m ~ t + x", data), ols("y ~ t + m + x", data, subset=data.index < 100)
    apart = shown(mediate(data, *partly, dropobs=True))
    assert "over the 86 observations used. 34 of 120 rows of the mediator model's data were left out" in apart
    assert "out: 14 for missing values in m (10) and x (9), 20 that have values of all variables but" in apart
    assert "14 of 100 rows of the outcome model's data were left out for missing values" in apart
    without = shown(mediate(data, ols("m ~ t", data), ols("y ~ t + m", data)))
    assert "10 of 120 rows of the data were left out for missing values in m (10)." in without
    one = d.assign(y=d["y"].where(d.index != 3))
    dropped = shown(mediate(one, dropobs=True))
    assert "1 of 120 rows of the data was left out for missing values in y (1)." in dropped
    assert "left out" not in shown(mediate(d))


def test_weights_are_told() -> None:
    fits = [smf.wls(formula, d, weights=d["w"]).fit() for formula in ("m ~ t + x", "y ~ t + m + x")]
    assert "averaged, with their weights, over the 120 observations used." in shown(mediate(d, *fits))
    assert "weights" not in shown(mediate(d))


@pytest.mark.filterwarnings("ignore::pymediation.CompatibilityWarning")
def test_numbers_of_r_that_are_wrong_are_called_so() -> None:
    squared = ols("y ~ t + m + I(m**2) + x", d)
    told = "numbers of R's that are known to be wrong: R holds transformed terms"
    assert told in shown(mediate(d, model_y=squared, compat="R"))
    assert told not in shown(mediate(d, model_y=squared))
    assert "known to be wrong" not in shown(mediate(d, compat="R"))
