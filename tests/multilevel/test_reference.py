"""``mediate`` with mixed models against recorded runs of R: draws, effects by group, texts."""

from __future__ import annotations

import mixed_cases
import numpy as np
import pytest
from mixed_cases import CASES, EFFECTS

# The draws are R's; what remains is rounding in sums.
EXACT = 1e-12
# lmer stops short of the maximum by about 1e-6 of a standard error, more where the fit is singular.
LMER = 1e-5
# glmer by more, in units of an effect's standard deviation.
GLMER = 1e-3

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def numbers(case: dict) -> dict[str, np.ndarray]:
    """Return what R recorded by our names."""
    left_out = ("fit", "model", "summary", "group_first_appearance", "seed", "call")
    kept = {key: value for key, value in case.items() if not any(word in key for word in left_out)}
    return {key.replace(".", "_"): np.asarray(value, dtype=float) for key, value in kept.items()}


@pytest.mark.parametrize("name", CASES)
def test_ingredients_of_r_give_numbers_of_r(name):
    result, expected = mixed_cases.result(name), numbers(CASES[name])
    assert len(expected) > 30
    for key, value in expected.items():
        found = np.asarray(result[key], dtype=float)
        found = found.T if key.endswith("ci_group") else found[:10] if key.endswith("_sims") else found
        np.testing.assert_allclose(found.ravel(), value.ravel(), rtol=0, atol=EXACT, err_msg=key)
    assert [str(group) for group in result.groups] == CASES[name]["group_first_appearance"]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    ("output", "key"),
    [("default", "summary"), ("byeffect", "summary_byeffect"), ("bygroup", "summary_bygroup")],
)
def test_text_is_that_of_r(name, output, key):
    lines = str(mixed_cases.result(name).summary(output=output)).split("\n")
    expected = CASES[name][key]
    assert lines[: len(expected)] == expected
    assert output == "bygroup" or len(lines) == len(expected)


@pytest.mark.parametrize("name", CASES)
def test_our_fits_give_effects_of_r(name):
    case = CASES[name]
    models = tuple(mixed_cases.fitted(case[f"{role}_model"]) for role in ("mediator", "outcome"))
    result = mixed_cases.run(name, models)
    linear = "glmer" not in case["mediator_model"] + case["outcome_model"]
    for effect in ("d0", "d1", "z0", "z1", "tau_coef"):
        spread = 1 if linear else np.std(result["tau_sims" if effect == "tau_coef" else f"{effect}_sims"])
        gap = abs(result[effect] - case[effect.replace("_", ".")])
        assert gap < (LMER if linear else GLMER * spread), effect


def test_the_right_numbers_differ_from_those_of_r_in_labels_only():
    for name in CASES:
        wrong, right = mixed_cases.result(name), mixed_cases.result(name, "fixed")
        assert [wrong[effect] for effect in EFFECTS] == [right[effect] for effect in EFFECTS]
        np.testing.assert_array_equal(wrong.d0_group, right.d0_group)
        assert right.group_labels == tuple(CASES[name]["group_first_appearance"])
        assert wrong.group_labels == tuple(sorted(right.group_labels))


def test_results_do_not_depend_on_threads():
    case = CASES["lmer_lmer_slope"]
    models = tuple(
        mixed_cases.from_ingredients(case[f"{role}_model"], case[f"{role}_fit"])
        for role in ("mediator", "outcome")
    )
    one, two = (mixed_cases.run("lmer_lmer_slope", models, n_jobs=jobs) for jobs in (1, 2))
    np.testing.assert_array_equal(one.d0_sims_group, two.d0_sims_group)
