"""The parts that R's printed summaries have in common: headings, interval names, sizes at the end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from pymediation.errors import ArgumentError
from pymediation.report.numbers import format_numbers

__all__ = [
    "CONDITIONAL_LINE",
    "METHOD_LINES",
    "Method",
    "footer_lines",
    "heading_lines",
    "interval_columns",
    "method_line",
    "percent",
    "quantile_names",
]

Method = Literal["quasi-bayes", "boot perc", "boot bca", "two-stage"]
"""How the intervals of a mediation analysis were computed."""

METHOD_LINES: Final[dict[str, str]] = {
    "quasi-bayes": "Quasi-Bayesian Confidence Intervals",
    "boot perc": "Nonparametric Bootstrap Confidence Intervals with the Percentile Method",
    "boot bca": "Nonparametric Bootstrap Confidence Intervals with the BCa Method",
    "two-stage": "Two-Stage Least Squares Confidence Intervals",
}
CONDITIONAL_LINE: Final = "(Inference Conditional on the Covariate Values Specified in `covariates')"

_PASTE_DIGITS = 15  # significant digits of a number that R turns into text
_NAME_DIGITS = 7  # significant digits of the percentages that name quantiles


def method_line(method: str) -> str:
    """Return R's line for a method.

    Raises
    ------
    ArgumentError
        If the method is not one of `METHOD_LINES`.
    """
    try:
        return METHOD_LINES[method]
    except KeyError:
        raise ArgumentError(
            f"method={method!r} is not known; it is one of {', '.join(map(repr, METHOD_LINES))}."
        ) from None


def percent(level: float) -> str:
    """Return a share of one as a percentage without needless digits.

    Examples
    --------
    >>> percent(0.95), percent(0.999)
    ('95', '99.9')
    """
    return format_numbers([100 * level], _PASTE_DIGITS)[0]


def interval_columns(level: float | None) -> tuple[str, str]:
    """Return the headings of the lower and upper interval limits; None is a level that is not told.

    Examples
    --------
    >>> interval_columns(0.9)
    ('90% CI Lower', '90% CI Upper')
    """
    shown = "" if level is None else percent(level)
    return f"{shown}% CI Lower", f"{shown}% CI Upper"


def quantile_names(level: float) -> tuple[str, str]:
    """Return the names R gives to the two ends of a central interval.

    Examples
    --------
    >>> quantile_names(0.95), quantile_names(0.9)
    (('2.5%', '97.5%'), ('5%', '95%'))
    """
    tails = (100 * (1 - level) / 2, 100 * (1 + level) / 2)
    lower, upper = (f"{tail:.{_NAME_DIGITS}g}%" for tail in tails)
    return lower, upper


def heading_lines(title: str, paragraphs: Iterable[str]) -> list[str]:
    """Return an empty line, the title and the paragraphs, each but the first followed by an empty line."""
    return ["", *(line for paragraph in (title, *paragraphs) for line in (paragraph, ""))]


def footer_lines(nobs: int, sims: int | None, *, gap: int = 2) -> list[str]:
    """Return the lines that tell the numbers of observations and simulations.

    Numbers are written in full, where R writes 100000 as ``1e+05``.

    Parameters
    ----------
    nobs : int
        Observations.
    sims : int or None
        Simulations; None prints ``NA``.
    gap : int
        Empty lines between the two.

    Returns
    -------
    list of str
        The lines, beginning and ending with an empty one.
    """
    drawn = "NA" if sims is None else f"{sims:d}"
    return ["", f"Sample Size Used: {nobs:d} ", *[""] * gap, f"Simulations: {drawn} ", ""]
