"""Compare a table of effects with reference numbers, and print both beside each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import zip_longest
from typing import Final

import numpy as np
import pandas as pd

from pymediation.errors import UnknownNameError, did_you_mean

__all__ = [
    "Comparison",
    "Line",
    "ReferenceTable",
    "compare",
    "render",
    "render_beside",
    "render_rows",
    "stored_table",
]

_COLUMNS: Final = ("estimate", "lower", "upper", "p_value")
_SHOWN_DECIMALS: Final = 4  # what two tables of intervals beside each other leave room for
# A reference number ending in 5 may have been rounded either way; far below the last digit compared.
_TIE: Final = 1e-12

Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ReferenceTable:
    """Numbers that somebody else computed.

    Attributes
    ----------
    source : str
        Who computed them, as the heading of their column.
    note : str
        How, in a sentence; may be empty.
    decimals, p_decimals : int
        Decimals given for effects and for p-values: those that are compared.
    rows : mapping of str to tuple of float
        Numbers by row label; a shorter tuple lacks the last of the columns.
    columns : tuple of str
        What the numbers are: estimate, lower, upper and p_value, or lower and upper bounds alone.
    """

    source: str
    note: str
    decimals: int
    p_decimals: int
    rows: Mapping[str, Numbers]
    columns: tuple[str, ...] = _COLUMNS

    @property
    def heading(self) -> str:
        """What a cell of the printed table holds, beside the first number."""
        if "estimate" not in self.columns:
            return "[bounds]"
        tested = "p_value" in self.columns and any(
            len(row) == len(self.columns) for row in self.rows.values()
        )
        return "[95% CI] p" if tested else "[95% CI]"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of both tables; `ours` is empty when our table has no such row."""

    label: str
    ours: Numbers
    reference: Numbers
    equal: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two tables row by row.

    Attributes
    ----------
    reference : ReferenceTable
    lines : tuple of Line
        In the order of the reference.
    """

    reference: ReferenceTable
    lines: tuple[Line, ...]

    @property
    def equal(self) -> bool:
        """Whether all rows are equal, and there is a row at all."""
        return bool(self.lines) and all(line.equal for line in self.lines)


def stored_table(name: str) -> ReferenceTable:
    """Return a table of ``reference.json``.

    Parameters
    ----------
    name : str

    Raises
    ------
    UnknownNameError
        If there is no table of that name.
    """
    stored = json.loads(files("pymediation.jss").joinpath("reference.json").read_text(encoding="utf-8"))
    tables, sources = stored["tables"], stored["sources"]
    if name not in tables:
        msg = f"There is no reference table {name!r}.{did_you_mean(name, tables)}"
        raise UnknownNameError(msg)
    table = tables[name]
    rows = {label: tuple(numbers) for label, numbers in table["rows"].items()}
    source, columns = sources[table["source"]], tuple(table.get("columns", _COLUMNS))
    note = table.get("note", source["note"])
    return ReferenceTable(source["heading"], note, table["decimals"], table["p_decimals"], rows, columns)


def compare(ours: pd.DataFrame, reference: ReferenceTable) -> Comparison:
    """Compare our table with reference numbers, to the digits that these are given with.

    Parameters
    ----------
    ours : DataFrame
        Row labels as index, of effects or of (effect, value of a grid); columns estimate, lower, upper and,
        if the reference has it, p_value. Rows that the reference lacks are not compared.
    reference : ReferenceTable

    Returns
    -------
    Comparison

    Examples
    --------
    >>> table = ReferenceTable("R", "", 2, 2, {"ACME": (0.08, 0.04, 0.15, 0.00)})
    >>> columns = ["estimate", "lower", "upper", "p_value"]
    >>> ours = pd.DataFrame([[0.0791, 0.0351, 0.1501, 0.0]], ["ACME"], columns)
    >>> compare(ours, table).equal
    True
    """
    ours = ours.set_axis([_label(key) for key in ours.index])
    lines = []
    for label, numbers in reference.rows.items():
        columns = list(reference.columns[: len(numbers)]) if label in ours.index else []
        found = tuple(float(number) for number in ours[columns].to_numpy(float)[ours.index == label].ravel())
        lines.append(Line(label, found, numbers, _same(found, numbers, reference)))
    return Comparison(reference, tuple(lines))


def _label(key: object) -> str:
    """Return the label of a row; on a grid, with the value, rounding taken off."""
    if not isinstance(key, tuple):
        return str(key)
    effect, value = key
    return f"{effect} at {round(float(value), 9):g}"


def _same(ours: Numbers, theirs: Numbers, reference: ReferenceTable) -> bool:
    """Whether numbers agree to the decimals of the reference."""
    if len(ours) != len(theirs):
        return False
    decimals = np.array(
        [reference.p_decimals if column == "p_value" else reference.decimals for column in reference.columns]
    )[: len(theirs)]
    return bool(np.all(np.abs(np.subtract(ours, theirs)) <= 0.5 * 10.0**-decimals + _TIE))


def render(comparison: Comparison) -> str:
    """Return both tables beside each other, a row per effect, and the verdict.

    Parameters
    ----------
    comparison : Comparison
    """
    verdicts = ["equal", *("yes" if line.equal else "NO" for line in comparison.lines)]
    table = [(*row, verdict) for row, verdict in zip(_beside(comparison), verdicts, strict=True)]
    return "\n".join([*_aligned(table), "", _verdict(comparison)])


def render_beside(comparison: Comparison) -> str:
    """Return both tables beside each other, without a verdict.

    Parameters
    ----------
    comparison : Comparison
    """
    return "\n".join(_aligned(_beside(comparison)))


def _beside(comparison: Comparison) -> list[tuple[str, ...]]:
    """Return the header and the rows of both tables: label, ours, theirs."""
    reference, lines = comparison.reference, comparison.lines
    left = _cells([line.ours for line in lines], reference)
    right = _cells([line.reference for line in lines], reference)
    header = ("", *(f"{who} {reference.heading}" for who in ("pymediation", reference.source)))
    return [header, *zip([line.label for line in lines], left, right, strict=True)]


def _verdict(comparison: Comparison) -> str:
    """Say in a line whether the tables are equal."""
    reference, count = comparison.reference, len(comparison.lines)
    against = f"{reference.source}, compared to {reference.decimals} decimals"
    if comparison.equal:
        return f"EQUAL in all {count} rows to {against}"
    differing = [line.label for line in comparison.lines if not line.equal]
    return f"DIFFERENT in {len(differing)} of {count} rows from {against}: {', '.join(differing)}"


def render_rows(reference: ReferenceTable) -> str:
    """Return the rows of a reference table alone.

    Parameters
    ----------
    reference : ReferenceTable
    """
    cells = _cells(list(reference.rows.values()), reference)
    return "\n".join(_aligned(list(zip(reference.rows, cells, strict=True))))


def _cells(rows: list[Numbers], reference: ReferenceTable) -> list[str]:
    """Write each row as estimate [lower, upper] p, the numbers of all rows below each other."""
    decimals = min(reference.decimals, _SHOWN_DECIMALS)
    texts = [[f"{value:.{decimals}f}" for value in row[:3]] for row in rows]
    present = [text for text in texts if text]
    widths = [max(map(len, column)) for column in zip_longest(*present, fillvalue="")]
    first = int("estimate" in reference.columns)
    return [_cell(text, row, widths, first) for text, row in zip(texts, rows, strict=True)]


def _cell(texts: list[str], row: Numbers, widths: list[int], first: int) -> str:
    """Write one row, so many numbers of it before the brackets."""
    if not texts:
        return "no such row"
    padded = [text.rjust(width) for text, width in zip(texts, widths, strict=False)]
    interval = [f"[{', '.join(padded[first:])}]"] if padded[first:] else []
    return " ".join([*padded[:first], *interval, *(f"{p:.2f}" for p in row[3:])])


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Pad cells to the widths of their columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
