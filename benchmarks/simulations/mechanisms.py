"""How often the intervals of ``multimed`` cover the true effects: a simulation, run on demand.

The coefficient of treatment x mediator is kappa plus sigma times the standardised mediator under control, the
worst that a given sigma allows: the true direct effect is then at its upper bound. Intervals are read where
an analyst who knows sigma would read them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

import pymediation as pm
from simulations import Cell

ROWS, DRAWS, SPREAD = 400, 300, 1.5  # rows, resamples, standard deviation of the mediator under control
KAPPA, THROUGH = 0.4, 0.5  # the mean interaction, and the effect of the alternative mechanism
LABELS = {
    "d1": "ACME (treated)",
    "d0": "ACME (control)",
    "z1": "ADE (treated)",
    "z0": "ADE (control)",
    "tau": "total",
}


def sampled(sigma: float, rng: np.random.Generator) -> pd.DataFrame:
    """Draw treatment t, alternative mediator w, mediator m and outcome y."""
    t, e0 = rng.integers(0, 2, ROWS), rng.normal(size=ROWS)
    w = 1 + 0.8 * t + rng.normal(size=ROWS)
    m = np.where(t, 2.7 + 0.8 * w + 0.5 * rng.normal(size=ROWS), 2 + SPREAD * e0)
    kappa = KAPPA + sigma * e0
    y = 0.6 * t + 0.7 * m + kappa * t * m + THROUGH * w + rng.normal(size=ROWS)
    return pd.DataFrame({"t": t, "w": w, "m": m, "y": y})


def truth(sigma: float) -> dict[str, float]:
    """Return the true effects, from M(0) = 2, M(1) = 2.7 + 0.8 x 1.8 and W(1) - W(0) = 0.8 on average."""
    m0, m1 = 2.0, 2.7 + 0.8 * 1.8
    z0 = 0.6 + KAPPA * m0 + sigma * SPREAD + 0.8 * THROUGH
    z1 = 0.6 + KAPPA * m1 + 0.8 * THROUGH
    d0 = 0.7 * (m1 - m0)
    return {"d1": z1 + d0 - z0, "d0": d0, "z1": z1, "z0": z0, "tau": z1 + d0}


def coverage(sigma: float, runs: int, seed: int = 0) -> dict[str, float]:
    """Return the share of runs in which the interval of each effect at `sigma` holds the truth."""
    rng, true, held = np.random.default_rng(seed), truth(sigma), dict.fromkeys(LABELS, 0)
    for run in range(runs):
        result = pm.multimed("y", "m", "w", "t", data=sampled(sigma, rng), sims=DRAWS, R2_by=0.02, rng=run)
        for name in LABELS:
            if name == "tau":
                lower, upper = result.tau_ci
            else:
                lower, upper = (np.interp(sigma, result.sigma, end) for end in result[f"{name}_ci"])
            held[name] += bool(lower <= true[name] <= upper)
    return {name: count / runs for name, count in held.items()}


def simulated(runs: int) -> Iterator[Cell]:
    """Yield how often the intervals cover at each sigma."""
    for sigma in (0.0, 0.2, 0.5):
        for name, rate in coverage(sigma, runs).items():
            yield f"sigma {sigma:g}", LABELS[name], rate
