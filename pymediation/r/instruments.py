"""``mediate_tsls`` and ``ivmediate`` with R's habits: R's numbers where R is known to be wrong."""

from __future__ import annotations

from typing import Any

from pymediation import instruments as _package
from pymediation.instruments import NoncomplianceResult, TwoStageResult
from pymediation.r._arguments import completed

__all__ = ["ivmediate", "mediate_tsls"]


def mediate_tsls(
    model_m: Any,
    model_y: Any,
    treat: str = "treat.name",
    conf_level: float = 0.95,
    robustSE: bool = False,
    cluster: Any = None,
    boot: bool = False,
    sims: int = 1000,
    est_se: bool = True,
    *,
    rng: Any = None,
    compat: Any = "R",
    type: Any = None,
    cadjust: bool = True,
    residuals: Any = None,
    **others: Any,
) -> TwoStageResult:
    """Estimate mediation effects by two-stage least squares, as R's ``mediate_tsls``.

    This is :func:`pymediation.mediate_tsls` with ``compat="R"`` as default: standard errors are robust
    whatever `robustSE` says and take the two stages as independent, and p-values without the bootstrap are
    one-sided, with a warning. As in R an
    argument can be abbreviated as long as it is unique.

    Parameters
    ----------
    model_m, model_y : fitted models
        The mediator model and the outcome model, of `lm`.
    treat, conf_level, robustSE, cluster, boot, sims, est_se, rng, compat, type, cadjust, residuals
        As in :func:`pymediation.mediate_tsls`.
    **others
        Abbreviations.

    Returns
    -------
    TwoStageResult
        ``summary(result)`` prints R's table.

    Raises
    ------
    UnknownArgumentError
        If an argument does not exist, or an abbreviation is not unique.

    References
    ----------
    Tingley, D., Yamamoto, T., Hirose, K., Keele, L. and Imai, K. (2014). mediation: R package for causal
    mediation analysis. Journal of Statistical Software 59(5).

    Examples
    --------
    >>> import pymediation.r as R
    >>> jobs = R.data("jobs")
    >>> model_m = R.lm("job_seek ~ comply + treat", data=jobs)
    >>> model_y = R.lm("depress2 ~ comply + job_seek", data=jobs)
    >>> result = R.mediate_tsls(model_m, model_y, treat="comply")
    >>> round(result.d1, 4), round(result.d1_se, 4)
    (0.4314, 0.7294)
    """
    given = {name: value for name, value in locals().items() if name not in ("model_m", "model_y", "others")}
    return _package.mediate_tsls(model_m, model_y, **completed(mediate_tsls, given, others))


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
    conf_level: Any = 0.95,
    long: bool = True,
    dropobs: bool = False,
    multicore: bool = False,
    mc_cores: int = 2,
    *,
    rng: Any = None,
    n_jobs: int = 1,
    progress: bool = False,
    compat: Any = "R",
    **others: Any,
) -> NoncomplianceResult:
    r"""Estimate mediation effects on compliers, as R's ``ivmediate``.

    This is :func:`pymediation.ivmediate` with ``compat="R"`` as default: with a GLM of the treatment R's
    number, which is wrong, is returned with a warning. As in R an argument can be abbreviated as long as it
    is unique.

    Parameters
    ----------
    model_t, model_m, model_y : fitted models
        The treatment model, the mediator model and the outcome model, of `lm` or `glm`.
    ci, sims, boot, enc, treat, mediator, conf_level, long, dropobs, multicore, mc_cores
        As in :func:`pymediation.ivmediate`.
    rng, n_jobs, progress, compat
        As in :func:`pymediation.ivmediate`.
    **others
        Abbreviations.

    Returns
    -------
    NoncomplianceResult
        ``summary(result)`` prints R's table.

    Raises
    ------
    UnknownArgumentError
        If an argument does not exist, or an abbreviation is not unique.

    References
    ----------
    Tingley, D., Yamamoto, T., Hirose, K., Keele, L. and Imai, K. (2014). mediation: R package for causal
    mediation analysis. Journal of Statistical Software 59(5).

    Examples
    --------
    >>> import pymediation.r as R
    >>> jobs = R.data("jobs")
    >>> a = R.lm("comply ~ treat + sex + age", data=jobs)
    >>> b = R.glm("job_dich ~ comply + treat + sex + age", data=jobs, family=R.binomial)
    >>> c = R.lm("depress2 ~ job_dich * (comply + treat) + sex + age", data=jobs)
    >>> result = R.ivmediate(a, b, c, ci=R.FALSE, enc="treat", treat="comply", mediator="job_dich")
    >>> print("\n".join(str(result.summary()).splitlines()[3:9]))
                     Estimate
    LACME (control) -0.031129
    LACME (treated) -0.044831
    LANDE (control) -0.049170
    LANDE (treated) -0.062872
    LATE            -0.094001
    """
    models = ("model_t", "model_m", "model_y")
    given = {name: value for name, value in locals().items() if name not in (*models, "models", "others")}
    return _package.ivmediate(model_t, model_m, model_y, **completed(ivmediate, given, others))
