"""What each panel of a sensitivity plot shows, as values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pymediation.sensitivity.components import SensitivityComponents
from pymediation.sensitivity.surface import contour_levels, shares, stretched_surface, surface

__all__ = ["RhoPanel", "SurfacePanel", "proportion_panels", "rho_panels", "surface_panels"]

FloatArray = NDArray[np.float64]

RHO_LABEL = r"Sensitivity Parameter: $\rho$"
_FEWEST_TO_SMOOTH = 3
_KINDS = {"d": ("ACME", "Average Mediation Effect"), "z": ("ADE", "Average Direct Effect")}


@dataclass(frozen=True, slots=True, eq=False)
class RhoPanel:
    """An effect against the error correlation.

    Attributes
    ----------
    title, ylab : str
        Default texts.
    rho, estimate, lower, upper : ndarray, shape (L,)
        The curve and its band.
    ylim : tuple of float
        What the vertical axis has to hold.
    guide : float or None
        The effect at a correlation of 0, where a dashed line is drawn.
    """

    title: str
    ylab: str
    rho: FloatArray
    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    ylim: tuple[float, float]
    guide: float | None


@dataclass(frozen=True, slots=True, eq=False)
class SurfacePanel:
    """An effect over two R-squares.

    Attributes
    ----------
    title, xlab, ylab : str
        Default texts.
    x, y : ndarray, shape (G,)
        Shares of the variances of mediator and outcome.
    z : ndarray, shape (G, G)
        The effect, a row per x; NaN where it is not known.
    levels : ndarray
        Contour levels.
    """

    title: str
    xlab: str
    ylab: str
    x: FloatArray
    y: FloatArray
    z: FloatArray
    levels: FloatArray


def rho_panels(sens: SensitivityComponents, *, smooth_effect: bool, smooth_ci: bool) -> list[RhoPanel]:
    """Return the panels of the effects asked for, ACMEs first.

    Parameters
    ----------
    sens : SensitivityComponents
    smooth_effect, smooth_ci : bool
        Whether the curve and its limits are smoothed by lowess.
    """
    panels = []
    for name in _shown(sens):
        short, long = _KINDS[name[0]]
        arm = rf"$_{name[1]}$" if sens.by_arm else ""
        texts = (rf"{short}{arm}($\rho$)", f"{long}{arm}")
        panels.append(_rho_panel(sens, name, texts, (smooth_effect, smooth_ci), guided=True))
    return panels


def proportion_panels(sens: SensitivityComponents, *, smooth_effect: bool, smooth_ci: bool) -> list[RhoPanel]:
    """Return the panels of the proportions mediated; parameters as in `rho_panels`."""
    return [
        _rho_panel(
            sens,
            f"nu{arm}",
            (rf"Proportion Mediated$_{arm}$($\rho$)", rf"Proportion Mediated: $\bar{{\nu}}$({arm})"),
            (smooth_effect, smooth_ci),
            guided=False,
        )
        for arm in (0, 1)
    ]


def _shown(sens: SensitivityComponents) -> list[str]:
    """Return the effects to draw."""
    names = ("d0", "d1", "z0", "z1") if sens.by_arm else ("d0", "z0")
    return [name for name in names if name in sens.curves]


def _rho_panel(
    sens: SensitivityComponents, name: str, texts: tuple[str, str], smooth: tuple[bool, bool], *, guided: bool
) -> RhoPanel:
    """Return one panel."""
    curve, rho = sens.curves[name], sens.rho
    estimate = _smoothed(rho, curve.estimate) if smooth[0] else curve.estimate
    lower, upper = ((_smoothed(rho, c) if smooth[1] else c) for c in (curve.lower, curve.upper))
    # R's axis holds the estimates as they were before smoothing, and cuts the band.
    held = (curve.estimate,) if sens.compat == "R" else (estimate, lower, upper)
    ylim = (float(min(map(np.min, held))), float(max(map(np.max, held))))
    guide = None
    if guided and rho[0] <= 0 <= rho[-1]:
        guide = float(np.interp(0.0, rho, estimate))
    return RhoPanel(*texts, rho, estimate, lower, upper, ylim, guide)


def _smoothed(rho: FloatArray, values: FloatArray) -> FloatArray:
    """Return R's lowess of a curve; two points or one are their own."""
    if values.size < _FEWEST_TO_SMOOTH:
        return values
    from statsmodels.nonparametric.smoothers_lowess import lowess

    delta = 0.01 * float(rho[-1] - rho[0])
    smooth = lowess(values, rho, frac=2 / 3, it=3, delta=delta, return_sorted=False)
    return np.asarray(smooth, dtype=np.float64)


def surface_panels(
    sens: SensitivityComponents, *, total: bool, sign: int, levels: FloatArray | None, as_r: bool
) -> list[SurfacePanel]:
    """Return the panels of the effects asked for over two R-squares, ACMEs first.

    Parameters
    ----------
    sens : SensitivityComponents
    total : bool
        Whether shares are of the total variances, not of what the models leave unexplained.
    sign : {1, -1}
        Sign of the product of the confounder's effects on mediator and outcome.
    levels : ndarray or None
        Contour levels.
    as_r : bool
        Whether to show R's surface, and the first panel's levels in all panels.
    """
    points = shares(sens.rho_by)
    x, y = points, points
    symbols = ("$R^{2*}_M$", "$R^{2*}_Y$")
    if total:
        x, y = (1 - sens.r_square_m) * points, (1 - sens.r_square_y) * points
        symbols = (r"$\tilde{R}^2_M$", r"$\tilde{R}^2_Y$")
    names = _shown(sens)
    panels = []
    for name in names:
        effect = sens.curves[name].estimate
        found = contour_levels(sens.curves[names[0]].estimate if as_r else effect)
        z = (
            stretched_surface(effect, points, sens.rho_by, sign)
            if as_r
            else surface(sens.rho, effect, points, sign)
        )
        arm = rf"$_{name[1]}$" if sens.by_arm else ""
        title = (
            rf"{_KINDS[name[0]][0]}{arm}({symbols[0]}, {symbols[1]}), sgn($\lambda_2\lambda_3$) = ${sign}$"
        )
        panels.append(SurfacePanel(title, *symbols, x, y, z, found if levels is None else levels))
    return panels
