"""Rows of experiments of several designs."""

from __future__ import annotations

import pytest
from differences.cases import (
    MONTE_CARLO,
    VISIBLE,
    impossible_encouragement,
    jobs,
    parallel_bounds,
    single_experiment,
)

import pymediation as pm

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def test_resampled_counts_make_the_interval_that_of_the_delta_method():
    delta = pm.mediate_sed("depress2", "job_disc", "treat", jobs(), SI=True).acme.treated.std_error
    right, wrong = (single_experiment(compat).acme.treated.std_error for compat in ("fixed", "R"))
    assert right == pytest.approx(delta, rel=MONTE_CARLO)
    assert wrong > 5 * right


def test_terms_exchanged_make_the_bounds_narrower():
    right, wrong = (parallel_bounds(compat) for compat in ("fixed", "R"))
    assert right.d0.lower < wrong.d0.lower - VISIBLE
    assert [*right.d1] == [*wrong.d1]


def test_no_population_no_bounds():
    right, wrong = (impossible_encouragement(compat).to_frame() for compat in ("fixed", "R"))
    assert right[["lower", "upper"]].isna().all(axis=None)
    assert (wrong[["lower", "upper"]] == 0).all(axis=None)
