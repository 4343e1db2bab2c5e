"""Causal mediation analysis: the function :func:`mediate`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from pymediation import inference
from pymediation.columns import label_text
from pymediation.compat import Compat, CompatLedger
from pymediation.fitted import FittedModel
from pymediation.multilevel.results import grouped_result
from pymediation.multilevel.simulation import GroupedInference, simulate
from pymediation.newdata import kept
from pymediation.population import read_population
from pymediation.preparation import prepare
from pymediation.report.wording import Wording, told_apart
from pymediation.results.evalue_table import OutcomeFacts
from pymediation.results.mediation import MediationResult
from pymediation.results.ordered import OrderedMediationResult
from pymediation.results.records import Models
from pymediation.setting.checks import bootstrap_notes, covariance_notes, is_adjusted
from pymediation.setting.contrast import has_interaction
from pymediation.setting.counterfactual import Scenario
from pymediation.setting.grouped_pairing import GroupedPair
from pymediation.setting.left_out import rows_left_out
from pymediation.setting.outcome_scale import quantity_of
from pymediation.setting.pairing import Pair
from pymediation.setting.request import Request, read_request
from pymediation.setting.settings import Settings
from pymediation.streams import StreamRecord, as_stream

__all__ = ["mediate"]


def mediate(
    model_m: Any,
    model_y: Any,
    sims: int = 1000,
    boot: bool = False,
    boot_ci_type: Literal["perc", "bca"] = "perc",
    treat: str = "treat.name",
    mediator: str = "med.name",
    covariates: Mapping[str, Any] | None = None,
    outcome: str | None = None,
    control: str | None = None,
    conf_level: float = 0.95,
    control_value: Any = 0,
    treat_value: Any = 1,
    long: bool = True,
    dropobs: bool = False,
    robustSE: bool = False,
    cluster: ArrayLike | str | None = None,
    group_out: str | None = None,
    use_speed: bool = False,
    *,
    rng: Any = None,
    n_jobs: int = 1,
    progress: bool | None = None,
    compat: Compat = "fixed",
    outcome_scale: str | tuple[str, float] | None = None,
    newdata: Any = None,
    newdata_weights: str | None = None,
    type: str = "HC3",
    strata: ArrayLike | None = None,
    parallel: str = "no",
    ncpus: int = 1,
    **unknown: Any,
) -> MediationResult | OrderedMediationResult:
    r"""Estimate average causal mediation and direct effects.

    With potential outcomes :math:`Y_i(t, m)` and mediators :math:`M_i(t)`, for t = 0, 1,

    .. math::

        \delta(t) &= E[Y_i(t, M_i(1)) - Y_i(t, M_i(0))] \quad\text{(ACME)} \\
        \zeta(t) &= E[Y_i(1, M_i(t)) - Y_i(0, M_i(t))] \quad\text{(ADE)} \\
        \tau &= \delta(t) + \zeta(1 - t) \quad\text{(total effect)}

    are averaged over the rows of the data, weighted by sampling weights. They have a causal meaning under
    sequential ignorability: treatment given covariates, and mediator given treatment and covariates, are as
    good as randomly assigned.

    Parameters
    ----------
    model_m, model_y : fitted models
        The mediator model and the outcome model: statsmodels results (OLS, WLS, GLM, Logit, Probit, Poisson,
        OrderedModel, QuantReg, GLMGam; MNLogit as mediator; NegativeBinomial, NegativeBinomialP and
        GeneralizedPoisson as outcome; MixedLM), fitted from a formula or a named DataFrame of regressors;
        fits of :class:`Tobit` and of :mod:`pymediation.r` (lm, glm, polr, rq, survreg, vglm, lmer, glmer);
        :class:`MixedFit`; or,
        as ``with_data(model, data, ...)``, the WeibullAFTFitter, LogNormalAFTFitter and LogLogisticAFTFitter
        of lifelines, the GPModel of GPBoost, and for the bootstrap regressors and classifiers of scikit-learn
        and the like, LogisticAT and LogisticIT of mord, and any :class:`MediationModel`.
    sims : int
        Number of draws, or of bootstrap replicates.
    boot : bool
        False: quasi-Bayesian Monte Carlo, coefficients drawn from their asymptotic normal distribution. True:
        nonparametric bootstrap, both models refitted to resampled rows.
    boot_ci_type : {"perc", "bca"}
        Bootstrap interval: percentile, or bias-corrected and accelerated.
    treat, mediator : str
        Names of the treatment and mediator columns.
    covariates : dict, optional
        Values at which covariates are held, such as ``{"age": 40}``; effects are then conditional on them.
        (Adjusting for covariates is done in the formulas.)
    control : str, optional
        Additive outcome models (GLMGam) only: the column that indicates the control group. Where the
        treatment is set to `treat_value` it is set to `control_value`, and the other way round.
    group_out : str, optional
        Mixed models with different groups: the grouping column that results are told by; by default the
        outcome model's.
    outcome, use_speed
        Accepted for R scripts; without effect.
    conf_level : float
        Level of the intervals, between 0 and 1.
    control_value, treat_value : scalar
        Treatment values that are compared: numbers, or levels of a factor.
    long : bool
        Whether the result keeps the draws.
    dropobs : bool
        Refit both models to the rows they have in common.
    robustSE : bool
        Quasi-Bayesian only: heteroskedasticity-consistent covariance, of kind `type`.
    cluster : array_like or str, optional
        One identifier per row, or the name of a column. Quasi-Bayesian: cluster-robust covariance. Bootstrap:
        whole clusters are resampled, within `strata` if there are any (R ignores them).
    rng : optional
        Random numbers. None: R's global stream if :func:`set_seed` was called, else fresh entropy; an int or
        a NumPy Generator: NumPy's; an :class:`RStream`: R's.
    n_jobs : int
        Threads, or processes for long quantile regressions; the result does not depend on it. -1: all. Within
        ``joblib.parallel_config(backend=...)`` the work is spread over the workers of that backend, such as a
        Dask cluster, with the same result.
    progress : bool, optional
        Whether to show a progress bar. None: on a terminal or in a notebook, once the work has taken two
        seconds.
    compat : {"fixed", "R"}
        Where R's package returns a wrong number: the right one, or R's. A warning tells when it matters.
    outcome_scale : str or (str, float), optional
        What effects on a survival or tobit outcome are differences of; None: R's scale. For survival times
        ``"mean"``, ``"median"``, ``("restricted_mean", time)`` (mean time up to that time) or ``("survival",
        time)`` (probability of survival beyond it); for tobit outcomes ``"censored_mean"`` (mean of the
        observed response) or ``"latent"`` (mean before it is cut off). See Notes.
    newdata : optional
        Rows that effects are averaged over in place of those of the models, read block by block, so that
        they need not fit in memory: a DataFrame, an iterator of DataFrames, a Dask DataFrame, a pyarrow
        Table or Dataset, or the path of a Parquet file or folder, or a list of paths. Coefficients are drawn
        or refitted as without it. Columns that the analysis sets (treatment, mediator, `covariates`) need not
        be there; the column of an offset must. They are read once; for learners again and again, so that an
        iterator may then have one block of rows only. Not for mixed models. See Notes.
    newdata_weights : str, optional
        Column of `newdata` with sampling weights.
    type : {"HC3", "const", "HC0", "HC1", "HC2", "HC4", "HC4m", "HC5"}
        Kind of covariance for `robustSE`.
    strata : array_like, optional
        Bootstrap only: resample within strata; one identifier per row.
    parallel, ncpus
        R's spelling of `n_jobs`.

    Returns
    -------
    MediationResult, OrderedMediationResult for an ordered outcome, MultilevelResult for mixed models
        ``print(result.summary())`` prints R's table; ``to_frame()``, ``plot()``, and all components by R's
        names.

    Raises
    ------
    UnsupportedModelError
        A model of a class, family or state that cannot be used.
    DataMismatchError
        The models do not fit together: other rows, weights or roles.
    NotEstimableError
        A rank-deficient or non-converged fit, or too many failed replicates.
    ArgumentError, ArgumentTypeError, UnknownArgumentError, UnknownNameError
        An argument that is not accepted; the message says what is.

    Notes
    -----
    After ``set_seed(s)`` results equal those of R's ``mediation`` 4.5.1 after ``set.seed(s)``;
    `docs/differences-from-r.md` lists where R is known to be wrong.

    R reports a survival outcome as :math:`g(x'b)`, where :math:`g^{-1}(T) = x'b + \sigma W`, and a tobit
    outcome as :math:`x'b` cut off at the limits; the summary says so. `outcome_scale` puts

    .. math:: Y_i(t, m) = E(T), \quad \text{median}(T), \quad E\min(T, h), \quad P(T > h)

    or, for a tobit outcome with the limits L and U, :math:`E \min(\max(x'b + \sigma W, L), U)` or
    :math:`x'b` in its place, each of the distribution given row i, t and m, with the scale :math:`\sigma` of
    the same draw or replicate. Effects on medians are averages of conditional medians, not differences of
    the median of all. The mean of a loglogistic time is infinite from :math:`\sigma = 1` on: then an error
    for the fit, and draws or replicates left out with a warning.

    With `newdata` random numbers are drawn in the same order for each block of 65,536 rows (fewer if a design
    has more than 61 columns) as without it for all rows, however the rows were cut when they came in. So rows
    that are those of the models give the same result under the same seed if they are one block, and with a
    continuous mediator drawn around its mean in simulations always. Learners are held for 16 replicates at a
    time, for which the rows are read again if they are more than one block; a replicate's generator draws in
    the first block, its children in those that follow, and R's stream block by block for each 16 replicates.

    References
    ----------
    Imai, K., Keele, L. and Tingley, D. (2010). A general approach to causal mediation analysis. Psychological
    Methods 15, 309-334.

    Tingley, D., Yamamoto, T., Hirose, K., Keele, L. and Imai, K. (2014). mediation: R package for causal
    mediation analysis. Journal of Statistical Software 59(5).

    Examples
    --------
    >>> import statsmodels.formula.api as smf
    >>> import pymediation as pm
    >>> jobs = pm.datasets.load_jobs()
    >>> med_fit = smf.ols("job_seek ~ treat + econ_hard + sex + age", jobs).fit()
    >>> out_fit = smf.ols("depress2 ~ treat + job_seek + econ_hard + sex + age", jobs).fit()
    >>> result = pm.mediate(med_fit, out_fit, treat="treat", mediator="job_seek", rng=pm.RStream(2014))
    >>> round(result.acme.estimate, 4), round(result.total.estimate, 4)
    (-0.0161, -0.0569)

    A survival outcome, here made up, in terms of survival beyond a time of 3:

    >>> import pymediation.r as R
    >>> jobs["time"], jobs["seen"] = jobs["depress2"].clip(upper=4), jobs["depress2"] < 4
    >>> out_fit = R.survreg("Surv(time, seen) ~ treat + job_seek + econ_hard + sex + age", jobs)
    >>> result = pm.mediate(
    ...     *(med_fit, out_fit),
    ...     treat="treat",
    ...     mediator="job_seek",
    ...     rng=pm.RStream(2014),
    ...     outcome_scale=("survival", 3),
    ... )
    >>> result.scale, round(result.acme.estimate, 4)
    ('the probability of survival beyond 3', -0.0028)
    """
    arguments = {
        name: value for name, value in locals().items() if name not in ("model_m", "model_y", "unknown")
    }
    ledger = CompatLedger(compat)
    request, pair, setting, options = prepare(model_m, model_y, read_request(arguments, unknown), ledger)
    stream = as_stream(rng)
    fields = _record(arguments, request, pair, options, stream.describe(), Models(model_m, model_y))
    population = read_population(request.newdata, request.newdata_weights, pair, setting)
    if isinstance(pair, GroupedPair):
        done: inference.Inference = simulate(pair, setting, stream, options)
    else:
        infer = inference.bootstrap if request.boot else inference.quasi_bayes
        done = infer(pair, setting, stream, options, population)
    interaction = _interaction(pair, setting, done, ledger)
    ledger.warn("mediate")
    fields |= {"INT": interaction, "n_failed": len(done.failures), "potential_means": done.means}
    fields["wording"] = _wording(pair, setting)
    if population is not None:
        fields["notes"] = (*fields["notes"], population.note)
    if pair.outcome.kind.n_categories:
        levels = tuple(label_text(level) for level in pair.outcome.response.levels or ())
        return OrderedMediationResult(categories=levels, effects=done.effects, **fields)
    one_set = pair.outcome.kind.one_set and not interaction
    if isinstance(pair, GroupedPair) and isinstance(done, GroupedInference):
        return grouped_result(done, pair, fields, one_set=one_set)
    return MediationResult(effects=done.effects[0], one_set=one_set, **fields)


def _record(
    arguments: dict[str, Any],
    request: Request,
    pair: Pair,
    options: Settings,
    stream: StreamRecord,
    models: Models,
) -> dict[str, Any]:
    """Return what a result tells about its call, beside the effects."""
    as_given = (
        *("treat", "mediator", "covariates", "control_value", "treat_value"),
        *("compat", "outcome_scale"),
    )
    return {name: arguments[name] for name in as_given} | {
        "boot": request.boot,
        "boot_ci_type": request.boot_ci_type,
        "conf_level": request.conf_level,
        "nobs": pair.outcome.n,
        "sims": request.sims,
        "call": arguments | {"newdata": kept(arguments["newdata"])},
        "robustSE": request.robustSE,
        "cluster": options.cluster_labels,
        "notes": bootstrap_notes(pair, options) if request.boot else covariance_notes(pair, options),
        "scale": pair.outcome.kind.scale_words,
        "footnotes": tuple(filter(None, [pair.outcome.kind.footnote])),
        "formulas": (pair.mediator.formula, pair.outcome.formula),
        "stream": stream,
        "models": models,
        "outcome_facts": _facts(pair.outcome),
    }


def _facts(outcome: FittedModel) -> OutcomeFacts:
    """Return what comparisons of average outcomes have to know."""
    gaussian = outcome.kind.gaussian
    residual = float(outcome.kind.parameter(outcome, outcome.fit)) if gaussian else float("nan")
    return OutcomeFacts(outcome.label, outcome.kind.mean, float(np.std(outcome.y, ddof=1)), residual)


def _wording(pair: Pair, setting: Scenario) -> Wording:
    """Return the names that the analysis is told with."""
    treated, control = told_apart(setting.contrast.treat_value, setting.contrast.control_value)
    return Wording(
        outcome=pair.outcome.response_name,
        quantity=quantity_of(pair.outcome),
        treated=treated,
        control=control,
        labels=(pair.mediator.label, pair.outcome.label),
        adjusted=is_adjusted(pair, setting.contrast),
        weighted=pair.outcome.weights is not None,
        defects=setting.ledger.defects,
        left_out=rows_left_out(pair.mediator, pair.outcome),
    )


def _interaction(pair: Pair, setting: Scenario, done: inference.Inference, ledger: CompatLedger) -> bool:
    """Whether the arms differ: by the terms of the outcome model, or in the draws of a linear one."""
    if has_interaction(pair.outcome, setting.contrast):
        return True
    if pair.outcome.kind.additive:
        return done.arms_differ
    if not (pair.outcome.kind.one_set and done.arms_differ):
        return False
    return not ledger.follow_r("hidden-interaction")
