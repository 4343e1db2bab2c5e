"""Two probit models: the bivariate normal, its likelihood, and effects that R's package does not have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy.optimize import minimize
from scipy.stats import multivariate_normal, norm
from sensitivity import sens_cases

import pymediation as pm
from pymediation.adapters import adapt
from pymediation.compat import CompatLedger
from pymediation.sensitivity.bivariate import bivariate_probability
from pymediation.sensitivity.probit_probit import likelihood, maximise
from pymediation.sensitivity.system import read_system
from pymediation.setting.contrast import Contrast
from pymediation.setting.pairing import pair_models

PROBIT = sm.families.Binomial(sm.families.links.Probit())
# Rounding; the quadrature that is compared with is as good.
EXACT = 1e-14
# Differences over steps of 1e-4, whose errors are of order 1e-8 times third derivatives.
SLOPES = 1e-4
# Where a general optimiser stops.
OPTIMUM = 1e-4
# The fits of single models stop at R's tolerance, ours later.
STOPPING = 1e-6

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def models(
    rows: int | None = None, product: str = "*", weights: Any = None, data: Any = None
) -> tuple[Any, Any]:
    jobs = sens_cases.tables()["jobs"].iloc[:rows] if data is None else data
    options = {} if weights is None else {"var_weights": weights}
    formulas = ("job_dich ~ treat + age", f"work1 ~ treat {product} job_dich + age")
    found = [smf.glm(formula, jobs, family=PROBIT, **options).fit() for formula in formulas]
    return found[0], found[1]


def system(rows: int = 200) -> Any:
    med, out = models(rows)
    pair = pair_models(adapt(med, "mediator"), adapt(out, "outcome"), dropobs=False)
    return read_system(
        pair, Contrast("treat", "job_dich", 0.0, 1.0), CompatLedger("fixed"), reads_others=True
    )


def analysed(fits: tuple[Any, Any], rho_by: float = 0.25, **how: Any) -> tuple[Any, Any]:
    result = pm.mediate(*fits, treat="treat", mediator="job_dich", rng=1, **how)
    return pm.medsens(result, rho_by, effect_type="both"), result


@pytest.mark.parametrize("rho", [-0.99, -0.4, 0.0, 0.3, 0.95])
def test_bivariate_probabilities(rho):
    h, k = np.random.default_rng(1).normal(size=(2, 30)) * 2
    h[0] = k[1] = h[2] = k[2] = 0.0
    law = multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    expected = [law.cdf(point) for point in zip(h, k, strict=True)]
    np.testing.assert_allclose(bivariate_probability(h, k, rho), expected, atol=EXACT)


@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.5])
def test_derivatives_of_the_likelihood(rho):
    one = system()
    theta = np.concatenate([one.mediator.fit.coef, one.outcome.fit.coef])
    scale = np.array([1, 1, 0.02, 1, 1, 1, 0.02, 1]) * 1e-4  # age is in years
    here = likelihood(one, rho, theta)
    for place, step in enumerate(np.diag(scale)):
        ahead, behind = likelihood(one, rho, theta + step), likelihood(one, rho, theta - step)
        size = 2 * scale[place]
        slope = (ahead.value - behind.value) / size
        np.testing.assert_allclose(here.scores[:, place].sum(), slope, rtol=SLOPES, atol=0.001)
        curvature = -(ahead.scores - behind.scores).sum(axis=0) / size
        np.testing.assert_allclose(here.information[place], curvature, rtol=SLOPES, atol=0.001)


def test_a_plain_likelihood_has_the_same_maximum():
    one, rho = system(120), 0.6
    s, t = 2 * one.mediator.y - 1, 2 * one.outcome.y - 1

    def loss(theta: np.ndarray) -> float:
        h, k = s * (one.mediator.X @ theta[:3]), t * (one.outcome.X @ theta[3:])
        laws = [multivariate_normal([0, 0], [[1, r], [r, 1]]) for r in (rho, -rho)]
        values = [laws[int(a * b < 0)].cdf([x, y]) for a, b, x, y in zip(s, t, h, k, strict=True)]
        return -float(np.sum(np.log(np.maximum(values, 1e-300))))

    start = np.concatenate([one.mediator.fit.coef, one.outcome.fit.coef])
    end, at_end = maximise(one, rho, start)
    assert abs(loss(end) + at_end.value) < 1e-9
    found = minimize(loss, end + 1e-3 * np.array([1, 1, 0.01, 1, 1, 1, 0.01, 1]), method="BFGS")
    assert found.fun >= loss(end) - 1e-9
    np.testing.assert_allclose(found.fun, loss(end), rtol=OPTIMUM)


def test_without_correlation_the_effects_are_those_of_two_probits():
    fits = models()
    sens, result = analysed(fits, 0.5)
    (a0, a1, a2), b = fits[0].params, fits[1].params
    age = sens_cases.tables()["jobs"]["age"].to_numpy()

    def mean(t: int, u: int) -> float:
        p = norm.cdf(a0 + a1 * u + a2 * age)
        eta = [
            b["Intercept"] + b["treat"] * t + b["age"] * age + m * (b["job_dich"] + b["treat:job_dich"] * t)
            for m in (0, 1)
        ]
        return float(np.mean(p * norm.cdf(eta[1]) + (1 - p) * norm.cdf(eta[0])))

    np.testing.assert_allclose(sens.d1[1], mean(1, 1) - mean(1, 0), atol=STOPPING)
    np.testing.assert_allclose(sens.z0[1], mean(1, 0) - mean(0, 0), atol=STOPPING)
    np.testing.assert_allclose(sens.tau[1], mean(1, 1) - mean(0, 0), atol=STOPPING)
    np.testing.assert_allclose(sens.nu0 * sens.tau, sens.d0)
    # The interval, too, is that of mediate but for Monte Carlo error and curvature.
    for name in ("d0", "z1"):
        width = (sens[f"upper_{name}"] - sens[f"lower_{name}"])[1]
        assert 0.85 < width / np.ptp(np.asarray(result[f"{name}_ci"])) < 1.15


def test_the_parts_add_up_at_every_correlation():
    sens, _ = analysed(models(product="+"))
    np.testing.assert_allclose(sens.d1 + sens.z0, sens.tau, atol=EXACT)
    np.testing.assert_allclose(sens.d0 + sens.z1, sens.tau, atol=EXACT)
    assert sens.type == "bb"
    assert str(sens.summary()).count("Group = 0") == 12
    assert len(sens.plot(pr_plot=True)) == 2


def test_weights_repeat_rows():
    jobs = sens_cases.tables()["jobs"].iloc[:150]
    times = np.resize([1, 2], len(jobs))
    weighted, _ = analysed(models(data=jobs, weights=times.astype(float)))
    repeated, _ = analysed(models(data=jobs.loc[jobs.index.repeat(times)].reset_index(drop=True)))
    for name in ("d0", "upper_d1", "lower_z0", "z1"):
        np.testing.assert_allclose(weighted[name], repeated[name], rtol=STOPPING, atol=STOPPING)


def test_robust_and_cluster_covariances():
    fits = models(product="+")
    own = np.arange(len(sens_cases.tables()["jobs"]))
    plain, robust, alone, pairs = (
        analysed(fits, **how)[0] for how in ({}, {"robustSE": True}, {"cluster": own}, {"cluster": own // 20})
    )
    np.testing.assert_allclose(robust.upper_d0, alone.upper_d0)
    for other in (plain, pairs):
        assert np.abs(other.upper_d0 - robust.upper_d0).max() > 1e-5
        np.testing.assert_array_equal(other.d0, robust.d0)
