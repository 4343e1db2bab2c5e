"""``mediate`` against recorded runs of R: draws, estimates, intervals, p-values and printed text."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import r_cases

import pymediation as pm

# Rounding in 64 bits, amplified by the condition of the covariance (about 1e5 at most) and, for proportions,
# by division by a total effect near zero; R agrees with itself across platforms no better.
TOLERANCE = 1e-10
# Seven clusters carry six degrees of freedom, one less than the outcome model has coefficients: the
# covariance is singular, its zero eigenvalue is rounding noise of 1e-17 and enters the draws with its square
# root.
SINGULAR_TOLERANCE = 3e-8
SINGULAR = ("jobs_cluster",)

EFFECTS = ("d0", "d1", "z0", "z1", "n0", "n1", "tau.coef", "d.avg", "z.avg", "n.avg")
FAMILIES = ("d0", "d1", "z0", "z1", "n0", "n1", "tau", "d.avg", "z.avg", "n.avg")


def run(name: str, fit: Any) -> Any:
    case, tables = r_cases.cases()[name], r_cases.data()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        models = [fit(case[model], tables) for model in ("mediator_model", "outcome_model")]
        options = r_cases.arguments(case["call"], tables)
        return pm.mediate(*models, rng=pm.RStream(case["seed"]), compat="R", **options)


@pytest.fixture(scope="module", params=["statsmodels", "dialect"])
def fit(request: pytest.FixtureRequest) -> Any:
    return {"statsmodels": r_cases.fit_statsmodels, "dialect": r_cases.fit_dialect}[request.param]


@pytest.mark.parametrize("name", sorted(r_cases.cases()))
def test_recorded_run(name: str, fit: Any) -> None:
    expected, result = r_cases.cases()[name], run(name, fit)
    tolerance = SINGULAR_TOLERANCE if name in SINGULAR else TOLERANCE
    close = {"rtol": tolerance, "atol": tolerance}
    for component in ("d0", "d1", "z0", "z1"):
        key = f"{component}.sims"
        np.testing.assert_allclose(result[key.replace(".", "_")][:12], expected[key], err_msg=key, **close)
    for component in EFFECTS:
        np.testing.assert_allclose(
            result[component.replace(".", "_")], expected[component], err_msg=component, **close
        )
    for component in FAMILIES:
        key = f"{component}.ci".replace(".", "_")
        np.testing.assert_allclose(np.asarray(result[key]), expected[f"{component}.ci"], err_msg=key, **close)
        assert result[f"{component}.p".replace(".", "_")] == pytest.approx(
            expected[f"{component}.p"], abs=1e-12
        )
    assert expected["INT"] == result.INT
    assert result.nobs == expected["nobs"]
    assert str(result.summary()) == "\n".join(expected["summary"])
