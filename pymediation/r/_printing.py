"""Parts of R's printed regression summaries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pymediation.r.statistics import quantile
from pymediation.report.coefficients import coefficient_lines
from pymediation.report.numbers import format_numbers, round_to_decimals

__all__ = ["coefficient_block", "line_of_residuals", "named_lines", "significant"]

_WIDTH = 80
_QUARTILES = ("Min", "1Q", "Median", "3Q", "Max")
_MANY = 5  # with more residual degrees of freedom, R prints quartiles instead of the residuals


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
        names, values = list(_QUARTILES), np.asarray(quantile(residuals, names=False))
    else:
        names, values = [str(label) for label in residuals.index], residuals.to_numpy()
    largest = np.abs(values).max(initial=0.0)
    decimals = digits + 1 if largest == 0 else max(0, int(np.floor(digits + 1.5 - np.log10(largest))))
    texts = format_numbers(round_to_decimals(values, decimals), digits)
    return named_lines(names, texts, gap)


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
