"""Random populations of potential outcomes, what experiments show of them, and their true effects.

A population is a distribution over types: every combination of values of the potential variables. Shares of
types stand for counts of rows, so that estimates of the population have no sampling error.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from pymediation.experiments.cells import Tally

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """Shares of types, and the values of each type's potential variables.

    Attributes
    ----------
    share : ndarray, shape (K,)
    y : ndarray, shape (K, 2, 2)
        Y(t, m).
    m : ndarray of int, shape (K, 2) or (K, 2, 3)
        M(t), or M(t, z) for encouragements -1, 0, 1.
    """

    share: FloatArray
    y: FloatArray
    m: NDArray[np.int64]

    def reached(self, t: int, m: NDArray[np.int64]) -> FloatArray:
        """Return Y(t, m) at each type's own m."""
        return self.y[np.arange(len(self.y)), t, m]

    def acme(self, t: int, among: NDArray[np.bool_] | None = None) -> float:
        """Return the average of Y(t, M(1)) - Y(t, M(0)), in the population or a part of it."""
        m = self.m if self.m.ndim == 2 else self.m[:, :, 1]
        effect = self.reached(t, m[:, 1]) - self.reached(t, m[:, 0])
        share = self.share if among is None else self.share * among
        return float((share * effect).sum() / share.sum())


def random_shares(rng: np.random.Generator, types: int) -> FloatArray:
    """Return random shares: of many types or of few."""
    return rng.dirichlet(np.full(types, rng.choice([0.02, 0.1, 1.0])))


def binary_population(rng: np.random.Generator) -> Population:
    """Return a population with binary Y(t, m) and M(t), dependent in any way."""
    types = np.array(list(product((0, 1), repeat=6)))
    return Population(random_shares(rng, 64), types[:, :4].reshape(-1, 2, 2).astype(float), types[:, 4:])


def encouraged_population(rng: np.random.Generator) -> Population:
    """Return a population whose mediator M(t, z) never falls with the encouragement z."""
    responses = np.array([[0, 0, 0], [0, 0, 1], [0, 1, 1], [1, 1, 1]])
    types = np.array(list(product((0, 1), (0, 1), (0, 1), (0, 1), range(4), range(4))))
    y = types[:, :4].reshape(-1, 2, 2).astype(float)
    return Population(random_shares(rng, 256), y, responses[types[:, 4:]])


def observed(population: Population) -> FloatArray:
    """Return Pr(M = m, Y = y | T = t), shape (2, 2, 2) by t, m, y."""
    return np.stack([_by_outcome(population, t, population.m[:, t], population.share) for t in (0, 1)])


def mediator_set(population: Population) -> FloatArray:
    """Return Pr(Y = y) where T = t and M = m are set, shape (2, 2, 2) by t, m, y."""
    mean = np.einsum("k,ktm->tm", population.share, population.y)
    return np.stack([1.0 - mean, mean], axis=-1)


def encouraged(population: Population) -> FloatArray:
    """Return Pr(M = m, Y = y | T = t, Z = z), shape (2, 3, 2, 2) by t, z, m, y."""
    return np.array(
        [
            [_by_outcome(population, t, population.m[:, t, z], population.share) for z in range(3)]
            for t in (0, 1)
        ]
    )


def _by_outcome(population: Population, t: int, m: NDArray[np.int64], share: FloatArray) -> FloatArray:
    """Return shares by m and y."""
    table = np.zeros((2, 2))
    np.add.at(table, (m, population.reached(t, m).astype(int)), share)
    return table


def as_tally(*shares: FloatArray) -> Tally:
    """Return shares as the counts of one sample; several are stacked along a new first axis."""
    counts = shares[0] if len(shares) == 1 else np.stack(shares)
    return Tally(counts[np.newaxis], np.zeros((1, *counts.shape)))
