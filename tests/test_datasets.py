"""The bundled tables: every cell as in the file, every type and level as in R."""

from __future__ import annotations

import csv
import inspect
import json
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from pymediation import datasets
from pymediation.errors import PymediationError

ROOT = Path(__file__).resolve().parents[1]
LOADERS = {
    "framing": datasets.load_framing,
    "jobs": datasets.load_jobs,
    "boundsdata": datasets.load_boundsdata,
    "CEDdata": datasets.load_CEDdata,
}
SHAPES = {"framing": (265, 15), "jobs": (899, 17), "boundsdata": (1000, 7), "CEDdata": (2000, 7)}

# What R's str() and levels() say of the tables that have factors; the other two hold integers only.
R_TYPES = json.loads((ROOT / "tests" / "reference" / "levels.json").read_text(encoding="utf-8"))
DTYPES = {"integer": "int64", "numeric": "float64", "factor": "category"}

every_table = pytest.mark.parametrize("name", list(LOADERS))


def cells(name: str) -> dict[str, list[str]]:
    """Read a table of the checkout with the standard library, as text."""
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as source:
        header, *rows = csv.reader(source)
    return dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))


@every_table
def test_shape(name):
    assert LOADERS[name]().shape == SHAPES[name]


@every_table
def test_every_cell_is_that_of_the_file(name):
    frame = LOADERS[name]()
    text = cells(name)
    assert list(frame.columns) == list(text)
    for column in frame:
        parse = str if isinstance(frame[column].dtype, pd.CategoricalDtype) else float
        assert frame[column].tolist() == [parse(cell) for cell in text[column]], column


@every_table
def test_types_are_those_of_r(name):
    frame = LOADERS[name]()
    expected = R_TYPES.get(name, {}).get("types") or dict.fromkeys(frame, "integer")
    assert {column: str(dtype) for column, dtype in frame.dtypes.items()} == {
        column: DTYPES[kind] for column, kind in expected.items()
    }


@pytest.mark.parametrize("name", list(R_TYPES))
def test_levels_are_those_of_r_in_its_order_and_all_are_used(name):
    frame = LOADERS[name]()
    factors = frame.select_dtypes("category")
    assert {column: list(factors[column].cat.categories) for column in factors} == R_TYPES[name]["levels"]
    for column in factors:
        assert not factors[column].cat.ordered, column
        assert set(factors[column]) == set(factors[column].cat.categories), column


def test_conditions_of_framing_are_the_documented_cells():
    framing = datasets.load_framing()
    arms = {"1": (1, 1), "2": (1, 0), "3": (0, 1), "4": (0, 0)}
    assert list(zip(framing["tone"], framing["eth"], strict=True)) == [arms[c] for c in framing["cond"]]
    assert (framing["treat"] == framing["tone"] * framing["eth"]).all()


def test_recoded_columns_of_jobs_are_the_documented_recodes():
    jobs = datasets.load_jobs()
    assert (jobs["job_dich"] == (jobs["job_seek"] >= 4)).all()
    assert (jobs["job_disc"] == pd.cut(jobs["job_seek"], [0, 2.4, 3.4, 4.4, 5], labels=False) + 1).all()
    assert (jobs["control"] == jobs["treat"].map({1: "treat", 0: "control"})).all()
    assert not jobs.loc[jobs["treat"] == 0, "comply"].any()


@every_table
def test_a_changed_frame_does_not_change_the_next(name):
    first = LOADERS[name]()
    untouched = first.copy(deep=True)
    first.iloc[:, 0] = first.iloc[0, 0]
    first["extra"] = 1
    pd.testing.assert_frame_equal(LOADERS[name](), untouched)


@every_table
def test_every_column_is_documented(name):
    documentation = inspect.getdoc(LOADERS[name])
    described = {line.split()[0] for line in documentation.splitlines() if line.strip()}
    assert set(LOADERS[name]()) <= described


def test_missing_data_files_are_reported_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(datasets, "files", lambda _: tmp_path)
    monkeypatch.setattr(datasets, "__file__", str(tmp_path / "package" / "datasets.py"))
    with pytest.raises(PymediationError, match=r"'jobs' is missing.*Reinstall"):
        datasets.load_jobs()


def test_the_package_carries_its_data_or_stands_beside_it():
    packaged = files("pymediation") / "data" / "framing.csv"
    beside = Path(datasets.__file__).resolve().parents[1] / "data" / "framing.csv"
    assert packaged.is_file() != beside.is_file()
