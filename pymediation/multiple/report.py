"""The printed summary of ``multimed``, as R's, and its tables as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pymediation.report.coefficients import coefficient_cells, coefficient_lines
from pymediation.report.document import heading_lines, interval_columns
from pymediation.report.markup import TableMarkup, table_html

__all__ = ["CROSSING_COLUMNS", "MultimedReport", "html", "text"]

FloatArray = NDArray[np.float64]

TITLE: Final = "Causal Mediation Analysis with Confounding by an Alternative Mechanism"
CROSSING_COLUMNS: Final = ("sigma(bounds)", "sigma(CI)", "R2s(bounds)", "R2s(CI)", "R2t(bounds)", "R2t(CI)")
_ESTIMATES: Final = "Estimates under the Homogeneous Interaction Assumption:"
_CROSSING: Final = "Values of the sensitivity parameters at which {} first crosses zero:"
_ARMS: Final = ("treated", "control", "average")
_PAGE: Final = 80


@dataclass(frozen=True, slots=True, eq=False)
class MultimedReport:
    """What the summary says.

    Attributes
    ----------
    labels : tuple of str
        Names of the seven effects.
    estimates : ndarray, shape (7, 3)
        Estimate, lower and upper end of each; NaN where missing.
    crossings : dict of str to ndarray, shape (3, 6)
        For ACME and ADE the values of the sensitivity parameters, a row for each of `_ARMS`.
    level : float
        Level of the intervals.
    """

    labels: tuple[str, ...]
    estimates: FloatArray
    crossings: dict[str, FloatArray]
    level: float

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings of the estimates."""
        return ("Estimate", *interval_columns(self.level))


def text(report: MultimedReport) -> str:
    """Return R's text.

    Parameters
    ----------
    report : MultimedReport
    """
    lines = [
        *heading_lines(TITLE, []),
        _ESTIMATES,
        *_table(report.labels, report.columns, report.estimates),
        "",
        "Sensitivity Analysis: ",
    ]
    for kind, values in report.crossings.items():
        lines += [_CROSSING.format(kind), *_table(_rows(kind), CROSSING_COLUMNS, values)]
    return "\n".join([*lines, ""])


def html(report: MultimedReport) -> str:
    """Return the three tables as HTML.

    Parameters
    ----------
    report : MultimedReport
    """
    tables = [
        _markup((TITLE, _ESTIMATES), report.labels, report.columns, report.estimates),
        *(
            _markup((_CROSSING.format(kind),), _rows(kind), CROSSING_COLUMNS, values)
            for kind, values in report.crossings.items()
        ),
    ]
    return "\n".join(table_html(table) for table in tables)


def _rows(kind: str) -> tuple[str, ...]:
    """Return the row names of a table of crossings."""
    return tuple(f"{kind} ({arm})" for arm in _ARMS)


def _table(rows: Sequence[str], columns: Sequence[str], values: FloatArray) -> list[str]:
    """Lay a table out as R does; whatever is missing is R's NA."""
    return coefficient_lines(rows, columns, values, p_column=False, na=np.isnan(values), width=_PAGE)


def _markup(
    caption: tuple[str, ...], rows: Sequence[str], columns: Sequence[str], values: FloatArray
) -> TableMarkup:
    """Return a table with the same texts as the printed one."""
    cells = coefficient_cells(values, p_column=False, na=np.isnan(values)).cells
    return TableMarkup(caption, "", tuple(columns), tuple(rows), cells)
