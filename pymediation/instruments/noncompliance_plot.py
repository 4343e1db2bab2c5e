"""The plot of effects on compliers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from pymediation.estimates.effects import Effect, Interval
from pymediation.plots.marks import (
    IntervalMark,
    default_xlim,
    draw_legend,
    free_corner,
    given_axes,
    given_limits,
    interval_mark,
    series_options,
)
from pymediation.plots.mediation import EFFECTS, chosen_series, chosen_words, draw_rows, row_names
from pymediation.plots.style import TREATED, accepted_parameters, clear_step, dress_axes, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ComplierEffects", "noncompliance_marks", "plot_noncompliance"]

_NAMES: Final = {"indirect": "LACME", "direct": "LANDE", "total": "LATE"}
_COMPONENTS: Final = {
    ("indirect", "treated"): "dc1",
    ("indirect", "control"): "dc0",
    ("direct", "treated"): "zc1",
    ("direct", "control"): "zc0",
}
_APART, _FARTHEST = 0.1, 0.3  # rows between both series: usual, and in low axes
_OWN_ARGUMENTS: Final = (
    *("treatment", "labels", "effect_type", "conf_level", "xlim", "ylim", "xlab", "ylab"),
    *("main", "lwd", "cex", "col", "ax"),
)


class ComplierEffects(Protocol):
    """What a result has to offer to be plotted: effects, their intervals, and which levels there are."""

    @property
    def effects(self) -> Mapping[str, Effect]:
        """Effects by R's name."""
        ...

    @property
    def intervals(self) -> Mapping[str, tuple[Interval, ...]]:
        """Their intervals at all levels."""
        ...

    def level_index(self, conf_level: float | None) -> int:
        """Return the place of a level."""
        ...


def plot_noncompliance(
    result: ComplierEffects,
    *,
    treatment: str | None = None,
    labels: Sequence[str] | None = None,
    effect_type: str | Iterable[str] = EFFECTS,
    conf_level: float | None = None,
    xlim: Sequence[float] | None = None,
    ylim: Sequence[float] | None = None,
    xlab: str = "",
    ylab: str = "",
    main: str | None = None,
    lwd: float = 1.5,
    cex: float = 0.85,
    col: Any = "black",
    ax: Axes | None = None,
    **unknown: Any,
) -> Axes:
    r"""Plot the effects on compliers with their confidence intervals.

    Rows from top to bottom are the local average causal mediation effect (LACME, :math:`\delta(t)`), the
    local average natural direct effect (LANDE, :math:`\zeta(t)`) and the local average treatment effect
    (LATE,
    :math:`\tau`). Filled dots and solid segments belong to the treated condition and the LATE, open dots and
    dotted segments to the control condition.

    Parameters
    ----------
    result : ComplierEffects
        Result of :func:`~pymediation.ivmediate` with intervals.
    treatment : {"both", "control", "treated"}, optional
        Which condition to draw; both by default.
    labels : sequence of str, optional
        Names of the rows drawn, from top to bottom.
    effect_type : str or iterable of str
        Any of ``"indirect"``, ``"direct"``, ``"total"``, or unambiguous beginnings of them.
    conf_level : float, optional
        One of the levels that were computed; the first by default.
    xlim, ylim : pair of float, optional
        Limits of the axes. By default the horizontal one covers the intervals of the conditions drawn at all
        levels, of the effects left out as well, widened by a fifth away from zero; it always shows zero.
    xlab, ylab : str
        Axis labels.
    main : str, optional
        Title.
    lwd : float
        Width of the segments in points.
    cex : float
        Size of the dots relative to 8 points.
    col : colour
        Colour of dots and segments; R's palette numbers and greys (``"gray40"``) are understood.
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

    References
    ----------
    Yamamoto, T. (2013). Identification and estimation of causal mediation effects with treatment
    noncompliance. Working paper, Massachusetts Institute of Technology.

    Examples
    --------
    >>> from types import SimpleNamespace as Values
    >>> names = ("dc1", "dc0", "zc1", "zc0", "tauc")
    >>> ends = dict.fromkeys(names, (Interval(-0.1, 0.3, 0.95),))
    >>> effects = dict.fromkeys(names, Values(estimate=0.1))
    >>> result = Values(effects=effects, intervals=ends, level_index=lambda level: 0)
    >>> ax = plot_noncompliance(result, effect_type=["total", "ind"])
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['LACME', 'LATE']
    """
    parameters = accepted_parameters(unknown, _OWN_ARGUMENTS)
    effects, series = (
        chosen_words(effect_type, "effect_type", EFFECTS),
        chosen_series(treatment, one_set=False),
    )
    place = result.level_index(conf_level)
    names = row_names(labels, effects, _NAMES)
    limits = default_xlim(_all_ends(result, series)) if xlim is None else given_limits("xlim", xlim)
    rows = (0.5, len(effects) + 0.5) if ylim is None else given_limits("ylim", ylim)
    styles = series_options(lwd=lwd, cex=cex, col=col, pch=None, lty=parameters.get("lty"))
    axes = new_axes(len(effects)) if ax is None else given_axes(ax)

    apart = clear_step(axes, rows, _APART, _FARTHEST)
    draw_rows(axes, noncompliance_marks(result, effects, series, place, apart), styles, names)
    axes.set_xlim(*limits)
    axes.set_ylim(*rows)
    if len(series) > 1 and set(effects) != {"total"}:
        draw_legend(axes, styles, corner=free_corner(limits) if ylim is None else "best")
    dress_axes(axes, xlab=xlab, ylab=ylab, main=main, parameters=parameters)
    return axes


def noncompliance_marks(
    result: ComplierEffects,
    effects: Sequence[str],
    series: Sequence[str],
    place: int = 0,
    apart: float = _APART,
) -> list[IntervalMark]:
    """Return the dots and segments of the plot.

    Parameters
    ----------
    result : ComplierEffects
    effects : sequence of str
        Which of ``"indirect"``, ``"direct"``, ``"total"``, from top to bottom.
    series : sequence of str
        Which of ``"treated"``, ``"control"``; with both, treated is above the middle of the row.
    place : int
        Which of the levels.
    apart : float
        How far apart both series are, in rows.

    Returns
    -------
    list of IntervalMark
        Marks from top to bottom.
    """
    spread = apart / 2 if len(series) > 1 else 0.0
    shift = {"treated": spread, "control": -spread}
    marks = []
    for y, effect in zip(range(len(effects), 0, -1), effects, strict=True):
        if effect == "total":
            runs = [("tauc", TREATED.name, 0.0)]
        else:
            runs = [(_COMPONENTS[effect, name], name, shift[name]) for name in series]
        for component, name, moved in runs:
            estimate, ends = result.effects[component].estimate, result.intervals[component][place]
            marks.append(interval_mark(y + moved, estimate, ends, name))
    return marks


def _all_ends(result: ComplierEffects, series: Sequence[str]) -> list[float]:
    """Return the interval ends of all three effects, at all levels, for the conditions drawn."""
    levels = range(len(result.intervals["tauc"]))
    marks = [mark for place in levels for mark in noncompliance_marks(result, EFFECTS, series, place)]
    return [end for mark in marks for end in (mark.lower, mark.upper)]
