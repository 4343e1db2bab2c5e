"""The page on errors has every class, its examples raise the class they stand under, messages name it."""

from __future__ import annotations

import inspect
import pickle
import re
import warnings
from pathlib import Path

import numpy as np  # noqa: F401 - read by a formula
import pytest
import statsmodels.formula.api as smf

import pymediation as pm
import pymediation.r as R
from pymediation import errors
from pymediation.warn import each_once, warn

HERE = Path(__file__).resolve().parent
PAGE = (HERE.parent / "docs" / "errors.md").read_text(encoding="utf-8")
CLASSES = [
    one
    for name in errors.__all__
    if inspect.isclass(one := getattr(errors, name)) and issubclass(one, (Exception, Warning))
]
ROOT = errors.PymediationError
OTHER_TESTS = [path for path in HERE.rglob("*.py") if path.name != Path(__file__).name]


def section(name: str) -> str:
    """Return what the page says about a class."""
    return PAGE.split(f"\n## `{name}`\n", 1)[1].split("\n## ", 1)[0]


@pytest.mark.parametrize("one", CLASSES, ids=lambda one: one.__name__)
def test_class_has_an_entry_with_an_example_of_its_own(one: type[BaseException]) -> None:
    text = section(one.__name__)
    if one is ROOT:
        return
    assert "**Cause.**" in text
    assert "**Remedy.**" in text
    shown = re.findall(r"^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    raised = re.findall(r"^(\w+(?:Error|Warning))\b", "\n".join(shown), re.MULTILINE)
    assert set(raised) == {one.__name__}


@pytest.mark.parametrize("one", CLASSES, ids=lambda one: one.__name__)
def test_table_tells_the_built_in_class(one: type[BaseException]) -> None:
    if one is ROOT:
        return
    row = re.search(rf"\| \[`{one.__name__}`\]\(#(\w+)\) \| `(\w+)` \|", PAGE)
    assert row is not None
    assert row[1] == one.__name__.lower()
    assert row[2] in {base.__name__ for base in one.__mro__[1:] if base.__module__ == "builtins"}


@pytest.mark.parametrize("one", CLASSES, ids=lambda one: one.__name__)
def test_class_is_expected_by_a_test(one: type[BaseException]) -> None:
    assert any(re.search(rf"\b{one.__name__}\b", path.read_text(encoding="utf-8")) for path in OTHER_TESTS)


def test_page_has_no_class_that_does_not_exist() -> None:
    assert re.findall(r"^## `(\w+)`$", PAGE, re.MULTILINE) == [
        one.__name__ for one in sorted(CLASSES, key=lambda one: PAGE.index(f"## `{one.__name__}`"))
    ]


@pytest.mark.parametrize("one", CLASSES, ids=lambda one: one.__name__)
def test_message_ends_with_the_entry_on_a_line_of_its_own(one: type[BaseException]) -> None:
    error = one("'x' is not there.")
    sentence, last = str(error).split("\n")
    assert sentence == error.message == "'x' is not there."
    named = re.fullmatch(r"See (docs/errors\.md)#(\w+)\.", last)
    assert named is not None
    headings = re.findall(r"^## `(\w+)`$", (HERE.parent / named[1]).read_text(encoding="utf-8"), re.MULTILINE)
    assert [name.lower() for name in headings].count(named[2]) == 1
    assert named[2] == one.__name__.lower()


@pytest.mark.parametrize("one", CLASSES, ids=lambda one: one.__name__)
def test_errors_survive_pickling(one: type[BaseException]) -> None:
    again = pickle.loads(pickle.dumps(one("Text.")))
    assert (type(again), again.args, str(again)) == (one, ("Text.",), str(one("Text.")))


def test_classes_derived_elsewhere_name_the_entry_of_their_base() -> None:
    class Own(errors.NotEstimableError):
        def __init__(self, column: str, n_rows: int) -> None:
            super().__init__(f"{column} has {n_rows} rows.", column)

    assert str(Own("x", 3)) == "x has 3 rows.\nSee docs/errors.md#notestimableerror."
    assert str(errors.ArgumentError()) == "See docs/errors.md#argumenterror."


def test_what_is_quoted_is_without_the_entry() -> None:
    assert errors.said_by(errors.FormulaError("Text.")) == "Text."
    assert errors.said_by(KeyError("x")) == "'x'"
    with pytest.raises(errors.FormulaError, match="no arithmetic") as formula:  # shown at its place
        R.lm("depress2 ~ log(occp)", R.data("jobs"))
    with pytest.raises(errors.NotEstimableError, match=r"run from .* is not a number") as draws:
        _below_the_logarithm()
    for error in (formula.value, draws.value):
        quoted = error.__context__
        assert isinstance(quoted, errors.PymediationError)
        assert quoted.message in str(error)
        assert str(error).count("See docs/") == 1


def _below_the_logarithm() -> None:
    """Draw mediators at which the outcome model has no value."""
    jobs = R.data("jobs")
    outcome = smf.ols("depress2 ~ treat + np.log(job_seek - 0.9)", jobs).fit()
    pm.mediate(R.lm("job_seek ~ treat", jobs), outcome, treat="treat", mediator="job_seek", rng=1)


def test_warnings_repeated_once_name_their_entry_once() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with each_once():
            warn("Text.")
            warn("Text.")
    assert [str(one.message) for one in caught] == ["Text.\nSee docs/errors.md#pymediationwarning."]
