from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fits.cases import FloatArray, worst
from scipy.integrate import quad
from scipy.stats import norm

from pymediation.errors import ArgumentError, NotEstimableError
from pymediation.fits.linear import fit_ols
from pymediation.fits.survival import fit_survival
from pymediation.fits.tobit import (
    TobitFit,
    censored_mean,
    clipped_mean,
    fit_tobit,
    fit_tobit_replicates,
)
from pymediation.fits.tobit_scoring import Limits, expected_information

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "r" / "survival.json").read_text())

PATH_TOLERANCE = 1e-12  # the same scoring steps as VGAM: rounding is left
STOP_TOLERANCE = 1e-3  # how far from the maximum VGAM stops: 1e-4 in these coefficients and covariances
DEFECT = 1e-2  # VGAM's wrong information moves a covariance by more than that in these cases
EQUAL = 1e-12  # two ways to the same fit
REFIT_TOLERANCE = 1e-12  # refits by counts against fits of repeated rows: both at the maximum
QUADRATURE_TOLERANCE = 1e-8
GRADIENT_TOLERANCE = 1e-6  # central differences of a log-likelihood of order 100, with steps of 1e-4

N, R = 90, 30


def limits(case: dict[str, Any]) -> tuple[float, float]:
    lower, upper = case.get("lower"), case.get("upper")
    return -np.inf if lower is None else lower, np.inf if upper is None else upper


def label(case: dict[str, Any]) -> str:
    return "-".join([*map(str, limits(case)), case.get("weights") or "plain"])


def has_right_information(case: dict[str, Any]) -> bool:
    return limits(case) in ((0.0, np.inf), (-np.inf, np.inf))


def fit_case(case: dict[str, Any], **options: Any) -> TobitFit:
    data = {key: np.array(values, dtype=float) for key, values in REFERENCE["data"].items()}
    names = [case["design"]] if isinstance(case["design"], str) else case["design"]
    X = np.column_stack([np.ones(len(data["x"])), *(data[name] for name in names)])
    weights = None if case.get("weights") is None else data[case["weights"]]
    return fit_tobit(data["latent"] * case["factor"], X, *limits(case), weights, **options)


ALL = pytest.mark.parametrize("case", REFERENCE["tobit"], ids=label)


@ALL
def test_path_equals_vgam(case: dict[str, Any]) -> None:
    fit = fit_case(case)
    assert worst(fit.parameters, case["coef"]) <= PATH_TOLERANCE
    assert worst(fit.cov, case["vcov"]) <= PATH_TOLERANCE
    assert fit.loglik == pytest.approx(case["loglik"], rel=PATH_TOLERANCE)
    assert fit.iterations == case["iterations"]
    assert fit.converged


@ALL
def test_the_maximum_is_near_where_vgam_stops_and_not_below(case: dict[str, Any]) -> None:
    fit = fit_case(case, method="newton")
    assert worst(fit.parameters, case["coef"]) <= STOP_TOLERANCE
    assert fit.loglik >= case["loglik"] - PATH_TOLERANCE * abs(case["loglik"])


@ALL
def test_covariances_differ_where_vgam_has_the_wrong_information(case: dict[str, Any]) -> None:
    error = worst(fit_case(case, method="newton").cov, case["vcov"])
    assert error <= STOP_TOLERANCE if has_right_information(case) else error >= DEFECT


@ALL
def test_means_equal_vgam(case: dict[str, Any]) -> None:
    fit = fit_case(case)
    eta = fit.linear_predictor[:5]
    np.testing.assert_allclose(
        clipped_mean(eta, *limits(case)), case["clipped_mean"], rtol=PATH_TOLERANCE, atol=PATH_TOLERANCE
    )
    # VGAM's mean of the observed response is another number for a lower limit that is neither 0 nor infinite;
    # ours is held to an integral below.
    if case.get("lower") in (None, 0):
        ours = censored_mean(eta, fit.sd, *limits(case))
        np.testing.assert_allclose(ours, case["censored_mean"], rtol=PATH_TOLERANCE)


@pytest.mark.parametrize("bounds", [(0.0, np.inf), (-np.inf, 1.0), (-0.5, 0.8), (-np.inf, np.inf)])
def test_censored_means_are_means(bounds: tuple[float, float]) -> None:
    for eta, sd in ((0.3, 0.7), (-2.0, 1.5), (4.0, 0.5)):
        mean = quad(lambda w, e=eta, s=sd: np.clip(e + s * w, *bounds) * norm.pdf(w), -12, 12, limit=400)[0]
        assert censored_mean(eta, sd, *bounds) == pytest.approx(mean, abs=QUADRATURE_TOLERANCE)


@pytest.mark.parametrize("bounds", [(0.0, np.inf), (-np.inf, 1.0), (-0.5, 0.8), (-np.inf, np.inf)])
def test_expected_information_is_the_mean_of_squared_scores(bounds: tuple[float, float]) -> None:
    mu, sd = 0.3, 0.7
    a, b = ((bound - mu) / sd for bound in bounds)
    low, high = max(a, -12.0), min(b, 12.0)
    expected = np.zeros((2, 2))
    for i, j in ((0, 0), (1, 1), (0, 1)):
        scores = (lambda z: z / sd), (lambda z: z * z - 1)
        expected[i, j] = quad(lambda z, i=i, j=j, s=scores: s[i](z) * s[j](z) * norm.pdf(z), low, high)[0]
        for z, beyond in ((a, norm.cdf(a)), (b, norm.sf(b))):
            if np.isfinite(z):
                hazard = norm.pdf(z) / beyond
                at = hazard / sd, z * hazard
                expected[i, j] += beyond * at[i] * at[j]
    mean, spread, cross = (entry[0] for entry in expected_information(Limits(*bounds), np.array([mu]), sd))
    found = np.array([mean, spread, cross])
    np.testing.assert_allclose(
        found, [expected[0, 0], expected[1, 1], expected[0, 1]], rtol=0, atol=QUADRATURE_TOLERANCE
    )


def sample(n: int = N) -> tuple[FloatArray, FloatArray]:
    """Return an uncensored response and a design with a constant, two numbers and an indicator."""
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 2)), np.arange(n) % 2])
    return X @ np.array([0.6, 0.5, -0.4, 0.3]) + rng.normal(size=n), X


def resamples(n: int = N, size: int = R) -> Any:
    rng = np.random.default_rng(6)
    return np.array([np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(size)], dtype=np.int16)


def loglik(theta: FloatArray, y: FloatArray, X: FloatArray, lower: float, upper: float) -> float:
    mu, sd = X @ theta[:-1], np.exp(theta[-1])
    low, high = norm.logcdf(lower, mu, sd), norm.logsf(upper, mu, sd)
    return float(np.where(y <= lower, low, np.where(y >= upper, high, norm.logpdf(y, mu, sd))).sum())


def test_newton_ends_where_the_likelihood_is_level() -> None:
    (y, X), h = sample(), 1e-4
    fit = fit_tobit(y, X, -0.2, 1.4, method="newton")
    theta = np.append(fit.coef, fit.log_sd)
    assert loglik(theta, y, X, -0.2, 1.4) == pytest.approx(fit.loglik, rel=EQUAL)
    for step in h * np.eye(theta.size):
        rise = loglik(theta + step, y, X, -0.2, 1.4) - loglik(theta - step, y, X, -0.2, 1.4)
        assert abs(rise / (2 * h)) <= GRADIENT_TOLERANCE * abs(fit.loglik)


def test_without_limits_it_is_least_squares() -> None:
    y, X = sample()
    ols = fit_ols(y, X)
    for method in ("R", "newton"):
        fit = fit_tobit(y, X, method=method)
        assert worst(fit.coef, ols.coef) <= EQUAL
    assert fit.sd**2 == pytest.approx(ols.deviance / N, rel=EQUAL)


def test_with_an_upper_limit_it_is_censored_survival_regression() -> None:
    y, X = sample()
    fit = fit_tobit(y, X, upper=0.8, method="newton")
    twin = fit_survival(np.minimum(y, 0.8), y < 0.8, X, "gaussian")
    assert worst(fit.coef, twin.coef) <= EQUAL
    assert fit.log_sd == pytest.approx(twin.log_scale, abs=EQUAL)
    assert fit.loglik == pytest.approx(twin.loglik, rel=EQUAL)


def test_a_mirrored_response_gives_the_mirrored_fit() -> None:
    y, X = sample()
    fit = fit_tobit(y, X, -0.2, 1.4, method="newton")
    mirrored = fit_tobit(-y, X, -1.4, 0.2, method="newton")
    assert worst(-mirrored.coef, fit.coef) <= EQUAL
    signs = np.array([-1.0, 1.0, -1.0, -1.0, -1.0])  # the log sd, in the second place, stays
    assert worst(mirrored.cov * np.outer(signs, signs), fit.cov) <= EQUAL


@pytest.mark.parametrize("method", ["R", "newton"])
def test_rows_of_weight_zero_count_nowhere(method: Any) -> None:
    y, X = sample()
    w = np.random.default_rng(7).uniform(0.5, 2, N)
    w[:4] = 0
    whole = fit_tobit(y, X, 0.0, 1.5, w, method=method)
    short = fit_tobit(y[4:], X[4:], 0.0, 1.5, w[4:], method=method)
    assert worst(whole.parameters, short.parameters) <= EQUAL
    assert worst(whole.cov, short.cov) <= EQUAL
    assert whole.linear_predictor.shape == (N,)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("bounds", [(0.0, np.inf), (-np.inf, 0.9), (-0.1, 1.3), (-np.inf, np.inf)])
def test_refits_equal_fits_of_repeated_rows(bounds: tuple[float, float], weighted: bool) -> None:
    (y, X), counts = sample(), resamples()
    w = np.random.default_rng(7).uniform(0.5, 2, N) if weighted else None
    fits = fit_tobit_replicates(y, X, counts, *bounds, w)
    for r, c in enumerate(counts):
        rows = np.repeat(np.arange(N), c)
        single = fit_tobit(y[rows], X[rows], *bounds, None if w is None else w[rows], method="newton")
        assert worst(fits.coef[r], single.coef) <= REFIT_TOLERANCE
        assert fits.scale[r] == pytest.approx(single.sd, rel=REFIT_TOLERANCE)
    assert fits.converged.all()
    assert not fits.failed.any()


def test_replicates_that_cannot_be_fitted_say_why() -> None:
    y, X = sample()
    X = np.column_stack([X, np.arange(N) < 3])
    y[:3] = 0.5, -9.0, -9.0
    counts = resamples()
    fits = fit_tobit_replicates(y, X, counts, 0.0)
    absent, censored = (counts[:, :3] == 0).all(axis=1), counts[:, 0] == 0
    np.testing.assert_array_equal(fits.failed, censored)
    assert 0 < absent.sum() < censored.sum() < R
    for r, text in fits.reason.items():
        assert text.startswith("column(s) 4 of X are 0" if absent[r] else "there is no maximum")
    assert np.isnan(fits.coef[fits.failed]).all()


@pytest.mark.parametrize("method", ["R", "newton"])
def test_models_without_a_maximum_are_refused(method: Any) -> None:
    y, X = sample()
    with pytest.raises(NotEstimableError, match="all are censored"):
        fit_tobit(y, X, lower=99.0, method=method)
    with pytest.raises(NotEstimableError, match="runs off to infinity"):
        fit_tobit(np.where(X[:, 3] == 1, -9.0, y), X, lower=-5.0, method=method)
    with pytest.raises(NotEstimableError, match="fit all responses exactly"):
        fit_tobit(X @ [1.0, 0.1, 0.2, 0.3], X, method=method)
    with pytest.raises(NotEstimableError, match=r"column\(s\) 4 of X are spanned"):
        fit_tobit(y, np.column_stack([X, 2 * X[:, 1] - 1]), 0.0, method=method)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lower": 2.0, "upper": 1.0}, "lower must be below upper"),
        ({"lower": np.nan}, "lower must be below upper"),
        ({"method": "newtn"}, "Did you mean 'newton'"),
        ({"y": [1.0, np.nan, 2.0]}, "y has a value that is not finite in row 1"),
    ],
)
def test_unusable_arguments_are_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        fit_tobit(**{"y": [1.0, 3.0, 2.0], "X": np.ones((3, 1)), **change})


def test_inputs_are_not_modified() -> None:
    y, X = sample()
    before = y.copy(), X.copy()
    fit_tobit(y, X, 0.0, 1.0)
    fit_tobit_replicates(y, X, resamples(size=2), 0.0, 1.0)
    np.testing.assert_array_equal(y, before[0])
    np.testing.assert_array_equal(X, before[1])
