"""``medsens`` against recorded runs of R: all components, the printed text and the stream afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from sensitivity import sens_cases

# Rounding in 64 bits; iterations stop while coefficients still move, but R's and ours at the same step.
TOLERANCE = 1e-10
# Means of ratios to total effects, some of them near zero: relative.
RATIO_TOLERANCE = 1e-10
# Levels and clusters are compared by what they do.
NOT_NUMBERS = ("cluster",)

RUNS = [(name, interface) for name in sens_cases.cases() for interface in ("dialect", "statsmodels")]


def test_all_forty_runs_are_compared():
    assert len(sens_cases.cases()) == 40


@pytest.mark.parametrize(("name", "interface"), RUNS)
def test_recorded_run(name, interface):
    case = sens_cases.cases()[name]
    sens, stream = sens_cases.run(name, interface)
    for component, wanted in case["result"].items():
        found = sens[component]
        if isinstance(wanted, str | bool):
            assert found == wanted, component
        elif component not in NOT_NUMBERS and wanted is not None and component not in nothing(case):
            expected = np.ravel(np.array(wanted, dtype=float))
            near = RATIO_TOLERANCE if "nu" in component else TOLERANCE
            atol = 0 if "nu" in component else near
            np.testing.assert_allclose(np.ravel(found), expected, rtol=near, atol=atol, err_msg=component)
    for component in nothing(case):
        assert sens[component] is None, component
    if "summary_text" in case:
        assert str(sens.summary()) == case["summary_text"]
    assert stream.uniform()[0] == case["next_runif"]


def nothing(case):
    """Return the components that R has as NULL or that hold nothing but NA."""
    return {*case["result_null"], *case["result_all_missing"]} - set(NOT_NUMBERS)
