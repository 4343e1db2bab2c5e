"""Path diagrams: boxes, arrows between them and the numbers on the arrows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from pymediation.errors import ArgumentError
from pymediation.estimates.effects import Interval
from pymediation.plots.marks import given_axes
from pymediation.plots.style import font_size, line_color, line_width, new_axes
from pymediation.report.numbers import common_decimals

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import FancyBboxPatch

__all__ = ["Arrow", "PathDiagram", "PathNumber", "draw_paths"]

_ROWS = 3  # height, in rows of an effect plot


class _Place(NamedTuple):
    """Where the number of an arrow stands, and which of its sides is at that place."""

    x: float
    y: float
    ha: Literal["left", "center", "right"]
    va: Literal["top", "bottom"]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the boxes of a diagram are, the numbers on its arrows, and the effects below."""

    boxes: Mapping[str, tuple[float, float]]
    numbers: Mapping[tuple[str, str], _Place]
    effects: tuple[float, float] = (0.5, 0.37)


_TRIANGLE: Final = _Layout(
    {"treatment": (0.14, 0.5), "mediator": (0.5, 0.92), "outcome": (0.86, 0.5)},
    {
        ("treatment", "mediator"): _Place(0.3, 0.72, "right", "bottom"),
        ("mediator", "outcome"): _Place(0.7, 0.72, "left", "bottom"),
        ("treatment", "outcome"): _Place(0.5, 0.515, "center", "bottom"),
    },
)
_LAYOUTS: Final = {frozenset(layout.boxes): layout for layout in (_TRIANGLE,)}
_NOTES_AT = (0.5, 0.0)
_SMALL = 0.8  # size of the notes, as a share of that of the numbers
_NOTE_COLOR = "0.25"
_NOTE_WIDTH = 90  # columns
_HEAD = 14.0  # points
_MOST_DIGITS = 15


class PathNumber(NamedTuple):
    """A number with its interval.

    Attributes
    ----------
    estimate : float
    ci : Interval or None
        None where there is none.
    label : str
        What it is, where that has to be told.
    """

    estimate: float
    ci: Interval | None
    label: str = ""


class Arrow(NamedTuple):
    """An arrow from box to box.

    Attributes
    ----------
    start, end : str
        Roles of the boxes.
    numbers : tuple of PathNumber
        What stands at it: nothing, a number, or one for each arm.
    """

    start: str
    end: str
    numbers: tuple[PathNumber, ...] = ()


@dataclass(frozen=True, slots=True)
class PathDiagram:
    """What a path diagram shows.

    Attributes
    ----------
    boxes : dict of str to str
        Names of the variables by role; the roles decide where boxes stand.
    arrows : tuple of Arrow
    effects : tuple of PathNumber
        Written below, a line each.
    notes : tuple of str
        Sentences at the foot.
    """

    boxes: Mapping[str, str]
    arrows: tuple[Arrow, ...]
    effects: tuple[PathNumber, ...]
    notes: tuple[str, ...]


def draw_paths(
    diagram: PathDiagram,
    *,
    main: str | None = None,
    digits: int = 3,
    lwd: float = 1.2,
    cex: float = 1.0,
    col: Any = "black",
    ax: Axes | None = None,
) -> Axes:
    r"""Draw a path diagram: what the ``plot_paths()`` of results take as options is told here.

    Parameters
    ----------
    diagram : PathDiagram
        Boxes, arrows and numbers, which the result supplies.
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

    Examples
    --------
    >>> arrows = (Arrow("treatment", "mediator", (PathNumber(0.5, None),)), Arrow("mediator", "outcome"))
    >>> names = {"treatment": "drug", "mediator": "mood", "outcome": "sleep"}
    >>> ax = draw_paths(PathDiagram(names, arrows, (), ()))
    >>> [text.get_text() for text in ax.texts if text.get_text()]
    ['drug', 'mood', 'sleep', '0.500']
    """
    layout, numbers = _LAYOUTS[frozenset(diagram.boxes)], _Numbers(_checked(digits))
    axes = new_axes(_ROWS) if ax is None else given_axes(ax)
    size = font_size(cex)
    line = {"color": line_color(col), "linewidth": line_width(lwd)}
    boxes = {
        role: _draw_box(axes, layout.boxes[role], name, size, line) for role, name in diagram.boxes.items()
    }
    for arrow in diagram.arrows:
        _draw_arrow(axes, layout, arrow, boxes, line)
    for arrow in diagram.arrows:
        place = layout.numbers[arrow.start, arrow.end]
        axes.text(place.x, place.y, numbers.arrow(arrow), size=size, ha=place.ha, va=place.va)
    effects = numbers.effects(diagram.effects)
    axes.text(*layout.effects, effects, size=size, ha="center", va="top", linespacing=1.4)
    notes = "\n".join(fill(note, _NOTE_WIDTH) for note in diagram.notes)
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

    def arrow(self, arrow: Arrow) -> str:
        """Return the numbers at an arrow, each with its interval in the next line."""
        return "\n".join(self._labelled(number, "\n") for number in arrow.numbers)

    def effects(self, effects: Sequence[PathNumber]) -> str:
        """Return the effects, a line each."""
        return "\n".join(self._labelled(effect, " ") for effect in effects)

    def _labelled(self, number: PathNumber, gap: str) -> str:
        """Return a number with its label before it."""
        written = self._written(number.estimate, number.ci, gap)
        return f"{number.label}: {written}" if number.label else written

    def _written(self, estimate: float, interval: Interval | None, gap: str) -> str:
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


def _draw_box(
    ax: Axes, place: tuple[float, float], name: str, size: float, line: Mapping[str, Any]
) -> FancyBboxPatch:
    """Draw a name in a frame and return the frame."""
    frame = {
        "boxstyle": "square,pad=0.6",
        "facecolor": "white",
        "edgecolor": line["color"],
        "linewidth": line["linewidth"],
    }
    box = ax.text(*place, name, size=size, ha="center", va="center", bbox=frame, zorder=2.0)
    patch = box.get_bbox_patch()
    if patch is None:  # pragma: no cover - a text with `bbox` has one
        raise TypeError
    return patch


def _draw_arrow(
    ax: Axes, layout: _Layout, arrow: Arrow, boxes: Mapping[str, FancyBboxPatch], line: Mapping[str, Any]
) -> None:
    """Draw an arrow from frame to frame."""
    style = {
        "arrowstyle": "-|>",
        "mutation_scale": _HEAD,
        "shrinkA": 0.0,
        "shrinkB": 0.0,
        "patchA": boxes[arrow.start],
        "patchB": boxes[arrow.end],
        **line,
    }
    start, end = layout.boxes[arrow.start], layout.boxes[arrow.end]
    ax.annotate("", xy=end, xytext=start, arrowprops=style, zorder=2.5)
