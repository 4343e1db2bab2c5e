"""The examples of the paper, and the program that compares them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import pymediation.r as R
from pymediation.errors import UnknownNameError
from pymediation.jss import EXAMPLES, ReferenceTable, compare
from pymediation.jss.__main__ import main
from pymediation.jss.compare import render, stored_table

PAGE = 100  # columns of a terminal
TABLE = ReferenceTable(
    "R", "", 4, 2, {"ACME": (0.0791, 0.0351, 0.1501, 0.0), "ADE": (0.0206, -0.0976, 0.1158, 0.7)}
)


def frame(**changed: float) -> pd.DataFrame:
    """Return our side of `TABLE`, with the ACME row changed."""
    acme = {"estimate": 0.079128, "lower": 0.035058, "upper": 0.150095, "p_value": 0.0} | changed
    ade = {"estimate": 0.020551, "lower": -0.097597, "upper": 0.115775, "p_value": 0.70}
    return pd.DataFrame([acme, ade], index=["ACME", "ADE"])


BUNDLED = [example for example in EXAMPLES if not example.online]


@pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")
@pytest.mark.parametrize("example", BUNDLED, ids=[example.id for example in BUNDLED])
def test_example_equals_its_reference(example):
    comparison = compare(example.table(example.run()), stored_table(example.reference))
    assert comparison.equal, render(comparison)


def test_first_table_is_the_published_one_and_later_ones_are_of_a_recorded_r():
    first, *later = (stored_table(example.reference) for example in BUNDLED)
    assert (first.source, first.decimals, len(first.rows)) == ("JSS 59(5)", 4, 10)
    assert {table.source for table in later} == {"R's mediation 4.5.1"}
    assert [table.decimals for table in later if "lme4" not in table.note] == [7] * 17
    # R's own fits stop short of the maximum.
    assert [table.decimals for table in later if "lme4" in table.note] == [4, 4, 5]
    # Effects, or for multimed also where six of them cross zero, in three units by bounds and by intervals.
    sizes = {one.id: len(stored_table(one.reference).rows) for one in BUNDLED}
    assert {size for name, size in sizes.items() if name.startswith("3")} == {10}
    assert [size for name, size in sizes.items() if name.startswith("4")] == [10, 10, 4]
    assert [size for name, size in sizes.items() if name.startswith("5")] == [2, 1, 2, 4, 2]
    assert {size for name, size in sizes.items() if name.startswith("6")} == {7 + 6 * 6}


@pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")
@pytest.mark.parametrize(("section", "count"), [("6.2", 13), ("6.3", 13), ("7.2", 5)])
def test_numbers_of_the_paper_that_no_random_number_enters_are_equalled(section, count):
    (example,) = (one for one in EXAMPLES if one.id.startswith(section))
    published = stored_table(example.published)
    certain = {
        label: numbers[:1]
        for label, numbers in published.rows.items()
        if "bounds" in label or "," not in label
    }
    assert len(certain) == count
    comparison = compare(example.table(example.run()), replace(published, rows=certain))
    assert comparison.equal, render(comparison)


def test_published_tables_exist():
    for example in EXAMPLES:
        if example.published is not None:
            assert stored_table(example.published).source == "JSS 59(5)"


def test_ids_are_unique_and_start_with_the_section():
    ids = [example.id for example in EXAMPLES]
    assert len(set(ids)) == len(ids)
    assert {one.partition("_")[0] for one in ids} == {
        "3.1",
        "3.2",
        "3.3",
        "3.4",
        "4.1",
        "4.2",
        "5.1",
        "5.2",
        "5.3",
        "5.4",
        "6.2",
        "6.3",
        "7.2",
    }


def test_listing_is_the_code_alone():
    listing = EXAMPLES[0].listing
    assert listing.startswith('framing = R.data("framing")\nR.set_seed(2014)\n')
    assert "return" not in listing
    assert '"""' not in listing


def test_numbers_are_compared_to_the_digits_given():
    assert compare(frame(), TABLE).equal
    assert compare(frame(estimate=0.07914999), TABLE).equal
    assert not compare(frame(estimate=0.0791501), TABLE).equal
    assert not compare(frame(p_value=0.02), TABLE).equal


def test_a_row_that_we_lack_or_that_is_not_a_number_is_a_difference():
    lines = compare(frame().drop(index="ADE"), TABLE).lines
    assert [line.equal for line in lines] == [True, False]
    assert "no such row" in render(compare(frame().drop(index="ADE"), TABLE))
    assert not compare(frame(estimate=float("nan")), TABLE).equal


def test_a_table_without_rows_is_not_equal():
    assert not compare(frame(), ReferenceTable("R", "", 4, 2, {})).equal


def test_a_reference_may_end_with_the_interval():
    table = ReferenceTable("R", "", 4, 2, {"ACME": (0.0791, 0.0351, 0.1501)})
    comparison = compare(frame(p_value=0.5), table)
    assert comparison.equal
    assert "0.0791 [0.0351, 0.1501]" in render(comparison)
    assert (table.heading, TABLE.heading) == ("[95% CI]", "[95% CI] p")


def test_tables_of_bounds_are_compared_by_their_own_columns():
    bounds = ReferenceTable("R", "", 3, 2, {"ACME": (-0.124, 0.870)}, ("lower", "upper"))
    ours = pd.DataFrame([[-0.12418, 0.87034]], ["ACME"], ["lower", "upper"])
    assert compare(ours, bounds).equal
    assert not compare(ours + 0.001, bounds).equal
    text = render(compare(ours, bounds))
    assert "pymediation [bounds]" in text
    assert "[-0.124, 0.870]" in text


def test_a_published_table_says_why_it_differs():
    notes = {one.id: stored_table(one.published).note for one in EXAMPLES if one.published and one.id >= "4"}
    words = {
        "4.1_students": "lme4 of 2014",
        "4.2_schools": "lme4 of 2014",
        "5.1_single": "R 3.6",
        "5.2_parallel": "corrected in version 4.4.7",
        "5.2_bounds": "the same bounds",
        "5.3_encouragement": "the same bounds",
        "5.4_crossover": "R 3.6",
        "6.2_multimed": "R 3.6",
        "6.3_multimed_parallel": "R 3.6",
        "7.2_noncompliance": "other draws of the simulated coefficients",
    }
    assert {name: word in notes[name] for name, word in words.items()} == dict.fromkeys(notes, True)


def test_verdict_names_the_rows_that_differ():
    text = render(compare(frame(lower=0.04), TABLE))
    assert text.endswith("DIFFERENT in 1 of 2 rows from R, compared to 4 decimals: ACME")
    assert text.count(" NO") == 1


def test_unknown_reference_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="'r_bootstrap'"):
        stored_table("r_bootstap")


@pytest.mark.filterwarnings("error::pymediation.PymediationWarning")
def test_program_prints_tables_saves_plots_and_counts(tmp_path, capsys):
    assert main(["--only", "3.1", "--out", str(tmp_path / "plots")]) == 0
    output = capsys.readouterr().out
    assert output.splitlines()[-1] == f"4 of 4 tables equal, plots in {tmp_path / 'plots'}"
    assert max(len(line) for line in output.splitlines()[:-1]) <= PAGE
    saved = sorted((tmp_path / "plots").iterdir())
    assert [path.stem for path in saved] == sorted(e.id for e in EXAMPLES if e.id.startswith("3.1"))
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in saved)
    assert "few" not in output  # the paper's number of draws is not the reader's choice
    assert "known to be wrong" in output  # but R's BCa is worth a word


@pytest.mark.filterwarnings("error::pymediation.PymediationWarning")
def test_experimental_designs_fit_the_page(capsys):
    assert main(["--only", "5"]) == 0
    output = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in output) <= PAGE
    assert output[-1] == "5 of 5 tables equal"


class Downloaded:
    """Tables with the columns of the paper's, whose groups do not match either."""

    def __init__(self, name: str, package: str) -> None:
        assert package == "mediation"
        rng = np.random.default_rng(1)
        school = pd.DataFrame({"SCH_ID": np.arange(40), "free": rng.integers(1, 8, 40)})
        school = school.assign(coed=rng.integers(0, 2, 40), catholic=rng.integers(0, 2, 40))
        school["smorale"] = 4 - 0.1 * school.free + rng.normal(size=40)
        pupils = school.loc[np.repeat(np.arange(40), 30)].reset_index(drop=True)
        n = len(pupils)
        pupils = pupils.assign(gender=rng.integers(0, 2, n), income=rng.normal(size=n))
        pupils = pupils.assign(pared=rng.integers(0, 2, n), attachment=rng.integers(0, 2, n))
        pupils = pupils.assign(fight=rng.integers(0, 2, n), late=rng.normal(size=n))
        moved = school.assign(SCH_ID=school.SCH_ID.to_numpy()[::-1])
        self.data = {"student": pupils, "school": moved}[name]


def test_paper_s_own_data_are_downloaded_if_asked_for(monkeypatch, capsys):
    import statsmodels.datasets

    assert main(["--only", "4"]) == 0
    output = capsys.readouterr().out.splitlines()
    assert output[-1] == "3 of 3 tables equal"
    assert "4.1_students, 4.2_schools; --online" in output[-2]
    monkeypatch.setattr(statsmodels.datasets, "get_rdataset", Downloaded)
    assert main(["--only", "4.2_schools", "--online"]) == 0
    output = capsys.readouterr().out
    assert "'free' differs in" in output
    assert "0.0071 [ 0.0026, 0.0122]" in output
    assert output.splitlines()[-1] == "0 of 0 tables equal"


def test_program_fails_when_a_table_differs(monkeypatch, capsys):
    from pymediation.jss import __main__ as program

    monkeypatch.setattr(program, "stored_table", lambda _name: TABLE)
    assert main(["--only", "3.1_quasi"]) == 1
    output = capsys.readouterr().out
    assert "DIFFERENT in 2 of 2 rows" in output
    assert output.splitlines()[-1] == "0 of 1 tables equal"


def test_program_names_the_examples_when_none_is_meant(capsys):
    assert main(["--only", "9.9"]) == 1
    assert "3.1_quasi_bayes" in capsys.readouterr().err


def test_tables_of_the_paper_that_are_not_bundled_can_be_found():
    with pytest.raises(UnknownNameError, match=r"get_rdataset\('student', 'mediation'\)"):
        R.data("student")
