"""Parts of R's printed regression summaries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.report.coefficients import coefficient_lines
from pymediation.report.numbers import format_numbers, round_to_decimals

__all__ = [
    "ModelSummary",
    "cells_in_one_format",
    "coefficient_block",
    "left_aligned_lines",
    "line_of_residuals",
    "missing_lines",
    "named_lines",
    "significant",
]

_WIDTH = 80
_QUARTILES = ("Min", "1Q", "Median", "3Q", "Max")
_LEVELS = np.linspace(0, 1, 5)
_MANY = 5  # with more residual degrees of freedom, R prints quartiles instead of the residuals


class ModelSummary(ABC):
    """The summary of a model: its table of coefficients, and R's text when printed."""

    __slots__ = ()

    coefficients: pd.DataFrame

    @abstractmethod
    def __str__(self) -> str: ...

    def __repr__(self) -> str:
        return str(self)


def significant(x: float, digits: int) -> float:
    """Round to a number of significant digits."""
    return float(f"{x:.{digits - 1}e}")


def named_lines(names: Sequence[str], texts: Sequence[str], gap: int) -> list[str]:
    """Lay out a named vector as R prints it: names above values, broken at 80 columns."""
    width = max(map(len, (*names, *texts)))
    per_line = max(1, _WIDTH // (width + gap))
    lines = []
    for start in range(0, len(texts), per_line):
        for row in (names, texts):
            lines.append("".join(f"{cell:>{width}}{' ' * gap}" for cell in row[start : start + per_line]))
    return lines


def line_of_residuals(residuals: pd.Series, df: int, digits: int, gap: int) -> list[str]:
    """Print residuals, or their quartiles if there are many."""
    if df > _MANY:
        names, values = list(_QUARTILES), np.quantile(residuals, _LEVELS)
    else:
        names, values = [str(label) for label in residuals.index], residuals.to_numpy()
    largest = np.abs(values).max(initial=0.0)
    decimals = digits + 1 if largest == 0 else max(0, int(np.floor(digits + 1.5 - np.log10(largest))))
    texts = format_numbers(round_to_decimals(values, decimals), digits)
    return named_lines(names, texts, gap)


def left_aligned_lines(
    row_names: Sequence[str], column_names: Sequence[str], cells: Sequence[Sequence[str]]
) -> list[str]:
    """Lay out texts as R prints a matrix of strings: everything on the left, padded on the right."""
    columns = [["", *row_names]]
    columns += [[heading, *(row[j] for row in cells)] for j, heading in enumerate(column_names)]
    widths = [max(map(len, column)) for column in columns]
    return [
        " ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        for row in zip(*columns, strict=True)
    ]


def cells_in_one_format(values: NDArray[np.float64], decimals: int) -> list[list[str]]:
    """Write a table of numbers, rounded to so many decimals, all in the same format."""
    texts = format_numbers(round_to_decimals(values, decimals))
    columns = values.shape[1]
    return [texts[start : start + columns] for start in range(0, len(texts), columns)]


def missing_lines(count: int, indent: str = "") -> list[str]:
    """Say how many rows were left out, if any."""
    plural = "" if count == 1 else "s"
    return [f"{indent}({count} observation{plural} deleted due to missingness)"] if count else []


def coefficient_block(coefficients: pd.DataFrame, aliased: pd.Series, digits: int) -> list[str]:
    """Print the table of coefficients, NA where one could not be estimated."""
    names = [str(name) for name in aliased.index]
    count = int(aliased.sum())
    heading = f"Coefficients: ({count} not defined because of singularities)" if count else "Coefficients:"
    values = np.full((len(names), coefficients.shape[1]), np.nan)
    values[~aliased.to_numpy()] = coefficients.to_numpy()
    missing = np.repeat(aliased.to_numpy()[:, None], coefficients.shape[1], axis=1)
    table = coefficient_lines(
        names,
        [str(column) for column in coefficients.columns],
        values,
        digits=digits,
        p_column=True,
        coefficient_columns=(0, 1),
        test_column=2,
        na=missing,
    )
    return [heading, *table]
