"""Pool results of the same analysis of several data sets: stacked draws, and Rubin's rules beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from pymediation.adapters import adapt
from pymediation.compat import CompatLedger
from pymediation.estimates.effects import EFFECT_NAMES, Effect, EffectName, effect_of, monte_carlo_error
from pymediation.imputation.results import PooledMediationResult, counted_sets
from pymediation.imputation.rubin import RubinEstimate, rubins_rules
from pymediation.results.mediation import MediationResult

__all__ = ["pooled"]

_AVERAGES: Final = ("d_avg", "z_avg", "n_avg")
_RATIOS: Final = ("n0", "n1", "n_avg")


def pooled(
    elements: Sequence[MediationResult],
    names: Sequence[str],
    ledger: CompatLedger,
    df_complete: float | None = None,
) -> PooledMediationResult:
    """Pool results that have draws.

    Parameters
    ----------
    elements : sequence of MediationResult
        One for each data set.
    names : sequence of str
        Their names. R reads the first of several with one name again and again.
    ledger : CompatLedger
        Whether to do as R does.
    df_complete : float, optional
        Degrees of freedom of the analysis of complete data; by default the smallest that the models have.

    Returns
    -------
    PooledMediationResult
    """
    if len(set(names)) < len(names) and ledger.follow_r("pooled-by-name"):
        elements = [elements[list(names).index(name)] for name in names]
    as_r = ledger.follow_r("pooled-inference")
    last = elements[-1]
    same = ("treat", "mediator", "covariates", "control_value", "treat_value", "INT", "boot", "conf_level")
    draws = ", ".join(dict.fromkeys(str(element.sims) for element in elements))
    sizes = f"{counted_sets(len(elements))} of {draws} {'replicates' if last.boot else 'draws'} each"
    return PooledMediationResult(
        effects={name: _stacked(name, elements, as_r=as_r) for name in EFFECT_NAMES},
        rubin=_rubin(elements, last.conf_level, df_complete),
        one_set=last.one_set,
        elements=tuple(elements),
        names=tuple(names),
        boot_ci_type=last.boot_ci_type if as_r else "perc",
        nobs=last.nobs,
        sims=last.sims,
        compat=ledger.mode,
        defects=ledger.defects,
        notes=() if as_r else (f"(Pooled over {sizes})", *last.notes),
        **{field: getattr(last, field) for field in same},
    )


def _stacked(name: EffectName, elements: Sequence[MediationResult], *, as_r: bool) -> Effect:
    """Return one effect from the draws of all data sets."""
    parts = [element.effects[name] for element in elements]
    draws = np.concatenate([part.sims for part in parts if part.sims is not None])
    of_parts = np.array([part.estimate for part in parts])
    estimate = float(np.mean(of_parts) if name in _AVERAGES else np.mean(draws[~np.isnan(draws)]))
    kind: EffectName = "n_avg" if name == "n_avg" else "tau"  # the error of a median, or of a mean
    error = float("nan") if elements[-1].boot else monte_carlo_error(kind, draws[~np.isnan(draws)])
    level = elements[-1].conf_level
    effect = effect_of(draws, estimate, level, mc_error=error)
    if not as_r:
        return effect
    if name == "n_avg":
        repeated = np.repeat(of_parts, len(draws) // len(parts))
        effect = replace(effect, ci=effect_of(repeated, estimate, level).ci)
    return replace(effect, p_value=1.0)


def _rubin(
    elements: Sequence[MediationResult], conf_level: float, df_complete: float | None
) -> dict[EffectName, RubinEstimate]:
    """Return the effects by Rubin's rules; there is nothing to combine in one data set."""
    if len(elements) < 2:
        return {}
    df = min(map(_complete_df, elements)) if df_complete is None else df_complete
    combined: dict[EffectName, RubinEstimate] = {}
    for name in EFFECT_NAMES:
        if name not in _RATIOS:
            parts = [element.effects[name] for element in elements]
            variances = [part.std_error**2 for part in parts]
            combined[name] = rubins_rules([part.estimate for part in parts], variances, conf_level, df)
    return combined


def _complete_df(element: MediationResult) -> float:
    """Return the smaller residual df of two linear models; other samples count as large."""
    if element.cluster is not None:
        return float("inf")
    roles: tuple[Any, ...] = ("mediator", "outcome")
    fits = [adapt(model, role) for model, role in zip(element.models.get(), roles, strict=True)]
    if not all(fit.kind.gaussian for fit in fits):
        return float("inf")
    return float(min(fit.n - len(fit.design.names) for fit in fits))
