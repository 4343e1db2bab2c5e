"""The single-experiment design: the treatment is randomised, the mediator is observed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.compat import CompatLedger
from pymediation.estimates.effects import Effect
from pymediation.experiments.bootstrap import Resampling, replicate, without_effect
from pymediation.experiments.bounds import single_bounds
from pymediation.experiments.cells import Table, Tally, group_variances, table_of, tally
from pymediation.experiments.estimators import sequential_effects, sequential_variances
from pymediation.experiments.inference import bootstrapped_bounds, bootstrapped_effects, normal_effect
from pymediation.experiments.reading import BINARY, Columns, check_values, read_columns, refuse_unknown
from pymediation.experiments.results import DesignBounds, DesignEstimates
from pymediation.setting.options import check_fraction, flag
from pymediation.warn import warn

__all__ = ["mediate_sed"]

FloatArray = NDArray[np.float64]

_NAME = "mediate_sed"
_ARMS = ("control", "treatment")


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
    compat: Any = "fixed",
    **unknown: Any,
) -> DesignEstimates | DesignBounds:
    r"""Estimate or bound mediation effects in an experiment that randomises the treatment alone.

    With ``SI=True`` sequential ignorability is assumed: the discrete mediator is as good as random within
    each arm. Then, with :math:`n_{tm}` rows and mean outcome :math:`\bar Y_{tm}` where T = t and M = m,

    .. math:: \hat\delta(0) = \sum_m \frac{n_{1m}}{n_1} \bar Y_{0m} - \bar Y_0, \qquad
              \hat\delta(1) = \bar Y_1 - \sum_m \frac{n_{0m}}{n_0} \bar Y_{1m},

    with intervals by the delta method or the bootstrap. With ``SI=False`` nothing is assumed beyond the
    randomisation; mediator and outcome are binary, and the data bound the effects: with
    :math:`P_{ymt} = \Pr(Y = y, M = m \mid T = t)`

    .. math:: \max\{-P_{001} - P_{011},\; -P_{011} - P_{010} - P_{110},\; -P_{000} - P_{001} - P_{100}\}
              \le \bar\delta(1) \le
              \min\{P_{101} + P_{111},\; P_{010} + P_{110} + P_{111},\; P_{000} + P_{100} + P_{101}\}

    and likewise :math:`\bar\delta(0)`. These bounds are sharp, and never exclude 0.

    Parameters
    ----------
    outcome, mediator, treat : str
        Names of columns. The treatment is 0 and 1; so are mediator and outcome with ``SI=False``. With
        ``SI=True`` the mediator has few distinct values and the outcome is any number. A factor stands for
        0, 1, ... in the order of its levels, booleans are 0 and 1, text is read as numbers.
    data : DataFrame
        A row per unit. Rows with missing values are left out, with a warning.
    SI : bool
        Whether to assume sequential ignorability.
    sims : int
        Bootstrap resamples.
    conf_level : float
        Level of the intervals.
    boot : bool
        With ``SI=True``: percentile intervals of the bootstrap in place of the delta method.
    bounds_ci : bool
        With ``SI=False``: bootstrap standard errors of the bounds, and intervals for the effects by Imbens
        and Manski (2004), which R does not have. They take estimated bounds as normal. Where several terms of
        a bound nearly tie its estimate is biased inwards, and the interval covers less often than it says.
    rng : optional
        Random numbers, as in `mediate`: None is R's global stream, if there is one.
    compat : {"fixed", "R"}
        R's bootstrap keeps the numbers of treated and control rows of the original data in all resamples,
        which makes its intervals several times too wide. "fixed" counts them anew, "R" returns R's intervals.

    Returns
    -------
    DesignEstimates (``SI=True``) or DesignBounds (``SI=False``)
        ``d0``, ``d1``, and for estimates ``d0_ci``, ``d1_ci``; ``summary()`` prints R's table.

    Raises
    ------
    ArgumentTypeError, UnknownNameError, UnknownArgumentError
        If `data` is no data frame, a name is not a column of it, or an argument does not exist.
    ArgumentError
        If a column takes other values than those accepted.
    NotEstimableError
        If no row is complete, or more than a tenth of the resamples leave an effect undefined.

    Warns
    -----
    PymediationWarning
        If rows are left out, or a value of the mediator does not occur in an arm, so that an effect is NaN.
    CompatibilityWarning
        With the bootstrap, see `compat`.

    References
    ----------
    Imai, K., Tingley, D. and Yamamoto, T. (2013). Experimental designs for identifying causal mechanisms.
    Journal of the Royal Statistical Society A 176, 5-51.

    Imbens, G. W. and Manski, C. F. (2004). Confidence intervals for partially identified parameters.
    Econometrica 72, 1845-1857.

    Examples
    --------
    >>> import pymediation as pm
    >>> result = pm.mediate_sed("depress2", "job_disc", "treat", pm.datasets.load_jobs(), SI=True)
    >>> round(result.d0, 4), round(result.d0_ci.lower, 4), round(result.d0_ci.upper, 4)
    (-0.0156, -0.0447, 0.0136)
    >>> bounds = pm.datasets.load_boundsdata().query("manip == 0")
    >>> pm.mediate_sed("out", "med", "ttt", bounds).d1
    Bounds(lower=-0.124183, upper=0.870341)
    """
    call = {name: value for name, value in locals().items() if name not in ("data", "unknown")}
    refuse_unknown(_NAME, unknown, tuple(call))
    ledger = CompatLedger(compat)
    level = check_fraction(conf_level, "conf_level")
    names = {"outcome": outcome, "mediator": mediator, "treat": treat}
    columns = read_columns(_NAME, data, names, factors="position")
    ignorable = flag(SI, "SI")
    resampling = flag(boot, "boot") if ignorable else flag(bounds_ci, "bounds_ci")
    how = Resampling(resampling, sims, rng, "lack a value of the mediator in an arm, or an arm", ignorable)
    if ignorable:
        without_effect(_NAME, flag(bounds_ci, "bounds_ci"), "bounds_ci=True", "with SI=True; use boot=True")
        return _estimates(columns, level, how, ledger, call)
    without_effect(_NAME, flag(boot, "boot"), "boot=True", "with SI=False; use bounds_ci=True")
    return _bounds(columns, level, how, ledger, call)


def _bounds(
    columns: Columns, level: float, how: Resampling, ledger: CompatLedger, call: dict[str, Any]
) -> DesignBounds:
    """Return sharp bounds."""
    check_values(columns, dict.fromkeys(columns.names, BINARY))
    table = table_of([columns[name] for name in ("treat", "mediator", "outcome")], [BINARY] * 3)
    done = replicate(_NAME, table, single_bounds, how, ledger)
    pairs = bootstrapped_bounds(done.draws, done.original, level if how.wanted else None)
    return DesignBounds(
        bounds=dict(zip(("d0", "d1"), pairs, strict=True)),
        conf_level=level if how.wanted else None,
        design="SED.NP.NOSI",
        **done.record(columns.nobs, ledger, call),
    )


def _estimates(
    columns: Columns, level: float, how: Resampling, ledger: CompatLedger, call: dict[str, Any]
) -> DesignEstimates:
    """Return estimates under sequential ignorability."""
    check_values(columns, {"treat": BINARY})
    categories = np.unique(columns["mediator"])
    table = table_of([columns["treat"], columns["mediator"]], [BINARY, categories], columns["outcome"])
    counted = tally(table)
    _warn_empty(columns, counted, categories)
    _warn_constant(columns)
    arms = counted.counts[0].sum(axis=-1) if how.wanted and ledger.follow_r("sed-bootstrap") else None
    done = replicate(_NAME, table, lambda sample: sequential_effects(sample, arms), how, ledger)
    if how.wanted:
        effects = bootstrapped_effects(done.draws, done.original, level)
        missing = np.isnan([effect.lower for effect in effects])
    else:
        effects, missing = _by_delta_method(columns, table, done.original, level)
    ledger.warn(_NAME)
    return DesignEstimates(
        effects=dict(zip(("d0", "d1"), effects, strict=True)),
        not_available=frozenset(f"d{arm}" for arm in np.flatnonzero(missing)),
        conf_level=level,
        design="SED.NP.SI",
        **done.record(columns.nobs, ledger, call),
    )


def _by_delta_method(
    columns: Columns, table: Table, estimates: FloatArray, level: float
) -> tuple[list[Effect], NDArray[np.bool_]]:
    """Return effects with intervals by the delta method, and which of these lack a variance."""
    y, counted = columns["outcome"], tally(table)
    within = group_variances(table.cells, int(np.prod(table.shape)), y).reshape(table.shape)
    variances = sequential_variances(
        counted, within, group_variances(table.cells // table.shape[1], table.shape[0], y)
    )
    alone = (counted.counts[0] == 1).any(axis=-1) & np.isfinite(estimates)
    for arm in np.flatnonzero(alone | (variances < 0)):
        problem = (
            f"a value of {columns.names['mediator']!r} occurs once only in that arm"
            if alone[arm]
            else "its variance by the delta method is negative"
        )
        warn(
            f"{_NAME}: the ACME under {_ARMS[arm]} has no interval: {problem}. Merge values of the mediator, "
            "or use boot=True."
        )
    effects = [normal_effect(float(d), float(v), level) for d, v in zip(estimates, variances, strict=True)]
    return effects, alone


def _warn_empty(columns: Columns, counted: Tally, categories: FloatArray) -> None:
    """Warn about effects that are NaN because a value of the mediator does not occur in an arm."""
    for arm, counts in enumerate(counted.counts[0]):
        absent = categories[counts == 0]
        if absent.size:
            shown = ", ".join(f"{value:g}" for value in absent[:6]) + (", ..." if absent.size > 6 else "")
            warn(
                f"{_NAME}: where {columns.names['treat']!r} is {arm}, {columns.names['mediator']!r} is never "
                f"{shown} ({absent.size} of its {categories.size} values): the ACME under {_ARMS[arm]} "
                "cannot be estimated and is NaN. Merge values of the mediator so that all occur in both arms."
            )


def _warn_constant(columns: Columns) -> None:
    """Warn about a mediator or an outcome that never varies, as a wrong column may."""
    for argument in ("mediator", "outcome"):
        value = columns[argument][0]
        if (columns[argument] == value).all():
            warn(f"{columns.describe(argument)} is {value:g} in every row: the effects are 0 by definition.")
