"""What must not change, whatever the data: identities between effects, and rewritings of the same models."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st

import pymediation as pm
from pymediation.errors import PymediationWarning

SIMS = 12
# Identities between sums of the same numbers.
ROUNDING = 1e-12
# The same fits from other columns: rounding times the condition of the designs (below 1e4).
REWRITTEN = 1e-8

quick = settings(max_examples=6, deadline=None)
seeds = st.integers(0, 2**16)
kinds = st.sampled_from(["lm", "logit", "poisson"])
outcomes = st.sampled_from(["lm", "probit", "poisson"])
shifts = st.floats(-3, 3)
scales = st.floats(0.2, 5) | st.floats(-5, -0.2)

RESPONSES = {"lm": "", "logit": "_binary", "probit": "_binary", "poisson": "_count"}
FAMILIES = {
    "logit": sm.families.Binomial(),
    "probit": sm.families.Binomial(sm.families.links.Probit()),
    "poisson": sm.families.Poisson(),
}


def make(seed: int, n: int = 70) -> pd.DataFrame:
    """Return data with a response of every kind for both models."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"t": np.tile([0, 1], n // 2), "x": rng.normal(size=n)})
    data["g"] = pd.Categorical(np.array(["a", "b", "c"])[rng.permutation(n) % 3])
    for name, eta in (
        ("m", 0.2 + 0.4 * data["t"] + 0.3 * data["x"]),
        ("y", 0.3 * data["x"] + 0.2 * data["t"]),
    ):
        data[name] = eta + rng.normal(size=n)
        data[f"{name}_binary"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
        data[f"{name}_count"] = rng.poisson(np.exp(eta))
    data["w"] = rng.integers(1, 4, n)
    return data


def fit(formula: str, kind: str, data: pd.DataFrame, **options: Any) -> Any:
    if kind == "lm":
        return (smf.wls if "weights" in options else smf.ols)(formula, data, **options).fit()
    return smf.glm(formula, data, family=FAMILIES[kind], **options).fit(tol=1e-10)


def analyse(
    data: pd.DataFrame,
    kinds: tuple[str, str],
    right: tuple[str, str] = ("t + x + g", "t * M + x + g"),
    options: tuple[dict[str, Any], dict[str, Any]] = ({}, {}),
    **rest: Any,
) -> pm.MediationResult:
    """Fit both models and run the analysis; M in a formula stands for the mediator."""
    mediator = f"m{RESPONSES[kinds[0]]}"
    formulas = (f"{mediator} ~ {right[0]}", f"y{RESPONSES[kinds[1]]} ~ {right[1].replace('M', mediator)}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PymediationWarning)  # few draws, failed replicates of small samples
        models = [fit(f, k, data, **o) for f, k, o in zip(formulas, kinds, options, strict=True)]
        given = {"sims": SIMS, "rng": pm.RStream(1), **rest}
        return pm.mediate(*models, treat="t", mediator=mediator, **given)


def draws(result: Any) -> Any:
    return np.array([result[f"{name}_sims"] for name in ("d1", "d0", "z1", "z0")])


def estimates(result: Any) -> Any:
    return np.array([result[name] for name in ("d1", "d0", "z1", "z0", "tau_coef")])


@pytest.mark.parametrize("boot", [False, True])
@given(seed=seeds, mediator=kinds, outcome=outcomes)
@quick
def test_total_effect_is_acme_of_one_arm_plus_ade_of_the_other(
    boot: bool, seed: int, mediator: str, outcome: str
) -> None:
    result = analyse(make(seed), (mediator, outcome), boot=boot)
    scale = max(1.0, np.abs(result.tau_sims).max())
    for t in ("0", "1"):
        total = result[f"d{t}_sims"] + result[f"z{1 - int(t)}_sims"]
        np.testing.assert_allclose(total, result.tau_sims, rtol=0, atol=ROUNDING * scale)
        np.testing.assert_allclose(
            result[f"n{t}_sims"] * result.tau_sims, result[f"d{t}_sims"], rtol=0, atol=ROUNDING * scale
        )
    assert result.d0 + result.z1 == pytest.approx(result.tau_coef, abs=ROUNDING * scale)
    assert result.d_avg + result.z_avg == pytest.approx(result.tau_coef, abs=ROUNDING * scale)


@pytest.mark.parametrize("boot", [False, True])
@given(seed=seeds, mediator=kinds, outcome=outcomes)
@quick
def test_intervals_and_p_values_are_in_range(boot: bool, seed: int, mediator: str, outcome: str) -> None:
    for effect in analyse(make(seed), (mediator, outcome), boot=boot).effects.values():
        assert effect.sims.min() <= effect.lower <= effect.upper <= effect.sims.max()
        assert 0 <= effect.p_value <= 1
        assert effect.p_value * effect.sims.size / 2 == pytest.approx(
            round(effect.p_value * effect.sims.size / 2)
        ) or (effect.p_value == 1)


@pytest.mark.parametrize("boot", [False, True])
@given(seed=seeds, mediator=st.sampled_from(["logit", "poisson"]))
@quick
def test_frequency_weights_are_repeated_rows(boot: bool, seed: int, mediator: str) -> None:
    # They are repeated before anything is drawn, so the draws are the same ones.
    data = make(seed)
    repeated = data.loc[data.index.repeat(data["w"])].reset_index(drop=True)
    weighted = analyse(data, (mediator, "probit"), options=({"freq_weights": data["w"]},) * 2, boot=boot)
    np.testing.assert_array_equal(draws(weighted), draws(analyse(repeated, (mediator, "probit"), boot=boot)))


@given(seed=seeds)
@quick
def test_sampling_weights_estimate_what_repeated_rows_do(seed: int) -> None:
    # Fits and averages are the same; draws are not (another number of rows), so the estimate that needs none:
    # two linear models, evaluated on the original sample.
    data = make(seed)
    repeated = data.loc[data.index.repeat(data["w"])].reset_index(drop=True)
    right = ("t * x + g", "t + M * x + g")
    weighted = analyse(
        data, ("lm", "lm"), right, options=({"weights": data["w"]}, {"weights": data["w"]}), boot=True
    )
    np.testing.assert_allclose(
        estimates(weighted), estimates(analyse(repeated, ("lm", "lm"), right, boot=True)), atol=REWRITTEN
    )


# In the bootstrap every draw is a refit on given rows with noise from given numbers, and a fit does not
# depend on how its columns are written: draws stay the same one by one. In the quasi-Bayesian method the
# symmetric root of the covariance is tied to the columns: the distribution stays the same, the draws do not.
@given(seed=seeds, mediator=kinds, outcome=outcomes, shift=shifts, scale=scales)
@quick
def test_shifted_and_scaled_covariates(
    seed: int, mediator: str, outcome: str, shift: float, scale: float
) -> None:
    data = make(seed)
    moved = data.assign(x=shift + scale * data["x"])
    first, second = (analyse(rows, (mediator, outcome), boot=True) for rows in (data, moved))
    same_draws(first, second)


@given(seed=seeds, mediator=kinds, outcome=outcomes)
@quick
def test_another_reference_level(seed: int, mediator: str, outcome: str) -> None:
    data = make(seed)
    other = data.assign(g=data["g"].cat.reorder_categories(["c", "a", "b"]))
    first, second = (analyse(rows, (mediator, outcome), boot=True) for rows in (data, other))
    same_draws(first, second)


@given(seed=seeds, mediator=kinds, outcome=outcomes)
@quick
def test_another_order_of_terms(seed: int, mediator: str, outcome: str) -> None:
    data, other = make(seed), ("g + x + t", "g + M:t + M + x + t")
    first = analyse(data, (mediator, outcome), boot=True)
    same_draws(first, analyse(data, (mediator, outcome), other, boot=True))


@pytest.mark.parametrize("boot", [False, True])
@given(seed=seeds, mediator=kinds, outcome=outcomes)
@quick
def test_names_of_levels_mean_nothing(boot: bool, seed: int, mediator: str, outcome: str) -> None:
    # Same columns in the same places: the same bits, in both methods.
    data = make(seed)
    renamed = data.assign(g=data["g"].cat.rename_categories({"a": "north", "b": "south", "c": "west"}))
    first, second = (analyse(rows, (mediator, outcome), boot=boot) for rows in (data, renamed))
    np.testing.assert_array_equal(draws(first), draws(second))


@given(seed=seeds, order=st.randoms(use_true_random=False))
@quick
def test_another_order_of_rows(seed: int, order: Any) -> None:
    # Noise and resamples belong to rows by position, so draws move with the rows. Where noise cancels (two
    # linear models with one slope of the mediator) only coefficients are drawn, and those do not know rows.
    data, right = make(seed), ("t + x + g", "t + M + x + g")
    shuffled = data.iloc[order.sample(range(len(data)), len(data))]
    first, second = (analyse(rows, ("lm", "lm"), right) for rows in (data, shuffled))
    np.testing.assert_allclose(draws(second), draws(first), atol=REWRITTEN)
    first, second = (analyse(rows, ("lm", "lm"), right, boot=True) for rows in (data, shuffled))
    np.testing.assert_allclose(estimates(second), estimates(first), atol=REWRITTEN)


@pytest.mark.parametrize("boot", [False, True])
@given(seed=seeds)
@quick
def test_exchanged_arms_change_signs(boot: bool, seed: int) -> None:
    # Where noise is shared by the arms; other families draw one arm after the other.
    data = make(seed)
    result = analyse(data, ("lm", "probit"), boot=boot)
    turned = analyse(data, ("lm", "probit"), boot=boot, control_value=1, treat_value=0)
    np.testing.assert_allclose(turned.d0_sims, -result.d1_sims, atol=ROUNDING)
    np.testing.assert_allclose(turned.z1_sims, -result.z0_sims, atol=ROUNDING)
    np.testing.assert_allclose(turned.tau_sims, -result.tau_sims, atol=ROUNDING)


def same_draws(first: Any, second: Any) -> None:
    assert first.n_failed == second.n_failed
    scale = max(1.0, np.abs(draws(first)).max())
    np.testing.assert_allclose(draws(second), draws(first), rtol=0, atol=REWRITTEN * scale)
    np.testing.assert_allclose(estimates(second), estimates(first), rtol=0, atol=REWRITTEN * scale)
