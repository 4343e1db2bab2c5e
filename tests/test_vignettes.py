"""The numbers that vignettes end in, against truths, R and the paper; that they are printed is tested with
the other documents.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import r_cases
from documents import blocks_of

from pymediation.jss.compare import stored_table

HERE = Path(__file__).resolve().parent
VIGNETTES = HERE.parent / "vignettes"
OF_R = json.loads((HERE / "r" / "vignettes.json").read_text(encoding="utf-8"))
IDIOMS = json.loads((HERE / "r" / "idioms.json").read_text(encoding="utf-8"))

# Vignettes print four decimals, those with R's numbers six.
PRINTED = 5e-5
PRINTED_OF_R = 5e-7
# Four standard errors of an estimate from the 2000 people of the teaching vignette, all below 0.03.
SAMPLING = 0.12


def numbers_of(name: str) -> dict[str, float]:
    """Return the numbers in the last text block of a vignette."""
    last = blocks_of(VIGNETTES / f"{name}.md")[-1].output
    assert last is not None
    return {line.split()[0]: float(line.split()[1]) for line in last.splitlines()}


@pytest.mark.parametrize("path", sorted(VIGNETTES.glob("*.md")), ids=lambda path: path.stem)
def test_vignettes_are_notebooks_that_end_in_numbers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(r"---\njupyter:\n  jupytext:\n(    .*\n)+  kernelspec:\n(    .*\n)+---\n\n# ", text)
    assert numbers_of(path.stem)
    assert max(len(line) for block in blocks_of(path) for line in block.code.splitlines()) <= 110


@pytest.mark.parametrize("name", ["product", "collider", "by_hand"])
def test_people_made_for_teaching_are_those_of_r(name: str) -> None:
    assert numbers_of("teaching")[name] == pytest.approx(OF_R[name], abs=PRINTED)


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("known", 0.2),
        ("offset", 0.2),
        ("control", 0.2),
        ("treated", 0.35),
        ("hidden_total", 0.2),
        ("sensitivity", 0.2),
        ("multimed", 0.32),
    ],
)
def test_what_is_taught_as_right_is_near_the_truth(name: str, truth: float) -> None:
    assert numbers_of("teaching")[name] == pytest.approx(truth, abs=SAMPLING)


def test_what_is_taught_as_wrong_is_far_from_the_truth() -> None:
    numbers = numbers_of("teaching")
    assert numbers["hidden_acme"] - 0.2 > SAMPLING
    assert -numbers["collider"] > SAMPLING


def test_g_computation_by_hand_is_what_mediate_does() -> None:
    numbers = numbers_of("teaching")
    assert numbers["binary"] == pytest.approx(numbers["by_hand"], abs=1e-3)
    assert numbers["known"] == pytest.approx(numbers["product"], abs=PRINTED)


def test_reported_parts_are_a_whole_and_shares_are_none() -> None:
    numbers = numbers_of("reporting")
    assert numbers["sum"] == numbers["total"]
    assert numbers["share_2"] > 1
    assert numbers["share_negative"] < 0


@pytest.mark.parametrize(
    ("name", "case", "component"),
    [
        ("jobs_d0", "jobs_lm_lm_interaction", "d0"),
        ("jobs_d1", "jobs_lm_lm_interaction", "d1"),
        ("jobs_total", "jobs_lm_lm_interaction", "tau.coef"),
        ("occp_d_avg", "jobs_covariate_factor", "d.avg"),
        ("occp_lower", "jobs_covariate_factor", "d.avg.ci"),
        ("cond_d_avg", "jss_framing_cond_2_3", "d.avg"),
        ("cond_tau_p", "jss_framing_cond_2_3", "tau.p"),
    ],
)
def test_ported_scripts_have_the_numbers_of_r(name: str, case: str, component: str) -> None:
    recorded = r_cases.cases()[case][component]
    of_r = recorded[0] if isinstance(recorded, list) else recorded
    assert numbers_of("porting")[name] == pytest.approx(of_r, abs=PRINTED_OF_R)


def test_ported_stream_is_that_of_r() -> None:
    numbers = numbers_of("porting")
    first, second = (run["d0"] for run in IDIOMS["quasi_bayes"])
    assert numbers["first"] == pytest.approx(first, abs=PRINTED_OF_R)
    assert numbers["second"] == pytest.approx(second, abs=PRINTED_OF_R)
    assert numbers["boot_lower"] == pytest.approx(IDIOMS["boot"]["d0_ci"][0], abs=PRINTED_OF_R)


def test_order_of_terms_and_class_of_probit_change_nothing() -> None:
    numbers = numbers_of("porting")
    assert (numbers["order"], numbers["probit"]) == (0, 0)


@pytest.mark.parametrize(
    ("table", "row", "column"),
    [
        ("paper_quasi_bayes", "ACME (control)", "estimate"),
        ("r_bootstrap", "ACME (treated)", "lower"),
        ("r_bca", "ACME (treated)", "upper"),
        ("r_interaction", "ADE (control)", "estimate"),
        ("r_moderated_age20", "Total Effect", "estimate"),
        ("r_moderated_age60", "Total Effect", "estimate"),
        ("r_conditions_2_3", "ACME (control)", "estimate"),
        ("r_conditions_1_4", "ACME (control)", "estimate"),
        ("r_sensitivity", "ACME (control) at 0", "estimate"),
        ("r_multilevel", "ACME (treated)", "upper"),
        ("r_random_slopes", "ADE (control)", "estimate"),
        ("r_group_level", "Total Effect", "lower"),
        ("r_single", "ACME (control)", "upper"),
        ("r_parallel", "ACME", "lower"),
        ("r_crossover", "Pliable ACME (control)", "lower"),
        ("r_multimed", "ACME (treated)", "lower"),
        ("r_multimed_parallel", "ACME (treated)", "lower"),
        ("r_noncompliance", "LACME (control)", "lower"),
    ],
)
def test_the_paper_has_the_numbers_of_its_tables_or_of_r(table: str, row: str, column: str) -> None:
    reference = stored_table(table)
    expected = reference.rows[row][reference.columns.index(column)]
    printed = max(PRINTED_OF_R, 0.5 * 10.0**-reference.decimals)
    assert numbers_of("mediation")[table] == pytest.approx(expected, abs=printed)
