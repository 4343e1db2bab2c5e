"""Models that keep no data, and what is handed over beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import pymediation as pm
import pymediation.r as R

DATA = pd.DataFrame({"t": [0.0, 1.0], "m": [1.0, 2.0], "w": [1.0, 1.0]})


def test_what_is_given_is_kept():
    given = pm.with_data("model", DATA, "m", ["t"], weights="w")
    assert given.data is DATA
    assert (given.model, given.response, given.columns, given.weights) == ("model", "m", ("t",), "w")


def test_data_must_be_a_frame():
    with pytest.raises(
        pm.ArgumentTypeError, match="data must be the DataFrame that the model was fitted to; got dict"
    ):
        pm.with_data("model", {"t": [0, 1]})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"response": "mm"}, "response='mm' is not a column of data.*Did you mean 'm'"),
        ({"columns": ["t", "x"]}, "columns='x' is not a column"),
        ({"weights": "weight"}, "weights='weight' is not a column"),
    ],
)
def test_a_column_that_is_not_there_is_named(arguments, message):
    with pytest.raises(pm.UnknownNameError, match=message):
        pm.with_data("model", DATA, **arguments)


def test_columns_are_a_list():
    with pytest.raises(pm.ArgumentTypeError, match=r"Write columns=\['t'\]"):
        pm.with_data("model", DATA, "m", "t")


def test_a_column_name_that_occurs_twice_is_refused():
    twice = pd.concat([DATA, DATA[["t"]]], axis=1)
    with pytest.raises(pm.ArgumentError, match="names 2 columns of data"):
        pm.with_data("model", twice, "m", ["t"])


def test_something_that_is_no_model_is_refused():
    with pytest.raises(
        pm.UnsupportedModelError,
        match=r"mediator model, given by with_data\(\), is 'model', not a fitted model",
    ):
        pm.mediate(pm.with_data("model", DATA), None, treat="t", mediator="m")


def test_a_model_that_keeps_its_data_is_wanted_as_it_is():
    data = pd.DataFrame({"t": [0.0, 1.0] * 6, "m": np.sqrt(np.arange(12))})
    fits = smf.ols("m ~ t", data).fit(), R.lm("m ~ t", data), pm.Tobit.from_formula("m ~ t", data).fit()
    for fit in fits:
        with pytest.raises(
            pm.UnsupportedModelError, match=r"mediator model.*keeps its data.*without with_data"
        ):
            pm.mediate(pm.with_data(fit, data), None, treat="t", mediator="m")


def test_repr_does_not_show_the_data() -> None:
    data = pd.DataFrame({"t": [0.0, 1.0], "m": [1.0, 2.0]})
    supplied = pm.with_data(object(), data, response="m")
    assert "response='m'" in repr(supplied)
    assert "1.0" not in repr(supplied)
