"""The path diagram of a mediation analysis: three boxes, three arrows and the numbers on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from pymediation.errors import ArgumentError
from pymediation.plots.marks import given_axes
from pymediation.plots.paths import Path, Paths, paths_of
from pymediation.plots.style import font_size, line_color, line_width, new_axes
from pymediation.report.document import percent
from pymediation.report.numbers import common_decimals
from pymediation.results.effects import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import FancyBboxPatch

    from pymediation.results.mediation import MediationResult

__all__ = ["plot_paths"]

_ROWS = 3  # height, in rows of an effect plot
_PLACES: Final = {"treatment": (0.14, 0.5), "mediator": (0.5, 0.92), "outcome": (0.86, 0.5)}


class _Place(NamedTuple):
    """Where the number of an arrow stands, and which of its sides is at that place."""

    x: float
    y: float
    ha: Literal["left", "center", "right"]
    va: Literal["top", "bottom"]


_NUMBERS: Final = {
    "to_mediator": _Place(0.3, 0.72, "right", "bottom"),
    "to_outcome": _Place(0.7, 0.72, "left", "bottom"),
    "direct": _Place(0.5, 0.515, "center", "bottom"),
}
_EFFECTS_AT = (0.5, 0.37)
_NOTES_AT = (0.5, 0.0)
_SMALL = 0.8  # size of the notes, as a share of that of the numbers
_NOTE_COLOR = "0.25"
_NOTE_WIDTH = 90  # columns
_HEAD = 14.0  # points
_MOST_DIGITS = 15


def plot_paths(
    result: MediationResult,
    *,
    main: str | None = None,
    digits: int = 3,
    lwd: float = 1.2,
    cex: float = 1.0,
    col: Any = "black",
    ax: Axes | None = None,
) -> Axes:
    r"""Draw the path diagram: treatment, mediator and outcome, with coefficients on the arrows.

    The number from treatment to mediator is :math:`E[x_i(t_1) - x_i(t_0)]'\hat\beta`, the average change of
    the mediator model's linear predictor when the treatment goes from the control value to the treatment
    value; that on the direct arrow is the same of the outcome model, with the mediator as observed; that from
    mediator to outcome is the change when the mediator goes up by one (a factor: from its first to its second
    level), for each arm where they differ. In linear models these are coefficients in units of the response.
    In other models they are on the scale of the linear predictor, and the diagram says so: their product is
    not the mediated effect. The effects themselves, on the scale of the outcome, are written below.

    Parameters
    ----------
    result : MediationResult
        What ``mediate`` returned. Models without coefficients get arrows without numbers.
    main : str, optional
        Title.
    digits : int
        Significant digits, 1 to 15, of the largest of an estimate and its limits.
    lwd : float
        Width of arrows and frames in points.
    cex : float
        Size of the text relative to Matplotlib's.
    col : colour
        Colour of all lines; R's palette numbers and greys are understood.
    ax : Axes, optional
        Axes to draw on. Default: those of a new figure.

    Returns
    -------
    Axes
        The axes drawn on. The figure is not shown.

    Raises
    ------
    ArgumentError
        If an argument has a value that is not accepted.
    NotEstimableError
        If the result was loaded from a file without its models.

    Notes
    -----
    Intervals on arrows are normal ones from the covariance that the analysis was asked for (robust or
    clustered), from the models' own covariance after a bootstrap. Intervals of effects are those of the
    analysis.

    References
    ----------
    Imai, K., Keele, L. and Tingley, D. (2010). A general approach to causal mediation analysis.
    *Psychological Methods* 15(4), 309-334.

    Examples
    --------
    >>> import statsmodels.formula.api as smf
    >>> import pymediation as pm
    >>> jobs = pm.datasets.load_jobs()
    >>> med_fit = smf.ols("job_seek ~ treat + econ_hard", jobs).fit()
    >>> out_fit = smf.ols("depress2 ~ treat + job_seek + econ_hard", jobs).fit()
    >>> result = pm.mediate(med_fit, out_fit, treat="treat", mediator="job_seek", rng=pm.RStream(1))
    >>> ax = result.plot_paths()
    >>> print(ax.texts[-1].get_text().splitlines()[1])
    Arrow to job_seek: in units of job_seek (linear model).
    """
    numbers = _Numbers(_checked(digits), result)
    paths = paths_of(result)
    axes = new_axes(_ROWS) if ax is None else given_axes(ax)
    size = font_size(cex)
    line = {"color": line_color(col), "linewidth": line_width(lwd)}
    names = {"treatment": result.treat, "mediator": result.mediator, "outcome": result.wording.outcome}
    boxes = {role: _draw_box(axes, role, name, size, line) for role, name in names.items()}
    for start, end in (("treatment", "mediator"), ("mediator", "outcome"), ("treatment", "outcome")):
        _draw_arrow(axes, (start, end), boxes, line)
    written = {
        "to_mediator": numbers.path(paths.to_mediator),
        "to_outcome": numbers.arms(paths.to_outcome),
        "direct": numbers.path(paths.direct),
    }
    for arrow, text in written.items():
        place = _NUMBERS[arrow]
        axes.text(place.x, place.y, text, size=size, ha=place.ha, va=place.va)
    axes.text(*_EFFECTS_AT, numbers.effects(), size=size, ha="center", va="top", linespacing=1.4)
    notes = _notes(result, paths)
    axes.text(*_NOTES_AT, notes, size=_SMALL * size, ha="center", va="bottom", color=_NOTE_COLOR)
    for drawn in axes.texts:
        drawn.set_in_layout(False)  # or long texts would make the axes narrower, and boxes meet
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_axis_off()
    if main is not None:
        axes.set_title(main)
    return axes


class _Numbers(NamedTuple):
    """How numbers are written."""

    digits: int
    result: MediationResult

    def path(self, path: Path | None) -> str:
        """Return the number on an arrow and its interval below; nothing where there is none."""
        return "" if path is None else self._written(path.estimate, path.ci, "\n")

    def arms(self, paths: Sequence[Path]) -> str:
        """Return the number on the arrow to the outcome, with a line for each arm where they differ."""
        if len(paths) < 2:
            return self.path(paths[0]) if paths else ""
        return "\n".join(
            f"{arm}: {self._written(path.estimate, path.ci, chr(10))}"
            for arm, path in zip(("control", "treated"), paths, strict=True)
        )

    def effects(self) -> str:
        """Return ACME, ADE and total effect, a line each; averages over the arms where these differ."""
        result = self.result
        average = "" if result.one_set else " (average)"
        told = {f"ACME{average}": result.acme.average, f"ADE{average}": result.ade.average}
        return "\n".join(
            f"{label}: {self._written(effect.estimate, effect.ci)}"
            for label, effect in {**told, "Total effect": result.total}.items()
        )

    def _written(self, estimate: float, interval: Interval | None, gap: str = " ") -> str:
        """Return a number and, in brackets, its interval; a minus sign is written as one."""
        values = (estimate,) if interval is None else (estimate, interval.lower, interval.upper)
        first, *ends = (one.replace("-", "\N{MINUS SIGN}") for one in common_decimals(values, self.digits))
        return f"{first}{gap}[{', '.join(ends)}]" if ends else first


def _checked(digits: object) -> int:
    """Return a number of digits, or say what is wrong with it."""
    if not isinstance(digits, Integral) or isinstance(digits, bool) or not 1 <= int(digits) <= _MOST_DIGITS:
        msg = f"digits must be a whole number from 1 to {_MOST_DIGITS}; got {digits!r}."
        raise ArgumentError(msg)
    return int(digits)


def _draw_box(ax: Axes, role: str, name: str, size: float, line: Mapping[str, Any]) -> FancyBboxPatch:
    """Draw a name in a frame and return the frame."""
    frame = {
        "boxstyle": "square,pad=0.6",
        "facecolor": "white",
        "edgecolor": line["color"],
        "linewidth": line["linewidth"],
    }
    box = ax.text(*_PLACES[role], name, size=size, ha="center", va="center", bbox=frame, zorder=2.0)
    patch = box.get_bbox_patch()
    if patch is None:  # pragma: no cover - a text with `bbox` has one
        raise TypeError
    return patch


def _draw_arrow(
    ax: Axes, ends: tuple[str, str], boxes: Mapping[str, FancyBboxPatch], line: Mapping[str, Any]
) -> None:
    """Draw an arrow from frame to frame."""
    start, end = ends
    style = {
        "arrowstyle": "-|>",
        "mutation_scale": _HEAD,
        "shrinkA": 0.0,
        "shrinkB": 0.0,
        "patchA": boxes[start],
        "patchB": boxes[end],
        **line,
    }
    ax.annotate("", xy=_PLACES[end], xytext=_PLACES[start], arrowprops=style, zorder=2.5)


def _notes(result: MediationResult, paths: Paths) -> str:
    """Say what the numbers are."""
    words = result.wording
    lines = [
        f"{result.treat}: {words.treated} (treated) against {words.control} (control). "
        f"Intervals: {percent(result.conf_level)}%.",
        f"Arrow to {result.mediator}: {paths.scales[0]}.",
        f"Arrows to {words.outcome}: {paths.scales[1]}.",
        f"Effects: differences in {words.quantity}.",
    ]
    if len(paths.to_outcome) > 1:
        lines.insert(3, f"The direct arrow: with {result.mediator} as observed.")
    if not paths.to_outcome and paths.direct is not None:
        lines.insert(3, f"The effect of {result.mediator} on the predictor is not one number.")
    return "\n".join(fill(line, _NOTE_WIDTH) for line in lines)
