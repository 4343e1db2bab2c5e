"""Where R's package returns a wrong number: the one table, and the ledger of a call.

A *row* is a defect of R's ``mediation`` 4.5.1 that shows as a wrong number, not as an error. With
``compat="fixed"`` we return the right number, with ``compat="R"`` that of R; either way a call that met a
row says so in one :class:`~pymediation.errors.CompatibilityWarning`. What R refuses or crashes on is
simply done right and is not listed here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from pymediation.errors import ArgumentError, CompatibilityWarning
from pymediation.warn import warn

__all__ = ["ROWS", "Compat", "CompatLedger", "Row"]

Compat = Literal["fixed", "R"]


class Words(NamedTuple):
    """How a warning tells what is wrong: R's, ours, and what `compat` chooses."""

    wrong: str
    other: str
    chosen: str
    right: str


_NUMBER = Words("this is R's number, which is", "this number differs", "number", "one")
_NAMES = Words("these are R's names of groups, which are", "the naming of groups differs", "names", "ones")


@dataclass(frozen=True, slots=True)
class Row:
    """One defect of R.

    Attributes
    ----------
    name : str
        Short name, also the anchor in ``docs/differences-from-r.md``.
    r_does : str
        What R's package does.
    fixed_does : str
        What the package does instead.
    words : Words
        What is wrong.
    """

    name: str
    r_does: str
    fixed_does: str
    words: Words = _NUMBER


ROWS: dict[str, Row] = {
    row.name: row
    for row in (
        Row(
            "transformed-terms",
            "holds transformed terms of the treatment, mediator or fixed covariates, such as I(m^2), at "
            "their observed values in quasi-Bayesian predictions",
            "recomputes them from the counterfactual values",
        ),
        Row(
            "offsets",
            "leaves offsets out of quasi-Bayesian predictions",
            "adds them to the linear predictor",
        ),
        Row(
            "contrasts",
            "codes factors with default contrasts in quasi-Bayesian predictions, whatever the model was "
            "fitted with",
            "uses the contrasts of the fit",
        ),
        Row(
            "ordered-codes",
            "puts 1, 2, ... in the place of the categories of an ordered mediator that is a number in the "
            "outcome model, whatever its values there",
            "puts these values",
        ),
        Row(
            "hidden-interaction",
            "shows one ACME and one ADE unless a term is named treatment:mediator, even when they differ by "
            "arm",
            "shows both arms whenever the draws differ",
        ),
        Row(
            "cluster-weights",
            "uses the final working weights as prior weights in the cluster covariance of a weighted glm",
            "uses the prior weights",
        ),
        Row(
            "bca",
            "centres the BCa interval at the mean of the draws and takes the acceleration from them",
            "centres it at the estimate and takes the acceleration from a jackknife (Efron 1987)",
        ),
        Row(
            "cluster-bootstrap",
            "ignores clusters in the bootstrap and resamples rows one by one",
            "resamples whole clusters",
        ),
        Row(
            "random-slopes",
            "multiplies random slopes of the treatment by 1 and 0 whatever its values are, and all others "
            "but the mediator's own by observed values",
            "multiplies all by the counterfactual values",
        ),
        Row(
            "group-labels",
            "names groups in the order of their levels where the numbers are in that of the rows, so that "
            "summaries and plots by group have them under other groups' names",
            "names each group's numbers rightly",
            _NAMES,
        ),
        Row(
            "weight-column",
            "weights the models of mediations() by a column named weight, if there is one, whatever column "
            "was asked for",
            "uses the column asked for",
        ),
        Row(
            "pooled-by-name",
            "reads imputed data sets by the names of their analyses, and so pools the first of several with "
            "one name with itself",
            "pools all data sets",
        ),
        Row(
            "pooled-inference",
            "sets all p-values of pooled effects to 1 and takes the interval of the averaged proportion "
            "mediated from the data sets' estimates",
            "takes both from the draws of all data sets",
        ),
        Row(
            "tsls-robust",
            "takes robust standard errors in mediate_tsls(), whatever robustSE says",
            "takes classical ones unless robustSE or cluster asks for others",
        ),
        Row(
            "tsls-covariance",
            "takes the errors of mediate_tsls() from residuals with the fitted mediator inside, and the two "
            "stages as independent",
            "takes the residuals of the outcome equation and the joint covariance of both stages",
        ),
        Row(
            "tsls-one-sided",
            "returns one-sided p-values from mediate_tsls() without the bootstrap, half of two-sided ones",
            "returns two-sided ones",
        ),
        Row(
            "tsls-empty-clusters",
            "counts the levels of a factor cluster that no row has in mediate_tsls()",
            "counts the clusters that there are",
        ),
        Row(
            "tsls-missing-rows",
            "resamples the first rows of the data in mediate_tsls() where rows with missing values were left "
            "out of the fits: the last rows are never drawn, and incomplete ones are",
            "resamples the rows of the fits",
        ),
        Row(
            "medsens-denominator",
            "divides by 1 + |s g| for a probit outcome, so that its ACME at rho = 0 is not that of mediate()",
            "divides by sqrt(1 + s^2 g^2), as published",
        ),
        Row(
            "medsens-other-reference",
            "keeps the mediator model's reference level of a treatment of three or more levels, and leaves "
            "the indicators of its other levels as observed",
            "compares the two levels asked for in both models",
        ),
        Row(
            "medsens-swapped-levels",
            "takes the first level of a two-level treatment as control, whatever control_value says",
            "takes control_value",
        ),
        Row(
            "medsens-unit-step",
            "takes a numeric treatment from 0 to 1 in medsens(), whatever values mediate() compared",
            "takes these values",
        ),
        Row(
            "medsens-weights",
            "multiplies by the variances of the outcome's errors after a probit mediator, where a weighted "
            "regression divides by them: too small an error variance and biased effects unless rho = 0",
            "divides by them",
        ),
        Row(
            "medsens-one-row",
            "puts the predictor of one row in the place of all rows' in the ADE of a probit mediator that "
            "interacts with the treatment",
            "averages over the rows",
        ),
        Row(
            "medsens-covariate-order",
            "pairs covariates of the two models by position, though they are in another order",
            "pairs them by name",
        ),
        Row(
            "medsens-surface",
            "stretches the surface over R-squares by 1 / (1 - rho_by), leaves its far corner empty and "
            "reuses the contour levels of the first panel",
            "shows the effect at the correlation that the two R-squares imply, each panel with levels of "
            "its own",
        ),
        Row(
            "sed-bootstrap",
            "keeps the numbers of treated and control rows of the data in every resample of mediate_sed, so "
            "that its intervals are too wide and depend on the level of the outcome",
            "counts them in each resample",
        ),
        Row(
            "pd-bounds",
            "exchanges outcomes 0 and 1 in three terms of the bounds under control of mediate_pd",
            "uses the sharp bounds",
        ),
        Row(
            "ped-infeasible",
            "returns bounds of 0 from mediate_ped where no population that meets the assumptions could give "
            "the data",
            "returns NaN",
        ),
        Row(
            "iv-treatment-glm",
            "takes the inverse link of 1 - eta for the probability of no treatment in ivmediate() with a GLM "
            "of the treatment",
            "takes one less the probability of treatment",
        ),
    )
}


@dataclass(slots=True)
class CompatLedger:
    """Decides each row of one call by its `compat` setting and remembers which rows were met."""

    mode: Compat
    met: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse a mode that does not exist."""
        if self.mode not in ("fixed", "R"):
            msg = f"compat must be 'fixed' (right numbers) or 'R' (R's numbers); got {self.mode!r}."
            raise ArgumentError(msg)

    @property
    def as_r(self) -> bool:
        """Whether R's numbers were asked for."""
        return self.mode == "R"

    @property
    def defects(self) -> tuple[str, ...]:
        """What R does wrong in the numbers of this call, if they are R's."""
        return tuple(ROWS[name].r_does for name in self.met) if self.as_r else ()

    def follow_r(self, name: str) -> bool:
        """Record that a row was met and return whether R's behaviour is to be followed."""
        if name not in self.met:
            self.met.append(ROWS[name].name)
        return self.as_r

    def warn(self, function: str) -> None:
        """Issue the one warning of the call, if any row was met."""
        if not self.met:
            return
        rows = [ROWS[name] for name in self.met]
        words = rows[0].words if len(rows) == 1 else _NUMBER
        if self.as_r:
            parts = "; ".join(f"R {row.r_does} [{row.name}]" for row in rows)
            text = (
                f"{function}: {words.wrong} known to be wrong: {parts}. compat='fixed' gives the right "
                f"{words.right}."
            )
        else:
            parts = "; ".join(f"R {row.r_does}; pymediation {row.fixed_does} [{row.name}]" for row in rows)
            text = f"{function}: {words.other} from R's: {parts}. compat='R' gives R's {words.chosen}."
        warn(text, CompatibilityWarning)
