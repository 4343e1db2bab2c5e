"""An analysis told in plain sentences: the paragraphs of a report, and what has one."""

from __future__ import annotations

import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import Final

from pymediation.errors import ArgumentError

__all__ = ["Account", "Reported", "laid_out", "write"]

_NARROWEST: Final = 20  # columns; names of effects and numbers have to fit


@dataclass(frozen=True, slots=True)
class Account:
    """What a report says, paragraph by paragraph.

    Attributes
    ----------
    setting : tuple of str
        What was estimated, from what, and how.
    findings : tuple of str
        The numbers, and what does not follow from them.
    reservations : tuple of str
        What the numbers rest on, and what was not done.
    """

    setting: tuple[str, ...]
    findings: tuple[str, ...]
    reservations: tuple[str, ...]


class Reported(ABC):
    """What can be told in plain sentences."""

    @abstractmethod
    def _account(self) -> Account:
        """Return what there is to tell."""

    def report(self, width: int | None = 88) -> str:
        """Return the analysis in plain sentences: estimates, method, assumptions, and what was not done.

        A template for a paper, to be completed by what only its authors know. It says what does not follow
        from intervals that contain 0, and when a proportion mediated means nothing.

        Parameters
        ----------
        width : int or None
            Columns after which lines break; None for one line per paragraph.

        Returns
        -------
        str
            Paragraphs with an empty line between them.

        Raises
        ------
        ArgumentError
            A `width` that is no whole number of at least 20.

        Examples
        --------
        >>> import statsmodels.formula.api as smf
        >>> import pymediation as pm
        >>> jobs = pm.datasets.load_jobs()
        >>> formulas = "job_seek ~ treat", "depress2 ~ treat + job_seek"
        >>> fits = [smf.ols(formula, jobs).fit() for formula in formulas]
        >>> result = pm.mediate(*fits, treat="treat", mediator="job_seek", rng=pm.RStream(1))
        >>> print(result.report(width=100).splitlines()[0])
        The effect of treat (1 against 0) on depress2 was split into a part through job_seek and a remaining
        """
        return write(self._account(), width)


def write(account: Account, width: int | None) -> str:
    """Return an account as text, broken into lines after `width` columns unless that is None."""
    return laid_out((*account.setting, *account.findings, *account.reservations), width)


def laid_out(paragraphs: Iterable[str], width: int | None) -> str:
    """Return paragraphs with an empty line between them, broken into lines; empty ones are left out."""
    told = [paragraph for paragraph in paragraphs if paragraph]
    if width is None:
        return "\n\n".join(told)
    if not isinstance(width, Integral) or isinstance(width, bool) or width < _NARROWEST:
        msg = f"width must be None or a whole number of at least {_NARROWEST}; got {width!r}."
        raise ArgumentError(msg)
    return "\n\n".join(textwrap.fill(one, int(width), break_on_hyphens=False) for one in told)
