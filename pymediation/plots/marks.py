"""Estimates with their intervals as dots and segments: what all effect plots are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np

from pymediation.errors import ArgumentError, ArgumentTypeError
from pymediation.plots.style import (
    LEGEND,
    SERIES,
    line_color,
    line_style,
    line_width,
    marker_shape,
    marker_size,
    pair,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

__all__ = [
    "Interval",
    "IntervalMark",
    "default_xlim",
    "draw_legend",
    "draw_mark",
    "free_corner",
    "given_axes",
    "given_limits",
    "interval_mark",
    "series_options",
]

Corner: TypeAlias = Literal["lower right", "lower left", "best"]

_NARROW = 3.0  # inches of width
_NARROW_LEGEND: dict[str, Any] = {"fontsize": "small", "handlelength": 2.0, "columnspacing": 1.0}
_WIDENING = 1.2  # of the range of intervals, away from zero
_ROOM_BEYOND_ZERO = 0.05  # share of the range, where all intervals are on one side of zero


class Interval(Protocol):
    """An interval estimate."""

    @property
    def lower(self) -> float:
        """Lower end."""
        ...

    @property
    def upper(self) -> float:
        """Upper end."""
        ...


class IntervalMark(NamedTuple):
    """A dot and the segment through it."""

    y: float
    estimate: float
    lower: float
    upper: float
    series: str


def interval_mark(y: float, estimate: float, interval: Interval, series: str) -> IntervalMark:
    """Return one dot with its segment."""
    return IntervalMark(y, float(estimate), float(interval.lower), float(interval.upper), series)


def default_xlim(ends: Iterable[float]) -> tuple[float, float]:
    """Return limits that hold all interval ends and zero, with room outside.

    R multiplies the range by 1.2, which moves an end inwards if all intervals are on one side of zero,
    and so cuts the shortest of them and the line at zero. Here the range includes zero first.

    Parameters
    ----------
    ends : iterable of float
        Interval ends; those that are not finite are left out.

    Returns
    -------
    tuple of float
        Lower and upper limit, the lower below and the upper above zero.

    Examples
    --------
    >>> default_xlim([-1.0, 2.0]), default_xlim([1.0, 5.0])
    ((-1.2, 2.4), (-0.25, 6.0))
    """
    finite = [float(end) for end in ends if np.isfinite(end)]
    low, high = min(0.0, *finite, 0.0), max(0.0, *finite, 0.0)
    if low == high:
        return -1.0, 1.0
    room = _ROOM_BEYOND_ZERO * (high - low)
    return (_WIDENING * low if low < 0 else -room, _WIDENING * high if high > 0 else room)


def given_limits(name: str, limits: Sequence[float]) -> tuple[float, float]:
    """Return given axis limits, or say what is wrong with them."""
    try:
        low, high = (float(limit) for limit in limits)
    except (TypeError, ValueError):
        raise ArgumentError(f"{name}={limits!r} is not accepted; give two numbers, (lower, upper).") from None
    if not np.isfinite([low, high]).all() or low == high:
        raise ArgumentError(f"{name}={limits!r} is not accepted; give two different finite numbers.")
    return low, high


def given_axes(ax: Any) -> Axes:
    """Return the axes given, or say what was given instead."""
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise ArgumentTypeError(
            f"ax must be Matplotlib Axes, such as plt.gca(), or None; got {type(ax).__name__}."
        )
    return ax


def series_options(*, lwd: float, cex: float, col: Any, pch: Any, lty: Any) -> dict[str, dict[str, Any]]:
    """Return Matplotlib's line options of both series; they set a segment and its dot at once.

    Parameters
    ----------
    lwd, cex : float
        Width of segments and size of dots, in R's units.
    col : colour
        Colour of both.
    pch, lty : int or str, or a pair, or None
        R's plotting character and line type, for both series or for (treated, control); None for the
        usual ones.

    Returns
    -------
    dict
        Series name -> keyword arguments of ``Axes.plot``.

    Raises
    ------
    ArgumentError
        If one of them has a value that is not accepted.
    """
    shapes = pair("o" if pch is None else pch)
    types = pair(lty)
    color = line_color(col)
    options = {}
    for style, shape, given in zip(SERIES.values(), shapes, types, strict=True):
        options[style.name] = {
            "color": color,
            "linewidth": line_width(lwd),
            "linestyle": style.dashes if given is None else line_style(given),
            "marker": marker_shape(shape),
            "markersize": marker_size(cex),
            "markerfacecolor": color if style.filled else "white",
            "markeredgecolor": color,
        }
    return options


def draw_mark(ax: Axes, mark: IntervalMark, styles: dict[str, dict[str, Any]]) -> None:
    """Draw a segment from end to end with the estimate's dot upon it, as one line of three points.

    Parameters
    ----------
    ax : Axes
        Axes to draw on.
    mark : IntervalMark
        What to draw.
    styles : dict
        What `series_options` returned.
    """
    ax.plot(
        [mark.lower, mark.estimate, mark.upper],
        [mark.y] * 3,
        markevery=[1],
        label=f"_{mark.series}",
        solid_capstyle="butt",
        zorder=2.0,
        **styles[mark.series],
    )


def free_corner(xlim: tuple[float, float]) -> Corner:
    """Return the corner below the lowest row that is farther from the line at zero."""
    return "lower right" if abs(xlim[1]) >= abs(xlim[0]) else "lower left"


def draw_legend(ax: Axes, styles: dict[str, dict[str, Any]], *, corner: Corner) -> None:
    """Explain the two series in one line, in a corner that is free of data.

    Parameters
    ----------
    ax : Axes
        Axes to draw on.
    styles : dict
        What `series_options` returned.
    corner : {"lower right", "lower left", "best"}
        Where; the strip below the lowest row is free unless limits of the axis were given.
    """
    handles = [_legend_line(name, options) for name, options in styles.items()]
    narrow = ax.bbox.width / ax.figure.dpi < _NARROW
    ax.legend(handles=handles, loc=corner, **(LEGEND | _NARROW_LEGEND if narrow else LEGEND))


def _legend_line(name: str, options: dict[str, Any]) -> Line2D:
    """Return a sample of a series."""
    from matplotlib.lines import Line2D

    return Line2D([0.0, 0.5, 1.0], [0.0] * 3, markevery=[1], label=name, **options)
