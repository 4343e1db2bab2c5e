"""Plots of sensitivity analyses: effects against the error correlation, or over two R-squares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pymediation.compat import CompatLedger
from pymediation.errors import ArgumentError
from pymediation.plots.marks import given_axes, given_limits
from pymediation.plots.style import BAND, accepted_parameters, draw_zero_line, dress_axes, line_width
from pymediation.sensitivity.components import SensitivityComponents
from pymediation.sensitivity.panels import (
    RHO_LABEL,
    RhoPanel,
    SurfacePanel,
    proportion_panels,
    rho_panels,
    surface_panels,
)
from pymediation.setting.options import complete_choice, flag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_sensitivity"]

_R_TYPES: Final[dict[Any, str]] = {1: "residual", 2: "total", "star": "residual", "tilde": "total"}
_SIGNS: Final[dict[Any, str]] = {1: "positive", -1: "negative"}
_MARGIN = 0.04  # of the range, on either side
_NARROW = 3.0  # inches of width below which numbers at every tenth would touch
_TENTHS = [tenth / 10 for tenth in range(11)]
_PANEL_SIZE = (4.8, 4.2)  # inches
_OWN_ARGUMENTS: Final = (
    *("sens_par", "r_type", "sign_prod", "pr_plot", "smooth_effect", "smooth_ci", "ask"),
    *("levels", "xlab", "ylab", "xlim", "ylim", "main", "lwd", "ax"),
)


def plot_sensitivity(
    sens: SensitivityComponents,
    *,
    sens_par: str = "rho",
    r_type: Any = "residual",
    sign_prod: Any = "positive",
    pr_plot: bool = False,
    smooth_effect: bool = False,
    smooth_ci: bool = False,
    ask: Any = None,
    levels: Sequence[float] | None = None,
    xlab: str | None = None,
    ylab: str | None = None,
    xlim: Sequence[float] | None = None,
    ylim: Sequence[float] | None = None,
    main: str | None = None,
    lwd: float = 1.0,
    ax: Axes | Sequence[Axes] | None = None,
    **unknown: Any,
) -> tuple[Axes, ...]:
    r"""Plot effects against the error correlation, or over the R-squares of a confounder.

    A panel for each effect that was asked for: ACME before ADE, control before treatment where they differ.
    Against :math:`\rho`: the estimate as a line, its interval as a grey band, a dashed line at the effect
    under sequential ignorability (:math:`\rho = 0`). Over R-squares: contours of the effect at
    :math:`\rho = \pm\sqrt{R^2_M R^2_Y}`, that of zero drawn thicker.

    Parameters
    ----------
    sens : SensitivityComponents
    sens_par : {"rho", "R2"}
        What the effects are plotted against.
    r_type : {"residual", "total"}
        R2 only: whether the confounder explains shares of what the models leave unexplained (also 1 or
        "star"), or of the total variances (also 2 or "tilde").
    sign_prod : {"positive", "negative"}
        R2 only: sign of the product of the confounder's effects on mediator and outcome (also 1 or -1).
    pr_plot : bool
        Binary outcome only: plot the proportion mediated against rho.
    smooth_effect, smooth_ci : bool
        Whether the estimate, and both limits, are smoothed by lowess (span 2/3).
    ask
        Accepted for R scripts; every panel has axes of its own.
    levels : sequence of float, optional
        R2 only: contour levels. By default about ten round numbers.
    xlab, ylab, main : str, optional
        Texts of every panel instead of the default ones.
    xlim, ylim : pair of float, optional
        Limits of every panel.
    lwd : float
        Width of curves and contours in points.
    ax : Axes or sequence of Axes, optional
        Axes to draw on, one for each panel. Default: those of a new figure.
    **unknown
        Further graphical parameters of R, as for :func:`pymediation.plots.mediation.plot_mediation`.

    Returns
    -------
    tuple of Axes
        One for each panel.

    Raises
    ------
    ArgumentError
        If an argument has a value that is not accepted; the message names those that are.

    Warns
    -----
    CompatibilityWarning
        Over R-squares: R's surface is stretched, and this one is not (or is, with ``compat="R"``).

    References
    ----------
    Imai, K., Keele, L. and Yamamoto, T. (2010). Identification, inference and sensitivity analysis for causal
    mediation effects. Statistical Science 25, 51-71.

    Examples
    --------
    >>> import statsmodels.formula.api as smf
    >>> import pymediation as pm
    >>> jobs = pm.datasets.load_jobs()
    >>> med_fit = smf.ols("job_seek ~ treat + econ_hard", jobs).fit()
    >>> out_fit = smf.ols("depress2 ~ treat + job_seek + econ_hard", jobs).fit()
    >>> result = pm.mediate(med_fit, out_fit, treat="treat", mediator="job_seek", rng=1)
    >>> acme, ade = pm.medsens(result, effect_type="both").plot()
    >>> ade.get_title()
    'ADE($\\rho$)'
    """
    parameters = accepted_parameters(unknown, _OWN_ARGUMENTS)
    over_rho = complete_choice(sens_par, "sens_par", ("rho", "R2")) == "rho"
    smooth = (flag(smooth_effect, "smooth_effect"), flag(smooth_ci, "smooth_ci"))
    if flag(pr_plot, "pr_plot"):
        _require_proportions(sens, over_rho=over_rho)
    panels = (
        _curves(sens, smooth, proportions=pr_plot) if over_rho else _surfaces(sens, r_type, sign_prod, levels)
    )
    width = line_width(lwd)
    axes = _axes(ax, len(panels))
    for one, panel in zip(axes, panels, strict=True):
        texts = _draw(one, panel, width)
        given = {"xlab": xlab, "ylab": ylab, "main": main}
        chosen = {name: texts[name] if text is None else text for name, text in given.items()}
        dress_axes(one, xlab=chosen["xlab"], ylab=chosen["ylab"], main=chosen["main"], parameters=parameters)
        if not over_rho:
            ticks = _TENTHS if one.bbox.width / one.figure.dpi > _NARROW else _TENTHS[::2]
            one.set_xticks(ticks)
            one.set_yticks(ticks)
        if xlim is not None:
            one.set_xlim(*given_limits("xlim", xlim))
        if ylim is not None:
            one.set_ylim(*given_limits("ylim", ylim))
    return axes


def _require_proportions(sens: SensitivityComponents, *, over_rho: bool) -> None:
    """Refuse plots of the proportion mediated where there are none."""
    if not over_rho:
        msg = "proportion mediated can only be plotted against rho: use sens_par='rho' with pr_plot=True."
        raise ArgumentError(msg)
    if sens.type not in ("bo", "bb"):
        msg = (
            "proportion mediated is only implemented for binary outcome: this analysis is of a linear "
            "outcome. Leave pr_plot out."
        )
        raise ArgumentError(msg)
    if "nu0" not in sens.curves:
        msg = (
            "pr_plot=True needs the indirect effect, and this analysis is of the direct one only: call "
            "medsens(effect_type='indirect') or 'both'."
        )
        raise ArgumentError(msg)


def _curves(
    sens: SensitivityComponents, smooth: tuple[bool, bool], *, proportions: bool
) -> Sequence[RhoPanel | SurfacePanel]:
    """Return the panels against the correlation."""
    make = proportion_panels if proportions else rho_panels
    return make(sens, smooth_effect=smooth[0], smooth_ci=smooth[1])


def _surfaces(
    sens: SensitivityComponents, r_type: Any, sign_prod: Any, levels: Sequence[float] | None
) -> Sequence[RhoPanel | SurfacePanel]:
    """Return the panels over R-squares, with a warning where they differ from R's or from what is right."""
    kind = complete_choice(_translated(r_type, _R_TYPES), "r_type", ("residual", "total"))
    sign = (
        1
        if complete_choice(_translated(sign_prod, _SIGNS), "sign_prod", ("positive", "negative"))
        == "positive"
        else -1
    )
    given = None if levels is None else _levels(levels)
    if sens.rho.size < 2:
        msg = (
            f"A surface needs more than one correlation; call medsens() with a rho_by below {sens.rho_by:g}."
        )
        raise ArgumentError(msg)
    ledger = CompatLedger("R" if sens.compat == "R" else "fixed")
    as_r = ledger.follow_r("medsens-surface")
    ledger.warn("plot")
    return surface_panels(sens, total=kind == "total", sign=sign, levels=given, as_r=as_r)


def _levels(given: Any) -> NDArray[np.float64]:
    """Return contour levels in ascending order."""
    try:
        levels = np.unique(np.asarray(given, dtype=np.float64))
    except (TypeError, ValueError):
        levels = np.empty(0)
    if not levels.size or not np.isfinite(levels).all():
        raise ArgumentError(f"levels={given!r} is not accepted; give finite numbers, such as [-0.1, 0, 0.1].")
    return levels


def _translated(value: Any, words: Mapping[Any, str]) -> Any:
    """Return the word that R's number or other word stands for."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return value
    return words.get(value, value)


def _axes(ax: Axes | Sequence[Axes] | None, count: int) -> tuple[Axes, ...]:
    """Return the axes given, one for each panel, or those of a new figure."""
    if ax is None:
        import matplotlib.pyplot as plt

        rows, columns = (2, 2) if count == 4 else (1, count)
        size = (_PANEL_SIZE[0] * columns, _PANEL_SIZE[1] * rows)
        _, grid = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
        return tuple(grid.ravel())
    found = tuple(given_axes(one) for one in np.ravel(np.asarray(ax, dtype=object)))
    if len(found) != count:
        msg = f"ax has {len(found)} axes, but there are {count} panels; give one for each, or None."
        raise ArgumentError(msg)
    return found


def _widened(low: float, high: float) -> tuple[float, float]:
    """Return limits with some room on either side."""
    room = _MARGIN * (high - low) or 0.5
    return low - room, high + room


def _draw(ax: Axes, panel: RhoPanel | SurfacePanel, width: float) -> dict[str, str]:
    """Draw a panel; return its default texts."""
    if isinstance(panel, RhoPanel):
        return _draw_rho(ax, panel, width)
    return _draw_surface(ax, panel, width)


def _draw_rho(ax: Axes, panel: RhoPanel, width: float) -> dict[str, str]:
    """Draw an effect against the correlation; return the default texts."""
    ax.fill_between(panel.rho, panel.lower, panel.upper, facecolor=BAND, edgecolor="none", zorder=1.0)
    ax.plot(panel.rho, panel.estimate, color="black", linewidth=width, zorder=3.0)
    for horizontal in (True, False):
        draw_zero_line(ax, horizontal=horizontal, dashed=False)
    if panel.guide is not None:
        ax.axhline(panel.guide, color="black", linewidth=width, linestyle="--", zorder=2.6)
    ax.set_xlim(*_widened(float(panel.rho[0]), float(panel.rho[-1])))
    ax.set_ylim(*_widened(*panel.ylim))
    return {"xlab": RHO_LABEL, "ylab": panel.ylab, "main": panel.title}


def _draw_surface(ax: Axes, panel: SurfacePanel, width: float) -> dict[str, str]:
    """Draw contours of an effect over two R-squares; return the default texts."""
    values = np.ma.masked_invalid(panel.z.T)
    low, high = float(values.min()), float(values.max())
    inside = panel.levels[(panel.levels >= low) & (panel.levels <= high)]
    lines: dict[str, Any] = {"colors": "black", "linestyles": "solid"}
    if inside.size and low < high:
        widths = width + line_width(1.0) * (inside == 0)
        drawn = ax.contour(panel.x, panel.y, values, levels=inside, linewidths=widths, **lines)
        ax.clabel(drawn, fmt=_level_text, fontsize="small")
    if low < 0 < high and 0.0 not in inside:
        ax.contour(panel.x, panel.y, values, levels=[0.0], linewidths=width + line_width(1.0), **lines)
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(0.0, 1.0)
    return {"xlab": panel.xlab, "ylab": panel.ylab, "main": panel.title}


def _level_text(level: float) -> str:
    """Write the level of a contour; a minus sign is written as one, as at the axes."""
    return f"{level:.4g}".replace("-", "\N{MINUS SIGN}")
