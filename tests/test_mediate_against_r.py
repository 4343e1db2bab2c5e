"""``mediate`` against recorded runs of R: draws, estimates, intervals, p-values and printed text."""

from __future__ import annotations

import re
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
# R's survreg stops up to 2e-9 short of the maximum, where our fits go.
SURVIVAL_TOLERANCE = 1e-8
# The last line search of R's polr ends where the last digit of its likelihood decides.
ORDERED_TOLERANCE = 1e-8
# In proportions that is divided by total effects near zero.
SURVIVAL_RATIO_TOLERANCE = 1e-7
RATIOS = ("n0", "n1", "n.avg")
# Weibull, lognormal and loglogistic outcomes, the bootstrap of one, and a Weibull mediator.
SURVIVAL_RUNS = 5
NUMBER = re.compile(r"-?\d+\.\d+")


def run(name: str, fit: Any) -> Any:
    case, tables = r_cases.cases()[name], r_cases.data()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        models = [fit(case[model], tables) for model in ("mediator_model", "outcome_model")]
        options = r_cases.arguments(case["call"], tables)
        return pm.mediate(*models, rng=pm.RStream(case["seed"]), compat="R", **options)


FITS = {
    "statsmodels": r_cases.fit_statsmodels,
    "dialect": r_cases.fit_dialect,
    "lifelines": r_cases.fit_lifelines,
}
RUNS = [(name, interface) for interface in FITS for name in r_cases.names(interface)]


def test_every_recorded_run_is_compared() -> None:
    assert set(r_cases.names("dialect")) == set(r_cases.cases())


def test_every_survival_model_that_lifelines_has_is_compared() -> None:
    assert len(r_cases.names("lifelines")) == SURVIVAL_RUNS


@pytest.mark.parametrize(("case", "interface"), RUNS)
def test_recorded_run(case: str, interface: str) -> None:
    if interface == "lifelines":
        pytest.importorskip("lifelines")
    expected, result = r_cases.cases()[case], run(case, FITS[interface])
    tolerance = SURVIVAL_TOLERANCE if "survreg" in case else TOLERANCE
    tolerance = ORDERED_TOLERANCE if "polr_outcome" in case else tolerance
    tolerance = SINGULAR_TOLERANCE if case in SINGULAR else tolerance
    present = [name for name in expected if name.replace(".", "_") in result]
    assert {"d0", "tau.coef", "d1.ci", "z0.p", "z1.sims"} <= set(present)
    for name in present:
        if name in ("INT", "nobs", "call"):
            continue
        found = np.ravel(np.asarray(result[name.replace(".", "_")]), order="F")
        wanted = np.atleast_1d(expected[name])
        near = SURVIVAL_RATIO_TOLERANCE if "survreg" in case and name.startswith(RATIOS) else tolerance
        np.testing.assert_allclose(found[: wanted.size], wanted, rtol=near, atol=near, err_msg=name)
    assert expected["INT"] == result.INT
    assert result.nobs == expected["nobs"]
    text, wanted = str(result.summary()), "\n".join(expected["summary"])
    if "survreg" in case:  # the eighth digit of an interval may be what R stops short of
        assert NUMBER.sub("#", text) == NUMBER.sub("#", wanted)
        shown = [np.array(NUMBER.findall(one), dtype=float) for one in (text, wanted)]
        np.testing.assert_allclose(*shown, rtol=SURVIVAL_RATIO_TOLERANCE)
    else:
        assert text == wanted
