"""Sensitivity analyses: how often their intervals cover the effects.

Data come from the model itself, with errors of a known correlation; the true effects are averages over
simulated potential outcomes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf

import pymediation as pm
from simulations import Cell

RHO, ROWS, SIMS = 0.4, 500, 200
TRUTH_ROWS = 2_000_000
PROBIT = sm.families.Binomial(sm.families.links.Probit())
# Which of mediator and outcome are binary.
PAIRS = {"linear, linear": "", "probit, linear": "m", "linear, probit": "y", "probit, probit": "my"}


def draw(pair: str, n: int, rng: np.random.Generator) -> tuple[pd.DataFrame, tuple[float, float]]:
    """Return data, and the ACME and ADE under control in them."""
    t, x, e2 = rng.integers(0, 2, n).astype(float), rng.normal(size=n), rng.normal(size=n)
    e3 = RHO * e2 + np.sqrt(1 - RHO**2) * rng.normal(size=n)
    spread = 1.0 if "m" in pair else 1.3

    def mediator(arm: Any) -> Any:
        latent = 0.2 + 0.8 * arm + 0.5 * x + spread * e2
        return (latent > 0).astype(float) if "m" in pair else latent

    def outcome(arm: Any, m: Any) -> Any:
        latent = -0.3 + 0.4 * arm + 0.6 * m + 0.3 * x + e3
        return (latent > 0).astype(float) if "y" in pair else latent

    none = outcome(0, mediator(0)).mean()
    effects = outcome(0, mediator(1)).mean() - none, outcome(1, mediator(0)).mean() - none
    m = mediator(t)
    return pd.DataFrame({"t": t, "x": x, "m": m, "y": outcome(t, m)}), effects


def mediated(pair: str, data: pd.DataFrame) -> Any:
    """Return the result of ``mediate`` on the two models."""
    models = [
        smf.glm(formula, data, family=PROBIT).fit() if binary in pair else smf.ols(formula, data).fit()
        for formula, binary in (("m ~ t + x", "m"), ("y ~ t + m + x", "y"))
    ]
    return pm.mediate(*models, treat="t", mediator="m", sims=10, rng=1)


def coverage(pair: str, runs: int, seed: int = 0) -> dict[str, list[float]]:
    """Return how often intervals at the true correlation cover ACME and ADE, for both settings of compat."""
    rng = np.random.default_rng(seed)
    _, truth = draw(pair, TRUTH_ROWS, rng)
    hits = {"fixed": np.zeros(2), "R": np.zeros(2)}
    for run in range(runs):
        result = mediated(pair, draw(pair, ROWS, rng)[0])
        for compat, counted in hits.items():
            sens = pm.medsens(result, 0.2, SIMS, effect_type="both", rng=run, compat=compat)
            place = int(np.argmin(np.abs(sens.rho - RHO)))
            for position, name in enumerate(("d0", "z0")):
                lower, upper = sens[f"lower_{name}"][place], sens[f"upper_{name}"][place]
                counted[position] += lower < truth[position] < upper
    return {compat: (counted / runs).tolist() for compat, counted in hits.items()}


def simulated(runs: int) -> Iterator[Cell]:
    """Yield how often the intervals cover, for each pair of models and both settings of compat."""
    for label, pair in PAIRS.items():
        for compat, rates in coverage(pair, runs).items():
            for name, rate in zip(("ACME", "ADE"), rates, strict=True):
                yield f"{label}; {compat}", name, rate
