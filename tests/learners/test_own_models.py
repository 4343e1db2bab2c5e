"""Models of the user's own, by the protocol."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.formula.api as smf
from learners.learner_cases import REGRESSORS_M, REGRESSORS_Y, data, difference, ols, run

import pymediation as pm

# Least squares by two routes; effects are of size one.
LEAST_SQUARES = 1e-12
# R's refits stop once a step changes the deviance by less than 1e-8 of itself: a step of about 1e-4, after
# which Newton's method is off by about its square.
NEWTON = 1e-7

D = data()


class Means(pm.MediationModel):
    """Least squares of an outcome on columns."""

    def __init__(self, response: str, columns: list[str], coef: Any = None) -> None:
        self.response, self.columns, self.coef = response, columns, coef

    def design(self, frame: Any) -> Any:
        return np.column_stack([np.ones(len(frame)), frame[self.columns]])

    def fit(self, frame: Any, weights: Any, rng: Any) -> Means:
        root = np.ones(len(frame)) if weights is None else np.sqrt(weights)
        X, y = self.design(frame) * root[:, None], frame[self.response] * root
        return type(self)(self.response, self.columns, np.linalg.lstsq(X, y, rcond=None)[0])

    def predict(self, frame: Any) -> Any:
        return self.design(frame) @ self.coef


class Coin:
    """A logistic regression of a 0/1 or text mediator; has the three methods without being derived."""

    def __init__(self, labels: tuple[Any, Any] = (0, 1), coef: Any = None) -> None:
        self.labels, self.coef = labels, coef

    def fit(self, frame: Any, weights: Any, rng: Any) -> Coin:
        response = (frame["b"] == self.labels[1]).astype(int)
        return Coin(
            self.labels, smf.logit("b ~ t + x", frame.assign(b=response)).fit(disp=0).params.to_numpy()
        )

    def chance(self, frame: Any) -> Any:
        return 1 / (1 + np.exp(-(self.coef[0] + frame[["t", "x"]].to_numpy(float) @ self.coef[1:])))

    def predict(self, frame: Any) -> Any:
        return np.column_stack([1 - self.chance(frame), self.chance(frame)])

    def draw(self, treated: Any, control: Any, rng: Any) -> Any:
        arms = np.stack([self.chance(treated), self.chance(control)])
        drawn = pm.NumPyStream(rng).binomial(1, arms, size=arms.shape, order="C")
        return np.asarray(self.labels)[drawn[0]], np.asarray(self.labels)[drawn[1]]


def fitted(model: Any, frame: Any = D) -> Any:
    return model.fit(frame, None, np.random.default_rng(0))


def test_an_outcome_of_one_s_own():
    mediator = ols("m ~ t + x", D)
    own = pm.with_data(fitted(Means("y", REGRESSORS_Y)), D, "y", REGRESSORS_Y)
    assert difference(run(mediator, own), run(mediator, ols("y ~ t + m + x", D))) < LEAST_SQUARES


def test_weights_are_handed_to_fit():
    mediator = smf.wls("m ~ t + x", D, weights=D["w"]).fit()
    model = Means("y", REGRESSORS_Y).fit(D, D["w"].to_numpy(), np.random.default_rng(0))
    own = pm.with_data(model, D, "y", REGRESSORS_Y, weights="w")
    expected = run(mediator, smf.wls("y ~ t + m + x", D, weights=D["w"]).fit())
    assert difference(run(mediator, own), expected) < LEAST_SQUARES


@pytest.mark.parametrize("labels", [(0, 1), ("no", "yes"), (False, True)])
def test_a_mediator_of_one_s_own(labels):
    expected = run(smf.logit("b ~ t + x", D).fit(disp=0), ols("y ~ t + b + x", D), mediator="b")
    frame = D.assign(b=np.asarray(labels)[D["b"]])
    own = pm.with_data(fitted(Coin(labels), frame), frame, "b", REGRESSORS_M)
    found = run(own, ols("y ~ t + b + x", frame), mediator="b")
    assert difference(found, expected) < LEAST_SQUARES


def test_probabilities_of_two_values_are_those_of_the_second():
    class Outcome(Coin):
        def fit(self, frame, weights, rng):
            return Outcome(coef=smf.logit("c ~ t + m + x", frame).fit(disp=0).params.to_numpy())

        def chance(self, frame):
            eta = self.coef[0] + frame[REGRESSORS_Y].to_numpy(float) @ self.coef[1:]
            return 1 / (1 + np.exp(-eta))

    mediator = ols("m ~ t + x", D)
    own = pm.with_data(fitted(Outcome()), D, "c", REGRESSORS_Y)
    expected = run(mediator, smf.logit("c ~ t + m + x", D).fit(disp=0))
    assert difference(run(mediator, own), expected) < NEWTON


def test_random_numbers_of_a_fit_come_from_the_seed():
    class Noisy(Means):
        def fit(self, frame, weights, rng):
            model = super().fit(frame, weights, rng)
            return Noisy(self.response, self.columns, model.coef + rng.normal(size=model.coef.size))

    own = pm.with_data(fitted(Noisy("y", REGRESSORS_Y)), D, "y", REGRESSORS_Y)
    mediator = ols("m ~ t + x", D)
    assert difference(run(mediator, own), run(mediator, own, n_jobs=2)) == 0
    assert difference(run(mediator, own), run(mediator, own, rng=4)) > 0


class Untold:
    """Neither an estimator nor a model by the protocol."""


@pytest.mark.parametrize(
    ("error", "message", "outcome"),
    [
        (
            pm.ArgumentError,
            r"outcome model \(own Means\) needs the names of the columns it reads",
            pm.with_data(fitted(Means("y", REGRESSORS_Y)), D, "y"),
        ),
        (
            pm.DataMismatchError,
            "has its response 'y' among its regressors",
            pm.with_data(fitted(Means("y", REGRESSORS_Y)), D, "y", [*REGRESSORS_Y, "y"]),
        ),
        (
            pm.DataMismatchError,
            r"predicts 2 probabilities per row, but its response 'k' has 3 values",
            pm.with_data(fitted(Coin()), D.assign(k=np.arange(len(D)) % 3), "k", REGRESSORS_Y),
        ),
        (
            pm.DataMismatchError,
            r"predicts 1 number per row, but its response 'k' has 2 values.*'a', 'b'",
            pm.with_data(
                fitted(Means("y", REGRESSORS_Y)),
                D.assign(k=np.where(D["c"] == 1, "a", "b")),
                "k",
                REGRESSORS_Y,
            ),
        ),
        (
            pm.UnsupportedModelError,
            r"given by with_data\(\), is a Untold",
            pm.with_data(Untold(), D, "y", REGRESSORS_Y),
        ),
    ],
)
def test_what_does_not_fit(error, message, outcome):
    with pytest.raises(error, match=message):
        run(ols("m ~ t + x", D), outcome)


def test_a_mediator_that_does_not_draw():
    own = pm.with_data(fitted(Means("m", REGRESSORS_M)), D, "m", REGRESSORS_M)
    with pytest.raises(
        pm.UnsupportedModelError, match=r"has no draw\(\), which a model of the mediator needs"
    ):
        run(own, ols("y ~ t + m + x", D))


@pytest.mark.parametrize(
    ("drawn", "reason"),
    [
        (lambda n: np.zeros(n - 1), r"one value per row"),
        (lambda n: np.full(n, "maybe"), r"'maybe'\W.* not among"),
    ],
)
def test_draws_that_are_none(drawn, reason):
    class Odd(Coin):
        def draw(self, treated, control, rng):
            return drawn(len(treated)), drawn(len(treated))

    frame = D.assign(b=np.where(D["b"] == 1, "yes", "no"))
    model = Odd(("no", "yes"), [0.0, 0.0, 0.0])
    with pytest.raises(pm.DataMismatchError, match=reason):
        run(pm.with_data(model, frame, "b", REGRESSORS_M), ols("y ~ t + b + x", frame), mediator="b")
