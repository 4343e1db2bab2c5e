"""The result of ``medsens`` and its summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.report.account import Account, Reported
from pymediation.report.sentences import Source
from pymediation.report.wording import RowsLeftOut
from pymediation.results.records import ResultSummary
from pymediation.sensitivity.account import MODELS, sensitivity_account
from pymediation.sensitivity.components import SensitivityComponents
from pymediation.sensitivity.curves import Curve, covers_zero, crossing
from pymediation.sensitivity.plot import plot_sensitivity
from pymediation.sensitivity.report import SensitivityBlock, SensitivityReport, html, text
from pymediation.sensitivity.request import SensitivityRequest
from pymediation.streams import StreamRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SensitivityResult", "SensitivitySummary"]

# Labels of effects that are the same in both arms, and of those that are not.
_ONE_SET = {"d0": "ACME", "z0": "ADE"}
_BY_ARM = {
    "d0": "ACME (control)",
    "d1": "ACME (treated)",
    "z0": "ADE (control)",
    "z1": "ADE (treated)",
    "tau": "Total Effect",
    "nu0": "Prop. Mediated (control)",
    "nu1": "Prop. Mediated (treated)",
}
_RHO_DECIMALS = 10
_DRAWN = ("bm", "bo")  # types whose intervals are quantiles of draws
_DELTA = "the delta method and the normal distribution"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SensitivityResult(Reported, SensitivityComponents):
    """Effects over a grid of correlations between the errors of mediator and outcome.

    Every component of R's ``medsens`` object is an attribute under its R name with underscores for dots:
    ``d0, d1, upper_d0, lower_d0, ...`` (ACME), ``z0, ...`` (ADE), ``tau``, ``nu0, ...``, ``rho``,
    ``err_cr_d``, ``ind_d0``, ``R2star_prod``, ``R2tilde_prod``, ``R2star_d_thresh``, ... Arrays over the
    grid have shape (L,); components that were not asked for are None.

    Attributes
    ----------
    curves : dict of str to Curve
        Effects over the grid, by R's name.
    request : SensitivityRequest
        The grid and the arguments of the call.
    r_square_m, r_square_y : float
        Share of variance that the mediator model and the outcome model explain.
    INT : bool
        Whether the outcome model has a treatment-mediator interaction.
    conf_level : float
        Level of the intervals.
    type : {"ct", "bm", "bo", "bb"}
        R's name of the situation: continuous mediator and outcome, binary mediator, binary outcome; "bb",
        which R does not have, is both binary.
    robustSE : bool
        Whether covariances allow for heteroskedasticity.
    cluster : ndarray or None
        Cluster of each row.
    treat, mediator : str
        Names of the treatment and the mediator.
    nobs : int
        Rows used.
    stream : StreamRecord
        The random numbers used: kind, seed and position.
    compat : {"fixed", "R"}
        Whether known defects of R were reproduced; plots follow it too.
    outcome : str
        The outcome, as its model writes it.
    defects : tuple of str
        What R does wrong in these numbers, if they are R's.
    left_out : tuple of RowsLeftOut
        Rows of the data that the models do not have.
    adjusted : bool
        Whether the models have covariates.
    """

    curves: Mapping[str, Curve]
    request: SensitivityRequest
    r_square_m: float
    r_square_y: float
    INT: bool
    conf_level: float
    type: str
    robustSE: bool
    cluster: NDArray[Any] | None
    treat: str
    mediator: str
    nobs: int
    stream: StreamRecord
    compat: str
    outcome: str = "the outcome"
    defects: tuple[str, ...] = ()
    left_out: tuple[RowsLeftOut, ...] = ()
    adjusted: bool = True

    def _account(self) -> Account:
        """Return what `report` tells."""
        drawn = self.type in _DRAWN
        source = Source(
            f"{self.sims} draws of the coefficients at each rho" if drawn else _DELTA,
            self.stream if drawn else None,
            of="Intervals",
            clusters=self.cluster,
        )
        return sensitivity_account(
            self,
            names=(self.treat, self.mediator, self.outcome),
            nobs=self.nobs,
            level=self.conf_level,
            source=source,
            defects=self.defects,
            left_out=self.left_out,
            adjusted=self.adjusted,
        )

    def summary(self) -> SensitivitySummary:
        """Return the summary, which prints as R's."""
        return SensitivitySummary(self)

    def to_frame(self) -> pd.DataFrame:
        """Return the effects as a DataFrame, a row per effect and correlation.

        Returns
        -------
        DataFrame
            Index `effect`, `rho`, as in ``.loc["ACME", 0.3]``; columns estimate, lower, upper, covers_zero,
            R2star_prod, R2tilde_prod. In the index rho is free of the rounding of R's grid, in which 0.3 is
            0.30000000000000016.
        """
        labels = _BY_ARM if self.by_arm else _ONE_SET
        tables = {
            label: self._table(self.curves[name]) for name, label in labels.items() if name in self.curves
        }
        return pd.concat(tables, names=["effect", "rho"])

    def _table(self, curve: Curve) -> pd.DataFrame:
        """Return one effect, a row per correlation."""
        columns = {
            "estimate": curve.estimate,
            "lower": curve.lower,
            "upper": curve.upper,
            "covers_zero": covers_zero(curve).astype(bool),
            "R2star_prod": self.R2star_prod,
            "R2tilde_prod": self.R2tilde_prod,
        }
        rho = np.round(self.rho, _RHO_DECIMALS) + 0.0  # a zero has no sign
        return pd.DataFrame(columns, index=pd.Index(rho, name="rho"))

    def plot(self, **options: Any) -> tuple[Axes, ...]:
        """Plot the effects; options are those of :func:`pymediation.sensitivity.plot.plot_sensitivity`."""
        return plot_sensitivity(self, **options)

    def _repr_html_(self) -> str:
        """Return the summary as HTML."""
        return self.summary()._repr_html_()

    def __repr__(self) -> str:
        """Show in a few lines what was analysed and where the effects vanish."""
        lines = [
            f"<SensitivityResult: {self.treat} -> {self.mediator} -> {self.outcome}; {MODELS[self.type]}, "
            f"{self.rho.size} values of rho from {self.rho[0]:.4g} to {self.rho[-1]:.4g}, n = {self.nobs}>"
        ]
        for name, label in (_BY_ARM if self.by_arm else _ONE_SET).items():
            if name in self.curves and name[0] in "dz":
                curve = self.curves[name]
                closest = ", ".join(f"{value:.4g}" for value in crossing(self.rho, curve))
                one_sign = (curve.estimate > 0).all() or (curve.estimate < 0).all()
                what = f"{label} does not change sign; it" if one_sign else label
                lines.append(f"  {what} is closest to 0 at rho = {closest}")
        lines.append(
            "  .summary() prints the sensitivity region, .to_frame() all effects, .plot() draws them"
        )
        return "\n".join(lines)


class SensitivitySummary(ResultSummary[SensitivityResult], SensitivityComponents):
    """The summary of a sensitivity analysis: prints R's text and has every component of the result.

    Parameters
    ----------
    result : SensitivityResult
    """

    @property
    def report(self) -> SensitivityReport:
        """What the summary says, as a value."""
        result = self._result
        arms = (0, 1) if result.by_arm else (0,)
        blocks = [
            self._block(letter, arm) for letter in "dz" for arm in arms if f"{letter}{arm}" in result.curves
        ]
        return SensitivityReport(tuple(blocks), by_arm=result.by_arm, level=result.conf_level)

    def _block(self, letter: str, arm: int) -> SensitivityBlock:
        """Return what is said about one effect."""
        result = self._result
        curve = result.curves[f"{letter}{arm}"]
        inside = covers_zero(curve) == 1
        columns = (
            result.rho,
            curve.estimate,
            curve.lower,
            curve.upper,
            result.R2star_prod,
            result.R2tilde_prod,
        )
        crossings = result.err_cr_d if letter == "d" else result.err_cr_z
        closest = crossing(result.rho, curve) if crossings is None or not result.by_arm else crossings[[arm]]
        return SensitivityBlock(
            effect="ACME" if letter == "d" else "ADE",
            arm=arm,
            region=np.column_stack(columns)[inside],
            crossings=closest,
            star=closest**2,
            tilde=result._tilde(closest),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the effects as a DataFrame; see ``to_frame`` of the result."""
        return self._result.to_frame()

    def plot(self, **options: Any) -> tuple[Axes, ...]:
        """Plot the effects; see ``plot`` of the result."""
        return self._result.plot(**options)

    def __str__(self) -> str:
        """Return R's text."""
        return text(self.report)

    def _repr_html_(self) -> str:
        """Return the text's tables as HTML."""
        return html(self.report)
