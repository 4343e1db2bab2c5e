"""Designs of models fitted from a table of regressors."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from design.cases import N, make_frame

from pymediation.design import ColumnsDesign, Term
from pymediation.errors import ArgumentError, UnknownNameError

FOLLOW = ("treat", "m")


@pytest.fixture
def regressors():
    frame = make_frame()
    X = frame[["treat", "m", "x"]].assign(
        t_by_m=frame["treat"] * frame["m"], m_sq=frame["m"] ** 2, m_cube=frame["m"] ** 3, x_sq=frame["x"] ** 2
    )
    return sm.add_constant(X)


def design_of(X: pd.DataFrame, follow: tuple[str, ...] = FOLLOW) -> ColumnsDesign:
    return ColumnsDesign.from_columns(tuple(X.columns), X.to_numpy(dtype=float), follow=follow)


def test_the_training_rows_give_the_fitted_design(regressors):
    model = sm.OLS(make_frame()["y"], regressors)
    design = design_of(regressors.drop(columns="m_cube"))
    X = design.matrix(regressors)
    np.testing.assert_array_equal(X, np.delete(model.exog, 6, axis=1))
    assert X.flags.c_contiguous
    assert design.permutation.tolist() == list(range(7))
    assert design.captured == frozenset()


def test_terms(regressors):
    design = design_of(regressors)
    assert design.terms == (
        Term("1", (), slice(0, 1)),
        Term("treat", ("treat",), slice(1, 2)),
        Term("m", ("m",), slice(2, 3)),
        Term("x", ("x",), slice(3, 4)),
        Term("t_by_m", ("treat", "m"), slice(4, 5)),
        Term("m_sq", ("m", "m"), slice(5, 6)),
        Term("m_cube", ("m", "m", "m"), slice(6, 7)),
        Term("x_sq", ("x_sq",), slice(7, 8)),
    )
    assert design.variables == {"treat", "m", "x", "x_sq"}
    assert design.factor_variables("t_by_m") == {"treat", "m"}


def test_products_follow_their_parents(regressors):
    design = design_of(regressors)
    X = design.matrix(regressors.assign(treat=1.0, m=3.0))
    np.testing.assert_array_equal(X[:, 4:7], np.tile([3.0, 9.0, 27.0], (N, 1)))
    np.testing.assert_array_equal(X[:, 7], regressors["x_sq"])


def test_values(regressors):
    design = design_of(regressors)
    X = design.matrix(regressors, values={"m": np.full(N, 2.0), "m_sq": np.full(N, 7.0)})
    np.testing.assert_array_equal(X[:, 2], 2.0)
    np.testing.assert_array_equal(X[:, 4], 2.0 * regressors["treat"])
    np.testing.assert_array_equal(X[:, 5], 7.0)
    np.testing.assert_array_equal(X[:, 6], 8.0)
    with pytest.raises(UnknownNameError, match=r"'m_sqr' is not a column.*Did you mean 'm_sq'"):
        design.matrix(regressors, values={"m_sqr": np.zeros(N)})


def test_without_follow_products_are_columns_like_others(regressors):
    design = design_of(regressors, follow=())
    assert design.variables == frozenset(regressors.columns) - {"const"}


def test_when_all_columns_are_followed_the_parents_stay(regressors):
    design = design_of(regressors, follow=tuple(regressors.columns))
    assert design.products == {
        "t_by_m": ("treat", "m"),
        "m_sq": ("m", "m"),
        "m_cube": ("m", "m", "m"),
        "x_sq": ("x", "x"),
    }


def test_a_product_of_three_columns_is_traced_through_an_interaction():
    X = make_frame()[["treat", "m", "x"]]
    X = X.assign(mx=X["m"] * X["x"], tm=X["treat"] * X["m"])
    X["all"] = X["tm"] * X["x"]
    assert sorted(design_of(X, follow=("treat",)).products["all"]) == ["mx", "treat"]
    assert sorted(design_of(X).products["all"]) == ["m", "treat", "x"]


@pytest.mark.parametrize("order", [["t", "w", "t:w"], ["t:w", "w", "t"], ["w", "t:w", "t"]])
def test_of_columns_of_ones_and_minus_ones_the_named_product_is_taken(order):
    rng = np.random.default_rng(1)
    X = pd.DataFrame({"t": rng.choice([-1.0, 1.0], 40), "w": rng.choice([-1.0, 1.0], 40)})
    X["t:w"] = X["t"] * X["w"]
    for follow in (("t",), ("t", "w", "t:w")):
        assert design_of(X[order], follow=follow).products.keys() == {"t:w"}


def test_a_name_alone_does_not_make_a_product(regressors):
    X = regressors[["treat", "m"]].assign(**{"treat:m": np.random.default_rng(2).normal(size=N)})
    assert design_of(X).products == {}


def test_nested_and_identical_columns_are_no_products():
    # Treatment received implies treatment assigned: received = assigned * received.
    assigned = np.tile([0.0, 1.0, 1.0], 20)
    received = np.tile([0.0, 1.0, 0.0], 20)
    X = pd.DataFrame({"assigned": assigned, "received": received, "copy": received})
    assert design_of(X, follow=("assigned", "received", "copy")).products == {}


def test_rounded_products_are_not_recognised(regressors):
    X = regressors[["treat", "m"]].assign(tm=(regressors["treat"] * regressors["m"]).round(6))
    assert design_of(X).products == {}


def test_many_indicators_of_one_factor_are_no_products_of_each_other():
    groups = pd.get_dummies(pd.Series(np.arange(400) % 40), prefix="site", dtype=float)
    X = groups.assign(treat=np.arange(400) // 40 % 2)
    X["treat_site_7"] = X["treat"] * X["site_7"]
    products = design_of(X, follow=tuple(X.columns)).products
    assert {name: sorted(parents) for name, parents in products.items()} == {
        "treat_site_7": ["site_7", "treat"]
    }


@pytest.mark.parametrize("name", ["const", "Intercept", "one"])
def test_the_intercept(name):
    X = pd.DataFrame({"x": [1.0, 2.0, 4.0], name: 1.0, "dummy": [0.0, 1.0, 0.0]})
    design = design_of(X, follow=())
    assert [term.label for term in design.terms] == ["x", "1", "dummy"]
    # It is a constant, not a column that has to be in the data.
    np.testing.assert_array_equal(design.matrix(X.drop(columns=name)), X.to_numpy())


def test_of_two_constant_columns_the_intercept_is_the_one_with_its_name():
    design = design_of(pd.DataFrame({"treat": [1.0, 1.0], "const": [1.0, 1.0]}), follow=("treat",))
    assert [term.label for term in design.terms] == ["treat", "1"]


def test_nothing_is_learnt_from_new_rows(regressors):
    design = design_of(regressors)
    assert design.relearn(regressors.iloc[:3]) is design
    np.testing.assert_array_equal(
        design.matrix(regressors, default_contrasts=True), design.matrix(regressors)
    )


def test_pickle(regressors):
    design = pickle.loads(pickle.dumps(design_of(regressors)))
    np.testing.assert_array_equal(design.matrix(regressors), design_of(regressors).matrix(regressors))


def test_rows_that_cannot_be_used_are_refused(regressors):
    design = design_of(regressors)
    with pytest.raises(ArgumentError, match="column 'x' is missing in row 2"):
        design.matrix(regressors.assign(x=regressors["x"].where(np.arange(N) != 2)))
    with pytest.raises(UnknownNameError, match="Column 'treat', which 'treat' reads, is not in the data"):
        design.matrix(regressors.drop(columns="treat"))
    with pytest.raises(ArgumentError, match="'x' was numeric"):
        design.matrix(regressors.assign(x="a"))


def test_names_that_do_not_identify_columns_are_refused():
    with pytest.raises(ArgumentError, match="'a' occur more than once"):
        ColumnsDesign.from_columns(["a", "a"], np.eye(2))
    with pytest.raises(ArgumentError, match=r"2 names; got shape \(3, 3\)"):
        ColumnsDesign.from_columns(["a", "b"], np.eye(3))
    with pytest.raises(UnknownNameError, match="'c' is not a column"):
        ColumnsDesign.from_columns(["a", "b"], np.eye(2), follow=("c",))
