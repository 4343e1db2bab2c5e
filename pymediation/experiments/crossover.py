"""The crossover encouragement design: both treatments in turn, with encouragement in the second round."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from pymediation.compat import CompatLedger
from pymediation.experiments.bootstrap import Resampling, empty_groups, replicate
from pymediation.experiments.cells import Table, table_of, tally
from pymediation.experiments.estimators import crossover_effects
from pymediation.experiments.inference import bootstrapped_effects
from pymediation.experiments.reading import BINARY, Columns, check_values, read_columns, refuse_unknown
from pymediation.experiments.results import DesignEstimates
from pymediation.setting.options import check_fraction
from pymediation.warn import warn

__all__ = ["mediate_ced"]

_NAME: Final = "mediate_ced"
_AXES: Final = ("treat", "med_1", "med_2", "encourage", "outcome")
_SHOWN: Final = 4


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
    compat: Any = "fixed",
    **unknown: Any,
) -> DesignEstimates:
    r"""Estimate mediation effects among pliable units in a crossover encouragement design.

    In the first round the treatment T is randomised and the mediator :math:`M_1` observed. In the second each
    unit gets the other treatment, and a random part (V = 1) is encouraged to take the value that its mediator
    had in the first; :math:`M_2` and the outcome Y are observed. If the rounds do not affect each other, and
    encouragement never moves the mediator away from that value nor acts on the outcome directly, the effects
    among units that it moves are identified. With A(t, m, v) the share of :math:`M_2 = 1` and H(t, m, v) the
    mean outcome, where T = t, :math:`M_1 = m` and V = v, and Q(t, m) the share of :math:`M_1 = m`,

    .. math:: \hat\delta(1 - t) = (2t - 1) \frac{\sum_m Q(t, m) [H(t, m, 1) - H(t, m, 0)]}
              {[A(t, 0, 0) - A(t, 0, 1)] Q(t, 0) + [A(t, 1, 1) - A(t, 1, 0)] Q(t, 1)}.

    Parameters
    ----------
    outcome : str
        Name of the column of the second round's outcome.
    med_1, med_2 : str
        Names of the columns of the mediator in the first and in the second round.
    treat : str
        Name of the column of the first round's treatment.
    encourage : str
        Name of the column that is 1 for units encouraged in the second round. All five columns are 0 and 1;
        a factor is read by its labels, booleans are 0 and 1.
    data : DataFrame
        A row per unit. Rows with missing values are left out, with a warning.
    sims : int
        Bootstrap resamples.
    conf_level : float
        Level of the intervals.
    rng : optional
        Random numbers, as in `mediate`: None is R's global stream, if there is one.
    compat : {"fixed", "R"}
        The numbers are the same. With "R" any number of resamples may leave an effect undefined.

    Returns
    -------
    DesignEstimates
        ``d0``, ``d1``, ``d0_ci``, ``d1_ci``; ``summary()`` prints R's table.

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
        If rows are left out, or the data are too sparse for an effect, which is then NaN.

    References
    ----------
    Imai, K., Tingley, D. and Yamamoto, T. (2013). Experimental designs for identifying causal mechanisms.
    Journal of the Royal Statistical Society A 176, 5-51.

    Examples
    --------
    >>> import pymediation as pm
    >>> data = pm.datasets.load_CEDdata()
    >>> result = pm.mediate_ced("Y2", "M1", "M2", "T1", "Z", data, rng=pm.RStream(1))
    >>> round(result.d0, 4), round(result.d1, 4)
    (0.0907, 0.1194)
    """
    call = {name: value for name, value in locals().items() if name not in ("data", "unknown")}
    refuse_unknown(_NAME, unknown, tuple(call))
    ledger = CompatLedger(compat)
    level = check_fraction(conf_level, "conf_level")
    names = {"outcome": outcome, "treat": treat, "med_1": med_1, "med_2": med_2, "encourage": encourage}
    columns = read_columns(_NAME, data, names, factors="label")
    check_values(columns, dict.fromkeys(names, BINARY))
    table = table_of([columns[name] for name in _AXES], [BINARY] * len(_AXES))
    how = Resampling(True, sims, rng, "are too sparse for an effect", tests=True)
    done = replicate(_NAME, table, crossover_effects, how, ledger)
    if not np.isfinite(done.original).all():
        _warn_sparse(columns, table)
    effects = dict(zip(("d0", "d1"), bootstrapped_effects(done.draws, done.original, level), strict=True))
    return DesignEstimates(
        effects=effects,
        not_available=frozenset(name for name, effect in effects.items() if np.isnan(effect.lower)),
        conf_level=level,
        design="CED",
        **done.record(columns.nobs, ledger, call),
    )


def _warn_sparse(columns: Columns, table: Table) -> None:
    """Warn about effects that are not defined, with R's words and the reason."""
    rows = tally(table).counts[0].sum(axis=-1)
    empty = empty_groups(rows, {columns.names[name]: BINARY for name in _AXES[:-1]})
    more = f" and {len(empty) - _SHOWN} other combinations" if len(empty) > _SHOWN else ""
    reason = (
        f"there are no rows with {'; '.join(empty[:_SHOWN])}{more}"
        if empty
        else f"{columns.names['encourage']!r} does not move {columns.names['med_2']!r}"
    )
    warn(f"NaN produced; distribution of observed variables may be too sparse ({_NAME}: {reason}).")
