"""The design-based functions with R's habits: R's numbers where R is known to be wrong, abbreviated names."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pymediation import experiments as _package
from pymediation.experiments import DesignBounds, DesignEstimates
from pymediation.r._arguments import completed

__all__ = ["mediate_ced", "mediate_pd", "mediate_ped", "mediate_sed"]


def mediate_sed(
    outcome: str,
    mediator: str,
    treat: str,
    data: pd.DataFrame,
    SI: bool = False,
    sims: int = 1000,
    conf_level: float = 0.95,
    boot: bool = False,
    *,
    bounds_ci: bool = False,
    rng: Any = None,
    compat: Any = "R",
    **others: Any,
) -> DesignEstimates | DesignBounds:
    """Estimate or bound mediation effects in a single experiment, as R's ``mediate.sed``.

    This is :func:`pymediation.mediate_sed` with ``compat="R"`` as default: bootstrap intervals are R's, which
    are too wide, with a warning. As in R an argument can be abbreviated as long as it is unique.

    Parameters
    ----------
    outcome, mediator, treat, data, SI, sims, conf_level, boot, bounds_ci, rng, compat
        As in :func:`pymediation.mediate_sed`.
    **others
        Abbreviations.

    Returns
    -------
    DesignEstimates or DesignBounds
        ``summary(result)`` prints R's table.

    Raises
    ------
    ArgumentError, ArgumentTypeError, UnknownArgumentError, UnknownNameError
        As :func:`pymediation.mediate_sed`.

    References
    ----------
    Imai, K., Tingley, D. and Yamamoto, T. (2013). Experimental designs for identifying causal mechanisms.
    Journal of the Royal Statistical Society A 176, 5-51.

    Examples
    --------
    >>> import pymediation.r as R
    >>> result = R.mediate_sed("depress2", "job_disc", "treat", R.data("jobs"), SI=R.TRUE)
    >>> round(result.d1, 4)
    -0.0171
    """
    given = {name: value for name, value in locals().items() if name != "others"}
    return _package.mediate_sed(**completed(mediate_sed, given, others))


def mediate_pd(
    outcome: str,
    mediator: str,
    treat: str,
    manipulated: str,
    data: pd.DataFrame,
    NINT: bool = True,
    sims: int = 1000,
    conf_level: float = 0.95,
    *,
    bounds_ci: bool = False,
    rng: Any = None,
    compat: Any = "R",
    **others: Any,
) -> DesignEstimates | DesignBounds:
    """Estimate or bound mediation effects in a parallel design, as R's ``mediate.pd``.

    This is :func:`pymediation.mediate_pd` with ``compat="R"`` as default: where R's bounds are wrong, they
    are returned with a warning. As in R an argument can be abbreviated as long as it is unique.

    Parameters
    ----------
    outcome, mediator, treat, manipulated, data, NINT, sims, conf_level, bounds_ci, rng, compat
        As in :func:`pymediation.mediate_pd`.
    **others
        Abbreviations.

    Returns
    -------
    DesignEstimates or DesignBounds
        ``summary(result)`` prints R's table.

    Raises
    ------
    ArgumentError, ArgumentTypeError, UnknownArgumentError, UnknownNameError
        As :func:`pymediation.mediate_pd`.

    References
    ----------
    Imai, K., Tingley, D. and Yamamoto, T. (2013). Experimental designs for identifying causal mechanisms.
    Journal of the Royal Statistical Society A 176, 5-51.

    Examples
    --------
    >>> import pymediation.r as R
    >>> R.mediate_pd("out", "med", "ttt", "manip", R.data("boundsdata"), NINT=R.FALSE).d0
    Bounds(lower=-0.320708, upper=0.33033)
    """
    given = {name: value for name, value in locals().items() if name != "others"}
    return _package.mediate_pd(**completed(mediate_pd, given, others))


def mediate_ped(
    outcome: str,
    mediator: str,
    treat: str,
    encourage: str,
    data: pd.DataFrame,
    *,
    bounds_ci: bool = False,
    sims: int = 1000,
    conf_level: float = 0.95,
    rng: Any = None,
    compat: Any = "R",
    **others: Any,
) -> DesignBounds:
    """Bound mediation effects in a parallel encouragement design, as R's ``mediate.ped``.

    This is :func:`pymediation.mediate_ped` with ``compat="R"`` as default: where the data contradict the
    assumptions, R's bounds of 0 are returned with a warning. As in R an argument can be abbreviated as long
    as it is unique.

    Parameters
    ----------
    outcome, mediator, treat, encourage, data, bounds_ci, sims, conf_level, rng, compat
        As in :func:`pymediation.mediate_ped`.
    **others
        Abbreviations.

    Returns
    -------
    DesignBounds
        ``summary(result)`` prints R's table.

    Raises
    ------
    ArgumentError, ArgumentTypeError, UnknownArgumentError, UnknownNameError
        As :func:`pymediation.mediate_ped`.

    References
    ----------
    Imai, K., Tingley, D. and Yamamoto, T. (2013). Experimental designs for identifying causal mechanisms.
    Journal of the Royal Statistical Society A 176, 5-51.

    Examples
    --------
    >>> import pymediation.r as R
    >>> R.mediate_ped("out.enc", "med.enc", "ttt", "enc", R.data("boundsdata")).d0_p
    Bounds(lower=-0.146491, upper=0.207748)
    """
    given = {name: value for name, value in locals().items() if name != "others"}
    return _package.mediate_ped(**completed(mediate_ped, given, others))


def mediate_ced(
    outcome: str,
    med_1: str,
    med_2: str,
    treat: str,
    encourage: str,
    data: pd.DataFrame,
    sims: int = 1000,
    conf_level: float = 0.95,
    *,
    rng: Any = None,
    compat: Any = "R",
    **others: Any,
) -> DesignEstimates:
    """Estimate mediation effects in a crossover encouragement design, as R's ``mediate.ced``.

    This is :func:`pymediation.mediate_ced` with ``compat="R"`` as default: any number of resamples may leave
    an effect undefined. As in R an argument can be abbreviated as long as it is unique.

    Parameters
    ----------
    outcome, med_1, med_2, treat, encourage, data, sims, conf_level, rng, compat
        As in :func:`pymediation.mediate_ced`.
    **others
        Abbreviations.

    Returns
    -------
    DesignEstimates
        ``summary(result)`` prints R's table.

    Raises
    ------
    ArgumentError, ArgumentTypeError, UnknownArgumentError, UnknownNameError
        As :func:`pymediation.mediate_ced`.

    References
    ----------
    Imai, K., Tingley, D. and Yamamoto, T. (2013). Experimental designs for identifying causal mechanisms.
    Journal of the Royal Statistical Society A 176, 5-51.

    Examples
    --------
    >>> import pymediation.r as R
    >>> R.set_seed(1)
    >>> result = R.mediate_ced("Y2", "M1", "M2", "T1", "Z", R.data("CEDdata"), sims=500)
    >>> round(result.d1, 4)
    0.1194
    """
    given = {name: value for name, value in locals().items() if name != "others"}
    return _package.mediate_ced(**completed(mediate_ced, given, others))
