"""Made-up people: data on which every kind of model can be fitted, and the fits most tests start from."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf

import pymediation as pm

# Enough draws that no warning about few draws is issued.
SIMS = 500
BINOMIAL = sm.families.Binomial
SEED = 1
# What no report may say: more than intervals and assumptions give.
OVERCLAIMS = (
    "significan",
    "complete",
    "full mediation",
    "prove",
    "demonstrate",
    "establish",
    "insignificant",
    " causes ",
    "caused by",
)


def people(n: int = 120, seed: int = 0) -> pd.DataFrame:
    """Return treatments, mediators, outcomes in several codings, covariates, sites and weights."""
    g = np.random.default_rng(seed)
    d = pd.DataFrame({"t": g.integers(0, 2, n).astype(float), "x": g.normal(size=n)})
    d["age"] = g.integers(20, 60, n)
    d["m"] = 0.5 * d.t + 0.3 * d.x + g.normal(size=n)
    d["y"] = 0.4 * d.m + 0.2 * d.t + 0.1 * d.x + g.normal(size=n)
    d["yb"], d["mb"] = (d.y > 0).astype(int), (d.m > 0.2).astype(int)
    d["yc"] = g.poisson(np.exp(0.2 * d.m + 0.1 * d.t))
    d["arm"] = np.where(d.t == 1, "drug", "placebo")
    d["group"] = g.choice(["a", "b", "c"], n)
    d["cond"] = d.group.map({"a": 1, "b": 2, "c": 3})
    d["site"] = g.integers(0, 12, n)
    d["w"] = g.uniform(0.5, 2, n)
    return d


def quietly(fit: Callable[[], Any]) -> Any:
    """Fit a model whose own warnings are beside the point."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit()


def ols(formula: str, data: pd.DataFrame, **options: Any) -> Any:
    """Fit least squares."""
    return quietly(lambda: smf.ols(formula, data, **options).fit())


def glm(formula: str, data: pd.DataFrame, family: Any = None, **options: Any) -> Any:
    """Fit a generalised linear model, binomial by default."""
    return quietly(lambda: smf.glm(formula, data, family=family or BINOMIAL(), **options).fit())


def mediate(
    data: pd.DataFrame, /, model_m: Any = "m ~ t + x", model_y: Any = "y ~ t + m + x", **options: Any
) -> Any:
    """Run a mediation analysis of t on y through m; models given as formulas are fitted to the data."""
    fits = [ols(model, data) if isinstance(model, str) else model for model in (model_m, model_y)]
    return pm.mediate(*fits, **{"treat": "t", "mediator": "m", "sims": SIMS, "rng": SEED, **options})
