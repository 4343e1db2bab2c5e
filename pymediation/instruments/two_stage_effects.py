"""Effects of two-stage least squares from coefficients, and their errors by the delta method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from pymediation.estimates.effects import Effect, Interval, effect_of

__all__ = ["Coefficients", "Variances", "bootstrap_effects", "delta_effects", "products", "unquantified"]

FloatArray = NDArray[np.float64]
NAMES = ("d", "z", "tau", "nu")


@dataclass(frozen=True, slots=True)
class Coefficients:
    """The three coefficients, each a number or an array of replicates.

    Attributes
    ----------
    b : float or ndarray
        Treatment in the mediator model.
    g, z : float or ndarray
        Mediator and treatment in the second stage.
    """

    b: FloatArray | float
    g: FloatArray | float
    z: FloatArray | float


@dataclass(frozen=True, slots=True, eq=False)
class Variances:
    """Covariance of `Coefficients`.

    Attributes
    ----------
    covariance : ndarray, shape (3, 3)
        Of b, g and z.
    of_product : float
        What the variance of b g has beyond the delta method.
    """

    covariance: FloatArray
    of_product: float = 0.0


def products(c: Coefficients) -> dict[str, FloatArray]:
    """Return d = b g, z, tau = d + z and nu = d / tau."""
    d, z = np.asarray(c.b * c.g), np.asarray(c.z)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"d": d, "z": z, "tau": d + z, "nu": d / (d + z)}


def standard_errors(c: Coefficients, v: Variances) -> dict[str, float]:
    """Return the delta-method standard errors of the four effects."""
    b, g, z = float(c.b), float(c.g), float(c.z)
    gradients = {
        "d": np.array([g, b, 0.0]),
        "z": np.array([0.0, 0.0, 1.0]),
        "tau": np.array([g, b, 1.0]),
        "nu": np.array([g * z, b * z, -b * g]) / (b * g + z) ** 2,
    }
    variances = {name: float(gradient @ v.covariance @ gradient) for name, gradient in gradients.items()}
    for name in ("d", "tau"):
        variances[name] += v.of_product
    return {name: float(np.sqrt(variance)) for name, variance in variances.items()}


def delta_effects(c: Coefficients, v: Variances, conf_level: float, *, two_sided: bool) -> dict[str, Effect]:
    """Return the effects with normal intervals and p-values.

    Parameters
    ----------
    c : Coefficients
    v : Variances
    conf_level : float
    two_sided : bool
        Whether p-values are two-sided; R's are half of that.
    """
    errors = standard_errors(c, v)
    quantile = float(ndtri((1 + conf_level) / 2))
    effects = {}
    for name, value in products(c).items():
        estimate, error = float(value), errors[name]
        one_sided = float(ndtr(-abs(estimate) / error)) if error > 0 else float(estimate == 0) / 2
        effects[name] = Effect(
            estimate=estimate,
            ci=Interval(
                estimate - quantile * error, estimate + quantile * error, conf_level, names=("low", "high")
            ),
            p_value=2 * one_sided if two_sided else one_sided,
            sims=None,
            std_error=error,
            mc_error=float("nan"),
        )
    return effects


def bootstrap_effects(c: Coefficients, draws: Coefficients, conf_level: float) -> dict[str, Effect]:
    """Return the effects with the errors and percentile intervals of bootstrap replicates."""
    replicates = products(draws)
    return {
        name: effect_of(replicates[name], float(value), conf_level) for name, value in products(c).items()
    }


def unquantified(c: Coefficients, conf_level: float) -> dict[str, Effect]:
    """Return the effects without errors."""
    nan = float("nan")
    return {
        name: Effect(float(value), Interval(nan, nan, conf_level, names=("low", "high")), nan, None, nan, nan)
        for name, value in products(c).items()
    }
