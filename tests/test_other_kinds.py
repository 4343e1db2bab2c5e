"""Ordered, quantile, survival and tobit models: what is refused, what is warned about, what must hold."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import pymediation as pm
import pymediation.r as R

SIMS = 600
# Rounding of averages over a few hundred rows.
ROUNDING = 1e-12


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """Made-up rows: a mediator as a number, as ordered levels, and a time until the event."""
    rng = np.random.default_rng(7)
    n = 240
    t, x = rng.integers(0, 2, n), rng.normal(size=n)
    m = 0.5 * t + 0.4 * x + rng.normal(size=n)
    y = 0.3 * t + 0.6 * m + 0.2 * x + rng.normal(size=n)
    level = np.digitize(m, [-0.3, 0.6])
    time = np.exp(0.2 + 0.3 * t + 0.4 * m + 0.5 * rng.gumbel(size=n))
    return pd.DataFrame(
        {
            "t": t.astype(float),
            "x": x,
            "m": m,
            "y": y,
            "level": level + 1.0,
            "grade": pd.Categorical(np.array(["low", "mid", "high"])[level], ["low", "mid", "high"]),
            "time": np.minimum(time, 6.0),
            "seen": (time < 6.0).astype(float),
            "cut": np.clip(y, -0.5, 1.5),
        }
    )


def mediate(fit_m: Any, fit_y: Any, **options: Any) -> Any:
    settings = {"treat": "t", "mediator": "m", "sims": SIMS, "rng": pm.RStream(3), **options}
    return pm.mediate(fit_m, fit_y, **settings)


def test_a_quantile_mediator_is_not_simulated_from(people: pd.DataFrame) -> None:
    fits = R.rq("m ~ t + x", 0.5, people), R.lm("y ~ t + m + x", people)
    with pytest.raises(pm.UnsupportedModelError, match=r"mediator model \(rq.*boot=True"):
        mediate(*fits)
    assert mediate(*fits, boot=True, sims=20).boot


def test_a_tobit_mediator_is_refused(people: pd.DataFrame) -> None:
    fits = R.vglm("cut ~ t + x", R.tobit(Lower=-0.5, Upper=1.5), people), R.lm("y ~ t + cut + x", people)
    with pytest.raises(pm.UnsupportedModelError, match=r"mediator model .* does not define a distribution"):
        mediate(*fits, mediator="cut")


def test_covariances_that_do_not_act_are_named(people: pd.DataFrame) -> None:
    fits = R.lm("m ~ t + x", people), R.survreg("Surv(time, seen) ~ t + m + x", people)
    with pytest.warns(pm.PymediationWarning, match="robustSE does not act on the outcome model"):
        mediate(*fits, robustSE=True)


def test_levels_and_numbers_of_one_mediator_agree(people: pd.DataFrame) -> None:
    """The drawn index is the level: as a number in a linear model it is the factor with equal steps."""
    model_m = R.polr("grade ~ t + x", people, method="probit")
    factor = mediate(model_m, R.lm("y ~ t + grade + x", people), mediator="grade")
    means = people.groupby("grade", observed=True)["y"].mean()
    assert means.is_monotonic_increasing
    assert factor.d0 > 0
    assert factor.tau_coef == pytest.approx(factor.d1 + factor.z0, abs=ROUNDING)


@pytest.mark.parametrize("boot", [False, True])
def test_a_tobit_without_limits_is_a_linear_model(people: pd.DataFrame, boot: bool) -> None:
    """Infinite limits leave the normal model; bootstrap estimates are those of least squares."""
    fit_m = R.lm("m ~ t + x", people)
    tobit = mediate(fit_m, R.vglm("y ~ t + m + x", R.tobit(Lower=-np.inf, Upper=np.inf), people), boot=boot)
    linear = mediate(fit_m, R.lm("y ~ t + m + x", people), boot=boot)
    # Simulated effects differ by the drawn coefficients, whose covariance has another denominator.
    assert tobit.d0 == pytest.approx(linear.d0, rel=1e-9 if boot else 0.02)


def test_a_survival_outcome_is_the_exponential_of_the_linear_predictor(people: pd.DataFrame) -> None:
    """G-computation by hand on the original sample, the mediator's error integrated out exactly."""
    fit_m, fit_y = R.lm("m ~ t + x", people), R.survreg("Surv(time, seen) ~ t + m + x", people)
    b, sigma2 = fit_m.params, fit_m.scale
    g = fit_y.coef()

    def mean(t: int, other: int) -> float:
        centre = b["(Intercept)"] + b["t"] * other + b["x"] * people["x"]
        eta = (
            g["(Intercept)"] + g["t"] * t + g["m"] * centre + g["x"] * people["x"] + g["m"] ** 2 * sigma2 / 2
        )
        return float(np.exp(eta).mean())

    result = mediate(fit_m, fit_y, sims=4000)
    for estimate, effect, value in (
        (result.acme.treated, "d1", mean(1, 1) - mean(1, 0)),
        (result.ade.control, "z0", mean(1, 0) - mean(0, 0)),
    ):
        # Averages over coefficient draws differ from the value at the estimate by curvature: a tenth of the
        # spread.
        assert abs(estimate.estimate - value) < 0.1 * estimate.std_error, effect


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_threads_change_nothing_for_ordered_mediators(people: pd.DataFrame, n_jobs: int) -> None:
    fits = R.polr("grade ~ t + x", people), R.lm("y ~ t * grade + x", people)
    result = mediate(*fits, mediator="grade", n_jobs=n_jobs, rng=5)
    again = mediate(*fits, mediator="grade", rng=5)
    assert result.d0 == again.d0


def test_dropobs_keeps_times_and_events_together(people: pd.DataFrame) -> None:
    gappy = people.copy()
    gappy.loc[3:20, "x"] = np.nan
    fits = R.lm("m ~ t", gappy), R.survreg("Surv(time, seen) ~ t + m + x", gappy)
    complete = gappy.dropna()
    direct = R.lm("m ~ t", complete), R.survreg("Surv(time, seen) ~ t + m + x", complete)
    with pytest.warns(pm.PymediationWarning, match="different covariates"):
        dropped, expected = mediate(*fits, dropobs=True), mediate(*direct)
    assert dropped.d1 == pytest.approx(expected.d1, rel=1e-9)


def test_quantile_fits_of_statsmodels_and_the_dialect_agree(people: pd.DataFrame) -> None:
    fit_m = smf.ols("m ~ t + x", people).fit()
    plain = mediate(fit_m, smf.quantreg("y ~ t + m + x", people).fit(q=0.4), boot=True, sims=50)
    dialect = mediate(fit_m, R.rq("y ~ t + m + x", 0.4, people), boot=True, sims=50)
    assert plain.z0 == pytest.approx(dialect.z0, rel=1e-9)


def test_the_outcome_argument_is_for_bootstrapped_survival_models(people: pd.DataFrame) -> None:
    fits = R.lm("m ~ t + x", people), R.survreg("Surv(time, seen) ~ t + m + x", people)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mediate(*fits, boot=True, outcome="time")
    with pytest.warns(pm.PymediationWarning, match="outcome='time' is ignored"):
        mediate(*fits, outcome="time")
