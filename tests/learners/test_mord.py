"""mord's ordinal logistic models as mediator and as outcome, beside R's ordered logit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from learners.learner_cases import data, run

import pymediation as pm
import pymediation.r as R

mord = pytest.importorskip("mord")

# LogisticAT maximises another function than the likelihood. Both are consistent for the proportional odds
# model that made the data, and replicates see the same resamples: they differ by a fraction of the standard
# error of what they estimate.
OF_A_STANDARD_ERROR = 0.5

SIMS = 30


def frame(n: int = 500) -> pd.DataFrame:
    """Return data with a mediator k and an outcome o of ordered codes."""
    rng = np.random.default_rng(2)
    given = data(n)
    k = np.digitize(0.8 * given["t"] - 0.3 * given["x"] + rng.logistic(size=n), [-1, 0.3, 1.5]) + 1
    o = np.digitize(0.5 * given["t"] + 0.4 * k + rng.logistic(size=n), [0.5, 2.0])
    y = 0.4 * given["t"] + 0.3 * k + rng.normal(size=n)
    return given.assign(k=k, o=o, y=y)


D = frame()
FACTORS = D.assign(k=pd.Categorical(D["k"], ordered=True), o=pd.Categorical(D["o"], ordered=True))


def ordinal(response: str, columns: list[str], model: Any = None, **more: Any) -> Any:
    """Fit a model of mord and hand it over with its data."""
    model = mord.LogisticAT(alpha=0) if model is None else model
    return pm.with_data(model.fit(D[columns].to_numpy(), D[response]), D, response, columns, **more)


def close(found: Any, expected: Any, spread: Any) -> bool:
    """Whether numbers differ by less than the stated share of their standard errors."""
    return bool(np.all(np.abs(np.asarray(found) - expected) < OF_A_STANDARD_ERROR * np.asarray(spread)))


@pytest.mark.parametrize("coding", ["numeric", "factor"])
def test_a_mediator_is_drawn_as_polr_s(coding):
    outcome = R.lm("y ~ t + k + x", data=D if coding == "numeric" else FACTORS)
    found = run(ordinal("k", ["t", "x"]), outcome, mediator="k", sims=SIMS)
    expected = run(R.polr("k ~ t + x", data=FACTORS), outcome, mediator="k", sims=SIMS)
    spread = expected.d0_sims.std(ddof=1)
    assert close(found.d0, expected.d0, spread)
    assert close(found.d0_sims, expected.d0_sims, spread)
    assert 1.5 * spread < expected.d0  # so that the bound says something


def test_the_codes_are_the_levels():
    result = run(ordinal("k", ["t", "x"]), R.lm("y ~ t + k + x", data=D), mediator="k", sims=SIMS)
    shifted = D.assign(k=D["k"] + 10)
    model = mord.LogisticAT(alpha=0).fit(shifted[["t", "x"]].to_numpy(), shifted["k"])
    given = pm.with_data(model, shifted, "k", ["t", "x"])
    moved = run(given, R.lm("y ~ t + k + x", data=shifted), mediator="k", sims=SIMS)
    np.testing.assert_allclose(moved.d0_sims, result.d0_sims, rtol=0, atol=1e-10)  # least squares, shifted


def test_effects_on_an_outcome_are_by_category():
    mediator = R.lm("m ~ t + x", data=D)
    found = run(mediator, ordinal("o", ["t", "m", "x"]), sims=SIMS)
    expected = run(mediator, R.polr("o ~ t + m + x", data=FACTORS), sims=SIMS)
    assert isinstance(found, pm.OrderedMediationResult)
    assert found.categories == expected.categories == ("0", "1", "2")
    for name in ("d0", "z0", "tau_coef"):
        spread = getattr(expected, name.removesuffix("_coef") + "_sims").std(axis=0, ddof=1)
        assert close(getattr(found, name), getattr(expected, name), spread), name
    assert np.abs(np.sum(found.d0)) < 1e-12  # probabilities sum to one


def test_a_penalty_is_refused_unless_it_is_meant():
    outcome = R.lm("y ~ t + k + x", data=D)
    with pytest.raises(
        pm.UnsupportedModelError,
        match=r"alpha=1: penalised estimates.*Refit with LogisticAT\(alpha=0\).*penalised=True",
    ):
        run(ordinal("k", ["t", "x"], mord.LogisticAT()), outcome, mediator="k")
    meant = ordinal("k", ["t", "x"], mord.LogisticAT(alpha=100.0), penalised=True)
    shrunk = run(meant, outcome, mediator="k", sims=SIMS)
    assert shrunk.d0 < run(ordinal("k", ["t", "x"]), outcome, mediator="k", sims=SIMS).d0


def test_immediate_thresholds_come_with_a_warning():
    with pytest.warns(pm.PymediationWarning, match="margin loss.*Use LogisticAT"):
        run(
            ordinal("k", ["t", "x"], mord.LogisticIT(alpha=0)),
            R.lm("y ~ t + k + x", data=D),
            mediator="k",
            sims=SIMS,
        )


def test_models_without_probabilities_are_refused():
    with pytest.raises(pm.UnsupportedModelError, match="LogisticAT and LogisticIT are supported, not LAD"):
        run(ordinal("k", ["t", "x"], mord.LAD()), R.lm("y ~ t + k + x", data=D), mediator="k")


def test_columns_must_be_named():
    given = ordinal("k", ["t", "x"])
    with pytest.raises(
        pm.ArgumentError, match=r"mord LogisticAT\) does not know the names of its regressors"
    ):
        run(pm.with_data(given.model, D, "k"), R.lm("y ~ t + k + x", data=D), mediator="k")


def test_no_simulation():
    with pytest.raises(pm.UnsupportedModelError, match=r"LogisticAT\) cannot be simulated.*boot=True"):
        run(ordinal("k", ["t", "x"]), R.lm("y ~ t + k + x", data=D), mediator="k", boot=False)
