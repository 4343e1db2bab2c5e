"""sample() without replacement and with probabilities, and mvrnorm(), as recorded from R."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pymediation.errors import ArgumentError
from pymediation.streams import RStream
from pymediation.streams.multivariate import principal_root

RECORDED = json.loads((Path(__file__).parents[1] / "r" / "sampling.json").read_text())
# Rounding in an eigen-decomposition and a matrix product, of well-conditioned 6 x 6 matrices.
MVRNORM_ATOL = 1e-11


def label(case):
    weights = "plain" if case.get("prob") is None and "floor" not in case else "weighted"
    return f"{case['kind']}-{case['n']}-{case['size']}-{weights}-{case['replace']}-{case['seed']}"


@pytest.mark.parametrize("case", RECORDED["samples"], ids=label)
def test_sample(case):
    stream = RStream(case["seed"], case["kind"])
    n, size = int(case["n"]), int(case["size"])
    prob = case.get("prob")
    if "floor" in case:
        prob = np.arange(1, n + 1) * 7 % 11 + case["floor"]
    if prob is None:
        drawn = stream.permutation_sample(n, size)
    else:
        drawn = stream.weighted_sample(n, size, np.atleast_1d(prob), case["replace"])
    assert drawn[:40].tolist() == case["head"]
    assert int((drawn * np.arange(1, size + 1)).sum()) == case["weighted_sum"]
    assert stream.uniform()[0] * 2**32 == case["next_word"]


@pytest.mark.parametrize("case", RECORDED["mvrnorm"], ids=lambda case: f"p={len(case['mu'])}")
def test_mvrnorm_up_to_the_signs_of_eigenvectors(case):
    mu, sigma, vectors = (np.array(case[key], dtype=float) for key in ("mu", "sigma", "vectors"))
    n = case["n"]
    drawn = RStream(case["seed"]).mvrnorm(n, mu, sigma)
    # Each eigenvector's sign flips its column of Z.
    root = principal_root(sigma)
    signs = np.sign((root * vectors).sum(axis=0))
    z = RStream(case["seed"]).normal(size=(n, mu.size))
    np.testing.assert_allclose(drawn, z @ root.T + mu, atol=MVRNORM_ATOL)
    np.testing.assert_allclose((z * signs) @ root.T + mu, case["values"], atol=MVRNORM_ATOL)


@pytest.mark.parametrize("n", [1, 2, 17, 40_000])
def test_a_permutation_has_every_item_once(n):
    np.testing.assert_array_equal(np.sort(RStream(1).permutation_sample(n)), np.arange(n))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda s: s.permutation_sample(3, 4), "cannot draw 4 different items of 3"),
        (lambda s: s.weighted_sample(3, 4, [1, 1, 1]), "cannot draw 4 different items of 3"),
        (lambda s: s.weighted_sample(3, 2, [1, 0, 0]), "too few positive probabilities"),
        (lambda s: s.weighted_sample(2, 2, [0, 0], replace=True), "too few positive probabilities"),
        (lambda s: s.weighted_sample(3, 2, [1, 1]), "`prob` must have 3 elements"),
        (lambda s: s.weighted_sample(2, 2, [1, -1]), "finite weights of at least 0"),
        (lambda s: s.permutation_sample(2**53), "2\\*\\*52"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(ArgumentError, match=words):
        call(RStream(1))
