"""Rubin's rules: combine an estimate and its variance over multiply imputed data sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from pymediation.errors import ArgumentError
from pymediation.estimates.effects import Interval
from pymediation.setting.options import check_fraction

__all__ = ["RubinEstimate", "rubins_rules"]


@dataclass(frozen=True, slots=True)
class RubinEstimate:
    """An estimate combined over m data sets.

    Attributes
    ----------
    estimate : float
        Mean of the m estimates.
    within : float
        Mean of the m variances.
    between : float
        Variance of the m estimates.
    total : float
        Total variance.
    df : float
        Degrees of freedom of the t distribution of estimate / standard error.
    riv : float
        Relative increase in variance due to missing data.
    fmi : float
        Fraction of missing information.
    ci : Interval
        Confidence interval.
    p_value : float
        Two-sided p-value of "no effect".
    """

    estimate: float
    within: float
    between: float
    total: float
    df: float
    riv: float
    fmi: float
    ci: Interval
    p_value: float

    @property
    def std_error(self) -> float:
        """Square root of the total variance."""
        return float(np.sqrt(self.total))

    @property
    def lower(self) -> float:
        """Lower bound of the confidence interval."""
        return self.ci.lower

    @property
    def upper(self) -> float:
        """Upper bound of the confidence interval."""
        return self.ci.upper


def rubins_rules(
    estimates: ArrayLike, variances: ArrayLike, conf_level: float = 0.95, df_complete: float = np.inf
) -> RubinEstimate:
    r"""Combine an estimate and its variance over m imputed data sets.

    With estimates :math:`Q_i` and variances :math:`U_i`,

    .. math::

        \bar Q &= \frac1m \sum Q_i, \qquad \bar U = \frac1m \sum U_i, \qquad
        B = \frac{1}{m - 1} \sum (Q_i - \bar Q)^2 \\
        T &= \bar U + (1 + 1/m) B, \qquad r = (1 + 1/m) B / \bar U, \qquad \lambda = (1 + 1/m) B / T

    and :math:`(\bar Q - Q) / \sqrt T` is compared with a t distribution with
    :math:`\nu_m = (m - 1) / \lambda^2` degrees of freedom (Rubin 1987). Where the analysis of complete data
    would have :math:`\nu_c` degrees of freedom, they are
    :math:`(1 / \nu_m + 1 / \nu_o)^{-1}` with
    :math:`\nu_o = \frac{\nu_c + 1}{\nu_c + 3} \nu_c (1 - \lambda)` (Barnard and Rubin 1999).

    Parameters
    ----------
    estimates, variances : array_like, shape (m,)
        Estimates and their squared standard errors, m at least 2.
    conf_level : float
        Level of the interval.
    df_complete : float
        Degrees of freedom of the analysis of complete data; infinite for a large sample.

    Returns
    -------
    RubinEstimate
        With ``fmi`` :math:`= (r + 2 / (\nu + 3)) / (1 + r)`.

    Raises
    ------
    ArgumentError
        If there are fewer than two estimates, or not as many variances; if `conf_level` is not between 0 and
        1, or `df_complete` not positive.

    References
    ----------
    Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. Wiley.

    Barnard, J. and Rubin, D. B. (1999). Small-sample degrees of freedom with multiple imputation. Biometrika
    86, 948-955.

    van Buuren, S. (2018). Flexible Imputation of Missing Data, 2nd ed., section 2.3. CRC Press.

    Examples
    --------
    >>> pooled = rubins_rules([1.0, 2.0, 3.0], [0.5, 0.5, 0.5])
    >>> round(pooled.estimate, 3), round(pooled.total, 3), round(pooled.df, 3), round(pooled.p_value, 3)
    (2.0, 1.833, 3.781, 0.218)
    """
    Q, U = np.asarray(estimates, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if Q.ndim != 1 or Q.size < 2 or U.shape != Q.shape:
        msg = (
            "Rubin's rules combine two or more estimates and as many variances; got arrays of shapes "
            f"{Q.shape} and {U.shape}."
        )
        raise ArgumentError(msg)
    level = check_fraction(conf_level, "conf_level")
    if not df_complete > 0:
        raise ArgumentError(
            f"df_complete must be a positive number of degrees of freedom; got {df_complete!r}."
        )
    m = Q.size
    estimate, within, between = float(np.mean(Q)), float(np.mean(U)), float(np.var(Q, ddof=1))
    missing = (1 + 1 / m) * between
    total = within + missing
    share = missing / total if total > 0 else 0.0
    riv = missing / within if within > 0 else (np.inf if missing > 0 else 0.0)
    df = _degrees_of_freedom(m, share, df_complete)
    fmi = 1.0 if np.isinf(riv) else (riv + 2 / (df + 3)) / (1 + riv)
    half = _t_quantile((1 + level) / 2, df) * np.sqrt(total)
    return RubinEstimate(
        estimate=estimate,
        within=within,
        between=between,
        total=total,
        df=df,
        riv=float(riv),
        fmi=float(fmi),
        ci=Interval(estimate - half, estimate + half, level),
        p_value=_p_value(estimate, total, df),
    )


def _degrees_of_freedom(m: int, share: float, complete: float) -> float:
    """Return the degrees of freedom; `share` of the total variance is due to missing data."""
    imputed = (m - 1) / share**2 if share > 0 else np.inf
    if np.isinf(complete):
        return float(imputed)
    observed = (complete + 1) / (complete + 3) * complete * (1 - share)
    return float(1 / (1 / imputed + 1 / observed)) if observed > 0 else 0.0


def _t_quantile(level: float, df: float) -> float:
    """Return a quantile of the t distribution, of the normal one for infinite df."""
    return float(ndtri(level) if np.isinf(df) else stdtrit(df, level))


def _p_value(estimate: float, total: float, df: float) -> float:
    """Return the two-sided p-value."""
    if total == 0:
        return 1.0 if estimate == 0 else 0.0
    t = -abs(estimate) / np.sqrt(total)
    return float(2 * (ndtr(t) if np.isinf(df) else stdtr(df, t)))
