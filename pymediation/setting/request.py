"""The arguments of ``mediate``, checked as far as they do not depend on the models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pymediation.errors import ArgumentError, ArgumentTypeError
from pymediation.fits import HCType
from pymediation.setting.options import (
    check_choice,
    check_fraction,
    check_hc_type,
    check_positions,
    check_sims,
    flag,
    jobs_from_r,
    unknown_arguments,
)
from pymediation.setting.outcome_scale import ScaleChoice, read_outcome_scale
from pymediation.warn import warn

__all__ = ["Request", "read_request"]


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """Checked arguments; names and meanings are those of ``mediate``.

    Attributes
    ----------
    robust_type : str or None
        Kind of heteroskedasticity-consistent covariance; None without `robustSE` or with the bootstrap.
    cluster, strata : object or None
        As given, None where the method does not use them.
    group_out : object or None
        As given.
    """

    sims: int
    boot: bool
    boot_ci_type: Literal["perc", "bca"]
    treat: object
    mediator: object
    covariates: object
    outcome: object
    control: object
    conf_level: float
    control_value: Any
    treat_value: Any
    long: bool
    dropobs: bool
    robustSE: bool
    robust_type: HCType | None
    cluster: object
    strata: object
    n_jobs: int
    progress: bool | None
    outcome_scale: ScaleChoice | None
    group_out: Any
    newdata: object
    newdata_weights: str | None


def read_request(arguments: Mapping[str, Any], unknown: Mapping[str, Any]) -> Request:
    """Check the arguments of a call.

    Parameters
    ----------
    arguments : mapping of str to object
        All named arguments of ``mediate`` but the models.
    unknown : mapping of str to object
        Arguments that ``mediate`` does not have.

    Returns
    -------
    Request

    Raises
    ------
    UnknownArgumentError, ArgumentError, ArgumentTypeError
    """
    unknown_arguments(unknown, tuple(arguments))
    check_positions(arguments["sims"], arguments["boot"])
    boot = flag(arguments["boot"], "boot")
    robust = flag(arguments["robustSE"], "robustSE")
    flag(arguments["use_speed"], "use_speed")
    ci_type = check_choice(arguments["boot_ci_type"], "boot_ci_type", ("perc", "bca"))
    robust_type = check_hc_type(arguments["type"])
    _warn_unused(arguments, boot=boot, robust=robust, ci_type=ci_type)
    return Request(
        sims=check_sims(arguments["sims"], boot=boot, boot_ci_type=ci_type),
        boot=boot,
        boot_ci_type="bca" if ci_type == "bca" else "perc",
        treat=arguments["treat"],
        mediator=arguments["mediator"],
        covariates=arguments["covariates"],
        outcome=arguments["outcome"],
        control=arguments["control"],
        conf_level=check_fraction(arguments["conf_level"], "conf_level"),
        control_value=arguments["control_value"],
        treat_value=arguments["treat_value"],
        long=flag(arguments["long"], "long"),
        dropobs=flag(arguments["dropobs"], "dropobs"),
        robustSE=robust,
        robust_type=robust_type if robust and not boot else None,
        cluster=arguments["cluster"],
        strata=arguments["strata"] if boot else None,
        n_jobs=jobs_from_r(arguments["n_jobs"], arguments["parallel"], arguments["ncpus"]),
        progress=(None if arguments["progress"] is None else flag(arguments["progress"], "progress")),
        outcome_scale=read_outcome_scale(arguments["outcome_scale"]),
        group_out=arguments["group_out"],
        newdata=arguments.get("newdata"),
        newdata_weights=_weights_column(arguments.get("newdata"), arguments.get("newdata_weights")),
    )


def _weights_column(newdata: object, name: object) -> str | None:
    """Return the name of the column of weights of `newdata`."""
    if name is None:
        return None
    if not isinstance(name, str):
        msg = f"newdata_weights must be the name of a column of newdata; got {name!r}."
        raise ArgumentTypeError(msg)
    if newdata is None:
        msg = (
            f"newdata_weights={name!r} names a column of newdata, which was not given. Weights of the "
            "models' own rows are those that the models were fitted with."
        )
        raise ArgumentError(msg)
    return name


def _warn_unused(arguments: Mapping[str, Any], *, boot: bool, robust: bool, ci_type: str) -> None:
    """Warn about arguments that the chosen method does not use, and refuse two covariances at once."""
    given = {name for name in ("cluster", "strata") if arguments[name] is not None}
    if boot and robust:
        warn("robustSE is ignored with boot=True: the bootstrap does not use a covariance.")
    if robust and "cluster" in given:
        msg = (
            "robustSE=True and cluster= ask for two different covariances; choose one. A cluster covariance "
            "is robust as well."
        )
        raise ArgumentError(msg)
    if not boot and ci_type == "bca":
        warn(
            "boot_ci_type='bca' is ignored with boot=False: intervals are quantiles of the draws. Set "
            "boot=True."
        )
    if not boot and "strata" in given:
        warn("strata is ignored with boot=False: nothing is resampled.")
    if not robust and arguments["type"] != "HC3":
        warn(f"type={arguments['type']!r} is ignored without robustSE=True.")
