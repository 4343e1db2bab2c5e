"""The summary of a sensitivity analysis: one value, written as R's text or as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pymediation.report.document import interval_columns
from pymediation.report.markup import TableMarkup, table_html
from pymediation.report.matrix import matrix_lines
from pymediation.report.numbers import format_numbers, round_to_decimals

__all__ = ["SensitivityBlock", "SensitivityReport", "html", "text"]

FloatArray = NDArray[np.float64]

_TITLE = "Mediation Sensitivity Analysis"
_DECIMALS = 4
_STAR, _TILDE = "R^2_M*R^2_Y*", "R^2_M~R^2_Y~"
_GROUPS = ("Control Group", "Treatment Group")
_ARMS = ("control", "treated")


@dataclass(frozen=True, slots=True, eq=False)
class SensitivityBlock:
    """What is said about one effect.

    Attributes
    ----------
    effect : {"ACME", "ADE"}
    arm : {0, 1}
        Control or treatment; 0 where they are the same.
    region : ndarray, shape (m, 6)
        Grid points whose interval contains zero: rho, estimate, limits, products of shares of variance.
    crossings, star, tilde : ndarray
        Where the effect is closest to zero, in rho and in products of shares of variance.
    """

    effect: str
    arm: int
    region: FloatArray
    crossings: FloatArray
    star: FloatArray
    tilde: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class SensitivityReport:
    """What the summary says.

    Attributes
    ----------
    blocks : tuple of SensitivityBlock
        Indirect effects first.
    by_arm : bool
        Whether effects are told by arm.
    level : float
        Level of the intervals.
    """

    blocks: tuple[SensitivityBlock, ...]
    by_arm: bool
    level: float


def text(report: SensitivityReport) -> str:
    """Write a report as R prints it.

    Parameters
    ----------
    report : SensitivityReport

    Returns
    -------
    str
        The text; ``print`` of it gives R's output.
    """
    lines: list[str] = []
    for block in report.blocks:
        if not report.by_arm or block.arm == 0:
            lines += ["", _heading(report, block)]
        if block.region.size:
            lines += ["", _region_title(report, block), "", *_table(report, block)]
        lines += ["", *_thresholds(report, block), ""]
    return "\n".join(lines)


def html(report: SensitivityReport) -> str:
    """Write a report as HTML tables, one for each effect.

    Parameters
    ----------
    report : SensitivityReport
    """
    return "\n".join(_html_table(report, block) for block in report.blocks)


def _heading(report: SensitivityReport, block: SensitivityBlock) -> str:
    """Return the title above the blocks of one kind of effect."""
    indirect = "Mediation" if report.by_arm else "Causal Mediation"
    name = indirect if block.effect == "ACME" else "Direct"
    return f"{_TITLE}{': Average' if report.by_arm else ' for Average'} {name} Effect"


def _region_title(report: SensitivityReport, block: SensitivityBlock) -> str:
    """Return the line above a table."""
    return f"Sensitivity Region{f': {_name(report, block)}' if report.by_arm else ''}"


def _name(report: SensitivityReport, block: SensitivityBlock) -> str:
    """Return the name of an effect in running text."""
    return f"{block.effect} for {_GROUPS[block.arm]}" if report.by_arm else block.effect


def _columns(report: SensitivityReport, block: SensitivityBlock) -> tuple[str, ...]:
    """Return the headings of a table."""
    effect = f"{block.effect}({_ARMS[block.arm]})" if report.by_arm else block.effect
    return ("Rho", effect, *interval_columns(report.level), _STAR, _TILDE)


def _rounded(values: FloatArray) -> FloatArray:
    """Round to the decimals shown; a zero has no sign."""
    return round_to_decimals(values, _DECIMALS) + 0.0


def _table(report: SensitivityReport, block: SensitivityBlock) -> list[str]:
    """Return the lines of the table of a sensitivity region."""
    rows = block.region.shape[0]
    width = len(str(rows + 1)) + 3  # R leaves room for one row more
    names = [f"[{row},]".rjust(width) for row in range(1, rows + 1)]
    return matrix_lines(names, _columns(report, block), _rounded(block.region))


def _thresholds(report: SensitivityReport, block: SensitivityBlock) -> Iterator[str]:
    """Yield the lines that tell where an effect is closest to zero; the last ends in a blank, as R's does."""
    name = _name(report, block)
    yield f"Rho at which {name} = 0: {_listed(block.crossings)}"
    yield f"{_STAR} at which {name} = 0: {_listed(block.star)}"
    yield f"{_TILDE} at which {name} = 0: {_listed(block.tilde)} "


def _listed(values: FloatArray) -> str:
    """Return numbers, each in its own format."""
    return " ".join(format_numbers([value])[0] for value in _rounded(values))


def _html_table(report: SensitivityReport, block: SensitivityBlock) -> str:
    """Return the table of one effect."""
    values = _rounded(block.region)
    columns = [format_numbers(column) for column in values.T]
    cells = tuple(zip(*columns, strict=True)) if values.size else ()
    return table_html(
        TableMarkup(
            caption=(_heading(report, block), _region_title(report, block)),
            corner="Rho",
            column_names=_columns(report, block)[1:],
            row_names=tuple(row[0] for row in cells),
            cells=tuple(row[1:] for row in cells),
            footer=tuple(_thresholds(report, block)),
        )
    )
