"""Ordered mediators: which value of the outcome model's column a category of the mediator model is."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.miscmodels.ordinal_model import OrderedModel

import pymediation as pm

N, SIMS = 240, 300
CATEGORIES = ["low", "mid", "high"]

# The same products summed in another order.
ROUNDING = 1e-12
# Five Monte Carlo errors: other coefficients for the same model take other draws.
ERRORS = 5.0


@cache
def people() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"t": np.tile([0.0, 1.0], N // 2), "x": rng.normal(size=N)})
    data["code"] = np.digitize(data.t + 0.5 * data.x + rng.logistic(size=N), [0.0, 1.5])
    data["mood"] = pd.Categorical.from_codes(data.code, CATEGORIES, ordered=True)
    data["y"] = 0.5 * data.t + 0.6 * data.code + rng.normal(size=N)
    return data


@cache
def mood() -> Any:
    return OrderedModel.from_formula("mood ~ t + x", people()).fit(method="bfgs", disp=False)


def effects(values: Any, boot: bool, formula: str = "y ~ t * mood + x") -> pd.DataFrame:
    """Analyse an outcome model that has `values` in the column of the mediator."""
    outcome = smf.ols(formula, people().assign(mood=values)).fit()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        return pm.mediate(mood(), outcome, SIMS, boot, treat="t", mediator="mood", rng=1).to_frame()


def agree(found: pd.DataFrame, expected: pd.DataFrame, boot: bool) -> None:
    if boot:
        pd.testing.assert_frame_equal(found, expected, rtol=ROUNDING, atol=ROUNDING)
        return
    gap = (found.estimate - expected.estimate).filter(regex="ACME|ADE|Total").abs()
    assert (gap <= ERRORS * np.hypot(found.mc_error, expected.mc_error)[gap.index]).all(), gap


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize(
    "names",
    [
        pytest.param({"low": 3.0, "mid": 2.0, "high": 1.0}, id="reversed numbers"),
        pytest.param({"low": 1.0, "mid": 5.0, "high": 2.0}, id="numbers out of order"),
        pytest.param({"low": "z", "mid": "a", "high": "k"}, id="other names, sorted otherwise"),
    ],
)
def test_the_rows_tell_which_value_is_which_category(names: dict[str, Any], boot: bool) -> None:
    """Two indicators are the model of three categories, whatever these are called."""
    values = people().mood.astype(str).map(names)
    formula = "y ~ t * C(mood) + x" if isinstance(names["low"], float) else "y ~ t * mood + x"
    expected = effects(people().mood, boot)
    agree(effects(values, boot, formula), expected, boot)


@pytest.mark.parametrize("boot", [False, True])
def test_reversed_numbers_give_the_same_effects(boot: bool) -> None:
    expected = effects(people().code, boot)
    agree(effects(10 - people().code, boot), expected, boot)


@pytest.mark.parametrize("column", ["mood", "code"])
def test_categories_of_other_people_are_refused(column: str) -> None:
    shuffled = np.random.default_rng(1).permutation(people()[column].astype(str if column == "mood" else int))
    with pytest.raises(pm.DataMismatchError, match=rf"not the same units: 'mood' differs on \d+ of {N}"):
        effects(shuffled, boot=False)


def test_merged_categories_are_refused() -> None:
    with pytest.raises(pm.DataMismatchError, match=r"'mood' has fewer values.*3 categories"):
        effects((people().code > 0).astype(int), boot=False)
