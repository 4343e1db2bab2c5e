"""Rows of the bootstrap: intervals corrected for bias, and clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from differences.cases import EXACT, SIMS, VISIBLE, bca, cluster_bootstrap, jobs
from scipy.special import ndtr, ndtri

import pymediation as pm

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def corrected(draws: np.ndarray, centre: float, influence: np.ndarray) -> np.ndarray:
    """Return the bias-corrected and accelerated interval of Efron (1987)."""
    acceleration = np.sum(influence**3) / (6 * np.sum(influence**2) ** 1.5)
    z = ndtri(np.mean(draws < centre))
    shifted = z + ndtri([0.025, 0.975])
    return np.quantile(draws, ndtr(z + shifted / (1 - acceleration * shifted)))


def test_bca_of_r_takes_centre_and_acceleration_from_the_draws():
    result = bca("R")
    draws = result.d0_sims
    expected = corrected(draws, draws.mean(), draws.mean() - draws)
    np.testing.assert_allclose(np.asarray(result.d0_ci), expected, rtol=EXACT)


def left_out_effects(data: pd.DataFrame) -> np.ndarray:
    """Return the product of coefficients a b without each row in turn."""
    one = np.ones(len(data))
    X = np.column_stack([one, data["treat"], data["econ_hard"]])
    Z = np.column_stack([one, data["treat"], data["job_seek"], data["econ_hard"]])
    m, y = data["job_seek"].to_numpy(), data["depress2"].to_numpy()
    effects = []
    for i in range(len(data)):
        rest = np.arange(len(data)) != i
        a = np.linalg.lstsq(X[rest], m[rest], rcond=None)[0][1]
        effects.append(a * np.linalg.lstsq(Z[rest], y[rest], rcond=None)[0][2])
    return np.array(effects)


def test_bca_of_the_textbook_takes_them_from_estimate_and_jackknife():
    result, wrong = bca("fixed"), bca("R")
    left_out = left_out_effects(jobs().iloc[:120])
    expected = corrected(result.d0_sims, result.d0, left_out.mean() - left_out)
    np.testing.assert_allclose(np.asarray(result.d0_ci), expected, rtol=EXACT)
    assert np.max(np.abs(np.asarray(result.d0_ci) - np.asarray(wrong.d0_ci))) > VISIBLE


def acme_of(rows: pd.DataFrame) -> float:
    """Return the product of the two coefficients."""
    one, t, x, m = np.ones(len(rows)), rows["treat"], rows["econ_hard"], rows["job_seek"]
    a = np.linalg.lstsq(np.column_stack([one, t, x]), m, rcond=None)[0][1]
    return a * np.linalg.lstsq(np.column_stack([one, t, x, m]), rows["depress2"], rcond=None)[0][3]


@pytest.mark.parametrize("strata", [None, np.arange(899) % 60 % 3])
def test_whole_clusters_are_resampled_and_by_r_rows(strata):
    data, site = jobs(), np.arange(899) % 60
    of_sites = None if strata is None else np.arange(60) % 3
    drawn = pm.RStream(12).bootstrap_indices(60, SIMS, of_sites)
    samples = [np.concatenate([np.flatnonzero(site == s) for s in sites]) for sites in drawn]
    expected = [acme_of(data.iloc[rows]) for rows in samples]
    found, by_rows = (cluster_bootstrap(compat, strata=strata) for compat in ("fixed", "R"))
    np.testing.assert_allclose(found.d0_sims, expected, rtol=0, atol=EXACT)
    drawn = pm.RStream(12).bootstrap_indices(899, SIMS, strata)
    expected = [acme_of(data.iloc[rows]) for rows in drawn]
    np.testing.assert_allclose(by_rows.d0_sims, expected, rtol=0, atol=EXACT)
    assert found.d0 == pytest.approx(by_rows.d0, rel=EXACT)
    assert "(Whole clusters resampled: 60 of them)" in str(found.summary())
    assert by_rows.cluster is None


def test_bca_with_clusters_leaves_out_whole_clusters():
    data, site = jobs(), np.arange(899) % 60
    result = cluster_bootstrap("fixed", boot_ci_type="bca")
    left_out = np.array([acme_of(data[site != s]) for s in range(60)])
    expected = corrected(result.d0_sims, result.d0, left_out.mean() - left_out)
    np.testing.assert_allclose(np.asarray(result.d0_ci), expected, rtol=EXACT)


def test_clusters_in_several_strata_are_refused():
    with pytest.raises(pm.DataMismatchError, match="60 of 60 clusters have rows in more than one stratum"):
        cluster_bootstrap("fixed", strata=np.arange(899) % 7)
