"""The summary of a mediation analysis: one value, written as R's text or as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from pymediation.estimates.effects import EffectName
from pymediation.report.coefficients import (
    SIGNIFICANCE_LEGEND,
    CoefficientCells,
    coefficient_cells,
    coefficient_lines,
)
from pymediation.report.document import (
    CONDITIONAL_LINE,
    Method,
    footer_lines,
    heading_lines,
    interval_columns,
    method_line,
)
from pymediation.report.markup import TableMarkup, table_html

__all__ = [
    *("TITLE", "EffectRow", "MediationReport", "html", "paragraphs", "rows_shown", "table_digits", "text"),
]

TITLE: Final = "Causal Mediation Analysis "

_R_DIGITS = 7  # R's default for options(digits=)
_ONE_SET: Final[tuple[tuple[str, EffectName], ...]] = (
    ("ACME", "d1"),
    ("ADE", "z0"),
    ("Total Effect", "tau"),
    ("Prop. Mediated", "n0"),
)
_BOTH_SETS: Final[tuple[tuple[str, EffectName], ...]] = (
    ("ACME (control)", "d0"),
    ("ACME (treated)", "d1"),
    ("ADE (control)", "z0"),
    ("ADE (treated)", "z1"),
    ("Total Effect", "tau"),
    ("Prop. Mediated (control)", "n0"),
    ("Prop. Mediated (treated)", "n1"),
    ("ACME (average)", "d_avg"),
    ("ADE (average)", "z_avg"),
    ("Prop. Mediated (average)", "n_avg"),
)


class EffectRow(NamedTuple):
    """One line of the table: an effect, its interval and its p-value."""

    label: str
    estimate: float
    lower: float
    upper: float
    p: float


@dataclass(frozen=True, slots=True)
class MediationReport:
    """What the summary of a mediation analysis says.

    Attributes
    ----------
    method : {"quasi-bayes", "boot perc", "boot bca", "two-stage"}
        How the intervals were computed.
    rows : tuple of EffectRow
        The lines of the table, see `rows_shown`.
    conf_level : float or None
        Level of the intervals, between 0 and 1; None leaves it out of the headings.
    nobs : int
        Observations used.
    sims : int or None
        Simulations or bootstrap replicates; None where there were none.
    conditional : bool
        Whether covariates were held at given values.
    notes : tuple of str
        Further one-line paragraphs above the table, in order; R's own text has none for models of one level.
    title : str
        First line.
    footnotes : tuple of str
        Lines below R's text.
    """

    method: Method
    rows: tuple[EffectRow, ...]
    conf_level: float | None
    nobs: int
    sims: int | None
    conditional: bool = False
    notes: tuple[str, ...] = ()
    title: str = TITLE
    footnotes: tuple[str, ...] = ()


def rows_shown(one_set: bool) -> tuple[tuple[str, EffectName], ...]:
    """Return the lines of the table: their labels and the names of the effects they show.

    Parameters
    ----------
    one_set : bool
        Whether effects are the same under treatment and control (no interaction, linear outcome model).

    Returns
    -------
    tuple of (label, effect name)
        4 or 10 pairs; names are ``d0 d1 z0 z1 tau n0 n1 d_avg z_avg n_avg``.

    Examples
    --------
    >>> rows_shown(True)[0]
    ('ACME', 'd1')
    """
    return _ONE_SET if one_set else _BOTH_SETS


def text(report: MediationReport, digits: int | None = None) -> str:
    """Write a report as R prints it.

    Parameters
    ----------
    report : MediationReport
        What to write.
    digits : int, optional
        R's option ``digits``, 7 by default: estimates are shown to ``digits - 2`` significant digits,
        p-values to ``digits - 3``, at most 5.

    Returns
    -------
    str
        The text; ``print`` of it gives R's output, with its trailing blanks and empty lines.

    Examples
    --------
    >>> rows = (EffectRow("ACME", -0.0157, -0.0346, 0.0033, 0.16),)
    >>> print(text(MediationReport("boot perc", rows, 0.95, nobs=899, sims=100)).splitlines()[6])
    ACME  -0.0157      -0.0346       0.0033    0.16
    """
    lines = heading_lines(report.title, paragraphs(report))
    lines += coefficient_lines(
        [row.label for row in report.rows],
        _column_names(report),
        _values(report),
        digits=table_digits(digits),
        p_column=True,
    )
    return "\n".join([*lines, *footer_lines(report.nobs, report.sims), *report.footnotes])


def html(report: MediationReport, digits: int | None = None) -> str:
    """Write a report as an HTML table with a caption, row and column headings and a legend.

    Parameters
    ----------
    report : MediationReport
        What to write.
    digits : int, optional
        As in `text`.

    Returns
    -------
    str
        A ``table`` element without style attributes; labels and notes are escaped.
    """
    table = _cells(report, digits)
    sims = () if report.sims is None else (f"Simulations: {report.sims:d}",)
    legend = () if table.stars is None else (SIGNIFICANCE_LEGEND,)
    return table_html(
        TableMarkup(
            caption=(report.title, *paragraphs(report)),
            corner="Effect",
            column_names=_column_names(report),
            row_names=tuple(row.label for row in report.rows),
            cells=table.cells,
            stars=table.stars,
            footer=(*legend, f"Sample Size Used: {report.nobs:d}", *sims, *report.footnotes),
        )
    )


def paragraphs(report: MediationReport) -> tuple[str, ...]:
    """Return the lines between title and table."""
    conditional = (CONDITIONAL_LINE,) if report.conditional else ()
    return (method_line(report.method), *conditional, *report.notes)


def _column_names(report: MediationReport) -> tuple[str, ...]:
    """Return the headings of the numeric columns."""
    return ("Estimate", *interval_columns(report.conf_level), "p-value")


def _values(report: MediationReport) -> np.ndarray:
    """Return the numbers of the table, a row per effect."""
    return np.array([row[1:] for row in report.rows], dtype=np.float64).reshape(-1, 4)


def _cells(report: MediationReport, digits: int | None) -> CoefficientCells:
    """Return the texts of the table."""
    return coefficient_cells(_values(report), digits=table_digits(digits), p_column=True)


def table_digits(digits: int | None) -> int:
    """Translate R's option into the digits of a coefficient table."""
    return max(3, (_R_DIGITS if digits is None else digits) - 2)
