"""``medsens`` with R's habits: R's numbers where R is known to be wrong, and abbreviated argument names."""

from __future__ import annotations

from typing import Any

from pymediation.r._arguments import completed
from pymediation.sensitivity import SensitivityResult
from pymediation.sensitivity import medsens as _package

__all__ = ["medsens"]


def medsens(
    x: Any,
    rho_by: float = 0.1,
    sims: int = 1000,
    eps: float = 2.0**-26,
    effect_type: str = "indirect",
    *,
    rng: Any = None,
    compat: Any = "R",
    **others: Any,
) -> SensitivityResult:
    r"""Assess the sensitivity of effects to unmeasured confounding, as R's ``medsens``.

    This is :func:`pymediation.medsens` with ``compat="R"`` as default: where R returns a number that is known
    to be wrong, that number is returned with a warning. As in R an argument can be abbreviated as long as it
    is unique (``rho=``, ``effect=``).

    Parameters
    ----------
    x, rho_by, sims, eps, effect_type, rng, compat
        As in :func:`pymediation.medsens`.
    **others
        Abbreviations.

    Returns
    -------
    SensitivityResult
        ``summary(result)`` prints R's text, ``plot(result)`` draws it.

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
    >>> jobs = R.data("jobs")
    >>> med_fit = R.lm("job_seek ~ treat + econ_hard + sex + age", data=jobs)
    >>> out_fit = R.lm("depress2 ~ treat + job_seek + econ_hard + sex + age", data=jobs)
    >>> R.set_seed(1)
    >>> med_out = R.mediate(med_fit, out_fit, treat="treat", mediator="job_seek", sims=500)
    >>> sens_out = R.medsens(med_out, rho_by=0.1, effect_type="both")
    >>> print("\n".join(str(R.summary(sens_out)).splitlines()[5:8]))
           Rho    ACME 95% CI Lower 95% CI Upper R^2_M*R^2_Y* R^2_M~R^2_Y~
     [1,] -0.9  0.0986      -0.0527       0.2499         0.81       0.7044
     [2,] -0.8  0.0581      -0.0311       0.1473         0.64       0.5565
    """
    given = {name: value for name, value in locals().items() if name not in ("x", "others")}
    return _package(x, **completed(medsens, given, others))
