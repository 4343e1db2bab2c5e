"""What plots of ``multimed`` draw: positions, curves, labels, limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

import pymediation as pm
import pymediation.r as R

MARGIN = 0.04  # R's, of the range on either side
TITLES = {
    "sigma": "Sensitivity with Respect to\nInteraction Heterogeneity",
    "R2-residual": "Sensitivity with Respect to\nImportance of Interaction",
    "R2-total": "Sensitivity with Respect to\nImportance of Interaction",
}

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def result() -> Any:
    framing = pm.datasets.load_framing()
    return pm.multimed("immigr", "emo", "p_harm", "treat", "age", data=framing, sims=30, rng=pm.RStream(1))


def rows(ax: Any) -> list[tuple[str, float, float, float]]:
    """Return label, estimate and interval of each row of a plot of estimates, from bottom to top."""
    lines = [line for line in ax.lines if not np.array_equal(line.get_xdata(), [0, 0])]
    labels = [label.get_text() for label in ax.get_yticklabels()]
    found = []
    for place, label in enumerate(labels):
        bar, dot = (line.get_data() for line in lines[2 * place : 2 * place + 2])
        assert set(bar[1]) == set(dot[1]) == {place + 1}
        found.append((label, float(dot[0][0]), *map(float, bar[0])))
    return found


def test_estimates_are_rows_with_their_own_labels(result: Any) -> None:
    (ax,) = result.plot(type="point")
    wanted = [
        (r"Total $(\bar{\tau})$", result.tau, *result.tau_ci),
        (r"Control $(\bar{\zeta}_0)$", result.z0_lb[0], *result.z0_ci[:, 0]),
        (r"Treated $(\bar{\zeta}_1)$", result.z1_lb[0], *result.z1_ci[:, 0]),
        (r"Average $(\bar{\bar{\zeta}})$", result.z_ave_lb[0], *result.z_ave_ci[:, 0]),
        (r"Control $(\bar{\delta}_0)$", result.d0_lb[0], *result.d0_ci[:, 0]),
        (r"Treated $(\bar{\delta}_1)$", result.d1_lb[0], *result.d1_ci[:, 0]),
        (r"Average $(\bar{\bar{\delta}})$", result.d_ave_lb[0], *result.d_ave_ci[:, 0]),
    ]
    assert rows(ax) == wanted
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylim()) == (
        "Point Estimate",
        "Average Effects",
        (0.5, 7.5),
    )
    ends = np.array([row[2:] for row in wanted])
    room = MARGIN * (ends.max() - ends.min())
    np.testing.assert_allclose(ax.get_xlim(), (ends.min() - room, ends.max() + room))
    assert {label.get_rotation() for label in ax.get_yticklabels()} == {0}


def test_some_groups_and_effects_keep_their_labels_which_r_mixes_up(result: Any) -> None:
    (ax,) = result.plot(type="point", tgroup="average", effect_type="indirect")
    assert rows(ax) == [(r"Average $(\bar{\bar{\delta}})$", result.d_ave_lb[0], *result.d_ave_ci[:, 0])]
    (ax,) = result.plot(type="point", tgroup=["treated"], effect_type=["total", "direct"], ylab=["a", "b"])
    assert [row[:2] for row in rows(ax)] == [("a", result.tau), ("b", result.z1_lb[0])]


@pytest.mark.parametrize(
    ("kind", "component", "symbol", "xlim"),
    [
        ("sigma", "sigma", r"\sigma", None),
        ("R2-residual", "R2star", "R^{2*}", (0, 1)),
        ("R2-total", "R2tilde", r"\tilde{R}^2", (0, 1)),
    ],
)
def test_bounds_are_drawn_against_their_parameter(
    result: Any, kind: str, component: str, symbol: str, xlim: Any
) -> None:
    axes = result.plot(type=kind)
    x = result[component]
    names = ("d0", "d1", "d_ave", "z0", "z1", "z_ave")
    symbols = (r"\delta}_0", r"\delta}_1", r"\bar{\delta}}", r"\zeta}_0", r"\zeta}_1", r"\bar{\zeta}}")
    ends = np.concatenate([result[f"{name}_ci"].ravel() for name in names])
    low, high = xlim or (0, x[-1])
    for ax, name, effect in zip(axes, names, symbols, strict=True):
        zero, lower, upper, estimate = ax.lines
        np.testing.assert_array_equal(lower.get_data(), (x, result[f"{name}_lb"]))
        np.testing.assert_array_equal(upper.get_data(), (x, result[f"{name}_ub"]))
        assert set(zero.get_ydata()) == {0.0}
        assert set(estimate.get_ydata()) == {result[f"{name}_lb"][0]}
        assert (zero.get_linestyle(), estimate.get_linestyle()) == ("-", "--")
        (region,) = ax.collections
        corners = {tuple(corner) for corner in region.get_paths()[0].vertices}
        assert {*zip(x, result[f"{name}_ci"][0], strict=True)} <= corners
        assert {*zip(x, result[f"{name}_ci"][1], strict=True)} <= corners
        assert (ax.get_title(), ax.get_xlabel()) == (TITLES[kind], f"${symbol}$")
        assert ax.get_ylabel() == rf"$\bar{{{effect}({symbol})$"
        np.testing.assert_allclose(ax.get_xlim(), (low - MARGIN * (high - low), high + MARGIN * (high - low)))
        room = MARGIN * np.ptp(ends)
        np.testing.assert_allclose(ax.get_ylim(), (ends.min() - room, ends.max() + room))


def test_direct_effects_alone_show_direct_effects_which_r_does_not(result: Any) -> None:
    (ax,) = result.plot(
        type="sigma", effect_type="direct", tgroup="treated", ylim=(-2, 3), main="x", xlab="s"
    )
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), result.z1_lb)
    assert (ax.get_ylim(), ax.get_title(), ax.get_xlabel()) == ((-2, 3), "x", "s")


def test_all_types_are_panels_in_the_order_of_r(result: Any) -> None:
    axes = result.plot(type=["R2-total", "sigma", "point"], tgroup=["treated", "control"])
    assert [ax.get_xlabel() for ax in axes] == [
        "Average Effects",
        *[r"$\sigma$"] * 4,
        *[r"$\tilde{R}^2$"] * 4,
    ]
    assert axes[1].get_ylabel() == r"$\bar{\delta}_0(\sigma)$"
    assert len(result.plot()) == len(result.summary().plot()) == 19
    assert len({ax.figure for ax in result.plot()}) == 1


def test_axes_and_texts_can_be_given(result: Any) -> None:
    _, given = plt.subplots(1, 2)
    axes = R.plot(result, type="sig", tgroup="average", effect_type=["ind", "dir"], ax=given, ylab=["a", "b"])
    assert list(axes) == list(given)
    assert [ax.get_ylabel() for ax in axes] == ["a", "b"]
    assert [ax.get_ylabel() for ax in result.plot(type="sigma", tgroup="average", ylab="c")] == ["c", "c"]


def test_colours_and_sizes_are_those_of_r(result: Any) -> None:
    options = {"col_eff": 2, "col_cbar": "gray40", "lwd": 3, "pch": 15, "cex": 2, "las": 1}
    (ax,) = result.plot(type="point", tgroup="average", effect_type="direct", **options)
    bar, dot = ax.lines[1:]
    assert (bar.get_color(), bar.get_linewidth()) == ("0.4", 3)
    assert (dot.get_color(), dot.get_marker(), dot.get_markersize()) == ("#DF536B", "s", 16)
    (ax,) = result.plot(type="sigma", tgroup="average", effect_type="direct")
    np.testing.assert_allclose(ax.collections[0].get_facecolor()[0, :3], 190 / 255)  # R's gray


def test_missing_intervals_leave_estimates_and_bounds() -> None:
    framing = pm.datasets.load_framing()
    result = pm.multimed("immigr", "emo", "p_harm", "treat", data=framing, sims=1, rng=pm.RStream(1))
    axes = result.plot()
    assert np.isfinite([ax.get_xlim() + ax.get_ylim() for ax in axes]).all()
    np.testing.assert_array_equal(axes[1].lines[1].get_ydata(), result.d0_lb)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"effect_type": "total"}, "No support for only plotting total effect"),
        ({"type": "R2"}, "type='R2' is not accepted; give any of 'point', 'sigma'"),
        ({"type": []}, "type is empty"),
        ({"tgroup": "both"}, "tgroup='both' is not accepted; give any of 'control', 'treated', 'average'"),
        ({"ylab": "x"}, "plot these separately"),
        ({"type": "point", "ylab": ["x"]}, "ylab has 1 entries, but 7 rows are drawn"),
        ({"type": "sigma", "ylab": ["x", "y"]}, "there are 6 panels"),
        ({"type": "sigma", "ylim": (1, 1)}, "ylim="),
        ({"type": "point", "pch": 99}, "pch=99"),
    ],
)
def test_refused_with_what_is_accepted(result: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(pm.ArgumentError, match=words):
        result.plot(**options)


def test_wrong_axes_and_unknown_parameters(result: Any) -> None:
    with pytest.raises(pm.ArgumentError, match="ax has 1 Axes, but there are 19 panels"):
        result.plot(ax=plt.gca())
    with pytest.warns(pm.PymediationWarning, match="Did you mean 'tgroup'"):
        result.plot(type="point", tgruop="average")
