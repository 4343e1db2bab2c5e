"""Sensitivity analysis: the function :func:`medsens`."""

from __future__ import annotations

import warnings
from typing import Any

from pymediation.batches.results import MediationsResult
from pymediation.columns import coded_as_factor, is_factor, label_text, levels_of
from pymediation.compat import Compat, CompatLedger
from pymediation.errors import ArgumentError, ArgumentTypeError, PymediationWarning, UnsupportedModelError
from pymediation.imputation.results import PooledMediationResult
from pymediation.preparation import prepare
from pymediation.results.records import AnalysisRecord
from pymediation.sensitivity.draws import Covariances, Job
from pymediation.sensitivity.pairs import ACCEPTED, ANALYSES, DRAWN, PairType, pair_type
from pymediation.sensitivity.r_squared import r_square
from pymediation.sensitivity.request import read_request
from pymediation.sensitivity.result import SensitivityResult
from pymediation.sensitivity.system import read_system, terms_left_alone
from pymediation.setting.checks import is_adjusted
from pymediation.setting.contrast import Contrast, has_interaction
from pymediation.setting.left_out import rows_left_out
from pymediation.setting.options import check_sims, unknown_arguments
from pymediation.setting.pairing import Pair
from pymediation.setting.request import Request
from pymediation.setting.request import read_request as read_mediation
from pymediation.setting.settings import Settings
from pymediation.streams import as_stream
from pymediation.warn import warn

__all__ = ["medsens"]


def medsens(
    x: Any,
    rho_by: float = 0.1,
    sims: int = 1000,
    eps: float = 2.0**-26,
    effect_type: str = "indirect",
    *,
    rng: Any = None,
    compat: Compat = "fixed",
    **unknown: Any,
) -> SensitivityResult:
    r"""Assess how far unmeasured confounding of mediator and outcome would change the effects.

    Sequential ignorability cannot be tested. If it fails because an unmeasured variable affects mediator and
    outcome, the errors of the two models are correlated. For

    .. math:: M_i &= \alpha' (1, T_i, X_i) + \varepsilon_{i2} \\
              Y_i &= \beta' (1, T_i, M_i, X_i) + \varepsilon_{i3}, \qquad
              \rho = \operatorname{corr}(\varepsilon_{i2}, \varepsilon_{i3}),

    jointly normal (a binary M or Y being whether a latent one is positive: a probit model), both effects are
    estimated for every :math:`\rho` on a grid. How large must :math:`|\rho|` be for the ACME to vanish? With
    :math:`R^2_M, R^2_Y` the shares of variance that the models explain, a confounder that explains the share
    :math:`R^{2*}_M` of what is left of M and :math:`R^{2*}_Y` of what is left of Y makes
    :math:`\rho^2 = R^{2*}_M R^{2*}_Y`, and in shares of the total variances
    :math:`\tilde R^2_M \tilde R^2_Y = \rho^2 (1 - R^2_M)(1 - R^2_Y)`.

    Parameters
    ----------
    x : MediationResult
        What :func:`mediate` returned, by either method: its models, treatment, mediator, ``conf_level``,
        ``robustSE`` and ``cluster`` are used, not its draws.
    rho_by : float
        Step of the grid of correlations, which runs from ``-1 + rho_by`` to ``1 - rho_by``.
    sims : int
        Draws of the coefficients; not used with two linear or two probit models.
    eps : float
        Iterated fits (two linear models, or a probit mediator) stop when a step is no larger than this.
    effect_type : {"indirect", "direct", "both"}
        Effects to analyse; an unambiguous beginning is enough.
    rng : optional
        Random numbers, as for :func:`mediate`. None: R's global stream if :func:`set_seed` was called, else
        fresh entropy.
    compat : {"fixed", "R"}
        Where R's package returns a wrong number: the right one, or R's. A warning tells when it matters.

    Returns
    -------
    SensitivityResult
        ``print(result.summary())`` prints R's text; ``to_frame()``, ``plot()``, and all components by R's
        names.

    Raises
    ------
    UnsupportedModelError
        Models that are neither linear nor probit; offsets; a linear mediator that interacts with the
        treatment on a binary outcome.
    DataMismatchError
        A binary outcome, and covariates that differ between the models.
    ArgumentError, ArgumentTypeError, UnknownArgumentError
        An argument that is not accepted; the message says what is.

    Notes
    -----
    Four situations:

    *Two linear models.* Seemingly unrelated regressions with the error correlation :math:`\rho`, by iterated
    feasible generalised least squares; intervals by the delta method. ``robustSE`` and ``cluster`` are of the
    kind HC0 here.

    *Probit mediator.* Coefficients of the mediator model are drawn; the outcome less the mean of its error,
    :math:`\rho\sigma\lambda_i`, is regressed on its covariates; then its coefficients are drawn. The variance
    of that error is proportional to :math:`q_i = 1 - \rho^2\lambda_i(\lambda_i + \mu_i)`. R has the weights
    :math:`q_i` in the place of :math:`1 / q_i`, which biases its effects unless :math:`\rho = 0`;
    ``compat="fixed"`` divides.

    *Probit outcome.* Coefficients of both models and the variance of the mediator's error are drawn, and the
    mediator's coefficient follows from those of the reduced form. R has :math:`1 + |\sigma\gamma|` there in
    the place of :math:`\sqrt{1 + \sigma^2\gamma^2}`, so that its ACME at :math:`\rho = 0` is not that of
    ``mediate``; ``compat="fixed"`` has the root.

    *Two probit models*, which R does not have. A recursive bivariate probit with the error correlation
    :math:`\rho`, by maximum likelihood; :math:`E[Y(t, M(t'))] = \Phi_2(\mu_{t'}, \eta_t(1); \rho) +
    \Phi_2(-\mu_{t'}, \eta_t(0); -\rho)`, and intervals by the delta method. ``robustSE`` and ``cluster`` are
    of the kind HC0 here, and an interaction is accepted. ``type`` is "bb".

    ``ind_d0``, ... are 1 where the interval contains zero. R takes a numeric treatment from 0 to 1, whatever
    values ``mediate`` compared; ``compat="fixed"`` takes these values. Only main effects of treatment and
    mediator and their product are read: further products with covariates keep their observed values, and
    ``covariates`` that ``mediate`` held are not held; a warning tells when either matters.

    As in R: with a treatment-mediator interaction and two linear models the interval of the ADE under control
    leaves the covariance of intercept and covariates out; robust covariances are HC3 whatever ``type`` was.

    References
    ----------
    Imai, K., Keele, L. and Yamamoto, T. (2010). Identification, inference and sensitivity analysis for causal
    mediation effects. Statistical Science 25, 51-71.

    Imai, K., Keele, L. and Tingley, D. (2010). A general approach to causal mediation analysis. Psychological
    Methods 15, 309-334.

    Examples
    --------
    >>> import statsmodels.formula.api as smf
    >>> import pymediation as pm
    >>> jobs = pm.datasets.load_jobs()
    >>> med_fit = smf.ols("job_seek ~ treat + econ_hard + sex + age", jobs).fit()
    >>> out_fit = smf.ols("depress2 ~ treat + job_seek + econ_hard + sex + age", jobs).fit()
    >>> result = pm.mediate(med_fit, out_fit, treat="treat", mediator="job_seek", rng=pm.RStream(1))
    >>> sens = pm.medsens(result, rho_by=0.1)
    >>> sens.err_cr_d.round(1).tolist()
    [-0.3]
    >>> sens.d0[[0, 9, 18]].round(4).tolist()
    [0.0986, -0.0157, -0.1301]
    """
    asked = read_request(rho_by, sims, eps, effect_type)
    unknown_arguments(
        unknown, ("rho_by", "sims", "eps", "effect_type", "rng", "compat"), function="medsens", models="x"
    )
    ledger = CompatLedger(compat)
    request, pair, contrast, settings = _prepare(_required_analysis(x))
    kind = pair_type(pair, contrast)
    reads_others = kind != "ct" or has_interaction(pair.outcome, contrast)
    system = read_system(pair, contrast, ledger, reads_others=reads_others)
    _warn_about_models(request, pair, contrast, kind, reads_others=reads_others)
    if kind in DRAWN:
        check_sims(asked.sims, boot=False, boot_ci_type="perc", tests=False)
    stream = as_stream(rng)
    job = Job(asked, request.conf_level, Covariances(request.robustSE, settings.cluster), stream, ledger)
    origin = stream.describe()
    curves = ANALYSES[kind](system, job)
    ledger.warn("medsens")
    return SensitivityResult(
        curves=curves,
        request=asked,
        r_square_m=r_square(system.mediator),
        r_square_y=r_square(system.outcome),
        INT=system.interaction,
        conf_level=request.conf_level,
        type=kind,
        robustSE=request.robustSE,
        cluster=settings.cluster_labels,
        treat=contrast.treat,
        mediator=contrast.mediator,
        nobs=pair.outcome.n,
        stream=origin,
        compat=compat,
        outcome=pair.outcome.response_name,
        defects=ledger.defects,
        left_out=rows_left_out(pair.mediator, pair.outcome),
        adjusted=is_adjusted(pair, contrast),
    )


def _required_analysis(x: object) -> AnalysisRecord:
    """Return what ``mediate`` gave, after requiring that it is one analysis of the models' own rows."""
    if isinstance(x, (MediationsResult, PooledMediationResult)):
        parts = "elements" if isinstance(x, PooledMediationResult) else "results"
        msg = (
            f"medsens() takes one analysis of one data set; got a {type(x).__name__}. Ask for each of them: "
            f"[medsens(one) for one in x.{parts}]."
        )
        raise ArgumentTypeError(msg)
    if not isinstance(x, AnalysisRecord):
        msg = (
            "x: argument is not a valid model. medsens() takes what mediate() returns; got a "
            f"{type(x).__name__}. Call mediate() on the two fitted models first."
        )
        raise ArgumentTypeError(msg)
    if x.call.get("newdata") is not None:
        msg = (
            "The effects were averaged over newdata, but medsens() analyses those of the models' own rows. "
            "Call mediate() without newdata."
        )
        raise ArgumentError(msg)
    return x


def _prepare(x: AnalysisRecord) -> tuple[Request, Pair, Contrast, Settings]:
    """Read the models of a result anew; what there was to warn about was said by ``mediate``."""
    robust = bool(x.robustSE)
    call = dict(x.call) | {"boot": False, "boot_ci_type": "perc", "strata": None}
    call["cluster"] = None if robust else call["cluster"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PymediationWarning)
        ledger = CompatLedger("R" if x.compat == "R" else "fixed")
        try:
            request, pair, scenario, settings = prepare(*x.models.get(), read_mediation(call, {}), ledger)
        except UnsupportedModelError as error:  # mediate took them, so it is the simulation that they lack
            msg = (
                f"mediate object fitted with non-supported model combinations: {x.formulas[0]!r} and "
                f"{x.formulas[1]!r}, of which one can only be bootstrapped. {ACCEPTED}."
            )
            raise UnsupportedModelError(msg) from error
    return request, pair, scenario.contrast, settings


def _warn_about_models(
    request: Request, pair: Pair, contrast: Contrast, kind: PairType, *, reads_others: bool
) -> None:
    """Warn where the effects analysed are not quite those of ``mediate``."""
    _warn_about_levels(request, pair, contrast)
    if request.covariates is not None and reads_others:
        held = ", ".join(repr(name) for name in dict(request.covariates))  # type: ignore[call-overload]
        warn(
            f"medsens averages over the covariates as observed, as in R, and does not hold {held}, as "
            "mediate(covariates=) did: at rho = 0 its effects are those of mediate() without covariates=."
        )
    left = terms_left_alone(pair, contrast)
    if left:
        warn(
            "medsens reads the main effects of treatment and mediator and their product only; "
            f"{', '.join(left)} keep their observed values, as in R. Effects refer to the value 0 of what "
            "they are multiplied with: centre such covariates at values of interest."
        )
    if request.robustSE and request.robust_type != "HC3":
        warn(f"medsens uses HC3 as in R, not the type={request.robust_type!r} that mediate() was asked for.")
    for model in (pair.mediator, pair.outcome):
        if model.covariance is not None and (kind in ("ct", "bb") or (kind, model.role) == ("bm", "outcome")):
            warn(
                f"The {model.role} model was fitted with cov_type={model.cov_type!r}, which medsens does not "
                "use, because it estimates that model anew. Call mediate() with robustSE=True or cluster=."
            )


def _warn_about_levels(request: Request, pair: Pair, contrast: Contrast) -> None:
    """Warn where the levels of a factor treatment were not those that were named."""
    column = pair.outcome.frame[contrast.treat]
    if not (is_factor(column) or coded_as_factor(pair.outcome, contrast.treat)):
        return
    levels = [label_text(level) for level in levels_of(column)]
    if not {label_text(request.control_value), label_text(request.treat_value)} <= set(levels):
        warn(
            "treatment and control values do not match factor levels; using "
            f"{label_text(contrast.control_value)} and {label_text(contrast.treat_value)} as control and "
            "treatment, respectively. Name the levels in mediate(control_value=, treat_value=)."
        )
