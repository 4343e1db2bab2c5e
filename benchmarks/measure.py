"""Time one case in a process of its own and describe the machine."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from workloads import SEED, Models, Workload

__all__ = ["R_UNIT", "measure_case", "overhead_and_imports", "provenance"]

# Seconds per element that the unit took on the machine R was timed on.
R_UNIT = 12.6e-9
_UNIT_ELEMENTS = 10_000_000
_ROOT = Path(__file__).resolve().parents[1]


def seconds_of(call: Callable[[], object], runs: int) -> float:
    """Return the median processor time of several runs."""
    return times_of(call, runs)[0]


def times_of(call: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return the medians of processor time and of clock time over several runs."""
    processor, clock = [], []
    for _ in range(runs):
        start = time.process_time(), time.perf_counter()
        call()
        processor.append(time.process_time() - start[0])
        clock.append(time.perf_counter() - start[1])
    return statistics.median(processor), statistics.median(clock)


def unit_seconds(elements: int) -> float:
    """Return the seconds that the normal distribution function of `elements` normals takes."""
    from scipy.special import ndtr

    size = min(elements, _UNIT_ELEMENTS)
    x = np.random.default_rng(SEED).standard_normal(size)
    return seconds_of(lambda: ndtr(x), 5) * elements / size


def peak_mb() -> float:
    """Return the largest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def measure_case(case: Workload, tool: str) -> dict[str, Any]:
    """Time a workload with one of the tools; what fails is reported, not raised."""
    record: dict[str, Any] = {
        "case": case.name,
        "tool": tool,
        "n": case.n,
        "sims": case.sims,
        "ok": True,
        "error": "",
    }
    record["unit"] = unit_seconds(case.n * case.sims)
    try:
        models = case.models()
        record["base_mb"] = peak_mb()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            timed = TOOLS[tool](case, models)
        record["seconds"], record["clock"] = timed
        record["peak_mb"] = peak_mb()
        # The speed of a shared machine drifts; a unit from either side of the runs follows it.
        record["unit"] = (record["unit"] + unit_seconds(case.n * case.sims)) / 2
        record["units"] = record["seconds"] / record["unit"]
    except Exception as error:  # a failing peer is a result
        record |= {"ok": False, "error": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
    return record


def _ours(case: Workload, models: Any) -> tuple[float, float]:
    """Time the package on R's stream: processor and clock."""
    if case.runs > 1:
        case.call(case, models)  # what the first call imports and builds is not the workload
    return times_of(lambda: case.call(case, models), case.runs)


def _statsmodels(case: Workload, models: Models) -> tuple[float, float]:
    """Time statsmodels' own class with few draws, scaled to all."""
    from statsmodels.stats.mediation import Mediation

    method = "bootstrap" if case.options.get("boot") else "parametric"
    peer = Mediation(models.outcome.model, models.mediator.model, models.treat, models.mediator_name)
    few = case.peer_sims or case.sims
    processor, clock = times_of(lambda: peer.fit(method=method, n_rep=few), 1)
    return processor * case.sims / few, clock * case.sims / few


def _pingouin(case: Workload, models: Models) -> tuple[float, float]:
    """Time pingouin's bootstrap of two linear models without interaction, with all replicates."""
    from pingouin import mediation_analysis

    covariates = [name for name in models.mediator.model.exog_names if name.startswith("x")]
    data = models.outcome.model.data.frame

    def call() -> None:
        names = {"x": models.treat, "m": models.mediator_name, "y": models.outcome.model.endog_names}
        mediation_analysis(data, **names, covar=covariates, n_boot=case.sims, seed=SEED)

    return times_of(call, 1)


TOOLS = {"pymediation": _ours, "statsmodels": _statsmodels, "pingouin": _pingouin}


def overhead_and_imports() -> list[tuple[str, float, str]]:
    """Return what small calls, streams and imports cost, as (what, value, unit)."""
    from pymediation import RStream

    numpy_generator, size = np.random.default_rng(SEED), 1_000_000
    r_normals = seconds_of(lambda: RStream(SEED).normal(size=size), 5)
    numpy_normals = seconds_of(lambda: numpy_generator.standard_normal(size), 5)
    empty, peer, ours = (
        _import_seconds(code) for code in ("", "import statsmodels.api", "import pymediation")
    )
    return [
        ("one call, 100 rows, lm and lm, 10 draws", 1e3 * _small_call(), "ms"),
        ("R's normals", 1e9 * r_normals / size, "ns each"),
        ("R's normals against numpy's", r_normals / numpy_normals, "times"),
        ("import statsmodels.api", peer - empty, "s"),
        ("import pymediation", ours - empty, "s"),
    ]


def _small_call() -> float:
    """Time a call in which nearly everything is overhead."""
    from workloads import linear

    models = linear(100, 2, interaction=False)
    case = Workload("small", "", lambda: models, 100, sims=10, runs=21)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _ours(case, models)[0]


def _import_seconds(code: str) -> float:
    """Return the median seconds that a fresh interpreter takes for a statement, its start included."""
    command = [sys.executable, "-c", code]
    environment = os.environ | {"PYTHONPATH": str(_ROOT)}
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(command, check=True, env=environment)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def provenance() -> dict[str, str]:
    """Return date, commit, kind of machine and versions; nothing that names the machine."""
    git = ["git", "-C", str(_ROOT), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    packages = {name: version(name) for name in ("numpy", "scipy", "pandas", "statsmodels")}
    machine = f"{_processor()}, {os.cpu_count()} cores, {platform.system()}"
    python = platform.python_version()
    return {
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit,
        "machine": machine,
        "python": python,
        **packages,
    }


def _processor() -> str:
    """Return the processor's model name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
