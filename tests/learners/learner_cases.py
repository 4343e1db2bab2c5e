"""Data, fitted pairs and comparisons that the tests of learners share."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

import pymediation as pm

SIMS = 25
CELLS = ("d0_sims", "d1_sims", "z0_sims", "z1_sims", "tau_sims")

REGRESSORS_M, REGRESSORS_Y = ["t", "x"], ["t", "m", "x"]


def data(n: int = 150) -> pd.DataFrame:
    """Return a 0/1 treatment t, mediators m (number) and b (0/1), outcomes y and c (0/1), a covariate x."""
    rng = np.random.default_rng(5)
    t, x = rng.integers(0, 2, n), rng.normal(size=n)
    m = 0.5 * t + 0.3 * x + rng.normal(size=n)
    y = 0.4 * t + 0.6 * m + 0.2 * x + rng.normal(size=n)
    return pd.DataFrame(
        {
            "t": t,
            "x": x,
            "m": m,
            "b": (m > 0.2).astype(int),
            "y": y,
            "c": (y + rng.logistic(size=n) > 0.3).astype(int),
            "w": rng.uniform(0.5, 2, n),
        }
    )


def learner(estimator: Any, frame: pd.DataFrame, response: str, columns: list[str], **more: Any) -> Any:
    """Fit an estimator to named columns and hand it over with its data."""
    weighting = {"sample_weight": frame[more["weights"]]} if "weights" in more else {}
    return pm.with_data(estimator.fit(frame[columns], frame[response], **weighting), frame, response, **more)


def ols(formula: str, frame: pd.DataFrame) -> Any:
    """Fit a linear model."""
    return smf.ols(formula, frame).fit()


def run(model_m: Any, model_y: Any, **options: Any) -> Any:
    """Bootstrap; that there are few replicates is known."""
    given = {"treat": "t", "mediator": "m", "boot": True, "sims": SIMS, "rng": 3, **options}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="sims=")
        return pm.mediate(model_m, model_y, **given)


def difference(first: Any, second: Any) -> float:
    """Return the largest difference between the draws of two results."""
    return max(float(np.max(np.abs(getattr(first, name) - getattr(second, name)))) for name in CELLS)
