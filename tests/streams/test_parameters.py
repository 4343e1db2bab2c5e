"""Sizes, orders, recycling, and parameters that leave nothing to chance or make no sense."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pymediation.errors import ArgumentError, ArgumentTypeError, PymediationWarning
from pymediation.streams import NumPyStream, RStream

NAN, INF = np.nan, np.inf

# Call, value of every element, in R 4.2.2: no word is used up.
NOTHING_TO_DRAW = [
    ("normal", (3.0, 0.0), 3.0),
    ("normal", (INF, 1.0), INF),
    ("normal", (-INF, 0.0), -INF),
    ("uniform", (2.0, 2.0), 2.0),
    ("binomial", (0, 0.5), 0),
    ("binomial", (5, 0.0), 0),
    ("binomial", (5, 1.0), 5),
    ("binomial", (1, 1.0), 1),
    ("poisson", (0.0,), 0),
    ("gamma", (0.0, 1.0), 0.0),
    ("gamma", (1.0, 0.0), 0.0),
    ("gamma", (-1.0, 0.0), 0.0),
    ("gamma", (INF, 1.0), INF),
    ("gamma", (1.0, INF), INF),
    ("exponential", (0.0,), 0.0),
    ("logistic", (2.0, 0.0), 2.0),
    ("logistic", (INF, 1.0), INF),
    ("weibull", (1.0, 0.0), 0.0),
    ("weibull", (-1.0, 0.0), 0.0),
]
NOT_A_NUMBER = [
    ("normal", (NAN, 1.0)),
    ("normal", (0.0, NAN)),
    ("normal", (0.0, -1.0)),
    ("normal", (0.0, INF)),
    ("normal", (NAN, 0.0)),
    ("uniform", (2.0, 1.0)),
    ("uniform", (0.0, INF)),
    ("uniform", (INF, INF)),
    ("binomial", (1, NAN)),
    ("binomial", (1, 1.5)),
    ("binomial", (1, -0.1)),
    ("binomial", (1.5, 0.5)),
    ("binomial", (-1, 0.5)),
    ("binomial", (0, 2.0)),
    ("binomial", (NAN, 0.0)),
    ("poisson", (NAN,)),
    ("poisson", (-1.0,)),
    ("poisson", (INF,)),
    ("gamma", (NAN, 1.0)),
    ("gamma", (0.0, NAN)),
    ("gamma", (-1.0, 1.0)),
    ("gamma", (1.0, -1.0)),
    ("exponential", (-1.0,)),
    ("exponential", (INF,)),
    ("logistic", (NAN, 1.0)),
    ("logistic", (0.0, INF)),
    ("weibull", (INF, 1.0)),
    ("weibull", (0.0, 1.0)),
    ("weibull", (1.0, -1.0)),
    ("student_t", (-1.0,)),
    ("student_t", (0.0,)),
    ("student_t", (NAN,)),
    ("inverse_gaussian", (-1.0, 1.0)),
    ("inverse_gaussian", (1.0, NAN)),
]
LIVE_AND_DEAD = [
    ("normal", (1.0, 2.0), (1.0, 0.0)),
    ("gamma", (2.0, 1.0), (2.0, 0.0)),
    ("poisson", (12.0,), (0.0,)),
    ("binomial", (100, 0.5), (100, 1.0)),
]
STREAMS = [lambda: RStream(1), lambda: NumPyStream(1)]
streams = pytest.mark.parametrize("new", STREAMS, ids=["R", "numpy"])


@streams
@pytest.mark.parametrize(("method", "parameters", "value"), NOTHING_TO_DRAW)
def test_nothing_to_draw(new, method, parameters, value):
    stream = new()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(getattr(stream, method)(*parameters, size=3), [value] * 3)
    np.testing.assert_array_equal(stream.uniform(size=2), new().uniform(size=2))


@streams
@pytest.mark.parametrize(("method", "parameters"), NOT_A_NUMBER)
def test_parameters_that_make_nan(new, method, parameters):
    stream = new()
    with pytest.warns(PymediationWarning, match=rf"{method}: 3 of 3 draws are NaN \(NAs produced\)"):
        values = getattr(stream, method)(*parameters, size=3)
    assert values.dtype == np.float64
    assert np.isnan(values).all()
    np.testing.assert_array_equal(stream.uniform(size=2), new().uniform(size=2))


@streams
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_dead_elements_leave_the_stream_in_step(new, data):
    live = np.array(data.draw(st.lists(st.booleans(), min_size=1, max_size=30)))
    for method, good, bad in LIVE_AND_DEAD:
        mixed, plain = new(), new()
        parameters = [np.where(live, a, b) for a, b in zip(good, bad, strict=True)]
        values = getattr(mixed, method)(*parameters, size=live.size)
        np.testing.assert_array_equal(values[live], getattr(plain, method)(*good, size=int(live.sum())))
        np.testing.assert_array_equal(mixed.uniform(size=2), plain.uniform(size=2))


def test_one_nan_in_a_vector_of_counts():
    stream = RStream(1)
    with pytest.warns(PymediationWarning, match="poisson: 1 of 3 draws"):
        values = stream.poisson([1.0, NAN, 2.0], size=3)
    assert np.isnan(values).tolist() == [False, True, False]
    assert stream.consumed == 2


def test_the_warning_says_what_is_accepted():
    with pytest.warns(PymediationWarning, match=r"`p` a probability, in \[0, 1\]") as record:
        RStream(1).binomial(1, 1.5)
    assert record[0].filename == __file__


@streams
def test_matrices_are_filled_by_order(new):
    flat = new().normal(size=6)
    np.testing.assert_array_equal(new().normal(size=(2, 3)), flat.reshape((2, 3), order="F"))
    np.testing.assert_array_equal(new().normal(size=(2, 3), order="C"), flat.reshape(2, 3))


@streams
@pytest.mark.parametrize("order", ["F", "C"])
def test_matrices_of_parameters_meet_their_own_element(new, order):
    loc = np.arange(6.0).reshape(2, 3) * 100
    drawn = new().normal(loc, 1e-3, size=(2, 3), order=order)
    # Five standard deviations.
    np.testing.assert_allclose(drawn, loc, atol=5e-3)


@streams
def test_recycling(new):
    drawn = new().normal([0.0, 100.0], 0.0, size=5)
    assert drawn.tolist() == [0, 100, 0, 100, 0]
    assert new().normal([1.0, 2.0, 3.0], 0.0, size=2).tolist() == [1, 2]
    # Across the boundary of the pieces that are worked on.
    long = new().normal(np.arange(7.0), 0.0, size=40_000)
    np.testing.assert_array_equal(long, np.arange(40_000) % 7)


@streams
def test_types_of_results(new):
    stream = new()
    for counts in (stream.binomial(1, 0.5, 3), stream.poisson(3.0, 3), stream.integers(5, 3),
                   stream.categorical([[0.5, 0.5]]), stream.multinomial(4, [1, 1], 2),
                   stream.bootstrap_indices(4, 2)):  # fmt: skip
        assert counts.dtype == np.int64
    for draws in (stream.normal(size=3), stream.gamma(2, 1, 3), stream.student_t(3, 3)):
        assert draws.dtype == np.float64


@streams
def test_empty_results(new):
    stream = new()
    for empty in (stream.normal(size=0), stream.integers(5, 0), stream.poisson(20.0, 0),
                  stream.gamma(2.0, 1.0, 0), stream.inverse_gaussian(1.0, 1.0, 0),
                  stream.categorical(np.ones((0, 3))), stream.normal(size=(0, 3)),
                  stream.multinomial(3, [1, 2], 0), stream.normal([], size=0)):  # fmt: skip
        assert empty.size == 0
    np.testing.assert_array_equal(stream.uniform(), new().uniform())


def test_an_f_ordered_matrix_of_probabilities_is_not_copied():
    from pymediation.streams.shaping import Form, parameter

    p = np.asfortranarray(np.full((30, 40), 0.5))
    assert np.shares_memory(parameter(p, "p", Form.of((30, 40))), p)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda s: s.normal(size=-1), ArgumentError, "`size` must be at least 0"),
        (lambda s: s.normal(size=2.0), ArgumentTypeError, "`size` must be a whole number"),
        (lambda s: s.normal(size=2, order="R"), ArgumentError, "`order` must be 'F'"),
        (lambda s: s.normal("a"), ArgumentTypeError, "`loc` must be a number"),
        (lambda s: s.normal([], size=2), ArgumentError, "`loc` is empty"),
        (lambda s: s.integers(0), ArgumentError, "`n` must be at least 1"),
        (lambda s: s.integers(2.5), ArgumentTypeError, "`n` must be a whole number"),
        (lambda s: s.categorical([0.5, 0.5]), ArgumentError, "a row per draw"),
        (lambda s: s.categorical([[0.5, 0.5], [0.5, -0.5]]), ArgumentError, "row 1"),
        (lambda s: s.multinomial(3, [0.0, 0.0]), ArgumentError, "one of them positive"),
        (lambda s: s.multinomial(3, [NAN, 1.0]), ArgumentError, "finite probabilities"),
        (lambda s: s.multivariate_normal([0, 0], [[1.0]]), ArgumentError, "2 x 2 matrix"),
        (lambda s: s.multivariate_normal([0, 0], [[1, 2], [0, 1]]), ArgumentError, "symmetric"),
        (lambda s: s.multivariate_normal([0], [[NAN]]), ArgumentError, "NaN"),
        (lambda s: s.bootstrap_indices(3, 2, strata=[1, 2]), ArgumentError, "`strata` must have 3"),
        (lambda s: s.binomial(2**31, 0.5), ArgumentError, "2\\*\\*31 - 1 trials"),
        (lambda s: s.poisson(1e300), ArgumentError, "2\\*\\*62"),
    ],
)
@streams
def test_refusals(new, call, error, words):
    with pytest.raises(error, match=words):
        call(new())


@streams
def test_a_covariance_that_is_none_is_drawn_from_with_a_warning(new):
    with pytest.warns(PymediationWarning, match="not positive semidefinite"):
        draws = new().multivariate_normal([0, 0], [[1.0, 2.0], [2.0, 1.0]], 4)
    assert np.isfinite(draws).all()


def test_n_of_1_takes_a_word_and_infinite_df_takes_two():
    stream = RStream(1)
    assert stream.integers(1, 3).tolist() == [0, 0, 0]
    assert stream.consumed == 3
    np.testing.assert_array_equal(RStream(1).student_t(INF, 5), RStream(1).normal(size=5))


@pytest.mark.parametrize("count", [1, 2, 5, 7, 23])
def test_many_sets_of_parameters_agree_with_one_at_a_time(count):
    shapes, sizes = np.linspace(0.3, 20, count), np.arange(1, count + 1) * 60.0
    calls = {
        "gamma": (shapes, np.ones(1)),
        "student_t": (shapes,),
        "binomial": (sizes, np.full(1, 0.3)),
        "poisson": (sizes / 20,),
    }
    for method, parameters in calls.items():
        together, apart = RStream(3), RStream(3)
        values = getattr(together, method)(*parameters, size=50)
        singly = []
        for index in range(50):
            own = (vector[index % vector.size] for vector in parameters)
            singly.append(getattr(apart, method)(*own)[0])
        np.testing.assert_array_equal(values, singly)
        assert together.consumed == apart.consumed


def test_categories_that_are_certain_or_impossible_take_no_word():
    stream = RStream(1)
    assert stream.categorical([[1.0], [2.0]]).tolist() == [0, 0]
    assert stream.categorical([[0, 1.0, 0], [0, 0, 2.0]]).tolist() == [1, 2]
    assert stream.consumed == 0
    stream.categorical([[0.5, 0, 0.5]])
    assert stream.consumed == 1
