"""``amelidiate`` with R's habits: R's numbers where R is known to be wrong."""

from __future__ import annotations

from typing import Any

from pymediation.imputation import PooledMediationResult
from pymediation.imputation import amelidiate as _package

__all__ = ["amelidiate"]


def amelidiate(g: Any, *, compat: Any = "R", **options: Any) -> PooledMediationResult:
    """Pool mediation analyses of multiply imputed data sets, as R's ``amelidiate``.

    This is :func:`pymediation.amelidiate` with ``compat="R"`` as default.

    Parameters
    ----------
    g, compat, **options
        As in :func:`pymediation.amelidiate`.

    Returns
    -------
    PooledMediationResult
        ``summary(result)`` prints R's table.

    Raises
    ------
    ArgumentError, ArgumentTypeError, DataMismatchError
        As :func:`pymediation.amelidiate`.

    References
    ----------
    Tingley, D., Yamamoto, T., Hirose, K., Keele, L. and Imai, K. (2014). mediation: R package for causal
    mediation analysis. Journal of Statistical Software 59(5).

    Examples
    --------
    >>> import warnings
    >>> import pymediation.r as R
    >>> jobs = R.data("jobs")
    >>> R.set_seed(1)
    >>> g = R.mediations({"D1": jobs, "D2": jobs}, R.rep("treat", 2), "job_seek", "depress2")
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")  # R pools D1 twice
    ...     pooled = R.amelidiate(g)
    >>> pooled.d0_p, round(pooled.d0, 4)
    (1.0, -0.0155)
    """
    return _package(g, compat=compat, **options)
