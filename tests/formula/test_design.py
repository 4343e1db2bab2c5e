"""The recipe of a design: new rows, values held fixed, contrasts, learning anew."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymediation.errors import ArgumentError, ArgumentTypeError, UnknownNameError
from pymediation.formula import model_frame

# Orthogonality and linear combinations of columns: rounding of sums of a few dozen terms.
ROUNDING = 1e-12


@pytest.fixture
def data():
    rng = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "y": rng.normal(size=40),
            "m": rng.normal(size=40),
            "treat": np.tile([0, 1], 20),
            "dose": pd.Categorical(
                np.resize(["low", "mid", "high"], 40), ["low", "mid", "high"], ordered=True
            ),
            "g": np.resize(["b", "a", "c", "a"], 40),
            "yes": rng.random(40) > 0.4,
        }
    )


def test_terms_say_where_their_columns_are(data):
    design = model_frame("y ~ treat * g + log(m + 9)", data).design
    where = {term.label: design.names[term.columns] for term in design.terms}
    assert where == {
        "1": ("(Intercept)",),
        "treat": ("treat",),
        "g": ("gb", "gc"),
        "log(m + 9)": ("log(m + 9)",),
        "treat:g": ("treat:gb", "treat:gc"),
    }
    assert design.terms[4].factors == ("treat", "g")
    assert design.variables == {"treat", "g", "m"}
    assert design.factor_variables("log(m + 9)") == {"m"}
    assert design.levels("g") == ("a", "b", "c")
    assert design.levels("treat") is None
    with pytest.raises(UnknownNameError, match="Did you mean 'treat'"):
        design.factor_variables("treatt")


def test_counterfactual_rows_move_every_expression_of_a_variable(data):
    design = model_frame("y ~ m + I(m^2) + scale(m) + treat:m", data).design
    m = 2.5
    row = design.matrix(data.assign(m=m).iloc[[1]])[0]
    expected = [1, m, m**2, (m - data["m"].mean()) / data["m"].std(), m]
    np.testing.assert_allclose(row, expected, rtol=ROUNDING)


def test_values_hold_a_factor_fixed(data):
    design = model_frame("y ~ m + I(m^2) + m:treat", data).design
    matrix = design.matrix(data, values={"m": 3.0})
    np.testing.assert_array_equal(matrix[:, 1], 3.0)
    np.testing.assert_array_equal(matrix[:, 2], data["m"] ** 2)
    np.testing.assert_array_equal(matrix[:, 3], 3.0 * data["treat"])


@pytest.mark.parametrize("fixed", ["c", 2, np.full(40, "c"), np.full(40, 2.0), pd.Categorical(["c"] * 40)])
def test_values_of_a_factor_as_labels_or_codes(fixed, data):
    design = model_frame("y ~ g * m", data).design
    np.testing.assert_array_equal(design.matrix(data, values={"g": fixed}), design.matrix(data.assign(g="c")))


@pytest.mark.parametrize("fixed", [True, 1, "TRUE", np.ones(40), np.ones(40, dtype=bool)])
def test_values_of_a_truth_value(fixed, data):
    design = model_frame("y ~ yes", data).design
    np.testing.assert_array_equal(design.matrix(data, values={"yes": fixed})[:, 1], 1.0)


def test_values_of_a_matrix_factor(data):
    design = model_frame("y ~ poly(m, 2)", data).design
    np.testing.assert_array_equal(design.matrix(data, values={"poly(m, 2)": np.ones((40, 2))})[:, 1:], 1.0)
    with pytest.raises(ArgumentError, match=r"shape \(40, 2\)"):
        design.matrix(data, values={"poly(m, 2)": np.ones(40)})


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"g": 3}, ArgumentError, r"0\.\.2"),
        ({"g": 0.5}, ArgumentError, "codes"),
        ({"g": "d"}, UnknownNameError, "'d' is not a level of 'g'"),
        ({"g": ["a", "b"]}, ArgumentError, "2 values for 40 rows"),
        ({"h": 1}, UnknownNameError, "not a factor of the terms"),
    ],
)
def test_refused_values(values, error, words, data):
    with pytest.raises(error, match=words):
        model_frame("y ~ g", data).design.matrix(data, values=values)


@pytest.mark.parametrize(
    ("formula", "names"),
    [("y ~ g", "'g'"), ("y ~ factor(g)", r"'factor\(g\)'"), ("y ~ C(g, sum)", r"'C\(g, sum\)'"),
     ("y ~ as.numeric(factor(g))", r"'factor\(g\)'")],
)  # fmt: skip
def test_level_that_was_not_there_is_named(formula, names, data):
    design = model_frame(formula, data).design
    with pytest.raises(UnknownNameError, match=rf"'z' is not a level of {names}.*\['a', 'b', 'c'\]"):
        design.matrix(data.assign(g="z"))


def test_missing_column_is_named(data):
    design = model_frame("y ~ treat + m", data).design
    with pytest.raises(UnknownNameError, match="'m'"):
        design.matrix(data.drop(columns="m"))


def test_kind_of_a_variable_may_not_change(data):
    design = model_frame("y ~ m", data).design
    with pytest.raises(ArgumentTypeError, match="numeric in the data of the fit"):
        design.matrix(data.assign(m="high"))


def test_levels_of_new_rows_need_not_be_in_the_same_order(data):
    design = model_frame("y ~ dose", data).design
    other = data.assign(dose=pd.Categorical(data["dose"].astype(str), ["high", "low", "mid"]))
    np.testing.assert_array_equal(design.matrix(other), design.matrix(data))
    np.testing.assert_array_equal(
        design.matrix(data.assign(dose=data["dose"].astype(str))), design.matrix(data)
    )


def test_codes_of_a_factor_keep_their_meaning(data):
    data["g"] = pd.Categorical(data["g"])
    design = model_frame("y ~ as.numeric(g)", data).design
    only_c = data[data["g"] == "c"].assign(g=pd.Categorical(["c"] * 10))
    np.testing.assert_array_equal(design.matrix(only_c)[:, 1], 3.0)


def test_missing_values_of_new_rows_stay_missing(data):
    design = model_frame("y ~ g + m", data).design
    new = pd.DataFrame({"g": ["a", None], "m": [np.nan, 1.0]})
    np.testing.assert_array_equal(design.matrix(new), [[1, 0, 0, np.nan], [1, np.nan, np.nan, 1]])


def test_default_contrasts_replace_those_of_the_fit(data):
    design = model_frame("y ~ C(g, contr.sum) * m + dose", data, contrasts={"dose": "contr.helmert"}).design
    plain = model_frame("y ~ g * m + dose", data)
    np.testing.assert_array_equal(design.matrix(data, default_contrasts=True), plain.X)
    assert not np.array_equal(design.matrix(data), plain.X)


def test_contrast_matrix_with_names(data):
    matrix = pd.DataFrame({".ab": [1.0, -1, 0], ".c": [0.0, 0, 1]})
    design = model_frame("y ~ g", data, contrasts={"g": matrix}).design
    assert design.names == ("(Intercept)", "g.ab", "g.c")
    single = model_frame("y ~ g", data, contrasts={"g": matrix[[".ab"]]}).design
    with pytest.raises(ArgumentError, match="default_contrasts"):
        single.matrix(data, default_contrasts=True)


@pytest.mark.parametrize(
    "formula",
    ["y ~ scale(m) * g", "y ~ poly(m, 3):dose", "y ~ ns(m, 3) + I(m - mean(m))", "y ~ cut(m, 3)", "y ~ 0"],
)
def test_learning_anew_is_fitting_anew(formula, data):
    half = data.iloc[:20].reset_index(drop=True)
    again = model_frame(formula, data).design.relearn(half)
    fresh = model_frame(formula, half)
    assert again.names == fresh.design.names
    np.testing.assert_array_equal(again.matrix(half), fresh.X)


def test_design_survives_pickling(data):
    frame = model_frame("y ~ scale(m) * C(g, sum) + ns(m, 3) + dose", data)
    again = pickle.loads(pickle.dumps(frame))
    np.testing.assert_array_equal(again.design.matrix(data), frame.X)


def test_orthogonal_polynomials_are_orthonormal(data):
    columns = model_frame("~ poly(m, 5)", data).X
    np.testing.assert_allclose(columns[:, 1:].T @ columns[:, 1:], np.eye(5), atol=ROUNDING)
    np.testing.assert_allclose(columns[:, 0] @ columns[:, 1:], 0.0, atol=ROUNDING)


def test_natural_splines_are_straight_beyond_the_boundary(data):
    design = model_frame("~ ns(m, 4)", data).design
    grid = data["m"].max() + np.arange(1.0, 4.0)
    columns = design.matrix(pd.DataFrame({"m": grid}))
    np.testing.assert_allclose(np.diff(columns, n=2, axis=0), 0.0, atol=ROUNDING)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(["u", "v", "w"]), min_size=3, max_size=20),
    st.sampled_from(["x", "g", "1", "g:x"]),
)
def test_rows_do_not_depend_on_their_neighbours(labels, term):
    frame = pd.DataFrame({"g": [*labels, "u", "v", "w"]})
    frame["x"] = np.arange(len(frame), dtype=float)
    design = model_frame(f"~ {term} + g", frame).design
    whole = design.matrix(frame)
    by_row = np.vstack([design.matrix(frame.iloc[[i]]) for i in range(len(frame))])
    np.testing.assert_array_equal(whole, by_row)


@settings(max_examples=30, deadline=None)
@given(st.permutations(["a", "b", "c", "d"]))
def test_columns_span_the_same_space_whatever_the_coding(levels):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"g": pd.Categorical(np.resize(levels, 24), levels), "x": rng.normal(size=24)})
    reference = model_frame("~ g * x", frame).X
    for formula in ("~ C(g, sum) * x", "~ 0 + g + g:x", "~ C(g, helmert) * x", "~ ordered(g) * x"):
        other = model_frame(formula, frame).X
        solved = np.linalg.lstsq(other, reference, rcond=None)[0]
        np.testing.assert_allclose(other @ solved, reference, atol=ROUNDING)
