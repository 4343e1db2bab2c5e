"""Column order is R's, for both libraries that read formulas."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from design.cases import fit, make_frame, read

from pymediation.design.coding import poly_contrasts, treatment_contrasts
from pymediation.design.ordering import FormulaOrder, interaction_order

REFERENCE = json.loads((Path(__file__).parents[1] / "r" / "design.json").read_text())
# Two ways to orthogonalise a few small vectors.
CONTRASTS_ATOL = 1e-14


def python_formula(formula: str) -> str:
    return formula.replace("^", "**").replace("log(", "np.log(")


def parts(names: list[str]) -> list[frozenset[str]]:
    """Split column names at the colons: the libraries keep the order in which an interaction was written."""
    return [frozenset(name.split(":")) for name in names]


def r_name(name: str) -> str:
    """Write a column name of patsy or formulaic as R does."""
    name = re.sub(r"\[(?:T\.)?(\w+)\]", r"\1", name)
    name = name.replace(" ** ", "^").replace("np.log(", "log(")
    return "(Intercept)" if name == "Intercept" else name


@pytest.mark.parametrize("engine", ["patsy", "formulaic"])
@pytest.mark.parametrize("case", REFERENCE["designs"], ids=lambda case: case["formula"])
def test_columns_and_terms_are_in_r_order(case, engine):
    frame = make_frame().assign(treat=lambda d: d["treat"].astype(float))
    result = fit(python_formula(case["formula"]), frame, engine)
    design = read(result)
    assert parts([r_name(name) for name in design.names]) == parts(case["columns"])
    assert [r_name(term.label) for term in design.terms if term.factors] == case["terms"]


@pytest.mark.parametrize("engine", ["patsy", "formulaic"])
def test_without_a_formula_the_order_is_that_of_the_recipe_within_degree(engine):
    result = fit("y ~ treat*m + x + g", make_frame(), engine)
    spec = result.model.data.model_spec
    design = type(read(result)).from_spec(spec)
    assert design.names == ("Intercept", "g[T.b]", "g[T.c]", "treat", "m", "x", "treat:m")


@pytest.mark.parametrize("engine", ["patsy", "formulaic"])
def test_terms_cover_the_columns_in_order(engine):
    design = read(fit("y ~ g*h*m + treat + bs(x, df=4)", make_frame(), engine))
    slices = [term.columns for term in design.terms]
    assert slices[0].start == 0
    assert slices[-1].stop == len(design.names)
    assert all(a.stop == b.start for a, b in itertools.pairwise(slices))
    assert sorted(design.permutation) == list(range(len(design.names)))


def test_interaction_columns_follow_the_factors():
    X = np.array([[2.0, 3.0]])
    Z = np.array([[5.0, 7.0, 11.0]])
    x_first = [x * z for z in Z[0] for x in X[0]]
    z_first = [x * z for x in X[0] for z in Z[0]]
    assert np.array(x_first)[interaction_order([2, 3], [1, 0])].tolist() == z_first
    assert np.array(x_first)[interaction_order([2, 3], [0, 1])].tolist() == x_first


def test_a_factor_ranks_by_its_first_mention():
    order = FormulaOrder.from_terms([[("b", 4), ("a", 6)], [("a", 10)], [("b", 14)]])
    assert order.sort_factors(["a", "b"]) == [1, 0]
    assert order.sort_terms([("a",), ("b",), ("a", "b"), ()]) == [3, 0, 1, 2]


@pytest.mark.parametrize("expected", REFERENCE["contr_poly"], ids=len)
def test_polynomial_contrasts_are_those_of_r(expected):
    expected = np.array(expected, dtype=float).reshape(len(expected), -1)
    np.testing.assert_allclose(poly_contrasts(len(expected)), expected, rtol=0, atol=CONTRASTS_ATOL)


def test_treatment_contrasts_leave_out_the_first_level():
    assert treatment_contrasts(3).tolist() == [[0, 0], [1, 0], [0, 1]]
