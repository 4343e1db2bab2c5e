"""Outcomes of overdispersed counts: effects by their definition, draws, offsets, and what is refused."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from engine import plain
from gcomputation import effects_of_means

import pymediation as pm

N = 400
# Same numbers, sums in another order; effects are of order 1.
ROUNDING = 1e-12
# Averages over draws within this many of their standard errors, exceeded once in 16,000.
STANDARD_ERRORS = 4


def visits(n: int = N) -> pd.DataFrame:
    """Make up rows: a mediator, an exposure, and counts that vary more than Poisson counts."""
    rng = np.random.default_rng(8)
    data = pd.DataFrame({"t": np.tile([0.0, 1.0], n // 2), "x": rng.normal(size=n)})
    data["m"] = 0.5 * data.t + 0.3 * data.x + rng.normal(size=n)
    data["b"] = (data.m > 0.2).astype(int)
    data["years"] = rng.uniform(0.5, 3, n)
    data["group"] = np.arange(n) // 10
    mu = data.years * np.exp(0.2 + 0.3 * data.t + 0.4 * data.m)
    data["y"] = rng.poisson(mu * rng.gamma(1.5, 1 / 1.5, n))
    data["calm"] = np.round(mu)
    return data


d = visits()
FORMULA = "y ~ t * b + x"
MODELS = {
    "nb2": lambda f, data, **o: smf.negativebinomial(f, data, **o),
    "nb1": lambda f, data, **o: smf.negativebinomial(f, data, loglike_method="nb1", **o),
    "geometric": lambda f, data, **o: smf.negativebinomial(f, data, loglike_method="geometric", **o),
    "nb-p": lambda f, data, **o: sm.NegativeBinomialP.from_formula(f, data, p=1.5, **o),
    "gp1": lambda f, data, **o: sm.GeneralizedPoisson.from_formula(f, data, p=1, **o),
    "gp2": lambda f, data, **o: sm.GeneralizedPoisson.from_formula(f, data, p=2, **o),
}
each_model = pytest.mark.parametrize("name", MODELS)


def fitted(name: str, data: pd.DataFrame = d, formula: str = FORMULA, **options: Any) -> Any:
    return MODELS[name](formula, data, **options).fit(disp=0, maxiter=500, method="bfgs", gtol=1e-8)


def logit(data: pd.DataFrame = d) -> Any:
    return smf.logit("b ~ t + x", data).fit(disp=0)


def mediate(fit_m: Any, fit_y: Any, **options: Any) -> Any:
    return pm.mediate(fit_m, fit_y, **{"treat": "t", "mediator": "b", "sims": 500, "rng": 4, **options})


def by_summing(fit_m: Any, fit_y: Any, data: pd.DataFrame, exposure: Any = 1.0) -> dict[str, float]:
    """Return effects by the definition: means over rows of sums over the two values of the mediator."""
    coef = fit_y.params

    def mean(t: int, s: int) -> Any:
        p = fit_m.predict(data.assign(t=s))
        means = [
            exposure
            * np.exp(
                coef["Intercept"] + coef["t"] * t + (coef["b"] + coef["t:b"] * t) * b + coef["x"] * data.x
            )
            for b in (0, 1)
        ]
        return np.mean((1 - p) * means[0] + p * means[1])

    return effects_of_means(mean)


@pytest.mark.parametrize("boot", [False, True])
@each_model
def test_effects_are_those_of_their_definition(name: str, boot: bool) -> None:
    fit_m, fit_y = logit(), fitted(name, exposure=d.years)
    result = mediate(fit_m, fit_y, boot=boot)
    for effect, value in by_summing(fit_m, fit_y, d, d.years).items():
        draws = result[f"{effect}_sims"]
        # The mean over draws, or replicates, differs from the value at the estimates by a second-order term.
        error = (STANDARD_ERRORS / np.sqrt(500) + 0.1) * np.std(draws)
        assert abs(draws.mean() - value) <= error, effect


@each_model
def test_simulated_draws_one_by_one(name: str) -> None:
    """Coefficients are drawn with the dispersion, which no mean needs."""
    from pymediation.adapters import adapt

    data, sims = visits(60), 5
    fit_m, fit_y = smf.ols("m ~ t", data).fit(), fitted(name, data, "y ~ t + m")
    fast, slow = pm.RStream(3), pm.RStream(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        result = mediate(fit_m, fit_y, mediator="m", sims=sims, rng=fast)
    own = adapt(fit_y, "outcome").fit
    plain_m = plain.fit(plain.Regression("m ~ t"), data)
    draws_m = plain.draw_coefficients(slow, plain_m, sims)
    law = SimpleNamespace(coef=own.parameters, cov=own.cov)  # type: ignore[attr-defined]
    draws_y = plain.draw_coefficients(slow, law, sims)  # type: ignore[arg-type]
    mediators = [draws_m[:, [0]] + s * draws_m[:, [1]] + np.zeros((sims, 60)) for s in (1, 0)]
    cells = [(r, i) for i in range(60) for r in range(sims)]
    treated, control = plain.fill_mediators(slow, plain_m, (mediators[0], mediators[1]), cells)

    def mean(r: int, t: int, m: Any) -> float:
        return float(np.mean(np.exp(draws_y[r, 0] + draws_y[r, 1] * t + draws_y[r, 2] * m)))

    for r in range(sims):
        d1 = mean(r, 1, treated[r]) - mean(r, 1, control[r])
        z0 = mean(r, 1, control[r]) - mean(r, 0, control[r])
        assert result.d1_sims[r] == pytest.approx(d1, abs=ROUNDING)
        assert result.z0_sims[r] == pytest.approx(z0, abs=ROUNDING)
    assert fast.consumed == slow.consumed


def test_exposures_are_offsets() -> None:
    fit_m = logit()
    exposed = mediate(fit_m, fitted("nb2", exposure=d.years))
    offset = mediate(fit_m, fitted("nb2", offset=np.log(d.years)))
    assert exposed.d0 == offset.d0
    assert exposed.d0 != mediate(fit_m, fitted("nb2")).d0


def test_covariances() -> None:
    fit_m, fit_y = logit(), fitted("nb2")
    base = mediate(fit_m, fit_y)
    clustered = mediate(fit_m, fit_y, cluster="group")
    assert np.std(clustered.z0_sims) != np.std(base.z0_sims)
    with pytest.raises(pm.NotEstimableError, match="type='HC0'"):
        mediate(fit_m, fit_y, robustSE=True)


def test_columns_in_another_order() -> None:
    exog = sm.add_constant(d[["x", "b", "t"]])
    fit = sm.NegativeBinomial(d["y"], exog).fit(disp=0, maxiter=500)
    formula = fitted("nb2", formula="y ~ x + b + t")
    left, right = (mediate(logit(), model, boot=True, sims=100) for model in (fit, formula))
    np.testing.assert_allclose(left.d0_sims, right.d0_sims, rtol=0, atol=ROUNDING)


def test_what_is_refused() -> None:
    with pytest.raises(pm.NotEstimableError, match=r"'calm' vary no more than Poisson counts.*Use Poisson"):
        mediate(logit(), fitted("nb2", formula="calm ~ t + b + m", exposure=d.years))
    counts = fitted("nb2", formula="y ~ t + x")
    with pytest.raises(pm.UnsupportedModelError, match=r"mediator model .*NegativeBinomial.*poisson"):
        mediate(counts, smf.ols("m ~ t + y", d).fit(), mediator="y")
    short = smf.negativebinomial(FORMULA, d).fit(disp=0, maxiter=1, warn_convergence=False)
    with pytest.raises(pm.NotEstimableError, match=r"outcome model \(NegativeBinomial\) did not converge"):
        mediate(logit(), short)
    penalised = smf.negativebinomial(FORMULA, d).fit_regularized(alpha=1.0, disp=0)
    with pytest.raises(pm.UnsupportedModelError, match="fit_regularized"):
        mediate(logit(), penalised)


def test_a_covariance_chosen_at_the_fit_follows_its_columns() -> None:
    """The design has interactions last, statsmodels where the formula has them."""
    from pymediation.adapters import adapt

    counts = smf.negativebinomial(FORMULA, d).fit(disp=0, maxiter=500, cov_type="HC0")
    categories = smf.mnlogit("group_of ~ t * b + x", d.assign(group_of=d.group % 3)).fit(
        disp=0, cov_type="HC0"
    )
    names = ["Intercept", "t", "b", "x", "t:b"]
    assert counts.params.index.tolist() != [*names, "alpha"]
    read = adapt(counts, "outcome")
    assert list(read.design.names) == names
    assert read.covariance is not None
    np.testing.assert_array_equal(np.sqrt(np.diag(read.covariance)), counts.bse[[*names, "alpha"]])
    several = adapt(categories, "mediator")
    assert several.covariance is not None
    expected = categories.bse.loc[names].to_numpy().T.ravel()
    np.testing.assert_array_equal(np.sqrt(np.diag(several.covariance)), expected)
