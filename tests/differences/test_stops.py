"""What R refuses or crashes on, section 2 of the document."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from differences.cases import EXACT, MONTE_CARLO, call, jobs

import pymediation as pm
import pymediation.r as R

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def binary_mediator(coded: pd.Series) -> Any:
    data = jobs().assign(better=coded)
    med = R.glm("better ~ treat + age", R.binomial, data)
    return call(med, R.lm("depress2 ~ treat + better + age", data), "better", boot=True).d_avg


def test_bootstrap_with_a_factor_mediator_equals_that_with_its_codes():
    codes = jobs()["job_dich"]
    labels = pd.Categorical(codes.map({0: "low", 1: "high"}), categories=["low", "high"])
    assert binary_mediator(labels) == pytest.approx(binary_mediator(codes), rel=EXACT)


def test_bootstrap_with_transformed_variables_equals_that_with_columns_of_them():
    data = jobs().assign(log_age=lambda d: np.log(d["age"]))
    fits = [
        call(
            R.lm(f"job_seek ~ treat + {age}", data),
            R.lm(f"depress2 ~ treat + job_seek + {age}", data),
            boot=True,
        )
        for age in ("log(age)", "log_age")
    ]
    np.testing.assert_allclose(fits[0].d0_sims, fits[1].d0_sims, rtol=EXACT)


def test_a_mediator_that_is_only_transformed_follows_its_draws():
    data = jobs()
    med, out = R.lm("job_seek ~ treat", data), R.lm("depress2 ~ treat + exp(job_seek / 10)", data)
    result = call(med, out, sims=2000)
    slope, (base, step) = R.coef(out)["exp(job_seek/10)"], R.coef(med)
    # The mean of a log-normal variable, at the estimates.
    level = np.exp(base / 10 + R.sigma(med) ** 2 / 200)
    assert result.d0 == pytest.approx(slope * level * np.expm1(step / 10), rel=MONTE_CARLO)


def test_a_logical_treatment_is_zero_and_one_in_the_bootstrap():
    found = []
    for data in (jobs(), jobs().assign(treat=lambda d: d["treat"] == 1)):
        med, out = R.lm("job_seek ~ treat", data), R.lm("depress2 ~ treat + job_seek", data)
        found.append(call(med, out, boot=True).d0_sims)
    np.testing.assert_allclose(found[0], found[1], rtol=EXACT)


@pytest.mark.parametrize("boot", [False, True])
def test_one_simulation_works(boot):
    result = call(
        R.lm("job_seek ~ treat", jobs()), R.lm("depress2 ~ treat + job_seek", jobs()), sims=1, boot=boot
    )
    assert np.isfinite(result.d0)


def other_rows() -> Any:
    data = jobs()
    fits = [R.lm("job_seek ~ treat", data.iloc[1:]), R.lm("depress2 ~ treat + job_seek", data.iloc[:-1])]
    return call(*fits)


def short_cluster() -> Any:
    fits = [R.lm("job_seek ~ treat", jobs()), R.lm("depress2 ~ treat + job_seek", jobs())]
    return call(*fits, cluster=[1, 2, 3])


def unknown_level() -> Any:
    fits = [R.lm("job_seek ~ treat + sex:educ", jobs()), R.lm("depress2 ~ treat + job_seek + educ", jobs())]
    return call(*fits, covariates={"educ": "bachelor"})


def counts_as_mediator() -> Any:
    data = jobs().assign(wins=lambda d: d["job_dich"] + 1, losses=lambda d: 2 - d["job_dich"])
    med = smf.glm("wins + losses ~ treat", data, family=sm.families.Binomial()).fit()
    return call(med, R.lm("depress2 ~ treat + wins", data), "wins")


def quasi_mediator() -> Any:
    med = R.glm("cnt ~ treat", R.quasipoisson, jobs())
    return call(med, R.lm("job_seek ~ treat + cnt", jobs()), "cnt", rng=None)


@pytest.mark.parametrize(
    ("refused", "error", "words"),
    [
        (other_rows, pm.DataMismatchError, "rows"),
        (short_cluster, pm.DataMismatchError, "cluster has 3 values"),
        (unknown_level, pm.UnknownNameError, "'bach'"),
        (counts_as_mediator, pm.UnsupportedModelError, "one row per trial"),
        (quasi_mediator, pm.UnsupportedModelError, "quasipoisson"),
    ],
)
def test_refused_with_a_reason_where_r_is_silent_or_crashes(refused, error, words):
    with pytest.raises(error, match=words):
        refused()


def test_a_family_without_a_distribution_is_refused_before_anything_is_drawn():
    R.set_seed(7)
    expected = R.runif(1)
    R.set_seed(7)
    with pytest.raises(pm.UnsupportedModelError):
        quasi_mediator()
    assert R.runif(1) == expected


def test_a_hundred_thousand_simulations_print_as_a_number():
    result = call(R.lm("job_seek ~ treat", jobs()), R.lm("depress2 ~ treat + job_seek", jobs()), sims=100_000)
    assert "Simulations: 100000" in str(result.summary())
