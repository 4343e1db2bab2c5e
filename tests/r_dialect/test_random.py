import numpy as np
import pandas as pd
import pytest
from r_dialect.recorded import RECORDED, floats

import pymediation.r as R
from pymediation.errors import ArgumentError

# Stored with 15 significant digits; the last bits of logarithms and roots differ between libraries.
R_NUMBERS = {"rtol": 1e-12, "atol": 1e-14}

SIGMA = np.array([[2, 0.6, 0.3], [0.6, 1, -0.2], [0.3, -0.2, 1.5]])
DRAWS = {
    "rnorm": (1, lambda: R.rnorm(6)),
    "rnorm_vector": (1, lambda: R.rnorm(5, mean=[0, 10], sd=[1, 2, 3])),
    "runif": (2, lambda: R.runif(5, -1, 3)),
    "rbinom": (3, lambda: R.rbinom(8, 1, 0.3)),
    "rbinom_many": (3, lambda: R.rbinom(8, 100, [0.2, 0.7])),
    "rpois": (4, lambda: R.rpois(8, [2, 30])),
    "rexp": (5, lambda: R.rexp(6, rate=[0.5, 4])),
    "rgamma": (6, lambda: R.rgamma(6, 2.5, 3)),
    "rgamma_scale": (6, lambda: R.rgamma(6, shape=0.5, scale=2)),
    "rweibull": (7, lambda: R.rweibull(5, 2, 3)),
    "rlogis": (8, lambda: R.rlogis(5, 1, 2)),
    "rt": (9, lambda: R.rt(5, 4)),
    "rchisq": (10, lambda: R.rchisq(5, 3)),
    "sample": (11, lambda: R.sample(10)),
    "sample_some": (12, lambda: R.sample(100, 7)),
    "sample_replace": (13, lambda: R.sample(5, 9, replace=True)),
    "sample_values": (14, lambda: R.sample([2.5, 3.5, 9], 2)),
    "sample_prob": (15, lambda: R.sample([0, 1], 9, replace=True, prob=[0.3, 0.7])),
    "sample_prob_without": (16, lambda: R.sample(range(1, 6), 3, prob=[0.1, 0.4, 0.2, 0.2, 0.1])),
    "sample_int": (17, lambda: R.sample_int(20, 4)),
    "mvrnorm": (18, lambda: R.mvrnorm(4, [1, 2, 3], SIGMA)),
    "mvrnorm_one": (19, lambda: R.mvrnorm(1, [1, 2, 3], SIGMA)),
    "mvrnorm_empirical": (20, lambda: R.mvrnorm(6, [1, 2, 3], SIGMA, empirical=True)),
    "seed_date": (20240112, lambda: R.rnorm(2)),
}
# Depend on the signs that LAPACK gives to eigenvectors; the stream's position does not.
SIGN_DEPENDENT = ("mvrnorm", "mvrnorm_one", "mvrnorm_empirical")


def test_every_recorded_draw_is_tested():
    assert set(DRAWS) == set(RECORDED["random"])


@pytest.mark.parametrize("name", DRAWS)
def test_draws_and_position_of_the_stream_are_those_of_r(name):
    seed, draw = DRAWS[name]
    R.set_seed(seed)
    values = draw()
    after = R.runif(1)
    if name not in SIGN_DEPENDENT:
        np.testing.assert_allclose(values, floats(RECORDED["random"][name]["values"]), **R_NUMBERS)
    np.testing.assert_allclose(after, RECORDED["random"][name]["after"], **R_NUMBERS)


def test_mvrnorm_is_r_up_to_the_signs_of_eigenvectors():
    R.set_seed(18)
    centred = R.mvrnorm(4, [1, 2, 3], SIGMA) - [1, 2, 3]
    recorded = floats(RECORDED["random"]["mvrnorm"]["values"]) - [1, 2, 3]
    vectors = np.linalg.eigh(SIGMA)[1]
    np.testing.assert_allclose(np.abs(centred @ vectors), np.abs(recorded @ vectors), rtol=1e-10)


def test_empirical_mvrnorm_has_exactly_the_moments_asked_for():
    R.set_seed(20)
    draws = R.mvrnorm(6, [1, 2, 3], SIGMA, empirical=True)
    np.testing.assert_allclose(draws.mean(axis=0), [1, 2, 3], rtol=1e-12)
    np.testing.assert_allclose(np.cov(draws, rowvar=False), SIGMA, rtol=1e-10, atol=1e-12)


def test_draws_continue_one_stream():
    R.set_seed(7)
    whole = R.rnorm(4)
    R.set_seed(7)
    assert np.array_equal(np.concatenate([R.rnorm(1), R.rnorm(3)]), whole)


def test_number_of_draws_can_be_a_vector():
    assert R.runif([5, 6, 7]).shape == (3,)


def test_sample_returns_the_kind_it_was_given():
    R.set_seed(1)
    assert isinstance(R.sample(["a", "b"], 1), list)
    series = R.sample(pd.Series([1, 2, 3], index=["p", "q", "r"]), 2)
    assert isinstance(series, pd.Series)
    assert set(series.index) <= {"p", "q", "r"}
    factor = R.sample(R.factor(["u", "v"]), 5, replace=True)
    assert list(factor.categories) == ["u", "v"]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: R.rnorm(-1),
        lambda: R.sample([1, 2], 3),
        lambda: R.rgamma(1, 1, rate=2, scale=3),
        lambda: R.mvrnorm(2, [0, 0], np.eye(2), empirical=True),
        lambda: R.sample([1, 2, 3], 1, prob=[0.5, 0.5]),
    ],
)
def test_impossible_requests_are_refused(draw):
    with pytest.raises(ArgumentError):
        draw()
