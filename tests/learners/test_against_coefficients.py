"""Learners that are linear or logistic models give the draws of the models with coefficients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import pymediation as pm

pytest.importorskip("sklearn")

from learners.learner_cases import REGRESSORS_M, REGRESSORS_Y, SIMS, data, difference, learner, ols, run
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

# Least squares by two routes; effects are of size one.
LEAST_SQUARES = 1e-12
# R's refits stop once a step changes the deviance, which is quadratic in it, by less than 1e-8 of itself: a
# step of about 1e-4, after which Newton's method is off by about its square.
NEWTON = 1e-7

D = data()


def logistic() -> LogisticRegression:
    """Return a logistic regression without a penalty."""
    return LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)


@pytest.mark.parametrize("rng", [3, lambda: pm.RStream(3)])
def test_linear_outcome(rng):
    mediator = ols("m ~ t + x", D)
    given = [rng() if callable(rng) else rng for _ in range(2)]
    expected = run(mediator, ols("y ~ t + m + x", D), rng=given[0])
    found = run(mediator, learner(LinearRegression(), D, "y", REGRESSORS_Y), rng=given[1])
    assert difference(found, expected) < LEAST_SQUARES
    assert found.d_avg == pytest.approx(expected.d_avg, abs=LEAST_SQUARES)


@pytest.mark.parametrize("rng", [3, lambda: pm.RStream(3)])
def test_logistic_outcome_of_a_drawn_mediator(rng):
    mediator = ols("m ~ t + x", D)
    given = [rng() if callable(rng) else rng for _ in range(2)]
    expected = run(mediator, smf.logit("c ~ t + m + x", D).fit(disp=0), rng=given[0])
    found = run(mediator, learner(logistic(), D, "c", REGRESSORS_Y), rng=given[1])
    assert difference(found, expected) < NEWTON
    assert found.z_avg == pytest.approx(expected.z_avg, abs=NEWTON)


def test_logistic_mediator_with_a_model_and_with_a_learner():
    expected = run(smf.logit("b ~ t + x", D).fit(disp=0), ols("y ~ t + b + x", D), mediator="b")
    mediator = learner(logistic(), D, "b", REGRESSORS_M)
    mixed = run(mediator, ols("y ~ t + b + x", D), mediator="b")
    both = run(mediator, learner(LinearRegression(), D, "y", ["t", "b", "x"]), mediator="b")
    assert difference(mixed, expected) < LEAST_SQUARES
    assert difference(both, expected) < LEAST_SQUARES
    assert mixed.d_avg == pytest.approx(expected.d_avg, abs=LEAST_SQUARES)


@pytest.mark.parametrize("kind", ["text", "categorical", "bool"])
def test_a_mediator_of_two_labels(kind):
    expected = run(smf.logit("b ~ t + x", D).fit(disp=0), ols("y ~ t + b + x", D), mediator="b")
    labels = {
        "text": np.where(D["b"] == 1, "yes", "no"),
        "categorical": pd.Categorical(np.where(D["b"] == 1, "yes", "no")),
        "bool": D["b"] == 1,
    }
    frame = D.assign(b=labels[kind])
    found = run(learner(logistic(), frame, "b", REGRESSORS_M), ols("y ~ t + b + x", frame), mediator="b")
    assert difference(found, expected) < LEAST_SQUARES


def test_sampling_weights_enter_fits_and_averages():
    mediator = smf.wls("m ~ t + x", D, weights=D["w"]).fit()
    expected = run(mediator, smf.wls("y ~ t + m + x", D, weights=D["w"]).fit())
    found = run(mediator, learner(LinearRegression(), D, "y", REGRESSORS_Y, weights="w"))
    assert difference(found, expected) < LEAST_SQUARES


def encoded() -> object:
    """Return a linear model that codes text columns itself."""
    coding = make_column_transformer((OneHotEncoder(drop="first"), ["arm"]), remainder="passthrough")
    return make_pipeline(coding, LinearRegression())


@pytest.mark.parametrize("as_type", [object, "category"])
def test_treatment_as_text_that_a_pipeline_encodes(as_type):
    frame = D.assign(arm=pd.Series(np.where(D["t"] == 1, "drug", "placebo")).astype(as_type))
    options = {"treat": "arm", "control_value": "placebo", "treat_value": "drug"}
    mediator = ols("m ~ C(arm) + x", frame)
    expected = run(mediator, ols("y ~ C(arm) + m + x", frame), **options)
    found = run(mediator, learner(encoded(), frame, "y", ["arm", "m", "x"]), **options)
    assert difference(found, expected) < LEAST_SQUARES


def test_weights_reach_the_last_step_of_a_pipeline():
    frame = D.assign(arm=np.where(D["t"] == 1, "drug", "placebo"))
    estimator = encoded().fit(
        frame[["arm", "m", "x"]], frame["y"], linearregression__sample_weight=frame["w"]
    )
    mediator = smf.wls("m ~ arm + x", frame, weights=frame["w"]).fit()
    options = {"treat": "arm", "control_value": "placebo", "treat_value": "drug"}
    expected = run(mediator, smf.wls("y ~ arm + m + x", frame, weights=frame["w"]).fit(), **options)
    found = run(mediator, pm.with_data(estimator, frame, "y", weights="w"), **options)
    assert difference(found, expected) < LEAST_SQUARES


def test_a_mediator_of_three_texts_that_the_outcome_encodes():
    frame = D.assign(k=pd.cut(D["m"], [-9, -0.3, 0.6, 9], labels=["low", "mid", "high"]).astype(str))
    mediator = learner(logistic(), frame, "k", REGRESSORS_M)
    coding = make_column_transformer((OneHotEncoder(drop="first"), ["k"]), remainder="passthrough")
    outcome = learner(make_pipeline(coding, LinearRegression()), frame, "y", ["t", "k", "x"])
    expected = run(mediator, ols("y ~ t + k + x", frame), mediator="k")
    assert difference(run(mediator, outcome, mediator="k"), expected) < LEAST_SQUARES


class Duck:
    """Least squares with the interface of an estimator, and nothing of scikit-learn's."""

    def __init__(self, ridge=0.0):
        self.ridge = ridge

    def get_params(self, deep=True):
        return {"ridge": self.ridge}

    def set_params(self, **given):
        self.ridge = given.get("ridge", self.ridge)
        return self

    def design(self, X):
        return np.column_stack([np.ones(len(X)), X])

    def fit(self, X, y):
        left = self.design(X).T @ self.design(X) + self.ridge * np.eye(1 + np.shape(X)[1])
        self.coef_ = np.linalg.solve(left, self.design(X).T @ y)
        return self

    def predict(self, X):
        return self.design(X) @ self.coef_


def test_an_estimator_that_is_not_scikit_learn_s():
    mediator = ols("m ~ t + x", D)
    duck = pm.with_data(Duck().fit(D[REGRESSORS_Y], D["y"]), D, "y", REGRESSORS_Y)
    assert difference(run(mediator, duck), run(mediator, ols("y ~ t + m + x", D))) < LEAST_SQUARES
    with pytest.raises(pm.DataMismatchError, match=r"cannot predict .*AttributeError.*coef_"):
        run(mediator, pm.with_data(Duck(), D, "y", REGRESSORS_Y))


def test_covariates_held_and_rows_dropped():
    frame = D.copy()
    frame.loc[:9, "m"] = np.nan
    rows = frame.dropna()
    expected = run(ols("m ~ t + x", frame), ols("y ~ t + x + m", rows), covariates={"x": 0.5}, sims=SIMS)
    found = run(
        ols("m ~ t + x", frame),
        learner(LinearRegression(), rows, "y", REGRESSORS_Y),
        covariates={"x": 0.5},
    )
    assert difference(found, expected) < LEAST_SQUARES
    dropped = run(
        learner(LinearRegression(), D, "m", REGRESSORS_M),
        learner(LinearRegression(), rows, "y", REGRESSORS_Y),
        dropobs=True,
    )
    complete = run(
        learner(LinearRegression(), rows, "m", REGRESSORS_M),
        learner(LinearRegression(), rows, "y", REGRESSORS_Y),
    )
    assert difference(dropped, complete) < LEAST_SQUARES


def test_strata_are_resampled_within():
    mediator = ols("m ~ t + x", D)
    expected = run(mediator, ols("y ~ t + m + x", D), strata=D["t"])
    found = run(mediator, learner(LinearRegression(), D, "y", REGRESSORS_Y), strata=D["t"])
    assert difference(found, expected) < LEAST_SQUARES


def test_very_large_problems_draw_all_indices_before_any_noise(monkeypatch):
    from pymediation.engine import resamples

    mediator = ols("m ~ t + x", D)
    outcome = learner(logistic(), D, "c", REGRESSORS_Y)
    expected = run(mediator, outcome, rng=pm.RStream(3))
    monkeypatch.setattr(resamples, "_HELD_INDICES", 10 * len(D))
    monkeypatch.setattr(resamples, "_HELD_COUNTS", 16 * len(D))
    assert difference(run(mediator, outcome, rng=pm.RStream(3)), expected) == 0
