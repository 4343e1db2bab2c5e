"""How learners are drawn from, what their random numbers depend on, and what fails."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pymediation as pm
from pymediation.streams import NumPyStream

pytest.importorskip("sklearn")

from joblib import parallel_config
from learners.learner_cases import (
    CELLS,
    REGRESSORS_M,
    REGRESSORS_Y,
    SIMS,
    data,
    difference,
    learner,
    ols,
    run,
)
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

# The twin computes with the same numbers in another order.
ROUNDING = 1e-12
# A forest's estimates against the truth, in standard errors of the bootstrap: two of them for chance, one
# more for what a forest of leaves of five rows shrinks a direct effect, a tenth of it here.
STANDARD_ERRORS = 3
FEW = 12

D = data()


def plain_least_squares(X: Any, y: Any) -> Any:
    """Return coefficients, the intercept first."""
    return np.linalg.lstsq(np.column_stack([np.ones(len(X)), X]), y, rcond=None)[0]


def twin(seed: int) -> dict[str, Any]:
    """Return the ACMEs of two linear learners, one replicate at a time, with residual draws."""
    stream = NumPyStream(seed)
    rows = stream.bootstrap_indices(len(D), SIMS)
    noise = stream.spawn(SIMS + 2)
    X_m, X_y = D[REGRESSORS_M].to_numpy(float), D[REGRESSORS_Y].to_numpy(float)

    def acme(chosen: Any, generator: np.random.Generator) -> tuple[float, float]:
        a = plain_least_squares(X_m[chosen], D["m"].to_numpy()[chosen])
        b = plain_least_squares(X_y[chosen], D["y"].to_numpy()[chosen])
        residuals = D["m"].to_numpy()[chosen] - a[0] - X_m[chosen] @ a[1:]
        error = generator.choice(residuals, len(D))
        outcomes = {}
        for t in (0, 1):
            for arm in (0, 1):
                mediator = a[0] + a[1] * arm + a[2] * D["x"] + error
                outcomes[t, arm] = (b[0] + b[1] * t + b[2] * mediator + b[3] * D["x"]).mean()
        return outcomes[0, 1] - outcomes[0, 0], outcomes[1, 1] - outcomes[1, 0]

    draws = [acme(np.sort(chosen), noise[r + 1].generator) for r, chosen in enumerate(rows)]
    estimate = acme(np.arange(len(D)), noise[-1].generator)
    return {"d0_sims": [d[0] for d in draws], "d1_sims": [d[1] for d in draws], "d0": estimate[0]}


def test_residual_draws_are_those_of_a_plain_twin():
    expected = twin(3)
    found = run(
        learner(LinearRegression(), D, "m", REGRESSORS_M), learner(LinearRegression(), D, "y", REGRESSORS_Y)
    )
    for name in ("d0_sims", "d1_sims"):
        np.testing.assert_allclose(getattr(found, name), expected[name], rtol=0, atol=ROUNDING)
    assert found.d0 == pytest.approx(expected["d0"], abs=ROUNDING)


def test_residuals_are_drawn_by_their_rows_weights():
    frame = D.assign(w=np.where(np.arange(len(D)) < 20, 1.0, 0.0))
    given = learner(LinearRegression(), frame, "m", REGRESSORS_M, weights="w")
    from pymediation.adapters import adapt

    fitted = adapt(given, "mediator").fit.model
    treated, _ = fitted.draw(frame, frame, np.random.default_rng(1))
    errors = treated - fitted.predict(frame)
    residuals = (frame["m"] - fitted.predict(frame)).to_numpy()[:20]
    assert np.all(np.min(np.abs(errors[:, None] - residuals), axis=1) < ROUNDING)


def test_the_summary_states_the_assumption_of_residual_draws():
    mediator = learner(LinearRegression(), D, "m", REGRESSORS_M)
    result = run(mediator, ols("y ~ t + m + x", D))
    assert "residuals drawn with replacement, as if errors were exchangeable" in str(result.summary())
    classifier = learner(LogisticRegression(), D, "b", REGRESSORS_M)
    assert "residuals" not in str(run(classifier, ols("y ~ t + b + x", D), mediator="b").summary())


def test_arms_are_shown_apart_for_any_outcome_learner():
    result = run(ols("m ~ t + x", D), learner(LinearRegression(), D, "y", REGRESSORS_Y))
    assert result.INT
    assert "ACME (treated)" in str(result.summary())


def forests(n_estimators: int = 10, **parameters: Any) -> tuple[Any, Any]:
    """Return a forest each for a numeric mediator and a two-valued outcome."""
    return (
        learner(RandomForestRegressor(n_estimators, **parameters), D, "m", REGRESSORS_M),
        learner(RandomForestClassifier(n_estimators, **parameters), D, "c", REGRESSORS_Y),
    )


def test_a_seed_decides_everything_and_n_jobs_nothing():
    pair = forests(3, min_samples_leaf=5)
    first = run(*pair, rng=7, sims=FEW)
    assert difference(first, run(*pair, rng=7, sims=FEW, n_jobs=2)) == 0
    assert difference(first, run(*pair, rng=8, sims=FEW)) > 0


def test_r_s_stream_seeds_learners():
    pair = forests(3, min_samples_leaf=5)
    first = run(*pair, rng=pm.RStream(7), sims=FEW)
    assert difference(first, run(*pair, rng=pm.RStream(7), sims=FEW, n_jobs=2)) == 0
    assert difference(first, run(*pair, rng=pm.RStream(8), sims=FEW)) > 0


def test_joblib_s_backend_runs_the_fits():
    pair = forests(3, min_samples_leaf=5)
    expected = run(*pair, sims=FEW)
    with parallel_config(backend="loky"):
        assert difference(run(*pair, sims=FEW, n_jobs=2), expected) == 0


def test_every_replicate_has_a_random_state_of_its_own():
    seen: list[int] = []

    class Remembering(LinearRegression):
        def __init__(self, random_state=None):
            super().__init__()
            self.random_state = random_state

        def fit(self, X, y, sample_weight=None):
            seen.append(self.random_state)
            return super().fit(X, y, sample_weight)

    outcome = learner(Remembering(random_state=1), D, "y", REGRESSORS_Y)
    run(ols("m ~ t + x", D), outcome)
    assert seen[0] == 1
    assert len(set(seen[1:])) == SIMS
    assert outcome.model.random_state == 1


def test_progress_counts_fits(capsys):
    run(*forests(2), sims=FEW, progress=True)
    assert f"{2 * FEW}/{2 * FEW}" in capsys.readouterr().err


def test_forests_find_known_effects():
    rng, n = np.random.default_rng(0), 400
    t, x = rng.integers(0, 2, n), rng.uniform(-1, 1, n)
    m = 0.5 * t + x**2 + rng.normal(size=n)
    y = t + 0.8 * m + np.abs(x) + 0.5 * rng.normal(size=n)
    frame = pd.DataFrame({"t": t, "x": x, "m": m, "y": y})
    forest = RandomForestRegressor(20, min_samples_leaf=5, random_state=0)
    result = run(
        learner(forest, frame, "m", REGRESSORS_M),
        learner(clone(forest), frame, "y", REGRESSORS_Y),
    )
    effects = result.to_frame()
    for label, truth in (("ACME (average)", 0.4), ("ADE (average)", 1.0), ("Total Effect", 1.4)):
        assert abs(effects.estimate[label] - truth) < STANDARD_ERRORS * effects.std_error[label], label


@pytest.mark.parametrize("estimator", [DecisionTreeRegressor(), KNeighborsRegressor(1)])
def test_a_learner_that_has_learnt_the_noise_is_warned_about(estimator):
    with pytest.warns(pm.PymediationWarning, match=r"mediator model .* fits 100% of its rows exactly"):
        run(learner(estimator, D, "m", ["t", "x"]), ols("y ~ t + m + x", D))


def test_a_regressor_of_two_values_is_warned_about():
    with pytest.warns(pm.PymediationWarning, match=r"outcome model .* 'c' has two values only. Use a class"):
        run(ols("m ~ t + x", D), learner(LinearRegression(), D, "c", REGRESSORS_Y))


def with_rare_class(rows: int) -> pd.DataFrame:
    """Return data in which a third class of the mediator, and of an outcome, has few rows."""
    rare = np.arange(len(D)) < rows
    return D.assign(k=np.where(rare, "rare", np.where(D["b"] == 1, "high", "low")))


def lacking(rows: int, sims: int) -> int:
    """Return how many resamples have none of the first rows."""
    drawn = NumPyStream(3).bootstrap_indices(len(D), sims)
    return int(np.sum(~(drawn < rows).any(axis=1)))


@pytest.mark.parametrize("role", ["mediator", "outcome"])
def test_replicates_that_lack_a_class_are_counted(role):
    frame, sims = with_rare_class(4), 100
    expected = lacking(4, sims)
    assert 0 < expected < sims / 10
    columns = REGRESSORS_M if role == "mediator" else REGRESSORS_Y
    given = learner(LogisticRegression(), frame, "k", columns)
    with pytest.warns(
        pm.PymediationWarning, match=rf"{expected} of {sims} .*{role} model: class 'rare' of 'k'"
    ):
        result = (
            run(given, ols("y ~ t + k + x", frame), mediator="k", sims=sims)
            if role == "mediator"
            else run(ols("m ~ t + x", frame), given, sims=sims)
        )
    assert result.n_failed == expected
    assert np.all(np.isfinite(result.d0_sims))
    assert len(result.d0_sims) == sims - expected


def test_too_many_failures_are_refused():
    frame = with_rare_class(1)
    with pytest.raises(
        pm.NotEstimableError, match=r"failed .* class 'rare' of 'k'.*levels or resample with strata=\.\n"
    ):
        run(ols("m ~ t + x", frame), learner(LogisticRegression(), frame, "k", REGRESSORS_Y))


class Moody(RegressorMixin, BaseEstimator):
    """A regressor that predicts nothing where the mean response is large."""

    def fit(self, X, y):
        self.mean_ = np.mean(y)
        return self

    def predict(self, X):
        return np.asarray(X).sum(axis=1) + (np.nan if self.mean_ > TOO_LARGE else self.mean_)


TOO_LARGE = D["y"].mean() + 2 * D["y"].std() / np.sqrt(len(D))


def test_predictions_that_are_not_finite_are_counted():
    outcome = pm.with_data(Moody().fit(D, D["y"].to_numpy()), D, "y", REGRESSORS_Y)
    means = D["y"].to_numpy()[NumPyStream(3).bootstrap_indices(len(D), 200)].mean(axis=1)
    expected = int(np.sum(means > TOO_LARGE))
    assert 0 < expected < 20
    with pytest.warns(pm.PymediationWarning, match=rf"{expected} of 200 bootstrap replicates failed"):
        assert run(ols("m ~ t + x", D), outcome, sims=200).n_failed == expected


def test_what_a_learner_raises_is_the_reason(monkeypatch):
    outcome = pm.with_data(Moody().fit(D, D["y"].to_numpy()), D, "y", REGRESSORS_Y)

    def never(self, X, y):
        raise RuntimeError("not today\nor tomorrow")

    monkeypatch.setattr(Moody, "fit", never)
    with pytest.raises(pm.NotEstimableError, match=r"outcome model: RuntimeError: not today\)"):
        run(ols("m ~ t + x", D), outcome)


def test_nothing_given_is_changed():
    before = D.copy(deep=True)
    estimator = RandomForestRegressor(3, random_state=0).fit(D[REGRESSORS_Y], D["y"])
    predicted = estimator.predict(D[REGRESSORS_Y])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="sims=")
        run(ols("m ~ t + x", D), pm.with_data(estimator, D, "y"))
    pd.testing.assert_frame_equal(D, before)
    np.testing.assert_array_equal(estimator.predict(D[REGRESSORS_Y]), predicted)


def test_an_estimator_fitted_to_an_array_is_given_arrays():
    named = learner(LinearRegression(), D, "y", REGRESSORS_Y)
    unnamed = pm.with_data(
        LinearRegression().fit(D[REGRESSORS_Y].to_numpy(), D["y"]), D, "y", columns=REGRESSORS_Y
    )
    mediator = ols("m ~ t + x", D)
    expected = run(mediator, named)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="sims=")
        assert difference(run(mediator, unnamed), expected) == 0


def test_whole_numbers_stay_whole_in_counterfactual_rows():
    seen: set[str] = set()

    class Typed(LinearRegression):
        def predict(self, X):
            seen.update(str(X[name].dtype) for name in ("t", "b"))
            return super().predict(X)

    run(
        learner(LogisticRegression(), D, "b", REGRESSORS_M),
        learner(Typed(), D, "y", ["t", "b", "x"]),
        mediator="b",
    )
    assert seen == {"int64"}


def test_covariates_may_be_missing_where_the_learner_takes_them():
    frame = D.assign(x=D["x"].where(D.index > 50))
    mediator = learner(DecisionTreeRegressor(min_samples_leaf=5), frame, "m", REGRESSORS_M)
    outcome = learner(DecisionTreeRegressor(min_samples_leaf=5), frame, "y", REGRESSORS_Y)
    result = run(mediator, outcome, sims=FEW)
    assert result.nobs == len(D)
    assert np.isfinite(result.d_avg)


def test_results_of_learners_tell_means_and_e_values():
    result = run(ols("m ~ t + x", D), learner(LogisticRegression(), D, "c", REGRESSORS_Y))
    means = result.means().set_index(["treatment", "mediator_under"])["estimate"]
    assert means["treated", "treated"] - means["control", "control"] == pytest.approx(result.tau_coef)
    ratio = means["treated", "treated"] / means["control", "control"]
    assert result.evalue().loc["Total Effect", "rr"] == pytest.approx(ratio)


def test_an_outcome_of_many_classes_takes_the_bootstrap():
    frame = D.assign(k=np.arange(len(D)) % 3)
    outcome = learner(LogisticRegression(), frame, "k", REGRESSORS_Y)
    with pytest.warns(pm.PymediationWarning, match="cannot be simulated from.*so boot=True is taken"):
        result = run(ols("m ~ t + x", D), outcome, boot=False)
    assert result.categories == ("0", "1", "2")
    np.testing.assert_allclose(result.tau_sims.sum(axis=1), 0, atol=ROUNDING)  # probabilities sum to one


def test_a_result_with_learners_pickles():
    import pickle

    result = run(*forests(2, min_samples_leaf=5))
    again = pickle.loads(pickle.dumps(result))
    assert all(np.array_equal(getattr(result, name), getattr(again, name)) for name in CELLS)
    assert again.model_y.response == "c"
