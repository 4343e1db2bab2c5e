"""How inference is done: what a call asks for, with one cluster and stratum per row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pymediation.compat import CompatLedger
from pymediation.engine.blocks import Running
from pymediation.fits import HCType
from pymediation.setting.options import cluster_codes, require_nested, strata_codes
from pymediation.setting.pairing import Pair
from pymediation.setting.request import Request

__all__ = ["Settings", "read_settings"]


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """How inference is done; the fields are arguments of ``mediate``."""

    sims: int
    conf_level: float
    boot_ci_type: Literal["perc", "bca"]
    robust_type: HCType | None
    cluster: NDArray[np.intp] | None
    cluster_labels: NDArray[Any] | None
    strata: NDArray[np.intp] | None
    keep_draws: bool
    n_jobs: int
    progress: bool | None

    @property
    def running(self) -> Running:
        """How blocks of work are run."""
        return Running(self.n_jobs, self.progress)


def read_settings(request: Request, pair: Pair, ledger: CompatLedger) -> Settings:
    """Return the options of inference, with one cluster and stratum per row."""
    codes, labels = (None, None) if request.cluster is None else cluster_codes(request.cluster, pair)
    if request.boot and codes is not None and ledger.follow_r("cluster-bootstrap"):
        codes = labels = None
    strata = None if request.strata is None else strata_codes(request.strata, pair)
    if strata is not None and codes is not None:
        require_nested(codes, strata)
    return Settings(
        sims=request.sims,
        conf_level=request.conf_level,
        boot_ci_type=request.boot_ci_type,
        robust_type=request.robust_type,
        cluster=codes,
        cluster_labels=labels,
        strata=strata,
        keep_draws=request.long,
        n_jobs=request.n_jobs,
        progress=request.progress,
    )
