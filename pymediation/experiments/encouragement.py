"""The parallel encouragement design: the mediator cannot be set, but be encouraged either way."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.compat import CompatLedger
from pymediation.errors import NotEstimableError
from pymediation.experiments.bootstrap import Replicated, Resampling, empty_groups, replicate
from pymediation.experiments.cells import Table, table_of, tally
from pymediation.experiments.encouragement_bounds import encouragement_bounds, violations
from pymediation.experiments.inference import bootstrapped_bounds
from pymediation.experiments.reading import (
    BINARY,
    ENCOURAGEMENT,
    Columns,
    check_values,
    read_columns,
    refuse_unknown,
)
from pymediation.experiments.results import DesignBounds
from pymediation.setting.options import check_fraction, flag
from pymediation.warn import warn

__all__ = ["mediate_ped"]

FloatArray = NDArray[np.float64]

_NAME: Final = "mediate_ped"
_EFFECTS: Final = ("d0", "d0_p", "d1", "d1_p")
_ARMS: Final = ("control", "treatment")
_WHY_UNDEFINED: Final = "lack a combination of treatment and encouragement, or compliers"


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
    compat: Any = "fixed",
    **unknown: Any,
) -> DesignBounds:
    r"""Bound mediation effects in a parallel encouragement design.

    Treatment T and encouragement Z, towards mediator 0 (-1), none (0) or towards mediator 1 (1), are
    randomised. Encouragement is assumed to act on the outcome through the mediator alone and never to move
    the mediator the other way: with :math:`M_t(-1) \le M_t(0) \le M_t(1)`, the effects are

    .. math:: \bar\delta(t) = E[Y(t, M_1(0)) - Y(t, M_0(0))],

    in the population and among compliers, the units with :math:`M_t(-1) < M_t(1)`. Their sharp bounds are
    the extremes of a linear function of the joint distribution of :math:`(Y(t, 0), Y(t, 1), M_t(\cdot),
    M_{1-t}(\cdot))`, 64 probabilities, subject to what the data say of them: :math:`\Pr(Y, M \mid T = t, Z)`
    and :math:`\Pr(M \mid T = 1 - t, Z)`. This linear programme has a solution in closed form, which is used.

    Parameters
    ----------
    outcome, mediator, treat, encourage : str
        Names of columns. Outcome, mediator and treatment are 0 and 1, the encouragement is -1, 0 and 1; every
        value occurs. A factor is read by its labels, booleans are 0 and 1.
    data : DataFrame
        A row per unit. Rows with missing values are left out, with a warning.
    bounds_ci : bool
        Bootstrap standard errors of the bounds, and intervals for the effects by Imbens and Manski (2004),
        which R does not have. They take estimated bounds as normal. Where several terms of a bound nearly
        tie its estimate is biased inwards, and the interval covers less often than it says. Resamples that
        contradict the assumptions take part with what the closed form gives for them.
    sims : int
        Bootstrap resamples for `bounds_ci`.
    conf_level : float
        Level of the intervals.
    rng : optional
        Random numbers, as in `mediate`: None is R's global stream, if there is one.
    compat : {"fixed", "R"}
        Shares that move against the encouragement contradict the assumptions, so that there are no bounds.
        "fixed" returns NaN, "R" the zeros that R returns.

    Returns
    -------
    DesignBounds
        ``d0``, ``d1`` (population) and ``d0_p``, ``d1_p`` (compliers); ``summary()`` prints R's table.

    Raises
    ------
    ArgumentTypeError, UnknownNameError, UnknownArgumentError
        If `data` is no data frame, a name is not a column of it, or an argument does not exist.
    ArgumentError
        If a column takes other values than those accepted, or not all of them.
    NotEstimableError
        If no row is complete, a combination of treatment and encouragement has no row, or more than a tenth
        of the resamples lack one.

    Warns
    -----
    PymediationWarning
        If rows are left out; which shares contradict the assumptions, if any do.
    CompatibilityWarning
        If any do, see `compat`.

    References
    ----------
    Imai, K., Tingley, D. and Yamamoto, T. (2013). Experimental designs for identifying causal mechanisms.
    Journal of the Royal Statistical Society A 176, 5-51.

    Examples
    --------
    >>> import pymediation as pm
    >>> result = pm.mediate_ped("out.enc", "med.enc", "ttt", "enc", pm.datasets.load_boundsdata())
    >>> result.d1, result.d1_p
    (Bounds(lower=-0.0201368, upper=0.743392), Bounds(lower=0.0113717, upper=0.707211))
    """
    call = {name: value for name, value in locals().items() if name not in ("data", "unknown")}
    refuse_unknown(_NAME, unknown, tuple(call))
    ledger = CompatLedger(compat)
    level = check_fraction(conf_level, "conf_level")
    names = {"outcome": outcome, "mediator": mediator, "treat": treat, "encourage": encourage}
    columns = read_columns(_NAME, data, names, factors="label")
    allowed = {**dict.fromkeys(names, BINARY), "encourage": ENCOURAGEMENT}
    check_values(columns, allowed)
    axes = ("treat", "encourage", "mediator", "outcome")
    table = table_of([columns[name] for name in axes], [allowed[name] for name in axes])
    _refuse_empty(columns, table)
    how = Resampling(flag(bounds_ci, "bounds_ci"), sims, rng, _WHY_UNDEFINED, tests=False)
    done = replicate(_NAME, table, encouragement_bounds, how, ledger)
    draws, original = _without_impossible(table, done, ledger)
    ledger.warn(_NAME)
    pairs = bootstrapped_bounds(draws, original, level if how.wanted else None)
    return DesignBounds(
        bounds=dict(zip(_EFFECTS, pairs, strict=True)),
        conf_level=level if how.wanted else None,
        design="PED",
        **done.record(columns.nobs, ledger, call),
    )


def _refuse_empty(columns: Columns, table: Table) -> None:
    """Refuse data without rows for a combination of treatment and encouragement."""
    rows = tally(table).counts[0].sum(axis=(2, 3))
    axes = {columns.names["treat"]: BINARY, columns.names["encourage"]: ENCOURAGEMENT}
    empty = empty_groups(rows, axes)
    if empty:
        msg = f"{_NAME}: there are no rows with {'; '.join(empty)}; the bounds need every combination."
        raise NotEstimableError(msg)


def _without_impossible(
    table: Table, done: Replicated, ledger: CompatLedger
) -> tuple[FloatArray, FloatArray]:
    """Replace what the bounds' formula gives for an arm whose data contradict the assumptions."""
    draws, original = done.draws.copy(), done.original.copy()
    for arm, contradictions in violations(tally(table)).items():
        here = slice(4 * arm, 4 * arm + 4)
        if not contradictions:
            if not np.isfinite(original[here]).all():
                warn(f"{_NAME}: no unit under {_ARMS[arm]} complies; bounds among compliers are NaN.")
            continue
        with np.errstate(invalid="ignore"):  # R divides 0 by the share of compliers, which may be 0
            original[here] *= 0.0 if ledger.follow_r("ped-infeasible") else np.nan
        original[here] += 0.0  # R prints no negative zero, and neither do we
        draws[:, here] = np.nan
        warn(
            f"{_NAME}: there are no bounds under {_ARMS[arm]}. The data contradict the assumptions that "
            "encouragement never moves the mediator the other way and acts on the outcome through it alone: "
            f"{'; '.join(contradictions)}. In small samples chance may do that."
        )
    return draws, original
