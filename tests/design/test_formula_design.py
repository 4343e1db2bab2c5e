"""Designs of models fitted from a formula, with either library."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from design.cases import COMMON, N, doubled, fit, make_frame, read

from pymediation.design.coding import poly_contrasts
from pymediation.design.patsy_design import PatsyDesign
from pymediation.engine.elsewhere import packed
from pymediation.errors import ArgumentError, FormulaError, UnknownNameError

ENGINES = pytest.mark.parametrize("engine", ["patsy", "formulaic"])
# The same float operations on other rows.
ROUNDING = 1e-12


@pytest.fixture
def frame():
    return make_frame()


@ENGINES
@pytest.mark.parametrize("formula", [*COMMON, "hit ~ treat*x + g + h", "hit ~ g + bs(m, df=4)"])
def test_the_training_rows_give_the_fitted_design(frame, formula, engine):
    result = fit(formula, frame, engine)
    design = read(result)
    X = design.matrix(frame)
    np.testing.assert_array_equal(X, result.model.exog[:, design.permutation])
    assert X.dtype == np.float64
    assert X.flags.c_contiguous
    assert design.names == tuple(result.model.exog_names[j] for j in design.permutation)


def test_basis_that_contains_the_constant_gives_up_a_column_beside_an_intercept(frame):
    result = fit("y ~ bs(m, df=4, include_intercept=True)*g", frame, "formulaic")
    design = read(result)
    np.testing.assert_array_equal(design.matrix(frame), result.model.exog[:, design.permutation])


@ENGINES
def test_the_data_are_not_changed(frame, engine):
    design = read(fit("y ~ C(g, Sum)*center(m) + flag", frame, engine))
    before = frame.copy(deep=True)
    design.matrix(frame, values={"flag": np.zeros(N, dtype=bool)}, default_contrasts=True)
    design.relearn(frame.iloc[:30])
    pd.testing.assert_frame_equal(frame, before)


@ENGINES
def test_variables(frame, engine):
    design = read(fit("y ~ treat*np.log(m) + C(g) + Q('out.enc') + I(x > 0)", frame, engine))
    assert design.variables == {"treat", "m", "g", "out.enc", "x"}
    assert design.captured == frozenset()
    assert design.factor_variables("np.log( m )") == {"m"}
    assert design.factor_variables("C(g)") == {"g"}
    log_m = next(term for term in design.terms if term.label == "treat:np.log(m)")
    assert log_m.factors == ("treat", "np.log(m)")


@ENGINES
def test_variables_without_the_columns_of_the_data(frame, engine):
    formula = "y ~ treat*np.log(m) + C(g) + Q('out.enc') + I(x > cut)"
    result = fit(formula, frame, engine, eval_env={"cut": 1.5, "np": np})
    design = type(read(result)).from_spec(result.model.data.model_spec)
    assert design.variables == {"treat", "m", "g", "out.enc", "x"}


@ENGINES
def test_counterfactual_rows(frame, engine):
    design = read(fit("y ~ C(arm)*m + I(m**2) + flag + h + center(x)", frame, engine))
    for arm in (1, 3):
        new = frame.assign(arm=arm, m=2.5, h=pd.Categorical(["mid"] * N), flag=True)
        X = pd.DataFrame(design.matrix(new), columns=design.names)
        assert (X["C(arm)[T.2]"] == 0).all()
        assert (X["C(arm)[T.3]"] == (arm == 3)).all()
        assert (X["C(arm)[T.3]:m"] == 2.5 * (arm == 3)).all()
        assert (X["I(m ** 2)"] == 6.25).all()
        assert (X["h[T.mid]"] == 1).all()
        assert (X["h[T.high]"] == 0).all()
        np.testing.assert_allclose(X["center(x)"], frame["x"] - frame["x"].mean(), atol=ROUNDING)
        assert (X[[name for name in design.names if name.startswith("flag")]] == 1).all(axis=None)


@ENGINES
@pytest.mark.parametrize("level", ["a", "c"])
def test_a_constant_string_treatment_keeps_its_levels(frame, engine, level):
    design = read(fit("y ~ g*m + x", frame, engine))
    X = design.matrix(frame.assign(g=level).iloc[:4])
    expected = {"a": [0.0, 0.0], "c": [0.0, 1.0]}[level]
    assert [X[:, design.names.index(name)].tolist() for name in ("g[T.b]", "g[T.c]")] == [
        [value] * 4 for value in expected
    ]


@ENGINES
def test_one_row_and_no_rows(frame, engine):
    design = read(fit("y ~ g*m + bs(x, df=4)", frame, engine))
    np.testing.assert_array_equal(design.matrix(frame.iloc[[7]]), design.matrix(frame)[[7]])
    assert read(fit("y ~ g*m", frame, engine)).matrix(frame.iloc[:0]).shape == (0, 6)


@ENGINES
def test_values_replace_the_evaluation_of_a_factor(frame, engine):
    design = read(fit("y ~ treat*m + I(m**2) + standardize(x)", frame, engine))
    held = np.linspace(0, 1, N)
    drawn = np.linspace(-1, 1, N)
    new = frame.assign(m=3.0)
    X = pd.DataFrame(
        design.matrix(new, values={"I( m**2 )": held, "standardize(x)": drawn}), columns=design.names
    )
    np.testing.assert_array_equal(X["m"], np.full(N, 3.0))
    np.testing.assert_array_equal(X["I(m ** 2)"], held)
    np.testing.assert_array_equal(X["standardize(x)"], drawn)


@ENGINES
def test_values_of_a_bare_variable_do_not_reach_its_transforms(frame, engine):
    design = read(fit("y ~ treat*m + I(m**2)", frame, engine))
    X = pd.DataFrame(design.matrix(frame, values={"m": np.zeros(N)}), columns=design.names)
    assert (X["m"] == 0).all()
    assert (X["treat:m"] == 0).all()
    np.testing.assert_array_equal(X["I(m ** 2)"], frame["m"] ** 2)


@ENGINES
@pytest.mark.parametrize(
    "kind", [list, np.array, pd.Categorical, lambda labels: pd.Series(labels, dtype="string")]
)
def test_values_of_a_categorical_factor_are_labels(frame, engine, kind):
    design = read(fit("y ~ C(g, Sum)*m", frame, engine))
    labels = ["c", "a", "b"] * (N // 3)
    X = design.matrix(frame, values={"C(g,Sum)": kind(labels)})
    np.testing.assert_array_equal(X, design.matrix(frame.assign(g=labels)))


@ENGINES
def test_a_column_whose_factors_are_all_given_is_not_needed(frame, engine):
    design = read(fit("y ~ np.log(m) + x", frame, engine))
    X = design.matrix(frame[["x"]], values={"np.log(m)": np.log(frame["m"])})
    np.testing.assert_array_equal(X, design.matrix(frame))


@ENGINES
def test_values_of_several_columns(frame, engine):
    design = read(fit("y ~ treat:bs(m, df=4) + treat", frame, engine))
    basis = np.arange(4.0 * N).reshape(N, 4)
    X = design.matrix(frame.assign(treat=1), values={"bs(m, df=4)": basis})
    np.testing.assert_array_equal(X[:, 2:], basis)
    with pytest.raises(ArgumentError, match="3 columns of values; the model was fitted with 4"):
        design.matrix(frame, values={"bs(m, df=4)": basis[:, :3]})


@ENGINES
def test_values_that_do_not_fit_are_refused(frame, engine):
    design = read(fit("y ~ g + np.log(m)", frame, engine))
    with pytest.raises(UnknownNameError, match=r"'log\(m\)' is not a factor.*Did you mean 'np.log\(m\)'"):
        design.matrix(frame, values={"log(m)": np.zeros(N)})
    with pytest.raises(ArgumentError, match=f"'np.log\\(m\\)' has 3 values for {N} rows"):
        design.matrix(frame, values={"np.log(m)": np.zeros(3)})
    with pytest.raises(UnknownNameError, match="'z' is not a level of 'g'"):
        design.matrix(frame, values={"g": ["z"] * N})


@ENGINES
@pytest.mark.parametrize("coded", ["C(g, Sum)", "C(g, Helmert)", "C(g, Treatment('c'))", "g"])
def test_default_contrasts_of_an_unordered_factor(frame, engine, coded):
    design = read(fit(f"y ~ {coded}*m + x", frame, engine))
    plain = read(fit("y ~ g*m + x", frame, engine))
    np.testing.assert_array_equal(design.matrix(frame, default_contrasts=True), plain.matrix(frame))


@ENGINES
@pytest.mark.parametrize("coded", ["dose", "C(dose)", "C(dose, Sum)"])
def test_default_contrasts_of_an_ordered_factor_are_polynomials(frame, engine, coded):
    design = read(fit(f"y ~ {coded}", frame, engine))
    expected = poly_contrasts(3)[frame["dose"].cat.codes]
    np.testing.assert_array_equal(design.matrix(frame, default_contrasts=True)[:, 1:], expected)


@ENGINES
def test_default_contrasts_follow_the_values_given(frame, engine):
    design = read(fit("y ~ C(dose, Sum)", frame, engine))
    labels = frame["dose"].astype(str).to_numpy()
    indicators = np.column_stack([labels == "m", labels == "h"])
    values = {"C(dose, Sum)": labels}
    np.testing.assert_array_equal(
        design.matrix(frame, values=values, default_contrasts=True)[:, 1:], indicators.astype(float)
    )


@ENGINES
def test_default_contrasts_leave_indicators_of_all_levels(frame, engine):
    design = read(fit("y ~ 0 + dose + x", frame, engine))
    np.testing.assert_array_equal(design.matrix(frame, default_contrasts=True), design.matrix(frame))


@ENGINES
@pytest.mark.parametrize("formula", COMMON)
def test_relearning_on_other_rows_equals_a_fresh_fit(frame, formula, engine):
    design = read(fit(formula, frame, engine))
    rows = frame.iloc[np.random.default_rng(5).integers(0, N, N)].query("g != 'b' and arm != 1")
    fresh = fit(formula, rows, engine)
    learnt = design.relearn(rows)
    np.testing.assert_array_equal(learnt.matrix(rows), fresh.model.exog[:, learnt.permutation])
    assert learnt.names == read(fresh).names
    np.testing.assert_array_equal(
        design.matrix(frame), fit(formula, frame, engine).model.exog[:, design.permutation]
    )


@ENGINES
@pytest.mark.parametrize(("formula", "column"), [("y ~ m + x", "x"), ("y ~ m + g", "g"), ("y ~ h*m", "h")])
def test_missing_values_are_refused_naming_the_column(frame, engine, formula, column):
    design = read(fit(formula, frame, engine))
    frame.loc[frame.index[[3, 8]], column] = None
    with pytest.raises(ArgumentError, match=f"column '{column}' is missing in row 3, 8"):
        design.matrix(frame)


@ENGINES
def test_a_transform_that_is_not_defined_is_refused(frame, engine):
    design = read(fit("y ~ np.log(m)", frame, engine))
    message = r"'np.log\(m\)' is not a number in row 0, 1, 2, 3, 4, \.\.\. \(60 in all\)"
    with np.errstate(invalid="ignore"), pytest.raises(ArgumentError, match=message):
        design.matrix(frame.assign(m=-1.0))


@ENGINES
def test_fitting_rows_with_missing_values_are_those_of_the_fit(frame, engine):
    frame.loc[frame.index[[3, 8]], "x"] = np.nan
    result = fit("y ~ x + np.log(m) + g", frame, engine)
    design = read(result)
    used = frame.drop(index=frame.index[[3, 8]])
    np.testing.assert_array_equal(design.matrix(used), result.model.exog[:, design.permutation])


@ENGINES
def test_an_unseen_level_names_column_value_and_levels(frame, engine):
    design = read(fit("y ~ C(g)*m", frame, engine))
    with pytest.raises(UnknownNameError, match=r"Column 'g': 'd' is not a level.*fitted with 'a', 'b', 'c'"):
        design.matrix(frame.assign(g="d"))
    design = read(fit("y ~ C(arm)", frame, engine))
    with pytest.raises(UnknownNameError, match=r"Column 'arm': 0 is not a level.*fitted with 1, 2, 3"):
        design.matrix(frame.assign(arm=0))


@ENGINES
def test_a_missing_column_is_never_taken_from_the_caller(frame, engine):
    scope = {"x": frame["x"]}
    result = fit("y ~ g + x", frame, engine, eval_env=scope)
    design = read(result, **({"context": scope} if engine == "formulaic" else {}))
    with pytest.raises(UnknownNameError, match=r"Column 'x', which 'x' reads, is not in the data.*'X'"):
        design.matrix(frame.drop(columns="x").assign(X=1.0))


@ENGINES
def test_text_where_numbers_were_is_refused(frame, engine):
    design = read(fit("y ~ x", frame, engine))
    with pytest.raises(ArgumentError, match="'x' was numeric when the model was fitted"):
        design.matrix(frame.assign(x="many"))


@ENGINES
@pytest.mark.parametrize("values", [[0, 1], [False, True], [0.0, 1.0]])
def test_a_boolean_column_may_be_given_as_numbers(frame, engine, values):
    design = read(fit("y ~ flag", frame, engine))
    assert design.matrix(pd.DataFrame({"flag": values})).tolist() == [[1, 0], [1, 1]]


def test_functions_and_constants_of_the_caller_in_patsy(frame):
    cut = 2.0
    knots = np.array([1.5, 2.5])
    result = fit(
        "y ~ doubled(m) + I(x > cut) + bs(m, knots=knots)",
        frame,
        "patsy",
        eval_env={"doubled": doubled, "cut": cut, "knots": knots},
    )
    design = read(result)
    assert design.captured == frozenset()
    assert design.variables == {"m", "x"}
    np.testing.assert_array_equal(design.matrix(frame), result.model.exog[:, design.permutation])
    learnt = design.relearn(frame.iloc[:40])
    assert learnt.matrix(frame).shape == (N, len(learnt.names))


def test_functions_of_the_caller_in_formulaic_need_the_context(frame):
    result = fit("y ~ doubled(m) + x", frame, "formulaic", eval_env={"doubled": doubled})
    design = read(result, context={"doubled": doubled})
    np.testing.assert_array_equal(design.matrix(frame), result.model.exog[:, design.permutation])
    with pytest.raises(FormulaError, match=r"Cannot evaluate 'doubled\(m\)'.*doubled"):
        read(result).matrix(frame)


@ENGINES
def test_an_array_of_the_caller_is_reported(frame, engine):
    scope = {"other": np.arange(float(N)), "knots": np.array([1.5, 2.5]), "doubled": doubled, "cut": 1.0}
    result = fit("y ~ x + other + bs(m, knots=knots) + I(m > cut)", frame, engine, eval_env=scope)
    options = {"context": scope} if engine == "formulaic" else {}
    assert read(result, **options).captured == {"other"}
    assert read(result, n_rows=N, **options).captured == {"other"}
    assert read(result, **options).variables == {"x", "m"}


def test_the_number_of_rows_tells_data_from_settings(frame):
    grid = np.linspace(0, 5, 7)
    result = fit("y ~ np.interp(m, grid, grid)", frame, "patsy", eval_env={"grid": grid, "np": np})
    assert read(result).captured == {"grid"}
    assert read(result, n_rows=N).captured == frozenset()


def test_an_array_of_the_caller_fails_on_other_rows(frame):
    other = pd.Series(np.arange(float(N)), index=frame.index)
    result = fit("y ~ x + other", frame, "patsy", eval_env={"other": other})
    with pytest.raises(ArgumentError, match="'other' has 60 values for 5 rows"):
        read(result).matrix(frame.iloc[:5])


def test_formulaic_reports_values_it_cannot_evaluate_again(frame):
    result = fit("y ~ x + I(m > cut)", frame, "formulaic", eval_env={"cut": 1.0})
    assert read(result).captured == {"cut"}


def test_names_in_backticks(frame):
    result = fit("y ~ `out.enc`*treat + np.log(`a b`)", frame.assign(**{"a b": frame["m"]}), "formulaic")
    design = read(result)
    assert design.variables == {"out.enc", "treat", "a b"}
    np.testing.assert_array_equal(
        design.matrix(frame.assign(**{"a b": frame["m"]})), result.model.exog[:, design.permutation]
    )


def test_hashed_levels_are_refused(frame):
    result = fit("y ~ hashed(g, levels=4)", frame, "formulaic")
    with pytest.raises(FormulaError, match="cannot be rebuilt from its levels"):
        read(result)


@ENGINES
@pytest.mark.parametrize(
    "formula",
    [
        "y ~ g*m + bs(x, df=4)",
        "y ~ C(g, Sum) + center(x):m",
        "y ~ I(m**2) + np.log(x + 9)",
        "y ~ scale(center(x))",
    ],
)
def test_a_design_that_travelled_gives_the_same_columns(frame, engine, formula):
    if engine == "formulaic" and "Sum" in formula:
        formula = formula.replace("Sum", "contr.sum")
    design = read(fit(formula, frame, engine))
    again = pickle.loads(packed(design))
    assert again.names == design.names
    assert again.variables == design.variables
    np.testing.assert_array_equal(again.matrix(frame[5:9]), design.matrix(frame[5:9]))


def test_factors_that_are_no_expressions_cannot_be_pickled(frame):
    from patsy import LookupFactor, ModelDesc, Term, dmatrix

    spec = dmatrix(ModelDesc([], [Term([]), Term([LookupFactor("m")])]), frame).design_info
    design = PatsyDesign.from_spec(spec, None, frame.columns)
    assert design.matrix(frame).shape == (N, 2)
    with pytest.raises(NotImplementedError):
        pickle.dumps(design)


@ENGINES
def test_a_duplicated_index_does_not_matter(frame, engine):
    design = read(fit("y ~ g*m + center(x)", frame, engine))
    rows = frame.iloc[[5, 5, 2]]
    np.testing.assert_array_equal(design.matrix(rows), design.matrix(frame)[[5, 5, 2]])
