"""Time one case in a process of its own."""

from __future__ import annotations

import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from agreement import from_fits, from_recorded, from_run
from rside import r_package, timed_in_r
from studies import SEED, Study, linear
from tasks import MEDIATE
from workloads import Workload

__all__ = [
    "R_UNIT",
    "TOOLS",
    "in_process",
    "in_use_mb",
    "measure_case",
    "overhead_and_imports",
    "peak_mb",
    "times_of",
    "unit_seconds",
]

# Seconds per element that the unit took on the machine R was timed on.
R_UNIT = 12.6e-9
_UNIT_ELEMENTS = 10_000_000
_HERE = Path(__file__).resolve().parent
_STATUS = Path("/proc/self/status")


def in_process(script: str, *arguments: str) -> Any:
    """Run a script in a fresh process with one BLAS thread, so that peak memory is its own; read its JSON."""
    command = [sys.executable, str(_HERE / script), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=_environment())
    return json.loads(run.stdout.splitlines()[-1])


def _environment() -> dict[str, str]:
    """Return an environment with this package, one BLAS thread, and compiled modules kept, as installed."""
    path = os.pathsep.join(filter(None, [str(_HERE.parent), os.environ.get("PYTHONPATH")]))
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return os.environ | threads | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": ""}


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
    """Return the largest resident memory of this process, on Linux since `in_use_mb` was last called."""
    if _STATUS.exists():
        return _status_mb("VmHWM")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def in_use_mb() -> float:
    """Return the resident memory now, from which `peak_mb` starts anew; not on Linux: the peak so far."""
    gc.collect()
    if not _STATUS.exists():
        return peak_mb()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forgets the peak
    return _status_mb("VmRSS")


def _status_mb(name: str) -> float:
    lines = _STATUS.read_text(encoding="utf-8").splitlines()
    return next(float(line.split()[1]) / 2**10 for line in lines if line.startswith(name))


def measure_case(case: Workload, tool: str) -> dict[str, Any]:
    """Time a workload with one of the tools; what fails is reported, not raised."""
    record: dict[str, Any] = {"tool": tool, "ok": True, "error": "", "draws": case.sims}
    unit = unit_seconds(case.n * case.sims)
    try:
        study = case.study()
        record["base_mb"] = in_use_mb()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            record |= TOOLS[tool](case, study)
        # The speed of a shared machine drifts; a unit from either side of the runs follows it.
        unit = (unit + unit_seconds(case.n * case.sims)) / 2
        record["units"] = record["seconds"] / unit
    except Exception as error:  # a failing peer is a result
        record |= {"ok": False, "error": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
    return record


def _timed(call: Callable[[], object], runs: int, draws: int, sims: int) -> dict[str, Any]:
    """Time a call with some draws, scaled to all."""
    processor, clock = times_of(call, runs)
    scale = sims / draws
    return {
        "seconds": processor * scale,
        "clock": clock * scale,
        "draws": draws,
        "runs": runs,
        "peak_mb": peak_mb(),
    }


def _ours(case: Workload, study: Study) -> dict[str, Any]:
    """Time the package on R's stream, then tell how far it is from recorded numbers of R."""
    from pymediation import RStream

    prepared = case.task.prepare(study)

    def call() -> None:
        case.task.run(prepared, case.sims, RStream(SEED), case.options)

    if case.runs > 1:
        call()  # what the first call imports and builds is not the workload
    return _timed(call, case.runs, case.sims, case.sims) | {
        "effects_apart": from_recorded(case),
        "effects_with": _recorded_words(case),
        "fits_apart": from_fits(case, study),
    }


def _recorded_words(case: Workload) -> str:
    if case.recorded is None:
        return ""
    return f"{'same models' if case.recorded.same else 'same kinds'}, {case.recorded.sims} draws"


def _r(case: Workload, study: Study) -> dict[str, Any]:
    """Time R's own package, and tell how far its numbers are from ours with as many draws."""
    record = timed_in_r(case, study)
    apart = from_run(case, study, record.pop("numbers"), record["draws"])
    words = f"this workload, {record['draws']} draws"
    return record | {"runs": 1, "effects_apart": apart, "effects_with": words, "version": r_package()}


def _statsmodels(case: Workload, study: Study) -> dict[str, Any]:
    """Time statsmodels' own class with few draws."""
    from statsmodels.stats.mediation import Mediation

    method = "bootstrap" if case.options.get("boot") else "parametric"
    med, out = study.models
    peer = Mediation(out.model, med.model, study.treat, study.mediator)
    few = case.statsmodels or case.sims
    return _timed(lambda: peer.fit(method=method, n_rep=few), 1, few, case.sims)


def _pingouin(case: Workload, study: Study) -> dict[str, Any]:
    """Time pingouin's bootstrap of two linear models without interaction."""
    from pingouin import mediation_analysis

    covariates = [name for name in study.data if str(name).startswith("x")]
    few = case.pingouin or case.sims
    names = {"x": study.treat, "m": study.mediator, "y": study.models[1].model.endog_names}

    def call() -> None:
        mediation_analysis(study.data, **names, covar=covariates, n_boot=few, seed=SEED)

    return _timed(call, 1, few, case.sims)


TOOLS = {"pymediation": _ours, "R": _r, "statsmodels": _statsmodels, "pingouin": _pingouin}


def overhead_and_imports() -> list[tuple[str, float, str]]:
    """Return what small calls, streams and imports cost, as (what, value, unit)."""
    from pymediation import RStream

    numpy_generator, size = np.random.default_rng(SEED), 1_000_000
    r_normals = seconds_of(lambda: RStream(SEED).normal(size=size), 5)
    numpy_normals = seconds_of(lambda: numpy_generator.standard_normal(size), 5)
    empty, libraries, peer, ours = map(
        _import_seconds, ("", "import pandas, scipy.special", "import statsmodels.api", "import pymediation")
    )
    return [
        ("one call of `mediate`: 100 rows, two linear models, 10 draws", 1e3 * _small_call(), "ms"),
        ("a normal number of R's stream", 1e9 * r_normals / size, "ns"),
        ("the same in numbers of NumPy's generator", r_normals / numpy_normals, "times"),
        ("`import pymediation`", ours - empty, "s"),
        ("of these pandas and SciPy", libraries - empty, "s"),
        ("`import statsmodels.api`, for comparison", peer - empty, "s"),
    ]


def _small_call() -> float:
    """Time a call in which nearly everything is overhead."""
    from pymediation import RStream

    study = linear(100, 2, interaction=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return seconds_of(lambda: MEDIATE.run(study, 10, RStream(SEED), {}), 21)


def _import_seconds(code: str) -> float:
    """Return the median processor seconds that a fresh interpreter takes for a statement and to start."""
    command = [sys.executable, "-c", code]
    taken = []
    for _ in range(5):
        start = _seconds_of_children()
        subprocess.run(command, check=True, env=_environment())
        taken.append(_seconds_of_children() - start)
    return statistics.median(taken)


def _seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
