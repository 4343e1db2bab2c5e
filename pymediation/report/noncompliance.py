"""Tables of effects without p-values: estimates, and intervals if there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pymediation.report.coefficients import coefficient_cells, coefficient_lines
from pymediation.report.document import footer_lines, heading_lines, interval_columns
from pymediation.report.markup import TableMarkup, table_html

__all__ = ["NONCOMPLIANCE_TITLE", "EstimateReport", "estimate_html", "estimate_text", "noncompliance_method"]

NONCOMPLIANCE_TITLE: Final = "Causal Mediation Analysis with Treatment Noncompliance"

_R_DIGITS = 7  # R's default for options(digits=)


@dataclass(frozen=True, slots=True)
class EstimateReport:
    """What such a summary says.

    Attributes
    ----------
    title : str
        First line.
    method : str or None
        How intervals were computed; None without intervals.
    rows : tuple of (label, numbers)
        Estimate, or estimate, lower and upper, by line of the table.
    conf_level : float or None
        Level of the intervals; None without intervals.
    nobs : int
        Observations used.
    sims : int or None
        Draws or replicates; None without intervals.
    footnotes : tuple of str
        Lines below R's text.
    """

    title: str
    method: str | None
    rows: tuple[tuple[str, tuple[float, ...]], ...]
    conf_level: float | None
    nobs: int
    sims: int | None
    footnotes: tuple[str, ...] = ()


def noncompliance_method(boot: bool) -> str:
    """Return R's line for the method of an analysis with noncompliance."""
    return (
        f"Confidence Intervals Based on {'Nonparametric Bootstrap' if boot else 'Quasi-Bayesian Monte Carlo'}"
    )


def estimate_text(report: EstimateReport, digits: int | None = None) -> str:
    r"""Write a report as R prints it.

    Parameters
    ----------
    report : EstimateReport
    digits : int, optional
        R's option ``digits``, 7 by default: numbers are shown to ``digits - 2`` significant digits.

    Returns
    -------
    str

    Examples
    --------
    >>> report = EstimateReport(NONCOMPLIANCE_TITLE, None, (("LATE", (-0.0886,)),), None, 899, None)
    >>> print("\n".join(estimate_text(report).splitlines()[3:5]))
         Estimate
    LATE  -0.0886
    """
    lines = heading_lines(report.title, () if report.method is None else (report.method,))
    labels, numbers = zip(*report.rows, strict=True)
    lines += coefficient_lines(
        labels, _columns(report), numbers, digits=_table_digits(digits), p_column=False
    )
    footer = footer_lines(report.nobs, report.sims)
    lines += footer if report.sims is not None else footer[:3]
    return "\n".join([*lines, *report.footnotes])


def estimate_html(report: EstimateReport, digits: int | None = None) -> str:
    """Write a report as an HTML table; parameters as in `estimate_text`."""
    labels, numbers = zip(*report.rows, strict=True)
    table = coefficient_cells(numbers, digits=_table_digits(digits), p_column=False)
    sims = () if report.sims is None else (f"Simulations: {report.sims:d}",)
    return table_html(
        TableMarkup(
            caption=(report.title, *filter(None, (report.method,))),
            corner="Effect",
            column_names=_columns(report),
            row_names=labels,
            cells=table.cells,
            footer=(f"Sample Size Used: {report.nobs:d}", *sims, *report.footnotes),
        )
    )


def _columns(report: EstimateReport) -> tuple[str, ...]:
    """Return the headings."""
    return ("Estimate", *(() if report.conf_level is None else interval_columns(report.conf_level)))


def _table_digits(digits: int | None) -> int:
    """Translate R's option into the digits of a coefficient table."""
    return max(3, (_R_DIGITS if digits is None else digits) - 2)
