"""Where R returns a wrong number: every row of the table by both settings of `compat`.

What they return is computed in another way in the folder `differences`, or beside the function.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from differences.cases import BY_HAND, CASES, EFFECTS, EXACT, VISIBLE

import pymediation as pm
from pymediation.compat import ROWS

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "differences-from-r.md"

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def test_every_row_has_a_case_here():
    assert set(CASES) == set(ROWS)


def test_every_row_has_a_section_in_the_document():
    sections = re.findall(r"^### `([a-z-]+)`$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert sections == list(ROWS)


@pytest.mark.filterwarnings("default::pymediation.PymediationWarning")
@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize(("compat", "words"), [("fixed", "differs from R's"), ("R", "known to be wrong")])
def test_one_warning_names_the_row_and_the_remedy(row, compat, words):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        CASES[row](compat)
    (warning,) = [one for one in caught if issubclass(one.category, pm.CompatibilityWarning)]
    text = str(warning.message)
    assert words in text
    assert f"[{row}]" in text
    assert ("compat='R'" if compat == "fixed" else "compat='fixed'") in text


@pytest.mark.parametrize("compat", ["R", "fixed"])
@pytest.mark.parametrize("row", [row for row in ROWS if row in BY_HAND])
def test_equals_base_r_by_hand(row, compat):
    result, expected = CASES[row](compat), BY_HAND[row][compat]
    np.testing.assert_allclose(
        [result[name] for name in EFFECTS], [expected[name] for name in EFFECTS], rtol=EXACT
    )


@pytest.mark.parametrize("row", [row for row in ROWS if row in BY_HAND])
def test_the_two_settings_differ(row):
    wrong, right = CASES[row]("R"), CASES[row]("fixed")
    assert max(abs(wrong[name] - right[name]) for name in EFFECTS) > VISIBLE


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.startswith("medsens-") and row != "medsens-surface"]
)
def test_the_two_settings_of_a_sensitivity_analysis_differ(row):
    """What either returns is compared with recorded runs, plain algorithms and simulation beside medsens."""
    gap = CASES[row]("R").to_frame()["estimate"] - CASES[row]("fixed").to_frame()["estimate"]
    assert gap.abs().max() > VISIBLE
