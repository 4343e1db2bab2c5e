"""``mediate`` against short runs of R on the jobs data, printed to twelve digits."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pymediation as pm
import pymediation.r as R

# The anchors are printed to 12 or 13 significant digits.
TOLERANCE = 1e-11

LINEAR_M = "job_seek ~ treat + econ_hard + sex + age"
BINARY_M = "job_dich ~ treat + econ_hard + sex + age"
PLAIN_Y = "{y} ~ treat + {m} + econ_hard + sex + age"
CROSSED_Y = "{y} ~ treat*{m} + econ_hard + sex + age"

# seed, mediator, outcome formula, outcome, families, options; first two d0_sims, d0, z1, tau_coef
ANCHORS: dict[str, tuple[Any, ...]] = {
    "lm lm": (
        *(101, "job_seek", PLAIN_Y, "depress2", None, None, {}),
        *(-0.02001515035, -0.0215757613179, -0.0166856610069, -0.0446394976618, -0.0613251586687),
    ),
    "lm probit, interaction": (
        *(102, "job_seek", CROSSED_Y, "work1", None, R.binomial("probit"), {}),
        *(-0.00308970474616, 0.00806635209306, 0.00374069023614, 0.0515654484178, 0.0553061386539),
    ),
    "logit logit": (
        *(103, "job_dich", PLAIN_Y, "work1", R.binomial, R.binomial, {}),
        *(0.00429171187285, 0.00239242140107, 0.00283679609196, 0.0510632323036, 0.0539000283956),
    ),
    "lm poisson": (
        *(104, "job_seek", PLAIN_Y, "cnt", None, R.poisson, {}),
        *(-0.045467200518, -0.0305112574694, -0.0325276008487, -0.0864862301373, -0.119013830986),
    ),
    "lm lm, robust": (
        *(107, "job_seek", PLAIN_Y, "depress2", None, None, {"robustSE": True}),
        *(-0.0174730548659, -0.00433237930114, -0.0177450314733, -0.0500818946631, -0.0678269261364),
    ),
    "lm probit, cluster": (
        *(108, "job_seek", PLAIN_Y, "work1", None, R.binomial("probit"), {"cluster": "occp"}),
        *(0.0008318180924, 0.00255248824573, 0.00260228639477, 0.0521458686321, 0.0547481550269),
    ),
    "lm probit, bootstrap": (
        *(109, "job_seek", PLAIN_Y, "work1", None, R.binomial("probit"), {"boot": True}),
        *(0.00669166121129, 0.00242802358511, 0.00265413909811, 0.0542492700261, 0.0569034091242),
    ),
    "logit logit, bootstrap": (
        *(110, "job_dich", PLAIN_Y, "work1", R.binomial, R.binomial, {"boot": True}),
        *(0.00297118541823, 0.00593002912304, 0.00137636885122, 0.0515543235505, 0.0529306924017),
    ),
}


def fitted(formula: str, family: Any, data: pd.DataFrame) -> Any:
    return R.lm(formula, data) if family is None else R.glm(formula, family, data)


@pytest.mark.parametrize("name", ANCHORS)
def test_anchor(name: str) -> None:
    seed, mediator, formula, outcome, family_m, family_y, options, *expected = ANCHORS[name]
    jobs = pm.datasets.load_jobs()
    jobs["cnt"] = np.floor(2 * jobs["depress2"])
    options = {key: jobs[value] if key == "cluster" else value for key, value in options.items()}
    med_fit = fitted(LINEAR_M if mediator == "job_seek" else BINARY_M, family_m, jobs)
    out_fit = fitted(formula.format(y=outcome, m=mediator), family_y, jobs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        result = pm.mediate(
            med_fit, out_fit, sims=20, treat="treat", mediator=mediator, rng=pm.RStream(seed), **options
        )
    found = [*result.d0_sims[:2], result.d0, result.z1, result.tau_coef]
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE)
