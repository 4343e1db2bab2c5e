"""Decisions on models, section 3 of the document."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from differences.cases import EXACT, call, jobs

import pymediation as pm
import pymediation.r as R

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def gaussian_models(data: pd.DataFrame, **weights: Any) -> tuple[Any, Any]:
    return tuple(
        smf.glm(formula, data, family=sm.families.Gaussian(), **weights).fit()
        for formula in ("job_seek ~ treat + age", "depress2 ~ treat * job_seek + age")
    )


def test_freq_weights_are_repeated_rows():
    counts = np.arange(len(jobs())) % 3
    weighted = call(*gaussian_models(jobs(), freq_weights=counts), rng=pm.RStream(8))
    repeated_rows = jobs().loc[np.repeat(jobs().index, counts)].reset_index(drop=True)
    repeated = call(*gaussian_models(repeated_rows), rng=pm.RStream(8))
    np.testing.assert_allclose(weighted.d0_sims, repeated.d0_sims, rtol=EXACT)
    assert weighted.nobs == counts.sum()


def test_var_weights_are_the_weights_of_r():
    weights = jobs()["w"].to_numpy()
    given = call(*gaussian_models(jobs(), var_weights=weights), rng=pm.RStream(9))
    med = R.glm("job_seek ~ treat + age", R.gaussian, jobs(), weights="w")
    out = R.glm("depress2 ~ treat * job_seek + age", R.gaussian, jobs(), weights="w")
    np.testing.assert_allclose(given.d0_sims, call(med, out, rng=pm.RStream(9)).d0_sims, rtol=EXACT)


def test_probit_of_the_discrete_models_is_refitted_as_glm():
    data, formula = jobs(), "emp ~ treat + job_seek + age"
    med = smf.ols("job_seek ~ treat + age", data).fit()
    family = sm.families.Binomial(sm.families.links.Probit())
    outcomes = (smf.probit(formula, data).fit(disp=0), smf.glm(formula, data, family=family).fit())
    first, second = (call(med, out, rng=pm.RStream(10)) for out in outcomes)
    np.testing.assert_array_equal(first.d0_sims, second.d0_sims)


def test_a_robust_covariance_of_the_fit_is_used_and_said():
    data = jobs()
    robust = [
        smf.ols(formula, data).fit(cov_type="HC1")
        for formula in ("job_seek ~ treat + age", "depress2 ~ treat + job_seek + age")
    ]
    plain = [smf.ols(fit.model.formula, data).fit() for fit in robust]
    own = call(*robust, rng=pm.RStream(11))
    asked = call(*plain, rng=pm.RStream(11), robustSE=True, type="HC1")
    np.testing.assert_allclose(own.d0_sims, asked.d0_sims, rtol=EXACT)
    assert "HC1 covariance" in str(own.summary())


def test_a_factor_response_means_the_event_of_r():
    data, med = jobs(), smf.ols("job_seek ~ treat + age", jobs()).fit()
    given = smf.glm("work1 ~ treat + job_seek + age", data, family=sm.families.Binomial()).fit()
    coded = smf.glm("emp ~ treat + job_seek + age", data, family=sm.families.Binomial()).fit()
    with pytest.warns(pm.PymediationWarning, match="probability of 'psyemp'"):
        first = call(med, given, rng=pm.RStream(12))
    np.testing.assert_allclose(first.d0_sims, call(med, coded, rng=pm.RStream(12)).d0_sims, rtol=EXACT)
