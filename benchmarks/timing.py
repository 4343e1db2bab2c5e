"""Processor time, the unit it is told in, and memory; scripts in processes of their own."""

from __future__ import annotations

import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from studies import SEED

__all__ = [
    "R_UNIT",
    "environment",
    "in_process",
    "in_use_mb",
    "peak_mb",
    "seconds_of",
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
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    return json.loads(run.stdout.splitlines()[-1])


def environment() -> dict[str, str]:
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
    """Return what Linux tells of this process's memory under a name."""
    lines = _STATUS.read_text(encoding="utf-8").splitlines()
    return next(float(line.split()[1]) / 2**10 for line in lines if line.startswith(name))
