"""The summary of a design-based analysis: one value, written as R's text or as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pymediation.report.coefficients import CoefficientCells, coefficient_cells
from pymediation.report.document import heading_lines
from pymediation.report.markup import TableMarkup, table_html
from pymediation.report.matrix import table_lines

__all__ = ["ExperimentReport", "experiment_html", "experiment_text"]

_TITLE: Final = "Design-Based Causal Mediation Analysis"
_WIDTH: Final = 80


@dataclass(frozen=True, slots=True)
class ExperimentReport:
    """What the summary of a design-based analysis says.

    Attributes
    ----------
    paragraphs : tuple of str
        Lines between title and table, the design first.
    row_names, column_names : tuple of str
        The m effects and k headings.
    values : tuple of tuple of float
        m rows of k numbers.
    na : tuple of tuple of bool
        m rows of k: numbers that are missing because there was nothing to compute them from.
    nobs : int
        Observations used.
    """

    paragraphs: tuple[str, ...]
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    na: tuple[tuple[bool, ...], ...]
    nobs: int


def experiment_text(report: ExperimentReport) -> str:
    """Write a report as R prints it; ``print`` of the text gives R's output.

    Examples
    --------
    >>> report = ExperimentReport(("Parallel Design",), ("ACME",), ("Estimate",), ((0.5,),), ((False,),), 9)
    >>> print(experiment_text(report).splitlines()[5:7])
    ['     Estimate', 'ACME      0.5']
    """
    table = table_lines(report.row_names, report.column_names, _cells(report).cells, width=_WIDTH)
    footer = ["", f"Sample Size Used:  {report.nobs:d} ", ""]
    return "\n".join([*heading_lines(_TITLE, report.paragraphs), *table, *footer])


def experiment_html(report: ExperimentReport) -> str:
    """Write a report as an HTML table."""
    return table_html(
        TableMarkup(
            caption=(_TITLE, *report.paragraphs),
            corner="Effect",
            column_names=report.column_names,
            row_names=report.row_names,
            cells=_cells(report).cells,
            footer=(f"Sample Size Used: {report.nobs:d}",),
        )
    )


def _cells(report: ExperimentReport) -> CoefficientCells:
    """Return the texts of the table, all numbers in one format."""
    return coefficient_cells(report.values, p_column=False, na=report.na)
