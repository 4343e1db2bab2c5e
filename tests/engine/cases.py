"""Small data, and the statsmodels fits of the plain regressions."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from engine.plain import Regression

FAMILIES = {
    "gaussian": sm.families.Gaussian,
    "binomial": sm.families.Binomial,
    "quasibinomial": sm.families.Binomial,
    "poisson": sm.families.Poisson,
    "quasipoisson": sm.families.Poisson,
    "Gamma": sm.families.Gamma,
    "inverse.gaussian": sm.families.InverseGaussian,
}
LINKS = {
    "identity": "Identity",
    "log": "Log",
    "logit": "Logit",
    "probit": "Probit",
    "cloglog": "CLogLog",
    "cauchit": "Cauchy",
    "inverse": "InversePower",
    "1/mu^2": "InverseSquared",
    "sqrt": "Sqrt",
}


def small_data(n: int = 32, seed: int = 4) -> pd.DataFrame:
    """Return a treatment, covariates, and a mediator and an outcome of every kind."""
    rng = np.random.default_rng(seed)
    t = np.tile([0, 1], n)[:n]
    x, z = rng.normal(size=n), rng.normal(size=n)
    g = pd.Categorical(np.array(["a", "b", "c"])[np.arange(n) // 2 % 3], categories=["b", "a", "c"])
    eta = 0.3 + 0.4 * t + 0.3 * x
    data = pd.DataFrame({"t": t, "x": x, "z": z, "g": g})
    data["arm"] = pd.Categorical(np.where(t == 1, "new", "old"), categories=["old", "new"])
    data["m"] = eta + rng.normal(size=n)
    data["m_binary"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    data["m_count"] = rng.poisson(np.exp(eta))
    data["m_many"] = rng.poisson(np.exp(2.6 + eta / 2))
    data["m_positive"] = rng.gamma(6, np.exp(eta) / 6)
    mediated = eta + 0.4 * data["m"] + rng.normal(size=n)
    data["y"] = mediated
    data["y_binary"] = (mediated + rng.logistic(size=n) > 0.6).astype(int)
    data["y_count"] = rng.poisson(np.exp(0.2 + 0.3 * eta))
    data["y_positive"] = rng.gamma(6, np.exp(eta) / 6)
    data["w"] = rng.uniform(0.5, 2, n)
    data["exposure"] = rng.normal(0, 0.3, n)
    data.index = rng.permutation(n)
    return data


def fitted(regression: Regression, data: pd.DataFrame) -> Any:
    """Fit with statsmodels."""
    weights = None if regression.weights is None else data[regression.weights]
    if regression.family == "lm":
        model: Any = smf.ols if weights is None else smf.wls
        return model(regression.formula, data, **({} if weights is None else {"weights": weights})).fit()
    link = getattr(sm.families.links, LINKS[regression.link])()
    if regression.family == "Negative Binomial":
        family = sm.families.NegativeBinomial(link, alpha=1 / (regression.theta or 1.0))
    else:
        family = FAMILIES[regression.family](link)
    given = {"var_weights": weights}
    given["offset"] = None if regression.offset is None else data[regression.offset]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels' opinion on links that R offers
        model = smf.glm(regression.formula, data, family=family, **given)
        return model.fit(
            tol=1e-10, maxiter=200, scale="X2" if regression.family.startswith("quasi") else None
        )
