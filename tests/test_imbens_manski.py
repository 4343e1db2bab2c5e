"""Critical values of Imbens and Manski (2004)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from pymediation.imbens_manski import confidence_region, critical_value, critical_value_on_grid

# Halving brackets the root to the spacing of doubles; the equation itself rounds at 1e-16.
ROOT = 1e-12
WIDTHS = np.array([-3.0, -0.4, 0.0, 1e-8, 0.05, 0.3, 1.0, 2.5, 7.0, 40.0, 1e6])
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)


@pytest.mark.parametrize("level", LEVELS)
def test_it_solves_the_equation(level: float) -> None:
    C = critical_value(WIDTHS, level)
    np.testing.assert_allclose(norm.cdf(C + WIDTHS) - norm.cdf(-C), level, rtol=0, atol=ROOT)


@pytest.mark.parametrize("level", LEVELS)
def test_it_lies_between_the_normal_quantiles_and_falls_with_the_width(level: float) -> None:
    assert critical_value(0.0, level) == pytest.approx(norm.ppf((1 + level) / 2), abs=ROOT)
    assert critical_value(np.inf, level) == pytest.approx(max(0.0, norm.ppf(level)), abs=ROOT)
    assert (np.diff(critical_value(WIDTHS, level)) <= ROOT).all()


def test_levels_near_one_keep_their_digits() -> None:
    assert critical_value(50.0, 1 - 1e-12) == pytest.approx(norm.isf(1e-12), rel=1e-4)


def test_a_level_below_a_half_never_shrinks_the_bounds() -> None:
    assert critical_value(5.0, 0.3) == 0.0
    assert critical_value_on_grid(5.0, 0.3) == 0.0


@pytest.mark.parametrize("level", LEVELS)
def test_on_the_grid_it_is_the_best_of_all_values(level: float) -> None:
    grid = np.arange(10_001) * 0.001
    missed = np.abs(norm.cdf(grid + WIDTHS[:, None]) - norm.cdf(-grid) - level)
    assert critical_value_on_grid(WIDTHS, level).tolist() == grid[missed.argmin(axis=1)].tolist()


def test_the_grid_ends_at_ten() -> None:
    assert critical_value_on_grid(-20.0, 0.95) == 10.0


def test_shapes_and_missing_widths_are_kept() -> None:
    for function in (critical_value, critical_value_on_grid):
        assert function(0.3, 0.95).shape == ()
        values = function([[0.0, np.nan], [1.0, np.inf]], 0.95)
        assert np.isnan(values).tolist() == [[False, True], [False, False]]


def test_the_region_goes_beyond_each_bound_by_its_own_error() -> None:
    low, high = confidence_region([-0.1, 0.2], [0.4, 0.2], [0.02, 0.1], [0.03, 0.1], 0.95)
    C = critical_value([0.5 / 0.03, 0.0], 0.95)
    np.testing.assert_allclose(low, [-0.1 - C[0] * 0.02, 0.2 - C[1] * 0.1], rtol=0, atol=ROOT)
    np.testing.assert_allclose(high, [0.4 + C[0] * 0.03, 0.2 + C[1] * 0.1], rtol=0, atol=ROOT)


def test_the_region_of_exact_bounds_is_the_bounds_and_missing_errors_make_it_missing() -> None:
    low, high = confidence_region([0.1, 0.1, 0.1], [0.1, 0.3, 0.3], [0, 0, np.nan], [0, 0, 0.1], 0.95)
    assert low[:2].tolist() == [0.1, 0.1]
    assert high[:2].tolist() == [0.1, 0.3]
    assert np.isnan([low[2], high[2]]).all()


def test_the_region_covers_a_quantity_at_its_bound_as_often_as_promised() -> None:
    """The least favourable place is a bound; both bounds have the same error."""
    draws = np.random.default_rng(4).normal(size=40_000)
    lower, upper = -0.5 * 0.1 + 0.1 * draws, 0.5 * 0.1 + 0.1 * draws
    low, high = confidence_region(lower, upper, 0.1, 0.1, 0.95)
    covered = np.mean((low <= -0.05) & (high >= -0.05))
    assert covered == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 40_000))
