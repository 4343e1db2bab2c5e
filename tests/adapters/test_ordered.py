"""OrderedModel takes any distribution; those that R's polr has are recognised by their values."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

import pymediation as pm
import pymediation.r as R

SIMS = 20


class CLogLog(stats.rv_continuous):
    """The distribution of the statsmodels documentation, which has no name that tells what it is."""

    def _ppf(self, q: Any) -> Any:
        return np.log(-np.log(1 - q))

    def _cdf(self, x: Any) -> Any:
        return 1 - np.exp(-np.exp(x))

    def _pdf(self, x: Any) -> Any:
        return np.exp(x - np.exp(x))


@cache
def data() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"t": np.tile([0.0, 1.0], 100), "x": rng.normal(size=200)})
    table["m"] = 0.5 * table.t + 0.3 * table.x + rng.normal(size=200)
    latent = 0.4 * table.t + 0.6 * table.m + rng.logistic(size=200)
    table["grade"] = pd.cut(latent, [-np.inf, -0.5, 0.8, np.inf], labels=["low", "mid", "high"])
    return table


def ordered(distribution: Any) -> Any:
    model = OrderedModel.from_formula("grade ~ t + m + x", data(), distr=distribution)
    return model.fit(method="bfgs", maxiter=500, disp=False)


def effects(outcome: Any) -> pd.DataFrame:
    fit = smf.ols("m ~ t + x", data()).fit()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        return pm.mediate(fit, outcome, SIMS, True, treat="t", mediator="m", rng=1).to_frame()


@pytest.mark.parametrize(
    ("distribution", "method"),
    [
        ("logit", "logistic"),
        ("probit", "probit"),
        (stats.gumbel_l, "cloglog"),
        (CLogLog(), "cloglog"),
        (stats.gumbel_r, "loglog"),
        (stats.cauchy, "cauchit"),
    ],
    ids=["logit", "probit", "gumbel_l", "a class", "gumbel_r", "cauchy"],
)
def test_a_distribution_that_r_has_gives_the_effects_of_polr(distribution: Any, method: str) -> None:
    polr = R.polr("grade ~ t + m + x", data(), method=method)
    pd.testing.assert_frame_equal(effects(ordered(distribution)), effects(polr), check_exact=True)


def test_another_distribution_is_refused() -> None:
    with pytest.raises(pm.UnsupportedModelError, match=r"outcome model.*'laplace'.*gumbel_l"):
        effects(ordered(stats.laplace))


def test_a_fit_that_does_not_exist_names_the_model() -> None:
    table = data()
    cut = pd.cut(table.m, [-np.inf, -0.3, 0.7, np.inf], labels=["low", "mid", "high"])
    separated = OrderedModel(cut.rename("grade"), table[["t", "m"]]).fit(method="bfgs", disp=False)
    with pytest.raises(pm.NotEstimableError, match=r"outcome model .*OrderedModel.* separate the categories"):
        effects(separated)
