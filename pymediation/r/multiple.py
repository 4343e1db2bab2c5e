"""``multimed`` with R's habits: abbreviated argument names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd

from pymediation.multiple import MultimedResult
from pymediation.multiple import multimed as _package
from pymediation.r._arguments import completed

__all__ = ["multimed"]


def multimed(
    outcome: str | None = None,
    med_main: str | None = None,
    med_alt: str | Sequence[str] | None = None,
    treat: str | None = None,
    covariates: str | Sequence[str] | None = None,
    experiment: str | None = None,
    data: pd.DataFrame | None = None,
    design: Literal["single", "parallel"] = "single",
    sims: int = 1000,
    R2_by: float = 0.01,
    conf_level: float = 0.95,
    weight: str | None = None,
    *,
    rng: Any = None,
    **others: Any,
) -> MultimedResult:
    r"""Estimate mediation effects where another mechanism confounds the mediator, as R's ``multimed``.

    This is :func:`pymediation.multimed`. As in R an argument can be abbreviated as long as it is unique
    (``exp=``, ``conf=``).

    Parameters
    ----------
    outcome, med_main, ..., rng
        As in :func:`pymediation.multimed`.
    **others
        Abbreviations.

    Returns
    -------
    MultimedResult
        ``summary(result)`` prints R's tables, ``plot(result)`` draws them.

    Raises
    ------
    ArgumentError, ArgumentTypeError, NotEstimableError, UnknownArgumentError, UnknownNameError
        As :func:`pymediation.multimed`, and if an abbreviation is not unique.

    Warns
    -----
    PymediationWarning
        For an abbreviation.

    References
    ----------
    Tingley, D., Yamamoto, T., Hirose, K., Keele, L. and Imai, K. (2014). mediation: R package for causal
    mediation analysis. Journal of Statistical Software 59(5).

    Examples
    --------
    >>> import pymediation.r as R
    >>> boundsdata = R.data("boundsdata")
    >>> R.set_seed(1)
    >>> m_med = R.multimed(outcome="out", med_main="med", treat="ttt", experiment="manip",
    ...                    data=boundsdata, design="parallel", sims=500)
    >>> print("\n".join(str(R.summary(m_med)).splitlines()[3:8]))
    Estimates under the Homogeneous Interaction Assumption:
                    Estimate 95% CI Lower 95% CI Upper
    ACME (treated)  0.361807     0.236833     0.486781
    ACME (control)  0.306703     0.191116     0.422290
    ACME (average)  0.322463     0.206912     0.438013
    """
    given = {name: value for name, value in locals().items() if name != "others"}
    return _package(**completed(multimed, given, others))
