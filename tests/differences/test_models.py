"""Rows of model terms and mixed models: R's number and the right one, each by another computation."""

from __future__ import annotations

import mixed_plain
import numpy as np
import pytest
from differences.cases import (
    EFFECTS,
    EXACT,
    SIMS,
    VISIBLE,
    group_labels,
    hidden_interaction,
    jobs,
    ordered_codes,
    random_slopes,
    slopes_by_site,
    transformed_terms,
)

import pymediation as pm
import pymediation.r as R

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def test_ordered_codes_of_the_bootstrap_are_one_too_high():
    wrong, right = ordered_codes("R", boot=True), ordered_codes("fixed", boot=True)
    product = R.coef(right.model_y)["treat:rank"]
    np.testing.assert_allclose([wrong.z0 - right.z0, wrong.z1 - right.z1], product, rtol=EXACT)
    np.testing.assert_allclose([wrong.d0, wrong.d1], [right.d0, right.d1], rtol=EXACT)


@pytest.mark.filterwarnings("error::pymediation.CompatibilityWarning")
@pytest.mark.parametrize(
    ("terms", "shift"), [("treat * rank", 1), ("treat + rank", 0), ("treat * factor(rank)", 0)]
)
def test_ordered_codes_that_make_no_difference_are_not_warned_about(terms, shift):
    wrong, right = (ordered_codes(compat, terms, shift=shift) for compat in ("R", "fixed"))
    assert [wrong[name] for name in EFFECTS] == [right[name] for name in EFFECTS]


def test_hidden_interaction_changes_what_is_shown_and_no_number():
    wrong, right = hidden_interaction("R"), hidden_interaction("fixed")
    assert (wrong.INT, right.INT) == (False, True)
    assert list(wrong.to_frame().index) == ["ACME", "ADE", "Total Effect", "Prop. Mediated"]
    assert "ACME (control)" in right.to_frame().index
    assert wrong.d0 == right.d0
    # With a product term the effects are known in closed form: δ(t) = a (b2 + b3 t).
    effect, slopes = R.coef(right.model_m)["treat"], R.coef(right.model_y)
    product = slopes["I(treat * job_seek)"]
    np.testing.assert_allclose(right.d0, effect * slopes["job_seek"], rtol=EXACT)
    np.testing.assert_allclose(right.d1, effect * (slopes["job_seek"] + product), rtol=EXACT)
    assert abs(right.d1 - right.d0) > VISIBLE


def test_random_slopes_are_multiplied_by_counterfactual_values_and_by_r_by_observed_ones():
    data, med, out = slopes_by_site()
    one, seek, hard = np.ones(len(data)), data["job_seek"], data["econ_hard"]
    fixed = {
        "x_m": lambda t: np.column_stack([one, one * (t + 1), one * 3]),
        "x_y": lambda t, m: np.column_stack([one, one * (t + 1), m, one * 3]),
    }
    right = fixed | {
        "z_m": lambda t: np.column_stack([one, one * (t + 1)]),
        "z_y": lambda t, m: np.column_stack([one * (t + 1), m * 3]),
    }
    wrong = fixed | {
        "z_m": lambda t: np.column_stack([one, one * t]),
        "z_y": lambda t, m: np.column_stack([one * t, seek * hard]),
    }
    for compat, columns in (("fixed", right), ("R", wrong)):
        acme, total = mixed_plain.simulate(med, out, pm.RStream(10), SIMS, columns, len(data))
        result = random_slopes(compat)
        np.testing.assert_allclose(result.d0_sims, acme.mean(axis=1), rtol=EXACT)
        np.testing.assert_allclose(result.tau_sims, total.mean(axis=1), rtol=EXACT)
        for place, site in enumerate(result.groups):
            rows = (data["site"] == site).to_numpy()
            np.testing.assert_allclose(result.d0_group[place], acme[:, rows].mean(), rtol=EXACT)
    assert abs(random_slopes("R").d0 - random_slopes("fixed").d0) > VISIBLE


def test_groups_are_named_by_their_rows_and_by_r_by_their_levels():
    wrong, right = group_labels("R"), group_labels("fixed")
    np.testing.assert_array_equal(wrong.d0_group, right.d0_group)
    data = jobs()
    assert right.group_labels == tuple(data["occp"].drop_duplicates())
    assert wrong.group_labels == tuple(data["occp"].cat.categories)
    # Averages over all rows are those of the groups weighted by their rows, if these are named rightly.
    sizes = data["occp"].value_counts()
    share = {r: np.array([sizes[name] for name in r.group_labels]) / len(data) for r in (wrong, right)}
    assert share[right] @ right.z0_group == pytest.approx(right.z0, rel=EXACT)
    assert abs(share[wrong] @ wrong.z0_group - wrong.z0) > VISIBLE
    by_name = right.to_frame("group").xs("ADE (control)")["estimate"]
    np.testing.assert_array_equal(by_name.to_numpy(), right.z0_group)


def test_the_dialect_returns_the_number_of_r():
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data)
    out = R.lm("depress2 ~ treat + job_seek + I(job_seek^2) + econ_hard", data)
    R.set_seed(1)
    assert R.mediate(med, out, treat="treat", mediator="job_seek", sims=SIMS).d0 == transformed_terms("R").d0
