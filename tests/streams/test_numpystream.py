"""NumPy streams: the distributions, and the same shapes as R streams."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy import stats

from pymediation.errors import ArgumentError, ArgumentTypeError
from pymediation.streams import NumPyStream, RStream, Stream

DRAWS = 40_000
# The draws are fixed by the seed; a right distribution gives a p-value below this once in 1e5.
LEAST_P_VALUE = 1e-5

CONTINUOUS = {
    "uniform": (lambda s: s.uniform(-1.0, 3.0, DRAWS), stats.uniform(-1, 4)),
    "normal": (lambda s: s.normal(2.0, 3.0, DRAWS), stats.norm(2, 3)),
    "gamma": (lambda s: s.gamma(2.5, 3.0, DRAWS), stats.gamma(2.5, scale=3)),
    "gamma_below_1": (lambda s: s.gamma(0.4, 3.0, DRAWS), stats.gamma(0.4, scale=3)),
    "exponential": (lambda s: s.exponential(2.0, DRAWS), stats.expon(scale=2)),
    "logistic": (lambda s: s.logistic(1.0, 2.0, DRAWS), stats.logistic(1, 2)),
    "weibull": (lambda s: s.weibull(1.5, 2.0, DRAWS), stats.weibull_min(1.5, scale=2)),
    "student_t": (lambda s: s.student_t(4.0, DRAWS), stats.t(4)),
    "student_t_normal": (lambda s: s.student_t(np.inf, DRAWS), stats.norm()),
    "inverse_gaussian": (lambda s: s.inverse_gaussian(2.0, 3.0, DRAWS), stats.invgauss(2 / 3, scale=3)),
}
DISCRETE = {
    "bernoulli": (lambda s: s.binomial(1, 0.3, DRAWS), stats.bernoulli(0.3)),
    "binomial": (lambda s: s.binomial(12, 0.7, DRAWS), stats.binom(12, 0.7)),
    "binomial_large": (lambda s: s.binomial(200, 0.6, DRAWS), stats.binom(200, 0.6)),
    "poisson": (lambda s: s.poisson(3.0, DRAWS), stats.poisson(3)),
    "poisson_large": (lambda s: s.poisson(25.0, DRAWS), stats.poisson(25)),
    "integers": (lambda s: s.integers(7, DRAWS), stats.randint(0, 7)),
    "categorical": (
        lambda s: s.categorical(np.tile([0.2, 0.0, 0.5, 0.3], (DRAWS, 1))),
        stats.rv_discrete(values=([0, 2, 3], [0.2, 0.5, 0.3])),
    ),
}
streams = pytest.mark.parametrize("new", [RStream, NumPyStream])


@streams
@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_distributions(new, name):
    sample, law = CONTINUOUS[name]
    assert stats.kstest(sample(new(2024)), law.cdf).pvalue > LEAST_P_VALUE


@streams
@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_distributions(new, name):
    sample, law = DISCRETE[name]
    values, counts = np.unique(sample(new(2024)), return_counts=True)
    expected = DRAWS * law.pmf(values)
    usual = expected >= 5
    observed = np.append(counts[usual], DRAWS - counts[usual].sum())
    expected = np.append(expected[usual], DRAWS - expected[usual].sum())
    kept = expected > 1e-6
    assert stats.chisquare(observed[kept], expected[kept], sum_check=False).pvalue > LEAST_P_VALUE


@streams
def test_multivariate_moments(new):
    cov = np.array([[2.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 0.5]])
    draws = new(5).multivariate_normal([1.0, 2.0, 3.0], cov, DRAWS)
    # Five standard errors of a mean or covariance of variables with variance 2.
    bound = 5 * 2 * np.sqrt(2 / DRAWS)
    np.testing.assert_allclose(draws.mean(axis=0), [1, 2, 3], atol=bound)
    np.testing.assert_allclose(np.cov(draws.T), cov, atol=bound)


@streams
def test_multinomial_means(new):
    draws = new(5).multinomial(10, [2.0, 0.0, 5.0, 3.0], 5000)
    assert (draws.sum(axis=1) == 10).all()
    # Five standard errors of the mean of a binomial with 10 trials.
    np.testing.assert_allclose(draws.mean(axis=0), [2, 0, 5, 3], atol=5 * np.sqrt(10 / 4 / 5000))


@streams
def test_bootstrap_stays_within_strata(new):
    strata = np.array(["b", "a", "b", "c", "a", "b"])
    drawn = new(1).bootstrap_indices(6, 50, strata)
    assert drawn.shape == (50, 6)
    assert (strata[drawn] == strata).all()
    assert (drawn[:, 3] == 3).all()


CALLS = {
    "uniform": ((0.0, 1.0), (2, 3)),
    "normal": ((0.0, 1.0), (2, 3)),
    "binomial": ((5, 0.5), (2, 3)),
    "poisson": ((4.0,), (2, 3)),
    "gamma": ((2.0, 1.0), (2, 3)),
    "exponential": ((1.0,), (2, 3)),
    "logistic": ((0.0, 1.0), (2, 3)),
    "weibull": ((1.0, 1.0), (2, 3)),
    "student_t": ((3.0,), (2, 3)),
    "inverse_gaussian": ((1.0, 1.0), (2, 3)),
    "integers": ((9,), (2, 3)),
    "multivariate_normal": (([0.0, 1.0], np.eye(2)), 4),
    "multinomial": ((5, [0.5, 0.5]), 4),
}


@pytest.mark.parametrize("name", CALLS)
def test_both_streams_return_the_same_shape_layout_and_type(name):
    parameters, size = CALLS[name]
    ours, numpys = (getattr(new(1), name)(*parameters, size=size) for new in (RStream, NumPyStream))
    assert ours.shape == numpys.shape
    assert ours.dtype == numpys.dtype
    assert ours.flags.f_contiguous == numpys.flags.f_contiguous


@streams
def test_both_are_streams(new):
    assert isinstance(new(1), Stream)


def test_the_same_seed_gives_the_same_numbers():
    np.testing.assert_array_equal(NumPyStream(3).normal(size=5), NumPyStream(np.int64(3)).normal(size=5))
    np.testing.assert_array_equal(
        NumPyStream(3).normal(size=5), NumPyStream(np.random.default_rng(3)).normal(size=5)
    )


def test_a_generator_is_advanced():
    generator = np.random.default_rng(1)
    NumPyStream(generator).normal(size=3)
    assert generator.random() != np.random.default_rng(1).random()


@pytest.mark.parametrize("twin", [NumPyStream.copy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copies_continue_and_spawn_alike(twin):
    stream = NumPyStream(7)
    stream.spawn(2)
    stream.normal(size=3)
    other = twin(stream)
    assert other.describe() == stream.describe()
    np.testing.assert_array_equal(stream.spawn(1)[0].normal(size=3), other.spawn(1)[0].normal(size=3))
    np.testing.assert_array_equal(stream.normal(size=3), other.normal(size=3))


def test_spawned_streams_are_reproducible_and_distinct():
    first, second = ([child.normal(size=4) for child in NumPyStream(7).spawn(3)] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert len({tuple(draws) for draws in first}) == 3


def test_a_generator_that_cannot_spawn_is_refused():
    legacy = np.random.Generator(np.random.RandomState(1)._bit_generator)
    stream = NumPyStream(legacy)
    assert stream.copy().uniform() == stream.uniform()
    with pytest.raises(ArgumentTypeError, match="cannot spawn"):
        stream.spawn(2)


def test_fresh_entropy_can_be_repeated():
    stream = NumPyStream()
    record = stream.describe()
    assert (record.kind, record.position, record.seeded) == ("numpy", None, False)
    np.testing.assert_array_equal(stream.normal(size=3), NumPyStream(record.seed).normal(size=3))
    assert NumPyStream().describe().seed != record.seed


def test_what_is_no_generator():
    with pytest.raises(ArgumentTypeError, match="BitGenerator"):
        NumPyStream("1")
    with pytest.raises(ArgumentTypeError, match="BitGenerator"):
        NumPyStream(True)
    with pytest.raises(ArgumentError, match="at least 0"):
        NumPyStream(-1)
