"""Multinomial logit fits against statsmodels, their derivatives, and replicates against single fits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from fits.cases import check_derivatives

from pymediation.errors import ArgumentError, NotEstimableError
from pymediation.fits.likelihood import sandwich
from pymediation.fits.multinomial import (
    _problem,
    check_categories,
    fit_multinomial,
    fit_multinomial_replicates,
    multinomial_probabilities,
)

N, K = 300, 4
# Both searches end at the maximum; what differs is rounding, magnified by the columns' different scales.
ROUNDING = 1e-9
# Refits by counts against fits of repeated rows: both go to the last digits, and of one set of columns.
REFIT = 1e-12
# Central differences with steps of 1e-5 are off by 1e-10 of the third derivative, and by rounding.
DIFFERENCES = 1e-6


def sample(seed: int = 2) -> tuple[Any, Any]:
    """Return codes and a design with columns of different scales."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(N), np.tile([0.0, 1.0], N // 2), rng.normal(100, 30, N), rng.normal(size=N)])
    eta = X @ rng.normal(0, [[0.2], [0.3], [0.002], [0.5]], (4, K))
    return np.argmax(eta + rng.gumbel(size=(N, K)), axis=1), X


def by_statsmodels(codes: Any, X: Any) -> Any:
    return sm.MNLogit(codes, X).fit(disp=0, method="newton", tol=1e-14, maxiter=100)


def test_estimates_covariance_and_likelihood() -> None:
    codes, X = sample()
    fit, other = fit_multinomial(codes, X, K), by_statsmodels(codes, X)
    np.testing.assert_allclose(fit.coef, np.asarray(other.params).T.ravel(), rtol=ROUNDING, atol=ROUNDING)
    np.testing.assert_allclose(fit.cov, other.cov_params(), rtol=ROUNDING * 1e2, atol=1e-14)
    assert fit.loglik == pytest.approx(other.llf, rel=1e-12)
    assert fit.converged
    assert not fit.separation


def test_scores_give_the_sandwiches_of_statsmodels() -> None:
    codes, X = sample()
    fit, groups = fit_multinomial(codes, X, K), np.arange(N) % 30
    assert np.abs(fit.scores.sum(axis=0)).max() < 1e-8  # the gradient at the maximum, in sums of columns
    white = sm.MNLogit(codes, X).fit(disp=0, method="newton", tol=1e-14, cov_type="HC0")
    np.testing.assert_allclose(sandwich(fit.cov, fit.scores, "HC0", None), white.cov_params(), rtol=1e-6)
    clustered = sm.MNLogit(codes, X).fit(
        disp=0,
        method="newton",
        tol=1e-14,
        cov_type="cluster",
        cov_kwds={"groups": groups, "use_correction": False},
    )
    ours = sandwich(fit.cov, fit.scores, None, groups)
    np.testing.assert_allclose(ours, 30 / 29 * clustered.cov_params(), rtol=1e-6)
    larger = sandwich(fit.cov, fit.scores, "HC1", None) / sandwich(fit.cov, fit.scores, "HC0", None)
    np.testing.assert_allclose(larger, N / (N - fit.coef.size), rtol=1e-12)


def test_derivatives() -> None:
    codes, X = sample()
    problem = _problem(check_categories(codes, X, K), K, shared=True)
    rng = np.random.default_rng(0)
    at = rng.normal(0, 0.3, (1, problem.n_parameters))
    weights = rng.integers(0, 3, (1, N)).astype(float)
    check_derivatives(problem, weights, at, DIFFERENCES)


def test_probabilities() -> None:
    eta = np.array([[1000.0, -1000.0], [0.0, 0.0], [-2.0, 1.0]])
    expected = [[0, 1, 0], [1 / 3, 1 / 3, 1 / 3], np.exp([0, -2, 1]) / np.exp([0, -2, 1]).sum()]
    np.testing.assert_allclose(multinomial_probabilities(eta), expected, rtol=1e-14)


def test_replicates_are_fits_of_the_repeated_rows() -> None:
    codes, X = sample()
    counts = np.random.default_rng(1).multinomial(N, np.full(N, 1 / N), size=20)
    fits = fit_multinomial_replicates(codes, X, K, counts)
    assert fits.reason == {}
    for r in range(20):
        rows = np.repeat(np.arange(N), counts[r])
        np.testing.assert_allclose(fits.coef[r], fit_multinomial(codes[rows], X[rows], K).coef, rtol=REFIT)


def test_a_replicate_without_a_category_or_a_level_has_failed() -> None:
    codes, X = sample()
    X = np.column_stack([X, np.arange(N) < 10])
    counts = np.ones((3, N), dtype=int)
    counts[1, codes == 2] = 0
    counts[2, :10] = 0
    fits = fit_multinomial_replicates(codes, X, K, counts)
    assert sorted(fits.reason) == [1, 2]
    assert fits.reason[1] == "category 2 (counted from 0) is absent from the resample"
    assert "factor level is absent" in fits.reason[2]
    assert np.isnan(fits.coef[1:]).all()
    aliased = fit_multinomial_replicates(codes, X, K, counts[2:], level_columns=np.zeros(5, dtype=bool))
    assert aliased.reason == {}
    assert np.all(aliased.coef.reshape(K - 1, 5)[:, 4] == 0)


@pytest.mark.parametrize("alone", [False, True], ids=["in the block", "on its own"])
def test_separation_ends_where_probabilities_stand(alone: bool) -> None:
    codes, X = sample()
    apart = np.where((X[:, 1] == 1) & (codes == 2), 0, codes)
    if alone:
        fit = fit_multinomial(apart, X, K)
        coef = fit.coef
        assert fit.separation
        assert not fit.converged
    else:
        counts = np.where((X[:, 1] == 1) & (codes == 2), 0, 1)[None]
        apart, X = codes, X
        fits = fit_multinomial_replicates(codes, X, K, counts)
        assert fits.reason == {}
        coef = fits.coef[0]
    p = multinomial_probabilities(X @ coef.reshape(K - 1, -1).T)
    # The slope that counts as flat: what is left of the probabilities is of that size.
    assert p[X[:, 1] == 1, 2].max() < 1e-3
    used = np.ones(N, bool) if alone else counts[0] > 0
    shares = [np.mean(apart[used] == j) for j in range(K)]
    np.testing.assert_allclose(p[used].mean(axis=0), shares, atol=1e-4)


def test_redundant_columns_are_aliased() -> None:
    codes, X = sample()
    fit = fit_multinomial(codes, np.column_stack([X, X[:, 1] + X[:, 3]]), K)
    assert fit.aliased.tolist() == [False] * 4 + [True]
    np.testing.assert_allclose(
        fit.coef.reshape(K - 1, 5)[:, :4].ravel(), fit_multinomial(codes, X, K).coef, rtol=1e-8
    )


def test_what_is_refused() -> None:
    codes, X = sample()
    with pytest.raises(ArgumentError, match="codes must be whole numbers from 0 to K - 1"):
        fit_multinomial(codes + 0.5, X, K)
    with pytest.raises(ArgumentError, match="at least 3"):
        fit_multinomial(codes % 2, X, 2)
    with pytest.raises(NotEstimableError, match=r"category 3 .* absent from the rows"):
        fit_multinomial(np.minimum(codes, 2), X, K)
    fit = fit_multinomial(codes, X, K)
    with pytest.raises(NotEstimableError, match="type='HC0'"):
        sandwich(fit.cov, fit.scores, "HC3", None)
    with pytest.raises(NotEstimableError, match="two clusters"):
        sandwich(fit.cov, fit.scores, None, np.zeros(N, dtype=int))
