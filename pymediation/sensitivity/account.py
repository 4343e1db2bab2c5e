"""What the report of a sensitivity analysis tells: how strong confounding would have to be."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pymediation.report.account import Account
from pymediation.report.sentences import (
    Assumptions,
    Numbers,
    Source,
    as_randomised,
    assumed,
    rows_told,
    wrong_as_r,
)
from pymediation.report.wording import RowsLeftOut
from pymediation.sensitivity.components import SensitivityComponents
from pymediation.sensitivity.curves import Curve, covers_zero, crossing

__all__ = ["MODELS", "labelled", "sensitivity_account"]

FloatArray = NDArray[np.float64]

MODELS: Final = {
    "ct": "linear mediator, linear outcome",
    "bm": "probit mediator, linear outcome",
    "bo": "linear mediator, probit outcome",
    "bb": "probit mediator, probit outcome",
}
_ROUNDING: Final = 1e-10  # of the grid, whose 0 is a sum of steps
_NAMES: Final = {"d": "ACME", "z": "ADE"}
_ARMS: Final = {"0": "control", "1": "treated"}


class _AtZero(NamedTuple):
    """An effect without confounding, with its interval."""

    estimate: float
    lower: float
    upper: float


def sensitivity_account(
    result: SensitivityComponents,
    *,
    names: tuple[str, str, str],
    nobs: int,
    level: float,
    source: Source,
    defects: tuple[str, ...],
    left_out: tuple[RowsLeftOut, ...],
    adjusted: bool,
) -> Account:
    """Return what is told of a sensitivity analysis.

    Parameters
    ----------
    result : SensitivityComponents
    names : tuple of str
        Treatment, mediator and outcome.
    nobs : int
    level : float
    source : Source
        Where intervals come from.
    defects : tuple of str
        What R does wrong in these numbers.
    left_out : tuple of RowsLeftOut
        Rows of the data that the models do not have.
    adjusted : bool
        Whether the models have covariates.
    """
    treat, mediator, outcome = names
    rho = result.rho
    question = (
        f"How far unmeasured confounding of {mediator} and {outcome} could change the effects of {treat} was "
        f"examined with {nobs} observations.{rows_told(left_out)} The strength of confounding is told by "
        f"rho, the correlation of the errors of the two models ({MODELS[result.type]}), for {rho.size} "
        f"values from {rho[0]:.3g} to {rho[-1]:.3g}; rho = 0 is no confounding. The product of the shares of "
        "variance in mediator and outcome that the confounder explains is rho squared, as shares of what the "
        "models leave unexplained (residual), and smaller as shares of all variance (total)."
    )
    told = [_told(result, name, Numbers(level)) for name in _shown(result)]
    return Account(
        (question, source.told()), tuple(told), (*wrong_as_r(defects), _rests_on(*names, adjusted=adjusted))
    )


def labelled(name: str, by_arm: bool) -> str:
    """Return the name of an effect in sentences, such as ``"ACME (treated)"``."""
    return f"{_NAMES[name[0]]} ({_ARMS[name[1]]})" if by_arm else _NAMES[name[0]]


def _shown(result: SensitivityComponents) -> list[str]:
    """Return the effects to tell."""
    arms = "01" if result.by_arm else "0"
    return [f"{letter}{arm}" for letter in "dz" for arm in arms if f"{letter}{arm}" in result.curves]


def _told(result: SensitivityComponents, name: str, numbers: Numbers) -> str:
    """Tell one effect: without confounding, and what confounding makes its interval contain 0."""
    curve, rho, label = result.curves[name], result.rho, labelled(name, result.by_arm)
    place = int(np.argmin(np.abs(rho)))
    found = (float(part[place]) for part in (curve.estimate, curve.lower, curve.upper))
    none = abs(rho[place]) < _ROUNDING
    where = "Without confounding" if none else f"At rho = {rho[place]:.2g}, the weakest of the grid,"
    return " ".join(
        (
            f"{where} the {label} is {numbers.effect(_AtZero(*found))}.",
            _overturned(result, label, covers_zero(curve) == 1, place),
            _sign(result, label, curve),
        )
    )


def _overturned(result: SensitivityComponents, label: str, inside: NDArray[np.bool_], at_zero: int) -> str:
    """Tell the weakest confounding with which the interval contains 0."""
    rho = result.rho
    if inside[at_zero]:
        return "Its interval contains 0 even so: these data do not tell its sign."
    if not inside.any():
        return "Its interval excludes 0 at every rho of the grid."
    nearest = rho[inside][np.argmin(np.abs(rho[inside]))]
    strength = _strength(result, float(nearest))
    return f"The weakest confounding of the grid with which its interval contains 0 is {strength}."


def _sign(result: SensitivityComponents, label: str, curve: Curve) -> str:
    """Tell where the estimate is closest to 0, and whether it changes sign."""
    closest = crossing(result.rho, curve)
    where = " and ".join(_strength(result, float(value)) for value in closest)
    one_sign = bool((curve.estimate > 0).all() or (curve.estimate < 0).all())
    kept = f"The estimate of the {label} keeps its sign on the whole grid and" if one_sign else "The estimate"
    return f"{kept} is closest to 0 at {where}."


def _strength(result: SensitivityComponents, rho: float) -> str:
    """Tell a strength of confounding in both units."""
    total = float(result._tilde(np.array([rho]))[0])
    return f"rho = {rho + 0.0:.2g} (product of shares: residual {rho**2:.2g}, total {total:.2g})"


def _rests_on(treat: str, mediator: str, outcome: str, *, adjusted: bool) -> str:
    """Tell the assumptions."""
    items = (
        as_randomised(treat, adjusted=adjusted),
        f"What confounds {mediator} and {outcome} is not itself changed by {treat}, and acts as one "
        "correlation of normal errors that is the same for all units.",
        "Both models are right.",
    )
    remark = (
        "The data say nothing about rho: whether confounding of such a strength is plausible has to be "
        "argued from knowledge of the subject. That much would be needed does not show that there is none."
    )
    return assumed(Assumptions(items, remark))
