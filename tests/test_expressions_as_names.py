"""Treatments named by an expression, and formulas whose factors hold lists."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import statsmodels.formula.api as smf

import pymediation as pm
import pymediation.r as R

# Two parametrisations of one model: rounding only.
TOLERANCE = 1e-11


@pytest.fixture
def jobs() -> pd.DataFrame:
    data = pm.datasets.load_jobs()
    data["standardised"] = (data["econ_hard"] - data["econ_hard"].mean()) / data["econ_hard"].std()
    data["side"] = data["occp"].astype(str).map(lambda name: "lo" if name < "f" else "hi")
    return data


def run(fits: tuple[Any, Any], treat: str, **options: Any) -> pm.MediationResult:
    return pm.mediate(*fits, treat=treat, mediator="job_seek", sims=600, rng=pm.RStream(1), **options)


@pytest.mark.parametrize("boot", [False, True])
def test_a_rescaled_treatment_steps_in_its_own_units(jobs: pd.DataFrame, boot: bool) -> None:
    def fits(name: str) -> tuple[Any, Any]:
        return R.lm(f"job_seek ~ {name} + age", jobs), R.lm(f"depress2 ~ {name} + job_seek + age", jobs)

    expression = run(fits("scale(econ_hard)"), "scale(econ_hard)", boot=boot)
    column = run(fits("standardised"), "standardised", boot=boot)
    assert expression.d0 == pytest.approx(column.d0, rel=TOLERANCE)
    assert expression.z0_ci.upper == pytest.approx(column.z0_ci.upper, rel=TOLERANCE)


def test_lists_inside_a_factor_are_no_subsetting(jobs: pd.DataFrame) -> None:
    side = "C(side, levels=['lo', 'hi'])"
    fits = (
        smf.ols(f"job_seek ~ treat + {side}", jobs).fit(),
        smf.ols(f"depress2 ~ treat * job_seek + {side}", jobs).fit(),
    )
    assert run(fits, "treat").INT
