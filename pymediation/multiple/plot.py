"""Plots of ``multimed``: estimates, and bounds against the sensitivity parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pymediation.errors import ArgumentError
from pymediation.multiple.components import MultimedComponents
from pymediation.multiple.panels import (
    EFFECTS,
    GROUPS,
    TYPES,
    BoundsPanel,
    PointPanel,
    bounds_panels,
    point_panel,
)
from pymediation.plots.marks import given_axes, given_limits
from pymediation.plots.mediation import chosen_words
from pymediation.plots.style import (
    BAND,
    accepted_parameters,
    draw_zero_line,
    dress_axes,
    line_color,
    line_width,
    marker_shape,
    marker_size,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


__all__ = ["plot_multimed"]

_MARGIN = 0.04  # of the range, on either side, as R leaves
_POINT_SIZE, _BOUNDS_SIZE = (6.4, 5.4), (4.2, 3.8)  # inches
_OWN_ARGUMENTS: Final = (
    *("type", "tgroup", "effect_type", "ask", "xlab", "ylab", "xlim", "ylim", "main"),
    *("lwd", "pch", "cex", "col_eff", "col_cbar", "col_creg", "ax"),
)


def plot_multimed(
    result: MultimedComponents,
    *,
    type: str | Iterable[str] = TYPES,
    tgroup: str | Iterable[str] = GROUPS,
    effect_type: str | Iterable[str] = EFFECTS,
    ask: Any = None,
    xlab: str | None = None,
    ylab: str | Sequence[str] | None = None,
    xlim: Sequence[float] | None = None,
    ylim: Sequence[float] | None = None,
    main: str | None = None,
    lwd: float = 1.5,
    pch: Any = 19,
    cex: float = 0.85,
    col_eff: Any = "black",
    col_cbar: Any = "black",
    col_creg: Any = BAND,
    ax: Axes | Sequence[Axes] | None = None,
    **unknown: Any,
) -> NDArray[Any]:
    r"""Plot estimates under a homogeneous interaction, and bounds where it may vary.

    Type "point" is one panel: estimates as dots with their intervals, from bottom to top the total, direct
    and indirect effects. The other types have a panel for each effect and group: the bounds as lines against
    the sensitivity parameter (:math:`\sigma`, :math:`R^{2*}` or :math:`\tilde R^2`), their confidence region
    in grey, and dashed the estimate under a homogeneous interaction. An effect is robust up to the value at
    which the region reaches zero.

    Parameters
    ----------
    result : MultimedComponents
    type : str or iterable of str
        Any of ``"point"``, ``"sigma"``, ``"R2-residual"``, ``"R2-total"``, drawn in this order.
    tgroup : str or iterable of str
        Any of ``"control"``, ``"treated"``, ``"average"``.
    effect_type : str or iterable of str
        Any of ``"indirect"``, ``"direct"``, ``"total"``; the total effect is in type "point" only.
    ask
        Accepted for R scripts; every panel has axes of its own.
    xlab, main : str, optional
        Axis label and title of every panel instead of the default ones.
    ylab : str or sequence of str, optional
        Type "point": the names of the rows, from bottom to top. Other types: one axis label, or one for
        each panel.
    xlim, ylim : pair of float, optional
        Limits of every panel. By default those of type "point" hold the intervals, and those of the others
        the grid (0 to 1 for shares of variance) and, the same in all panels, the regions.
    lwd : float
        Width of lines in points.
    pch : int or str
        Shape of the dots as R's number or Matplotlib's marker.
    cex : float
        Size of the dots relative to 8 points.
    col_eff, col_cbar, col_creg : colour
        Colours of estimates and bounds, of interval bars, and of confidence regions.
    ax : Axes or sequence of Axes, optional
        Axes to draw on, one for each panel. Default: those of a new figure.
    **unknown
        Further graphical parameters of R, as for :func:`pymediation.plots.mediation.plot_mediation`.

    Returns
    -------
    ndarray of Axes
        One for each panel.

    Raises
    ------
    ArgumentError
        If an argument has a value that is not accepted; the message names those that are.

    References
    ----------
    Imai, K. and Yamamoto, T. (2013). Identification and sensitivity analysis for multiple causal mechanisms:
    revisiting evidence from framing experiments. Political Analysis 21(2), 141-171.

    Examples
    --------
    >>> import pymediation as pm
    >>> framing = pm.datasets.load_framing()
    >>> result = pm.multimed("immigr", "emo", "p_harm", "treat", data=framing, rng=1)
    >>> left, right = result.plot(type="R2-total", tgroup=["treated", "control"], effect_type="indirect")
    >>> left.get_ylabel()
    '$\\bar{\\delta}_0(\\tilde{R}^2)$'
    """
    parameters = accepted_parameters(unknown, _OWN_ARGUMENTS)
    types, groups = chosen_words(type, "type", TYPES), chosen_words(tgroup, "tgroup", GROUPS)
    panels = _panels(result, types, groups, chosen_words(effect_type, "effect_type", EFFECTS))
    names = _labels(ylab, types, panels)
    look = {
        "bars": {"color": line_color(col_cbar), "linewidth": line_width(lwd)},
        "dots": {"color": line_color(col_eff), "marker": marker_shape(pch), "markersize": marker_size(cex)},
        "bounds": {"color": line_color(col_eff), "linewidth": line_width(lwd)},
        "region": {"facecolor": line_color(col_creg), "edgecolor": "none"},
    }
    axes = _given_axes(ax, len(panels)) if ax is not None else _new_axes(types, len(groups), len(panels))
    for one, panel, label in zip(axes, panels, names, strict=True):
        if isinstance(panel, PointPanel):
            texts = _draw_points(one, panel, label, look)
        else:
            texts = _draw_bounds(one, panel, label, look)
        given = {"xlab": xlab, "main": main}
        chosen = texts | {name: value for name, value in given.items() if value is not None}
        dress_axes(one, **chosen, parameters=parameters)
        if xlim is not None:
            one.set_xlim(*given_limits("xlim", xlim))
        if ylim is not None:
            one.set_ylim(*given_limits("ylim", ylim))
    return axes


def _panels(
    result: MultimedComponents, types: Sequence[str], groups: Sequence[str], effects: tuple[str, ...]
) -> list[PointPanel | BoundsPanel]:
    """Return the panels of the types asked for, in R's order."""
    if effects == ("total",):
        msg = (
            "No support for only plotting total effect. Add 'indirect' or 'direct' to effect_type; the total "
            "effect is result.tau, with the interval result.tau_ci."
        )
        raise ArgumentError(msg)
    panels: list[PointPanel | BoundsPanel] = []
    for one in types:
        if one == "point":
            panels.append(point_panel(result, effects, groups))
        else:
            panels += bounds_panels(result, one, effects, groups)
    return panels


def _labels(
    ylab: str | Sequence[str] | None, types: Sequence[str], panels: Sequence[PointPanel | BoundsPanel]
) -> list[Any]:
    """Return for each panel the names of its rows, or its label."""
    if ylab is None:
        return [panel.labels if isinstance(panel, PointPanel) else panel.ylab for panel in panels]
    if "point" in types and len(panels) > 1:
        msg = "ylab names the rows of type 'point' and the axes of other types; plot these separately."
        raise ArgumentError(msg)
    given = [ylab] if isinstance(ylab, str) else [str(label) for label in ylab]
    if isinstance(panels[0], PointPanel):
        rows = len(panels[0].labels)
        if len(given) != rows:
            what = f"{rows} rows are drawn: {', '.join(panels[0].labels)}"
            raise ArgumentError(f"ylab has {len(given)} entries, but {what}; give one for each, bottom up.")
        return [tuple(given)]
    if len(given) == 1:
        return given * len(panels)
    if len(given) != len(panels):
        msg = f"ylab has {len(given)} entries, but there are {len(panels)} panels; give one, or one for each."
        raise ArgumentError(msg)
    return given


def _given_axes(ax: Axes | Sequence[Axes], count: int) -> NDArray[Any]:
    """Return the axes given, one for each panel."""
    found = np.array([given_axes(one) for one in np.ravel(np.asarray(ax, dtype=object))], dtype=object)
    if found.size != count:
        msg = f"ax has {found.size} Axes, but there are {count} panels; give one for each, or None."
        raise ArgumentError(msg)
    return found


def _new_axes(types: Sequence[str], groups: int, count: int) -> NDArray[Any]:
    """Return the axes of a new figure: a row for each type, or for each effect of a single type."""
    import matplotlib.pyplot as plt

    points = int("point" in types)
    others = len(types) - points
    per_type = (count - points) // max(others, 1)
    rows = [1] * points + ([per_type] * others if len(types) > 1 else [groups] * (per_type // groups))
    width, height = _BOUNDS_SIZE if others else _POINT_SIZE
    size = (width * max(rows), height * len(rows))
    figure, grid = plt.subplots(len(rows), max(rows), figsize=size, squeeze=False, layout="constrained")
    for line, used in zip(grid, rows, strict=True):
        for unused in line[used:]:
            figure.delaxes(unused)
    return np.array([one for line, used in zip(grid, rows, strict=True) for one in line[:used]], dtype=object)


def _widened(low: float, high: float) -> tuple[float, float]:
    """Return limits with some room on either side."""
    room = _MARGIN * (high - low) or 0.5
    return low - room, high + room


def _draw_points(
    ax: Axes, panel: PointPanel, labels: Sequence[str], look: dict[str, dict[str, Any]]
) -> dict[str, str]:
    """Draw estimates with their intervals; return the default texts."""
    rows = np.arange(1, panel.estimate.size + 1)
    draw_zero_line(ax)
    for y, estimate, lower, upper in zip(rows, panel.estimate, panel.lower, panel.upper, strict=True):
        ax.plot([lower, upper], [y, y], solid_capstyle="butt", zorder=2.0, **look["bars"])
        ax.plot([estimate], [y], linestyle="none", zorder=3.0, **look["dots"])
    ends = np.concatenate((panel.lower, panel.upper, panel.estimate))
    known = ends[np.isfinite(ends)]
    ax.set_xlim(*_widened(float(known.min()), float(known.max())))
    ax.set_ylim(0.5, rows.size + 0.5)
    ax.set_yticks(rows, labels=labels)
    ax.tick_params(axis="y", length=0)
    return {"xlab": "Average Effects", "ylab": "", "main": "Point Estimate"}


def _draw_bounds(ax: Axes, panel: BoundsPanel, label: str, look: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Draw bounds and their region against a parameter; return the texts."""
    ax.fill_between(panel.x, *panel.ci, zorder=1.0, **look["region"])
    draw_zero_line(ax, horizontal=True, dashed=False)
    for bound in (panel.lb, panel.ub):
        ax.plot(panel.x, bound, zorder=3.0, **look["bounds"])
    ax.axhline(panel.estimate, linestyle="--", zorder=2.0, **look["bounds"])
    ax.set_xlim(*_widened(*panel.xlim))
    ax.set_ylim(*_widened(*panel.ylim))
    return {"xlab": panel.xlab, "ylab": label, "main": panel.title}
