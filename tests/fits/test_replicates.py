from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fits.cases import FloatArray

from pymediation.errors import ArgumentError, ArgumentTypeError
from pymediation.families import Family, get_family
from pymediation.fits import (
    LinearFit,
    ReplicateFits,
    fit_glm,
    fit_glm_replicates,
    fit_ols,
    fit_ols_replicates,
    gamma_shape,
    gamma_shape_replicates,
    prepare_ols,
    replicates,
)

REFIT_TOLERANCE = 1e-12  # refits by counts against fits of repeated rows: the same steps, other rounding
CANCELLING_TOLERANCE = 1e-7  # terms of 1e8 cancel in these predictions, and their last digit is 1.5e-8
N, R = 90, 40
FAMILIES = [
    ("binomial", "logit"), ("binomial", "probit"), ("binomial", "cloglog"), ("quasibinomial", "logit"),
    ("poisson", "log"), ("poisson", "sqrt"), ("quasipoisson", "log"), ("Gamma", "log"), ("Gamma", "inverse"),
    ("inverse.gaussian", "log"), ("gaussian", "identity"), ("gaussian", "log"), ("Negative Binomial", "log"),
]  # fmt: skip


def family_named(name: str, link: str) -> Family:
    return get_family(name, link, theta=2.0 if name == "Negative Binomial" else None)


def sample(name: str, n: int = N) -> tuple[FloatArray, FloatArray]:
    """Return a response fit for the family and a design with a constant, two numbers and an indicator."""
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 2)), np.arange(n) % 2])
    eta = 0.4 + X @ np.array([0.0, 0.3, -0.2, 0.3])
    if name == "ols":
        return eta + rng.normal(size=n), X
    if "binomial" in name:
        return (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float), X
    if "poisson" in name or name.startswith("Negative"):
        return rng.poisson(np.exp(eta)).astype(float), X
    return rng.gamma(5, np.exp(eta) / 5), X


def resamples(n: int = N, size: int = R) -> Any:
    rng = np.random.default_rng(6)
    return np.array([np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(size)], dtype=np.int16)


def priors(weighted: bool) -> tuple[FloatArray | None, FloatArray | None]:
    if not weighted:
        return None, None
    rng = np.random.default_rng(7)
    weights = rng.uniform(0.5, 2, N)
    weights[:3] = 0
    return weights, rng.normal(0, 0.1, N)


def refit(family: Family | None, y: FloatArray, X: FloatArray, counts: Any, *priors: Any) -> LinearFit:
    rows = np.repeat(np.arange(len(y)), counts)
    rest = [None if p is None else p[rows] for p in priors]
    return fit_ols(y[rows], X[rows], *rest) if family is None else fit_glm(y[rows], X[rows], family, *rest)


def check(fits: ReplicateFits, singles: list[LinearFit]) -> None:
    for r, single in enumerate(singles):
        size = np.nanmax(np.abs(single.coef))
        error = np.abs(np.nan_to_num(single.coef) - fits.coef[r]).max() / size
        assert error <= REFIT_TOLERANCE, r
        assert fits.dispersion[r] == pytest.approx(single.dispersion, rel=REFIT_TOLERANCE)
        assert fits.deviance[r] == pytest.approx(single.deviance, rel=REFIT_TOLERANCE)
        assert fits.df_residual[r] == single.df_residual
        assert fits.converged[r] == single.converged
    assert not fits.failed.any()
    assert not fits.reason


@pytest.mark.parametrize("weighted", [False, True])
def test_linear_refits_equal_fits_of_repeated_rows(weighted: bool) -> None:
    (y, X), counts, prior = sample("ols"), resamples(), priors(weighted)
    singles = [refit(None, y, X, c, *prior) for c in counts]
    check(fit_ols_replicates(y, X, counts, *prior), singles)


def test_a_prepared_model_serves_several_blocks_and_responses() -> None:
    (y, X), counts, prior = sample("ols"), resamples(), priors(weighted=True)
    other = np.cos(np.arange(N))
    model = prepare_ols(y, X, *prior).with_response(other)
    singles = [refit(None, other, X, c, *prior) for c in counts]
    check(model.refit(counts[:7]), singles[:7])
    check(model.refit(counts[7:]), singles[7:])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("name", "link"), FAMILIES)
def test_glm_refits_equal_fits_of_repeated_rows(name: str, link: str, weighted: bool) -> None:
    family, (y, X), counts, prior = family_named(name, link), sample(name), resamples(), priors(weighted)
    singles = [refit(family, y, X, c, *prior) for c in counts]
    check(fit_glm_replicates(y, X, family, counts, *prior), singles)


@pytest.mark.parametrize("weighted", [False, True])
def test_gamma_shapes_equal_those_of_repeated_rows(weighted: bool) -> None:
    family, (y, X), counts, prior = get_family("Gamma", "log"), sample("Gamma"), resamples(), priors(weighted)
    fits = fit_glm_replicates(y, X, family, counts, *prior)
    shapes = gamma_shape_replicates(y, X, family, counts, fits, *prior)
    for c, shape in zip(counts, shapes, strict=True):
        single, rows = refit(family, y, X, c, *prior), np.repeat(np.arange(N), c)
        w = None if prior[0] is None else prior[0][rows]
        expected = gamma_shape(y[rows], single.fitted, w, single.deviance, single.df_residual)
        assert shape == pytest.approx(expected, rel=REFIT_TOLERANCE)


@pytest.mark.parametrize(("name", "link"), [("ols", ""), ("binomial", "probit"), ("Gamma", "log")])
def test_block_sizes_change_no_more_than_rounding(
    name: str, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (y, X), counts = sample(name), resamples()

    def run() -> ReplicateFits:
        if name == "ols":
            return fit_ols_replicates(y, X, counts)
        return fit_glm_replicates(y, X, family_named(name, link), counts)

    whole = run()
    monkeypatch.setattr(replicates, "BLOCK_CELLS", 7 * N)
    monkeypatch.setattr(replicates, "ROW_CHUNK", 16)
    monkeypatch.setattr("pymediation.fits.glm_replicates.TABLE_ROWS", 10)
    np.testing.assert_allclose(run().coef, whole.coef, rtol=REFIT_TOLERANCE, atol=REFIT_TOLERANCE)


def test_ill_conditioned_designs_keep_their_digits() -> None:
    y, X = sample("ols")
    X[:, 2] = X[:, 1] + 1e-4 * X[:, 2]
    X[:, 1] += 1e4
    counts = resamples()
    fits = fit_ols_replicates(y, X, counts)
    for r in range(5):
        rows = np.repeat(np.arange(N), counts[r])
        single = refit(None, y, X, counts[r])
        np.testing.assert_allclose(X[rows] @ fits.coef[r], single.fitted, rtol=0, atol=CANCELLING_TOLERANCE)


@pytest.mark.parametrize("name", ["ols", "binomial"])
def test_a_level_absent_from_a_resample_fails_with_the_reason(name: str) -> None:
    y, X = sample(name)
    X = np.column_stack([X, np.arange(N) == 4])
    counts = resamples()
    fits = (
        fit_ols_replicates(y, X, counts)
        if name == "ols"
        else fit_glm_replicates(y, X, get_family(name), counts)
    )
    np.testing.assert_array_equal(fits.failed, counts[:, 4] == 0)
    assert 0 < fits.failed.sum() < R
    assert all("column(s) 4 of X are 0" in text for text in fits.reason.values())
    assert np.isnan(fits.coef[fits.failed]).all()
    assert np.isfinite(fits.coef[~fits.failed]).all()


@pytest.mark.parametrize("name", ["ols", "binomial"])
def test_a_number_that_vanishes_is_aliased_where_it_is_no_level(name: str) -> None:
    y, X = sample(name)
    X, levels = np.column_stack([X, np.arange(N) == 4]), np.zeros(5, dtype=bool)
    counts = resamples()
    counts = counts[counts[:, 4] == 0]
    if name == "ols":
        fits, family = fit_ols_replicates(y, X, counts, level_columns=levels), None
    else:
        family = get_family(name)
        fits = fit_glm_replicates(y, X, family, counts, level_columns=levels)
    assert (fits.coef[:, 4] == 0).all()
    check(fits, [refit(family, y, X, c) for c in counts])


@pytest.mark.parametrize("name", ["ols", "poisson"])
def test_columns_aliased_in_the_full_sample_stay_out(name: str) -> None:
    y, X = sample(name)
    X = np.column_stack([X[:, :2], 2 * X[:, 1] - 1, X[:, 2:]])
    counts = resamples()
    family = None if name == "ols" else get_family(name)
    fits = fit_ols_replicates(y, X, counts) if family is None else fit_glm_replicates(y, X, family, counts)
    assert (fits.coef[:, 2] == 0).all()
    check(fits, [refit(family, y, X, c) for c in counts])


def test_separated_resamples_follow_the_single_fit() -> None:
    n = 16
    y, X = (
        (np.arange(n) > 7).astype(float),
        np.column_stack([np.ones(n), np.arange(n) + 3.0 * (np.arange(n) == 7)]),
    )
    counts, family = resamples(n, 30), get_family("binomial")
    fits = fit_glm_replicates(y, X, family, counts)
    for r, c in enumerate(counts):
        single = refit(family, y, X, c)
        assert fits.converged[r] == single.converged
        if not single.separation:
            np.testing.assert_allclose(fits.coef[r], single.coef, rtol=REFIT_TOLERANCE)
    assert not fits.failed.any()


def test_a_perfect_fit_has_no_negative_variance() -> None:
    X = np.column_stack([np.ones(6), [0.0, 1, 2, 3, 4, 5]])
    y = np.array([0.0, 1, 2, 3, 4, 9.0])
    fits = fit_ols_replicates(y, X, np.array([[2, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1]]))
    assert 0 <= fits.dispersion[0] < REFIT_TOLERANCE
    assert fits.dispersion[1] == pytest.approx(fit_ols(y, X).dispersion, rel=REFIT_TOLERANCE)


def test_replicates_that_cannot_be_fitted_are_counted_not_hidden() -> None:
    X = np.column_stack([np.ones(4), [0.0, 1, 2, 3]])
    counts = np.array([[4, 0, 0, 0], [2, 1, 1, 0], [0, 0, 0, 4], [2, 0, 0, 2]])
    w = np.array([1.0, 1.0, 1.0, 0.0])
    fits = fit_ols_replicates([0.0, 1, 3, 4], X, counts, w)
    assert fits.reason[0].startswith("column(s) 1")
    assert fits.reason[2].startswith("the replicate has no rows")
    assert np.isnan(fits.coef[2]).all()
    y, X, counts = np.array([0.0, 1, 1, 1, 0, 1]), np.c_[np.ones(6), np.arange(6)], np.ones((2, 6), dtype=int)
    counts[1] = [0, 2, 2, 2, 0, 0]
    log = fit_glm_replicates(y, X, get_family("binomial", "log"), counts)
    assert log.failed.any()
    assert all("no valid coefficients" in text for text in log.reason.values())


def test_no_replicates_give_empty_arrays() -> None:
    y, X = sample("binomial")
    none = np.zeros((0, N), dtype=int)
    assert fit_ols_replicates(y, X, none).coef.shape == (0, 4)
    assert fit_glm_replicates(y, X, get_family("binomial"), none).coef.shape == (0, 4)


def test_counts_are_checked() -> None:
    y, X = sample("ols")
    with pytest.raises(ArgumentTypeError, match="whole numbers"):
        fit_ols_replicates(y, X, np.ones((2, N)))
    with pytest.raises(ArgumentError, match="a column per row of X"):
        fit_ols_replicates(y, X, np.ones((2, N + 1), dtype=int))
    with pytest.raises(ArgumentError, match="negative"):
        fit_ols_replicates(y, X, -np.ones((2, N), dtype=int))
    with pytest.raises(ArgumentError, match="level_columns must have shape"):
        fit_ols_replicates(y, X, np.ones((2, N), dtype=int), level_columns=[True])
