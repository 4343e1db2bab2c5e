"""What must not change, or change sign, when values are renamed, and when rows are repeated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import pymediation as pm
from pymediation.experiments.bounds import parallel_bounds, single_bounds
from pymediation.experiments.cells import Tally
from pymediation.experiments.encouragement_bounds import encouragement_bounds
from pymediation.experiments.estimators import crossover_effects, parallel_effect, sequential_effects

# Ratios of counts below 50.
ROUNDING = 1e-9


def tables(*shape: int) -> st.SearchStrategy[np.ndarray]:
    """Return counts of rows without an empty cell."""
    return arrays(np.float64, shape, elements=st.integers(1, 50).map(float))


def of(counts: np.ndarray) -> Tally:
    """Return the counts as one sample."""
    return Tally(counts[np.newaxis], np.zeros((1, *counts.shape)))


def check(found: np.ndarray, expected: np.ndarray) -> None:
    """Compare to rounding; effects may be large where their denominators are small."""
    np.testing.assert_allclose(found, expected, rtol=ROUNDING, atol=ROUNDING)


# Lower and upper bound under control, then under treatment -> the same of minus the effect in the other arm.
ARMS_EXCHANGED = [3, 2, 1, 0]
SIGN_CHANGED = [1, 0, 3, 2]


@given(tables(2, 2, 2))
def test_bounds_of_a_single_experiment(n):
    found = single_bounds(of(n))[0]
    check(single_bounds(of(n[::-1]))[0], -found[ARMS_EXCHANGED])
    check(single_bounds(of(n[:, :, ::-1]))[0], -found[SIGN_CHANGED])
    check(single_bounds(of(n[:, ::-1]))[0], found)
    check(single_bounds(of(3 * n))[0], found)


@given(tables(2, 2, 2, 2))
def test_bounds_of_a_parallel_design(n):
    found = parallel_bounds(of(n))[0]
    check(parallel_bounds(of(n[:, ::-1]))[0], -found[ARMS_EXCHANGED])
    check(parallel_bounds(of(n[..., ::-1]))[0], -found[SIGN_CHANGED])
    check(parallel_bounds(of(n[:, :, ::-1]))[0], found)


@given(tables(2, 2, 2, 2))
def test_effects_of_a_parallel_design(n):
    found = parallel_effect(of(n))[0]
    for renamed, sign in ((n[:, ::-1], -1), (n[..., ::-1], -1), (n[:, :, ::-1], 1), (2 * n, 1)):
        check(parallel_effect(of(renamed))[0], sign * found)


@given(tables(2, 3, 2, 2))
def test_bounds_of_an_encouragement_design(n):
    """The last renaming exchanges both values of the mediator and both directions of encouragement."""
    found = encouragement_bounds(of(n))[0]
    np.testing.assert_allclose(
        encouragement_bounds(of(n[::-1]))[0], -found[[5, 4, 7, 6, 1, 0, 3, 2]], rtol=1e-6, atol=ROUNDING
    )
    np.testing.assert_allclose(
        encouragement_bounds(of(n[..., ::-1]))[0], -found[[1, 0, 3, 2, 5, 4, 7, 6]], rtol=1e-6, atol=ROUNDING
    )
    np.testing.assert_allclose(encouragement_bounds(of(n[:, ::-1, ::-1]))[0], found, rtol=1e-6, atol=ROUNDING)


@given(tables(2, 2, 2, 2, 2))
def test_effects_of_a_crossover_design(n):
    """Where the encouragement moves next to nobody effects have no size to compare."""
    found = crossover_effects(of(n))[0]
    if not (np.abs(found) < 1e3).all():
        return
    check(crossover_effects(of(n[..., ::-1]))[0], -found)
    check(crossover_effects(of(n[::-1]))[0], -found[::-1])
    check(crossover_effects(of(n[:, ::-1, ::-1]))[0], found)
    check(crossover_effects(of(n[:, :, :, ::-1]))[0], found)


@given(tables(2, 4), st.floats(-100, 100), st.floats(0.1, 10))
def test_estimates_do_not_depend_on_the_level_of_the_outcome_and_scale_with_it(n, level, scale):
    sums = n * np.arange(8.0).reshape(2, 4)
    found = sequential_effects(Tally(n[None], sums[None]))[0]
    moved = sequential_effects(Tally(n[None], (scale * sums + level * n)[None]))[0]
    check(moved, scale * found)
    check(sequential_effects(Tally(n[None, ::-1], sums[None, ::-1]))[0], -found[::-1])


def test_with_divisors_of_the_data_they_do_as_in_r():
    n = np.array([[5.0, 7.0], [6.0, 2.0]])
    sums = n * np.array([[1.0, 2.0], [2.0, 4.0]])
    arms = np.array([11.0, 9.0])
    plain, moved = (sequential_effects(Tally(n[None], s[None]), arms)[0] for s in (sums, sums + 10.0 * n))
    assert moved[0] - plain[0] == pytest.approx(10.0 * (8 / 9 - 1))
    assert moved[1] - plain[1] == pytest.approx(10.0 * (1 - 12 / 11))


def test_the_delta_method_keeps_its_digits_at_any_level_of_the_outcome():
    rng = np.random.default_rng(3)
    t, m = rng.integers(0, 2, 500), rng.integers(0, 3, 500)
    y = np.round(rng.normal(size=500), 3)
    frame = pd.DataFrame({"t": t, "m": m, "y": y})
    near, far = (
        pm.mediate_sed("y", "m", "t", frame.assign(y=y + level), SI=True).to_frame() for level in (0.0, 1e7)
    )
    # Outcomes near 1e7 are stored to 2e-9.
    np.testing.assert_allclose(far["std_error"], near["std_error"], rtol=1e-7)
