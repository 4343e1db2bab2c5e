"""Two-stage least squares: the function :func:`mediate_tsls`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pymediation.adapters import adapt
from pymediation.compat import Compat, CompatLedger
from pymediation.errors import NotEstimableError
from pymediation.estimates.effects import Effect, EffectName
from pymediation.fits import LinearFit
from pymediation.fits.clustered import CLUSTER_TYPES
from pymediation.instruments.two_stage_bootstrap import resample_two_stage
from pymediation.instruments.two_stage_effects import (
    Coefficients,
    Variances,
    bootstrap_effects,
    delta_effects,
    unquantified,
)
from pymediation.instruments.two_stage_errors import Errors, Groups, Request, choose_errors, read_groups
from pymediation.instruments.two_stage_models import TwoStage, read_two_stage, second_stage, structural_fit
from pymediation.instruments.two_stage_paths import two_stage_numbers
from pymediation.instruments.two_stage_result import TwoStageResult
from pymediation.results.records import Models
from pymediation.setting.checks import covariates_beside
from pymediation.setting.left_out import rows_left_out
from pymediation.setting.options import check_choice, check_fraction, check_sims, flag, unknown_arguments
from pymediation.setting.pairing import pair_models
from pymediation.streams import as_stream
from pymediation.streams.protocol import Stream
from pymediation.warn import warn

__all__ = ["mediate_tsls"]

FloatArray = NDArray[np.float64]

# Share of replicates that may fail before the result is refused.
_FAILED_SHARE = 0.1


# The arms do not differ.
_R_NAMES: dict[EffectName, str] = {"d1": "d", "d0": "d", "z1": "z", "z0": "z", "tau": "tau", "n0": "nu"}


def mediate_tsls(
    model_m: Any,
    model_y: Any,
    treat: str = "treat.name",
    conf_level: float = 0.95,
    robustSE: bool = False,
    cluster: ArrayLike | str | None = None,
    boot: bool = False,
    sims: int = 1000,
    est_se: bool = True,
    *,
    rng: Any = None,
    compat: Compat = "fixed",
    type: Literal["HC0", "HC1", "HC2", "HC3"] | None = None,
    cadjust: bool = True,
    residuals: Literal["second-stage", "structural"] | None = None,
    **unknown: Any,
) -> TwoStageResult:
    r"""Estimate mediation effects by two-stage least squares, with an instrument of the mediator.

    With the mediator M regressed on treatment, instruments and covariates, and the outcome on treatment,
    the fitted mediator :math:`\hat M` and covariates,

    .. math::

        M = \alpha_1 + bT + \pi'Z + \xi_1'X + e_1, \qquad
        Y = \alpha_2 + zT + g\hat M + \xi_2'X + e_2,

    the effects are :math:`\text{ACME} = bg`, :math:`\text{ADE} = z`, the total effect :math:`bg + z` and the
    proportion mediated :math:`bg / (bg + z)`. They have a causal meaning if the treatment is as good as
    random, the instruments Z affect the outcome through the mediator alone, and effects do not vary between
    units; mediator and outcome may share unobserved causes.

    Parameters
    ----------
    model_m : fitted least-squares model
        The mediator on treatment, instruments and covariates: the first stage.
    model_y : fitted least-squares model
        The outcome on treatment, mediator and covariates, without the instruments. It is refitted with the
        fitted mediator in the mediator's place.
    treat : str
        Name of the treatment column.
    conf_level : float
        Level of the intervals.
    robustSE : bool
        Heteroskedasticity-consistent standard errors, of kind `type`.
    cluster : array_like or str, optional
        Cluster-robust standard errors, or with `boot` resampling of clusters: one label per row, or the name
        of a column.
    boot : bool
        Bootstrap both stages, and take percentile intervals, in place of the delta method.
    sims : int
        Number of bootstrap replicates.
    est_se : bool
        False: point estimates alone.
    rng : optional
        Random numbers of the bootstrap, as in :func:`mediate`.
    compat : {"fixed", "R"}
        Where R's package returns a wrong number: the right one, or R's. A warning tells when it matters.
    type : {"HC0", "HC1", "HC2", "HC3"}, optional
        Kind of robust or clustered covariance, HC1 by default.
    cadjust : bool
        Whether robust and clustered covariances have the factor G / (G - 1).
    residuals : {"second-stage", "structural"}, optional
        Where standard errors come from without the bootstrap. "structural", the default with
        ``compat="fixed"``: residuals of the outcome equation, with the observed mediator, and the joint
        covariance of both stages. "second-stage", as in R: residuals of the second stage itself, in which the
        mediator is the fitted one, and two stages that are taken as independent.

    Returns
    -------
    TwoStageResult
        ``print(result.summary())`` prints R's table and the first-stage F.

    Raises
    ------
    UnsupportedModelError
        A model that is not least squares; a mediator that is transformed or interacts in the outcome model.
    DataMismatchError
        The models were fitted to different rows, or the mediator model is of something else.
    NotEstimableError
        No instrument, or a rank-deficient fit.
    ArgumentError, ArgumentTypeError, UnknownArgumentError, UnknownNameError
        An argument that is not accepted; the message says what is.

    Notes
    -----
    With the influence of row (or cluster) i on the estimates,

    .. math:: \psi_i = \big( (Z'Z)^{-1} z_i e_{1i},\ (\hat X'\hat X)^{-1} \hat x_i e_{2i} \big),

    z the regressors of the first stage and :math:`\hat x` those of the second, the robust joint covariance is
    :math:`\sum_i \psi_i \psi_i'`; the classical one has the covariance matrix of the errors in the place of
    their products. Effects follow by the delta method. The instruments' F is a Wald statistic under the
    covariance that is used; below 10 they count as weak, and neither estimates nor errors are to be trusted.

    References
    ----------
    Imai, K., Keele, L., Tingley, D. and Yamamoto, T. (2009). Causal mediation analysis using R. In Advances
    in Social Science Research Using R. Springer.

    Angrist, J. D. and Pischke, J.-S. (2009). Mostly Harmless Econometrics. Princeton University Press.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import pymediation as pm
    >>> import statsmodels.formula.api as smf
    >>> rng = np.random.default_rng(1)
    >>> d = pd.DataFrame({"z": rng.integers(0, 2, 5000), "t": rng.integers(0, 2, 5000)})
    >>> hidden = rng.normal(size=5000)
    >>> d["m"] = d["z"] + 0.5 * d["t"] + hidden + rng.normal(size=5000)
    >>> d["y"] = d["t"] - 2 * d["m"] + 3 * hidden + rng.normal(size=5000)
    >>> first, second = smf.ols("m ~ t + z", d).fit(), smf.ols("y ~ t + m", d).fit()
    >>> result = pm.mediate_tsls(first, second, treat="t")
    >>> round(result.acme.estimate, 2), round(result.ade.estimate, 2)  # -1 and 1 in the population
    (-1.04, 1.0)
    """
    arguments = {
        name: value for name, value in locals().items() if name not in ("model_m", "model_y", "unknown")
    }
    unknown_arguments(unknown, tuple(arguments), function="mediate_tsls")
    ledger, request = CompatLedger(compat), _request(arguments)
    pair = pair_models(adapt(model_m, "mediator"), adapt(model_y, "outcome"), dropobs=None)
    models = read_two_stage(pair, treat, ledger)
    groups = read_groups(request, pair, ledger)
    errors = choose_errors(request, groups, ledger, pair)
    second, X = second_stage(models, models.first.fitted)
    stream = as_stream(rng) if request.boot and request.est_se else None
    record = None if stream is None else stream.describe()
    effects, failed = _effects(models, second, X, request, groups, errors, stream, ledger)
    first_stage = models.first_stage(errors.covariance(models.first, models.mediator.X))
    if first_stage is not None and not ledger.as_r:
        first_stage.warn_if_weak()
    ledger.warn("mediate_tsls")
    return TwoStageResult(
        effects=effects,
        boot=request.boot,
        treat=models.treat,
        mediator=models.name,
        nobs=models.outcome.n,
        sims=request.sims if request.boot or not request.est_se else None,
        conf_level=request.conf_level,
        covariance=f"bootstrap of {groups.words}" if request.boot else errors.words,
        first_stage=first_stage,
        n_failed=failed,
        cluster=groups.labels,
        call=arguments,
        stream=record,
        compat=compat,
        models=Models(model_m, model_y),
        outcome=models.outcome.response_name,
        formulas=(pair.mediator.formula, pair.outcome.formula),
        labels=(pair.mediator.label, pair.outcome.label),
        defects=ledger.defects,
        left_out=rows_left_out(pair.mediator, pair.outcome),
        adjusted=bool(covariates_beside(models.outcome, frozenset((models.treat, models.name)))),
        path_numbers=two_stage_numbers(models, second, X, errors, first_stage, request.conf_level),
    )


def _request(arguments: Mapping[str, Any]) -> Request:
    """Check the arguments as far as they do not depend on the models."""
    boot, est_se = flag(arguments["boot"], "boot"), flag(arguments["est_se"], "est_se")
    kind = arguments["type"]
    if kind is not None:
        check_choice(kind, "type", CLUSTER_TYPES)
    residuals = arguments["residuals"]
    if residuals is not None:
        check_choice(residuals, "residuals", ("second-stage", "structural"))
    if boot and flag(arguments["robustSE"], "robustSE"):
        warn("robustSE is ignored with boot=True: the bootstrap does not use a covariance.")
    if boot and residuals is not None:
        warn(f"residuals={residuals!r} is ignored with boot=True: the bootstrap does not use a covariance.")
    return Request(
        conf_level=check_fraction(arguments["conf_level"], "conf_level"),
        robustSE=flag(arguments["robustSE"], "robustSE"),
        cluster=arguments["cluster"],
        boot=boot,
        sims=_checked_sims(arguments["sims"]) if boot and est_se else arguments["sims"],
        est_se=est_se,
        type=next((one for one in CLUSTER_TYPES if one == kind), None),
        cadjust=flag(arguments["cadjust"], "cadjust"),
        residuals=residuals,
    )


def _checked_sims(sims: object) -> int:
    """Check the number of replicates."""
    return check_sims(sims, boot=True, boot_ci_type="perc")


def _effects(
    models: TwoStage,
    second: LinearFit,
    X: FloatArray,
    request: Request,
    groups: Groups,
    errors: Errors,
    stream: Stream | None,
    ledger: CompatLedger,
) -> tuple[dict[EffectName, Effect], int]:
    """Return the effects by R's names, and how many replicates were left out."""
    coefficients = Coefficients(
        models.first.coef[models.treat_m], second.coef[models.med_y], second.coef[models.treat_y]
    )
    failed = 0
    if not request.est_se:
        found = unquantified(coefficients, request.conf_level)
    elif stream is not None:
        drawable = groups.drawable(models.mediator.positions, ledger)
        draws, lost = resample_two_stage(models, drawable, stream, request.sims)
        failed = _count_failures(lost)
        found = bootstrap_effects(coefficients, draws, request.conf_level)
    else:
        two_sided = not ledger.follow_r("tsls-one-sided")
        structural = request.residuals == "structural" or (
            request.residuals is None and not ledger.follow_r("tsls-covariance")
        )
        variances = (_joint_variances if structural else _variances)(models, second, X, errors)
        found = delta_effects(coefficients, variances, request.conf_level, two_sided=two_sided)
    return {r_name: found[name] for r_name, name in _R_NAMES.items()}, failed


def _variances(models: TwoStage, second: LinearFit, X: FloatArray, errors: Errors) -> Variances:
    """Return the covariance of the three coefficients with the two stages taken as independent, as in R."""
    Vm, Vy = errors.covariance(models.first, models.mediator.X), errors.covariance(second, X)
    b, second_stage = models.treat_m, [models.med_y, models.treat_y]
    covariance = np.zeros((3, 3))
    covariance[0, 0] = Vm[b, b]
    covariance[1:, 1:] = Vy[np.ix_(second_stage, second_stage)]
    return Variances(covariance, of_product=float(covariance[0, 0] * covariance[1, 1]))


def _joint_variances(models: TwoStage, second: LinearFit, X: FloatArray, errors: Errors) -> Variances:
    """Return the joint covariance of the three coefficients, by the residuals of the outcome equation."""
    structural = structural_fit(models, second)
    covariance = _variances(models, structural, X, errors).covariance
    between = errors.between(models.first, models.mediator.X, structural, X)
    covariance[0, 1:] = covariance[1:, 0] = between[models.treat_m, [models.med_y, models.treat_y]]
    return Variances(covariance)


def _count_failures(lost: NDArray[np.bool_]) -> int:
    """Count replicates that are left out, warn about them, and refuse a result of too few."""
    failed = int(lost.sum())
    if not failed:
        return 0
    found = (
        f"{failed} of {lost.size} bootstrap replicates do not determine the effects (the treatment or the "
        "instruments do not vary in them)"
    )
    if failed > _FAILED_SHARE * lost.size:
        raise NotEstimableError(f"{found}. Use boot=False, or larger or more clusters.")
    warn(f"{found}; they are left out.")
    return failed
