"""``mediations`` with R's habits: R's numbers where R is known to be wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pymediation.batches import MediationsResult
from pymediation.batches import mediations as _package
from pymediation.r._arguments import completed

__all__ = ["mediations"]


def mediations(
    datasets: Mapping[str, pd.DataFrame],
    treatment: str | Sequence[str],
    mediators: str | Sequence[str],
    outcome: str | Sequence[str],
    covariates: str | Sequence[str] | None = None,
    families: Sequence[str] = ("gaussian", "gaussian"),
    tau_m: float = 0.5,
    tau_y: float = 0.5,
    LowerY: float | None = None,
    UpperY: float | None = None,
    interaction: bool = False,
    conf_level: float = 0.95,
    sims: int = 500,
    boot: bool = False,
    weights: str | None = None,
    *,
    rng: Any = None,
    n_jobs: int = 1,
    progress: bool = False,
    compat: Any = "R",
    **options: Any,
) -> MediationsResult:
    """Run a mediation analysis for every outcome, treatment and mediator, as R's ``mediations``.

    This is :func:`pymediation.mediations` with ``compat="R"`` as default. As in R an argument can be
    abbreviated as long as it is unique (``fam=``, ``cov=``).

    Parameters
    ----------
    datasets, treatment, mediators, outcome, covariates, families, tau_m, tau_y, LowerY, UpperY, \
interaction, conf_level, sims, boot, weights, rng, n_jobs, progress, compat, **options
        As in :func:`pymediation.mediations`. R's ``list(a = d)`` is ``{"a": d}``.

    Returns
    -------
    MediationsResult
        ``summary(result)`` prints R's tables.

    Raises
    ------
    ArgumentError, ArgumentTypeError, UnknownArgumentError, UnknownNameError
        As :func:`pymediation.mediations`.

    References
    ----------
    Tingley, D., Yamamoto, T., Hirose, K., Keele, L. and Imai, K. (2014). mediation: R package for causal
    mediation analysis. Journal of Statistical Software 59(5).

    Examples
    --------
    >>> import pymediation.r as R
    >>> R.set_seed(1)
    >>> olap = R.mediations({"treat": R.data("jobs")}, "treat", "job_seek", ["depress2", "depress1"])
    >>> olap.names
    ('depress2.treat.job_seek', 'depress1.treat.job_seek')
    """
    given = {name: value for name, value in locals().items() if name != "options"}
    return _package(**completed(mediations, given, options))
