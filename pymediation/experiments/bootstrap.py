"""The bootstrap that all designs share, with its options and what went wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.compat import CompatLedger
from pymediation.experiments.cells import Table, Tally, resampled, tally
from pymediation.experiments.inference import report_failures
from pymediation.setting.options import check_sims
from pymediation.streams import StreamRecord, as_stream
from pymediation.warn import warn

__all__ = ["Replicated", "Resampling", "empty_groups", "replicate", "without_effect"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Resampling:
    """Whether and how to resample; the fields are arguments of the public functions.

    Attributes
    ----------
    wanted : bool
        Without it nothing is drawn and `sims` is not read.
    sims, rng : object
        As given.
    why_undefined : str
        What leaves quantities of a resample undefined, as the end of a sentence.
    tests : bool
        Whether p-values come from the resamples.
    """

    wanted: bool
    sims: Any
    rng: Any
    why_undefined: str
    tests: bool


@dataclass(frozen=True, slots=True, eq=False)
class Replicated:
    """Estimates of the data and of resamples.

    Attributes
    ----------
    draws : ndarray, shape (sims, k)
    original : ndarray, shape (k,)
    sims : int or None
        None without a bootstrap.
    n_failed : int
        Resamples left out.
    stream : StreamRecord or None
    """

    draws: FloatArray
    original: FloatArray
    sims: int | None
    n_failed: int
    stream: StreamRecord | None

    def record(self, nobs: int, ledger: CompatLedger, call: dict[str, Any]) -> dict[str, Any]:
        """Return what a result tells about its call."""
        return {
            "nobs": nobs,
            "sims": self.sims,
            "n_failed": self.n_failed,
            "call": call,
            "stream": self.stream,
            "compat": ledger.mode,
            "defects": ledger.defects,
        }


def replicate(
    function: str,
    table: Table,
    estimator: Callable[[Tally], FloatArray],
    how: Resampling,
    ledger: CompatLedger,
) -> Replicated:
    """Estimate from the data and, if wanted, from resamples; failures are counted and reported."""
    original = estimator(tally(table))[0]
    if not how.wanted:
        return Replicated(np.empty((0, original.size)), original, None, 0, None)
    sims = check_sims(how.sims, boot=True, boot_ci_type="perc", tests=how.tests)
    stream = as_stream(how.rng)
    record = stream.describe()
    draws = resampled(table, estimator, sims, stream)
    n_failed = report_failures(function, draws, original, how.why_undefined, ledger)
    return Replicated(draws, original, sims, n_failed, record)


def empty_groups(counts: FloatArray, axes: Mapping[str, tuple[float, ...]]) -> list[str]:
    """Name the combinations of values without rows, such as ``"treat=1, med=0"``.

    Parameters
    ----------
    counts : ndarray
        Rows by the variables in `axes`.
    axes : dict
        Name of the column -> values along its axis.
    """
    return [
        ", ".join(f"{name}={values[k]:g}" for (name, values), k in zip(axes.items(), place, strict=True))
        for place in np.argwhere(counts == 0)
    ]


def without_effect(function: str, given: bool, argument: str, unless: str) -> None:
    """Warn about an option that does nothing in this call."""
    if given:
        warn(f"{function}: {argument} has no effect {unless}.")
