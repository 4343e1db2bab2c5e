"""Rows of analyses with instruments."""

from __future__ import annotations

import instrument_cases
import numpy as np
import pytest
import statsmodels.formula.api as smf
from differences.cases import EXACT, SIMS, VISIBLE, empty_clusters, missing_rows, treatment_glm, two_stage
from scipy.special import expit, ndtr

import pymediation as pm

# Logit models of statsmodels stop at another place than glm.
FIT = 1e-5

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def test_robust_errors_of_two_stage_least_squares():
    assert two_stage("R").z1_se == two_stage("fixed", robustSE=True).z1_se
    data = instrument_cases.data_d(200)
    data["m"] = smf.ols("m ~ t + z", data).fit().fittedvalues
    assert two_stage("fixed").z1_se == pytest.approx(smf.ols("y ~ t + m", data).fit().bse["t"], rel=EXACT)
    assert abs(two_stage("R").z1_se - two_stage("fixed").z1_se) > VISIBLE


def test_covariance_of_two_stage_least_squares():
    as_r, fixed = (two_stage(compat, robustSE=True, residuals=None) for compat in ("R", "fixed"))
    direct = smf.ols("y ~ t + z", instrument_cases.data_d(200)).fit(cov_type="HC1")
    assert fixed.tau_coef == pytest.approx(direct.params["t"], rel=EXACT)
    assert fixed.tau_se == pytest.approx(direct.bse["t"], rel=EXACT)
    assert abs(as_r.tau_se / fixed.tau_se - 1) > VISIBLE


def test_sides_of_p_values_of_two_stage_least_squares():
    one, two = (two_stage(compat, robustSE=True) for compat in ("R", "fixed"))
    assert one.z1_p == pytest.approx(ndtr(-abs(one.z1) / one.z1_se), rel=EXACT)
    assert two.z1_p == pytest.approx(2 * one.z1_p, rel=EXACT)


def test_empty_clusters_of_two_stage_least_squares():
    as_r, fixed = empty_clusters("R"), empty_clusters("fixed")
    assert as_r.z1_se / fixed.z1_se == pytest.approx(np.sqrt(15 / 14 / (12 / 11)), rel=EXACT)
    assert two_stage("fixed", cluster=np.arange(200) % 12).z1_se == pytest.approx(fixed.z1_se, rel=EXACT)
    assert (
        empty_clusters("R", boot=True, sims=SIMS).z1_se != empty_clusters("fixed", boot=True, sims=SIMS).z1_se
    )


def test_missing_rows_of_two_stage_least_squares():
    data = instrument_cases.data_d(200)
    for compat, start in (("R", 0), ("fixed", 50)):
        drawn = pm.RStream(8).integers(150, size=150) + start
        rows = data.iloc[drawn[drawn >= 50]].reset_index(drop=True)
        first = smf.ols("m ~ t + z", rows).fit()
        second = smf.ols("y ~ t + m", rows.assign(m=first.fittedvalues)).fit()
        assert missing_rows(compat).ade.sims[0] == pytest.approx(second.params["t"], rel=EXACT)


def test_complements_of_a_glm_of_the_treatment():
    data, effects = instrument_cases.data_s(), {}
    fits = {
        "t": smf.logit("t ~ z + x", data).fit(disp=False),
        "m": smf.logit("mb ~ t + z + x", data).fit(disp=False),
        "y": smf.ols("y ~ mb * (t + z) + x", data).fit(),
    }

    def at(model: str, **values: float) -> np.ndarray:
        return np.asarray(fits[model].predict(data.assign(**values)))

    eta = {z: fits["t"].predict(data.assign(z=z), which="linear").to_numpy() for z in (0, 1)}
    for compat in ("R", "fixed"):
        taken = {z: expit(eta[z]) for z in (0, 1)}
        left = {z: expit(1 - eta[z]) if compat == "R" else 1 - taken[z] for z in (0, 1)}
        total = 0.0
        for m in (0, 1):
            p = {(t, z): np.abs(1 - m - at("m", t=t, z=z)) for t in (0, 1) for z in (0, 1)}
            S = {z: at("y", t=0, z=z, mb=m) for z in (0, 1)}
            a1, a0, c1, c0 = taken[1] * p[1, 1], taken[0] * p[1, 0], left[1] * p[0, 1], left[0] * p[0, 0]
            total += (c0 * S[0] - c1 * S[1]) / (c0 - c1) * (a1 - a0 - c0 + c1) / (taken[1] - taken[0])
        effects[compat] = np.mean(total)
        assert treatment_glm(compat).dc0 == pytest.approx(effects[compat], rel=FIT)
    assert abs(effects["R"] - effects["fixed"]) > VISIBLE
