"""What the package says of attributes that it does not have, and that imports are those of any package."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import pymediation as pm
import pymediation.r as R
from pymediation import datasets
from pymediation.absent import DIALECT, LOADERS, elsewhere

STAR = (
    "from pymediation import *; from pymediation import r, imputation; mediate, r.lm, imputation.amelidiate"
)
ABSENT = "try:\n    from pymediation import load_jobs\nexcept ImportError as error:\n    print(error.name)"


@pytest.mark.parametrize(
    ("where", "name", "words"),
    [
        (pm, "load_jobs", r"Write pymediation\.datasets\.load_jobs\(\)\."),
        (pm, "load_student", "not distributed here"),
        (pm, "lm", r"Write import pymediation\.r as R, and R\.lm"),
        (pm, "mediat", "Did you mean 'mediate'"),
        (pm, "zzz", "module 'pymediation' has no attribute 'zzz'"),
        (datasets, "load_student", "not distributed here; pandas"),
        (datasets, "load_job", "Did you mean 'load_jobs'"),
        (datasets, "zzz", "There are load_CEDdata, load_boundsdata, load_framing, load_jobs"),
    ],
)
def test_what_is_not_there_is_answered_with_what_to_write(where: ModuleType, name: str, words: str) -> None:
    with pytest.raises(pm.UnknownAttributeError, match=words):
        getattr(where, name)
    assert not hasattr(where, name)


def test_what_is_said_to_be_elsewhere_is_there_alone() -> None:
    assert set(DIALECT) <= set(R.__all__)
    assert not set(elsewhere(datasets.__all__)) & set(pm.__all__)
    assert not set(LOADERS) & set(datasets.__all__)


def test_imports_are_those_of_any_package() -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{STAR}\n{ABSENT}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "pymediation"


@pytest.mark.parametrize("module", [pm, datasets])
def test_protocols_get_an_error_of_python(module: ModuleType) -> None:
    with pytest.raises(AttributeError) as caught:
        module.__wrapped__  # noqa: B018
    assert type(caught.value) is AttributeError
