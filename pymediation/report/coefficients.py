"""Tables of coefficients with p-values and significance stars, as R's ``printCoefmat`` writes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.report.matrix import table_lines
from pymediation.report.numbers import (
    format_numbers,
    format_p_values,
    round_to_decimals,
    significance_stars,
)

__all__ = ["SIGNIFICANCE_LEGEND", "CoefficientCells", "coefficient_cells", "coefficient_lines"]

SIGNIFICANCE_LEGEND = "Signif. codes:  0 ‘***’ 0.001 ‘**’ 0.01 ‘*’ 0.05 ‘.’ 0.1 ‘ ’ 1"

_STARRED_BELOW = 0.1
_MAX_TEST_DIGITS = 5


@dataclass(frozen=True, slots=True)
class CoefficientCells:
    """The texts of a coefficient table.

    Attributes
    ----------
    cells : tuple of tuple of str
        m rows of k texts, the p-values last if there are any.
    stars : tuple of str or None
        The m significance symbols; None if no p-value is below 0.1.
    """

    cells: tuple[tuple[str, ...], ...]
    stars: tuple[str, ...] | None


def coefficient_cells(
    values: ArrayLike,
    *,
    digits: int = 5,
    p_column: bool,
    coefficient_columns: Sequence[int] | None = None,
    test_column: int | None = None,
    na: ArrayLike | None = None,
) -> CoefficientCells:
    """Write the numbers of a coefficient table as R does.

    The coefficient columns (estimates, standard errors, interval limits) share one format that shows the
    smallest of them to `digits` significant digits. The test statistic is rounded to ``digits - 1``
    decimals, p-values are shown to as many significant digits (at most 5, at least 1).

    Parameters
    ----------
    values : array_like
        m by k numbers.
    digits : int
        Significant digits; R takes 5 where its option ``digits`` is 7, and 4 for regressions.
    p_column : bool
        Whether the last column holds p-values.
    coefficient_columns : sequence of int, optional
        Positions of the columns that share one format. Default: all but the p-values and `test_column`.
    test_column : int, optional
        Position of the test statistic.
    na : array_like of bool, optional
        m by k: cells that are R's ``NA`` (such as a coefficient that cannot be estimated) and not ``NaN``.

    Returns
    -------
    CoefficientCells
        The texts and the stars.

    Examples
    --------
    >>> table = coefficient_cells([[0.51, 0.2, 0.0108], [-12.0, 30.0, 0.69]], p_column=True)
    >>> table.cells
    (('  0.51', '  0.20', '0.0108'), ('-12.00', ' 30.00', '0.6900'))
    >>> table.stars
    ('*', ' ')
    """
    array = np.asarray(values, dtype=np.float64)
    missing = np.zeros(array.shape, dtype=bool) if na is None else np.asarray(na, dtype=bool)
    last = array.shape[1] - 1
    free = [j for j in range(array.shape[1]) if not (p_column and j == last)]
    numbers = [j for j in free if j != test_column]
    coefficients = numbers if coefficient_columns is None else list(coefficient_columns)
    test_digits = max(1, min(_MAX_TEST_DIGITS, digits - 1))

    texts = np.full(array.shape, "", dtype=object)
    texts[:, coefficients] = _coefficient_texts(array[:, coefficients], digits)
    for j in numbers:
        if j not in coefficients:
            texts[:, j] = format_numbers(array[:, j], digits)
    if test_column is not None:
        texts[:, test_column] = format_numbers(round_to_decimals(array[:, test_column], test_digits), digits)
    texts[:, numbers] = _with_vanished_restored(texts[:, numbers], array[:, numbers], digits)
    texts[np.isnan(array)] = "NaN"
    stars = None
    if p_column:
        stars = _write_p_values(texts[:, last], array[:, last], test_digits)
    texts[missing] = "NA"
    return CoefficientCells(tuple(tuple(map(str, row)) for row in texts), stars)


def coefficient_lines(
    row_names: Sequence[str],
    column_names: Sequence[str],
    values: ArrayLike,
    *,
    digits: int = 5,
    p_column: bool,
    coefficient_columns: Sequence[int] | None = None,
    test_column: int | None = None,
    na: ArrayLike | None = None,
    stars: bool = True,
    legend: bool = True,
    width: int | None = None,
) -> list[str]:
    """Lay out a coefficient table as R's ``printCoefmat`` prints it.

    Parameters
    ----------
    row_names, column_names : sequence of str
        The m row names and k headings.
    values : array_like
        m by k numbers.
    digits, p_column, coefficient_columns, test_column, na
        As in `coefficient_cells`.
    stars : bool
        Whether to add the column of significance symbols (it appears only if a p-value is below 0.1).
    legend : bool
        Whether to explain the symbols in two lines below the table, if there are any.
    width : int, optional
        As in `pymediation.report.matrix.table_lines`.

    Returns
    -------
    list of str
        The lines, without line ends.

    Raises
    ------
    ArgumentError
        If the numbers of names and values do not match.

    Examples
    --------
    >>> numbers = [[0.51, 0.03], [-12.0, 0.04]]
    >>> for line in coefficient_lines(["ACME", "ADE"], ["Estimate", "p-value"], numbers, p_column=True)[1:]:
    ...     print(line)
    ACME     0.51    0.03 *
    ADE    -12.00    0.04 *
    ---
    Signif. codes:  0 ‘***’ 0.001 ‘**’ 0.01 ‘*’ 0.05 ‘.’ 0.1 ‘ ’ 1
    """
    table = coefficient_cells(
        values,
        digits=digits,
        p_column=p_column,
        coefficient_columns=coefficient_columns,
        test_column=test_column,
        na=na,
    )
    if not stars or table.stars is None:
        return table_lines(row_names, column_names, table.cells, width=width)
    cells = [(*row, symbol) for row, symbol in zip(table.cells, table.stars, strict=True)]
    lines = table_lines(row_names, [*column_names, ""], cells, width=width)
    return [*lines, "---", SIGNIFICANCE_LEGEND] if legend else lines


def _coefficient_texts(block: NDArray[np.float64], digits: int) -> NDArray[np.object_]:
    """Format a block of coefficients together, with the decimals that its smallest number asks for."""
    sizes = np.abs(block[np.isfinite(block) & (block != 0)])
    smallest = math.floor(math.log10(sizes.min())) + 1 if sizes.size else 0
    rounded = round_to_decimals(block, max(1, digits - smallest))
    return _as_cells(format_numbers(rounded, digits), block.shape)


def _with_vanished_restored(
    texts: NDArray[np.object_], numbers: NDArray[np.float64], digits: int
) -> NDArray[np.object_]:
    """Write anew, all in one format, the numbers that rounding has turned into zeros."""
    reads_zero = np.array([float(text) == 0 for text in texts.ravel()], dtype=bool).reshape(texts.shape)
    vanished = reads_zero & (numbers != 0) & ~np.isnan(numbers)
    restored = texts.copy()
    if vanished.any():
        restored[vanished] = format_numbers(numbers[vanished], max(1, digits - 1))
    return restored


def _write_p_values(
    texts: NDArray[np.object_], p: NDArray[np.float64], digits: int
) -> tuple[str, ...] | None:
    """Fill in the texts of the p-values and return the stars, if any p-value earns one."""
    known = ~np.isnan(p)
    texts[known] = format_p_values(p[known], digits)
    if not (p[known] < _STARRED_BELOW).any():
        return None
    return tuple(significance_stars(p))


def _as_cells(texts: list[str], shape: tuple[int, ...]) -> NDArray[np.object_]:
    """Arrange texts in C order."""
    return np.array(texts, dtype=object).reshape(shape)
