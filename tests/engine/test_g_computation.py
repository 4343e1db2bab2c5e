"""The effects against their definition: outcome means integrated over the mediator by quadrature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from gcomputation import effects_of_means
from scipy.special import expit, ndtr

import pymediation as pm

N, SIMS = 4000, 500
TRUTH = {
    "m": {"Intercept": -0.2, "t": 0.7, "x": 0.4},
    "y": {"Intercept": -0.4, "t": 0.5, "m": 0.8, "x": -0.3},
}
# Estimates average over draws; four standard errors of that average cover it but once in 16,000. The mean
# effect over drawn coefficients differs from the effect at their mean by a second-order term, far smaller.
STANDARD_ERRORS = 4


def sample(binary: bool) -> pd.DataFrame:
    """Draw data from the true models: a normal or a binary mediator, a binary outcome."""
    rng = np.random.default_rng(12)
    data = pd.DataFrame({"t": np.tile([0, 1], N // 2), "x": rng.normal(size=N)})
    eta = predictor(TRUTH["m"], data)
    data["m"] = (rng.random(N) < expit(eta)).astype(int) if binary else eta + rng.normal(size=N)
    data["y"] = (rng.random(N) < inverse(binary)(predictor(TRUTH["y"], data))).astype(int)
    return data


def inverse(binary: bool) -> Any:
    return expit if binary else ndtr


def predictor(coef: Any, data: pd.DataFrame, **values: Any) -> Any:
    columns = {"Intercept": 1.0, "x": data["x"].to_numpy(), "t": data["t"].to_numpy()} | values
    if "m" in coef and "m" not in columns:
        columns["m"] = data["m"].to_numpy()
    return sum(coef[name] * columns[name] for name in dict(coef))


def by_quadrature(coef_m: Any, coef_y: Any, sd: float, data: pd.DataFrame, binary: bool) -> dict[str, float]:
    """Return the effects: E[Y(t, M(s))] averaged over covariates, integrated over M."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)

    def mean(t: int, s: int) -> Any:
        eta = predictor(coef_m, data, t=s)
        if binary:
            values, chances = (np.zeros(N), np.ones(N)), (1 - expit(eta), expit(eta))
        else:
            values, chances = [eta + sd * z for z in nodes], weights / weights.sum()
        return sum(
            np.mean(chance * inverse(binary)(predictor(coef_y, data, t=t, m=m)))
            for m, chance in zip(values, chances, strict=True)
        )

    return effects_of_means(mean)


@pytest.mark.parametrize("rng", [pm.RStream(6), 6], ids=["R", "numpy"])
@pytest.mark.parametrize("binary", [False, True], ids=["normal mediator", "binary mediator"])
def test_estimates_are_the_effects_by_quadrature(binary: bool, rng: Any) -> None:
    data = sample(binary)
    link = sm.families.links.Logit() if binary else sm.families.links.Probit()
    logit = sm.families.Binomial(sm.families.links.Logit())
    mediator = smf.glm("m ~ t + x", data, family=logit).fit() if binary else smf.ols("m ~ t + x", data).fit()
    outcome = smf.glm("y ~ t + m + x", data, family=sm.families.Binomial(link)).fit()
    result = pm.mediate(mediator, outcome, SIMS, treat="t", mediator="m", rng=rng)
    sd = float(np.sqrt(mediator.scale))
    fitted = by_quadrature(mediator.params, outcome.params, sd, data, binary)
    true = by_quadrature(TRUTH["m"], TRUTH["y"], 1.0, data, binary)
    for name, value in fitted.items():
        effect = result.effects[name]
        assert abs(effect.estimate - value) <= STANDARD_ERRORS * effect.mc_error
        assert abs(effect.estimate - true[name]) <= STANDARD_ERRORS * effect.std_error


@pytest.mark.parametrize("binary", [False, True], ids=["normal mediator", "binary mediator"])
def test_bootstrap_draws_are_centred_at_the_effects(binary: bool) -> None:
    data = sample(binary)
    link = sm.families.links.Logit() if binary else sm.families.links.Probit()
    logit = sm.families.Binomial(sm.families.links.Logit())
    mediator = smf.glm("m ~ t + x", data, family=logit).fit() if binary else smf.ols("m ~ t + x", data).fit()
    outcome = smf.glm("y ~ t + m + x", data, family=sm.families.Binomial(link)).fit()
    result = pm.mediate(mediator, outcome, SIMS, boot=True, treat="t", mediator="m", rng=pm.RStream(6))
    fitted = by_quadrature(mediator.params, outcome.params, float(np.sqrt(mediator.scale)), data, binary)
    for name, value in fitted.items():
        effect = result.effects[name]
        assert abs(effect.sims.mean() - value) <= STANDARD_ERRORS * effect.std_error / np.sqrt(SIMS)
        # The estimate of a bootstrap holds one draw of each mediator: as noisy as one replicate at most.
        assert abs(effect.estimate - value) <= STANDARD_ERRORS * effect.std_error
