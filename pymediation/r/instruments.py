"""``mediate_tsls`` with R's habits: R's numbers where R is known to be wrong, abbreviated argument names."""

from __future__ import annotations

from typing import Any

from pymediation import instruments as _package
from pymediation.instruments import TwoStageResult
from pymediation.r._arguments import completed

__all__ = ["mediate_tsls"]


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
    residuals: Any = "second-stage",
    **others: Any,
) -> TwoStageResult:
    """Estimate mediation effects by two-stage least squares, as R's ``mediate_tsls``.

    This is :func:`pymediation.mediate_tsls` with ``compat="R"`` as default: standard errors are robust
    whatever `robustSE` says, and p-values without the bootstrap are one-sided, with a warning. As in R an
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
