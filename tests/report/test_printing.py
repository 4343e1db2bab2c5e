"""Numbers and tables against R's own printing (tests/r/printing.R)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pymediation.errors import ArgumentError
from pymediation.report.coefficients import coefficient_cells, coefficient_lines
from pymediation.report.matrix import display_width, matrix_lines, table_lines
from pymediation.report.numbers import (
    format_numbers,
    format_p_values,
    round_to_decimals,
    significance_stars,
)

R = json.loads((Path(__file__).parents[1] / "r" / "printing.json").read_text(encoding="utf-8"))


def read(texts: list[str], shape: tuple[int, ...] = (-1,)) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers written by R, and which of them are NA."""
    values = np.array([np.nan if text == "NA" else float(text) for text in texts])
    return values.reshape(shape), np.array([text == "NA" for text in texts]).reshape(shape)


def table(case: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    return read(case["values"], (len(case["rows"]), len(case["columns"])))


@pytest.mark.parametrize("case", R["numbers"])
def test_numbers_in_common_format(case: dict[str, Any]) -> None:
    values, na = read(case["values"])
    assert format_numbers(values, case["digits"], na=na) == case["text"]


@pytest.mark.parametrize("case", R["p_values"])
def test_p_values(case: dict[str, Any]) -> None:
    values, _ = read(case["values"])
    assert format_p_values(values, case["digits"]) == case["text"]


@pytest.mark.parametrize("case", R["matrices"])
def test_numeric_matrix(case: dict[str, Any]) -> None:
    values, na = table(case)
    assert matrix_lines(case["rows"], case["columns"], values, digits=case["digits"], na=na) == case["text"]


@pytest.mark.parametrize("case", R["tables"])
def test_coefficient_table(case: dict[str, Any]) -> None:
    values, na = table(case)
    lines = coefficient_lines(
        case["rows"],
        case["columns"],
        values,
        digits=case["digits"],
        na=na,
        p_column=case["kind"] != "bounds",
        test_column=2 if case["kind"] == "regression" else None,
        legend=case["legend"],
    )
    assert lines == case["text"]


def test_coefficients_of_a_linear_model_with_an_aliased_one() -> None:
    case = R["summary_lm"]
    columns = list(case["values"])
    estimated = np.column_stack([read(case["values"][name])[0] for name in columns])
    values = np.insert(estimated, case["aliased"], np.nan, axis=0)
    lines = coefficient_lines(
        case["rows"], columns, values, digits=4, p_column=True, test_column=2, na=np.isnan(values)
    )
    start = case["text"].index("Coefficients: (1 not defined because of singularities)") + 1
    assert lines == case["text"][start : start + len(lines)]


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        # R's answers: the rounded value needs one place more than the digits that are written.
        (-9998.19, 2, "-9998"),
        (99999.29, 2, "99999"),
        (99999.5, 5, "1e+05"),
        (9999.5, 1, "10000"),
        (1234.5, 3, "1234"),
        (0.15, 1, "0.1"),
        (-0.0, 7, "0"),
        (5e-324, 3, "4.94e-324"),
    ],
)
def test_single_numbers_near_a_change_of_width(value: float, digits: int, expected: str) -> None:
    assert format_numbers([value], digits) == [expected]


def test_missing_and_undefined_are_told_apart() -> None:
    assert format_numbers([np.nan, np.nan, 1.5], 3, na=[True, False, False]) == [" NA", "NaN", "1.5"]


def test_nothing_to_format() -> None:
    assert format_numbers([]) == []
    assert format_p_values([]) == []
    assert significance_stars([]) == []


@pytest.mark.parametrize("digits", [0, 23])
def test_digits_out_of_range(digits: int) -> None:
    with pytest.raises(ArgumentError, match=rf"digits={digits}.*1 to 22"):
        format_numbers([1.0], digits)


def test_stars_at_the_cutpoints() -> None:
    p = [0.001, 0.0011, 0.01, 0.05, 0.1, 0.11, np.nan]
    assert [symbol.strip() for symbol in significance_stars(p)] == ["***", "**", "**", "*", ".", "", ""]


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        # R 4: the neighbour that is closer in double precision; of two equally close ones the even one.
        (0.48425, 4, 0.4842),
        (0.001685, 5, 0.00168),
        (0.015295, 5, 0.0153),
        (8713.197336998799, 11, 8713.197336998799),
        (np.inf, 2, np.inf),
    ],
)
def test_rounding_of_ties(value: float, decimals: int, expected: float) -> None:
    assert round_to_decimals(value, decimals).item() == expected


def test_number_rounded_to_zero_is_written_anew() -> None:
    cells = coefficient_cells([[1e-12, 5.0, 0.5], [300.0, 0.0, 0.5]], p_column=True, coefficient_columns=[0])
    assert cells.cells[0][0].strip() != "0"
    assert cells.cells[1][1].strip() == "0"


def test_column_outside_the_common_format_has_its_own() -> None:
    cells = coefficient_cells([[0.001, 12.0, 0.5]], p_column=True, coefficient_columns=[0])
    assert cells.cells == (("0.001", "12", "0.5"),)


def test_no_stars_when_not_wanted_or_not_earned() -> None:
    names, columns = ["a"], ["Estimate", "p-value"]
    assert coefficient_lines(names, columns, [[1.0, 0.01]], p_column=True, stars=False) == [
        "  Estimate p-value",
        "a        1    0.01",
    ]
    assert len(coefficient_lines(names, columns, [[1.0, 0.5]], p_column=True)) == 2


def test_table_continues_in_a_further_block() -> None:
    lines = table_lines(["a"], ["one", "two", "three"], [["1", "2", "3"]], width=10)
    assert lines == ["  one two", "a   1   2", "  three", "a     3"]


def test_wide_characters_keep_columns_aligned() -> None:
    lines = table_lines(["效应", "a"], ["x"], [["1"], ["22"]])
    assert {display_width(line) for line in lines} == {7}


def test_names_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ArgumentError, match="row_names has 1 and column_names 2"):
        table_lines(["a"], ["x", "y"], [["1"]])
