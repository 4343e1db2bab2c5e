"""Rubin's rules against R's arithmetic, and where they have no variance to combine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pymediation as pm

CASES = json.loads((Path(__file__).parent / "r" / "rubin.json").read_text(encoding="utf-8"))
# The file has 15 digits; the quantile of t is inverted to about as many.
TOLERANCE = 1e-12


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"m={len(case['Q'])}")
def test_rules_are_those_of_r(case: dict[str, Any]) -> None:
    complete = np.inf if case["complete"] is None else case["complete"]
    found = pm.rubins_rules(case["Q"], case["U"], case["level"], complete)
    for part in ("estimate", "within", "between", "total", "df", "riv", "fmi", "lower", "upper", "p_value"):
        assert getattr(found, part) == pytest.approx(case[part], rel=TOLERANCE), part
    assert found.std_error == pytest.approx(np.sqrt(case["total"]), rel=TOLERANCE)
    assert found.ci.level == case["level"]


def test_data_sets_that_agree_leave_the_normal_distribution() -> None:
    found = pm.rubins_rules([2.0, 2.0], [1.0, 1.0])
    assert (found.df, found.between, found.riv, found.fmi) == (np.inf, 0, 0, 0)
    assert found.upper == pytest.approx(2 + 1.959963984540054, rel=TOLERANCE)
    assert found.p_value == pytest.approx(0.04550026389635842, rel=TOLERANCE)


def test_with_known_degrees_of_freedom_these_are_an_upper_bound() -> None:
    agree = pm.rubins_rules([2.0, 2.0], [1.0, 1.0], df_complete=10)
    assert agree.df == pytest.approx(11 / 13 * 10, rel=TOLERANCE)
    differ = pm.rubins_rules([1.0, 3.0], [1.0, 1.0], df_complete=10)
    assert differ.df < agree.df


@pytest.mark.parametrize(("estimate", "p_value"), [(0.0, 1.0), (1.0, 0.0)])
def test_no_variance_at_all(estimate: float, p_value: float) -> None:
    found = pm.rubins_rules([estimate] * 3, [0.0] * 3)
    assert (found.p_value, found.lower, found.upper) == (p_value, estimate, estimate)


def test_variance_between_data_sets_alone() -> None:
    found = pm.rubins_rules([1.0, 2.0, 3.0], [0.0] * 3)
    assert (found.riv, found.fmi, found.df) == (np.inf, 1.0, 2.0)
    assert np.isfinite([found.lower, found.upper, found.p_value]).all()


@pytest.mark.parametrize(("estimates", "variances"), [([1.0], [1.0]), ([1, 2], [1]), ([[1, 2]], [[1, 2]])])
def test_refused(estimates: Any, variances: Any) -> None:
    with pytest.raises(pm.ArgumentError, match="two or more"):
        pm.rubins_rules(estimates, variances)


def test_refused_levels_and_degrees_of_freedom() -> None:
    with pytest.raises(pm.ArgumentError, match=r"0\.95"):
        pm.rubins_rules([1, 2], [1, 1], conf_level=95)
    for df in (0, -3, np.nan):
        with pytest.raises(pm.ArgumentError, match="df_complete"):
            pm.rubins_rules([1, 2], [1, 1], df_complete=df)
