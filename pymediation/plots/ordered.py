"""The plot of a result for an ordered outcome: in every row a dot and a segment per category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from pymediation.estimates.effects import Effect, EffectName
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
from pymediation.plots.mediation import COMPONENTS, EFFECTS, chosen_series, draw_rows, row_names
from pymediation.plots.style import (
    TREATED,
    accepted_parameters,
    clear_step,
    dress_axes,
    new_axes,
    points_per_row,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CategoryMark", "OrderedEffects", "ordered_marks", "plot_ordered"]

_STEP = 0.05  # from one category to the next, in rows
_ROOM = 0.45  # of a row on either side of its middle: with ten categories and more, steps are smaller
_HEIGHT = 7  # rows of an ordinary plot, so that names of categories one step apart stay clear of each other
_NAME_POINTS = 9.0  # size of the names of categories
_SMALLEST_NAME = 5.0  # nobody reads smaller ones
_NAME_PAD = 4.0  # points between the axes and these names
_OWN_ARGUMENTS: Final = (
    *("treatment", "labels", "xlim", "ylim", "xlab", "ylab", "main"),
    *("lwd", "cex", "col", "pch", "ax", "outcome"),
)


class OrderedEffects(Protocol):
    """What a result has to offer to be plotted: its categories, their effects, whether arms differ."""

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the K categories."""
        ...

    @property
    def effects(self) -> tuple[Mapping[EffectName, Effect], ...]:
        """For each category the effects d0, d1, z0, z1 and tau."""
        ...

    @property
    def INT(self) -> bool:
        """Whether the outcome model has a treatment-mediator interaction."""
        ...


class CategoryMark(NamedTuple):
    """A dot and segment, and the category it belongs to."""

    category: str
    mark: IntervalMark


def plot_ordered(
    result: OrderedEffects,
    *,
    treatment: str | None = None,
    labels: Sequence[str] | None = None,
    xlim: Sequence[float] | None = None,
    ylim: Sequence[float] | None = None,
    xlab: str | None = None,
    ylab: str = "",
    main: str | None = None,
    lwd: float = 1.5,
    cex: float = 0.85,
    col: Any = "black",
    pch: Any = None,
    ax: Axes | None = None,
    outcome: str = "Y",
    **unknown: Any,
) -> Axes:
    r"""Plot the effects on the probabilities of an ordered outcome's categories, with intervals.

    Rows from top to bottom are the average causal mediation effect (ACME), the average direct effect (ADE)
    and the total effect. Within a row the K categories follow from top to bottom, from the lowest to the
    highest, named at the right, below the name of the outcome, unless the axes are too low for that. Filled
    dots and solid segments belong to the treated condition (:math:`\bar\delta(1), \bar\zeta(1)`) and the
    total effect, open dots and dotted segments to the control condition (:math:`\bar\delta(0),
    \bar\zeta(0)`).

    Parameters
    ----------
    result : OrderedEffects
        Result with ``categories``, ``effects`` and ``INT``.
    treatment : {"control", "treated", "both"}, optional
        Which condition to draw. Default: both if the outcome model has an interaction, else treated only.
    labels : sequence of str, optional
        Names of the three rows, from top to bottom.
    xlim, ylim : pair of float, optional
        Limits of the axes. By default the horizontal one covers all intervals drawn, widened by a fifth
        away from zero; it always shows zero.
    xlab, ylab : str
        Axis labels. By default the horizontal one says that effects are on the probability of a category.
    main : str, optional
        Title.
    lwd : float
        Width of the segments in points.
    cex : float
        Size of the dots relative to 8 points.
    col : colour
        Colour of dots and segments; R's palette numbers and greys (``"gray40"``) are understood.
    pch : int or str, or a pair, optional
        Shape of the dots as R's number or Matplotlib's marker; a pair is for (treated, control).
    ax : Axes, optional
        Axes to draw on. Default: those of a new figure.
    outcome : str
        Name of the outcome.
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
    Imai, K., Keele, L. and Tingley, D. (2010). A general approach to causal mediation analysis.
    *Psychological Methods* 15(4), 309-334.

    Examples
    --------
    >>> from types import SimpleNamespace as Values
    >>> up, down = (Values(estimate=x, lower=x - 0.1, upper=x + 0.1) for x in (0.2, -0.2))
    >>> effects = tuple(dict.fromkeys(("d0", "d1", "z0", "z1", "tau"), effect) for effect in (down, up))
    >>> ax = plot_ordered(Values(categories=("low", "high"), effects=effects, INT=False), main="Mood")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['ACME', 'ADE', 'Total\nEffect']
    """
    parameters = accepted_parameters(unknown, _OWN_ARGUMENTS)
    series = chosen_series(treatment, one_set=not result.INT)
    names = row_names(labels, EFFECTS)
    ends = (end for entry in ordered_marks(result, series) for end in (entry.mark.lower, entry.mark.upper))
    limits = default_xlim(ends) if xlim is None else given_limits("xlim", xlim)
    rows = (0.5, len(EFFECTS) + 0.5) if ylim is None else given_limits("ylim", ylim)
    styles = series_options(lwd=lwd, cex=cex, col=col, pch=pch, lty=parameters.get("lty"))
    axes = new_axes(_HEIGHT) if ax is None else given_axes(ax)

    room = _ROOM / len(result.categories)
    drawn = ordered_marks(result, series, clear_step(axes, rows, min(_STEP, room), room))
    draw_rows(axes, [entry.mark for entry in drawn], styles, names)
    axes.set_xlim(*limits)
    axes.set_ylim(*rows)
    _name_categories(axes, drawn, rows, outcome)
    if len(series) > 1:
        draw_legend(axes, styles, corner=free_corner(limits) if ylim is None else "best")
    xlab = f"Effect on Pr({outcome} = category)" if xlab is None else xlab
    dress_axes(axes, xlab=xlab, ylab=ylab, main=main, parameters=parameters)
    return axes


def ordered_marks(
    result: OrderedEffects, series: Sequence[str], step: float | None = None
) -> list[CategoryMark]:
    """Return the dots and segments of the plot for an ordered outcome.

    With both conditions treated categories are above the middle of a row and control categories below it;
    one alone starts at the middle and goes down. The total effect is where treated ones would be.

    Parameters
    ----------
    result : OrderedEffects
        The estimates and intervals.
    series : sequence of str
        Which of ``"treated"``, ``"control"``.
    step : float, optional
        From one category to the next, in rows.

    Returns
    -------
    list of CategoryMark
        Effect by effect, condition by condition, category by category.
    """
    count = len(result.categories)
    step = min(_STEP, _ROOM / count) if step is None else step
    first = {"treated": count * step, "control": -step} if len(series) > 1 else dict.fromkeys(series, 0.0)
    marks = []
    for y, effect in zip(range(len(EFFECTS), 0, -1), EFFECTS, strict=True):
        if effect == "total":
            runs: list[tuple[EffectName, str, float]] = [("tau", TREATED.name, first.get(TREATED.name, 0.0))]
        else:
            runs = [(COMPONENTS[effect, name], name, first[name]) for name in series]
        for component, name, top in runs:
            for place, (category, effects) in enumerate(zip(result.categories, result.effects, strict=True)):
                found = effects[component]
                mark = interval_mark(y + top - place * step, found.estimate, found, name)
                marks.append(CategoryMark(category, mark))
    return marks


def _name_categories(
    ax: Axes, drawn: Sequence[CategoryMark], rows: tuple[float, float], outcome: str
) -> None:
    """Write the name of each category at the right of its segment, outside the axes, if there is room.

    Above them is the name of the outcome.
    """
    heights = sorted({entry.mark.y for entry in drawn})
    gap = min((high - low for low, high in pairwise(heights)), default=1.0)
    points = points_per_row(ax, rows) * gap
    if points < _SMALLEST_NAME:
        return
    beside: dict[str, Any] = {"xytext": (_NAME_PAD, 0.0), "textcoords": "offset points"}
    for category, mark in drawn:
        if min(rows) <= mark.y <= max(rows):
            ax.annotate(
                category,
                (1.0, mark.y),
                xycoords=ax.get_yaxis_transform(),
                verticalalignment="center",
                fontsize=min(_NAME_POINTS, points),
                **beside,
            )
    ax.annotate(outcome, (1.0, 1.0), xycoords="axes fraction", fontsize=_NAME_POINTS, **beside)
