"""The page on errors has every class, and its examples raise the class that they stand under."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from pymediation import errors

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
