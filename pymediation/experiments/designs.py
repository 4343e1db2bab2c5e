"""The designs as data: what their summaries call them, which effects they have, which components R's have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["DESIGNS", "Design"]

_BY_ARM: Final = (("ACME (control)", "d0"), ("ACME (treated)", "d1"))


@dataclass(frozen=True, slots=True)
class Design:
    """One design and set of assumptions.

    Attributes
    ----------
    code : str
        R's short name.
    line : str
        R's line in the summary.
    rows : tuple of (label, component)
        The effects in the order of the summary.
    components : tuple of str
        R's components of the result in R's order, with underscores for dots.
    """

    code: str
    line: str
    rows: tuple[tuple[str, str], ...]
    components: tuple[str, ...]


DESIGNS: Final[dict[str, Design]] = {
    design.code: design
    for design in (
        Design(
            "SED.NP.NOSI",
            "Single Experiment Design (without Sequential Ignorability) ",
            _BY_ARM,
            ("d1", "d0", "design", "nobs"),
        ),
        Design(
            "SED.NP.SI",
            "Single Experiment Design with Sequential Ignorability ",
            _BY_ARM,
            ("d0", "d1", "d0_ci", "d1_ci", "conf_level", "nobs", "boot", "design"),
        ),
        Design("PD", "Parallel Design (Interaction Allowed) ", _BY_ARM, ("d1", "d0", "design", "nobs")),
        Design(
            "PD.NINT",
            "Parallel Design (with No Interaction Assumption) ",
            (("ACME", "d0"),),
            ("d0", "d1", "d0_ci", "d1_ci", "nobs", "conf_level", "sims", "design"),
        ),
        Design(
            "PED",
            "Parallel Encouragement Design",
            (
                ("Population ACME (control)", "d0"),
                ("Complier ACME (control)", "d0_p"),
                ("Population ACME (treated)", "d1"),
                ("Complier ACME (treated)", "d1_p"),
            ),
            ("d1", "d0", "d1_p", "d0_p", "design", "nobs"),
        ),
        Design(
            "CED",
            "Crossover Encouragement Design ",
            (("Pliable ACME (control)", "d0"), ("Pliable ACME (treated)", "d1")),
            ("d0", "d1", "d0_ci", "d1_ci", "nobs", "sims", "conf_level", "design"),
        ),
    )
}
