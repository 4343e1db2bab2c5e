"""Plots by what is drawn: positions, shapes, labels and limits."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pymediation.errors import ArgumentError, ArgumentTypeError, PymediationWarning
from pymediation.plots.marks import default_xlim
from pymediation.plots.mediation import mediation_marks, plot_mediation
from pymediation.plots.style import line_color, line_style, marker_shape

EXACT_TO = 1e-12  # positions and limits are sums and products of a few doubles


@dataclass(frozen=True)
class Ends:
    lower: float
    upper: float


@dataclass(frozen=True)
class Result:
    """The numbers of a mediation analysis, made up."""

    one_set: bool = False
    d0: float = 0.077
    d1: float = 0.097
    z0: float = -0.008
    z1: float = 0.012
    tau_coef: float = 0.089
    d0_ci: Ends = Ends(0.03, 0.154)
    d1_ci: Ends = Ends(0.044, 0.176)
    z0_ci: Ends = Ends(-0.113, 0.096)
    z1_ci: Ends = Ends(-0.102, 0.163)
    tau_ci: Ends = Ends(-0.036, 0.213)


BOTH = Result()
ONE = Result(one_set=True)


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def lines(ax: Axes, series: str) -> list[Line2D]:
    """Return the segments of one series from top to bottom."""
    drawn = [line for line in ax.get_lines() if line.get_label() == f"_{series}"]
    return sorted(drawn, key=lambda line: -line.get_ydata()[0])


def row_labels(ax: Axes) -> dict[float, str]:
    return {y: label.get_text() for y, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)}


def test_both_conditions_are_drawn_above_and_below_the_row() -> None:
    ax = plot_mediation(BOTH)
    treated, control = lines(ax, "treated"), lines(ax, "control")
    assert [line.get_ydata()[0] for line in treated] == pytest.approx([3.05, 2.05, 1.0], abs=EXACT_TO)
    assert [line.get_ydata()[0] for line in control] == pytest.approx([2.95, 1.95], abs=EXACT_TO)
    assert [list(line.get_xdata()) for line in treated] == [
        [0.044, 0.097, 0.176],
        [-0.102, 0.012, 0.163],
        [-0.036, 0.089, 0.213],
    ]
    assert [list(line.get_xdata()) for line in control] == [[0.03, 0.077, 0.154], [-0.113, -0.008, 0.096]]


def test_one_set_shows_the_treated_condition_in_the_middle_of_the_row() -> None:
    ax = plot_mediation(ONE)
    assert [line.get_ydata()[0] for line in lines(ax, "treated")] == [3.0, 2.0, 1.0]
    assert lines(ax, "control") == []


def test_control_alone_keeps_the_total_effect_filled() -> None:
    marks = mediation_marks(BOTH, ("indirect", "direct", "total"), ("control",))
    assert [(mark.y, mark.estimate, mark.series) for mark in marks] == [
        (3.0, 0.077, "control"),
        (2.0, -0.008, "control"),
        (1.0, 0.089, "treated"),
    ]


def test_filled_and_solid_against_open_and_dotted() -> None:
    ax = plot_mediation(BOTH, col="navy")
    treated, control = lines(ax, "treated")[0], lines(ax, "control")[0]
    assert treated.get_markerfacecolor() == "navy"
    assert control.get_markerfacecolor() == "white"
    assert control.get_markeredgecolor() == "navy"
    assert (treated.get_linestyle(), control.get_linestyle()) == (
        "-",
        "--",
    )  # Matplotlib's name for own dashes
    assert {line.get_markevery()[0] for line in (treated, control)} == {1}  # the dot is at the estimate


def test_rows_and_their_names() -> None:
    assert row_labels(plot_mediation(BOTH)) == {3: "ACME", 2: "ADE", 1: "Total\nEffect"}
    assert row_labels(plot_mediation(BOTH, labels=["a", "b", "c"])) == {3: "a", 2: "b", 1: "c"}
    assert plot_mediation(BOTH).get_ylim() == (0.5, 3.5)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("indirect", ["ACME"]),
        ("d", ["ADE"]),
        (["total", "ind"], ["ACME", "Total\nEffect"]),
        ({"direct", "total"}, ["ADE", "Total\nEffect"]),
        (("total", "total"), ["Total\nEffect"]),
    ],
)
def test_effects_asked_for_appear_in_the_usual_order(asked: Any, names: list[str]) -> None:
    ax = plot_mediation(BOTH, effect_type=asked)
    assert list(row_labels(ax).values()) == names
    assert list(row_labels(ax)) == list(range(len(names), 0, -1))
    assert ax.get_ylim() == (0.5, len(names) + 0.5)


@pytest.mark.parametrize("treatment", ["control", "treated", "both"])
def test_limits_cover_all_effects_of_the_condition_drawn(treatment: str) -> None:
    low = {"control": -0.113, "treated": -0.102, "both": -0.113}[treatment]
    ax = plot_mediation(BOTH, treatment=treatment, effect_type="indirect")
    assert ax.get_xlim() == pytest.approx((1.2 * low, 1.2 * 0.213), abs=EXACT_TO)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("ends", [(1.86, 6.37), (-6.37, -1.86), (-1.0, 2.0), (0.0, 3.0)])
def test_default_limits_hold_every_end_and_zero(ends: tuple[float, float], scale: float) -> None:
    low, high = default_xlim(scale * np.array(ends))
    assert low < min(0.0, ends[0] * scale)
    assert high > max(0.0, ends[1] * scale)


def test_default_limits_without_finite_ends() -> None:
    assert default_xlim([np.nan, np.inf]) == (-1.0, 1.0)
    assert default_xlim([0.0, np.nan]) == (-1.0, 1.0)


def test_dashed_line_at_zero() -> None:
    zero = [line for line in plot_mediation(BOTH).get_lines() if list(line.get_xdata()) == [0.0, 0.0]]
    assert len(zero) == 1
    assert zero[0].get_linestyle() == "--"


def test_legend_only_where_two_conditions_are_drawn() -> None:
    legend = plot_mediation(BOTH).get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["treated", "control"]
    assert plot_mediation(ONE).get_legend() is None
    assert plot_mediation(BOTH, effect_type="total").get_legend() is None


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("effect_type", ["indirect", ("indirect", "total"), ("indirect", "direct", "total")])
def test_legend_is_clear_of_the_data(effect_type: Any, sign: float) -> None:
    flipped = {
        name: Ends(*sorted((sign * getattr(BOTH, name).lower, sign * getattr(BOTH, name).upper)))
        for name in ("d0_ci", "d1_ci", "z0_ci", "z1_ci", "tau_ci")
    }
    ax = plot_mediation(Result(**flipped), effect_type=effect_type)
    ax.figure.canvas.draw()
    box = ax.get_legend().get_window_extent()
    for line in lines(ax, "treated") + lines(ax, "control"):
        dot_reach = line.get_markersize() * ax.figure.dpi / 72 / 2
        x, y = ax.transData.transform((line.get_xdata()[0], line.get_ydata()[0]))
        assert y - dot_reach > box.y1, x


def test_given_limits_titles_and_axes_are_used() -> None:
    _, ax = plt.subplots()
    drawn = plot_mediation(BOTH, ax=ax, xlim=(-1, 2), ylim=(0, 5), xlab="size", ylab="effect", main="Title")
    assert drawn is ax
    assert ax.get_xlim() == (-1, 2)
    assert ax.get_ylim() == (0, 5)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("size", "effect", "Title")


def test_without_axes_a_new_figure_is_made() -> None:
    _, busy = plt.subplots()
    ax = plot_mediation(BOTH)
    assert ax.figure is not busy.figure
    assert busy.get_lines()[:] == []


def test_sizes_of_lines_and_dots() -> None:
    thin, thick = (lines(plot_mediation(ONE, lwd=w, cex=w), "treated")[0] for w in (1.0, 2.0))
    assert thick.get_linewidth() == 2 * thin.get_linewidth()
    assert thick.get_markersize() == 2 * thin.get_markersize()


def test_shapes_and_line_types_for_one_or_both_conditions() -> None:
    ax = plot_mediation(BOTH, pch=(15, 2), lty=("solid", "blank"))
    assert (lines(ax, "treated")[0].get_marker(), lines(ax, "control")[0].get_marker()) == ("s", "^")
    assert lines(ax, "control")[0].get_linestyle() == "None"
    assert {line.get_marker() for line in lines(plot_mediation(BOTH, pch=18), "control")} == {"D"}


def test_graphical_parameters_of_r_are_put_into_effect() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = plot_mediation(
            BOTH, main="T", xlab="x", las=2, bty="o", cex_lab=2, cex_main=3, **{"cex.axis": 0.5}
        )
    size = plt.rcParams["font.size"]
    assert ax.xaxis.label.get_fontsize() == 2 * size
    assert ax.title.get_fontsize() == 3 * size
    assert {label.get_fontsize() for label in ax.get_yticklabels()} == {0.5 * size}
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {90.0}
    assert ax.spines["top"].get_visible()


def test_unknown_graphical_parameters_warn_with_their_names() -> None:
    with pytest.warns(PymediationWarning, match=r"'label', 'mgp'.*Did you mean 'labels'\?") as caught:
        plot_mediation(BOTH, label=["a"], mgp=(1, 2, 3))
    assert len(caught) == 1
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"effect_type": "mediated"}, "effect_type='mediated'.*'indirect', 'direct', 'total'"),
        ({"effect_type": "ACME"}, "Did you mean 'indirect'"),
        ({"effect_type": ""}, "effect_type=''"),
        ({"effect_type": []}, "effect_type is empty"),
        ({"effect_type": ["direct", 3]}, "effect_type=3"),
        ({"treatment": "treat"}, "treatment='treat'.*'control', 'treated', 'both'"),
        ({"labels": ["a", "b"]}, "labels has 2 entries, but 3 effects"),
        ({"xlim": (1, 1)}, r"xlim=\(1, 1\)"),
        ({"ylim": 3}, "ylim=3.*two numbers"),
        ({"xlim": (0, float("nan"))}, "xlim=.*finite"),
        ({"col": "nocolour"}, "col='nocolour'"),
        ({"pch": 99}, "pch=99"),
        ({"pch": (1, 2, 3)}, "3 entries"),
        ({"lty": 9}, "lty=9.*'dotted'"),
        ({"las": 7}, "las=7"),
        ({"bty": "x"}, "bty='x'"),
        ({"cex_axis": 0}, "cex_axis=0"),
        ({"lwd": -1}, "lwd=-1"),
    ],
)
def test_values_that_are_not_accepted(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        plot_mediation(BOTH, **arguments)
    assert plt.get_fignums() == []  # refused before anything is drawn


def test_types_that_are_not_accepted() -> None:
    with pytest.raises(ArgumentTypeError, match=r"ax must be Matplotlib Axes.*; got str\."):
        plot_mediation(BOTH, ax="axes")  # type: ignore[arg-type]
    with pytest.raises(ArgumentTypeError, match="cex='big'"):
        plot_mediation(BOTH, cex="big")  # type: ignore[arg-type]


def test_colours_line_types_and_characters_of_r() -> None:
    assert [line_color(c) for c in (1, 9, "grey100", "gray0", "#123456")] == [
        "black",
        "black",
        "1.0",
        "0.0",
        "#123456",
    ]
    assert line_style(0) == line_style("blank") == "none"
    assert (marker_shape(19), marker_shape("x"), marker_shape("M")) == ("o", "x", "$M$")


def test_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    monkeypatch.setattr(plt, "show", lambda *_, **__: shown.append(True))
    plot_mediation(BOTH)
    assert not shown


def test_matplotlib_is_loaded_when_first_used() -> None:
    code = "import sys, pymediation.plots.mediation; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
