"""A stream is a seed and a number of words: splitting, copying, seeking, exchange with R."""

from __future__ import annotations

import pickle
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymediation.errors import ArgumentError, ArgumentTypeError
from pymediation.streams import RStream

# One call of every kind of draw: fixed, variable and mixed consumption.
DRAWS = {
    "uniform": lambda s, n: s.uniform(-1, 2, n),
    "normal": lambda s, n: s.normal(1.0, 2.0, n),
    "binomial_1": lambda s, n: s.binomial(1, 0.3, n),
    "binomial_inversion": lambda s, n: s.binomial(20, 0.7, n),
    "binomial_btpe": lambda s, n: s.binomial(300, 0.4, n),
    "poisson_small": lambda s, n: s.poisson(3.3, n),
    "poisson_large": lambda s, n: s.poisson(31.0, n),
    "gamma_below_1": lambda s, n: s.gamma(0.4, 2.0, n),
    "gamma": lambda s, n: s.gamma(2.5, 2.0, n),
    "exponential": lambda s, n: s.exponential(2.0, n),
    "logistic": lambda s, n: s.logistic(size=n),
    "weibull": lambda s, n: s.weibull(1.7, 2.0, n),
    "student_t": lambda s, n: s.student_t(4.0, n),
    "integers": lambda s, n: s.integers(1000, n),
    "integers_two_words": lambda s, n: s.integers(40000, n),
    "multinomial": lambda s, n: s.multinomial(5, [0.2, 0.5, 0.3], n),
    "categorical": lambda s, n: s.categorical(np.tile([0.2, 0.5, 0.3], (n, 1))),
    "multivariate_normal": lambda s, n: s.multivariate_normal([0, 1], [[2, 1], [1, 2]], n),
}
seeds = st.integers(-(2**31) + 1, 2**31 - 1)


@pytest.mark.parametrize("name", DRAWS)
@settings(max_examples=20, deadline=None)
@given(seed=seeds, first=st.integers(0, 40), second=st.integers(0, 40))
def test_splitting_a_call_changes_nothing(name, seed, first, second):
    whole, parts = RStream(seed), RStream(seed)
    together = DRAWS[name](whole, first + second)
    apart = np.concatenate((DRAWS[name](parts, first), DRAWS[name](parts, second)))
    np.testing.assert_array_equal(together, apart)
    assert whole.consumed == parts.consumed


@pytest.mark.parametrize("name", DRAWS)
def test_splitting_a_long_call_changes_nothing(name):
    whole, parts = RStream(11), RStream(11)
    together = DRAWS[name](whole, 40_000)
    apart = np.concatenate([DRAWS[name](parts, n) for n in (1, 17_000, 22_999)])
    # A matrix product may round differently in another number of rows.
    np.testing.assert_allclose(together, apart, rtol=1e-13 if name == "multivariate_normal" else 0)
    assert whole.consumed == parts.consumed


@pytest.mark.parametrize("position", [0, 1, 623, 624, 625, 1247, 1248, 1249, 5000, 200_000])
def test_every_way_to_a_position_leads_to_the_same_words(position):
    drawn = RStream(5)
    drawn.uniform(size=position)
    expected = drawn.copy().uniform(size=1000)
    skipped, sought = RStream(5), RStream(5)
    skipped.skip(position)
    sought.normal(size=2000)
    sought.seek(position)
    others = [
        RStream(5).at(position),
        drawn.at(drawn.consumed),
        skipped,
        sought,
        pickle.loads(pickle.dumps(drawn)),
        RStream.from_random_seed(drawn.random_seed()),
    ]
    for other in others:
        np.testing.assert_array_equal(other.random_seed(), drawn.random_seed())
        np.testing.assert_array_equal(other.uniform(size=1000), expected)
    assert [other.consumed for other in others[:-1]] == [position + 1000] * 5
    assert others[-1].consumed == 1000


@settings(max_examples=50, deadline=None)
@given(seed=seeds, steps=st.lists(st.integers(0, 3000), max_size=6))
def test_states_agree_along_a_walk(seed, steps):
    stream = RStream(seed)
    for step in steps:
        stream.integers(1000, step)
        np.testing.assert_array_equal(stream.random_seed(), stream.at(stream.consumed).random_seed())


def test_a_copy_is_independent():
    stream = RStream(1)
    twin = stream.copy()
    np.testing.assert_array_equal(stream.normal(size=10), twin.normal(size=10))
    stream.uniform()
    assert (stream.consumed, twin.consumed) == (21, 20)


def test_reading_the_state_or_looking_ahead_consumes_nothing():
    stream, other = RStream(8), RStream(8)
    stream._words.peek(5000)
    stream.random_seed()
    stream.describe()
    assert stream.consumed == 0
    np.testing.assert_array_equal(stream.uniform(size=5), other.uniform(size=5))


def test_positions_of_an_imported_state_count_from_the_import():
    origin = RStream(4)
    origin.uniform(size=100)
    imported = RStream.from_random_seed(origin.random_seed())
    np.testing.assert_array_equal(imported.at(7).uniform(size=3), origin.at(107).uniform(size=3))
    assert imported.describe().seed is None


def test_seed_0_is_seed_1_one_word_earlier():
    np.testing.assert_array_equal(RStream(0).uniform(size=100)[1:], RStream(1).uniform(size=99))


def test_the_kind_of_sampling_travels_with_the_stream():
    stream = RStream(3, sample_kind="Rounding")
    expected = stream.copy().integers(1000, 5)
    for other in (
        stream.at(0),
        RStream.from_random_seed(stream.random_seed()),
        pickle.loads(pickle.dumps(stream)),
    ):
        np.testing.assert_array_equal(other.integers(1000, 5), expected)
    assert not np.array_equal(RStream(3).integers(1000, 5), expected)


def test_a_zero_word_becomes_a_positive_uniform():
    vector = RStream(1).random_seed()
    # All words but one are 0 before tempering, and tempering keeps 0.
    vector[1], vector[2:] = 0, 0
    vector[625] = 1
    assert RStream.from_random_seed(vector).uniform(size=3).tolist() == [0.5 * 2.328306437080797e-10] * 3


def test_large_results_need_little_more_than_themselves():
    size = (1000, 2000)
    tracemalloc.start()
    RStream(1).normal(size=size)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The result is 16 million bytes; the working arrays may take as much as 8 million, whatever its size.
    assert peak < 8 * size[0] * size[1] + 8e6


@pytest.mark.parametrize(
    ("seed", "error"),
    [
        (2**31, ArgumentError),
        (-(2**31), ArgumentError),
        (1.0, ArgumentTypeError),
        ("1", ArgumentTypeError),
        (True, ArgumentTypeError),
        (None, ArgumentTypeError),
    ],
)
def test_seeds_that_r_does_not_have(seed, error):
    with pytest.raises(error, match="`seed`"):
        RStream(seed)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda v: v[:-1], "has 625 elements"),
        (lambda v: np.concatenate(([10407], v[1:])), "another generator \\(kind 10407\\)"),
        (lambda v: np.concatenate(([10403, 700], v[2:])), "0..624"),
        (lambda v: np.concatenate((v[:2], np.zeros(624))), "not all be 0"),
        (lambda v: v + 0.5, "signed 32-bit"),
        (lambda v: ["a"] * 626, "626 integers"),
    ],
)
def test_states_that_are_none(change, words):
    with pytest.raises(ArgumentError, match=words):
        RStream.from_random_seed(change(RStream(1).random_seed()))


def test_other_kinds_of_sampling_are_refused():
    with pytest.raises(ArgumentError, match="'rejection' or 'rounding'"):
        RStream(1, sample_kind="reject")
    with pytest.raises(ArgumentTypeError, match="sample_kind"):
        RStream(1, sample_kind=None)


@settings(max_examples=100, deadline=None)
@given(
    seed=seeds,
    moves=st.lists(
        st.tuples(
            st.sampled_from(["skip", "seek", "uniform", "state", "copy", "pickle"]), st.integers(0, 3000)
        ),
        max_size=12,
    ),
)
def test_moving_and_drawing_in_any_order(seed, moves):
    stream, position = RStream(seed), 0
    words = RStream(seed).uniform(size=40_000)
    for move, amount in moves:
        if move == "skip":
            stream.skip(amount)
            position += amount
        elif move == "seek":
            stream.seek(amount)
            position = amount
        elif move == "uniform":
            np.testing.assert_array_equal(stream.uniform(size=amount), words[position : position + amount])
            position += amount
        elif move == "state":
            np.testing.assert_array_equal(stream.random_seed(), stream.at(position).random_seed())
        else:
            stream = stream.copy() if move == "copy" else pickle.loads(pickle.dumps(stream))
        assert stream.consumed == position


def test_words_that_are_skipped_are_not_made():
    """A million draws for a million rows are some hours of words: this test would not end."""
    stream = RStream(1)
    stream.skip(2 * 10**12)
    twin = pickle.loads(pickle.dumps(stream.copy()))
    twin.skip(5)
    assert (stream.consumed, twin.describe().position) == (2 * 10**12, 2 * 10**12 + 5)
    stream.seek(1000)
    np.testing.assert_array_equal(stream.uniform(size=3), RStream(1).at(1000).uniform(size=3))
