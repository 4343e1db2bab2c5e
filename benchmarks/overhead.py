"""What small calls, random numbers and imports cost."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import warnings

import numpy as np
from studies import SEED, linear
from tasks import MEDIATE
from timing import environment, seconds_of

__all__ = ["overhead_and_imports"]


def overhead_and_imports() -> list[tuple[str, float, str]]:
    """Return what small calls, streams and imports cost, as (what, value, unit)."""
    from pymediation import RStream

    numpy_generator, size = np.random.default_rng(SEED), 1_000_000
    r_normals = seconds_of(lambda: RStream(SEED).normal(size=size), 5)
    numpy_normals = seconds_of(lambda: numpy_generator.standard_normal(size), 5)
    empty, libraries, peer, ours = map(
        _import_seconds, ("", "import pandas, scipy.special", "import statsmodels.api", "import pymediation")
    )
    return [
        ("one call of `mediate`: 100 rows, two linear models, 10 draws", 1e3 * _small_call(), "ms"),
        ("a normal number of R's stream", 1e9 * r_normals / size, "ns"),
        ("the same in numbers of NumPy's generator", r_normals / numpy_normals, "times"),
        ("`import pymediation`", ours - empty, "s"),
        ("of these pandas and SciPy", libraries - empty, "s"),
        ("`import statsmodels.api`, for comparison", peer - empty, "s"),
    ]


def _small_call() -> float:
    """Time a call in which nearly everything is overhead."""
    from pymediation import RStream

    study = linear(100, 2, interaction=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return seconds_of(lambda: MEDIATE.run(study, 10, RStream(SEED), {}), 21)


def _import_seconds(code: str) -> float:
    """Return the median processor seconds that a fresh interpreter takes for a statement and to start."""
    command = [sys.executable, "-c", code]
    taken = []
    for _ in range(5):
        start = _seconds_of_children()
        subprocess.run(command, check=True, env=environment())
        taken.append(_seconds_of_children() - start)
    return statistics.median(taken)


def _seconds_of_children() -> float:
    """Return the processor seconds of all processes that were started here."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
