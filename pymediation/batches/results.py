"""The results of a batch, found by R's names, with one summary and one plot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.batches.account import batch_account
from pymediation.batches.grid import Specification
from pymediation.batches.panels import plot_panels
from pymediation.errors import ArgumentError, UnknownNameError, UnknownPositionError, did_you_mean
from pymediation.report.account import Account, Reported
from pymediation.results.mediation import MediationResult
from pymediation.results.ordered import OrderedMediationResult
from pymediation.results.records import whole_digits
from pymediation.streams import StreamRecord

__all__ = ["MediationsResult", "MediationsSummary"]

_SHOWN = 8  # analyses that a short description lists


Element = TypeVar("Element", covariant=True)


class _ByName(Generic[Element]):
    """Elements in order, found by position or by R's name; names may repeat across data sets."""

    @property
    def names(self) -> tuple[str, ...]:
        """R's names of the analyses, ``"outcome.treatment.mediator"``."""
        raise NotImplementedError

    def values(self) -> tuple[Element, ...]:
        """Return the elements in order."""
        raise NotImplementedError

    def keys(self) -> tuple[str, ...]:
        """Return the names, as `names`."""
        return self.names

    def items(self) -> tuple[tuple[str, Element], ...]:
        """Return pairs of name and element."""
        return tuple(zip(self.names, self.values(), strict=True))

    def __len__(self) -> int:
        """Return the number of analyses."""
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, as over a dict."""
        return iter(self.names)

    def __contains__(self, name: object) -> bool:
        """Tell whether there is an analysis of that name."""
        return name in self.names

    def __getitem__(self, which: str | int) -> Element:
        """Return an element by name or by position."""
        return self.values()[_place(which, self.names)]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MediationsResult(_ByName[MediationResult | OrderedMediationResult], Reported):
    """The analyses of a batch, by R's names ``"outcome.treatment.mediator"`` or by position.

    It behaves as a dict that keeps its order: ``names``, ``keys()``, ``values()``, ``items()``, ``len``,
    ``in``. Where a treatment was analysed in several data sets a name is not unique: use positions, or
    `select` first.

    Attributes
    ----------
    specifications : tuple of Specification
        Data set, outcome, treatment and mediator of each analysis.
    results : tuple of MediationResult or OrderedMediationResult
        The analyses.
    call : dict
        The arguments of the call, with the names of the data sets for the data.
    stream : StreamRecord
        The random numbers used: kind, seed and position.
    compat : {"fixed", "R"}
        Whether known defects of R were reproduced.
    """

    specifications: tuple[Specification, ...]
    results: tuple[MediationResult | OrderedMediationResult, ...]
    call: Mapping[str, Any]
    stream: StreamRecord
    compat: str

    @property
    def names(self) -> tuple[str, ...]:
        """R's names of the analyses, ``"outcome.treatment.mediator"``."""
        return tuple(specification.name for specification in self.specifications)

    def values(self) -> tuple[MediationResult | OrderedMediationResult, ...]:
        """Return the results in order."""
        return self.results

    def select(
        self,
        *,
        dataset: str | None = None,
        outcome: str | None = None,
        treatment: str | None = None,
        mediator: str | None = None,
    ) -> MediationsResult:
        """Return the analyses of one data set, outcome, treatment or mediator, or of several of these.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        asked = {"dataset": dataset, "outcome": outcome, "treatment": treatment, "mediator": mediator}
        asked = {part: value for part, value in asked.items() if value is not None}
        kept = [
            place
            for place, one in enumerate(self.specifications)
            if all(getattr(one, part) == value for part, value in asked.items())
        ]
        if not kept:
            wanted = ", ".join(f"{part}={value!r}" for part, value in asked.items())
            raise UnknownNameError(f"There is no analysis with {wanted}. There are {_listed(self.names)}.")
        return replace(
            self,
            specifications=tuple(self.specifications[place] for place in kept),
            results=tuple(self.results[place] for place in kept),
        )

    def summary(self, digits: int | None = None) -> MediationsSummary:
        """Return the summaries of all analyses, which print as R's.

        Parameters
        ----------
        digits : int, optional
            R's option ``digits``, as in the summary of one analysis.
        """
        return MediationsSummary(self, digits)

    def to_frame(self) -> pd.DataFrame:
        """Return the effects of all analyses, a row each.

        Returns
        -------
        DataFrame
            Index `dataset`, `outcome`, `treatment`, `mediator`, then that of one result's ``to_frame()``;
            columns estimate, std_error, lower, upper, p_value, and mc_error unless the outcome is ordered.
        """
        parts = ("dataset", "outcome", "treatment", "mediator")
        keys = [tuple(getattr(one, part) for part in parts) for one in self.specifications]
        frames = [result.to_frame() for result in self.results]
        return pd.concat(frames, keys=keys, names=[*parts, *frames[0].index.names])

    def _account(self) -> Account:
        """Return what `report` tells."""
        return batch_account(self.specifications, self.results)

    def plot(
        self, which: str | int | Iterable[str | int] | None = None, ask: object = None, **options: Any
    ) -> NDArray[Any]:
        """Plot the effects of each analysis in a panel of its own, named below its axis.

        Parameters
        ----------
        which : name, position, or several of these, optional
            The analyses to draw; all by default. A name that repeats stands for all analyses of that name.
        ask : optional
            Accepted for R scripts, without effect.
        **options
            As in `plot` of one result; ``ax`` takes as many Axes as there are panels.

        Returns
        -------
        ndarray of Axes
            One for each analysis drawn, in order.
        """
        places = range(len(self)) if which is None else _places(which, self.names)
        return plot_panels([(self.names[place], self.results[place]) for place in places], options)

    def __repr__(self) -> str:
        """Show the names of the analyses."""
        lines = [f"<MediationsResult: {len(self)} {'analysis' if len(self) == 1 else 'analyses'}>"]
        for place, one in enumerate(self.specifications[:_SHOWN]):
            lines.append(f"  [{place}] {one.name}  (data set {one.dataset})")
        if len(self) > _SHOWN:
            lines.append(f"  ... and {len(self) - _SHOWN} more")
        return "\n".join(
            [*lines, "  .summary() prints their tables, .to_frame() joins them, .plot() draws them"]
        )

    def _repr_html_(self) -> str:
        """Return all summaries as HTML."""
        return self.summary()._repr_html_()


class MediationsSummary(_ByName[Any]):
    """The summaries of a batch: prints R's text; elements are the summaries of the analyses.

    Parameters
    ----------
    result : MediationsResult
    digits : int, optional
        R's option ``digits``.
    """

    def __init__(self, result: MediationsResult, digits: int | None = None) -> None:
        self._result = result
        self._summaries = tuple(one.summary(whole_digits(digits)) for one in result.results)

    @property
    def names(self) -> tuple[str, ...]:
        """R's names of the analyses."""
        return self._result.names

    def values(self) -> tuple[Any, ...]:
        """Return the summaries in order."""
        return self._summaries

    def to_frame(self) -> pd.DataFrame:
        """Return the effects of all analyses; see ``to_frame`` of the result."""
        return self._result.to_frame()

    def plot(self, *args: Any, **options: Any) -> NDArray[Any]:
        """Plot the effects of all analyses; see ``plot`` of the result."""
        return self._result.plot(*args, **options)

    def __str__(self) -> str:
        """Return R's text: the summaries one below the other, each under its name."""
        return "\n".join(f"Specification {name} \n{summary}" for name, summary in self.items())

    def __repr__(self) -> str:
        """Return R's text."""
        return str(self)

    def _repr_html_(self) -> str:
        """Return the tables as HTML, each under its name."""
        return "\n".join(
            f"<h4>Specification {escape(name)}</h4>\n{summary._repr_html_()}"
            for name, summary in self.items()
        )


def _place(which: str | int, names: tuple[str, ...]) -> int:
    """Return the position that a name or position stands for."""
    places = _places(which, names)
    if len(places) == 1:
        return places[0]
    msg = (
        f"{which!r} is the name of {len(places)} analyses, of different data sets. Give a position "
        f"({', '.join(map(str, places[:_SHOWN]))}), or select(dataset=...) first."
    )
    raise UnknownNameError(msg)


def _places(which: str | int | Iterable[str | int], names: tuple[str, ...]) -> list[int]:
    """Return the positions that names and positions stand for."""
    if isinstance(which, str):
        found = [place for place, name in enumerate(names) if name == which]
        if found:
            return found
        hint = did_you_mean(which, names)
        raise UnknownNameError(f"There is no analysis {which!r}; there are {_listed(names)}.{hint}")
    if isinstance(which, (int, np.integer)) and not isinstance(which, bool):
        if not -len(names) <= which < len(names):
            msg = f"There are {len(names)} analyses, [0] to [{len(names) - 1}]; got [{which}]."
            raise UnknownPositionError(msg)
        return [int(which) % len(names)]
    if isinstance(which, Iterable) and (places := [place for one in which for place in _places(one, names)]):
        return places
    raise ArgumentError(f"which={which!r}: give names or positions of analyses: {_listed(names)}.")


def _listed(names: tuple[str, ...]) -> str:
    """List names, not too many of them."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more
