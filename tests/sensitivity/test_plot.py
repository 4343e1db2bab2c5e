"""Plots of sensitivity analyses: what R drew, what is drawn on the axes, and what is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sensitivity import sens_cases

import pymediation as pm
from pymediation.sensitivity.panels import proportion_panels, rho_panels, surface_panels
from pymediation.sensitivity.surface import contour_levels, pretty, shares

# Rounding of effects of order 0.1; surfaces are sums of 8281 of them.
TOLERANCE = 1e-9
# Proportions are ratios to total effects near zero.
RATIO_TOLERANCE = 1e-8
SUM_TOLERANCE = 1e-7

PLOTS = {plot["id"]: plot for plot in sens_cases.recorded()["plots"]}
AGAINST_RHO = [name for name in PLOTS if "R2" not in name]
OVER_R2 = [name for name in PLOTS if "R2" in name]


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def drawn(name, **changed):
    """Return a recorded plot's analysis, with `compat` "R", its drawing calls by panel and its options."""
    plot = PLOTS[name]
    sens, _ = sens_cases.run(plot["case"], **changed)
    starts = [i for i, call in enumerate(plot["draws"]) if call.get("panel")]
    panels = [plot["draws"][i:j] for i, j in zip(starts, [*starts[1:], None], strict=True)]
    assert len(panels) == plot["n_panels"]
    return sens, panels


def called(calls, function):
    return [call for call in calls if call["fn"] == function]


@pytest.mark.parametrize("name", AGAINST_RHO)
def test_panels_against_rho_are_those_of_r(name):
    sens, recorded = drawn(name)
    smooth = "smooth" in name
    make = proportion_panels if "prop" in name else rho_panels
    near = RATIO_TOLERANCE if "prop" in name else TOLERANCE
    for panel, calls in zip(make(sens, smooth_effect=smooth, smooth_ci=smooth), recorded, strict=True):
        (frame,), (band,), (line,) = (called(calls, fn) for fn in ("frame", "band", "line"))
        np.testing.assert_allclose(panel.estimate, line["y"], rtol=near, atol=near)
        np.testing.assert_allclose(panel.lower, band["lower"], rtol=near, atol=near)
        np.testing.assert_allclose(panel.upper, band["upper"], rtol=near, atol=near)
        np.testing.assert_allclose(panel.rho[[0, -1]], frame["x_range"])
        if "custom" not in name:
            np.testing.assert_allclose(panel.ylim, frame["ylim"], rtol=near, atol=near)
        guides = [call["h"] for call in called(calls, "abline") if call["lty"] == 2]
        assert (panel.guide is None) == (not guides)
        if guides:
            np.testing.assert_allclose(panel.guide, guides[0], atol=near)


@pytest.mark.parametrize("name", OVER_R2)
def test_surfaces_of_r_are_reproduced_with_their_faults(name):
    sens, recorded = drawn(name)
    sign, total = -1 if "negative" in name else 1, "total" in name
    panels = surface_panels(sens, total=total, sign=sign, levels=None, as_r=True)
    for panel, calls in zip(panels, recorded, strict=True):
        wanted = called(calls, "contour")[0]
        assert panel.z.shape == (wanted["n"], wanted["n"])
        assert np.isnan(panel.z).sum() == wanted["n_missing"]
        np.testing.assert_allclose(np.nansum(panel.z), wanted["z_sum"], rtol=SUM_TOLERANCE)
        np.testing.assert_allclose(
            panel.z[::10, ::10], np.array(wanted["z_every_10th"], dtype=float), atol=TOLERANCE
        )
        np.testing.assert_allclose(panel.levels, wanted["levels"], atol=1e-15)
        np.testing.assert_allclose(panel.x[::10], wanted["axis_x_every_10th"], atol=TOLERANCE)
        np.testing.assert_allclose(panel.y[::10], wanted["axis_y_every_10th"], atol=TOLERANCE)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_surface_shows_the_effect_at_the_implied_correlation(sign):
    sens, _ = drawn("plot_ct_R2_residual_positive")
    panel = surface_panels(sens, total=False, sign=sign, levels=None, as_r=False)[0]
    points = shares(0.1)
    assert not np.isnan(panel.z).any()
    for j, k in ((90, 90), (40, 40), (10, 90), (0, 50)):
        rho = sign * np.sqrt(points[j] * points[k])
        np.testing.assert_allclose(panel.z[j, k], np.interp(rho, sens.rho, sens.d0))
    np.testing.assert_allclose(panel.z[90, 90], sens.d0[-1 if sign > 0 else 0])


def test_a_grid_that_is_not_symmetric_leaves_what_it_does_not_reach_empty():
    sens, _ = sens_cases.run("ct_rho03_asymmetric_grid")
    panel = surface_panels(sens, total=False, sign=1, levels=None, as_r=False)[0]
    points = shares(0.3)
    unreached = np.sqrt(np.outer(points, points)) > 0.5 + 1e-9
    np.testing.assert_array_equal(np.isnan(panel.z), unreached)


def test_every_panel_has_levels_of_its_own_unless_they_are_r_s():
    sens, _ = drawn("plot_ct_R2_residual_positive")
    options = {"total": False, "sign": 1, "levels": None}
    acme, ade = surface_panels(sens, as_r=True, **options)
    assert acme.levels.tolist() == ade.levels.tolist()
    acme, ade = surface_panels(sens, as_r=False, **options)
    assert ade.levels.tolist() == contour_levels(sens.z0).tolist() != acme.levels.tolist()


def test_a_flat_effect_has_one_level():
    assert pretty(0.25, 0.25).tolist() == [0.25]


def test_axes_against_rho_hold_band_curve_and_guide_lines():
    sens, _ = sens_cases.run("ct_basic_both", compat="fixed")
    axes = sens.plot()
    assert [ax.get_title() for ax in axes] == [r"ACME($\rho$)", r"ADE($\rho$)"]
    acme = axes[0]
    assert acme.get_xlabel() == r"Sensitivity Parameter: $\rho$"
    assert acme.get_ylabel() == "Average Mediation Effect"
    curve, zero, middle, guide = acme.get_lines()
    np.testing.assert_array_equal(curve.get_xydata(), np.column_stack([sens.rho, sens.d0]))
    assert list(zero.get_ydata()) == [0.0, 0.0]
    assert list(middle.get_xdata()) == [0.0, 0.0]
    np.testing.assert_allclose(guide.get_ydata(), sens.d0[9])
    corners = acme.collections[0].get_paths()[0].vertices
    assert corners[:, 1].min() == sens.lower_d0.min()
    low, high = acme.get_ylim()
    assert low < sens.lower_d0.min()
    assert high > sens.upper_d0.max()


def test_r_s_axis_holds_the_estimates_only():
    sens, _ = sens_cases.run("ct_basic_both")
    low, _ = sens.plot()[0].get_ylim()
    assert sens.lower_d0.min() < low < sens.d0.min()


def test_effects_by_arm_have_four_panels_and_subscripts():
    sens, _ = sens_cases.run("ct_int_both", compat="fixed")
    axes = sens.plot(main="JOBS", xlab="r", ylab="eff", xlim=(-1, 1), ylim=(-0.2, 0.2))
    assert len(axes) == 4
    for ax in axes:
        assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("JOBS", "r", "eff")
        assert (*ax.get_xlim(), *ax.get_ylim()) == (-1, 1, -0.2, 0.2)
    assert [ax.get_title() for ax in sens.plot()] == [
        r"ACME$_0$($\rho$)",
        r"ACME$_1$($\rho$)",
        r"ADE$_0$($\rho$)",
        r"ADE$_1$($\rho$)",
    ]


def test_contours_are_labelled_and_that_of_zero_is_thicker():
    sens, _ = sens_cases.run("ct_basic_both", compat="fixed")
    with pytest.warns(pm.CompatibilityWarning, match="medsens-surface"):
        acme, _ = sens.plot(sens_par="R2", r_type="total", sign_prod="negative")
    (contours,) = acme.collections
    widths = dict(zip(contours.levels, contours.get_linewidths(), strict=True))
    zero = widths.pop(0.0)
    assert {zero - width for width in widths.values()} == {1.0}
    assert acme.texts
    assert acme.get_title() == (r"ACME($\tilde{R}^2_M$, $\tilde{R}^2_Y$), sgn($\lambda_2\lambda_3$) = $-1$")
    assert (*acme.get_xlim(), *acme.get_ylim()) == (0, 1, 0, 1)
    for ticks in (acme.get_xticks(), acme.get_yticks()):
        np.testing.assert_allclose(ticks, np.arange(11) / 10)


def test_r_s_other_words_and_numbers_are_understood():
    sens, _ = sens_cases.run("ct_basic_both")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        plots = [
            sens.plot(sens_par="R2", r_type=kind, sign_prod=sign)
            for kind, sign in ((2, -1), ("tilde", "negative"), ("total", "neg"))
        ]
    assert len({ax[0].get_title() for ax in plots}) == 1


def test_levels_and_axes_can_be_given():
    import matplotlib.pyplot as plt

    sens, _ = sens_cases.run("ct_eps01_indirect")
    _, mine = plt.subplots()
    with pytest.warns(pm.CompatibilityWarning, match="known to be wrong"):
        (used,) = sens.plot(sens_par="R2", levels=[-0.1, -0.05, 0.5], ax=mine)
    assert used is mine
    assert list(mine.collections[0].levels) == [-0.1, -0.05]


def test_proportions_mediated_have_two_panels_without_a_guide():
    sens, _ = sens_cases.run("bo_jobs_both", compat="fixed")
    axes = sens.plot(pr_plot=True)
    assert [ax.get_ylabel() for ax in axes] == [
        rf"Proportion Mediated: $\bar{{\nu}}$({arm})" for arm in (0, 1)
    ]
    assert len(axes[0].get_lines()) == 3


def test_the_summary_and_the_dialect_draw_too():
    import pymediation.r as R

    sens, _ = sens_cases.run("ct_basic_both")
    assert len(sens.summary().plot()) == len(R.plot(sens)) == 2


@pytest.mark.parametrize(
    ("case", "options", "words"),
    [
        ("ct_basic_both", {"pr_plot": True}, "proportion mediated is only implemented for binary outcome"),
        (
            "bo_jobs_both",
            {"pr_plot": True, "sens_par": "R2"},
            "proportion mediated can only be plotted against rho",
        ),
        ("bo_framing_direct_conf90", {"pr_plot": True}, "needs the indirect effect"),
        ("ct_basic_both", {"sens_par": "r2"}, "sens_par must be one of 'rho', 'R2'"),
        ("ct_basic_both", {"sens_par": "R2", "r_type": 3}, "r_type must be one of"),
        ("ct_basic_both", {"sens_par": "R2", "sign_prod": "up"}, "sign_prod must be one of"),
        ("ct_basic_both", {"xlim": 3}, "xlim"),
    ],
)
def test_refused_plots(case, options, words):
    sens, _ = sens_cases.run(case)
    with pytest.raises((pm.ArgumentError, pm.ArgumentTypeError), match=words):
        sens.plot(**options)


def test_the_number_of_axes_must_be_that_of_the_panels():
    import matplotlib.pyplot as plt

    sens, _ = sens_cases.run("ct_basic_both")
    with pytest.raises(pm.ArgumentError, match="ax has 1 axes, but there are 2 panels"):
        sens.plot(ax=plt.subplots()[1])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rho_by", [1.0, 0.6])
def test_two_points_or_one_need_no_smoothing(rho_by):
    sens, _ = sens_cases.run("ct_basic_both", rho_by=rho_by, effect_type="indirect")
    (smooth,) = rho_panels(sens, smooth_effect=True, smooth_ci=True)
    np.testing.assert_array_equal(smooth.estimate, sens.d0)
    np.testing.assert_array_equal(smooth.lower, sens.lower_d0)


@pytest.mark.parametrize("name", ["sens.par", "senspar", "Sens_Par"])
def test_an_argument_spelt_otherwise_does_not_draw_another_plot(name):
    sens, _ = sens_cases.run("ct_basic_both")
    with pytest.raises(pm.UnknownArgumentError, match=f"'{name}'. Did you mean 'sens_par'"):
        sens.plot(**{name: "R2"})


@pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")
@pytest.mark.parametrize("levels", ["a", [], [np.nan], [0.1, np.inf]])
def test_levels_that_are_no_numbers_are_refused(levels):
    sens, _ = sens_cases.run("ct_basic_both")
    with pytest.raises(pm.ArgumentError, match=r"levels=.* give finite numbers"):
        sens.plot(sens_par="R2", levels=levels)


def test_warnings_point_at_the_caller():
    sens, _ = sens_cases.run("ct_basic_both")
    with pytest.warns(pm.PymediationWarning, match="'col'") as caught:
        sens.plot(col="red")
    assert caught[0].filename == __file__
