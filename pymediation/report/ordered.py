"""The summary of a mediation analysis with an ordered outcome: a table per effect, a column per category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pymediation.report.document import (
    CONDITIONAL_LINE,
    Method,
    footer_lines,
    heading_lines,
    method_line,
    quantile_names,
)
from pymediation.report.markup import TableMarkup, table_html
from pymediation.report.matrix import matrix_lines
from pymediation.report.mediation import TITLE
from pymediation.report.numbers import format_numbers

__all__ = ["CategoryEffects", "OrderedReport", "ordered_html", "ordered_rows", "ordered_text"]

_DIGITS = 3
_FOOTER_GAP = 3  # empty lines that R leaves between the two sizes
# The labels carry the trailing blanks of R's tables, which widen the column of row names.
_ROWS: Final = (
    ("ACME (control) ", "d0"),
    ("ACME (treated) ", "d1"),
    ("ADE (control)  ", "z0"),
    ("ADE (treated)  ", "z1"),
    ("Total Effect  ", "tau"),
)


@dataclass(frozen=True, slots=True)
class CategoryEffects:
    """One effect on the probabilities of the K outcome categories.

    Attributes
    ----------
    label : str
        Name of the effect.
    estimate, lower, upper, p : tuple of float
        K numbers each.
    """

    label: str
    estimate: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    p: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class OrderedReport:
    """What the summary of a mediation analysis with an ordered outcome says.

    Attributes
    ----------
    method : {"boot perc", "boot bca"}
        How the intervals were computed.
    levels : tuple of str
        The K outcome categories, in the order of the numbers.
    panels : tuple of CategoryEffects
        The effects, see `ordered_rows`.
    conf_level : float
        Level of the intervals, between 0 and 1.
    nobs, sims : int
        Observations and bootstrap replicates.
    conditional : bool
        Whether covariates were held at given values.
    notes : tuple of str
        Further one-line paragraphs above the tables.
    title : str
        First line.
    """

    method: Method
    levels: tuple[str, ...]
    panels: tuple[CategoryEffects, ...]
    conf_level: float
    nobs: int
    sims: int
    conditional: bool = False
    notes: tuple[str, ...] = ()
    title: str = TITLE


def ordered_rows() -> tuple[tuple[str, str], ...]:
    """Return the labels of the five tables and the names of the effects they show.

    Examples
    --------
    >>> ordered_rows()[-1]
    ('Total Effect  ', 'tau')
    """
    return _ROWS


def ordered_text(report: OrderedReport, digits: int = _DIGITS) -> str:
    """Write a report on an ordered outcome as R prints it.

    Parameters
    ----------
    report : OrderedReport
        What to write.
    digits : int
        Significant digits of each column; R always takes 3.

    Returns
    -------
    str
        The text; ``print`` of it gives R's output.
    """
    lines = heading_lines(report.title, _paragraphs(report))
    for panel in report.panels:
        lines += [
            *matrix_lines(_row_names(report, panel), _column_names(report), _values(panel), digits=digits),
            "",
        ]
    return "\n".join(lines + footer_lines(report.nobs, report.sims, gap=_FOOTER_GAP))


def ordered_html(report: OrderedReport, digits: int = _DIGITS) -> str:
    """Write a report on an ordered outcome as HTML, a table per effect.

    Parameters
    ----------
    report : OrderedReport
        What to write.
    digits : int
        Significant digits of each column.

    Returns
    -------
    str
        ``table`` elements, one below the other.
    """
    tables = []
    for panel in report.panels:
        columns = [format_numbers(column, digits) for column in _values(panel).T]
        tables.append(
            table_html(
                TableMarkup(
                    caption=(f"{report.title.strip()}: {panel.label}", *_paragraphs(report)),
                    corner="Category",
                    column_names=_column_names(report),
                    row_names=("Estimate", *_row_names(report, panel)[1:]),
                    cells=tuple(zip(*columns, strict=True)),
                    footer=(f"Sample Size Used: {report.nobs:d}", f"Simulations: {report.sims:d}"),
                )
            )
        )
    return "\n".join(tables)


def _paragraphs(report: OrderedReport) -> tuple[str, ...]:
    """Return the lines between title and tables."""
    conditional = (CONDITIONAL_LINE,) if report.conditional else ()
    return (method_line(report.method), *conditional, *report.notes)


def _row_names(report: OrderedReport, panel: CategoryEffects) -> tuple[str, ...]:
    """Return the names of the four rows of a table."""
    return (panel.label, *quantile_names(report.conf_level), "p-value ")


def _column_names(report: OrderedReport) -> tuple[str, ...]:
    """Return the headings, a probability per category."""
    return tuple(f"Pr(Y={level})" for level in report.levels)


def _values(panel: CategoryEffects) -> NDArray[np.float64]:
    """Return the four rows of numbers of a table."""
    return np.array([panel.estimate, panel.lower, panel.upper, panel.p], dtype=np.float64)
