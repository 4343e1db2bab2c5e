"""Where R returns a wrong number: both settings of `compat`, each against a computation of its own."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri

import pymediation as pm
import pymediation.r as R
from pymediation.compat import ROWS

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "docs" / "differences-from-r.md"
BY_HAND = json.loads((HERE / "r" / "differences.json").read_text(encoding="utf-8"))
SIMS = BY_HAND["sims"]
EFFECTS = ("d0", "d1", "z0", "z1")

# The draws are R's; what remains is rounding in fits and means.
EXACT = 1e-9
# The smallest difference between right and wrong among the rows is 1e-5.
VISIBLE = 1e-6

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


def jobs() -> pd.DataFrame:
    """Return the data with the columns that differences.R derives."""
    data = R.data("jobs")
    data["cnt"] = np.floor(2 * data["depress2"])
    data["exposure"] = data["age"] / 10
    data["emp"] = (data["work1"] == "psyemp").astype(float)
    data["w"] = data["econ_hard"]
    return data


def transformed_terms(compat: str) -> Any:
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data)
    out = R.lm("depress2 ~ treat + job_seek + I(job_seek^2) + econ_hard", data)
    R.set_seed(1)
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=SIMS, compat=compat)


def offsets(compat: str) -> Any:
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data)
    out = R.glm("cnt ~ treat + job_seek + econ_hard + offset(log(exposure))", R.poisson, data)
    R.set_seed(2)
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=SIMS, compat=compat)


def contrasts(compat: str) -> Any:
    data, sums = jobs(), {"control": "contr.sum"}
    med = R.lm("job_seek ~ control + econ_hard", data, contrasts=sums)
    out = R.lm("depress2 ~ control + job_seek + econ_hard", data, contrasts=sums)
    levels = {"control_value": "control", "treat_value": "treat"}
    R.set_seed(3)
    return pm.mediate(med, out, treat="control", mediator="job_seek", sims=SIMS, compat=compat, **levels)


def cluster_weights(compat: str) -> Any:
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data, weights="w")
    out = R.glm("emp ~ treat + job_seek + econ_hard", R.binomial("probit"), data, weights="w")
    R.set_seed(4)
    return pm.mediate(
        med, out, treat="treat", mediator="job_seek", sims=SIMS, cluster=data["occp"], compat=compat
    )


def hidden_interaction(compat: str) -> Any:
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data)
    out = R.lm("depress2 ~ treat + job_seek + I(treat * job_seek) + econ_hard", data)
    R.set_seed(5)
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=SIMS, boot=True, compat=compat)


def bca(compat: str) -> Any:
    data = jobs().iloc[:120]
    med, out = (
        R.lm("job_seek ~ treat + econ_hard", data),
        R.lm("depress2 ~ treat + job_seek + econ_hard", data),
    )
    R.set_seed(6)
    kind = {"boot": True, "boot_ci_type": "bca"}
    return pm.mediate(med, out, treat="treat", mediator="job_seek", sims=1000, compat=compat, **kind)


CASES: dict[str, Callable[[str], Any]] = {
    "transformed-terms": transformed_terms,
    "offsets": offsets,
    "contrasts": contrasts,
    "hidden-interaction": hidden_interaction,
    "cluster-weights": cluster_weights,
    "bca": bca,
}


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


def test_hidden_interaction_changes_what_is_shown_and_no_number():
    wrong, right = hidden_interaction("R"), hidden_interaction("fixed")
    assert (wrong.INT, right.INT) == (False, True)
    assert list(wrong.to_frame().index) == ["ACME", "ADE", "Total Effect", "Prop. Mediated"]
    assert "ACME (control)" in right.to_frame().index
    assert wrong.d0 == right.d0
    # With a product term the effects are known in closed form: δ(t) = a (b2 + b3 t).
    effect, slopes = R.coef(right.model_m)["treat"], R.coef(right.model_y)
    product = slopes["I(treat * job_seek)"]
    np.testing.assert_allclose(right.d0, effect * slopes["job_seek"], rtol=EXACT)
    np.testing.assert_allclose(right.d1, effect * (slopes["job_seek"] + product), rtol=EXACT)
    assert abs(right.d1 - right.d0) > VISIBLE


def corrected(draws: np.ndarray, centre: float, influence: np.ndarray) -> np.ndarray:
    """Return the bias-corrected and accelerated interval of Efron (1987)."""
    acceleration = np.sum(influence**3) / (6 * np.sum(influence**2) ** 1.5)
    z = ndtri(np.mean(draws < centre))
    shifted = z + ndtri([0.025, 0.975])
    return np.quantile(draws, ndtr(z + shifted / (1 - acceleration * shifted)))


def test_bca_of_r_takes_centre_and_acceleration_from_the_draws():
    result = bca("R")
    draws = result.d0_sims
    expected = corrected(draws, draws.mean(), draws.mean() - draws)
    np.testing.assert_allclose(np.asarray(result.d0_ci), expected, rtol=EXACT)


def left_out_effects(data: pd.DataFrame) -> np.ndarray:
    """Return the product of coefficients a b without each row in turn."""
    one = np.ones(len(data))
    X = np.column_stack([one, data["treat"], data["econ_hard"]])
    Z = np.column_stack([one, data["treat"], data["job_seek"], data["econ_hard"]])
    m, y = data["job_seek"].to_numpy(), data["depress2"].to_numpy()
    effects = []
    for i in range(len(data)):
        rest = np.arange(len(data)) != i
        a = np.linalg.lstsq(X[rest], m[rest], rcond=None)[0][1]
        effects.append(a * np.linalg.lstsq(Z[rest], y[rest], rcond=None)[0][2])
    return np.array(effects)


def test_bca_of_the_textbook_takes_them_from_estimate_and_jackknife():
    result, wrong = bca("fixed"), bca("R")
    left_out = left_out_effects(jobs().iloc[:120])
    expected = corrected(result.d0_sims, result.d0, left_out.mean() - left_out)
    np.testing.assert_allclose(np.asarray(result.d0_ci), expected, rtol=EXACT)
    assert np.max(np.abs(np.asarray(result.d0_ci) - np.asarray(wrong.d0_ci))) > VISIBLE


def test_the_dialect_returns_the_number_of_r():
    data = jobs()
    med = R.lm("job_seek ~ treat + econ_hard", data)
    out = R.lm("depress2 ~ treat + job_seek + I(job_seek^2) + econ_hard", data)
    R.set_seed(1)
    assert R.mediate(med, out, treat="treat", mediator="job_seek", sims=SIMS).d0 == transformed_terms("R").d0
