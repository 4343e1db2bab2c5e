"""Whether effects differ between two covariate profiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from pymediation.compat import CompatLedger
from pymediation.errors import ArgumentTypeError, PymediationError
from pymediation.estimates.effects import EffectName
from pymediation.hypothesis_tests.account import compared_of
from pymediation.hypothesis_tests.differences import Tested, difference, require_result
from pymediation.hypothesis_tests.moderators import moderator_notes
from pymediation.hypothesis_tests.values import HTest, ModerationTests, OrderedHTest, not_collected_by_pytest
from pymediation.imputation.results import PooledMediationResult
from pymediation.imputation.stacking import pooled
from pymediation.mediation import mediate
from pymediation.results.components import ByCategory
from pymediation.results.mediation import MediationResult
from pymediation.results.ordered import OrderedMediationResult
from pymediation.setting.options import check_fraction, flag, unknown_arguments
from pymediation.streams import Stream, as_stream
from pymediation.warn import each_once

__all__ = ["test_modmed"]

_ARGUMENTS: Final = (
    *("covariates_1", "covariates_2", "sims", "conf_level", "rng", "common_random_numbers", "data_name"),
)

# R's order: with an interaction every effect in both arms, else one ACME and one ADE.
_BY_ARM: Final[tuple[tuple[str, EffectName], ...]] = (
    ("ACME(1|covariates.1) - ACME(1|covariates.2)", "d1"),
    ("ACME(0|covariates.1) - ACME(0|covariates.2)", "d0"),
    ("ADE(1|covariates.1) - ADE(1|covariates.2)", "z1"),
    ("ADE(0|covariates.1) - ADE(0|covariates.2)", "z0"),
)
_ONE_SET: Final[tuple[tuple[str, EffectName], ...]] = (
    ("ACME(covariates.1) - ACME(covariates.2)", "d1"),
    ("ADE(covariates.1) - ADE(covariates.2)", "z0"),
)


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
    data_name: str = "fit",
    **unknown: Any,
) -> ModerationTests:
    r"""Test whether mediation and direct effects differ between two covariate profiles.

    The call of `mediate` that made `fit` is run again with ``covariates=covariates_1`` and once more with
    ``covariates=covariates_2``. With :math:`\bar\delta(t; x)` the effect at covariates x, tested are

    .. math:: \bar\delta(t; x_1) - \bar\delta(t; x_2) = 0 \quad\text{and}\quad
              \bar\zeta(t; x_1) - \bar\zeta(t; x_2) = 0

    for both arms t if treatment and mediator interact; otherwise, as in R, the ACME under treatment and
    the ADE under control. Interval and p-value come from the differences between the draws of the two runs.

    Parameters
    ----------
    fit : result of `mediate` or of `amelidiate`
        Its models, names, values and options are used again; `covariates` of it are replaced. A pooled one is
        run again in every data set, under the first profile and then under the second, and tested by its
        stacked draws.
    covariates_1, covariates_2 : dict
        Values of the moderators, such as ``{"age": 20}``.
    sims : int, optional
        Number of draws of each run; that of `fit` by default.
    conf_level : float, optional
        Level of the intervals; that of `fit` by default.
    rng : optional
        As in `mediate`: random numbers of the two runs together. None is R's global stream, if there is one.
    common_random_numbers : bool
        False, as in R: the second run continues where the first stopped, and two equal profiles do not give
        exactly 0. True: both runs use the same random numbers, which takes most of the Monte Carlo error out
        of the differences.
    data_name : str
        What the printed text calls `fit`.

    Returns
    -------
    ModerationTests
        The tests in R's order, each an `HTest`, or an `OrderedHTest` for an ordered outcome, both runs, and
        in ``notes`` the interactions of each moderator that the models have. ``print`` shows R's text.

    Raises
    ------
    ArgumentTypeError
        If `fit` is not such a result, or a profile does not map names to values.
    UnknownNameError
        If a profile names a variable that neither model has.
    UnknownArgumentError
        An argument that does not exist; the message names the closest one.

    Warns
    -----
    PymediationWarning
        If the models are linear and no moderator interacts with treatment or mediator: nothing can differ.

    References
    ----------
    Imai, K., Keele, L. and Tingley, D. (2010). A general approach to causal mediation analysis. Psychological
    Methods 15, 309-334.

    Examples
    --------
    >>> import pymediation as pm
    >>> import statsmodels.formula.api as smf
    >>> jobs = pm.datasets.load_jobs()
    >>> med_fit = smf.ols("job_seek ~ treat * age + econ_hard + sex", jobs).fit()
    >>> out_fit = smf.ols("depress2 ~ (treat + job_seek) * age + econ_hard + sex", jobs).fit()
    >>> fit = pm.mediate(med_fit, out_fit, treat="treat", mediator="job_seek", rng=pm.RStream(1))
    >>> tests = pm.test_modmed(fit, {"age": 20}, {"age": 70}, rng=pm.RStream(2))
    >>> tests.names
    ('ACME(covariates.1) - ACME(covariates.2)', 'ADE(covariates.1) - ADE(covariates.2)')
    >>> round(tests["ACME"].statistic, 4), round(tests["ACME"].p_value, 3)
    (-0.043, 0.324)
    """
    unknown_arguments(unknown, _ARGUMENTS, function="test_modmed", models="fit")
    result = require_result(fit, "test_modmed")
    profiles = {
        name: _profile(value, name)
        for name, value in {"covariates_1": covariates_1, "covariates_2": covariates_2}.items()
    }
    level = result.conf_level if conf_level is None else check_fraction(conf_level, "conf_level")
    shared = flag(common_random_numbers, "common_random_numbers")
    stream = as_stream(rng)
    streams = (stream.copy() if shared else stream, stream)
    with each_once():
        of_one = result.elements[-1] if isinstance(result, PooledMediationResult) else result
        notes = moderator_notes(of_one, *profiles.values())
        first, second = (
            _run(result, name, profile, sims, one)
            for (name, profile), one in zip(profiles.items(), streams, strict=True)
        )
    return ModerationTests(_tests(first, second, result.INT, level, data_name), (first, second), notes)


def _profile(profile: object, name: str) -> dict[str, Any]:
    """Return the values of one profile by name; R ignores those without names, and tests nothing."""
    if isinstance(profile, pd.DataFrame) and len(profile) == 1:
        profile = profile.iloc[0]
    if isinstance(profile, pd.Series):
        profile = profile.to_dict()
    if isinstance(profile, Mapping) and profile:
        return dict(profile)
    if profile is None:
        msg = f"test_modmed compares two profiles: give {name}= too, such as {{'age': 20}}."
        raise ArgumentTypeError(msg)
    msg = f"test_modmed: {name} must map the moderators to values, such as {{'age': 20}}; got {profile!r}."
    raise ArgumentTypeError(msg)


def _run(result: Tested, name: str, profile: Mapping[str, Any], sims: int | None, stream: Stream) -> Tested:
    """Run the analysis again under one profile, a pooled one in every data set."""
    try:
        if isinstance(result, PooledMediationResult):
            elements = [_rerun(one, profile, sims, stream) for one in result.elements]
            return pooled(elements, result.names, CompatLedger("R" if result.compat == "R" else "fixed"))
        again: Tested = _rerun(result, profile, sims, stream)
    except PymediationError as error:
        error.add_note(f"This is about {name}={dict(profile)!r} of test_modmed().")
        raise
    return again


def _rerun(
    result: MediationResult | OrderedMediationResult,
    profile: Mapping[str, Any],
    sims: int | None,
    stream: Stream,
) -> Any:
    """Call mediate() as before, but for the covariates, the number of draws and the random numbers."""
    again = {"covariates": profile, "long": True, "sims": result.sims if sims is None else sims}
    return mediate(*result.models.get(), **{**result.call, **again, "rng": stream})


def _tests(
    first: Tested, second: Tested, interaction: bool, level: float, data_name: str
) -> tuple[HTest, ...] | tuple[OrderedHTest, ...]:
    """Return the differences between two runs, in R's order."""
    chosen = _BY_ARM if interaction else _ONE_SET
    compared = compared_of(first, tuple(run.covariates or {} for run in (first, second)))
    if isinstance(first, OrderedMediationResult) and isinstance(second, OrderedMediationResult):
        categories, pairs = first.categories, tuple(zip(first.effects, second.effects, strict=True))
        return tuple(
            OrderedHTest(
                label,
                ByCategory(categories, tuple(difference(a[name], b[name], level) for a, b in pairs)),
                compared,
            )
            for label, name in chosen
        )
    if isinstance(first, OrderedMediationResult) or isinstance(second, OrderedMediationResult):
        raise ArgumentTypeError("test_modmed: the two runs returned results of different kinds.")
    return tuple(
        HTest(
            label,
            difference(first.effects[name], second.effects[name], level),
            f"estimates from {data_name}",
            compared,
        )
        for label, name in chosen
    )
