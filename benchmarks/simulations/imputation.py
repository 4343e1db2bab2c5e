"""How often the two intervals of ``amelidiate`` cover the true effect: a simulation, run on demand.

Three fifths of the mediator are seen; whether it is seen depends on the outcome. The missing values are drawn
from their posterior predictive distribution given everything that is seen, which is what multiple imputation
asks for. The true mediation effect is 0.5 x 0.5. Two thousand runs tell 95 % from 94 %.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray

import pymediation as pm
from simulations import Cell

ROWS, DRAWS, EFFECT = 150, 300, 0.25
Floats = NDArray[np.float64]


def observed(rng: np.random.Generator) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Draw treatment t, covariate x, mediator m and outcome y, and which mediators are missing."""
    t, x = rng.integers(0, 2, ROWS).astype(float), rng.normal(size=ROWS)
    m = 0.5 * t + 0.3 * x + rng.normal(size=ROWS)
    y = 0.5 * m + 0.3 * t + 0.3 * x + rng.normal(size=ROWS)
    missing = rng.random(ROWS) < 1 / (1 + np.exp(0.8 - y))
    return pd.DataFrame({"const": 1.0, "t": t, "x": x, "m": m, "y": y}), missing


def imputed(
    data: pd.DataFrame, missing: NDArray[np.bool_], sets: int, rng: np.random.Generator
) -> list[Floats]:
    """Draw the missing mediators from a normal regression on the other variables, its parameters as well."""
    Z, m = data[["const", "t", "x", "y"]].to_numpy(), data["m"].to_numpy()
    seen = ~missing
    inverse = np.linalg.inv(Z[seen].T @ Z[seen])
    coefficients = inverse @ Z[seen].T @ m[seen]
    squares = np.sum((m[seen] - Z[seen] @ coefficients) ** 2)
    completed = []
    for _ in range(sets):
        variance = squares / rng.chisquare(seen.sum() - Z.shape[1])
        drawn = rng.multivariate_normal(coefficients, variance * inverse)
        noise = np.sqrt(variance) * rng.normal(size=ROWS)
        completed.append(np.where(missing, Z @ drawn + noise, m))
    return completed


def analysed(data: pd.DataFrame, seed: int) -> pm.MediationResult:
    """Analyse one completed data set."""
    med = sm.OLS(data["m"], data[["const", "t", "x"]]).fit()
    out = sm.OLS(data["y"], data[["const", "t", "m", "x"]]).fit()
    return pm.mediate(med, out, treat="t", mediator="m", sims=DRAWS, rng=seed)


def coverage(sets: int, runs: int, seed: int = 0) -> tuple[float, float]:
    """Return the shares of runs in which the stacked interval and that of Rubin's rules cover the effect."""
    rng, covered = np.random.default_rng(seed), np.zeros(2)
    for _ in range(runs):
        data, missing = observed(rng)
        results = [
            analysed(data.assign(m=m), int(rng.integers(1 << 31))) for m in imputed(data, missing, sets, rng)
        ]
        pooled = pm.amelidiate(results)
        intervals = (pooled.d0_ci, pooled.rubin["d0"].ci)
        covered += [interval.lower < EFFECT < interval.upper for interval in intervals]
    stacked, rubin = covered / runs
    return float(stacked), float(rubin)


def simulated(runs: int) -> Iterator[Cell]:
    """Yield how often the intervals cover with few and with many data sets."""
    for sets in (3, 10):
        for name, rate in zip(("stacked draws, R's way", "Rubin's rules"), coverage(sets, runs), strict=True):
            yield f"{sets} data sets", name, rate
