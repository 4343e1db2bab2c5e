"""The function ``mediations``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pymediation.batches.fitting import fit_models
from pymediation.batches.grid import Specification, grid
from pymediation.batches.request import BY_ROW, Batch, read_batch
from pymediation.batches.results import MediationsResult
from pymediation.compat import Compat, CompatLedger
from pymediation.errors import PymediationError
from pymediation.mediation import mediate
from pymediation.results.mediation import MediationResult
from pymediation.results.ordered import OrderedMediationResult
from pymediation.streams import Stream, as_stream
from pymediation.warn import each_once

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
    compat: Compat = "fixed",
    **options: Any,
) -> MediationsResult:
    r"""Run a mediation analysis for every outcome, treatment and mediator.

    The i-th treatment is analysed in the i-th data set, with every outcome and every mediator. Each analysis
    fits ``mediator ~ treatment [+ covariates]`` and ``outcome ~ treatment + mediator [+ covariates]`` (with
    `interaction`: ``treatment * mediator``) and calls :func:`mediate`; one stream of random numbers runs
    through all of them.

    Parameters
    ----------
    datasets : dict of str to DataFrame
        As many named data sets as treatments. A data frame may be named several times.
    treatment, mediators, outcome : str or sequence of str
        Names of columns. A treatment named once for each of several data sets is analysed in all of them,
        for instance after multiple imputation; see :func:`amelidiate`.
    covariates : str or sequence of str, optional
        Right-hand side of a formula, such as ``"age + factor(site)"``, part of all models.
    families : (str, str)
        Mediator model and outcome model: ``"gaussian"`` (least squares), ``"binomial"`` (probit),
        ``"oprobit"`` (ordered probit), ``"quantile"`` (quantile regression at `tau_m` or `tau_y`), and for
        the outcome ``"tobit"`` (cut off at `LowerY` and `UpperY`).
    tau_m, tau_y : float
        Quantiles, between 0 and 1.
    LowerY, UpperY : float, optional
        Limits of a tobit outcome, in its units; None is no limit on that side.
    interaction : bool
        Whether treatment and mediator interact in the outcome model.
    conf_level, sims, boot
        As in :func:`mediate`; here `sims` is 500.
    weights : str, optional
        Name of a column of weights, in every data set.
    rng, n_jobs, progress, compat
        As in :func:`mediate`.
    **options
        Further arguments of every call of :func:`mediate`: ``robustSE``, ``cluster``, ``dropobs``,
        ``control_value``, ``treat_value``, ``boot_ci_type``, ... `cluster` and `strata` may name a column.

    Returns
    -------
    MediationsResult
        The results, by R's names ``"outcome.treatment.mediator"`` or by position.

    Raises
    ------
    UnknownNameError
        If a name is not a column; the message says of which data set.
    ArgumentError, ArgumentTypeError, UnknownArgumentError
        If an argument is not accepted, such as numbers of treatments and data sets that differ.
    PymediationError
        Whatever :func:`mediate` raises, with a note that tells the analysis.

    References
    ----------
    Tingley, D., Yamamoto, T., Hirose, K., Keele, L. and Imai, K. (2014). mediation: R package for causal
    mediation analysis. Journal of Statistical Software 59(5).

    Examples
    --------
    >>> import pymediation as pm
    >>> jobs = pm.datasets.load_jobs()
    >>> both = pm.mediations({"jobs": jobs}, "treat", "job_seek", ["depress2", "depress1"],
    ...                      covariates="econ_hard + sex + age", rng=pm.RStream(1))
    >>> both.names
    ('depress2.treat.job_seek', 'depress1.treat.job_seek')
    >>> round(both["depress2.treat.job_seek"].d0, 4)
    -0.0158
    """
    arguments = {name: value for name, value in locals().items() if name != "options"}
    ledger = CompatLedger(compat)
    batch = read_batch(arguments, options, ledger)
    stream = as_stream(rng)
    record = stream.describe()
    specifications = grid(batch)
    with each_once():
        results = tuple(_analysis(one, batch, stream) for one in specifications)
        ledger.warn("mediations")
    call = arguments | options | {"datasets": tuple(batch.datasets)}
    return MediationsResult(
        specifications=specifications, results=results, call=call, stream=record, compat=compat
    )


def _analysis(
    specification: Specification, batch: Batch, stream: Stream
) -> MediationResult | OrderedMediationResult:
    """Fit the models of one analysis and run it."""
    data = batch.datasets[specification.dataset]
    options: dict[str, Any] = {
        name: data[value] if name in BY_ROW and isinstance(value, str) else value
        for name, value in batch.options.items()
    }
    options |= {"treat": specification.treatment, "mediator": specification.mediator}
    try:
        return mediate(*fit_models(specification, batch), **options, rng=stream)
    except PymediationError as error:
        error.add_note(f"This is about {specification.name} in the data set {specification.dataset!r}.")
        raise
