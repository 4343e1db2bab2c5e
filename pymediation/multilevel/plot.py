"""Plots of effects by group: one of all rows, then one for each effect with a row per group."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from pymediation.errors import ArgumentError
from pymediation.estimates.effects import EffectName
from pymediation.multilevel.effects import GroupEffect
from pymediation.plots.marks import IntervalMark, default_xlim, series_options
from pymediation.plots.mediation import MediationEffects, chosen_series, draw_rows, plot_mediation
from pymediation.plots.style import (
    CONTROL,
    TREATED,
    accepted_parameters,
    draw_zero_line,
    dress_axes,
    new_panels,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["group_marks", "plot_groups"]

_OWN_ARGUMENTS: Final = ("treatment", "labels", "effect_type", "lwd", "cex", "col", "pch", "xlab", "ylab")
_FIRST_ONLY: Final = (
    "labels",
    "effect_type",
    "xlim",
    "ylim",
    "main",
)  # options of the plot of all rows alone
_GROUP_ROW = 0.3  # height of a group's row, in rows of an ordinary plot
_MOST_ROWS = 12  # a figure is not made higher than for so many of these
_MOST_NAMES = 60  # of more groups only some are named
# Of so many groups: tones and width of intervals, and size of dots.
_DARK, _PALE, _THIN, _SMALL = 0.6, 0.25, 0.6, 2.5
_PLOTS: Final[tuple[tuple[str, EffectName, str], ...]] = (
    ("ACME", "d0", CONTROL.name),
    ("ACME", "d1", TREATED.name),
    ("ADE", "z0", CONTROL.name),
    ("ADE", "z1", TREATED.name),
    ("Total Effect", "tau", TREATED.name),
)


class EffectsByGroup(MediationEffects, Protocol):
    """What a result has to offer: effects of all rows and by group, and names of groups."""

    @property
    def by_group(self) -> Mapping[EffectName, GroupEffect]:
        """The effects by group."""
        ...

    @property
    def group_labels(self) -> tuple[str, ...]:
        """Names of the groups."""
        ...


def plot_groups(
    result: EffectsByGroup,
    *,
    treatment: str | None = None,
    lwd: float = 1.5,
    cex: float = 0.85,
    col: Any = "black",
    pch: Any = None,
    xlab: str = "",
    ylab: str = "",
    ax: Sequence[Axes] | None = None,
    **options: Any,
) -> list[Axes]:
    """Plot the effects of all rows, and each effect by group.

    Parameters
    ----------
    result : EffectsByGroup
    treatment : {"control", "treated", "both"}, optional
        Which condition to draw; both if the effects differ between them.
    lwd, cex, col, pch, xlab, ylab
        As in :func:`pymediation.plots.mediation.plot_mediation`.
    ax : sequence of Axes, optional
        Axes to draw on, one for each plot. Default: those of a new figure.
    **options
        Further options of the plot of all rows.

    Returns
    -------
    list of Axes
        All rows, then ACME, ADE (each under control and under treatment, as far as drawn) and total effect.
        Groups are in the order of their first row, from top to bottom; more than 60 in that of their
        estimates, some of them named, with intervals that contain 0 in a paler tone.
    """
    series = chosen_series(treatment, one_set=result.one_set)
    chosen = [plot for plot in _PLOTS if plot[2] in series or plot[1] == "tau"]
    axes = _panels(ax, 1 + len(chosen), len(result.group_labels))
    shared = {"lwd": lwd, "cex": cex, "col": col, "pch": pch}
    plot_mediation(result, treatment=treatment, ax=axes[0], xlab=xlab, ylab=ylab, **shared, **options)
    parameters = accepted_parameters(
        {k: v for k, v in options.items() if k not in _FIRST_ONLY}, _OWN_ARGUMENTS
    )
    for panel, (words, name, arm) in zip(axes[1:], chosen, strict=True):
        effect = result.by_group[name]
        styles = series_options(**shared, lty=parameters.get("lty"))
        if effect.estimate.size > _MOST_NAMES:
            _draw_many(panel, effect, styles[arm], result.group_labels)
        else:
            draw_rows(panel, group_marks(effect, arm), styles, result.group_labels)
        panel.set_xlim(*default_xlim([*effect.lower, *effect.upper]))
        panel.set_ylim(0.5, effect.estimate.size + 0.5)
        title = words if len(series) == 1 or name == "tau" else f"{words} ({arm})"
        dress_axes(panel, xlab=xlab, ylab=ylab, main=title, parameters=parameters)
    return axes


def group_marks(effect: GroupEffect, series: str) -> list[IntervalMark]:
    """Return the dots and segments of one effect, a row per group from top to bottom.

    Parameters
    ----------
    effect : GroupEffect
    series : str
        Which condition's symbols to take.
    """
    rows = zip(range(effect.estimate.size, 0, -1), effect.estimate, effect.lower, effect.upper, strict=True)
    return [IntervalMark(float(y), float(e), float(low), float(up), series) for y, e, low, up in rows]


def _panels(given: Sequence[Axes] | None, count: int, groups: int) -> list[Axes]:
    """Return the axes to draw on."""
    if given is None:
        return new_panels(count, min(max(3, math.ceil(_GROUP_ROW * groups)), _MOST_ROWS))
    axes = list(given) if isinstance(given, Sequence) else list(getattr(given, "flat", [given]))
    if len(axes) != count:
        raise ArgumentError(
            f"ax has {len(axes)} Axes, but there are {count} plots; give one for each, or None."
        )
    return axes


def _draw_many(ax: Axes, effect: GroupEffect, style: Mapping[str, Any], labels: Sequence[str]) -> None:
    """Draw many groups by the size of the effect, the largest at the top, and name every k-th."""
    order = np.argsort(effect.estimate)
    y, low, high = np.arange(1, order.size + 1), effect.lower[order], effect.upper[order]
    draw_zero_line(ax)
    for some, alpha in (((low > 0) | (high < 0), _DARK), ((low <= 0) & (high >= 0), _PALE)):
        ax.hlines(y[some], low[some], high[some], colors=style["color"], linewidths=_THIN, alpha=alpha)
    ax.plot(effect.estimate[order], y, linestyle="", marker=".", markersize=_SMALL, color=style["color"])
    step = -(-order.size // _MOST_NAMES)
    ax.set_yticks(y[::-step], labels=[labels[place] for place in order[::-step]])
    ax.tick_params(axis="y", length=0)
