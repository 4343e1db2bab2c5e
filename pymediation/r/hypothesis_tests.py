"""``test_TMint`` and ``test_modmed``, which name the fit in their text as the caller does."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from pymediation import hypothesis_tests as _package
from pymediation.hypothesis_tests import HTest, ModerationTests, OrderedHTest
from pymediation.hypothesis_tests.values import not_collected_by_pytest
from pymediation.r._arguments import completed
from pymediation.rmodels.calls import caller_variables, variable_name

__all__ = ["test_TMint", "test_modmed"]


@not_collected_by_pytest
def test_TMint(fit: Any, conf_level: float | None = None, **others: Any) -> HTest | OrderedHTest:
    """Test whether the mediation effect differs between treatment and control, as R's ``test.TMint``.

    As in R an argument can be abbreviated as long as it is unique (``conf=``).

    Parameters
    ----------
    fit, conf_level
        As in :func:`pymediation.test_TMint`.
    **others
        Abbreviations.

    Returns
    -------
    HTest, or OrderedHTest for an ordered outcome
        Its ``data_name`` is the caller's name for `fit`.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        As :func:`pymediation.test_TMint`.

    References
    ----------
    Tingley, D., Yamamoto, T., Hirose, K., Keele, L. and Imai, K. (2014). mediation: R package for causal
    mediation analysis. Journal of Statistical Software 59(5).

    Examples
    --------
    >>> import pymediation.r as R
    >>> jobs = R.data("jobs")
    >>> med_fit = R.lm("job_seek ~ treat + econ_hard + sex + age", data=jobs)
    >>> out_fit = R.lm("depress2 ~ treat * job_seek + econ_hard + sex + age", data=jobs)
    >>> R.set_seed(1)
    >>> med_out = R.mediate(med_fit, out_fit, treat="treat", mediator="job_seek", sims=500)
    >>> R.test_TMint(med_out).data_name
    'estimates from med_out'
    """
    given = completed(test_TMint, {"conf_level": conf_level}, others)
    return _package.test_TMint(fit, **given, data_name=_name(fit, sys._getframe(1)))


@not_collected_by_pytest
def test_modmed(
    fit: Any,
    covariates_1: Mapping[str, Any] | None = None,
    covariates_2: Mapping[str, Any] | None = None,
    sims: int | None = None,
    conf_level: float | None = None,
    *,
    rng: Any = None,
    common_random_numbers: bool = False,
    **others: Any,
) -> ModerationTests:
    r"""Test whether effects differ between two covariate profiles, as R's ``test.modmed``.

    As in R an argument can be abbreviated as long as it is unique (``conf=``).

    Parameters
    ----------
    fit, covariates_1, covariates_2, sims, conf_level, rng, common_random_numbers
        As in :func:`pymediation.test_modmed`.
    **others
        Abbreviations.

    Returns
    -------
    ModerationTests
        The ``data_name`` of each test is the caller's name for `fit`.

    Raises
    ------
    ArgumentTypeError, UnknownNameError
        As :func:`pymediation.test_modmed`.

    References
    ----------
    Tingley, D., Yamamoto, T., Hirose, K., Keele, L. and Imai, K. (2014). mediation: R package for causal
    mediation analysis. Journal of Statistical Software 59(5).

    Examples
    --------
    >>> import pymediation.r as R
    >>> jobs = R.data("jobs")
    >>> med_fit = R.lm("job_seek ~ treat * age + econ_hard + sex", data=jobs)
    >>> out_fit = R.lm("depress2 ~ treat * job_seek * age + econ_hard + sex", data=jobs)
    >>> R.set_seed(1)
    >>> med_out = R.mediate(med_fit, out_fit, treat="treat", mediator="job_seek", sims=500)
    >>> tests = R.test_modmed(med_out, dict(age=20), dict(age=70))
    >>> print("\n".join(str(tests["ADE(0"]).splitlines()[3:6]))
    data:  estimates from med_out
    ADE(0|covariates.1) - ADE(0|covariates.2) = 0.027213, p-value = 0.844
    alternative hypothesis: true ADE(0|covariates.1) - ADE(0|covariates.2) is not equal to 0
    """
    given = {name: value for name, value in locals().items() if name not in ("fit", "others")}
    name = _name(fit, sys._getframe(1))
    return _package.test_modmed(fit, **completed(test_modmed, given, others), data_name=name)


def _name(fit: Any, frame: Any) -> str:
    """Return the caller's name for the fit."""
    return variable_name(fit, caller_variables(frame), "fit")
