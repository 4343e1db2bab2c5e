"""Path diagrams: boxes, arrows between them and the numbers on the arrows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np

from pymediation.errors import ArgumentError
from pymediation.estimates.effects import Interval
from pymediation.plots.marks import given_axes
from pymediation.plots.style import font_size, line_color, line_width, new_axes
from pymediation.report.numbers import common_decimals

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import FancyBboxPatch
    from matplotlib.text import Text

__all__ = ["Arrow", "PathDiagram", "PathNumber", "draw_paths"]

_ROWS = 3  # height, in rows of an effect plot


class _Side(NamedTuple):
    """Where the number of an arrow stands: how far along it, how many points away, and on which side."""

    along: float
    dx: float
    dy: float
    ha: Literal["left", "center", "right"]
    va: Literal["top", "bottom"]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the boxes of a diagram are, in shares of its width and height, and the numbers at its arrows."""

    boxes: Mapping[str, tuple[float, float]]
    numbers: Mapping[tuple[str, str], _Side]


_ABOVE_LEFT: Final = _Side(0.5, -5.0, 3.0, "right", "bottom")
_ABOVE_RIGHT: Final = _Side(0.5, 5.0, 3.0, "left", "bottom")
_ABOVE: Final = _Side(0.5, 0.0, 3.0, "center", "bottom")
_TRIANGLE: Final = _Layout(
    {"treatment": (0.14, 0.12), "mediator": (0.5, 0.88), "outcome": (0.86, 0.12)},
    {
        ("treatment", "mediator"): _ABOVE_LEFT,
        ("mediator", "outcome"): _ABOVE_RIGHT,
        ("treatment", "outcome"): _ABOVE,
    },
)
# An encouragement to take the treatment comes before it.
_CHAIN: Final = _Layout(
    {
        "encouragement": (0.1, 0.12),
        "treatment": (0.37, 0.12),
        "mediator": (0.63, 0.88),
        "outcome": (0.9, 0.12),
    },
    {
        ("encouragement", "treatment"): _Side(0.5, 0.0, 14.0, "center", "bottom"),
        ("treatment", "mediator"): _ABOVE_LEFT,
        ("mediator", "outcome"): _ABOVE_RIGHT,
        ("treatment", "outcome"): _ABOVE,
    },
)
# An instrument moves the mediator.
_INSTRUMENT: Final = _Layout(
    {"treatment": (0.14, 0.12), "instrument": (0.14, 0.82), "mediator": (0.5, 0.82), "outcome": (0.86, 0.12)},
    {
        ("instrument", "mediator"): _ABOVE,
        ("treatment", "mediator"): _Side(0.55, 5.0, -3.0, "left", "top"),
        ("mediator", "outcome"): _ABOVE_RIGHT,
        ("treatment", "outcome"): _ABOVE,
    },
)
# Another mediator, which may affect the one of interest.
_ALTERNATIVE: Final = _Layout(
    {"treatment": (0.12, 0.5), "mediator": (0.5, 0.9), "alternative": (0.5, 0.1), "outcome": (0.88, 0.5)},
    {
        ("treatment", "mediator"): _ABOVE_LEFT,
        ("mediator", "outcome"): _Side(0.62, 4.0, 0.0, "left", "bottom"),
        ("treatment", "alternative"): _Side(0.5, -5.0, -3.0, "right", "top"),
        ("alternative", "outcome"): _Side(0.62, 4.0, 0.0, "left", "top"),
        ("alternative", "mediator"): _Side(0.8, 4.0, 0.0, "left", "top"),
        ("treatment", "outcome"): _Side(0.3, 0.0, 3.0, "center", "bottom"),
    },
)
_LAYOUTS: Final = {
    frozenset(layout.boxes): layout for layout in (_TRIANGLE, _CHAIN, _INSTRUMENT, _ALTERNATIVE)
}
_SMALL = 0.8  # size of the notes, as a share of that of the numbers
_SMALLEST = 6.0  # points; nobody reads smaller notes in print
_FULL_WIDTH = 5.6  # inches of width at which text has its full size
_LEAST_SCALE = 0.65  # of text in narrow axes
_NOTE_COLOR = "0.25"
_NOTE_WIDTH = 90  # columns
_LETTER = 0.56  # width of an average letter, as a share of its size
_GAP = 6.0  # points between notes, effects and diagram
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
    dashed : bool
        Whether it is a path that may exist and is not estimated.
    """

    start: str
    end: str
    numbers: tuple[PathNumber, ...] = ()
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class PathDiagram:
    """What a path diagram shows.

    Attributes
    ----------
    boxes : dict of str to str
        Names of the variables by role; the roles decide where boxes stand.
    arrows : tuple of Arrow
    effects : tuple of tuple of PathNumber
        Written below, the numbers of a tuple in one line; several in a line without their intervals.
    notes : tuple of str
        Sentences at the foot.
    """

    boxes: Mapping[str, str]
    arrows: tuple[Arrow, ...]
    effects: tuple[tuple[PathNumber, ...], ...]
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
        Size of the text relative to Matplotlib's, which is made smaller in axes less than 5.6 inches wide.
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
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_axis_off()
    if main is not None:
        axes.set_title(main)
    width = _laid_out(axes)
    scale = float(np.clip(width / _FULL_WIDTH, _LEAST_SCALE, 1.0))
    size = font_size(cex) * scale
    line = {"color": line_color(col), "linewidth": line_width(lwd)}
    below = _write_below(axes, numbers.effects(diagram.effects), diagram.notes, size, width)
    floor = _above(axes, below[0])
    places = {role: (x, floor + y * (1 - floor)) for role, (x, y) in layout.boxes.items()}
    boxes = {role: _draw_box(axes, places[role], name, size, line) for role, name in diagram.boxes.items()}
    for arrow in diagram.arrows:
        _draw_arrow(axes, places, arrow, boxes, line, _HEAD * scale)
    for arrow in diagram.arrows:
        side, ends = layout.numbers[arrow.start, arrow.end], (places[arrow.start], places[arrow.end])
        _write_number(axes, numbers.arrow(arrow), side, ends, size)
    for text in below:  # the last texts, as they are read
        text.remove()
        axes.add_artist(text)
    for drawn in axes.texts:
        drawn.set_in_layout(False)  # or long texts would make the axes narrower, and boxes meet
    return axes


def _laid_out(ax: Axes) -> float:
    """Let the figure find its layout and return the width of the axes in inches."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ArgumentError("ax belongs to no figure any more; give Axes of a figure, or None.")
    figure.draw_without_rendering()
    return float(ax.get_window_extent().width / figure.dpi)


def _write_below(
    ax: Axes, effects: str, notes: Sequence[str], size: float, width: float
) -> tuple[Text, Text]:
    """Write notes at the foot and effects above them; return effects and notes."""
    small = max(_SMALL * size, min(_SMALLEST, size))
    columns = min(_NOTE_WIDTH, int(72 * width / (_LETTER * small)))
    wrapped = "\n".join(fill(note, columns) for note in notes)
    foot = ax.text(0.5, 0.0, wrapped, size=small, ha="center", va="bottom", color=_NOTE_COLOR)
    height = _above(ax, foot)
    told = ax.text(0.5, height, effects, size=size, ha="center", va="bottom", linespacing=1.4)
    return told, foot


def _above(ax: Axes, text: Text) -> float:
    """Return the height just above a text, in shares of that of the axes."""
    figure = ax.get_figure(root=True)
    top = text.get_window_extent().y1 if text.get_text() else ax.get_window_extent().y0
    gap = 0.0 if figure is None else _GAP * figure.dpi / 72
    return float(ax.transAxes.inverted().transform((0.0, top + gap))[1])


def _write_number(
    ax: Axes, text: str, side: _Side, ends: tuple[tuple[float, float], tuple[float, float]], size: float
) -> None:
    """Write what stands at an arrow."""
    (x0, y0), (x1, y1) = ends
    at = (x0 + side.along * (x1 - x0), y0 + side.along * (y1 - y0))
    away = {"xytext": (side.dx, side.dy), "textcoords": "offset points"}
    ax.annotate(text, at, size=size, ha=side.ha, va=side.va, **away)  # type: ignore[arg-type]


class _Numbers(NamedTuple):
    """How numbers are written."""

    digits: int

    def arrow(self, arrow: Arrow) -> str:
        """Return the numbers at an arrow, each with its interval in the next line."""
        return "\n".join(self._labelled(number, "\n") for number in arrow.numbers)

    def effects(self, lines: Sequence[Sequence[PathNumber]]) -> str:
        """Return the effects, line by line."""
        return "\n".join(self._line(line) for line in lines)

    def _line(self, line: Sequence[PathNumber]) -> str:
        """Return the numbers of a line; several have the same decimals and no intervals."""
        if len(line) == 1:
            return self._labelled(line[0], " ")
        shown = common_decimals([one.estimate for one in line], self.digits)
        return ", ".join(f"{one.label} {_minus(text)}" for one, text in zip(line, shown, strict=True))

    def _labelled(self, number: PathNumber, gap: str) -> str:
        """Return a number with its label before it."""
        written = self._written(number.estimate, number.ci, gap)
        return f"{number.label}: {written}" if number.label else written

    def _written(self, estimate: float, interval: Interval | None, gap: str) -> str:
        """Return a number and, in brackets, its interval; a minus sign is written as one."""
        values = (estimate,) if interval is None else (estimate, interval.lower, interval.upper)
        first, *ends = map(_minus, common_decimals(values, self.digits))
        return f"{first}{gap}[{', '.join(ends)}]" if ends else first


def _minus(number: str) -> str:
    """Write a minus sign as one."""
    return number.replace("-", "\N{MINUS SIGN}")


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
    ax: Axes,
    places: Mapping[str, tuple[float, float]],
    arrow: Arrow,
    boxes: Mapping[str, FancyBboxPatch],
    line: Mapping[str, Any],
    head: float,
) -> None:
    """Draw an arrow from frame to frame."""
    style = {
        "arrowstyle": "-|>",
        "mutation_scale": head,
        "shrinkA": 0.0,
        "shrinkB": 0.0,
        "patchA": boxes[arrow.start],
        "patchB": boxes[arrow.end],
        "linestyle": (0.0, (4.0, 3.0)) if arrow.dashed else "-",
        **line,
    }
    ax.annotate("", xy=places[arrow.end], xytext=places[arrow.start], arrowprops=style, zorder=2.5)
