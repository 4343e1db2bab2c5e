"""The stream of the process, and what `rng` stands for."""

from __future__ import annotations

import numpy as np
import pytest

from pymediation.errors import ArgumentError, ArgumentTypeError
from pymediation.streams import (
    NumPyStream,
    RStream,
    StreamRecord,
    as_stream,
    ensure_global_stream,
    global_stream,
    set_seed,
)


@pytest.fixture(autouse=True)
def _no_seed():
    set_seed(None)
    yield
    set_seed(None)


def test_without_a_seed_there_is_no_stream():
    assert global_stream() is None
    assert as_stream(None).describe().seeded is False
    assert isinstance(as_stream(None), NumPyStream)


def test_set_seed_makes_the_stream_that_none_stands_for():
    set_seed(2014)
    assert as_stream(None) is global_stream()
    first, second = as_stream(None).normal(size=3), as_stream(None).normal(size=3)
    np.testing.assert_array_equal(np.concatenate((first, second)), RStream(2014).normal(size=6))
    set_seed(2014)
    np.testing.assert_array_equal(as_stream(None).normal(size=3), first)


@pytest.mark.parametrize("kind", ["Rounding", "rounding"])
def test_set_seed_with_a_kind_of_sampling(kind):
    set_seed(1, sample_kind=kind)
    np.testing.assert_array_equal(as_stream(None).integers(1000, 5), RStream(1, "rounding").integers(1000, 5))


def test_a_bad_seed_leaves_the_stream_alone():
    set_seed(1)
    before = global_stream()
    for bad, error in ((1.5, ArgumentTypeError), (True, ArgumentTypeError), (2**31, ArgumentError)):
        with pytest.raises(error):
            set_seed(bad)
    with pytest.raises(ArgumentError, match="sample_kind"):
        set_seed(1, sample_kind="other")
    assert global_stream() is before


def test_an_unseeded_session_gets_a_random_seed_once():
    stream = ensure_global_stream()
    assert ensure_global_stream() is stream
    assert global_stream() is stream
    record = stream.describe()
    assert (record.kind, record.position, record.seeded) == ("R", 0, False)
    np.testing.assert_array_equal(stream.normal(size=3), RStream(record.seed).normal(size=3))
    # Nobody chose it, so functions of the package do not continue it.
    assert isinstance(as_stream(None), NumPyStream)
    set_seed(None)
    assert ensure_global_stream().describe().seed != record.seed


def test_ensure_keeps_the_seeded_stream():
    set_seed(3)
    assert ensure_global_stream() is global_stream()
    assert ensure_global_stream().describe() == StreamRecord("R", 3, 0, True)


@pytest.mark.parametrize(
    "rng",
    [
        1,
        np.int32(1),
        np.random.default_rng(1),
        np.random.PCG64(1),
        np.random.SeedSequence(1),
    ],
    ids=lambda rng: type(rng).__name__,
)
def test_numbers_and_generators_are_numpy_streams(rng):
    set_seed(5)
    stream = as_stream(rng)
    assert isinstance(stream, NumPyStream)
    assert stream.describe().seeded
    assert stream.normal() == NumPyStream(1).normal()


def test_a_stream_stands_for_itself():
    for stream in (RStream(1), NumPyStream(1)):
        assert as_stream(stream) is stream


@pytest.mark.parametrize("rng", [True, np.True_, 1.0, "1", [1], np.random, RStream, np.random.RandomState(1)])
def test_anything_else_is_refused_with_what_is_accepted(rng):
    with pytest.raises(ArgumentTypeError, match=r"RStream\(seed\) for R's random numbers"):
        as_stream(rng)


def test_records_tell_seed_and_place():
    stream = RStream(9)
    stream.normal(size=5)
    assert stream.describe() == StreamRecord(kind="R", seed=9, position=10, seeded=True)
    assert NumPyStream(9).describe() == StreamRecord("numpy", 9, None, True)
    assert NumPyStream(np.random.default_rng(9)).describe() == StreamRecord("numpy", None, None, True)


def test_representations():
    assert repr(RStream(9)) == "<RStream(9), rejection, 0 words used>"
    assert "from_random_seed" in repr(RStream.from_random_seed(RStream(9).random_seed()))
    assert repr(NumPyStream(9)) == "NumPyStream(9)"
