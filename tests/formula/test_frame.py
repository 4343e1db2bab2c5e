"""Model frames: rows kept, responses, weights, offsets, variables from elsewhere, refusals."""

import numpy as np
import pandas as pd
import pytest

from pymediation.errors import (
    ArgumentError,
    ArgumentTypeError,
    DataMismatchError,
    FormulaError,
    PymediationWarning,
    UnknownNameError,
)
from pymediation.formula import model_frame


@pytest.fixture
def data():
    return pd.DataFrame(
        {
            "y": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "x": [2.0, np.nan, 1.0, 5.0, 3.0, 4.0],
            "g": ["b", "a", "c", "b", "a", "b"],
            "w": [1.0, 2.0, 0.5, np.nan, 1.0, 2.0],
            "yes": [True, False, True, True, False, False],
        },
        index=list("pqrstu"),
    )


def test_missing_values_of_any_variable_drop_the_row(data):
    frame = model_frame("y ~ x", data, weights="w")
    assert frame.positions.tolist() == [0, 2, 4, 5]
    assert list(frame.index) == ["p", "r", "t", "u"]
    assert frame.weights.tolist() == [1.0, 0.5, 1.0, 2.0]
    assert set(frame.frame) == {"y", "x", "w"}
    assert frame.frame.index.tolist() == [0, 1, 2, 3]


def test_removed_terms_still_drop_rows_as_in_r(data):
    assert model_frame("y ~ yes - x", data).positions.tolist() == [0, 2, 3, 4, 5]


def test_grouping_factor_of_random_terms_drops_rows(data):
    assert model_frame("y ~ yes + (1 + x | w)", data).positions.tolist() == [0, 2, 4, 5]
    assert set(model_frame("y ~ yes + (1 | w)", data).frame) == {"y", "yes", "w"}


def test_data_are_copied_and_left_alone(data):
    before = data.copy()
    frame = model_frame("y ~ yes", data)
    frame.frame.loc[0, "y"] = 99.0
    pd.testing.assert_frame_equal(data, before)


def test_levels_without_rows_are_dropped(data):
    frame = model_frame("y ~ g", data, subset="g != 'c'")
    assert frame.design.names == ("(Intercept)", "gb")
    data["g"] = pd.Categorical(data["g"], categories=["c", "never", "b", "a"])
    assert model_frame("y ~ g", data).design.names == ("(Intercept)", "gb", "ga")


def test_subset_as_text_and_as_mask(data):
    assert model_frame("y ~ 1", data, subset="y > 2 & yes").positions.tolist() == [2, 3]
    assert model_frame("y ~ 1", data, subset=data["y"] > 4).positions.tolist() == [4, 5]
    assert model_frame("y ~ 1", data, subset="x > 2").positions.tolist() == [3, 4, 5]


def test_means_are_those_of_all_rows_as_in_r(data):
    frame = model_frame("x ~ scale(y, scale = FALSE)", data)
    np.testing.assert_array_equal(frame.X[:, 1], data["y"].to_numpy()[frame.positions] - 3.5)


def test_offsets_add_up(data):
    frame = model_frame("y ~ yes + offset(log(x)) + offset(y)", data, offset="2 * x")
    expected = (np.log(data["x"]) + data["y"] + 2 * data["x"]).dropna()
    np.testing.assert_allclose(frame.offset, expected, rtol=1e-15)
    formula_part = frame.design.offset(frame.frame)
    np.testing.assert_allclose(formula_part, expected - 2 * data["x"].dropna(), rtol=1e-15)
    assert frame.design.variables == {"x", "y", "yes"}
    assert model_frame("y ~ yes", data).offset is None
    assert model_frame("y ~ yes", data).design.offset(data) is None


def test_responses(data):
    numeric = model_frame("log(y) ~ 1", data).response
    assert (numeric.text, numeric.name, numeric.kind, numeric.levels) == ("log(y)", "log(y)", "numeric", None)
    logical = model_frame("yes ~ 1", data).response
    assert (logical.kind, logical.levels) == ("logical", ("FALSE", "TRUE"))
    assert logical.values.tolist() == [1, 0, 1, 1, 0, 0]
    text = model_frame("g ~ 1", data).response
    assert (text.kind, text.levels, text.ordered) == ("factor", ("a", "b", "c"), False)
    assert text.values.tolist() == [1, 0, 2, 1, 0, 1]
    ordered = model_frame("ordered(g, levels = c('c', 'b', 'a')) ~ 1", data).response
    assert (ordered.name, ordered.levels, ordered.ordered) == ("g", ("c", "b", "a"), True)
    assert model_frame("~ x", data).response is None


@pytest.mark.parametrize(
    ("left", "name"),
    [("y", "y"), ("(y)", "y"), ("scale(y)", "y"), ("as.numeric(yes)", "yes"), ("as_factor(g)", "g"),
     ("I(y)", "y"), ("sqrt(y)", "sqrt(y)"), ("scale(log(y))", "scale(log(y))"), ("I(y^2)", "I(y^2)")],
)  # fmt: skip
def test_name_of_the_response(left, name, data):
    assert model_frame(f"{left} ~ w", data).response.name == name


def test_two_column_response(data):
    response = model_frame("cbind(y, n = 10 - y) ~ yes", data).response
    assert response.kind == "matrix"
    assert list(response.pieces) == ["y", "n"]
    np.testing.assert_array_equal(response.values.sum(axis=1), 10.0)


def test_survival_responses(data):
    right = model_frame("Surv(y, yes) ~ g", data).response
    assert (right.kind, right.surv_type, right.name) == ("surv", "right", "y")
    assert right.pieces["event"].tolist() == [1, 0, 1, 1, 0, 0]
    coded = model_frame("Surv(y, yes + 1) ~ g", data).response
    assert coded.pieces["event"].tolist() == [1, 0, 1, 1, 0, 0]
    assert model_frame("Surv(y) ~ g", data).response.pieces["event"].tolist() == [1] * 6
    left = model_frame("Surv(y, event = g == 'b', type = 'left') ~ 1", data).response
    assert left.surv_type == "left"
    counting = model_frame("Surv(y, y + 1, yes) ~ 1", data).response
    assert list(counting.pieces) == ["time", "time2", "event"]
    with pytest.raises(FormulaError, match="0/1"):
        model_frame("Surv(y, y) ~ 1", data)
    with pytest.raises(FormulaError, match="interval"):
        model_frame("Surv(y, yes, type = 'interval') ~ 1", data)
    with pytest.raises(FormulaError, match="left of the"):
        model_frame("y ~ Surv(x, yes)", data)


def test_dot_leaves_out_the_variables_of_the_response(data):
    assert model_frame("log(y) ~ . - w", data).design.names == ("(Intercept)", "x", "gb", "gc", "yesTRUE")


def test_variables_from_the_environment():
    rng = np.random.default_rng(1)
    variables = {"y": rng.normal(size=5), "d": [1, 0, 1, 0, 1], "W": rng.normal(size=(5, 2)), "k": 2.0}
    frame = model_frame("y ~ d + W + I(d * k)", environment=variables)
    assert frame.design.names == ("(Intercept)", "d", "W1", "W2", "I(d * k)")
    np.testing.assert_array_equal(frame.X[:, 2:4], variables["W"])
    assert frame.design.factor_variables("W") == {"W[, 1]", "W[, 2]"}
    assert frame.design.factor_variables("I(d * k)") == {"d"}
    np.testing.assert_array_equal(frame.design.matrix(frame.frame.iloc[[3]]), frame.X[[3]])


def test_columns_go_before_the_environment(data):
    frame = model_frame("y ~ x + z", data, environment={"x": np.zeros(6), "z": np.arange(6.0)})
    np.testing.assert_array_equal(frame.X[:, 1], data["x"].dropna())
    np.testing.assert_array_equal(frame.X[:, 2], [0, 2, 3, 4, 5])


def test_data_frame_as_a_matrix_term():
    block = pd.DataFrame({"age": [1.0, 2, 3], "size": [4.0, 6, 5]})
    frame = model_frame("y ~ B", {"y": np.arange(3.0), "B": block})
    assert frame.design.names == ("(Intercept)", "Bage", "Bsize")
    assert model_frame("y ~ .", {"y": np.arange(3.0), "B": block}).design.names == frame.design.names


def test_functions_from_the_environment(data):
    frame = model_frame("y ~ twice(y)", data, environment={"twice": lambda values: 2 * values})
    np.testing.assert_array_equal(frame.X[:, 1], 2 * data["y"])


def test_columns_whose_names_are_not_text():
    frame = model_frame("`1` ~ `0`", pd.DataFrame(np.arange(8.0).reshape(4, 2)))
    assert frame.design.names == ("(Intercept)", "`0`")
    assert frame.response.name == "1"


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean", "string", "object", "int8", "bool"])
def test_types_of_columns(dtype):
    words, truths = ["u", "v", None, "v"], [True, False, None, True]
    raw = {"string": words, "object": words, "boolean": truths, "bool": [True, False, True, True]}
    values = raw.get(dtype, [1, 2, 2, 3] if dtype == "int8" else [1, 2, None, 3])
    column = pd.Series(values, dtype=dtype)
    frame = model_frame("y ~ v", pd.DataFrame({"y": np.arange(4.0), "v": column}))
    expected = {"string": "vv", "object": "vv", "boolean": "vTRUE", "bool": "vTRUE"}.get(dtype, "v")
    assert frame.design.names[1] == expected
    assert len(frame.positions) == (4 if dtype in ("int8", "bool") else 3)


def test_expression_without_a_value_is_told(data):
    with pytest.warns(PymediationWarning, match=r"'log\(y - 2\)' is not a number in 1 row"):
        frame = model_frame("yes ~ log(y - 2)", data, subset="y != 2")
    assert frame.positions.tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("formula", "arguments", "error", "words"),
    [
        ("y ~ x + agee", {}, UnknownNameError, r"y ~ x \+ agee' names 'agee'.*\['y', 'x'"),
        ("y ~ yess", {}, UnknownNameError, "Did you mean 'yes'"),
        ("y ~ lgo(x)", {}, FormulaError, "Did you mean 'log'"),
        ("y ~ np.log(x)", {}, FormulaError, "Did you mean 'log'"),
        ("y ~ log(1 / (x - 1))", {}, DataMismatchError, "infinite in 1 row"),
        ("y ~ poly(x, 2)", {}, FormulaError, "without missing"),
        ("y ~ poly(yes, 2)", {}, FormulaError, "more than 2 distinct"),
        ("y ~ poly(y, deg = 2)", {}, FormulaError, "its arguments are"),
        ("y ~ g + 1:3", {}, FormulaError, "only 0 and 1"),
        ("y ~ I(g + 1)", {}, FormulaError, "Text has no arithmetic"),
        ("y ~ I(factor(g) * 2)", {}, FormulaError, r"as.numeric\(g\)"),
        ("y ~ I(g > 'a')", {}, FormulaError, "ordered factors"),
        ("y ~ I(2)", {}, FormulaError, "one value for 6 rows"),
        ("y ~ I(yes && yes)", {}, FormulaError, "Write `&`"),
        ("y ~ I(x %o% y)", {}, FormulaError, "no meaning inside"),
        ("y ~ log(.)", {}, FormulaError, "only as a term"),
        ("y ~ scale(I(y * 0))", {}, FormulaError, "standard deviation 0"),
        ("y ~ relevel(factor(g), ref = 'z')", {}, FormulaError, "the levels are"),
        ("y ~ factor(g, labels = c('u', 'v'))", {}, FormulaError, "2 names for the 3 levels"),
        ("y ~ C(g, contr.sums)", {}, FormulaError, "not a contrast"),
        ("y ~ C(g, contr.sum(4))", {}, FormulaError, "are for 4 levels"),
        ("y ~ g", {"subset": "g == 'a'"}, FormulaError, "only the level 'a'"),
        ("y ~ g", {"subset": "y > 99"}, DataMismatchError, "No row of the 6"),
        ("y ~ g", {"subset": [0, 1]}, DataMismatchError, "one value for each"),
        ("y ~ g", {"subset": [1, 2, 3, 4, 5, 6]}, ArgumentTypeError, "true or false"),
        ("y ~ g", {"weights": [1.0, 2.0]}, DataMismatchError, "`weights`"),
        ("y ~ g", {"weights": "-y"}, ArgumentError, "negative"),
        ("y ~ x", {"na_action": "na.fail"}, DataMismatchError, "'x': 1"),
        ("y ~ x", {"na_action": "drop"}, ArgumentError, "na.omit"),
        ("y ~ g", {"contrasts": {"g": "contr.sums"}}, ArgumentError, "Did you mean 'contr.sum'"),
        ("y ~ g", {"contrasts": {"gg": "contr.sum"}}, UnknownNameError, "Did you mean 'g'"),
        ("y ~ g", {"contrasts": {"g": np.eye(2)}}, FormulaError, "are for 2 levels"),
        ("y ~ z", {"environment": {"z": np.zeros(3)}}, DataMismatchError, "'z' has 3 values and data has 6"),
    ],
)
@pytest.mark.filterwarnings("ignore::pymediation.errors.PymediationWarning")
def test_refusals(formula, arguments, error, words, data):
    with pytest.raises(error, match=words):
        model_frame(formula, data, **arguments)


def test_refused_data():
    with pytest.raises(ArgumentTypeError, match="no data"):
        model_frame("y ~ x", environment={"y": 1.0, "x": 2.0})
    with pytest.raises(ArgumentTypeError, match="DataFrame"):
        model_frame("y ~ x", [1, 2])
    with pytest.raises(DataMismatchError, match="2 columns named 'x'"):
        model_frame("y ~ x", pd.DataFrame(np.ones((2, 3)), columns=["y", "x", "x"]))
    dates = pd.DataFrame({"y": [1.0, 2.0], "day": pd.to_datetime(["2020-01-01", "2020-01-02"])})
    with pytest.raises(ArgumentTypeError, match="'day' has type datetime64"):
        model_frame("y ~ day", dates)
    mixed = pd.DataFrame({"y": [1.0, 2.0], "v": ["a", 1]})
    with pytest.raises(ArgumentTypeError, match="'v' holds Python objects"):
        model_frame("y ~ v", mixed)
