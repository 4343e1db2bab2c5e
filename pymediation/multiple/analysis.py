"""``multimed``: a causal mechanism beside alternative ones, and how much their interaction may vary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.engine.blocks import one_blas_thread
from pymediation.engine.resamples import successive_counts
from pymediation.errors import NotEstimableError
from pymediation.estimates.effects import Effect, Interval, effect_of
from pymediation.multiple.bounds import Grid, bounded_effect, effect_lines, sensitivity_grid
from pymediation.multiple.paths import multimed_arrows
from pymediation.multiple.regressions import Quantities, Regressions, quantities, set_up
from pymediation.multiple.request import MultimedRequest, read_request
from pymediation.multiple.result import MultimedResult
from pymediation.multiple.sample import Sample, read_sample
from pymediation.streams import Stream, as_stream
from pymediation.warn import warn

__all__ = ["multimed"]

FloatArray = NDArray[np.float64]

_MEAN_ONE = 1e-8  # how far from 1 the mean of weights may be by rounding


def multimed(
    outcome: str,
    med_main: str,
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
    **unknown: Any,
) -> MultimedResult:
    r"""Estimate mediation effects where another mechanism confounds the mediator of interest.

    With treatment T, mediator of interest M, alternative mediators W and covariates X the outcome is assumed
    to follow a linear model whose coefficients vary from unit to unit:

    .. math:: Y_i = \beta_1 + \beta_{3i} T_i + \kappa_i T_i M_i + \beta_{2i} M_i
              + \xi_i' W_i + \mu_i' T_i W_i + \theta' X_i + \varepsilon_i

    W may be affected by the treatment and affect both M and Y, which mediation analysis of M alone forbids.
    If the interaction is homogeneous, :math:`\kappa_i = \kappa`, the average direct effect is identified as

    .. math:: \bar\zeta(t) = \beta_3 + \kappa E[M(t)]
              + \sum_k \{(\xi_k + \mu_k) E[W_k(1)] - \xi_k E[W_k(0)]\}

    and the average causal mediation effect as :math:`\bar\delta(t) = \bar\tau - \bar\zeta(1 - t)`, with the
    total effect :math:`\bar\tau`. If :math:`\kappa_i` varies with standard deviation :math:`\sigma`, they lie
    within

    .. math:: \bar\zeta(t) \pm \sigma \sqrt{V[M(t)]}, \qquad
              \bar\delta(t) \pm \sigma \sqrt{V[M(1 - t)]}

    As :math:`\sigma` is not known, bounds are computed on a grid up to the largest value that the residual
    variance of the outcome allows. Expectations, variances and coefficients are those of least-squares
    regressions of Y, M and W; in the parallel design those of M and of the total effect come from the
    experiment without manipulation and that of Y, without W, from the one in which M was manipulated.

    Parameters
    ----------
    outcome : str
        Name of the outcome, a numeric column.
    med_main : str
        Name of the mediator of interest, a numeric column.
    med_alt : str or list of str, optional
        Names of the alternative mediators, numeric columns; needed in the single design, unused in the
        parallel one.
    treat : str
        Name of the treatment, a column of 0 and 1.
    covariates : str or list of str, optional
        Names of pre-treatment covariates: numbers, truth values or factors. Single design only.
    experiment : str, optional
        Name of a column that is 1 where the mediator was manipulated and 0 where it was not; needed in the
        parallel design.
    data : DataFrame
        The n rows. Rows with a missing value in any of the columns named are left out.
    design : {"single", "parallel"}
        One randomised experiment, or two of which the second also randomises the mediator. An unambiguous
        beginning is enough.
    sims : int
        Bootstrap resamples.
    R2_by : float
        Step of the grid of :math:`R^{2*}`, the share of the outcome's residual variance that the variation of
        :math:`\kappa_i` explains: 0, R2_by, ... up to 1.
    conf_level : float
        Level of the intervals.
    weight : str, optional
        Name of a column of case weights; best with mean 1, as :math:`\sigma` and :math:`\tilde R^2` are on
        their scale.
    rng : optional
        Random numbers, as in `mediate`: None is R's global stream if there is one, an int seeds NumPy's,
        `RStream` is R's.
    **unknown
        Refused, with the name that is probably meant.

    Returns
    -------
    MultimedResult
        Effects, their bounds over the grid and confidence regions (Imbens and Manski 2004) from bootstrap
        variances; the interval of the total effect is a bootstrap percentile interval. ``summary()`` prints
        R's tables, ``plot()`` draws estimates and bounds, ``to_frame()`` returns tables.

    Raises
    ------
    ArgumentError, ArgumentTypeError, UnknownArgumentError, UnknownNameError
        If an argument or a column is not what is asked for; the message says what was found.
    NotEstimableError
        If a coefficient or a variance cannot be estimated.

    Warns
    -----
    PymediationWarning
        For arguments that the design does not use, redundant covariates, weights whose mean is not 1, few
        resamples, and intervals that are missing because a resample determines no bound.

    References
    ----------
    Imai, K. and Yamamoto, T. (2013). Identification and sensitivity analysis for multiple causal mechanisms:
    revisiting evidence from framing experiments. Political Analysis 21(2), 141-171.

    Examples
    --------
    >>> import pymediation as pm
    >>> framing = pm.datasets.load_framing()
    >>> result = pm.multimed("immigr", "emo", "p_harm", "treat", ["age", "educ", "gender", "income"],
    ...                      data=framing, rng=pm.RStream(1))
    >>> print(result.to_frame()["estimate"].round(4).to_string(header=False))
    ACME (treated)    0.0645
    ACME (control)    0.1240
    ACME (average)    0.1087
    ADE (treated)     0.2935
    ADE (control)     0.3531
    ADE (average)     0.3378
    Total Effect      0.4175

    The equations above: both effects add up to the total one, and bounds widen in proportion to sigma, by
    the residual standard deviation of the mediator in the arm.

    >>> round(result.acme.treated.estimate + result.ade.control.estimate - result.tau, 12)
    0.0
    >>> ((result.z1_ub - result.z1_lb)[1:4] / (2 * result.sigma[1:4])).round(3)
    array([2.67, 2.67, 2.67])
    """
    given = {name: value for name, value in locals().items() if name not in ("rng", "unknown")}
    request = read_request(given, unknown)
    stream = as_stream(rng)
    origin = stream.describe()
    frame: pd.DataFrame = given["data"]
    sample = read_sample(frame, request)
    mediators = (request.name("med_main"), *request.used.get("med_alt", ()))
    regressions = set_up(sample, (request.name("treat"), *mediators))
    with one_blas_thread():
        found = quantities(regressions, np.ones((1, sample.n), dtype=np.int64))
        _check_variances(found, regressions, request)
        _warn_redundant(regressions)
        _warn_weights(sample, request)
        resampled = _bootstrap(regressions, request.sims, stream)
    grid = _grid(regressions, request.R2_by)
    lines, replicates = effect_lines(found), effect_lines(resampled)
    return MultimedResult(
        grid=grid,
        effects={
            name: bounded_effect(line, replicates[name], grid.sigma, request.conf_level)
            for name, line in lines.items()
        },
        total=_total(resampled.tau, float(found.tau[0]), request.conf_level),
        n_failed=_missing(resampled),
        request=request,
        nobs=sample.n,
        n_dropped=sample.dropped,
        stream=origin,
        arrows=multimed_arrows(regressions, request.conf_level),
    )


def _check_variances(found: Quantities, regressions: Regressions, request: MultimedRequest) -> None:
    """Refuse a sample that leaves the mediator's variance in an arm undetermined."""
    sample = regressions.sample
    for value in np.flatnonzero(~np.isfinite(found.spread[:, 0])):
        rows = int(np.sum(sample.t[regressions.mediator_rows] == value))
        needs = (
            "their weights must sum to more than 1 (scale weights to a mean of 1)"
            if sample.weights is not None
            else "there must be more rows than coefficients of the mediator regression"
        )
        msg = (
            f"The variance of {request.name('med_main')!r} where {request.name('treat')} = {value} cannot be "
            f"estimated from the {rows} rows there: {needs}."
        )
        raise NotEstimableError(msg)


def _warn_redundant(regressions: Regressions) -> None:
    """Warn about covariates that are combinations of others."""
    names, aliased = regressions.sample.covariates.names, regressions.mediator.fit.aliased[2:]
    redundant = [repr(name) for name, left_out in zip(names, aliased, strict=True) if left_out]
    if redundant:
        warn(
            f"The covariates {', '.join(redundant)} repeat what others say. They have no effect on "
            "predictions, but count as coefficients in the variance of the mediator, as in R; leave them out."
        )


def _warn_weights(sample: Sample, request: MultimedRequest) -> None:
    """Warn about weights whose mean is not 1."""
    if sample.weights is not None and abs(float(np.mean(sample.weights)) - 1.0) > _MEAN_ONE:
        warn(
            f"The weights {request.name('weight')!r} have mean {np.mean(sample.weights):.6g}. sigma and "
            "R2tilde are on the scale of the weights, as in R, and bounds grow with it: divide the weights "
            "by their mean."
        )


def _total(draws: FloatArray, estimate: float, level: float) -> Effect:
    """Return the total effect; its interval is missing if no resample determines it."""
    if np.isfinite(draws).any():
        return effect_of(draws, estimate, level)
    nan = float("nan")
    return Effect(estimate, Interval(nan, nan, level), nan, draws, nan, nan)


def _grid(regressions: Regressions, step: float) -> Grid:
    """Return the grid of sensitivity parameters, which stays the same in all resamples."""
    sample, model = regressions.sample, regressions.outcome
    moment = (sample.t * sample.m**2)[regressions.outcome_rows]
    weights = model.weights
    deviations = model.y - np.average(model.y, weights=weights)
    freedom = (model.y.size if sample.weights is None else weights.sum()) - 1.0
    variance = float(np.sum(weights * deviations**2) / freedom)
    return sensitivity_grid(step, model.fit.scale, float(np.average(moment, weights=weights)), variance)


def _bootstrap(regressions: Regressions, sims: int, stream: Stream) -> Quantities:
    """Return the quantities of `sims` resamples; R draws one sample more than it uses."""
    n = regressions.sample.n
    parts = [quantities(regressions, counts) for _, counts in successive_counts(stream, n, sims)]
    stream.integers(n, size=n)
    return Quantities(
        *(
            np.concatenate([getattr(part, name) for part in parts], axis=-1)
            for name in ("tau", "direct", "spread", "treated")
        )
    )


def _missing(resampled: Quantities) -> int:
    """Count resamples that determine not all bounds, and warn about them: intervals then are missing."""
    complete = np.isfinite(np.vstack((resampled.tau, resampled.direct, resampled.spread))).all(axis=0)
    failed = int(np.sum(~complete))
    if failed:
        warn(
            f"In {failed} of {complete.size} resamples an arm has too few rows for the regressions. The "
            "bootstrap variance of effects that need them is missing and so are their intervals, as in R; "
            "point estimates and bounds stand. Use fewer covariates, or merge rare levels of factors."
        )
    if complete.size == 1:
        warn("With sims=1 there is no bootstrap variance: the intervals of all effects but tau are missing.")
    return failed
