"""Bounds against linear programmes over all populations that could give the data."""

from __future__ import annotations

import numpy as np
import pytest
from experiments import populations, programmes

from pymediation.experiments.bounds import parallel_bounds, single_bounds
from pymediation.experiments.encouragement_bounds import encouragement_bounds, violations

# The solver ends at a vertex, a small system of equations: rounding is left.
SOLVER = 1e-12
# Sums of a few shares.
ROUNDING = 1e-12
SEEDS = range(60)
# Pairs of lower and upper bound in what the functions return.
CONTROL, TREATED = slice(0, 2), slice(2, 4)


@pytest.mark.parametrize("seed", SEEDS)
def test_single_experiment(seed):
    population = populations.binary_population(np.random.default_rng(seed))
    p = populations.observed(population)
    (found,) = single_bounds(populations.as_tally(p))
    for t, pair in ((0, CONTROL), (1, TREATED)):
        np.testing.assert_allclose(found[pair], programmes.binary_bounds(t, p), rtol=0, atol=SOLVER)
        low, high = found[pair]
        assert low - ROUNDING <= population.acme(t) <= high + ROUNDING
        assert low <= ROUNDING
        assert high >= -ROUNDING


@pytest.mark.parametrize("seed", SEEDS)
def test_parallel_design(seed):
    population = populations.binary_population(np.random.default_rng(seed))
    p, z = populations.observed(population), populations.mediator_set(population)
    (found,) = parallel_bounds(populations.as_tally(p, z))
    for t, pair in ((0, CONTROL), (1, TREATED)):
        np.testing.assert_allclose(found[pair], programmes.binary_bounds(t, p, z), rtol=0, atol=SOLVER)
        low, high = found[pair]
        assert low - ROUNDING <= population.acme(t) <= high + ROUNDING


def test_bounds_of_r_in_the_parallel_design_miss_the_truth_of_some_populations():
    missed = 0
    for seed in SEEDS:
        population = populations.binary_population(np.random.default_rng(seed))
        tally = populations.as_tally(populations.observed(population), populations.mediator_set(population))
        (of_r,), (right,) = parallel_bounds(tally, of_r=True), parallel_bounds(tally)
        assert of_r[TREATED].tolist() == right[TREATED].tolist()
        low, high = of_r[CONTROL]
        missed += not low - ROUNDING <= population.acme(0) <= high + ROUNDING
    assert missed >= 5


@pytest.mark.parametrize("seed", SEEDS)
def test_parallel_encouragement_design(seed):
    population = populations.encouraged_population(np.random.default_rng(seed))
    p = populations.encouraged(population)
    tally = populations.as_tally(p)
    assert violations(tally) == {0: [], 1: []}
    (found,) = encouragement_bounds(tally)
    for t in (0, 1):
        everyone, compliers = found[4 * t : 4 * t + 2], found[4 * t + 2 : 4 * t + 4]
        np.testing.assert_allclose(
            everyone, programmes.encouragement_bounds(t, p, compliers=False), rtol=0, atol=SOLVER
        )
        moved = population.m[:, t, 0] < population.m[:, t, 2]
        share = float(population.share @ moved)
        np.testing.assert_allclose(
            compliers * share, programmes.encouragement_bounds(t, p, compliers=True), rtol=0, atol=SOLVER
        )
        assert everyone[0] - ROUNDING <= population.acme(t) <= everyone[1] + ROUNDING
        if share > ROUNDING:
            assert compliers[0] - ROUNDING <= population.acme(t, moved) <= compliers[1] + ROUNDING


@pytest.mark.parametrize("seed", range(100))
def test_data_contradict_the_assumptions_exactly_if_the_programme_has_no_solution(seed):
    rng = np.random.default_rng(seed)
    p = populations.encouraged(populations.encouraged_population(rng))
    step = rng.choice([0.0, 0.02, 0.1])
    p = np.abs(p + step * rng.normal(size=p.shape) * (rng.random(p.shape) < 0.2))
    p /= p.sum(axis=(2, 3), keepdims=True)
    contradictions = violations(populations.as_tally(p))
    for t in (0, 1):
        low, _ = programmes.encouragement_bounds(t, p, compliers=False)
        assert (low is None) == bool(contradictions[t]), contradictions[t]


def test_contradictions_are_named():
    p = populations.encouraged(populations.encouraged_population(np.random.default_rng(2)))
    p[1, 2] = [[0.7, 0.1], [0.1, 0.1]]
    p[1, 1] = [[0.1, 0.1], [0.4, 0.4]]
    found = violations(populations.as_tally(p))
    assert "P(outcome=0, mediator=0 | treat=1) rises from encourage 0 to 1" in found[1]
    assert found[0] == ["P(mediator=1 | treat=1) falls from encourage 0 to 1"]


def test_an_arm_without_rows_spreads_no_further_than_its_bounds():
    population = populations.binary_population(np.random.default_rng(1))
    p, z = populations.observed(population), populations.mediator_set(population)
    z[1, 0] = 0.0
    (found,) = parallel_bounds(populations.as_tally(p, z))
    assert np.isfinite(found[CONTROL]).all()
    assert np.isnan(found[TREATED]).all()
