"""Mediation with treatment noncompliance: the function :func:`ivmediate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.compat import Compat, CompatLedger
from pymediation.engine.blocks import Running
from pymediation.errors import ArgumentError
from pymediation.estimates.effects import Effect, Interval, effect_of
from pymediation.instruments.noncompliance_inference import NAMES, Estimates, draw_effects, point_estimates
from pymediation.instruments.noncompliance_models import Names, read_trio
from pymediation.instruments.noncompliance_result import NoncomplianceResult
from pymediation.instruments.strata import EFFECTS
from pymediation.setting.checks import covariates_beside
from pymediation.setting.left_out import rows_left_out
from pymediation.setting.options import check_fraction, check_sims, flag, jobs_from_r, unknown_arguments
from pymediation.setting.outcome_scale import quantity_of
from pymediation.streams import as_stream
from pymediation.warn import warn

__all__ = ["ivmediate"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Request:
    """Checked arguments; names and meanings are those of ``ivmediate``."""

    ci: bool
    sims: int
    boot: bool
    names: Names
    levels: tuple[float, ...]
    long: bool
    dropobs: bool
    running: Running


def ivmediate(
    model_t: Any,
    model_m: Any,
    model_y: Any,
    ci: bool = True,
    sims: int = 1000,
    boot: bool = True,
    enc: str = "enc.name",
    treat: str = "treat.name",
    mediator: str = "med.name",
    conf_level: float | Sequence[float] = 0.95,
    long: bool = True,
    dropobs: bool = False,
    multicore: bool = False,
    mc_cores: int = 2,
    *,
    rng: Any = None,
    n_jobs: int = 1,
    progress: bool = False,
    compat: Compat = "fixed",
    **unknown: Any,
) -> NoncomplianceResult:
    r"""Estimate mediation effects on compliers, where not everybody takes the treatment encouraged.

    Z is the (randomised) encouragement, T(z) the treatment received under it, M(t) the mediator and Y(t, m)
    the outcome. On compliers, T(1) = 1 and T(0) = 0,

    .. math::

        \delta(t) &= E[Y(t, M(1)) - Y(t, M(0)) \mid T(1) = 1, T(0) = 0] \quad\text{(LACME)} \\
        \zeta(t) &= E[Y(1, M(t)) - Y(0, M(t)) \mid T(1) = 1, T(0) = 0] \quad\text{(LANDE)} \\
        \tau &= \delta(1) + \zeta(0) \quad\text{(LATE)}

    are identified if the encouragement is as good as random, affects mediator and outcome through the
    treatment alone and nobody does the opposite of it (monotonicity), and if among compliers the mediator is
    as good as random given treatment and covariates (local sequential ignorability).

    Parameters
    ----------
    model_t : fitted model
        The treatment received on encouragement and covariates: least squares or a GLM.
    model_m : fitted model
        The mediator on treatment, encouragement and covariates: least squares (a continuous mediator) or a
        binomial GLM (a 0/1 mediator).
    model_y : fitted model
        The outcome on mediator, treatment, encouragement and covariates: least squares or a binomial GLM.
    ci : bool
        Whether to compute intervals; without them no random numbers are used.
    sims : int
        Number of draws, or of bootstrap replicates.
    boot : bool
        True: nonparametric bootstrap, all models refitted to resampled rows. False: quasi-Bayesian Monte
        Carlo, coefficients drawn from their asymptotic normal distribution.
    enc, treat, mediator : str
        Names of the columns of encouragement, treatment received and mediator.
    conf_level : float or sequence of float
        Level or levels of the intervals.
    long : bool
        Whether the result keeps the draws.
    dropobs : bool
        Refit all models to the rows they have in common.
    multicore, mc_cores
        R's spelling of `n_jobs`.
    rng : optional
        Random numbers, as in :func:`mediate`.
    n_jobs : int
        Threads; the result does not depend on it. -1: all.
    progress : bool
        Whether to show a progress bar.
    compat : {"fixed", "R"}
        Where R's package returns a wrong number: the right one, or R's. A warning tells when it matters.

    Returns
    -------
    NoncomplianceResult
        ``print(result.summary())`` prints R's table, and the decomposition of the intention-to-treat effect.

    Raises
    ------
    UnsupportedModelError
        A model of a class or family that cannot be used.
    DataMismatchError
        Models of different rows or in other roles.
    ArgumentError, ArgumentTypeError, UnknownArgumentError, UnknownNameError
        An argument or a column that is not accepted; the message says what is.
    NotEstimableError
        A rank-deficient fit, or an encouragement that moves nobody.

    Warns
    -----
    PymediationWarning
        If integrals over a continuous mediator ended with a problem; see Notes.

    Notes
    -----
    With :math:`Q_{tz} = \Pr(T = t \mid Z = z)`, :math:`f_{tz}(m)` the mediator's density and
    :math:`S_{tz}(m)` the mean outcome given T = t, Z = z, and :math:`a_z = Q_{1z} f_{1z}`,
    :math:`c_z = Q_{0z} f_{0z}`, the compliers' densities of M(1) and M(0) are
    :math:`(a_1 - a_0) / (Q_{11} - Q_{10})` and :math:`(c_0 - c_1) / (Q_{11} - Q_{10})`, their mean outcomes

    .. math:: E_1(m) = \frac{a_1 S_{11} - a_0 S_{10}}{a_1 - a_0}, \qquad
              E_0(m) = \frac{c_0 S_{00} - c_1 S_{01}}{c_0 - c_1},

    so that :math:`\delta(t) = \int E_t(m) \, (a_1 - a_0 - c_0 + c_1) / (Q_{11} - Q_{10}) \, dm`, and likewise
    :math:`\zeta(t)`: conditional on covariates, then averaged over the rows.

    *Intention to treat.* The effect of the encouragement itself on the outcome, :math:`E[Y(T(1), M(T(1))) -
    Y(T(0), M(T(0)))]`, is the sum of a mediated and an unmediated part,

    .. math::

        \lambda(z) &= E[Y(T(z), M(T(1))) - Y(T(z), M(T(0)))] \\
        \mu(z) &= E[Y(T(1), M(T(z))) - Y(T(0), M(T(z)))],

    :math:`\lambda(1) + \mu(0)`, as :math:`\lambda(0) + \mu(1)`. For always-takers and never-takers T(1) =
    T(0), so that both differences are exactly 0; defiers there are none; for compliers T(z) = z, so that the
    differences are those of :math:`\delta(z)` and :math:`\zeta(z)`. With covariates X and the share
    of compliers :math:`p(X) = Q_{11} - Q_{10}` therefore

    .. math:: \lambda(z) = E[p(X) \, \delta(z; X)], \qquad \mu(z) = E[p(X) \, \zeta(z; X)]:

    the effects on compliers times the share of compliers, where that is the same for all. These are
    `mediated_itt`, `unmediated_itt` and `itt`; R does not compute them.

    *Poles.* With a continuous mediator :math:`E_t(m)` has a pole where its denominator vanishes. If the pole
    is near the values that the mediator takes, the integral does not exist, and the number returned is, as
    in R, what QUADPACK's adaptive rule stops at. ``result.issues`` counts the units whose integrals ended
    with a problem, and a warning says so. Interactions that make
    densities of an arm alike bring poles closer.

    References
    ----------
    Yamamoto, T. (2013). Identification and estimation of causal mediation effects with treatment
    noncompliance. Working paper, Massachusetts Institute of Technology.

    Tingley, D., Yamamoto, T., Hirose, K., Keele, L. and Imai, K. (2014). mediation: R package for causal
    mediation analysis. Journal of Statistical Software 59(5).

    Examples
    --------
    >>> import statsmodels.formula.api as smf
    >>> import pymediation as pm
    >>> jobs = pm.datasets.load_jobs()
    >>> model_t = smf.ols("comply ~ treat + sex + age", jobs).fit()
    >>> model_m = smf.logit("job_dich ~ comply + treat + sex + age", jobs).fit(disp=False)
    >>> model_y = smf.ols("depress2 ~ job_dich * (comply + treat) + sex + age", jobs).fit()
    >>> names = {"enc": "treat", "treat": "comply", "mediator": "job_dich"}
    >>> result = pm.ivmediate(model_t, model_m, model_y, **names, boot=False, rng=pm.RStream(1))
    >>> round(result.lacme.treated.estimate, 4), round(result.late.estimate, 4)
    (-0.0448, -0.094)
    >>> round(result.mediated_itt.treated.estimate, 4), round(result.complier_share.estimate, 4)
    (-0.0275, 0.6139)
    """
    arguments = {
        name: value
        for name, value in locals().items()
        if name not in ("model_t", "model_m", "model_y", "unknown")
    }
    unknown_arguments(unknown, tuple(arguments), function="ivmediate", models="model_t, model_m, model_y")
    request, ledger = _request(arguments), CompatLedger(compat)
    trio = read_trio((model_t, model_m, model_y), request.names, dropobs=request.dropobs, ledger=ledger)
    estimates = point_estimates(trio)
    stream = as_stream(rng) if request.ci else None
    record = None if stream is None else stream.describe()
    draws, n_failed = None, 0
    if stream is not None:
        draws, n_failed = draw_effects(trio, stream, request.sims, request.running, ledger, boot=request.boot)
    _warn_about_integrals(estimates, trio.outcome.n)
    ledger.warn("ivmediate")
    return NoncomplianceResult(
        **_effects(estimates, draws, request),
        ci=request.ci,
        boot=request.boot,
        enc=enc,
        treat=treat,
        mediator=mediator,
        conf_level=request.levels[0] if len(request.levels) == 1 else request.levels,
        nobs=trio.outcome.n,
        sims=request.sims,
        n_failed=n_failed,
        call=arguments,
        stream=record,
        compat=compat,
        outcome=trio.outcome.response_name,
        quantity=quantity_of(trio.outcome),
        formulas=tuple(model.formula for model in trio.models),
        labels=tuple(model.label for model in trio.models),
        defects=ledger.defects,
        left_out=rows_left_out(*trio.models),
        adjusted=any(covariates_beside(model, frozenset((enc, treat, mediator))) for model in trio.models),
    )


def _request(arguments: Mapping[str, Any]) -> _Request:
    """Check the arguments as far as they do not depend on the models."""
    ci, boot = flag(arguments["ci"], "ci"), flag(arguments["boot"], "boot")
    given = arguments["conf_level"]
    levels = tuple(
        check_fraction(level, "conf_level") for level in ([given] if np.ndim(given) == 0 else given)
    )
    if not levels or len(set(levels)) < len(levels):
        msg = f"conf_level must be a level, or several different ones, such as [0.95, 0.8]; got {given!r}."
        raise ArgumentError(msg)
    multicore = "multicore" if flag(arguments["multicore"], "multicore") else "no"
    n_jobs = jobs_from_r(arguments["n_jobs"], multicore, arguments["mc_cores"])
    return _Request(
        ci=ci,
        sims=check_sims(arguments["sims"], boot=boot, boot_ci_type="perc") if ci else arguments["sims"],
        boot=boot,
        names=Names(arguments["enc"], arguments["treat"], arguments["mediator"]),
        levels=levels,
        long=flag(arguments["long"], "long"),
        dropobs=flag(arguments["dropobs"], "dropobs"),
        running=Running(n_jobs, flag(arguments["progress"], "progress")),
    )


def _effects(estimates: Estimates, draws: FloatArray | None, request: _Request) -> dict[str, Any]:
    """Return the parts of the result that are effects, and counts."""
    effects: dict[str, Effect] = {}
    intervals: dict[str, tuple[Interval, ...]] = {}
    for place, name in enumerate(NAMES):
        estimate = float(estimates.effects[place, 0])
        if draws is None:
            nan = float("nan")
            effects[name] = Effect(estimate, Interval(nan, nan, request.levels[0]), nan, None, nan, nan)
            intervals[name] = ()
            continue
        at_levels = [effect_of(draws[place], estimate, level, keep=request.long) for level in request.levels]
        effects[name], intervals[name] = at_levels[0], tuple(effect.ci for effect in at_levels)
    counts = {
        what: dict(zip(EFFECTS, map(int, table[:, 0]), strict=True))
        for what, table in (("issues", estimates.issues), ("infinite", estimates.infinite))
    }
    return {"effects": effects, "intervals": intervals, **counts}


def _warn_about_integrals(estimates: Estimates, n: int) -> None:
    """Warn where integrals of the estimate ended with a problem."""
    issues = dict(zip(EFFECTS, estimates.issues[:, 0].tolist(), strict=True))
    if not any(issues.values()):
        return
    shown = ", ".join(f"{count} for {name}" for name, count in issues.items() if count)
    warn(
        f"ivmediate(): of {n} integrals over the mediator, one for each row, some ended with a problem "
        f"({shown}): a denominator vanishes near values that the mediator takes, so that the integral does "
        "not exist. These effects are not to be trusted; a simpler mediator or treatment model, or a "
        "mediator of two values, avoids the problem."
    )
