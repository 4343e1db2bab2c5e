"""The plot of a design-based analysis: estimates as dots with intervals, bounds as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np

from pymediation.errors import ArgumentError
from pymediation.estimates.effects import Effect
from pymediation.experiments.inference import Bounds
from pymediation.plots.marks import (
    IntervalMark,
    default_xlim,
    given_axes,
    given_limits,
    interval_mark,
    series_options,
)
from pymediation.plots.mediation import draw_rows
from pymediation.plots.style import accepted_parameters, dress_axes, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["DesignEffects", "plot_experiment"]

_BAR_HEIGHT: Final = 0.16  # of a row
_FACES: Final = {"treated": "0.72", "control": "white"}
_OWN_ARGUMENTS: Final = (
    *("labels", "xlim", "ylim", "xlab", "ylab", "main", "lwd", "cex", "col", "pch", "ax"),
)


class DesignEffects(Protocol):
    """What a result has to offer to be plotted: its rows, and an estimate or bounds for each."""

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Labels and components of the effects, from top to bottom."""
        ...

    @property
    def found(self) -> Mapping[str, Effect] | Mapping[str, Bounds]:
        """Estimates or bounds by component."""
        ...


class _Bar(NamedTuple):
    """Bounds to draw."""

    y: float
    bounds: Bounds
    series: str


def plot_experiment(
    result: DesignEffects,
    *,
    labels: Sequence[str] | None = None,
    xlim: Sequence[float] | None = None,
    ylim: Sequence[float] | None = None,
    xlab: str = "",
    ylab: str = "",
    main: str | None = None,
    lwd: float = 1.5,
    cex: float = 0.85,
    col: Any = "black",
    pch: Any = None,
    ax: Axes | None = None,
    **unknown: Any,
) -> Axes:
    r"""Plot the effects of a design-based analysis, rows from top to bottom as in the summary.

    An estimate is a dot with its interval as a segment: filled and solid under treatment, open and dotted
    under control. Bounds are a bar from the lower to the upper, grey under treatment, white under control;
    the effect may be anywhere in it. An interval for a bounded effect, if there is one, reaches beyond the
    bar as a segment. R has no such plot.

    Parameters
    ----------
    result : DesignEffects
    labels : sequence of str, optional
        Names of the rows, from top to bottom.
    xlim, ylim : pair of float, optional
        Limits of the axes. By default the horizontal one covers everything drawn, widened by a fifth away
        from zero; it always shows zero.
    xlab, ylab : str
        Axis labels.
    main : str, optional
        Title.
    lwd : float
        Width of segments and outlines in points.
    cex : float
        Size of the dots relative to 8 points.
    col : colour
        Colour of dots, segments and outlines.
    pch : int or str, or a pair, optional
        Shape of the dots as R's number or Matplotlib's marker; a pair is for (treated, control).
    ax : Axes, optional
        Axes to draw on. Default: those of a new figure.
    **unknown
        Further graphical parameters of R; see :func:`~pymediation.plots.mediation.plot_mediation`.

    Returns
    -------
    Axes
        The axes drawn on. The figure is not shown.

    Raises
    ------
    ArgumentError
        If an argument has a value that is not accepted; the message names those that are.

    Warns
    -----
    PymediationWarning
        If a graphical parameter is unknown.

    References
    ----------
    Imai, K., Tingley, D. and Yamamoto, T. (2013). Experimental designs for identifying causal mechanisms.
    Journal of the Royal Statistical Society A 176, 5-51.

    Examples
    --------
    >>> import pymediation as pm
    >>> data = pm.datasets.load_boundsdata()
    >>> ax = pm.mediate_pd("out", "med", "ttt", "manip", data, NINT=False).plot()
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['ACME\n(control)', 'ACME\n(treated)']
    """
    parameters = accepted_parameters(unknown, _OWN_ARGUMENTS)
    names = _row_names(labels, [label for label, _ in result.rows])
    styles = series_options(lwd=lwd, cex=cex, col=col, pch=pch, lty=parameters.get("lty"))
    marks, bars = _marks(result), _bars(result)
    ends = [end for mark in marks for end in (mark.lower, mark.estimate, mark.upper)]
    ends += [end for bar in bars for end in (*bar.bounds, *(bar.bounds.ci or ()))]
    limits = default_xlim(ends) if xlim is None else given_limits("xlim", xlim)
    rows = (0.5, len(names) + 0.5) if ylim is None else given_limits("ylim", ylim)
    axes = new_axes(len(names)) if ax is None else given_axes(ax)

    draw_rows(axes, marks, styles, names)
    for bar in bars:
        _draw_bounds(axes, bar, styles[bar.series])
    axes.set_xlim(*limits)
    axes.set_ylim(*rows)
    dress_axes(axes, xlab=xlab, ylab=ylab, main=main, parameters=parameters)
    return axes


def _places(result: DesignEffects) -> list[tuple[float, str, str]]:
    """Return height, component and series of each row, from top to bottom."""
    return [
        (float(len(result.rows) - k), name, "control" if "(control)" in label else "treated")
        for k, (label, name) in enumerate(result.rows)
    ]


def _marks(result: DesignEffects) -> list[IntervalMark]:
    """Return the dots and segments."""
    found = [(y, result.found[name], series) for y, name, series in _places(result)]
    return [
        interval_mark(y, one.estimate, one, series) for y, one, series in found if isinstance(one, Effect)
    ]


def _bars(result: DesignEffects) -> list[_Bar]:
    """Return the bars."""
    found = [(y, result.found[name], series) for y, name, series in _places(result)]
    return [_Bar(y, one, series) for y, one, series in found if isinstance(one, Bounds)]


def _row_names(labels: Sequence[str] | None, rows: Sequence[str]) -> list[str]:
    """Return the names of the rows, from top to bottom."""
    if labels is None:
        return [row.replace(" (", "\n(") for row in rows]
    names = [labels] if isinstance(labels, str) else [str(label) for label in labels]
    if len(names) != len(rows):
        msg = (
            f"labels has {len(names)} entries, but {len(rows)} effects are drawn ({', '.join(rows)}); give "
            "one label per effect, from top to bottom."
        )
        raise ArgumentError(msg)
    return names


def _draw_bounds(ax: Axes, bar: _Bar, style: dict[str, Any]) -> None:
    """Draw a bar from bound to bound and, behind it, the interval as a segment."""
    bounds, line = bar.bounds, {"color": style["color"], "linewidth": style["linewidth"]}
    if bounds.ci is not None and np.isfinite([*bounds.ci]).all():
        ax.plot([*bounds.ci], [bar.y] * 2, zorder=1.5, label="_interval", **line)
    if np.isfinite([*bounds]).all():
        ax.barh(
            bar.y,
            bounds.upper - bounds.lower,
            left=bounds.lower,
            height=_BAR_HEIGHT,
            facecolor=_FACES[bar.series],
            edgecolor=style["color"],
            linewidth=style["linewidth"],
            zorder=2.0,
            label="_bounds",
        )
