import builtins
import keyword
import subprocess
import sys

import pytest

import pymediation.r as R
from pymediation.errors import UnknownAttributeError
from pymediation.r.absent import IN_PYTHON

# Names that R scripts use for variables, or that would hide what Python has.
NEVER_EXPORTED = set("c T F C Q I df list data_table print") | {"range", "round", "min", "max", "sum", "abs"}


def test_star_import_hides_nothing_of_python():
    assert not set(R.__all__) & set(dir(builtins))
    assert not set(R.__all__) & NEVER_EXPORTED


def test_every_exported_name_exists_once():
    assert len(set(R.__all__)) == len(R.__all__)
    assert all(hasattr(R, name) for name in R.__all__)


def test_constants():
    assert R.TRUE is True
    assert R.FALSE is False
    assert R.NULL is None
    assert R.NA != R.NA


def test_importing_is_cheap():
    # statsmodels and matplotlib are imported when first needed
    code = "import sys, pymediation.r; print([m for m in ('statsmodels', 'matplotlib') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_star_import_runs_a_script():
    script = """
from pymediation.r import *
framing = data("framing")
set_seed(1)
framing["z"] = ifelse(framing.age > 40, rnorm(nrow(framing)), NA)
fit = lm("emo ~ treat + log(age) + scale(z)", data=framing)
print(summary(fit).df, nobs(fit))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["(4,", "169,", "4)", "173"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("library", "In Python: nothing is to be loaded"),
        ("names", r"In Python: list\(d\.columns\)"),
        ("set", "R's dots are underscores here: set_seed"),
        ("test", "underscores here: test_TMint, test_modmed"),
        ("medsense", "Did you mean 'medsens'"),
        ("zzz", "has no attribute 'zzz'"),
    ],
)
def test_what_is_not_there_is_answered_with_what_to_write(name, words):
    with pytest.raises(UnknownAttributeError, match=words):
        getattr(R, name)
    assert not hasattr(R, name)


def test_nothing_is_said_to_be_absent_that_is_there():
    assert not set(IN_PYTHON) & set(R.__all__)
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in IN_PYTHON)


def test_protocols_get_an_error_of_python():
    with pytest.raises(AttributeError) as caught:
        R.__wrapped__  # noqa: B018
    assert type(caught.value) is AttributeError
