"""Regressions of counts: against statsmodels, derivatives, limits, and replicates against single fits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from fits.cases import check_derivatives

from pymediation.errors import ArgumentError
from pymediation.fits.count_laws import _by_functions, _by_terms, generalized_poisson, negative_binomial
from pymediation.fits.counts import _problem, check_count_data, fit_count_replicates, fit_counts
from pymediation.fits.likelihood import sandwich

N = 300
LAWS = {
    "nb2": negative_binomial(2.0),
    "nb1": negative_binomial(1.0),
    "nb 1.5": negative_binomial(1.5),
    "geometric": negative_binomial(2.0, alpha=1.0),
    "gp1": generalized_poisson(1.0),
    "gp2": generalized_poisson(2.0),
}
# Central differences with steps of 1e-5 are off by 1e-10 of the third derivative, and by rounding.
DIFFERENCES = 1e-6
# Where statsmodels' search stops, in standard errors; its gradient is below 1e-8.
STOPPED = 1e-5
# Refits by counts against fits of repeated rows: both go to the last digits of the maximum.
REFIT = 1e-12
each_law = pytest.mark.parametrize("name", LAWS)


def sample(spread: float = 0.7) -> tuple[Any, Any, Any]:
    """Return counts, a design with columns of different scales, and an offset."""
    rng = np.random.default_rng(4)
    X = np.column_stack([np.ones(N), np.tile([0.0, 1.0], N // 2), rng.normal(50, 10, N)])
    offset = np.log(rng.uniform(0.5, 2.0, N))
    mu = np.exp(X @ [-0.3, 0.4, 0.02] + offset)
    return rng.poisson(mu * (rng.gamma(1 / spread, spread, N) if spread else 1.0)), X, offset


def statsmodels_model(name: str, y: Any, X: Any, offset: Any) -> Any:
    if name == "nb 1.5":
        return sm.NegativeBinomialP(y, X, p=1.5, offset=offset)
    if name.startswith("gp"):
        return sm.GeneralizedPoisson(y, X, p=int(name[2]), offset=offset)
    model = sm.NegativeBinomial(y, X, loglike_method=name, offset=offset)
    model._transparams = False  # until it is fitted, statsmodels takes the last parameter for log alpha
    return model


@each_law
def test_estimates_and_scores(name: str) -> None:
    y, X, offset = sample()
    fit = fit_counts(y, X, LAWS[name], offset)
    model = statsmodels_model(name, y, X, offset)
    errors = np.sqrt(np.diag(fit.cov))
    # statsmodels' gradient vanishes at our estimates: in standard errors, rounding is left.
    assert np.abs(model.score(fit.parameters) * errors).max() < 1e-8
    assert np.abs(fit.scores.sum(axis=0) * errors).max() < 1e-8
    found = model.fit(disp=0, method="bfgs", maxiter=1000, gtol=1e-8)
    assert np.abs((found.params - fit.parameters) / errors).max() < STOPPED * 100
    assert fit.converged
    assert not fit.separation


@each_law
def test_covariance_is_the_inverse_of_the_numerical_information(name: str) -> None:
    y, X, offset = sample()
    fit = fit_counts(y, X, LAWS[name], offset)
    model = statsmodels_model(name, y, X, offset)
    errors = np.sqrt(np.diag(fit.cov))
    p, steps = fit.parameters, 1e-4 * errors
    information = np.empty((p.size, p.size))
    for j in range(p.size):
        move = np.where(np.arange(p.size) == j, steps, 0.0)
        information[j] = -(model.score(p + move) - model.score(p - move)) / (2 * steps[j])
    scaled = information * errors * errors[:, None] @ (fit.cov / errors / errors[:, None])
    np.testing.assert_allclose(scaled, np.eye(p.size), atol=1e-5)


@each_law
def test_derivatives(name: str) -> None:
    y, X, offset = sample()
    problem = _problem(check_count_data(y, X, offset), LAWS[name], shared=True)
    at = np.array([[0.6, 0.2, 0.1, 0.2]])[:, : problem.n_parameters]
    weights = np.random.default_rng(0).integers(0, 3, (1, N)).astype(float)
    check_derivatives(problem, weights, at, DIFFERENCES)


def test_two_ways_to_differences_of_log_gamma() -> None:
    y, s = np.array([0.0, 3.0, 40.0, 1.0]), np.array([[0.3], [7.0]])
    for terms, functions in zip(_by_terms(y, s), _by_functions(y, s), strict=True):
        np.testing.assert_allclose(terms, functions, rtol=1e-12, atol=1e-14)


@each_law
def test_replicates_are_fits_of_the_repeated_rows(name: str) -> None:
    y, X, offset = sample()
    counts = np.random.default_rng(1).multinomial(N, np.full(N, 1 / N), size=10)
    fits = fit_count_replicates(y, X, LAWS[name], counts, offset)
    assert fits.reason == {}
    for r in range(10):
        rows = np.repeat(np.arange(N), counts[r])
        single = fit_counts(y[rows], X[rows], LAWS[name], offset[rows])
        np.testing.assert_allclose(fits.coef[r], single.coef, rtol=REFIT)
        assert fits.alpha[r] == pytest.approx(single.alpha, rel=REFIT)


@pytest.mark.parametrize("name", ["nb2", "nb1", "nb 1.5"])
def test_counts_without_overdispersion_are_the_poisson_model(name: str) -> None:
    y, X, offset = sample(spread=0.0)
    poisson = sm.Poisson(y, X, offset=offset).fit(disp=0, tol=1e-14)
    counts = np.random.default_rng(1).multinomial(N, np.full(N, 1 / N), size=40)
    fits = fit_count_replicates(y, X, LAWS[name], counts, offset)
    assert fits.reason == {}
    limits = np.flatnonzero(fits.alpha == 0)
    assert 0 < limits.size < 40
    rows = np.repeat(np.arange(N), counts[limits[0]])
    again = sm.Poisson(y[rows], X[rows], offset=offset[rows]).fit(disp=0, tol=1e-14)
    np.testing.assert_allclose(fits.coef[limits[0]], again.params, rtol=1e-6)
    even = fit_counts(np.round(poisson.predict()), X, LAWS[name], offset)
    assert even.alpha == 0


def test_underdispersion_is_fitted_by_the_generalised_poisson() -> None:
    y, X, offset = sample(spread=0.0)
    calm = np.round(0.5 * y + 0.5 * np.exp(X @ [-0.3, 0.4, 0.02] + offset))
    fit = fit_counts(calm, X, LAWS["gp1"], offset)
    assert fit.alpha < 0
    assert fit.converged


def test_sandwich_is_that_of_statsmodels() -> None:
    y, X, offset = sample()
    fit = fit_counts(y, X, LAWS["nb2"], offset)
    model = statsmodels_model("nb2", y, X, offset)
    white = model.fit(disp=0, method="newton", tol=1e-12, start_params=fit.parameters, cov_type="HC0")
    np.testing.assert_allclose(sandwich(fit.cov, fit.scores, "HC0", None), white.cov_params(), rtol=1e-5)


def test_a_replicate_without_a_level_has_failed() -> None:
    y, X, offset = sample()
    X = np.column_stack([X, np.arange(N) < 10])
    counts = np.ones((2, N), dtype=int)
    counts[1, :10] = 0
    fits = fit_count_replicates(y, X, LAWS["nb2"], counts, offset)
    assert list(fits.reason) == [1]
    assert "factor level is absent" in fits.reason[1]
    assert np.isnan(fits.coef[1]).all()


def test_separation() -> None:
    y, X, offset = sample()
    fit = fit_counts(np.where(X[:, 1] == 1, 0, y), X, LAWS["nb2"], offset)
    assert fit.separation
    assert fit.coef[1] < -8


def test_responses_that_are_no_counts_are_refused() -> None:
    y, X, offset = sample()
    with pytest.raises(ArgumentError, match=r"whole numbers.*row 0 has"):
        fit_counts(y + 0.5, X, LAWS["nb2"], offset)
