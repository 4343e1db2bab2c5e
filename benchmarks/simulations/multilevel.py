"""Bias and coverage of effects in grouped data.

Pupils of 40 schools, 15 each. Mediator and outcome have intercepts that vary between schools, and the effect
of the mediator varies: the mediation effect is 0.5 x 0.4 on average and 0.5 x (0.4 + w) in a school, w with
standard deviation 0.3. The treatment is given to pupils, or to whole schools. Compared are mixed models,
ordinary ones with cluster covariance, and ordinary ones with resampled schools and with resampled pupils.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import pymediation as pm
import pymediation.r as R
from simulations import Cell

SCHOOLS, PUPILS, DRAWS = 40, 15, 300
MEDIATOR, OUTCOME, SPREAD = 0.5, 0.4, 0.3


def sample(
    rng: np.random.Generator, schools: int, pupils: int, *, of_schools: bool
) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Draw pupils of schools, and the true mediation effect in each school."""
    school = np.repeat(np.arange(schools), pupils)
    t = rng.permutation(np.arange(schools) % 2)[school] if of_schools else rng.integers(0, 2, school.size)
    u, v = (0.5 * rng.normal(size=schools)[school] for _ in range(2))
    w = SPREAD * rng.normal(size=schools)
    m = MEDIATOR * t + u + rng.normal(size=school.size)
    y = 0.2 * t + (OUTCOME + w[school]) * m + v + rng.normal(size=school.size)
    return pd.DataFrame({"school": school, "t": t.astype(float), "m": m, "y": y}), MEDIATOR * (OUTCOME + w)


def analysed(data: pd.DataFrame, seed: int) -> dict[str, pm.MediationResult]:
    """Analyse a sample in four ways."""
    given: dict[str, Any] = {"treat": "t", "mediator": "m", "sims": DRAWS, "rng": seed}
    ordinary = R.lm("m ~ t", data), R.lm("y ~ t + m", data)
    mixed = R.lmer("m ~ t + (1 | school)", data), R.lmer("y ~ t + m + (1 + m | school)", data)
    return {
        "mixed models": pm.mediate(*mixed, **given),
        "cluster covariance": pm.mediate(*ordinary, **given, cluster="school"),
        "schools resampled": pm.mediate(*ordinary, **given, boot=True, cluster="school"),
        "pupils resampled": pm.mediate(*ordinary, **given, boot=True),
    }


def simulation(runs: int, *, of_schools: bool, seed: int = 0) -> pd.DataFrame:
    """Return bias, standard deviation and coverage of the average effect, and of those in schools."""
    rng = np.random.default_rng(seed)
    found: list[tuple[str, float, float]] = []
    for _ in range(runs):
        data, truth = sample(rng, SCHOOLS, PUPILS, of_schools=of_schools)
        for name, result in analysed(data, int(rng.integers(1 << 31))).items():
            centre = MEDIATOR * OUTCOME
            found.append(
                (name, result.d_avg - centre, result.d_avg_ci.lower < centre < result.d_avg_ci.upper)
            )
            if isinstance(result, pm.MultilevelResult):
                lower, upper = result.d_avg_ci_group.T
                inside = float(np.mean((lower < truth) & (truth < upper)))
                found.append((f"{name}, a school", float(np.mean(result.d_avg_group - truth)), inside))
    table = pd.DataFrame(found, columns=["analysis", "error", "covered"]).groupby("analysis", sort=False)
    return pd.DataFrame(
        {"bias": table.error.mean(), "sd": table.error.std(), "coverage": table.covered.mean()}
    )


def simulated(runs: int) -> Iterator[Cell]:
    """Yield bias, standard deviation and coverage of each analysis, for both kinds of treatment."""
    for of_schools in (False, True):
        who = "schools" if of_schools else "pupils"
        for analysis, row in simulation(runs, of_schools=of_schools).iterrows():
            for column, value in row.items():
                yield f"{analysis}", f"{who}: {column}", float(value)
