"""Hypothesis tests as R prints them: objects of class ``htest``, and tables for an ordered outcome."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pymediation.report.document import interval_columns
from pymediation.report.markup import TableMarkup, table_html
from pymediation.report.matrix import matrix_lines
from pymediation.report.numbers import format_numbers, format_p_values

__all__ = [
    "HTestReport",
    "OrderedHTestReport",
    "htest_html",
    "htest_text",
    "ordered_htest_html",
    "ordered_htest_text",
]

_LINE = 71  # R wraps these texts to less than nine tenths of its 80 columns
_WIDTH = 80
_STATISTIC_DIGITS, _P_DIGITS, _LEVEL_DIGITS, _INTERVAL_DIGITS = 5, 4, 7, 7
_CATEGORY_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class HTestReport:
    """What a test of one quantity says.

    Attributes
    ----------
    method : str
        Title.
    name : str
        Name of the quantity, 0 under the null hypothesis.
    data_name : str
        Where it comes from.
    statistic, p, lower, upper : float
        Estimate, p-value and bounds.
    level : float
        Level of the interval, between 0 and 1.
    """

    method: str
    name: str
    data_name: str
    statistic: float
    p: float
    lower: float
    upper: float
    level: float


@dataclass(frozen=True, slots=True)
class OrderedHTestReport:
    """What tests of one quantity for each of K outcome categories say.

    Attributes
    ----------
    method : str
        Title.
    name : str
        Name of the quantity.
    categories : tuple of str
        The K categories.
    statistic, p, lower, upper : tuple of float
        K estimates, p-values and bounds.
    level : float
        Level of the intervals, between 0 and 1.
    """

    method: str
    name: str
    categories: tuple[str, ...]
    statistic: tuple[float, ...]
    p: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    level: float


def htest_text(report: HTestReport) -> str:
    """Write a test as R prints it; ``print`` of the text gives R's output.

    Examples
    --------
    >>> report = HTestReport("Test of x = 0", "x", "estimates from fit", 0.5, 0.02, 0.1, 0.9, 0.95)
    >>> print(htest_text(report).splitlines()[4])
    x = 0.5, p-value = 0.02
    """
    lower, upper = format_numbers([report.lower, report.upper], _INTERVAL_DIGITS)
    lines = [
        "",
        *(f"\t{line}" for line in _wrapped(report.method)),
        "",
        f"data:  {report.data_name}",
        *_wrapped(f"{report.name} = {_statistic(report)}, {_p_text(report.p)}"),
        f"alternative hypothesis: {_alternative(report)}",
        f"{_percent(report.level)} percent confidence interval:",
        f" {lower} {upper}",
        "",
    ]
    return "\n".join(lines)


def htest_html(report: HTestReport) -> str:
    """Write a test as an HTML table."""
    lower, upper = format_numbers([report.lower, report.upper], _INTERVAL_DIGITS)
    return table_html(
        TableMarkup(
            caption=(report.method, f"data: {report.data_name}"),
            corner="Difference",
            column_names=("Estimate", *interval_columns(report.level), "p-value"),
            row_names=(report.name,),
            cells=((_statistic(report), lower, upper, format_p_values([report.p], _P_DIGITS)[0]),),
            footer=(f"alternative hypothesis: {_alternative(report)}",),
        )
    )


def ordered_htest_text(report: OrderedHTestReport) -> str:
    """Write tests of all categories as R prints them, further columns in blocks below."""
    table = matrix_lines(
        _row_names(report), _headings(report), _values(report), digits=_CATEGORY_DIGITS, width=_WIDTH
    )
    return "\n".join(["", f"{report.method} ", "", *table, ""])


def ordered_htest_html(report: OrderedHTestReport) -> str:
    """Write tests of all categories as an HTML table."""
    columns = [format_numbers(column, _CATEGORY_DIGITS) for column in _values(report).T]
    return table_html(
        TableMarkup(
            caption=(report.method,),
            corner="Category",
            column_names=_headings(report),
            row_names=_row_names(report),
            cells=tuple(zip(*columns, strict=True)),
        )
    )


def _wrapped(text: str) -> list[str]:
    """Break a text between words."""
    return textwrap.wrap(text, _LINE, break_long_words=False, break_on_hyphens=False)


def _statistic(report: HTestReport) -> str:
    """Write the estimate."""
    return format_numbers([report.statistic], _STATISTIC_DIGITS)[0]


def _p_text(p: float) -> str:
    """Write the p-value as an equation, or as an inequality where it is 0."""
    (shown,) = format_p_values([p], _P_DIGITS)
    return f"p-value {shown}" if shown.startswith("<") else f"p-value = {shown}"


def _percent(level: float) -> str:
    """Write the level as a percentage."""
    return format_numbers([100 * level], _LEVEL_DIGITS)[0]


def _alternative(report: HTestReport) -> str:
    """Write what is true if the null hypothesis is not."""
    return f"true {report.name} is not equal to 0"


def _row_names(report: OrderedHTestReport) -> tuple[str, ...]:
    """Return the names of the four rows."""
    return (report.name, *interval_columns(report.level), "p-value")


def _headings(report: OrderedHTestReport) -> tuple[str, ...]:
    """Return the headings, a probability per category."""
    return tuple(f"Pr(Y={category})" for category in report.categories)


def _values(report: OrderedHTestReport) -> NDArray[np.float64]:
    """Return the four rows of numbers."""
    return np.array([report.statistic, report.lower, report.upper, report.p], dtype=np.float64)
