"""Recorded calls of R, in value and in the position of the stream after each call."""

from __future__ import annotations

import json
import warnings
from functools import cache
from math import fsum
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from pymediation.errors import PymediationWarning
from pymediation.streams import RStream, qnorm

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "rng.json").read_text())
PROGRAMS = {program["id"]: program for program in REFERENCE["programs"]}
CALLS = [(name, index) for name, program in PROGRAMS.items() for index in range(len(program["calls"]))]

# Draws differ from R's in the last digits of logarithms and of a matrix product.
RTOL = REFERENCE["rtol"]
# Below this a value is compared absolutely: it may be a difference of larger ones.
SMALL = 1e-3
# Sums of thousands of values are compared relative to the sum of magnitudes.
SUM_RTOL = 1e-12
# The last bit of NumPy's logarithm, after a square root.
QNORM_RTOL = 1e-15


@cache
def replay(name):
    """Execute a program; return value, position and state after every call."""
    program = PROGRAMS[name]
    stream = RStream(program["seed"], program["sample_kind"])
    results = []
    for call in program["calls"]:
        arguments = dict(call["args"])
        if isinstance(arguments.get("size"), list):
            arguments["size"] = tuple(arguments["size"])
        with warnings.catch_warnings():
            warnings.simplefilter("error", PymediationWarning)
            if "atol" in call:
                warnings.simplefilter("ignore", PymediationWarning)
            value = getattr(stream, call["fn"])(**arguments)
        state = stream.random_seed()
        results.append((value, stream.consumed, [int(state[k]) for k in (1, 2, 299, 625)]))
    return results


def assert_values(actual, expected, atol=None):
    expected = np.asarray(expected, dtype=float)
    if atol is None:
        atol = RTOL * np.maximum(np.abs(expected), SMALL)
    assert (np.abs(actual - expected) <= atol).all()


def test_the_reference_is_complete():
    assert len(CALLS) == 397


@pytest.mark.parametrize(("name", "index"), CALLS)
def test_recorded_call(name, index):
    call = PROGRAMS[name]["calls"][index]
    value, consumed, state = replay(name)[index]
    assert list(value.shape) == call["shape"]
    assert consumed == call["consumed"]
    assert state == call["state"]
    flat = value.ravel()
    if "values" in call:
        assert_values(flat, call["values"], call.get("atol"))
        return
    assert_values(flat[:4], call["head"])
    assert_values(flat[-4:], call["tail"])
    weighted = flat * np.arange(1, flat.size + 1)
    assert abs(fsum(flat) - call["sum"]) <= SUM_RTOL * fsum(abs(flat))
    assert abs(fsum(weighted) - call["wsum"]) <= SUM_RTOL * fsum(abs(weighted))


@pytest.mark.parametrize("case", REFERENCE["initial_state"], ids=lambda case: str(case["seed"]))
def test_initial_state(case):
    vector = RStream(case["seed"]).random_seed()
    assert vector[:2].tolist() == [10403, 624]
    assert vector[[2, 3, 4, 625]].tolist() == case["mt_0_1_2_623"]


def test_qnorm_reference():
    p, z = np.array(REFERENCE["qnorm"], dtype=float).T
    np.testing.assert_allclose(qnorm(p), z, rtol=QNORM_RTOL)


def test_qnorm_against_the_standard_library():
    p = RStream(3).uniform(size=2000)
    p = np.concatenate((p, p * 1e-12, 1 - p * 1e-6, p * 1e-250))
    expected = [NormalDist().inv_cdf(x) for x in p.tolist()]
    np.testing.assert_allclose(qnorm(p), expected, rtol=QNORM_RTOL)


def test_qnorm_outside_and_at_the_ends():
    np.testing.assert_array_equal(
        qnorm([[0.0, 1.0, 0.5], [-0.1, 1.1, np.nan]]), [[-np.inf, np.inf, 0.0], [np.nan] * 3]
    )
    assert qnorm(0.5).shape == ()
