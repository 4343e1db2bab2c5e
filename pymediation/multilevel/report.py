"""The summary of effects by group, written as R's text or as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pymediation.report.coefficients import SIGNIFICANCE_LEGEND, coefficient_cells, coefficient_lines
from pymediation.report.document import footer_lines, heading_lines, interval_columns
from pymediation.report.markup import TableMarkup, table_html
from pymediation.report.mediation import MediationReport, paragraphs, table_digits

__all__ = ["GroupPanel", "GroupReport", "group_html", "group_notes", "group_text"]

Output = Literal["default", "byeffect", "bygroup"]


@dataclass(frozen=True, slots=True, eq=False)
class GroupPanel:
    """One table: an effect in all groups, or all effects in a group.

    Attributes
    ----------
    title : str
        The effect or the group.
    labels : tuple of str
        Names of the rows: groups or effects.
    values : ndarray, shape (m, 4)
        Estimate, lower and upper bound and p-value of each row.
    """

    title: str
    labels: tuple[str, ...]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GroupReport:
    """What the summary of effects by group says.

    Attributes
    ----------
    document : MediationReport
        What it has in common with the summary of all rows; its table is not used.
    panels : tuple of GroupPanel
    by : {"byeffect", "bygroup"}
        What the panels are.
    """

    document: MediationReport
    panels: tuple[GroupPanel, ...]
    by: Output


def group_notes(mediator: str | None, outcome: str | None, reported: str | None) -> tuple[str, ...]:
    """Return R's lines about the groups; `reported` is None for averages across them.

    Examples
    --------
    >>> group_notes("school", None, None)[1:]
    ('Outcome Groups: ', 'Output Based on Overall Averages Across Groups ')
    """
    based = "Overall Averages Across Groups" if reported is None else reported
    names = (f"{name} " if name else "" for name in (mediator, outcome))
    return tuple(
        f"{words} {name}"
        for words, name in zip(
            ("Mediator Groups:", "Outcome Groups:", "Output Based on"), (*names, f"{based} "), strict=True
        )
    )


def group_text(report: GroupReport, digits: int | None = None) -> str:
    """Write a report by effect or by group as R prints it.

    Parameters
    ----------
    report : GroupReport
    digits : int, optional
        R's option ``digits``.
    """
    document = report.document
    lines = heading_lines(document.title, paragraphs(document))
    for panel in report.panels:
        table = coefficient_lines(
            panel.labels,
            _column_names(document),
            panel.values,
            digits=table_digits(digits),
            p_column=True,
        )
        if report.by == "byeffect":
            lines += [f"{panel.title} ", "", *table, ""]
        else:
            lines += ["", f"Group: {panel.title} ", *table]
    return "\n".join([*lines, *footer_lines(document.nobs, document.sims), *document.footnotes])


def group_html(report: GroupReport, digits: int | None = None) -> str:
    """Write a report by effect or by group as HTML, a table per panel.

    Parameters
    ----------
    report : GroupReport
    digits : int, optional
        R's option ``digits``.
    """
    return "\n".join(_panel_html(report, panel, digits) for panel in report.panels)


def _panel_html(report: GroupReport, panel: GroupPanel, digits: int | None) -> str:
    """Write one table."""
    document = report.document
    table = coefficient_cells(panel.values, digits=table_digits(digits), p_column=True)
    by_effect = report.by == "byeffect"
    legend: Sequence[str] = () if table.stars is None else (SIGNIFICANCE_LEGEND,)
    title = panel.title if by_effect else f"Group: {panel.title}"
    return table_html(
        TableMarkup(
            caption=(f"{document.title.strip()}: {title}", *paragraphs(document)),
            corner="Group" if by_effect else "Effect",
            column_names=_column_names(document),
            row_names=panel.labels,
            cells=table.cells,
            stars=table.stars,
            footer=(*legend, f"Sample Size Used: {document.nobs:d}", f"Simulations: {document.sims:d}"),
        )
    )


def _column_names(document: MediationReport) -> tuple[str, ...]:
    """Return the headings of the numeric columns."""
    return ("Estimate", *interval_columns(document.conf_level), "p-value")
