"""The design-based functions against recorded runs of R: components, printed text, stream afterwards."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from experiments import design_cases

import pymediation as pm

# Sums of a thousand doubles of size one, in another order.
TOLERANCE = 1e-12

RUNS = [name for name, case in design_cases.cases().items() if "result" in case]
FAILURES = [name for name, case in design_cases.cases().items() if "error" in case]
# Runs in which R is wrong, by the rows they meet.
WRONG = {
    "sed_si_boot": "sed-bootstrap",
    "sed_si_boot_jss": "sed-bootstrap",
    "sed_si_boot_1000": "sed-bootstrap",
    "sed_si_boot_small": "sed-bootstrap",
    "sed_si_boot_empty_cell": "sed-bootstrap",
    "pd_bounds_swapped": "pd-bounds",
    "pd_bounds_counterexample": "pd-bounds",
    "ped_infeasible": "ped-infeasible",
}

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def numbers(value: Any) -> np.ndarray:
    """Return a recorded component as an array, missing ones as NaN."""
    words = {None: np.nan, "NaN": np.nan}
    flat = np.ravel(np.array(value, dtype=object))
    return np.array(
        [words.get(one, one) if one is None or isinstance(one, str) else one for one in flat], float
    )


def test_all_runs_are_compared():
    assert set(design_cases.DATA) == set(RUNS) | set(FAILURES)
    assert (len(RUNS), len(FAILURES)) == (24, 3)


@pytest.mark.parametrize("name", RUNS)
def test_recorded_run(name):
    case = design_cases.cases()[name]
    result, stream = design_cases.call(name)
    assert list(result.keys()) == [component.replace(".", "_") for component in case["components"]]
    for component, wanted in case["result"].items():
        found = result[component.replace(".", "_")]
        if component == "design":
            assert found == wanted
        else:
            np.testing.assert_allclose(
                np.ravel(found), numbers(wanted), rtol=0, atol=TOLERANCE, err_msg=component
            )
    assert str(result.summary()) == "\n".join(case["summary"])
    assert stream.uniform()[0] == case.get("next_uniform_after_call", pm.RStream(1).uniform()[0])


@pytest.mark.parametrize("name", [name for name in RUNS if name != "sed_si_boot_small"])
def test_fixed_numbers_are_those_of_r_unless_r_is_wrong(name):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result, _ = design_cases.call(name, pm)
    told = [str(one.message) for one in caught if issubclass(one.category, pm.CompatibilityWarning)]
    assert [f"[{WRONG[name]}]" in text for text in told] == [True] if name in WRONG else told == []
    if name not in WRONG:
        assert str(result.summary()) == "\n".join(design_cases.cases()[name]["summary"])


def test_too_many_undefined_resamples_are_refused_unless_r_is_followed():
    with pytest.raises(pm.NotEstimableError, match="36 of 50 bootstrap resamples lack a value"):
        design_cases.call("sed_si_boot_small", pm)
    result, _ = design_cases.call("sed_si_boot_small")
    assert result.n_failed == 36


@pytest.mark.parametrize("name", FAILURES)
def test_what_r_refuses_is_refused(name):
    with pytest.raises(pm.ArgumentError, match=r"must take exactly the values|must hold numbers"):
        design_cases.call(name)
