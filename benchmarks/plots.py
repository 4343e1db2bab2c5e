"""The plots of the report, from scaling.csv: a panel for each kind of analysis, log-log."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from scaling import KINDS, Kind
from timing import R_UNIT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["DOCS", "FIGURES", "Plot", "is_current", "save"]

DOCS = Path(__file__).resolve().parents[1] / "docs"
OF_R = "R, recorded"
Points = Sequence[tuple[float, float]]
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure: what is on its axes, and where the two series come from.

    Attributes
    ----------
    file, alt : str
        Name in docs/, and what it shows in words.
    sweep : {"rows", "draws"}
    x, y : str
        Columns of the record.
    xlabel, ylabel : str
    of_r : callable
        ``of_r(kind, rows)`` gives R's lines, each as points.
    """

    file: str
    alt: str
    sweep: str
    x: str
    y: str
    xlabel: str
    ylabel: str
    of_r: Callable[[Kind, list[Row]], list[Points]]


def _seconds_of_r(kind: Kind, rows: list[Row]) -> list[Points]:
    """Return R's time at the recorded cost per row and draw, in units of this machine; where known at all."""
    scale = 1e-9 * statistics.median(float(row["unit_ns"]) for row in rows) / R_UNIT
    sizes = [(int(row["n"]), int(row["sims"])) for row in rows]
    if kind.r_rows is not None:
        sizes = [(kind.r_rows, sims) for _, sims in sizes[:1] if rows[0]["sweep"] == "rows"]
    place = 0 if rows[0]["sweep"] == "rows" else 1
    points = [(size[place], 1e-9 * kind.r_ns * size[0] * size[1] * scale) for size in sizes]
    return [points] if points else []


def _memory_of_r(_kind: Kind, rows: list[Row]) -> list[Points]:
    """Return the lower and the upper end of R's recorded memory."""
    return [[(float(row["n"]), float(row[end])) for row in rows] for end in ("r_low_mb", "r_high_mb")]


FIGURES = (
    Plot(
        "performance-rows.svg",
        "Seconds against rows, log-log, for five analyses here and in R",
        *("rows", "n", "seconds", "rows", "seconds, 1000 draws"),
        _seconds_of_r,
    ),
    Plot(
        "performance-draws.svg",
        "Seconds against draws, log-log, for five analyses here and in R",
        *("draws", "sims", "seconds", "draws or replicates", "seconds, 1000 rows"),
        _seconds_of_r,
    ),
    Plot(
        "performance-memory.svg",
        "Peak memory against rows, log-log, for five analyses here and in R",
        *("rows", "n", "peak_mb", "rows", "peak memory of the process, MB; 1000 draws"),
        _memory_of_r,
    ),
)


def rows_for(plot: Plot, kind: str, rows: list[Row]) -> list[Row]:
    """Return the measurements of a panel by size."""
    chosen = (row for row in rows if (row["sweep"], row["kind"]) == (plot.sweep, kind))
    return sorted(chosen, key=lambda row: float(row[plot.x]))


def ours(plot: Plot, rows: list[Row]) -> Points:
    """Return our line of a panel."""
    return [(float(row[plot.x]), float(row[plot.y])) for row in rows]


def described(plot: Plot, rows: list[Row]) -> str:
    """Tell all numbers that a figure draws: what tells whether the saved one is that of the record."""
    told = []
    for name, kind in KINDS.items():
        panel = rows_for(plot, name, rows)
        lines = [ours(plot, panel), *plot.of_r(kind, panel)]
        told += [f"{name}: " + ", ".join(f"{x:g} {y:.3g}" for x, y in line) for line in lines]
    return "; ".join(told)


def drawn(plot: Plot, rows: list[Row]) -> Figure:
    """Draw a figure."""
    import matplotlib.pyplot as plt

    figure, grid = plt.subplots(2, 3, figsize=(9.0, 5.6), sharex=True, sharey=True, layout="constrained")
    panels = list(grid.flat)
    for ax, (name, kind) in zip(panels, KINDS.items(), strict=False):
        panel = rows_for(plot, name, rows)
        _draw(ax, ours(plot, panel), plot.of_r(kind, panel))
        ax.set_title(kind.name, fontsize="medium")
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelbottom=True)
    last = panels[len(KINDS)]
    last.axis("off")
    handles, labels = panels[0].get_legend_handles_labels()
    last.legend(handles, labels, loc="center", frameon=False, handlelength=3.0)
    figure.supxlabel(plot.xlabel, fontsize="medium")
    figure.supylabel(plot.ylabel, fontsize="medium")
    return figure


def _draw(ax: Axes, line: Points, of_r: list[Points]) -> None:
    """Draw one panel: our line, and R's line, point or band."""
    from pymediation.plots.style import CONTROL, TREATED

    dots: dict[str, Any] = {"color": "black", "marker": "o", "markersize": 5.0}
    ax.loglog(*zip(*line, strict=True), linestyle=TREATED.dashes, label="pymediation", **dots)
    columns = [tuple(zip(*points, strict=True)) for points in of_r]
    if len(columns) == 2:
        (x, low), (_, high) = columns
        ax.fill_between(x, low, high, color="0.75", edgecolor="none", zorder=1, label=OF_R)
    elif columns and len(of_r[0]) == 1:
        ax.loglog(*columns[0], **dots | {"markerfacecolor": "white"})
    elif columns:
        ax.loglog(*columns[0], color="black", linestyle=CONTROL.dashes, label=OF_R)
    ax.grid(which="major", color="0.9", linewidth=0.6)
    ax.set_axisbelow(True)


def save(plot: Plot, rows: list[Row]) -> None:
    """Draw a figure and save it."""
    import matplotlib.pyplot as plt

    figure = drawn(plot, rows)
    _figures().save(figure, DOCS / plot.file, described(plot, rows))
    plt.close(figure)


def is_current(plot: Plot, rows: list[Row]) -> bool:
    """Whether the saved figure draws these numbers."""
    return bool(_figures().noted((DOCS / plot.file).read_text(encoding="utf-8")) == described(plot, rows))


def _figures() -> ModuleType:
    """Return what saves the figures of the documentation."""
    sys.path.append(str(DOCS))
    return import_module("figures")
