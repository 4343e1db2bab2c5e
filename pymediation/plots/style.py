"""The look of the package's plots, and R's graphical parameters in Matplotlib's terms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pymediation.errors import ArgumentError, ArgumentTypeError, UnknownArgumentError, did_you_mean
from pymediation.warn import warn

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "BAND",
    "CONTROL",
    "GRAPHICAL_PARAMETERS",
    "LEGEND",
    "SERIES",
    "TREATED",
    "SeriesStyle",
    "accepted_parameters",
    "clear_step",
    "draw_zero_line",
    "dress_axes",
    "font_size",
    "line_color",
    "line_style",
    "line_width",
    "marker_shape",
    "marker_size",
    "new_axes",
    "new_panels",
    "pair",
    "points_per_row",
]

Dashes: TypeAlias = str | tuple[float, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class SeriesStyle:
    """How one series is told from the other, without colour.

    Attributes
    ----------
    name : str
        What the legend calls it.
    filled : bool
        Whether its dots are filled.
    dashes : str or tuple
        Matplotlib line style of its intervals.
    """

    name: str
    filled: bool
    dashes: Dashes


TREATED: Final = SeriesStyle("treated", filled=True, dashes="-")
CONTROL: Final = SeriesStyle("control", filled=False, dashes=(0.0, (1.2, 1.8)))
SERIES: Final = {"treated": TREATED, "control": CONTROL}

GRAPHICAL_PARAMETERS: Final = ("bty", "cex_axis", "cex_lab", "cex_main", "las", "lty")
"""R's further graphical parameters that are put into effect, with ``_`` for R's dot."""

_POINTS_PER_LWD = 1.0
_DOT_POINTS = 8.0  # diameter at cex = 1
_ZERO_LINE: Final[dict[str, Any]] = {
    "color": "0.35",
    "linewidth": 0.8,
    "linestyle": (0.0, (6.0, 4.0)),
    "zorder": 1.0,
}
LEGEND: Final[dict[str, Any]] = {
    "ncols": 2,
    "facecolor": "white",
    "framealpha": 1.0,
    "edgecolor": "none",
    "borderaxespad": 0.3,
    "handlelength": 3.0,
}
"""How a legend looks that has one line."""

_FIGURE_WIDTH = 6.4  # inches
_FIGURE_MARGIN = 0.8  # inches for axis labels and title
_ROW_HEIGHT = 1.15  # inches, so that two dots 0.1 rows apart stay clear of each other
_PAD = 8.0  # points between the axes and their title and labels
_MOST_TICKS, _FEWEST_TICKS = 6, 3
_TICK_POINTS = 40.0  # room for the number at a tick
_LETTER = 0.6  # width of a letter, as a share of its size
_AXES_SHARE = 0.8  # of the width of a panel, where names of rows are short
_CLEAR = 7.6  # points from dot to dot of R's size
_SPINES = ("left", "bottom", "top", "right")
_BOXES: Final = {"o": _SPINES, "l": ("left", "bottom"), "n": ()}
_CHOICES: Final[dict[str, tuple[Any, ...]]] = {"bty": tuple(_BOXES), "las": (0, 1, 2, 3)}
_SIZES = ("cex_axis", "cex_lab", "cex_main")
_GRAY = "#BEBEBE"  # R's; Matplotlib's is darker
BAND: Final = _GRAY
"""Colour of confidence bands: light enough that lines stand out in print."""

_PALETTE = ("black", "#DF536B", "#61D04F", "#2297E6", "#28E2E5", "#CD0BBC", "#F5C710", "#9E9E9E")
_LINE_TYPES: Final[dict[str, Dashes]] = {
    "blank": "none",
    "solid": "-",
    "dashed": (0.0, (4.0, 3.0)),
    "dotted": CONTROL.dashes,
    "dotdash": (0.0, (4.0, 2.0, 1.2, 2.0)),
    "longdash": (0.0, (8.0, 3.0)),
    "twodash": (0.0, (6.0, 2.0, 3.0, 2.0)),
}
_MARKERS: Final = {
    **{0: "s", 1: "o", 2: "^", 3: "+", 4: "x", 5: "D", 6: "v"},
    **{15: "s", 16: "o", 17: "^", 18: "D", 19: "o", 20: "."},
    **{21: "o", 22: "s", 23: "D", 24: "^", 25: "v"},
}


def accepted_parameters(given: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """Return the graphical parameters that are put into effect and warn about the others.

    Parameters
    ----------
    given : mapping
        Names, with ``_`` or R's dot, and values.
    known : iterable of str
        Names of the plot's own arguments, for the advice on a misspelt one.

    Returns
    -------
    dict
        The accepted ones, named with ``_``.

    Raises
    ------
    ArgumentError
        If one of them has a value that is not accepted.
    UnknownArgumentError
        If one is a misspelt argument of the plot, which would then show something else.
    """
    named = {name.replace(".", "_"): value for name, value in given.items()}
    own = tuple(known)
    for name in given:
        _refuse_misspelt(name, own)
    unknown = [name for name in named if name not in GRAPHICAL_PARAMETERS]
    if unknown:
        advice = "".join(did_you_mean(name, (*own, *GRAPHICAL_PARAMETERS)) for name in unknown)
        warn(
            f"Graphical parameters without effect here: {', '.join(map(repr, unknown))}.{advice} Beside its "
            f"own arguments the plot takes {', '.join(GRAPHICAL_PARAMETERS)}; change the rest on the "
            "returned Axes."
        )
    for name, choices in _CHOICES.items():
        _one_of(name, named.get(name, choices[0]), choices)
    for name in _SIZES:
        _positive(name, named.get(name, 1.0))
    return {name: value for name, value in named.items() if name not in unknown}


def _refuse_misspelt(name: str, own: Sequence[str]) -> None:
    """Refuse one of the plot's own arguments spelt with other dots, underscores or capitals."""
    meant = {_letters(argument): argument for argument in own}.get(_letters(name))
    if meant is not None:
        raise UnknownArgumentError(f"plot() has no argument {name!r}. Did you mean {meant!r}?")


def _letters(name: str) -> str:
    """Return what is left of a name without dots, underscores and capitals."""
    return name.replace(".", "").replace("_", "").lower()


def new_axes(rows: int) -> Axes:
    """Return the axes of a new figure that is high enough for so many rows."""
    return new_panels(1, rows)[0]


def new_panels(count: int, rows: int) -> list[Axes]:
    """Return the axes of a new figure with so many panels, each high enough for so many rows."""
    import matplotlib.pyplot as plt

    columns = math.isqrt(count - 1) + 1
    lines = -(-count // columns)
    size = (columns * _FIGURE_WIDTH, lines * (_FIGURE_MARGIN + _ROW_HEIGHT * rows))
    figure, grid = plt.subplots(lines, columns, figsize=size, squeeze=False, layout="constrained")
    for unused in grid.flat[count:]:
        figure.delaxes(unused)
    return list(grid.flat[:count])


def dress_axes(
    ax: Axes,
    *,
    xlab: str,
    ylab: str,
    main: str | None,
    parameters: Mapping[str, Any],
) -> None:
    """Write title and axis labels, draw the frame and set the sizes that R's parameters ask for.

    Parameters
    ----------
    ax : Axes
        Axes to change.
    xlab, ylab : str
        Axis labels.
    main : str or None
        Title.
    parameters : mapping
        What `accepted_parameters` returned.
    """
    from matplotlib.ticker import MaxNLocator

    sizes = {name: _font_size(parameters.get(name)) for name in _SIZES}
    ax.set_xlabel(xlab, **sizes["cex_lab"])
    ax.set_ylabel(ylab, labelpad=_PAD, **sizes["cex_lab"])
    if main is not None:
        ax.set_title(main, pad=_PAD, wrap=True, **sizes["cex_main"])
    ticks = min(max(int(_room_across(ax) / _TICK_POINTS), _FEWEST_TICKS), _MOST_TICKS)
    least = min(_FEWEST_TICKS, ticks - 1)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=ticks, steps=[1, 2, 2.5, 5, 10], min_n_ticks=least))
    if sizes["cex_axis"]:
        ax.tick_params(labelsize=sizes["cex_axis"]["fontsize"])
    if parameters.get("las", 0) >= 2:
        ax.tick_params(axis="x", labelrotation=90)
    drawn = _BOXES[parameters.get("bty", "l")]
    for side in _SPINES:
        ax.spines[side].set_visible(side in drawn)


def _room_across(ax: Axes) -> float:
    """Return about how many points wide the axes will be beside the names of their rows."""
    width = float(ax.bbox.width / ax.figure.dpi * 72)
    lines = [line for label in ax.get_yticklabels() for line in label.get_text().splitlines()]
    beside = max(map(len, lines), default=0) * _LETTER * font_size(1.0)
    return min(width, width / _AXES_SHARE - beside)


def draw_zero_line(ax: Axes, *, horizontal: bool = False, dashed: bool = True) -> None:
    """Draw the line at 0: dashed below estimates, solid above bands, where dashes mark an estimate."""
    look = _ZERO_LINE if dashed else {**_ZERO_LINE, "linestyle": "-", "zorder": 1.5}
    (ax.axhline if horizontal else ax.axvline)(0.0, **look)


def points_per_row(ax: Axes, limits: tuple[float, float]) -> float:
    """Return the height of a row in points, where the vertical axis has these limits."""
    return float(ax.bbox.height / ax.figure.dpi * 72 / abs(limits[1] - limits[0]))


def clear_step(ax: Axes, limits: tuple[float, float], usual: float, most: float) -> float:
    """Return how far apart dots in a row are, in rows: the usual step, or more where they would touch."""
    return min(max(usual, _CLEAR / points_per_row(ax, limits)), most)


def line_width(lwd: float) -> float:
    """Return R's line width in points."""
    return _POINTS_PER_LWD * _positive("lwd", lwd)


def font_size(cex: float) -> float:
    """Return R's relative size of a text in points."""
    import matplotlib as mpl

    return float(mpl.rcParams["font.size"]) * _positive("cex", cex)


def marker_size(cex: float) -> float:
    """Return the diameter in points of a dot of R's size `cex`."""
    return _DOT_POINTS * _positive("cex", cex)


def line_color(col: Any) -> Any:
    """Return a colour of R (a name, a grey as ``gray40``, a number of its palette) in Matplotlib's terms.

    Examples
    --------
    >>> line_color("gray40"), line_color("gray"), line_color(2), line_color("navy")
    ('0.4', '#BEBEBE', '#DF536B', 'navy')
    """
    from matplotlib.colors import is_color_like

    if isinstance(col, int) and not isinstance(col, bool) and col >= 1:
        return _PALETTE[(col - 1) % len(_PALETTE)]
    if col in ("gray", "grey"):
        return _GRAY
    if isinstance(col, str) and col[:4] in ("gray", "grey") and col[4:].isdecimal() and int(col[4:]) <= 100:
        return str(int(col[4:]) / 100)
    if not is_color_like(col):
        raise ArgumentError(
            f"col={col!r} is not a colour; give a name Matplotlib knows, '#rrggbb', 'gray0' to 'gray100' or "
            "a number of R's palette (1 to 8)."
        )
    return col


def line_style(lty: Any) -> Dashes:
    """Return R's line type (0 to 6, or its name) in Matplotlib's terms.

    Examples
    --------
    >>> line_style(1), line_style("solid")
    ('-', '-')
    """
    names = list(_LINE_TYPES)
    name = names[lty] if isinstance(lty, int) and 0 <= lty < len(names) else lty
    if not isinstance(name, str) or name not in _LINE_TYPES:
        raise ArgumentError(
            f"lty={lty!r} is not a line type; give 0 to {len(names) - 1} or {_listed(names)}."
        )
    return _LINE_TYPES[name]


def marker_shape(pch: Any) -> str:
    """Return the marker of R's plotting character: its number, a Matplotlib marker or a single letter.

    Examples
    --------
    >>> marker_shape(15), marker_shape("D"), marker_shape("T")
    ('s', 'D', '$T$')
    """
    from matplotlib.markers import MarkerStyle

    if isinstance(pch, str):
        if pch in MarkerStyle.markers and pch.strip():
            return pch
        if len(pch) == 1 and pch.isprintable() and pch not in " $":
            return f"${pch}$"
    elif isinstance(pch, int) and pch in _MARKERS:
        return _MARKERS[pch]
    raise ArgumentError(
        f"pch={pch!r} is not a plotting character; give one of R's numbers {_listed(_MARKERS)}, a Matplotlib "
        "marker or a single letter."
    )


def pair(value: Any) -> tuple[Any, Any]:
    """Return a value for the treated and one for the control series from one for both or from the two."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) != 2:
            raise ArgumentError(
                f"{value!r} has {len(value)} entries; give one for both series, or (treated, control)."
            )
        return value[0], value[1]
    return value, value


def _font_size(cex: float | None) -> dict[str, Any]:
    """Return the font size for a relative size; nothing where none is given, so that Matplotlib's holds."""
    return {} if cex is None else {"fontsize": font_size(cex)}


def _positive(name: str, value: Any) -> float:
    """Return a number above zero, or say what is wrong with it."""
    if not isinstance(value, Real):
        raise ArgumentTypeError(f"{name}={value!r} is not a number; give a number above 0.")
    if not float(value) > 0:
        raise ArgumentError(f"{name}={value!r} is not accepted; give a number above 0.")
    return float(value)


def _one_of(name: str, value: Any, accepted: tuple[Any, ...]) -> Any:
    """Return a value that is one of the accepted ones, or say which these are."""
    if value not in accepted:
        raise ArgumentError(f"{name}={value!r} is not accepted; give one of {_listed(accepted)}.")
    return value


def _listed(values: Iterable[Any]) -> str:
    """Return values separated by commas."""
    return ", ".join(map(repr, values))
