"""Plots of results. Every function draws on Axes and returns them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from pymediation.errors import ArgumentError
from pymediation.estimates.effects import EffectName
from pymediation.plots.marks import (
    Interval,
    IntervalMark,
    default_xlim,
    draw_legend,
    draw_mark,
    free_corner,
    given_axes,
    given_limits,
    interval_mark,
    series_options,
)
from pymediation.plots.style import (
    SERIES,
    TREATED,
    accepted_parameters,
    clear_step,
    draw_zero_line,
    dress_axes,
    new_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MediationEffects", "chosen_words", "mediation_marks", "plot_mediation"]

EFFECTS: Final = ("indirect", "direct", "total")
_TREATMENTS: Final = ("control", "treated", "both")
_LABELS: Final = {"indirect": "ACME", "direct": "ADE", "total": "Total\nEffect"}
COMPONENTS: Final[dict[tuple[str, str], EffectName]] = {
    ("indirect", "treated"): "d1",
    ("indirect", "control"): "d0",
    ("direct", "treated"): "z1",
    ("direct", "control"): "z0",
}
_APART, _FARTHEST = 0.1, 0.3  # rows between both series: usual, and in low axes
_OWN_ARGUMENTS: Final = (
    *("treatment", "labels", "effect_type", "xlim", "ylim", "xlab", "ylab"),
    *("main", "lwd", "cex", "col", "pch", "ax"),
)


class MediationEffects(Protocol):
    """What a result has to offer to be plotted: effects, their intervals, and whether one set tells all."""

    @property
    def d0(self) -> float:
        """Indirect effect under control."""
        ...

    @property
    def d1(self) -> float:
        """Indirect effect under treatment."""
        ...

    @property
    def z0(self) -> float:
        """Direct effect under control."""
        ...

    @property
    def z1(self) -> float:
        """Direct effect under treatment."""
        ...

    @property
    def tau_coef(self) -> float:
        """Total effect."""
        ...

    @property
    def d0_ci(self) -> Interval:
        """Interval of `d0`."""
        ...

    @property
    def d1_ci(self) -> Interval:
        """Interval of `d1`."""
        ...

    @property
    def z0_ci(self) -> Interval:
        """Interval of `z0`."""
        ...

    @property
    def z1_ci(self) -> Interval:
        """Interval of `z1`."""
        ...

    @property
    def tau_ci(self) -> Interval:
        """Interval of `tau_coef`."""
        ...

    @property
    def one_set(self) -> bool:
        """Whether effects are the same under treatment and control."""
        ...


def plot_mediation(
    result: MediationEffects,
    *,
    treatment: str | None = None,
    labels: Sequence[str] | None = None,
    effect_type: str | Iterable[str] = EFFECTS,
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
    r"""Plot the effects of a mediation analysis with their confidence intervals.

    Effects are rows from top to bottom: the average causal mediation effect (ACME), the average direct
    effect (ADE) and the total effect; the horizontal axis is their size. A dot is the estimate, the
    segment its interval. Filled dots and solid segments belong to the treated condition
    (:math:`\bar\delta(1), \bar\zeta(1)`) and the total effect, open dots and dotted segments to the
    control condition (:math:`\bar\delta(0), \bar\zeta(0)`).

    Parameters
    ----------
    result : MediationEffects
        Result with ``d0, d1, z0, z1, tau_coef``, their intervals ``d0_ci, ...`` and ``one_set``.
    treatment : {"control", "treated", "both"}, optional
        Which condition to draw. Default: both, or treated only where they are the same.
    labels : sequence of str, optional
        Names of the rows, from top to bottom, one per effect drawn.
    effect_type : str or iterable of str
        Any of ``"indirect"``, ``"direct"``, ``"total"``, or unambiguous beginnings of them.
    xlim, ylim : pair of float, optional
        Limits of the axes. By default the horizontal one covers all intervals of the condition drawn, of
        the effects left out as well, widened by a fifth away from zero; it always shows zero.
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
    pch : int or str, or a pair, optional
        Shape of the dots as R's number or Matplotlib's marker; a pair is for (treated, control).
    ax : Axes, optional
        Axes to draw on. Default: those of a new figure.
    **unknown
        Further graphical parameters of R, written with ``_`` for the dot: ``cex_axis``, ``cex_lab``,
        ``cex_main``, ``las``, ``bty``, and ``lty`` (line type of the segments, one or a pair). Others
        have no effect and cause a warning.

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
    >>> ci = Values(lower=-0.1, upper=0.3)
    >>> result = Values(d0=0.1, d1=0.1, z0=0.0, z1=0.0, tau_coef=0.1, d0_ci=ci, d1_ci=ci, z0_ci=ci, z1_ci=ci,
    ...                 tau_ci=ci, one_set=True)
    >>> ax = plot_mediation(result, effect_type=["total", "ind"])
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['ACME', 'Total\nEffect']
    """
    parameters = accepted_parameters(unknown, _OWN_ARGUMENTS)
    effects = chosen_words(effect_type, "effect_type", EFFECTS)
    series = chosen_series(treatment, one_set=result.one_set)
    names = row_names(labels, effects)
    limits = default_xlim(_all_ends(result, series)) if xlim is None else given_limits("xlim", xlim)
    rows = (0.5, len(effects) + 0.5) if ylim is None else given_limits("ylim", ylim)
    styles = series_options(lwd=lwd, cex=cex, col=col, pch=pch, lty=parameters.get("lty"))
    axes = new_axes(len(effects)) if ax is None else given_axes(ax)

    apart = clear_step(axes, rows, _APART, _FARTHEST)
    draw_rows(axes, mediation_marks(result, effects, series, apart), styles, names)
    axes.set_xlim(*limits)
    axes.set_ylim(*rows)
    if len(series) > 1 and set(effects) != {"total"}:
        draw_legend(axes, styles, corner=free_corner(limits) if ylim is None else "best")
    dress_axes(axes, xlab=xlab, ylab=ylab, main=main, parameters=parameters)
    return axes


def mediation_marks(
    result: MediationEffects, effects: Sequence[str], series: Sequence[str], apart: float = _APART
) -> list[IntervalMark]:
    """Return the dots and segments of a mediation plot.

    Parameters
    ----------
    result : MediationEffects
        The estimates and intervals.
    effects : sequence of str
        Which of ``"indirect"``, ``"direct"``, ``"total"``, from top to bottom.
    series : sequence of str
        Which of ``"treated"``, ``"control"``; with both, treated is above the middle of the row.
    apart : float
        How far apart both are, in rows.

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
            marks.append(interval_mark(float(y), result.tau_coef, result.tau_ci, TREATED.name))
            continue
        for name in series:
            component = COMPONENTS[effect, name]
            estimate, interval = getattr(result, component), getattr(result, f"{component}_ci")
            marks.append(interval_mark(y + shift[name], estimate, interval, name))
    return marks


def draw_rows(
    ax: Axes, marks: Iterable[IntervalMark], styles: dict[str, dict[str, Any]], names: Sequence[str]
) -> None:
    """Draw marks and the line at zero, and name the rows.

    Parameters
    ----------
    ax : Axes
        Axes to draw on.
    marks : iterable of IntervalMark
        What to draw.
    styles : dict
        What `series_options` returned.
    names : sequence of str
        Names of the k rows at y = k, ..., 1.
    """
    draw_zero_line(ax)
    for mark in marks:
        draw_mark(ax, mark, styles)
    ax.set_yticks(range(len(names), 0, -1), labels=names)
    ax.tick_params(axis="y", length=0)


def _all_ends(result: MediationEffects, series: Sequence[str]) -> list[float]:
    """Return the interval ends of all three effects for the conditions drawn."""
    marks = mediation_marks(result, EFFECTS, series)
    return [end for mark in marks for end in (mark.lower, mark.upper)]


def chosen_words(given: str | Iterable[str], argument: str, accepted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the accepted words asked for, by themselves or by unambiguous beginnings, in their own order."""
    asked = [given] if isinstance(given, str) else list(given)
    listed = ", ".join(map(repr, accepted))
    if not asked:
        raise ArgumentError(f"{argument} is empty; give any of {listed}.")
    chosen = set()
    for name in asked:
        matches = [word for word in accepted if isinstance(name, str) and word.startswith(name)]
        if len(matches) != 1:
            meant = [word for word, label in _LABELS.items() if label == str(name).upper()]
            raise ArgumentError(
                f"{argument}={name!r} is not accepted; give any of {listed}, or an unambiguous beginning of "
                f"one.{f' Did you mean {meant[0]!r}?' if meant and meant[0] in accepted else ''}"
            )
        chosen.add(matches[0])
    return tuple(word for word in accepted if word in chosen)


def chosen_series(treatment: str | None, *, one_set: bool) -> tuple[str, ...]:
    """Return the conditions to draw."""
    if treatment is None:
        treatment = "treated" if one_set else "both"
    if treatment not in _TREATMENTS:
        raise ArgumentError(
            f"treatment={treatment!r} is not accepted; give one of {', '.join(map(repr, _TREATMENTS))}, "
            "or None for what suits the result."
        )
    return tuple(SERIES) if treatment == "both" else (treatment,)


def row_names(
    labels: Sequence[str] | None, effects: Sequence[str], usual: Mapping[str, str] = _LABELS
) -> list[str]:
    """Return the names of the rows, from top to bottom: those given, or the `usual` ones."""
    if labels is None:
        return [usual[effect] for effect in effects]
    names = [labels] if isinstance(labels, str) else [str(label) for label in labels]
    if len(names) != len(effects):
        raise ArgumentError(
            f"labels has {len(names)} entries, but {len(effects)} effects are drawn ({', '.join(effects)}); "
            "give one label per effect, from top to bottom."
        )
    return names
