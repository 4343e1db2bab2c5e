from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pymediation import RStream
from pymediation.streams import categories as module
from pymediation.streams.categories import conditional_rates
from pymediation.streams.mersenne import uniforms

N = 700


def one_by_one(stream: RStream, rows: Any) -> list[int]:
    """Draw as R does: category after category, a word for each that is neither certain nor impossible."""
    drawn = []
    for rates in conditional_rates(np.asarray(rows)):
        code = 0
        for p in rates:
            if p >= 1 or (p > 0 and success(stream, p)):
                break
            code += 1
        drawn.append(code)
    return drawn


def success(stream: RStream, p: float) -> bool:
    u = stream.uniform()[0]
    return bool(u < p if p > 0.5 else u >= 1 - p)


def weights(kind: str, K: int, rng: np.random.Generator) -> Any:
    if kind == "coarse":  # rates that are multiples of 2**-32, and of 2**-8, which the first byte cannot tell
        return rng.integers(1, 9, (N, K)) / 8.0
    if kind == "zeros":
        rows = rng.dirichlet(np.ones(K), N) * (rng.random((N, K)) < 0.8)
        rows[:, 0] += rows.sum(axis=1) == 0
        return rows
    return rng.dirichlet(np.full(K, {"even": 5.0, "uneven": 0.1}[kind]), N)


@pytest.mark.parametrize("K", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("kind", ["even", "uneven", "coarse", "zeros"])
def test_draws_equal_those_made_one_by_one(kind: str, K: int) -> None:
    rows = weights(kind, K, np.random.default_rng(K))
    ours, plain = RStream(K), RStream(K)
    assert ours.categorical(rows).tolist() == one_by_one(plain, rows)
    assert ours.consumed == plain.consumed


@pytest.mark.parametrize("K", [2, 3, 4, 5])
def test_a_word_that_begins_like_the_limit_is_looked_at_as_a_whole(K: int) -> None:
    u = uniforms(RStream(1)._words.peek(K * N))
    for side in (0.0, 2.0**-32, -(2.0**-32)):  # limits at the uniforms to come, or one value off
        first = 1 - (u[:N] + side)
        rows = np.column_stack([first, np.tile((1 - first)[:, None] / (K - 1), K - 1)])
        ours, plain = RStream(1), RStream(1)
        assert ours.categorical(rows).tolist() == one_by_one(plain, rows)


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(0).dirichlet(np.ones(4), N)
    whole = RStream(3).categorical(rows)
    monkeypatch.setattr(module, "CHUNK", 13)
    monkeypatch.setattr(module, "_SLACK", 0.3)
    np.testing.assert_array_equal(RStream(3).categorical(rows), whole)


def test_rates_are_exact_where_digits_could_decide() -> None:
    rows = np.array([[0.25, 0.25, 0.25, 0.25], [0.4, 0.6 - 5e-13, 2e-13, 3e-13], [0.2, 0.3, 0.4, 0.1]])
    exact = conditional_rates(rows).T
    rates = module._success_rates(rows)
    np.testing.assert_array_equal(rates[:, :2], exact[:, :2])
    np.testing.assert_allclose(rates, exact, rtol=1e-15)
