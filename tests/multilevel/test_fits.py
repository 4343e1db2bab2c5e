"""``lmer`` and ``glmer`` against fits of R's lme4 at full convergence; tests/r/mixed.R makes the numbers."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mixed_cases import FITS

import pymediation.r as R

RECORDED = json.loads(FITS.read_text(encoding="utf-8"))
# R's searches stop short of the maximum by so many standard errors.
COEFFICIENTS = 1e-4
# The same relative to the largest of a kind.
ESTIMATES = 2e-5
# Its covariance of glmer is by differences of the deviance, that of lmer at variances short of the maximum.
COVARIANCES = 5e-4
# For links that are not canonical R evaluates the likelihood beside the mode it searched for: up to 5.1e-6
# above what it is at its own estimates.
LIKELIHOOD = 6e-6

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


@cache
def jobs() -> pd.DataFrame:
    data = R.data("jobs")
    data["emp"] = (data["work1"] == "psyemp").astype(float)
    data["cnt"] = np.floor(2 * data["depress2"])
    data["trials"], data["wins"] = 3 + data["cnt"], np.minimum(data["cnt"], 3)
    data["g"] = np.arange(len(data)) % 40 + 1
    data["h"] = data["g"] ** 2 // 50 + 1  # groups of very different sizes
    data["u"], data["v"] = (np.array(RECORDED["data"][name])[data["g"] - 1] for name in "uv")
    data["y"] = data["depress2"] + 0.5 * data["u"] + 0.3 * data["v"] * data["job_seek"]
    data["b"] = (data["y"] - data["u"] * data["econ_hard"] / 3 > data["y"].median()).astype(float)
    rate = np.exp(0.4 * data["u"] + 0.2 * data["v"] * (data["econ_hard"] - 3) + 0.5)
    data["k"] = np.floor(rate + data["cnt"] / 2)
    return data


FORMULAS: dict[str, tuple[str, dict[str, Any]]] = {
    "reml": ("y ~ treat + job_seek + (1 + job_seek | g)", {}),
    "ml": ("y ~ treat * job_seek + (1 | g)", {"REML": False}),
    "weighted": ("y ~ treat + job_seek + (1 | g)", {"weights": "age"}),
    "uncorrelated": ("y ~ treat + job_seek + (1 + job_seek || g)", {}),
    "logit": ("b ~ treat + job_seek + (1 + econ_hard | g)", {"family": R.binomial}),
    "cloglog": ("b ~ treat + job_seek + (1 | g)", {"family": R.binomial("cloglog")}),
    "counts": ("cbind(wins, trials - wins) ~ treat + (1 | g)", {"family": R.binomial("probit")}),
    "offset": ("y ~ treat + job_seek + offset(econ_hard / 5) + (1 | h)", {"weights": "age"}),
    "nested": ("y ~ treat * factor(g %% 4) + factor(g %% 4):factor(h %% 3) + (1 | g)", {"REML": False}),
    "slope": ("y ~ treat + job_seek + (0 + job_seek | h)", {}),
    "singular": ("depress2 ~ treat + job_seek + (1 + job_seek | h)", {"REML": False}),
    "cauchit": ("b ~ treat + job_seek + (1 | h)", {"family": R.binomial("cauchit")}),
    "proportions": (
        "wins / trials ~ treat + econ_hard + (1 | h)",
        {"weights": "trials", "family": R.binomial},
    ),
    "root": ("k ~ treat + econ_hard + (1 | h)", {"family": R.poisson("sqrt")}),
    "apart": ("b ~ treat + job_seek + (1 + econ_hard || g)", {"family": R.binomial}),
    "poisson": (
        "k ~ treat + econ_hard + offset(log(age)) + (1 + econ_hard | g)",
        {"family": R.poisson},
    ),
}


@cache
def fit(name: str) -> Any:
    formula, options = FORMULAS[name]
    return (R.glmer if "family" in options else R.lmer)(formula, jobs(), **options)


def close(found: Any, expected: Any, tolerance: float) -> None:
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    np.testing.assert_allclose(
        found, expected.reshape(found.shape), rtol=0, atol=tolerance * np.abs(expected).max()
    )


@pytest.mark.parametrize("name", FORMULAS)
def test_estimates(name):
    found, expected = fit(name), RECORDED[name]
    assert R.logLik(found) >= expected["loglik"] - LIKELIHOOD  # ours is the maximum
    assert R.logLik(found) == pytest.approx(expected["loglik"], abs=1e-4)
    gap = np.abs(R.fixef(found) - expected["fixef"]) / np.sqrt(np.diag(expected["vcov"]))
    assert gap.max() < COEFFICIENTS
    close(R.vcov(found), expected["vcov"], COVARIANCES)
    (modes,) = R.ranef(found).values()
    close(modes, expected["modes"], 10 * ESTIMATES)
    close(found.cond_sd, expected["cond_sd"], COVARIANCES)
    assert R.sigma(found) == pytest.approx(expected["sigma"], rel=ESTIMATES)
    assert R.AIC(found) == pytest.approx(expected["aic"], abs=1e-3)
    close(R.fitted(found)[:3], expected["fitted"], 1e-4)
    close(R.residuals(found)[:3], expected["residuals"], 1e-3)


@pytest.mark.parametrize("name", FORMULAS)
def test_covariance_of_groups_prints_as_in_r(name):
    assert str(R.VarCorr(fit(name))).split("\n") == RECORDED[name]["varcorr"]


def random_slopes(seed: int) -> pd.DataFrame:
    """Return data whose coefficients by group vary in few directions, if at all."""
    rng = np.random.default_rng(seed)
    J = int(rng.integers(5, 40))
    n = J * int(rng.integers(3, 15))
    g = rng.integers(0, J, n)
    x = rng.normal(size=n) * 10.0 ** rng.integers(-1, 2)
    z = rng.normal(size=n) + rng.integers(0, 3)
    b = rng.normal(size=(3, 3)) * rng.choice([0, 0.3, 1])
    b = rng.normal(size=(J, 3)) @ b
    eta = 0.5 + 0.3 * x / np.std(x) + b[g, 0] + b[g, 1] * x / np.std(x) + b[g, 2] * z * 0.5
    y = eta + rng.normal(size=n)
    event = (rng.random(n) < 1 / (1 + np.exp(-eta))) * 1.0
    return pd.DataFrame({"g": g, "x": x, "z": z, "y": y, "b": event})


@pytest.mark.parametrize(("seed", "loglik"), [(13, -658.217318), (14, -167.181674)])
def test_singular_maxima_of_three_coefficients_are_found(seed, loglik):
    """Searches that keep standard deviations positive end at the wrong sign of a correlation here."""
    found = R.lmer("y ~ x + z + (1 + x + z | g)", random_slopes(seed), REML=False)
    assert found.fit.converged
    assert R.logLik(found) > loglik - 1e-6


def test_a_singular_maximum_of_glmer_is_found():
    found = R.glmer("b ~ x + z + (1 + z | g)", random_slopes(21), family=R.binomial)
    assert R.isSingular(found)
    assert R.logLik(found) > -117.180625 - 1e-6
