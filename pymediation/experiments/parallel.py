"""The parallel design: one experiment randomises the treatment, another sets the mediator as well."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.compat import CompatLedger
from pymediation.experiments.bootstrap import Resampling, empty_groups, replicate, without_effect
from pymediation.experiments.bounds import parallel_bounds
from pymediation.experiments.cells import Table, table_of, tally
from pymediation.experiments.estimators import parallel_effect
from pymediation.experiments.inference import bootstrapped_bounds, bootstrapped_effects
from pymediation.experiments.reading import BINARY, Columns, check_values, read_columns, refuse_unknown
from pymediation.experiments.results import DesignBounds, DesignEstimates
from pymediation.setting.options import check_fraction, flag
from pymediation.warn import warn

__all__ = ["mediate_pd"]

FloatArray = NDArray[np.float64]

_NAME: Final = "mediate_pd"
_AXES: Final = ("manipulated", "treat", "mediator", "outcome")
# Bounds that differ by less differ by rounding.
_ROUNDING: Final = 1e-12


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
    compat: Any = "fixed",
    **unknown: Any,
) -> DesignEstimates | DesignBounds:
    r"""Estimate or bound mediation effects in a parallel design.

    Units are split at random. In one half (D = 0) the treatment alone is randomised; in the other (D = 1) the
    mediator is set too. If treatment and mediator do not interact (``NINT=True``) the effect is the total
    effect less the direct effect, averaged over the mediator:

    .. math:: \hat\delta = \bar Y_{1}^{D=0} - \bar Y_{0}^{D=0}
              - \sum_m \hat{\Pr}(M = m \mid D = 1) (\bar Y_{1m}^{D=1} - \bar Y_{0m}^{D=1}).

    With ``NINT=False`` that is not assumed, and the data bound :math:`\bar\delta(0)` and
    :math:`\bar\delta(1)`: with :math:`P_{ymt} = \Pr(Y = y, M = m \mid T = t, D = 0)` and
    :math:`Z_{ymt} = \Pr(Y = y \mid T = t, M = m, D = 1)` the upper bound of the latter is

    .. math:: \bar\delta(1) \le \min\{P_{101} + P_{111},\; P_{010} + P_{110} + P_{101} + P_{111} - Z_{101},\;
              P_{000} + P_{100} + P_{101} + P_{111} - Z_{111},\; \\
              P_{101} + P_{111} + Z_{001} - Z_{111},\; P_{111} - P_{011} + Z_{011},\;
              P_{101} - P_{001} + Z_{001}\},

    and the other three are of that kind. They are sharp, and may exclude 0.

    Parameters
    ----------
    outcome, mediator, treat, manipulated : str
        Names of columns of zeros and ones; `manipulated` (D) is 1 where the mediator was set. A factor is
        read by its labels, booleans are 0 and 1.
    data : DataFrame
        A row per unit. Rows with missing values are left out, with a warning.
    NINT : bool
        Whether to assume that treatment and mediator do not interact.
    sims : int
        Bootstrap resamples.
    conf_level : float
        Level of the intervals.
    bounds_ci : bool
        With ``NINT=False``: bootstrap standard errors of the bounds, and intervals for the effects by Imbens
        and Manski (2004), which R does not have. They take estimated bounds as normal. Where several terms of
        a bound nearly tie its estimate is biased inwards, and the interval covers less often than it says.
    rng : optional
        Random numbers, as in `mediate`: None is R's global stream, if there is one.
    compat : {"fixed", "R"}
        Three terms of R's bounds under control are misprinted. "fixed" uses the sharp bounds, "R" R's.

    Returns
    -------
    DesignEstimates (``NINT=True``) or DesignBounds (``NINT=False``)
        ``d0``, ``d1``, and for estimates ``d0_ci``, ``d1_ci``; ``summary()`` prints R's table.

    Raises
    ------
    ArgumentTypeError, UnknownNameError, UnknownArgumentError
        If `data` is no data frame, a name is not a column of it, or an argument does not exist.
    ArgumentError
        If a column takes other values than 0 and 1, or only one of them.
    NotEstimableError
        If no row is complete, or more than a tenth of the resamples leave an effect undefined.

    Warns
    -----
    PymediationWarning
        If rows are left out, a combination of treatment and mediator has no row, so that effects are NaN, or
        a lower bound is above the upper one.
    CompatibilityWarning
        Where R's bounds differ, see `compat`.

    References
    ----------
    Imai, K., Tingley, D. and Yamamoto, T. (2013). Experimental designs for identifying causal mechanisms.
    Journal of the Royal Statistical Society A 176, 5-51.

    Examples
    --------
    >>> import pymediation as pm
    >>> data = pm.datasets.load_boundsdata()
    >>> result = pm.mediate_pd("out", "med", "ttt", "manip", data, rng=pm.RStream(1))
    >>> round(result.d1, 4)
    0.3297
    >>> pm.mediate_pd("out", "med", "ttt", "manip", data, NINT=False).d1
    Bounds(lower=0.20065, upper=0.767974)
    """
    call = {name: value for name, value in locals().items() if name not in ("data", "unknown")}
    refuse_unknown(_NAME, unknown, tuple(call))
    ledger = CompatLedger(compat)
    level = check_fraction(conf_level, "conf_level")
    names = {"outcome": outcome, "mediator": mediator, "treat": treat, "manipulated": manipulated}
    columns = read_columns(_NAME, data, names, factors="label")
    check_values(columns, dict.fromkeys(names, BINARY))
    table = table_of([columns[name] for name in _AXES], [BINARY] * len(_AXES))
    _warn_empty(columns, table)
    single, interval = flag(NINT, "NINT"), flag(bounds_ci, "bounds_ci")
    how = Resampling(single or interval, sims, rng, "lack a combination of treatment and mediator", single)
    if not single:
        return _bounds(columns, table, level, how, ledger, call)
    without_effect(_NAME, interval, "bounds_ci=True", "with NINT=True, which has an interval already")
    done = replicate(_NAME, table, parallel_effect, how, ledger)
    effects = bootstrapped_effects(done.draws, done.original, level)
    return DesignEstimates(
        effects=dict(zip(("d0", "d1"), effects, strict=True)),
        not_available=frozenset(("d0", "d1") if np.isnan(effects[0].lower) else ()),
        conf_level=level,
        design="PD.NINT",
        **done.record(columns.nobs, ledger, call),
    )


def _bounds(
    columns: Columns, table: Table, level: float, how: Resampling, ledger: CompatLedger, call: dict[str, Any]
) -> DesignBounds:
    """Return sharp bounds, or R's where they differ and were asked for."""
    counted = tally(table)
    right, of_r = parallel_bounds(counted), parallel_bounds(counted, of_r=True)
    differ = bool((np.abs(right - of_r) > _ROUNDING).any()) and ledger.follow_r("pd-bounds")
    done = replicate(_NAME, table, lambda sample: parallel_bounds(sample, of_r=differ), how, ledger)
    ledger.warn(_NAME)
    _warn_crossed(done.original)
    pairs = bootstrapped_bounds(done.draws, done.original, level if how.wanted else None)
    return DesignBounds(
        bounds=dict(zip(("d0", "d1"), pairs, strict=True)),
        conf_level=level if how.wanted else None,
        design="PD",
        **done.record(columns.nobs, ledger, call),
    )


def _warn_crossed(bounds: FloatArray) -> None:
    """Warn about bounds in the wrong order, between which no effect can be."""
    lower, upper = bounds[::2], bounds[1::2]
    for arm, low, high in zip(("control", "treatment"), lower, upper, strict=True):
        if low > high + _ROUNDING:
            warn(
                f"{_NAME}: the lower bound under {arm} ({low:.4g}) is above the upper one ({high:.4g}). The "
                "data contradict the design's assumption that the outcome depends on the mediator's value, "
                "not on whether it was set; in small samples chance may do that. Are mediator= and "
                "manipulated= the right columns?"
            )


def _warn_empty(columns: Columns, table: Table) -> None:
    """Warn about cells without rows that leave effects undefined."""
    rows = tally(table).counts[0].sum(axis=-1)  # (manipulated, t, m)
    treat, mediator, manipulated = (columns.names[name] for name in ("treat", "mediator", "manipulated"))
    empty = [
        *(f"{manipulated}=0, {cell}" for cell in empty_groups(rows[0].sum(axis=-1), {treat: BINARY})),
        *(f"{manipulated}=1, {cell}" for cell in empty_groups(rows[1], {treat: BINARY, mediator: BINARY})),
    ]
    if empty:
        warn(f"{_NAME}: there are no rows with {'; '.join(empty)}. Effects that need them are NaN.")
