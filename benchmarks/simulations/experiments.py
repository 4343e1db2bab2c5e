"""Experimental designs: how often their intervals cover what they are for, and how long they take.

Units are drawn from populations of known potential outcomes. Intervals of estimates are to cover the effect;
those of bounded effects are to cover it wherever it is between the bounds, which is hardest at the bounds
themselves, so these are what is counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import pymediation as pm
from simulations import Cell

ROWS, SIMS, EXACT_ROWS = 800, 500, 200_000
RESPONSES = np.array([[0, 0, 0], [0, 0, 1], [0, 1, 1], [1, 1, 1]])
TYPES = np.array(list(product((0, 1), (0, 1), (0, 1), (0, 1), range(4), range(4))))
ARMS = {"0": "control", "1": "treated"}
SHARES = np.random.default_rng(5).dirichlet(np.full(len(TYPES), 0.5))


@dataclass(frozen=True, slots=True)
class Case:
    """A design, the data of one experiment, and the analysis of them."""

    label: str
    data: Callable[[int, np.random.Generator], pd.DataFrame]
    analyse: Callable[[pd.DataFrame, Any], Any]


def single(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw a mediator of four values, independent of the potential outcomes, which lie around 5."""
    t = rng.integers(0, 2, n)
    m = rng.binomial(3, np.where(t == 1, 0.6, 0.4))
    return pd.DataFrame({"t": t, "m": m, "y": 5 + 0.3 * t + 0.4 * m + 0.2 * t * m + rng.normal(size=n)})


def units(n: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Draw units: a function of (t, m) for their outcomes, and one of (t, z) for their mediators."""
    drawn, k = TYPES[rng.choice(len(TYPES), n, p=SHARES)], np.arange(n)
    y = drawn[:, :4].reshape(n, 2, 2)
    return (lambda t, m: y[k, t, m]), (lambda t, z: RESPONSES[drawn[k, 4 + t], z + 1])


def observed(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw an experiment that randomises the treatment."""
    outcome, mediator = units(n, rng)
    t = rng.integers(0, 2, n)
    m = mediator(t, 0)
    return pd.DataFrame({"t": t, "m": m, "y": outcome(t, m)})


def parallel(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw an experiment in half of which the mediator is set."""
    outcome, mediator = units(n, rng)
    t, d = rng.integers(0, 2, n), rng.integers(0, 2, n)
    m = np.where(d == 1, rng.integers(0, 2, n), mediator(t, 0))
    return pd.DataFrame({"t": t, "m": m, "y": outcome(t, m), "d": d})


def encouraged(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw an experiment that encourages the mediator."""
    outcome, mediator = units(n, rng)
    t, z = rng.integers(0, 2, n), rng.integers(-1, 2, n)
    m = mediator(t, z)
    return pd.DataFrame({"t": t, "m": m, "y": outcome(t, m), "z": z})


def crossover(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw two rounds; those who comply with encouragement do so whatever their type."""
    outcome, mediator = units(n, rng)
    t, v, complies = (rng.integers(0, 2, n) for _ in range(3))
    m1 = mediator(t, 0)
    m2 = np.where(v * complies == 1, m1, mediator(1 - t, 0))
    return pd.DataFrame({"t": t, "m1": m1, "m2": m2, "v": v, "y": outcome(1 - t, m2)})


def ignorable(**options: Any) -> Callable[[pd.DataFrame, Any], Any]:
    """Return the analysis of a single experiment under sequential ignorability."""
    return lambda data, rng: pm.mediate_sed("y", "m", "t", data, True, SIMS, rng=rng, **options)


CI: dict[str, Any] = {"bounds_ci": True, "sims": SIMS}
CASES = (
    Case("single, delta method", single, ignorable()),
    Case("single, bootstrap", single, ignorable(boot=True)),
    Case("single, R's bootstrap", single, ignorable(boot=True, compat="R")),
    Case("single, bounds", observed, lambda d, rng: pm.mediate_sed("y", "m", "t", d, rng=rng, **CI)),
    Case(
        "parallel, bounds",
        parallel,
        lambda d, rng: pm.mediate_pd("y", "m", "t", "d", d, False, rng=rng, **CI),
    ),
    Case(
        "encouragement, bounds",
        encouraged,
        lambda d, rng: pm.mediate_ped("y", "m", "t", "z", d, rng=rng, **CI),
    ),
    Case("crossover", crossover, lambda d, rng: pm.mediate_ced("y", "m1", "m2", "t", "v", d, SIMS, rng=rng)),
)


def targets(case: Case) -> dict[str, list[float]]:
    """Return what the intervals are to cover: estimates or bounds from very many units."""
    result = case.analyse(case.data(EXACT_ROWS, np.random.default_rng(0)), 0)
    if isinstance(result, pm.DesignEstimates):
        return {name: [effect.estimate] for name, effect in result.effects.items()}
    return {name: [*bounds] for name, bounds in result.bounds.items()}


def intervals(result: Any) -> dict[str, Any]:
    """Return the intervals of a result."""
    found = result.effects if isinstance(result, pm.DesignEstimates) else result.bounds
    return {name: one.ci for name, one in found.items()}


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the intervals of a design covered.

    Attributes
    ----------
    hits : dict of str to ndarray
        Counts by effect: one, or one for each of two bounds.
    done : int
        Experiments that were counted: data that contradict the assumptions have no bounds.
    ms : float
        What an analysis took on average.
    """

    hits: dict[str, NDArray[np.float64]]
    done: int
    ms: float


def covered(case: Case, runs: int) -> Coverage:
    """Analyse experiments of one design and count the intervals that cover."""
    rng, wanted = np.random.default_rng(1), targets(case)
    hits = {name: np.zeros(len(values)) for name, values in wanted.items()}
    done, taken = 0, 0.0
    for run in range(runs):
        data, start = case.data(ROWS, rng), time.perf_counter()
        found = intervals(case.analyse(data, run))
        taken += time.perf_counter() - start
        if not all(np.isfinite([*ci]).all() for ci in found.values()):
            continue
        done += 1
        for name, values in wanted.items():
            hits[name] += [found[name].lower <= value <= found[name].upper for value in values]
    return Coverage(hits, done, 1000 * taken / runs)


def simulated(runs: int) -> Iterator[Cell]:
    """Yield how often the intervals of each design cover, and how long an analysis takes."""
    for case in CASES:
        counted = covered(case, runs)
        for name, hit in counted.hits.items():
            row, arm = case.label + (" among compliers" if name.endswith("_p") else ""), ARMS[name[1]]
            ends = ("",) if hit.size == 1 else (": lower", ": upper")
            for end, rate in zip(ends, hit / counted.done, strict=True):
                yield f"{row}{end}", arm, float(rate)
                if arm == "control":
                    yield f"{row}{end}", "data sets", float(counted.done)
                    yield f"{row}{end}", "ms", counted.ms
