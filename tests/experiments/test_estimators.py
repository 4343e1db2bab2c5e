"""Estimators on populations whose effects are known, and the delta method against simulation."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from experiments import populations
from experiments.populations import Population

from pymediation.experiments.cells import Tally, group_variances, table_of, tally
from pymediation.experiments.estimators import (
    crossover_effects,
    parallel_effect,
    sequential_effects,
    sequential_variances,
)

# Shares instead of samples: nothing but rounding.
ROUNDING = 1e-12
SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_sequential_ignorability(seed):
    """The mediator has four values and is independent of the outcomes, which are any numbers."""
    rng = np.random.default_rng(seed)
    mediator = rng.dirichlet(np.ones(4), size=2)  # Pr(M(t) = m)
    outcome = rng.normal(5.0, 2.0, size=(2, 4))  # E Y(t, m)
    size = np.array([[100.0], [230.0]])
    (found,) = sequential_effects(Tally((size * mediator)[None], (size * mediator * outcome)[None]))
    truth = [(mediator[1] - mediator[0]) @ outcome[t] for t in (0, 1)]
    np.testing.assert_allclose(found, truth, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("seed", SEEDS)
def test_parallel_design_without_interaction(seed):
    """The direct effect Y(1, m) - Y(0, m) of a unit is the same at both m; all else depends on all else."""
    rng = np.random.default_rng(seed)
    types = [one for one in product((0, 1), repeat=6) if one[2] - one[0] == one[3] - one[1]]
    values = np.array(types)
    y, m = values[:, :4].reshape(-1, 2, 2).astype(float), values[:, 4:]
    population = Population(populations.random_shares(rng, len(types)), y, m)
    assert population.acme(0) == pytest.approx(population.acme(1), abs=ROUNDING)
    held = populations.mediator_set(population) * rng.uniform(0.5, 2.0, size=(1, 2, 1))
    (found,) = parallel_effect(populations.as_tally(populations.observed(population), held))
    np.testing.assert_allclose(found, [population.acme(0), population.acme(1)], rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("seed", SEEDS)
def test_crossover_encouragement_design(seed):
    """Types also say whether the encouragement after first treatment t would move the unit's mediator."""
    rng = np.random.default_rng(seed)
    types = np.array(list(product((0, 1), repeat=8)))
    y, m, moves = types[:, :4].reshape(-1, 2, 2).astype(float), types[:, 4:6], types[:, 6:]
    population = Population(rng.dirichlet(np.full(256, 0.5)), y, m)
    shares = np.zeros((2, 2, 2, 2, 2))  # t, m1, m2, v, y
    for t, v in product((0, 1), repeat=2):
        first, second = m[:, t], m[:, 1 - t]
        reached = np.where((v == 1) & (moves[:, t] == 1), first, second)
        outcome = population.reached(1 - t, reached).astype(int)
        np.add.at(shares, (t, first, reached, v, outcome), population.share * (0.4 if v else 0.6))
    (found,) = crossover_effects(populations.as_tally(shares))
    pliable = [(m[:, 0] != m[:, 1]) & (moves[:, t] == 1) for t in (0, 1)]
    truth = [population.acme(0, pliable[1]), population.acme(1, pliable[0])]
    np.testing.assert_allclose(found, truth, rtol=0, atol=ROUNDING)


def test_delta_method_is_the_variance_of_the_estimates():
    """4000 samples of 400 rows; the outcome varies differently in each cell."""
    rng = np.random.default_rng(7)
    samples, rows = 4000, 400
    levels, spread = rng.normal(1.0, 1.0, size=(2, 3)), rng.uniform(0.5, 2.0, size=(2, 3))
    chances = np.array([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]])
    estimates, variances = np.empty((samples, 2)), np.empty((samples, 2))
    for k in range(samples):
        t = (np.arange(rows) % 3 > 0).astype(float)
        m = (rng.random((rows, 1)) > chances.cumsum(axis=1)[t.astype(int)][:, :2]).sum(axis=1).astype(float)
        where = t.astype(int), m.astype(int)
        y = levels[where] + spread[where] * rng.normal(size=rows)
        table = table_of([t, m], [(0, 1), (0, 1, 2)], y)
        counted = tally(table)
        estimates[k] = sequential_effects(counted)[0]
        variances[k] = sequential_variances(
            counted, group_variances(table.cells, 6, y).reshape(2, 3), group_variances(table.cells // 3, 2, y)
        )
    truth = [(chances[1] - chances[0]) @ levels[t] for t in (0, 1)]
    error = estimates.std(axis=0, ddof=1)
    assert (np.abs(estimates.mean(axis=0) - truth) < 4 * error / np.sqrt(samples)).all()
    # A variance of 4000 normal draws has a relative error of 2.2 per cent.
    np.testing.assert_allclose(variances.mean(axis=0), error**2, rtol=0.09)


def test_a_category_absent_from_an_arm_leaves_one_effect_undefined():
    counts = np.array([[[10.0, 0.0], [6.0, 4.0]]])
    found = sequential_effects(Tally(counts, counts * 2.0))
    assert np.isnan(found[0, 0])
    assert np.isfinite(found[0, 1])
