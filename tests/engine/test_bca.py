"""BCa intervals: the textbook's against scipy and brute force, R's against its formula."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from engine.cases import small_data
from scipy import stats

import pymediation as pm
from pymediation import inference
from pymediation.errors import PymediationWarning
from pymediation.estimates.effects import bca_levels, skewness_acceleration

SIMS = 400
# Refits by counts against refits of rows: rounding only, and quantiles are continuous in their level.
ROUNDING = 1e-8
# R's iterations stop early, statsmodels' are run to the end.
GLM_FITS = 1e-6

LINEAR = "m ~ t + x", "y ~ t + m + x + g"
BINARY = "m_binary ~ t + x", "y_binary ~ t + m_binary + x"
EFFECTS = {
    "d0": lambda a, b: a["t"] * b["m"],
    "z1": lambda a, b: b["t"],
    "tau": lambda a, b: a["t"] * b["m"] + b["t"],
    "n1": lambda a, b: a["t"] * b["m"] / (a["t"] * b["m"] + b["t"]),
}
KEYS = {"d0": "d0", "z1": "z1", "tau": "tau", "n1": "n1"}


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return small_data(60)


def run(data: pd.DataFrame, formulas: tuple[str, str], **options: Any) -> Any:
    binary = "binary" in formulas[0]
    fit = (
        (lambda f: smf.glm(f, data, family=sm.families.Binomial()))
        if binary
        else (lambda f: smf.ols(f, data))
    )
    mediator = formulas[0].split()[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PymediationWarning)  # few draws, and that R's interval differs
        return pm.mediate(
            *(fit(formula).fit() for formula in formulas),
            sims=SIMS,
            boot=True,
            boot_ci_type="bca",
            treat="t",
            mediator=mediator,
            rng=pm.RStream(8),
            **options,
        )


def linear_effect(rows: pd.DataFrame, effect: Any) -> float:
    return float(effect(*(smf.ols(formula, rows).fit().params for formula in LINEAR)))


def binary_effect(rows: pd.DataFrame, everyone: pd.DataFrame) -> float:
    """Return d0 of everyone with the mediator averaged over, by models fitted to some rows."""
    mediator, outcome = (
        smf.glm(formula, rows, family=sm.families.Binomial()).fit(tol=1e-12) for formula in BINARY
    )
    chance = [mediator.predict(everyone.assign(t=t)) for t in (1, 0)]
    at = [outcome.predict(everyone.assign(t=0, m_binary=m)) for m in (0, 1)]
    return float(np.mean((chance[0] - chance[1]) * (at[1] - at[0])))


def textbook(draws: Any, estimate: float, left_out: Any) -> Any:
    """Return the interval of Efron and Tibshirani (1993, chapter 14) from draws and leave-out values."""
    away = np.mean(left_out) - np.asarray(left_out)
    a = np.sum(away**3) / (6 * np.sum(away**2) ** 1.5)
    z0 = stats.norm.ppf(np.mean(draws < estimate))
    levels = [stats.norm.cdf(z0 + (z0 + q) / (1 - a * (z0 + q))) for q in stats.norm.ppf([0.025, 0.975])]
    return np.quantile(draws, levels)


@pytest.mark.parametrize("name", EFFECTS)
def test_fixed_interval_is_scipys(name: str, data: pd.DataFrame) -> None:
    result = run(data, LINEAR)
    draws = result.effects[KEYS[name]].sims
    theirs = stats.bootstrap(
        (np.arange(len(data)),),
        lambda rows: linear_effect(data.iloc[rows], EFFECTS[name]),
        n_resamples=0,
        bootstrap_result=SimpleNamespace(bootstrap_distribution=draws),
        vectorized=False,
        method="BCa",
    ).confidence_interval
    ours = result.effects[KEYS[name]].ci
    assert tuple(ours) == pytest.approx(tuple(theirs), abs=ROUNDING)


def test_fixed_interval_with_groups_left_out(data: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "_JACKKNIFE_GROUPS", 9)
    result = run(data, LINEAR)
    group = np.arange(len(data)) % 9
    left_out = [linear_effect(data[group != j], EFFECTS["d0"]) for j in range(9)]
    np.testing.assert_allclose(
        result.d0_ci, textbook(result.d0_sims, result.d0, left_out), rtol=0, atol=ROUNDING
    )


def test_fixed_interval_of_a_binary_mediator_averages_over_it(data: pd.DataFrame) -> None:
    result = run(data, BINARY)
    left_out = [binary_effect(data.drop(index=label), data) for label in data.index]
    np.testing.assert_allclose(
        result.d0_ci, textbook(result.d0_sims, result.d0, left_out), rtol=0, atol=GLM_FITS
    )


@pytest.mark.parametrize("formulas", [LINEAR, BINARY])
def test_r_interval_follows_its_formula(formulas: tuple[str, str], data: pd.DataFrame) -> None:
    result = run(data, formulas, compat="R")
    for effect in result.effects.values():
        draws = effect.sims
        z = stats.norm.ppf(np.sum(draws < draws.mean()) / SIMS)
        U = (SIMS - 1) * (draws.mean() - draws)
        a = np.sum(U**3) / (6 * np.sum(U**2) ** 1.5)
        q = stats.norm.ppf([0.025, 0.975])
        expected = np.quantile(draws, stats.norm.cdf(z + (z + q) / (1 - a * (z + q))))
        np.testing.assert_allclose(effect.ci, expected, rtol=0, atol=ROUNDING)


def test_jackknife_changes_neither_draws_nor_stream(data: pd.DataFrame) -> None:
    fixed, as_r = (run(data, BINARY, compat=compat) for compat in ("fixed", "R"))
    np.testing.assert_array_equal(fixed.d0_sims, as_r.d0_sims)
    assert fixed.d0 == as_r.d0
    assert tuple(fixed.d0_ci) != tuple(as_r.d0_ci)


def test_estimate_outside_the_draws_has_a_finite_interval() -> None:
    low, high = bca_levels(np.arange(1.0, 101.0), 0.0, 0.0, 0.95)
    assert 0 < low < high < 1


def test_no_acceleration_without_influence() -> None:
    assert skewness_acceleration(np.zeros(5)) == 0.0
