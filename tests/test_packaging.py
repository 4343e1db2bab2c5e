"""What is built, what an import costs, and that the documented commands exist."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

import pymediation

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TABLES = ("framing", "jobs", "boundsdata", "CEDdata")

# Imported when first used: `import pymediation` may cost little beyond importing pandas and scipy.
HEAVY = (
    *("statsmodels", "patsy", "formulaic", "matplotlib", "lifelines", "mord", "sklearn", "autograd"),
    *("joblib", "tqdm", "dask"),
)

# An analysis with models of the user's own, from the first line to the printed summary.
OWN_MODELS = """
import warnings
import numpy as np, pandas as pd, pymediation as pm

class Line(pm.MediationModel):
    def __init__(self, response, columns):
        self.response, self.columns = response, columns

    def fit(self, data, weights, rng):
        fitted = Line(self.response, self.columns)
        fitted.coef = np.linalg.lstsq(data[self.columns], data[self.response], rcond=None)[0]
        return fitted

    def predict(self, data):
        return data[self.columns].to_numpy() @ self.coef

    def draw(self, treated, control, rng):
        return self.predict(treated), self.predict(control)

warnings.simplefilter("ignore")
data = pd.DataFrame(np.random.default_rng(1).normal(size=(30, 3)), columns=["t", "m", "y"])
parts = ("m", ["t"]), ("y", ["t", "m"])
models = [pm.with_data(Line(y, x).fit(data, None, None), data, y, x) for y, x in parts]
str(pm.mediate(*models, 5, boot=True, treat="t", mediator="m", rng=1).summary())
"""

# Interpreters that are too old, or come without the modules that make a virtual environment.
STAND_INS = {
    "python3.10": 'test "$1" = --version && echo Python 3.10.0',
    "bare-python3": 'case "$2" in *ensurepip*) exit 1 ;; esac',
}

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture(scope="module")
def wheel_files(tmp_path_factory) -> set[str]:
    """Build the wheel and return the names of its files."""
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = target.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_wheel_holds_the_data_with_its_provenance(wheel_files):
    expected = {f"pymediation/data/{name}.csv" for name in TABLES} | {"pymediation/data/README.md"}
    assert {name for name in wheel_files if name.startswith("pymediation/data/")} == expected


def test_wheel_holds_every_module_and_the_typing_marker(wheel_files):
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "pymediation").rglob("*.py")}
    assert modules | {"pymediation/py.typed"} <= wheel_files


def test_wheel_holds_nothing_else(wheel_files):
    others = {name for name in wheel_files if not name.startswith("pymediation/")}
    metadata = f"pymediation-{PROJECT['version']}.dist-info/"
    assert {name for name in others if not name.startswith(metadata)} == set()
    assert f"{metadata}licenses/LICENSE" in others


def test_versions_agree():
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited[1] == PROJECT["version"] == version("pymediation")


def test_all_takes_in_every_optional_library():
    extras = PROJECT["optional-dependencies"]
    (everything,) = extras["all"]
    named = set(re.search(r"\[(.*)\]", everything)[1].split(","))
    assert named == set(extras) - {"all", "test", "docs", "ray"}


def loaded_by(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after a statement.

    ``-P`` keeps the working directory off the import path: the copy under test is the one that is measured.
    """
    script = f"import sys\n{statement}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    environment = os.environ | {"PYTHONPATH": str(Path(pymediation.__file__).parents[1])}
    command = [sys.executable, "-P", "-c", script]
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return set(run.stdout.split())


def test_import_leaves_heavy_libraries_for_later():
    assert loaded_by("import pymediation").isdisjoint(HEAVY)


def test_an_analysis_loads_the_libraries_of_its_models_only():
    assert loaded_by(OWN_MODELS).isdisjoint(HEAVY)


@needs_make
def test_make_commands_of_the_readme_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"^ +make ([a-z-]+)", readme, re.MULTILINE))
    assert {"jss", "test"} <= commands
    for command in commands:
        subprocess.run(["make", "--dry-run", command], cwd=ROOT, check=True, capture_output=True)


@needs_make
@pytest.mark.parametrize(
    ("python", "message"),
    [
        ("/nonexistent/python3", "3.11 or newer is needed; '/nonexistent/python3' is no Python"),
        ("python3.10", "3.11 or newer is needed; 'python3.10' is Python 3.10.0"),
        ("bare-python3", "apt install python3-venv"),
    ],
)
def test_make_says_what_is_missing(python, message, tmp_path):
    for name, body in STAND_INS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    command = ["make", "test", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}"]
    run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, env=environment)
    assert run.returncode != 0
    assert message in run.stderr
    assert not (tmp_path / "venv").exists()
