"""Learners that cannot be used are refused with the reason and the remedy."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pymediation as pm

pytest.importorskip("sklearn")

from learners.learner_cases import REGRESSORS_M, REGRESSORS_Y, data, learner, ols, run
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.svm import LinearSVC

D = data()
OLS = LinearRegression().fit(D[REGRESSORS_Y], D["y"])
ARRAY = LinearRegression().fit(D[REGRESSORS_Y].to_numpy(), D["y"])


def refused(error: type[Exception], message: str, outcome: Any, **options: Any) -> None:
    """Require that an outcome model is refused with a message."""
    with pytest.raises(error, match=message):
        run(ols("m ~ t + x", D), outcome, **options)


def test_simulation_has_nothing_to_draw_from():
    refused(
        pm.UnsupportedModelError,
        r"outcome model \(sklearn LinearRegression\) cannot be simulated from: .*. Set boot=True",
        pm.with_data(OLS, D, "y"),
        boot=False,
    )


def test_bca_is_refused():
    refused(
        pm.UnsupportedModelError,
        "boot_ci_type='bca' needs .* Set boot_ci_type='perc'",
        pm.with_data(OLS, D, "y"),
        boot_ci_type="bca",
        sims=200,
    )


def test_a_sensitivity_analysis_needs_linear_or_probit_models():
    result = run(ols("m ~ t + x", D), pm.with_data(OLS, D, "y"))
    with pytest.raises(pm.UnsupportedModelError, match=r"'y ~ t \+ m \+ x', of which one can only be bootst"):
        pm.medsens(result)


def test_an_estimator_without_its_data():
    refused(
        pm.UnsupportedModelError,
        r"a LinearRegression of sklearn, which does not keep its data. Pass pymediation.with_data",
        OLS,
    )


def test_an_estimator_s_class():
    refused(pm.UnsupportedModelError, "LinearRegression itself", pm.with_data(LinearRegression, D, "y"))


@pytest.mark.parametrize(
    ("error", "message", "outcome"),
    [
        (pm.ArgumentError, r"does not know its response.*response=", pm.with_data(OLS, D)),
        (
            pm.UnsupportedModelError,
            r"is not fitted: call its fit\(\)",
            pm.with_data(LinearRegression(), D, "y", REGRESSORS_Y),
        ),
        (pm.ArgumentError, r"does not know the names.*columns=", pm.with_data(ARRAY, D, "y")),
        (
            pm.DataMismatchError,
            r"fitted to 3 columns; columns= names 2",
            pm.with_data(ARRAY, D, "y", ["t", "m"]),
        ),
        (
            pm.DataMismatchError,
            r"fitted to the columns \['t', 'm', 'x'\]; columns= gives \['m', 't', 'x'\]",
            pm.with_data(OLS, D, "y", ["m", "t", "x"]),
        ),
        (
            pm.UnknownNameError,
            r"fitted to the column 'x', which data= does not have",
            pm.with_data(OLS, D.drop(columns="x"), "y"),
        ),
        (
            pm.DataMismatchError,
            r"has its response 'm' among its regressors",
            pm.with_data(OLS, D, "m"),
        ),
        (
            pm.DataMismatchError,
            r"3 of 150 values of 'y' are missing",
            pm.with_data(OLS, D.assign(y=D["y"].where(D.index > 2)), "y"),
        ),
        (
            pm.DataMismatchError,
            r"2 of 150 values of 'm' are missing",
            pm.with_data(
                __import__("sklearn.ensemble")
                .ensemble.HistGradientBoostingRegressor(max_iter=2)
                .fit(D[REGRESSORS_Y], D["y"]),
                D.assign(m=D["m"].where(D.index > 1)),
                "y",
            ),
        ),
        (
            pm.DataMismatchError,
            r"cannot predict the rows of data= from .* \(ValueError: .*",
            pm.with_data(OLS, D.assign(x="text"), "y"),
        ),
        (
            pm.DataMismatchError,
            r"is a regressor, but its response 'word' is not numeric",
            pm.with_data(OLS, D.assign(word="a"), "word"),
        ),
        (
            pm.UnsupportedModelError,
            r"predicts 2 responses; one is needed, 'y'",
            pm.with_data(LinearRegression().fit(D[REGRESSORS_Y], D[["y", "c"]]), D, "y"),
        ),
        (
            pm.UnsupportedModelError,
            r"is a classifier without predict_proba\(\).*CalibratedClassifierCV",
            pm.with_data(LinearSVC().fit(D[REGRESSORS_Y], D["c"]), D, "c"),
        ),
        (
            pm.DataMismatchError,
            r"fitted to the classes \[0, 1\], but its response 'k' has \[1, 2\] in data=",
            pm.with_data(LogisticRegression().fit(D[REGRESSORS_Y], D["c"]), D.assign(k=D["c"] + 1), "k"),
        ),
        (
            pm.UnsupportedModelError,
            "is a clusterer; a regressor or a classifier is needed",
            pm.with_data(KMeans(2, n_init=1).fit(D[REGRESSORS_Y]), D, "y"),
        ),
        (
            pm.UnsupportedModelError,
            r"cannot be refitted with weights='w': its fit\(\) has no sample_weight",
            pm.with_data(KNeighborsRegressor().fit(D[REGRESSORS_Y], D["y"]), D, "y", weights="w"),
        ),
        (
            pm.ArgumentError,
            r"has -1 for the weights 'w' in row 0",
            pm.with_data(OLS, D.assign(w=np.where(D.index == 0, -1.0, 1.0)), "y", weights="w"),
        ),
    ],
)
def test_what_does_not_fit(error, message, outcome):
    refused(error, message, outcome)


def test_treatment_and_mediator_must_be_columns():
    refused(
        pm.UnknownNameError,
        r"mediator='m' is not in the outcome model. The outcome model has 't', 'x'",
        learner(LinearRegression(), D, "y", REGRESSORS_M),
    )


def test_a_mediator_model_of_something_else():
    with pytest.raises(pm.DataMismatchError, match="response of the mediator model is 'y', not mediator='m'"):
        run(learner(LinearRegression(), D, "y", REGRESSORS_M), ols("y ~ t + m + x", D))


def test_other_rows():
    with pytest.raises(pm.DataMismatchError, match="fitted to different rows"):
        run(ols("m ~ t + x", D), learner(LinearRegression(), D.iloc[:100], "y", REGRESSORS_Y))


def test_other_weights():
    with pytest.raises(pm.DataMismatchError, match="only the outcome model has weights"):
        run(ols("m ~ t + x", D), learner(LinearRegression(), D, "y", REGRESSORS_Y, weights="w"))


def test_numbers_drawn_for_a_factor():
    coded = D.assign(m=pd.cut(D["m"], 3, labels=["a", "b", "c"]).astype(str))
    outcome = pm.with_data(OLS.__class__().fit(D[REGRESSORS_Y], D["y"]), coded, "y")
    with pytest.raises(pm.DataMismatchError, match=re.escape("cannot predict the rows of data=")):
        run(learner(LinearRegression(), D, "m", REGRESSORS_M), outcome)


@pytest.mark.parametrize(
    ("model", "response"),
    [
        (LinearRegression().fit(D[REGRESSORS_Y], D["x"] + 3 * D["m"] - 5), "y"),
        (LogisticRegression().fit(D[REGRESSORS_Y], 1 - D["c"]), "c"),
    ],
    ids=["regressor", "classifier"],
)
def test_a_learner_of_another_response_is_warned_about(model, response):
    with pytest.warns(pm.PymediationWarning, match=f"predicts '{response}' worse than its own mean"):
        run(ols("m ~ t + x", D), pm.with_data(model, D, response))
