"""``mediate`` with R's habits: R's numbers where R is known to be wrong, and abbreviated argument names."""

from __future__ import annotations

from typing import Any

from pymediation.mediation import mediate as _package
from pymediation.r._arguments import completed
from pymediation.results.mediation import MediationResult
from pymediation.results.ordered import OrderedMediationResult

__all__ = ["mediate"]


def mediate(
    model_m: Any,
    model_y: Any,
    sims: int = 1000,
    boot: bool = False,
    boot_ci_type: Any = "perc",
    treat: str = "treat.name",
    mediator: str = "med.name",
    covariates: Any = None,
    outcome: str | None = None,
    control: str | None = None,
    conf_level: float = 0.95,
    control_value: Any = 0,
    treat_value: Any = 1,
    long: bool = True,
    dropobs: bool = False,
    robustSE: bool = False,
    cluster: Any = None,
    group_out: str | None = None,
    use_speed: bool = False,
    *,
    rng: Any = None,
    n_jobs: int = 1,
    progress: bool = False,
    compat: Any = "R",
    **others: Any,
) -> MediationResult | OrderedMediationResult:
    """Estimate average causal mediation and direct effects, as R's ``mediate``.

    This is :func:`pymediation.mediate` with ``compat="R"`` as default: where R returns a number that is
    known to be wrong, that number is returned with a warning. As in R an argument can be abbreviated as long
    as it is unique (``sim=``, ``med=``).

    Parameters
    ----------
    model_m, model_y : fitted models
        The mediator model and the outcome model, of `lm`, `glm` or any other kind that
        :func:`pymediation.mediate` takes.
    sims, boot, boot_ci_type, treat, mediator, covariates, outcome, control, conf_level, control_value, \
treat_value, long, dropobs, robustSE, cluster, group_out, use_speed, rng, n_jobs, progress, compat
        As in :func:`pymediation.mediate`.
    **others
        R's further arguments ``type``, ``strata``, ``parallel``, ``ncpus``, abbreviations, and
        ``outcome_scale``, which R does not have.

    Returns
    -------
    MediationResult, or OrderedMediationResult for an ordered outcome
        ``summary(result)`` prints R's table.

    Raises
    ------
    UnknownArgumentError
        If an argument does not exist, or an abbreviation is not unique.

    Warns
    -----
    PymediationWarning
        For an abbreviation.

    References
    ----------
    Tingley, D., Yamamoto, T., Hirose, K., Keele, L. and Imai, K. (2014). mediation: R package for causal
    mediation analysis. Journal of Statistical Software 59(5).

    Examples
    --------
    >>> import pymediation.r as R
    >>> framing = R.data("framing")
    >>> med_fit = R.lm("emo ~ treat + age + educ + gender + income", data=framing)
    >>> out = "cong_mesg ~ emo + treat + age + educ + gender + income"
    >>> out_fit = R.glm(out, data=framing, family=R.binomial("probit"))
    >>> R.set_seed(2014)
    >>> result = R.mediate(med_fit, out_fit, treat="treat", mediator="emo", robustSE=R.TRUE, sims=100)
    >>> round(result.d0, 4)
    0.0791
    """
    given = {name: value for name, value in locals().items() if name not in ("model_m", "model_y", "others")}
    return _package(model_m, model_y, **completed(mediate, given, others))
