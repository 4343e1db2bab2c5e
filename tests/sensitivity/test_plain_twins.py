"""The vectorised analyses against plain ones, and the plain ones against what R recorded on its way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from sensitivity import sens_cases, sens_plain
from sensitivity.sens_plain import arrays

import pymediation as pm
from pymediation.streams import RStream

# The same numbers, their sums in another order; effects are of order 0.01 to 1, and proportions beyond 1
# agree to as many digits.
TOLERANCE = 1e-12
# Coefficients that R printed to 15 digits; the path stops while they still move.
TRACE_TOLERANCE = 1e-9

SIMS, BY, EPS = 12, 0.25, 2.0**-26
RHO = np.arange(-0.75, 0.8, 0.25)
PROBIT = sm.families.Binomial(sm.families.links.Probit())

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def data():
    jobs = sens_cases.tables()["jobs"].iloc[:240].copy()
    jobs["clus"] = np.arange(len(jobs)) // 12
    return jobs


def fits(kind: str, weighted: bool = False, product: bool = False) -> tuple[Any, Any]:
    jobs = data()
    m = "job_dich" if kind == "bm" else "job_seek"
    y = "work1" if kind == "bo" else "depress2"
    right = f"{y} ~ treat {'*' if product else '+'} {m} + econ_hard + age"
    left = f"{m} ~ treat + econ_hard + age"
    models = []
    for formula, probit in ((left, kind == "bm"), (right, kind == "bo")):
        if probit:
            extra = {"var_weights": jobs["ww"]} if weighted else {}
            models.append(smf.glm(formula, jobs, family=PROBIT, **extra).fit())
        else:
            models.append(
                (smf.wls(formula, jobs, weights=jobs["ww"]) if weighted else smf.ols(formula, jobs)).fit()
            )
    return models[0], models[1]


def analysed(models: tuple[Any, Any], kind: str, compat: str = "R", **how: Any) -> Any:
    mediator = "job_dich" if kind == "bm" else "job_seek"
    result = pm.mediate(*models, treat="treat", mediator=mediator, sims=10, rng=RStream(1), **how)
    return pm.medsens(result, BY, SIMS, effect_type="both", rng=RStream(3), compat=compat)


def compare(sens: Any, expected: dict[str, np.ndarray]) -> None:
    for name, (estimate, lower, upper) in expected.items():
        for found, wanted in (
            (sens[name], estimate),
            (sens[f"lower_{name}"], lower),
            (sens[f"upper_{name}"], upper),
        ):
            np.testing.assert_allclose(found, wanted, rtol=TOLERANCE, atol=TOLERANCE, err_msg=name)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("product", [False, True])
@pytest.mark.parametrize("how", ["model", "robust", "cluster"])
def test_linear_linear(weighted, product, how):
    models, clusters = fits("ct", weighted, product), data()["clus"].to_numpy()
    given = {"model": {}, "robust": {"robustSE": True}, "cluster": {"cluster": clusters}}[how]
    plain = {"model": {}, "robust": {"robust": True}, "cluster": {"cluster": clusters}}[how]
    expected = sens_plain.linear_linear(arrays(*models, "treat", "job_seek"), RHO, EPS, **plain)
    compare(analysed(models, "ct", **given), expected)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("product", [False, True])
@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize("compat", ["R", "fixed"])
def test_probit_linear(weighted, product, robust, compat):
    models, stream = fits("bm", weighted, product), RStream(3)
    parts = arrays(*models, "treat", "job_dich")
    expected = sens_plain.probit_linear(
        parts, RHO, EPS, stream, SIMS, robust=robust, one_row=compat == "R", divided=compat == "fixed"
    )
    compare(analysed(models, "bm", compat, robustSE=robust), expected)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize("compat", ["R", "fixed"])
def test_linear_probit(weighted, robust, compat):
    models, stream = fits("bo", weighted), RStream(3)
    parts = arrays(*models, "treat", "job_seek")
    expected = sens_plain.linear_probit(parts, RHO, stream, SIMS, robust=robust, published=compat == "fixed")
    compare(analysed(models, "bo", compat, robustSE=robust), expected)


def traced(name: str) -> tuple[Any, Any]:
    case, tables = sens_cases.cases()[name], sens_cases.tables()
    return tuple(sens_cases.fit(case[model], "dialect", tables) for model in ("model_m", "model_y"))


def test_iterations_of_two_linear_models_are_those_of_r():
    parts = arrays(*traced("ct_int_both"), "treat", "job_seek")
    for step in sens_cases.recorded()["traces"]["ct_int_both"]:
        theta, V, omega, distance, count = sens_plain.sur_path(parts, step["rho"], EPS)
        assert count == step["iterations"]
        np.testing.assert_allclose(theta, step["b"], rtol=TRACE_TOLERANCE, atol=TRACE_TOLERANCE)
        np.testing.assert_allclose(np.diag(V), step["var"], rtol=TRACE_TOLERANCE)
        np.testing.assert_allclose(omega, step["omega_last"], rtol=TRACE_TOLERANCE)
        # A small difference of coefficients of which rounding takes the last digits.
        np.testing.assert_allclose(distance, step["distance_last"], rtol=1e-4, atol=1e-20)


def test_regressions_after_a_probit_mediator_are_those_of_r():
    trace = sens_cases.recorded()["traces"]["bm_jobs_int_both"]
    parts = arrays(*traced("bm_jobs_int_both"), "treat", "job_dich")
    alpha = RStream(5).multivariate_normal(parts.models[0].fit.coef, parts.models[0].fit.cov, 1)[0]
    np.testing.assert_allclose(alpha, trace["first_M_draw"], rtol=TRACE_TOLERANCE)
    sigmas, fit = sens_plain.weighted_refits(parts, alpha, trace["rho"], EPS)
    np.testing.assert_allclose(sigmas, trace["sigma_path"], rtol=TRACE_TOLERANCE)
    np.testing.assert_allclose(fit.coef, trace["final_coef"], rtol=TRACE_TOLERANCE)
    np.testing.assert_allclose(np.diag(fit.cov), trace["final_vcov_diag"], rtol=TRACE_TOLERANCE)


def test_draws_before_a_probit_outcome_are_those_of_r():
    trace = sens_cases.recorded()["traces"]["bo_framing_both"]
    parts, stream, sims = arrays(*traced("bo_framing_both"), "treat", "emo"), RStream(7), 100
    med, out = parts.models
    alpha = stream.multivariate_normal(med.fit.coef, med.fit.cov, sims)
    np.testing.assert_allclose(alpha[0], trace["first_M_draw"], rtol=TRACE_TOLERANCE)
    shape = med.fit.df_residual / 2
    sigma = 1 / np.sqrt(stream.gamma(shape, 1 / (shape * med.fit.dispersion), sims))
    # Recorded under the name of the variance, but it is its root.
    np.testing.assert_allclose(sigma[:5], trace["sigma2_first5"], rtol=TRACE_TOLERANCE)
    beta = stream.multivariate_normal(out.fit.coef, out.fit.cov, sims)
    np.testing.assert_allclose(beta[0], trace["first_Y_draw"], rtol=TRACE_TOLERANCE)
    x = sigma * beta[:, parts.M]
    np.testing.assert_allclose((x / (1 + np.abs(x)))[:5], trace["rho12_first5"], rtol=TRACE_TOLERANCE)
