"""Estimates and draws of the effects on compliers.

Order of random numbers, which is R's. Quasi-Bayesian: for each draw the coefficients of the treatment model,
of the mediator model and of the outcome model. Bootstrap: for each replicate the rows, with replacement.
Nothing else is drawn; the standard deviation of a continuous mediator stays at its estimate in the former,
and is that of the refit in the latter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pymediation.compat import CompatLedger
from pymediation.engine.blocks import Running, one_blas_thread, run_blocks
from pymediation.errors import NotEstimableError
from pymediation.instruments.binary_mediator import binary_effects
from pymediation.instruments.continuous_mediator import continuous_effects
from pymediation.instruments.noncompliance_models import Trio
from pymediation.instruments.strata import Strata
from pymediation.kinds import CovarianceChoice
from pymediation.streams import Stream
from pymediation.streams.multivariate import symmetric_root
from pymediation.warn import warn

__all__ = ["NAMES", "Estimates", "draw_effects", "point_estimates"]

FloatArray = NDArray[np.float64]
Coefficients = tuple[FloatArray, FloatArray, FloatArray]

NAMES: Final = (
    *("dc1", "dc0", "zc1", "zc0", "tauc"),
    *("itt_d1", "itt_d0", "itt_z1", "itt_z0", "itt", "share"),
)

# Cells (draws x units) of a block: its temporaries stay in cache.
_CELLS = 16_384
# Cells of a block of refits.
_REFIT_CELLS = 1_000_000
# Share of replicates that may fail before the result is refused.
_FAILED_SHARE = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Effects in D draws.

    Attributes
    ----------
    effects : ndarray, shape (11, D)
        In the order of `NAMES`.
    issues, infinite : ndarray of int, shape (4, D)
        For dc1, dc0, zc1, zc0: integrals with a problem, and those that are not finite; 0 where R does not
        count.
    """

    effects: FloatArray
    issues: NDArray[np.intp]
    infinite: NDArray[np.intp]


def point_estimates(trio: Trio) -> Estimates:
    """Return the estimates, as one draw."""
    B = tuple(model.fit.coef[np.newaxis] for model in trio.models)
    with one_blas_thread():
        return _evaluate(trio, (B[0], B[1], B[2]), _residual_sd(trio)[np.newaxis], None)


def draw_effects(
    trio: Trio, stream: Stream, sims: int, how: Running, ledger: CompatLedger, *, boot: bool
) -> tuple[FloatArray, int]:
    """Draw the effects.

    Parameters
    ----------
    trio : Trio
    stream : Stream
    sims : int
        Number of draws or replicates.
    how : Running
    ledger : CompatLedger
        With R's numbers asked for, a replicate that cannot be fitted is an error, as in R.
    boot : bool

    Returns
    -------
    effects : ndarray, shape (11, sims)
        In the order of `NAMES`; NaN for replicates that failed.
    n_failed : int
    """
    blocks = _resampled(trio, stream, sims) if boot else _simulated(trio, stream, sims)
    reasons: dict[int, str] = {}

    def task(which: slice, draws: _Draws) -> FloatArray:
        reasons.update({which.start + r: reason for r, reason in draws.failures.items()})
        found = _evaluate(trio, draws.B, draws.sd, draws.counts).effects
        found[:, list(draws.failures)] = np.nan
        return found

    with one_blas_thread():
        parts = list(run_blocks(blocks, task, how, total=sims, unit="draws"))
    if reasons:
        _tell_failures(reasons, sims, ledger)
    return np.concatenate(parts, axis=1), len(reasons)


@dataclass(frozen=True, slots=True, eq=False)
class _Draws:
    """A block of draws: coefficients, standard deviation, and how often each row counts."""

    B: Coefficients
    sd: FloatArray
    counts: NDArray[np.integer] | None
    failures: dict[int, str]


def _residual_sd(trio: Trio) -> FloatArray:
    """Return the residual standard error of the mediator model."""
    return np.asarray(trio.mediator.kind.parameter(trio.mediator, trio.mediator.fit), dtype=float)


def _simulated(trio: Trio, stream: Stream, sims: int) -> Iterator[tuple[slice, _Draws]]:
    """Draw coefficients from their normal distributions and yield them in blocks."""
    laws = [_law(model) for model in trio.models]
    sizes = [law.mean.size for law in laws]
    normals = stream.normal(size=(sims, sum(sizes)), order="C")
    pieces = np.split(normals, np.cumsum(sizes)[:-1], axis=1)
    B = [z @ symmetric_root(law.covariance) + law.mean for z, law in zip(pieces, laws, strict=True)]
    for which in _blocks(sims, _CELLS // trio.outcome.n):
        size = which.stop - which.start
        yield (
            which,
            _Draws((B[0][which], B[1][which], B[2][which]), np.full(size, _residual_sd(trio)), None, {}),
        )


def _law(model: Any) -> Any:
    """Return the distribution that a model's coefficients are drawn from."""
    choice = CovarianceChoice(None, None, working_weights=False, chosen=model.covariance)
    return model.kind.coefficients(model, model.fit, choice)


def _resampled(trio: Trio, stream: Stream, sims: int) -> Iterator[tuple[slice, _Draws]]:
    """Refit the models to resampled rows and yield their coefficients in blocks."""
    n, small = trio.outcome.n, max(1, _CELLS // trio.outcome.n)
    for which in _blocks(sims, _REFIT_CELLS // n):
        size = which.stop - which.start
        drawn = stream.integers(n, size=n * size).reshape(size, n)
        shifted = drawn + n * np.arange(size)[:, np.newaxis]
        counts = np.bincount(shifted.ravel(), minlength=n * size).reshape(size, n)
        fits = [model.kind.refit(model, counts, drawn) for model in trio.models]
        failures = {
            r: f"{model.role} model: {reason}"
            for model, fit in zip(trio.models, fits, strict=True)
            for r, reason in fit.failures.items()
        }
        B, sd = [np.nan_to_num(fit.coef) for fit in fits], np.nan_to_num(fits[1].parameter, nan=1.0)
        for part in _blocks(size, small):
            lost = {r - part.start: why for r, why in failures.items() if part.start <= r < part.stop}
            block = _Draws((B[0][part], B[1][part], B[2][part]), sd[part], counts[part], lost)
            yield slice(which.start + part.start, which.start + part.stop), block


def _blocks(total: int, size: int) -> Iterator[slice]:
    """Cut a range into blocks."""
    for start in range(0, total, max(1, size)):
        yield slice(start, min(total, start + max(1, size)))


def _evaluate(trio: Trio, B: Coefficients, sd: FloatArray, counts: NDArray[np.integer] | None) -> Estimates:
    """Evaluate the effects at draws of the coefficients."""
    strata = trio.strata(B, sd)
    none = np.zeros((4, sd.size), dtype=np.intp)
    if trio.binary:
        return Estimates(_averages(binary_effects(strata), strata, counts), none, none)
    first_alone = not trio.covariates
    values, problems = continuous_effects(strata, trio.outcome.n, counts, first_alone=first_alone)
    if first_alone:  # all units are alike, and R counts nothing
        return Estimates(_averages(values, strata, None), none, none)
    infinite = ~np.isfinite(values)
    averages = _averages(values, strata, counts, infinite)
    return Estimates(averages, problems.sum(axis=2), infinite.sum(axis=2))


def _averages(
    values: FloatArray,
    strata: Strata,
    counts: NDArray[np.integer] | None,
    left_out: NDArray[np.bool_] | None = None,
) -> FloatArray:
    """Average the effects over units, as they are and times the share of compliers, shape (11, D).

    Parameters
    ----------
    values : ndarray, shape (4, D, n)
    strata : Strata
    counts : ndarray, shape (D, n), or None
        How often a unit counts.
    left_out : ndarray of bool, shape (4, D, n), or None
        Values that are not used.
    """
    share = strata.compliers[:, : values.shape[2]]
    weights = None if counts is None else counts.astype(float)
    if left_out is not None and left_out.any():
        kept = ~left_out * (1.0 if weights is None else weights)
        values = np.where(left_out, 0.0, values)
        with np.errstate(invalid="ignore", divide="ignore"):
            local = (kept * values).sum(axis=2) / kept.sum(axis=2)
            shares = _mean(share, weights)
            itt = (kept * values * share).sum(axis=2) / kept.sum(axis=2)
    else:
        local, shares = _mean(values, weights), _mean(share, weights)
        itt = local * share[:, 0] if share.shape[1] == 1 else _mean(values * share, weights)
    d1, d0, z1, z0 = local
    e1, e0, u1, u0 = itt
    return np.stack([d1, d0, z1, z0, d1 + z0, e1, e0, u1, u0, e1 + u0, shares])


def _mean(values: FloatArray, weights: FloatArray | None) -> FloatArray:
    """Return (weighted) means over the last axis, of one column the column itself."""
    if values.shape[-1] == 1:
        return values[..., 0]
    if weights is None:
        return values.mean(axis=-1)
    return np.einsum("...dn,dn->...d", values, weights) / weights.sum(axis=1)


def _tell_failures(reasons: dict[int, str], sims: int, ledger: CompatLedger) -> None:
    """Warn about replicates that could not be fitted; refuse too many, or any where R would stop."""
    first = min(reasons)
    found = (
        f"{len(reasons)} of {sims} bootstrap replicates could not be fitted (the first, replicate "
        f"{first + 1}: {reasons[first]})"
    )
    if ledger.as_r:
        raise NotEstimableError(f"{found}; R stops there. compat='fixed' leaves out up to a tenth of them.")
    if len(reasons) > _FAILED_SHARE * sims:
        raise NotEstimableError(f"{found}. Merge sparse factor levels, or use boot=False.")
    warn(f"{found}; they are left out.")
