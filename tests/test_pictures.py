"""All plots in one style, legible at the width of a journal's column and in grey."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from people import SIMS, mediate, ols, people

import pymediation as pm
import pymediation.r as R
from pymediation.plots.style import BAND

COLUMN = (3.5, 2.6)  # inches of a journal's column

d = people()
graded = d.assign(
    grade=pd.Categorical(np.digitize(d["y"], [-0.5, 0.8]).astype(str), ordered=True),
    other=d["m"] + np.random.default_rng(3).normal(size=len(d)),
)


def curved() -> Any:
    return mediate(d, model_y=ols("y ~ t * m + x", d))


def ordered() -> Any:
    fit = R.polr("grade ~ t * m + x", data=graded)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        return pm.mediate(ols("m ~ t + x", graded), fit, treat="t", mediator="m", boot=True, sims=SIMS, rng=1)


def multimed() -> Any:
    return pm.multimed("y", "m", "other", "t", "x", data=graded, sims=SIMS, rng=1)


def sensitivity() -> Any:
    return pm.medsens(mediate(d), rho_by=0.1)


def bounds() -> Any:
    data = pm.datasets.load_boundsdata()
    return pm.mediate_ped("out.enc", "med.enc", "ttt", "enc", data)


def long_names() -> Any:
    sites = np.array(["operatives and kindred", "craftsmen and foremen", "laborers and service"])
    data = d.assign(job=sites[d["site"] % 3])
    fits = R.lmer("m ~ t + x + (1 | job)", data), R.lmer("y ~ t + m + x + (1 | job)", data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        return pm.mediate(*fits, treat="t", mediator="m", sims=SIMS, rng=1)


MAKERS: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "effects": (curved, {}),
    "ordered": (ordered, {}),
    "points": (multimed, {"type": "point"}),
    "bounds against sigma": (multimed, {"type": "sigma", "tgroup": "average", "effect_type": "indirect"}),
    "sensitivity": (sensitivity, {}),
    "surface": (sensitivity, {"sens_par": "R2"}),
    "bounds": (bounds, {}),
}


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(params=list(MAKERS))
def narrow(request: pytest.FixtureRequest) -> tuple[str, Axes]:
    make, options = MAKERS[request.param]
    figure, ax = plt.subplots(figsize=COLUMN, layout="constrained")
    make().plot(ax=ax, **options)
    figure.canvas.draw()
    return request.param, ax


def boxes(labels: Any) -> list[Any]:
    return [label.get_window_extent() for label in labels if label.get_text()]


def within(axis: Any) -> list[Any]:
    """Return the labels of ticks that are drawn."""
    low, high = sorted(axis.get_view_interval())
    ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
    return [label for place, label in ticks if low <= place <= high]


def test_numbers_and_names_at_the_axes_stay_apart(narrow: tuple[str, Axes]) -> None:
    _, ax = narrow
    across, up = boxes(within(ax.xaxis)), boxes(within(ax.yaxis))
    assert len(across) >= 2
    assert all(one.x1 < other.x0 for one, other in pairwise(sorted(across, key=lambda box: box.x0)))
    assert all(one.y1 <= other.y0 for one, other in pairwise(sorted(up, key=lambda box: box.y0)))


def test_nothing_is_cut(narrow: tuple[str, Axes]) -> None:
    _, ax = narrow
    frame = ax.figure.bbox.padded(1.0)
    texts = [*within(ax.xaxis), *within(ax.yaxis), ax.title, ax.xaxis.label, ax.yaxis.label, *ax.texts]
    for box in boxes(texts):
        assert frame.x0 <= box.x0 <= box.x1 <= frame.x1
        assert frame.y0 <= box.y0 <= box.y1 <= frame.y1


def test_everything_is_drawn_without_colour(narrow: tuple[str, Axes]) -> None:
    _, ax = narrow
    colours = [line.get_color() for line in ax.lines]
    colours += [tuple(face[:3]) for part in ax.collections for face in part.get_facecolor()]
    colours += [patch.get_facecolor()[:3] for patch in ax.patches]
    assert all(max(to_rgb(one)) - min(to_rgb(one)) < 1e-9 for one in colours)


def test_dots_in_a_row_do_not_touch_in_low_axes() -> None:
    for make, options in ((curved, {}), (ordered, {"treatment": "treated"})):
        figure, ax = plt.subplots(figsize=COLUMN, layout="constrained")
        make().plot(ax=ax, **options)
        figure.canvas.draw()
        marks = [line for line in ax.lines if line.get_marker() == "o"]
        heights = sorted({float(line.get_ydata()[0]) for line in marks})
        points = [ax.transData.transform((0, y))[1] / figure.dpi * 72 for y in heights]
        assert min(high - low for low, high in pairwise(points)) >= marks[0].get_markersize()


def test_the_line_at_zero_looks_the_same_everywhere() -> None:
    looks = set()
    for make, options in MAKERS.values():
        if options.get("sens_par") == "R2":
            continue
        _, ax = plt.subplots(figsize=COLUMN)
        make().plot(ax=ax, **options)
        at_zero = [
            line for line in ax.lines if set(line.get_xdata()) == {0.0} or set(line.get_ydata()) == {0.0}
        ]
        looks |= {(line.get_color(), line.get_linewidth()) for line in at_zero}
    assert len(looks) == 1


def test_bands_have_one_grey() -> None:
    faces = []
    for name in ("sensitivity", "bounds against sigma"):
        make, options = MAKERS[name]
        _, ax = plt.subplots(figsize=COLUMN)
        make().plot(ax=ax, **options)
        faces.append(tuple(ax.collections[0].get_facecolor()[0, :3]))
    assert faces == [to_rgb(BAND)] * 2


def test_contours_write_minus_signs_as_the_axes_do() -> None:
    _, ax = plt.subplots(figsize=(6, 5))
    sensitivity().plot(sens_par="R2", levels=[-0.1, 0.1], ax=ax)
    assert {text.get_text() for text in ax.texts} <= {"\N{MINUS SIGN}0.1", "0.1"}


def test_numbers_stay_apart_beside_long_names_of_groups() -> None:
    figure, axes = plt.subplots(4, 1, figsize=(COLUMN[0], 4 * COLUMN[1]), layout="constrained")
    drawn = long_names().plot(group_plots=True, ax=list(axes))
    figure.canvas.draw()
    for ax in drawn:
        across = sorted(boxes(within(ax.xaxis)), key=lambda box: box.x0)
        assert all(one.x1 < other.x0 for one, other in pairwise(across))
