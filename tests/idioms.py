"""Run an analysis in the dialect and in plain statsmodels, and compare the two."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import pymediation as pm
import pymediation.r as R

# Two fits of one model differ by the rounding of their linear algebra, and in a glm by the last step taken.
SAME = {"rtol": 1e-8, "atol": 1e-10}
# Effects of least squares are products of coefficients.
CLOSED_FORM = 1e-10

EFFECTS = ("d0", "d1", "z0", "z1", "tau_coef", "n0", "n1", "d_avg", "z_avg", "n_avg")
SIMS = 60


def frame() -> pd.DataFrame:
    """Return data with a 0/1 treatment x (named levels: arm), mediator m, outcomes y and b, covariates."""
    rng, n = np.random.default_rng(11), 150
    x, a, w = rng.integers(0, 2, n), rng.normal(size=n), rng.uniform(0.5, 1.5, n)
    m = 0.5 * x + 0.3 * a + rng.normal(size=n)
    y = 0.4 * x + 0.6 * m + 0.2 * a + rng.normal(size=n)
    b = (y + rng.normal(size=n) > 0.3).astype(int)
    g = rng.choice(["lo", "mid", "hi"], n)
    arm = pd.Categorical(np.where(x == 1, "drug", "placebo"), categories=["placebo", "drug"])
    return pd.DataFrame({"x": x, "a": a, "w": w, "m": m, "y": y, "b": b, "g": g, "arm": arm})


def dialect(med_fit: Any, out_fit: Any, seed: int = 1, **options: Any) -> Any:
    """Run the dialect's function after ``set_seed``."""
    R.set_seed(seed)
    return R.mediate(med_fit, out_fit, **{"treat": "x", "mediator": "m", "sims": SIMS} | options)


def plain(med_fit: Any, out_fit: Any, seed: int = 1, **options: Any) -> Any:
    """Run the package's function on a stream of its own."""
    options = {"treat": "x", "mediator": "m", "sims": SIMS} | options
    return pm.mediate(med_fit, out_fit, rng=pm.RStream(seed), **options)


def assert_same(one: Any, other: Any) -> None:
    """Compare all estimates, intervals and p-values."""
    for name in EFFECTS:
        np.testing.assert_allclose(one[name], other[name], err_msg=name, **SAME)
        family = name.removesuffix("_coef")
        limits = (np.asarray(result[f"{family}_ci"]) for result in (one, other))
        np.testing.assert_allclose(*limits, err_msg=f"{family}_ci", **SAME)
        assert one[f"{family}_p"] == other[f"{family}_p"]
