"""Rows of many analyses and of imputed data."""

from __future__ import annotations

import batch_cases
import numpy as np
import pytest
from differences.cases import EXACT, VISIBLE, call, jobs, pooled_by_name, pooled_inference, weight_column

import pymediation as pm
import pymediation.r as R

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def test_weights_are_those_of_the_column_asked_for_and_in_r_of_the_column_named_weight():
    for compat, column in (("R", "age"), ("fixed", "w")):
        med = R.lm("job_seek ~ treat + econ_hard", jobs(), weights=column)
        out = R.lm("depress2 ~ treat + job_seek + econ_hard", jobs(), weights=column)
        expected = call(med, out, rng=pm.RStream(7))
        np.testing.assert_allclose(weight_column(compat).d0_sims, expected.d0_sims, rtol=EXACT)
    assert abs(weight_column("R").d0 - weight_column("fixed").d0) > VISIBLE


def test_data_sets_of_one_name_are_all_pooled_and_by_r_the_first_of_them_alone():
    wrong, right = pooled_by_name("R"), pooled_by_name("fixed")
    first, *others = (element.d0_sims for element in right.elements)
    np.testing.assert_allclose(wrong.d0_sims, np.tile(first, 3), rtol=EXACT)
    np.testing.assert_allclose(right.d0_sims, np.concatenate([first, *others]), rtol=EXACT)
    recorded = batch_cases.cases()
    for found, name in ((wrong, "repeated"), (right, "distinct")):
        expected = recorded[f"amelidiate_{name}_names"]["result"]["d0"][0]
        assert found.d0 == pytest.approx(expected, rel=EXACT)
    assert abs(wrong.d0 - right.d0) > VISIBLE


def test_pooled_p_values_are_those_of_the_draws_and_by_r_all_1():
    wrong, right = pooled_inference("R"), pooled_inference("fixed")
    below = np.mean(right.tau_sims < 0)
    assert (wrong.tau_p, right.tau_p) == (1, pytest.approx(2 * min(below, 1 - below), rel=EXACT))
    of_sets = [element.n_avg for element in right.elements]
    wrong_ends = np.quantile(np.repeat(of_sets, 20), [0.025, 0.975])
    right_ends = np.quantile(right.n_avg_sims, [0.025, 0.975])
    np.testing.assert_allclose(np.asarray(wrong.n_avg_ci), wrong_ends, rtol=EXACT)
    np.testing.assert_allclose(np.asarray(right.n_avg_ci), right_ends, rtol=EXACT)
    assert np.max(np.abs(right_ends - wrong_ends)) > VISIBLE
    assert ("% CI Lower" in str(wrong.summary()), "95% CI Lower" in str(wrong.summary())) == (True, False)
    # What R pools is the same otherwise.
    np.testing.assert_array_equal(np.asarray(wrong.d0_ci), np.asarray(right.d0_ci))
