"""Terms, names and values of model matrices, deparsing and sorting: equal to R's (tests/r/formula.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pymediation.formula import deparse, model_frame, parse_formula
from pymediation.formula.parser import parse_expression
from pymediation.formula.terms import expand_terms
from pymediation.formula.text import sort_text

# Values go through a few operations in another order than R's; orthogonal polynomials and splines lose
# about two digits of the sixteen.
VALUES = 1e-12

R = json.loads((Path(__file__).parents[1] / "r" / "formula.json").read_text())


@pytest.fixture(scope="module")
def data():
    frame = pd.DataFrame(R["data"])
    for name, levels in R["levels"].items():
        frame[name] = pd.Categorical(frame[name], categories=levels, ordered=name == "o")
    return frame


def matrix_of(case, columns):
    return np.array(case["matrix"], dtype=float).reshape(columns, -1).T


@pytest.mark.parametrize("case", R["cases"], ids=lambda case: case["formula"])
def test_labels_of_terms_are_those_of_r(case, data):
    assert list(expand_terms(parse_formula(case["formula"]), list(data)).labels) == case["labels"]


@pytest.mark.filterwarnings("ignore:.*is not a number")
@pytest.mark.parametrize("case", R["cases"], ids=lambda case: case["formula"])
def test_model_matrix_is_that_of_r(case, data):
    frame = model_frame(case["formula"], data)
    assert list(frame.design.names) == case["names"]
    assert frame.positions.tolist() == case["rows"]
    np.testing.assert_allclose(frame.X, matrix_of(case, len(case["names"])), rtol=VALUES, atol=VALUES)


@pytest.mark.parametrize("case", R["cases"], ids=lambda case: case["formula"])
def test_recipe_repeats_the_matrix_of_the_fit(case, data):
    frame = model_frame(case["formula"], data)
    np.testing.assert_array_equal(frame.design.matrix(data.iloc[frame.positions]), frame.X)
    np.testing.assert_array_equal(frame.design.matrix(frame.frame), frame.X)


@pytest.mark.parametrize("case", R["predicted"], ids=lambda case: case["formula"])
def test_new_rows_get_the_columns_learnt_at_the_fit(case, data):
    design = model_frame(case["formula"], data).design
    expected = matrix_of(case, len(design.names))
    np.testing.assert_allclose(design.matrix(pd.DataFrame(R["new"])), expected, rtol=VALUES, atol=VALUES)


@pytest.mark.parametrize("case", R["contrasts"], ids=lambda case: str(case["contrasts"]))
def test_contrasts_that_were_asked_for(case, data):
    frame = model_frame("~ a * z + o", data, contrasts=case["contrasts"])
    assert list(frame.design.names) == case["names"]
    np.testing.assert_allclose(frame.X, matrix_of(case, len(case["names"])), rtol=VALUES, atol=VALUES)


@pytest.mark.parametrize(("text", "written"), R["deparsed"])
def test_expressions_are_written_as_r_writes_them(text, written):
    assert deparse(parse_expression(text)) == written


def test_text_is_sorted_as_r_sorts_it_in_english():
    assert sort_text(reversed(R["sorted"])) == R["sorted"]
