"""The result of ``medsens``: components, tables, text and HTML, pickling."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from sensitivity import sens_cases

import pymediation as pm
from pymediation.sensitivity.chebyshev import mean_probabilities, nodes_needed
from pymediation.sensitivity.request import sequence

# Sums in another order, and the interpolation's bound of 1e-13.
TOLERANCE = 5e-13


@pytest.fixture(scope="module")
def sens():
    return sens_cases.run("ct_int_both")[0]


@pytest.fixture(scope="module")
def binary():
    return sens_cases.run("bo_framing_jss")[0]


def test_names_are_those_of_r_in_r_s_order(sens):
    recorded = list(sens_cases.cases()["ct_int_both"]["result"])
    names = [name.replace(".", "_") for name in recorded]
    assert [name for name in sens.keys() if name in names] == names  # noqa: SIM118 - no mapping
    assert len(list(sens)) == 44


def test_components_are_on_result_and_summary_by_both_spellings(sens):
    summary = sens.summary()
    for name in sens:
        dotted = name.replace("_", ".")
        found = [getattr(sens, name), sens[name], sens[dotted], getattr(summary, name), summary[name]]
        for one in found[1:]:
            np.testing.assert_array_equal(one, found[0])
    with pytest.raises(pm.UnknownNameError, match="Did you mean 'err_cr_d'"):
        sens["err_crd"]


def test_what_was_not_asked_for_is_none(binary):
    for name in ("z0", "upper_z1", "err_cr_z", "ind_z0", "R2star_z_thresh", "R2tilde_z_thresh"):
        assert binary[name] is None


def test_arrays_over_the_grid_are_one_dimensional(sens, binary):
    for one in (sens, binary):
        for name in ("d0", "lower_d1", "ind_d0", "rho", "R2tilde_prod"):
            assert one[name].shape == (19,)
    assert sens.err_cr_d.shape == (2,)
    assert binary.tau.shape == (19,)


def test_thresholds_follow_from_the_crossing(sens):
    np.testing.assert_allclose(sens.R2star_d_thresh, sens.err_cr_d**2)
    factor = (1 - sens.r_square_m) * (1 - sens.r_square_y)
    np.testing.assert_allclose(sens.R2tilde_d_thresh, sens.err_cr_d**2 * factor)
    place = int(np.argmin(np.abs(sens.d1)))
    assert sens.err_cr_d[1] == sens.rho[place]


def test_a_row_per_effect_and_correlation(sens, binary):
    frame = sens.to_frame()
    assert frame.index.names == ["effect", "rho"]
    assert list(frame.columns) == [
        *("estimate", "lower", "upper", "covers_zero", "R2star_prod", "R2tilde_prod"),
    ]
    labels = ["ACME (control)", "ACME (treated)", "ADE (control)", "ADE (treated)"]
    assert list(frame.index.unique("effect")) == labels
    np.testing.assert_array_equal(frame.loc["ACME (treated)", "upper"], sens.upper_d1)
    np.testing.assert_array_equal(frame.loc["ADE (control)", "covers_zero"], sens.ind_z0 == 1)
    assert "Prop. Mediated (control)" in binary.to_frame().index.unique("effect")
    one_set = sens_cases.run("ct_basic_both")[0].to_frame()
    assert list(one_set.index.unique("effect")) == ["ACME", "ADE"]


def test_pickles(sens, binary):
    for one in (sens, binary, sens.summary()):
        again = pickle.loads(pickle.dumps(one))
        assert str(again.summary() if hasattr(again, "summary") else again) == str(
            one.summary() if hasattr(one, "summary") else one
        )


def test_html_has_a_table_for_each_effect(sens):
    html = sens._repr_html_()
    assert html.count("<table") == 4
    assert "Rho at which ADE for Treatment Group = 0" in html
    assert html == sens.summary()._repr_html_()


def test_the_repr_says_where_effects_vanish(sens):
    lines = repr(sens).splitlines()
    assert "linear mediator, linear outcome, 19 values of rho from -0.9 to 0.9, n = 899" in lines[0]
    assert lines[1].startswith("  ACME (control) is closest to 0 at rho = ")


def test_the_repr_says_where_effects_do_not_vanish(sens):
    curve = sens.curves["d0"]
    above = replace(curve, estimate=np.abs(curve.estimate) + 0.01)
    lines = repr(replace(sens, curves={**sens.curves, "d0": above})).splitlines()
    assert lines[1].startswith("  ACME (control) does not change sign; it is closest to 0 at rho = ")


@pytest.mark.parametrize(
    ("by", "first", "last", "count"),
    [(0.1, -0.9, 0.9, 19), (0.3, -0.7, 0.5, 5), (1, 0, 0, 1), (0.05, -0.95, 0.95, 39)],
)
def test_the_grid_is_r_s(by, first, last, count):
    grid = sequence(-1 + by, 1 - by, by)
    assert grid.size == count
    np.testing.assert_allclose(grid[[0, -1]], [first, last], atol=1e-15)


def test_the_grid_has_r_s_rounding():
    assert 0.30000000000000016 in sequence(-0.9, 0.9, 0.1)


@pytest.mark.parametrize("spread", [0.0, 0.1, 1.0, 4.0, 9.0])
def test_interpolated_means_are_the_means(spread):
    rng = np.random.default_rng(1)
    X, coef = rng.normal(size=(50, 3)), rng.normal(size=(20, 3))
    shifts = rng.normal(size=(1, 20)) + spread * rng.uniform(-1, 1, size=(300, 20))
    weights = np.full(50, 1 / 50)
    assert nodes_needed(spread) < 300
    np.testing.assert_allclose(
        mean_probabilities(X, coef, shifts, weights),
        mean_probabilities(X, coef, shifts, weights, exact=True),
        atol=TOLERANCE,
    )


def test_a_finer_grid_has_the_same_effects():
    """A coarse grid is evaluated exactly, a fine one by interpolation."""
    coarse, _ = sens_cases.run("bo_framing_both", rho_by=0.5)
    fine, _ = sens_cases.run("bo_framing_both", rho_by=0.01)
    for name in ("d0", "upper_d1", "z0", "lower_z1"):
        np.testing.assert_allclose(fine[name][[49, 99, 149]], coarse[name], atol=TOLERANCE)


def test_rows_of_the_table_are_found_by_the_correlation_as_written():
    fine = sens_cases.run("ct_basic_both", rho_by=0.05)[0]
    table = fine.to_frame()
    for place, rho in ((0, -0.95), (19, 0.0), (25, 0.3)):
        assert table.loc[("ACME", rho), "estimate"] == fine.d0[place]
    assert fine.rho[19] != 0  # R's grid itself is kept


def test_components_have_names(sens):
    with pytest.raises(pm.UnknownNameError, match=r"such as 'd0'; got 0. keys\(\) lists them"):
        sens[0]
