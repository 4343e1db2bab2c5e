"""The search that looks at parts of the rows, against one that looks at all of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from pymediation.fits import ordered_search
from pymediation.fits.bfgs import Minima, minimise
from pymediation.fits.cumulative import get_distribution
from pymediation.fits.ordered import check_ordered
from pymediation.fits.ordered_likelihood import Likelihood, make_likelihood
from pymediation.fits.ordered_search import search

METHODS = ["logistic", "probit", "loglog", "cloglog", "cauchit"]
R, N, K = 30, 400, 4
SUMS = 1e-13  # sums of the same terms in another order
PATH = 1e-12  # points after the same number of steps
# A search ends where the last digits decide; they do not change a likelihood of 400 rows.
LAST_STEP = 5e-7
SEEN_EARLY = 0.1  # share of the points, at least, that are refused without a look at all rows


def likelihoods(method: str, kind: str) -> tuple[Likelihood, Any]:
    rng = np.random.default_rng(7)
    X = np.column_stack([rng.integers(0, 2, N), rng.standard_normal((N, 2)), rng.standard_t(3, N)])
    codes = np.digitize(X @ [0.5, 0.3, -0.3, 0.2] + rng.logistic(size=N), [-1.0, 0.3, 2.5])
    weights = rng.choice([0.0, 0.4, 1.0, 3.0], N) if kind == "weighted" else None
    offset = rng.standard_normal(N) if kind == "offset" else None
    counts = rng.poisson(1.0, (R, N)) if kind != "single" else np.ones((1, N), dtype=int)
    rows = check_ordered(codes, X, K, weights, offset)
    likelihood = make_likelihood(rows, np.arange(1, 5), get_distribution(method)).weighted(counts)
    start = np.concatenate((np.zeros(4), [-1.0, 0.0, 0.0]))
    return likelihood, start + 0.1 * rng.standard_normal((len(counts), 7))


def plain_search(likelihood: Likelihood, first: Any, **limit: int) -> Minima:
    return minimise(
        lambda theta, which, _: likelihood.value(theta, which), likelihood.gradient, first, **limit
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["plain", "weighted", "offset", "single"])
def test_no_point_is_refused_that_all_rows_would_accept(
    method: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    likelihood, first = likelihoods(method, kind)
    seen = []

    def watched(value: Any, gradient: Any, start: Any) -> Minima:
        def both_values(theta: Any, which: Any, bound: Any) -> Any:
            ours, plain = value(theta, which, bound), likelihood.value(theta, which)
            refused = np.isinf(ours)
            seen.extend(refused & np.isfinite(plain))
            assert (np.isinf(plain[refused]) | (plain[refused] > bound[refused])).all()
            np.testing.assert_allclose(ours[~refused], plain[~refused], rtol=SUMS)
            return ours

        def both_gradients(theta: Any, which: Any) -> Any:
            ours, plain = gradient(theta, which), likelihood.gradient(theta, which)
            np.testing.assert_allclose(ours, plain, rtol=SUMS, atol=SUMS * np.abs(likelihood.weights).sum())
            return ours

        return minimise(both_values, both_gradients, start)

    monkeypatch.setattr(ordered_search, "FEWEST", 1)
    monkeypatch.setattr(ordered_search, "minimise", watched)
    assert search(likelihood, first).converged.mean() > 0.8
    assert np.mean(seen) >= SEEN_EARLY or method == "cauchit"


@pytest.mark.parametrize("steps", [2, 5, 9])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["plain", "weighted", "offset"])
def test_searches_take_the_same_steps(
    method: str, kind: str, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    likelihood, first = likelihoods(method, kind)
    monkeypatch.setattr(ordered_search, "minimise", partial(minimise, maxit=steps))
    ours, plain = search(likelihood, first), plain_search(likelihood, first, maxit=steps)
    np.testing.assert_allclose(ours.point, plain.point, rtol=0, atol=PATH)
    np.testing.assert_array_equal(ours.evaluations, plain.evaluations)


@pytest.mark.parametrize("method", METHODS)
def test_searches_end_where_the_plain_ones_do(method: str) -> None:
    likelihood, first = likelihoods(method, "plain")
    ours, plain = search(likelihood, first), plain_search(likelihood, first)
    np.testing.assert_allclose(ours.point, plain.point, rtol=0, atol=LAST_STEP)
    np.testing.assert_allclose(ours.value, plain.value, rtol=SUMS)
    assert np.mean(np.all(np.isclose(ours.point, plain.point, rtol=0, atol=PATH), axis=1)) > 0.9
    np.testing.assert_array_equal(ours.gradients, plain.gradients)


def test_impossible_starts_end_at_once() -> None:
    likelihood, first = likelihoods("probit", "plain")
    first[3, :4] = 1e3
    found = search(likelihood, first)
    assert np.flatnonzero(~np.isfinite(found.value)).tolist() == [3]


def test_an_absent_category_is_no_obstacle() -> None:
    likelihood, first = likelihoods("probit", "plain")
    weights = likelihood.weights.copy()
    weights[:, likelihood.starts[1] : likelihood.starts[2]] = 0
    absent = Likelihood(
        **{name: getattr(likelihood, name) for name in likelihood.__slots__} | {"weights": weights}
    )
    ours, plain = search(absent, first), plain_search(absent, first)
    np.testing.assert_allclose(ours.value, plain.value, rtol=1e-9)
