"""Average potential outcomes and E-values of mediation results."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import statsmodels.formula.api as smf

import pymediation as pm
import pymediation.r as R
from pymediation.results.evalues import evalue

# Differences of averages are formed in another order than the average differences.
ROUNDING = 1e-12

JOBS = pm.datasets.load_jobs()
FRAMING = pm.datasets.load_framing()


def linear(**options):
    med = smf.ols("job_seek ~ treat + econ_hard", JOBS).fit()
    out = smf.ols("depress2 ~ treat * job_seek + econ_hard", JOBS).fit()
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=200, rng=1, **options)


def binary(**options):
    med = smf.ols("emo ~ treat + age", FRAMING).fit()
    out = smf.logit("cong_mesg ~ emo + treat + age", FRAMING).fit(disp=0)
    return pm.mediate(med, out, treat="treat", mediator="emo", sims=200, rng=1, **options)


def ordered():
    data = R.data("jobs")
    data["mood"] = np.digitize(data["depress2"], [1.5, 2.0])
    med = R.lm("job_seek ~ treat", data=data)
    out = R.polr("factor(mood) ~ treat + job_seek", data=data)
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=60, boot=True, rng=1)


@pytest.mark.parametrize(
    "options", [{}, {"boot": True}, {"boot": True, "boot_ci_type": "bca"}], ids=["quasi-bayes", "perc", "bca"]
)
def test_effects_are_differences_of_the_means(options):
    result = linear(**options)
    y11, y10, y01, y00 = result.means()["estimate"]
    assert result.d1 == pytest.approx(y11 - y10, abs=ROUNDING)
    assert result.d0 == pytest.approx(y01 - y00, abs=ROUNDING)
    assert result.z1 == pytest.approx(y11 - y01, abs=ROUNDING)
    assert result.tau_coef == pytest.approx(y11 - y00, abs=ROUNDING)


def test_means_name_their_arms_and_have_intervals():
    means = linear().means()
    assert list(zip(means["treatment"], means["mediator_under"], strict=True)) == [
        ("treated", "treated"),
        ("treated", "control"),
        ("control", "treated"),
        ("control", "control"),
    ]
    assert (means["lower"] < means["estimate"]).all()
    assert (means["estimate"] < means["upper"]).all()
    assert (means["mc_error"] == means["std_error"] / np.sqrt(200)).all()


def test_the_control_mean_is_near_the_average_outcome_of_the_controls():
    means = linear().means()
    control = JOBS.loc[JOBS["treat"] == 0, "depress2"].mean()
    y00 = means.iloc[3]
    assert abs(y00["estimate"] - control) < 3 * y00["std_error"]


def test_a_binary_outcome_has_the_ratio_of_its_average_probabilities():
    result = binary()
    y11, y10, _, y00 = result.means()["estimate"]
    table = result.evalue()
    assert table.loc["ACME (treated)", "rr"] == pytest.approx(y11 / y10, rel=ROUNDING)
    assert table.loc["Total Effect", "rr"] == pytest.approx(y11 / y00, rel=ROUNDING)
    assert table.loc["ACME (treated)", "evalue"] == pytest.approx(evalue(y11 / y10).evalue, rel=ROUNDING)
    assert list(table["confounding"].unique()) == ["mediator-outcome", "treatment-outcome"]


def test_averaged_ratios_multiply_to_the_total():
    rr = binary().evalue()["rr"]
    assert rr["ACME (average)"] * rr["ADE (average)"] == pytest.approx(rr["Total Effect"], rel=ROUNDING)
    assert rr["ACME (treated)"] * rr["ADE (control)"] == pytest.approx(rr["Total Effect"], rel=ROUNDING)


def test_the_limits_are_percentiles_of_the_ratios_of_the_draws():
    result = binary()
    draws = result.potential_means[0].draws
    expected = np.exp(np.quantile(np.log(draws[0]) - np.log(draws[1]), [0.025, 0.975]))
    found = result.evalue(["d1"]).loc["ACME (treated)", ["rr_lower", "rr_upper"]]
    np.testing.assert_allclose(found.to_numpy(dtype=float), expected, rtol=ROUNDING)


def test_a_continuous_outcome_is_standardised():
    result = linear()
    sd = JOBS["depress2"].std(ddof=1)
    row = result.evalue(["ACME (treated)"]).iloc[0]
    assert row["rr"] == pytest.approx(np.exp(0.91 * result.d1 / sd), rel=1e-9)
    assert row["rr_lower"] == pytest.approx(np.exp(0.91 * result.d1_ci.lower / sd), rel=1e-9)
    residual = np.sqrt(smf.ols("depress2 ~ treat * job_seek + econ_hard", JOBS).fit().scale)
    row = result.evalue(["d1"], sd="residual").iloc[0]
    assert row["rr"] == pytest.approx(np.exp(0.91 * result.d1 / residual), rel=1e-9)


def test_bca_limits_of_a_difference_are_those_of_the_effect():
    result = linear(boot=True, boot_ci_type="bca")
    row = result.evalue(["d1"], sd=0.91).iloc[0]
    assert np.log(row["rr_upper"]) == pytest.approx(result.d1_ci.upper, abs=1e-9)


def test_an_ordered_outcome_has_a_table_per_category():
    result = ordered()
    table = result.evalue()
    assert list(table.index.get_level_values("category").unique()) == ["0", "1", "2"]
    sums = result.means().groupby(["treatment", "mediator_under"])["estimate"].sum()
    np.testing.assert_allclose(sums, 1, rtol=ROUNDING)


def test_results_keep_them_when_pickled():
    result = pickle.loads(pickle.dumps(binary()))
    assert result.evalue().equals(binary().evalue())
    assert result.summary().means().equals(result.means())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"effects": ["n0"]}, pm.ArgumentError, "proportion of two effects"),
        (
            {"effects": ["acme"]},
            pm.UnknownNameError,
            r"effects='acme' is not known; there are 'ACME \(control\)'",
        ),
        ({"sd": "sample"}, pm.ArgumentError, "'marginal', 'residual' or a number"),
        ({"true": -1}, pm.ArgumentError, "true must be positive"),
    ],
)
def test_what_is_not_accepted(arguments, error, message):
    with pytest.raises(error, match=message):
        linear().evalue(**arguments)


def test_a_binary_outcome_has_no_residual_deviation_to_ask_for():
    assert binary().evalue(sd="residual").equals(binary().evalue())


def test_without_draws_there_are_no_means():
    with pytest.raises(pm.NotEstimableError, match="long=True"):
        linear(long=False).means()


def test_quantiles_have_no_e_value():
    data = R.data("jobs")
    med = R.lm("job_seek ~ treat", data=data)
    out = R.rq("depress2 ~ treat + job_seek", data=data)
    result = pm.mediate(med, out, treat="treat", mediator="job_seek", sims=50, rng=1)
    with pytest.raises(pm.UnsupportedModelError, match=r"no E-value for the outcome model \(rq"):
        result.evalue()


def test_survival_probabilities_have_ratios_and_survival_times_have_none():
    data = R.data("jobs")
    data["time"], data["seen"] = data["depress2"], (data["depress2"] < 2.5).astype(int)
    med = R.lm("job_seek ~ treat", data=data)
    out = R.survreg("Surv(time, seen) ~ treat + job_seek", data=data)
    options = {"treat": "treat", "mediator": "job_seek", "sims": 50, "rng": 1}
    with pytest.raises(pm.UnsupportedModelError, match="outcome_scale="):
        pm.mediate(med, out, **options).evalue()
    result = pm.mediate(med, out, **options, outcome_scale=("survival", 2.0))
    y11, y10, _, _ = result.means()["estimate"]
    assert result.evalue(["d1"])["rr"].iloc[0] == pytest.approx(y11 / y10, rel=ROUNDING)


def test_an_effect_that_both_arms_share_answers_to_the_names_of_either():
    med = smf.ols("job_seek ~ treat + age", JOBS).fit()
    out = smf.ols("depress2 ~ treat + job_seek + age", JOBS).fit()
    result = pm.mediate(med, out, treat="treat", mediator="job_seek", sims=500, rng=1)
    whole = result.evalue()
    for names, label in ((("d0", "d1", "d_avg"), "ACME"), (("z0", "z1", "z_avg"), "ADE")):
        for name in names:
            assert result.evalue([name]).equals(whole.loc[[label]])
