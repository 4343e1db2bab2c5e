"""Whether the mediation effect is the same under treatment and under control."""

from __future__ import annotations

from typing import Any

from pymediation.errors import ArgumentError
from pymediation.hypothesis_tests.account import compared_of
from pymediation.hypothesis_tests.differences import difference, require_draws, require_result
from pymediation.hypothesis_tests.values import HTest, OrderedHTest, not_collected_by_pytest
from pymediation.results.components import ByCategory
from pymediation.results.ordered import OrderedMediationResult
from pymediation.setting.options import check_fraction, unknown_arguments

__all__ = ["test_TMint"]

_NAME = "ACME(1) - ACME(0)"


@not_collected_by_pytest
def test_TMint(
    fit: Any, conf_level: float | None = None, *, data_name: str = "fit", **unknown: Any
) -> HTest | OrderedHTest:
    r"""Test whether the average causal mediation effect differs between treatment and control.

    The null hypothesis is that treatment and mediator do not interact,

    .. math:: \bar\delta(1) - \bar\delta(0) = 0,

    and likewise that :math:`\bar\zeta(1) - \bar\zeta(0) = 0`: the total effect being the same, the two
    differences are one. Interval and p-value come from the differences between the draws of `fit`; no random
    number is used.

    Parameters
    ----------
    fit : result of `mediate` or of `amelidiate`
        With draws (``long=True``), of an outcome model in which treatment and mediator interact.
    conf_level : float, optional
        Level of the interval; that of `fit` by default.
    data_name : str
        What the printed text calls `fit`.

    Returns
    -------
    HTest, or OrderedHTest for an ordered outcome
        ``statistic``, ``p_value``, ``conf_int``, ``null_value``, ``alternative``, ``method``, ``data_name``;
        ``print`` shows R's text. For an ordered outcome one test per category.

    Raises
    ------
    ArgumentTypeError
        If `fit` is something else.
    ArgumentError
        If the draws were not kept, there is no interaction, or `conf_level` is not between 0 and 1.
    UnknownArgumentError
        An argument that does not exist; the message names the closest one.

    References
    ----------
    Imai, K., Keele, L. and Tingley, D. (2010). A general approach to causal mediation analysis. Psychological
    Methods 15, 309-334.

    Examples
    --------
    >>> import pymediation as pm
    >>> import statsmodels.formula.api as smf
    >>> jobs = pm.datasets.load_jobs()
    >>> med_fit = smf.ols("job_seek ~ treat + econ_hard + sex + age", jobs).fit()
    >>> out_fit = smf.ols("depress2 ~ treat * job_seek + econ_hard + sex + age", jobs).fit()
    >>> fit = pm.mediate(med_fit, out_fit, treat="treat", mediator="job_seek", rng=pm.RStream(1))
    >>> test = pm.test_TMint(fit)
    >>> round(test.statistic, 4), round(test.p_value, 3)
    (0.0057, 0.34)
    """
    unknown_arguments(unknown, ("conf_level", "data_name"), function="test_TMint", models="fit")
    result = require_result(fit, "test_TMint")
    require_draws(result, "test_TMint")
    if not result.INT:
        msg = (
            f"test_TMint: the outcome model must include an interaction between treatment {result.treat!r} "
            f"and mediator {result.mediator!r}, such as {result.treat}:{result.mediator}. Without it the "
            "effect is taken to be the same under treatment and control, and there is nothing to test."
        )
        raise ArgumentError(msg)
    level = result.conf_level if conf_level is None else check_fraction(conf_level, "conf_level")
    if isinstance(result, OrderedMediationResult):
        by_category = tuple(difference(one["d1"], one["d0"], level) for one in result.effects)
        return OrderedHTest(_NAME, ByCategory(result.categories, by_category), compared_of(result))
    contrast = difference(result.effects["d1"], result.effects["d0"], level)
    return HTest(_NAME, contrast, f"estimates from {data_name}", compared_of(result))
