"""What every analysis keeps beside its effects: the models, and how it was done."""

from __future__ import annotations

import pickle
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Integral
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import ArgumentError, NotEstimableError, said_by
from pymediation.estimates.means import PotentialMeans
from pymediation.report.account import Reported
from pymediation.report.document import Method
from pymediation.report.wording import UNKNOWN_WORDING, Wording, seed_text
from pymediation.results.evalue_table import UNKNOWN_OUTCOME, OutcomeFacts
from pymediation.streams import StreamRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "AnalysisRecord",
    "AnalysisSummary",
    "Models",
    "ModelsSummary",
    "Result",
    "ResultSummary",
    "headline",
    "interval_method",
    "whole_digits",
]


class Models:
    """The two fitted objects of an analysis, kept so that the result pickles whatever they are.

    statsmodels rebuilds formulas when it is unpickled and needs a caller's scope for that; so the objects
    travel as bytes and are rebuilt when first asked for.
    """

    __slots__ = ("_mediator", "_outcome", "_packed")

    def __init__(self, mediator: object, outcome: object) -> None:
        self._mediator, self._outcome = mediator, outcome
        self._packed: bytes | str | None = None

    def __getstate__(self) -> bytes | str:
        """Pack both objects, or say why they cannot be."""
        if self._packed is not None:
            return self._packed
        try:
            return pickle.dumps((self._mediator, self._outcome))
        except Exception as error:
            return f"{type(error).__name__}: {said_by(error)}"

    def __setstate__(self, state: bytes | str) -> None:
        """Keep the packed objects."""
        self._mediator = self._outcome = None
        self._packed = state

    def get(self) -> tuple[Any, Any]:
        """Return the mediator model and the outcome model."""
        if self._packed is None:
            return self._mediator, self._outcome
        if isinstance(self._packed, str):
            msg = f"The fitted models could not be stored with the result ({self._packed}). Refit them."
            raise NotEstimableError(msg)
        try:
            self._mediator, self._outcome = pickle.loads(self._packed)
        except Exception as error:
            msg = (
                "The fitted models cannot be rebuilt here, probably because a formula reads a name of the "
                f"script that fitted them ({type(error).__name__}: {said_by(error)}). Refit them."
            )
            raise NotEstimableError(msg) from error
        self._packed = None
        return self._mediator, self._outcome


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AnalysisRecord(Reported):
    """How a mediation analysis was done: what every result of one keeps beside its effects.

    Attributes
    ----------
    boot : bool
        Whether the nonparametric bootstrap was used.
    boot_ci_type : {"perc", "bca"}
        Kind of bootstrap interval.
    treat, mediator : str
        Names of the treatment and mediator.
    covariates : dict or None
        Values at which covariates were held.
    INT : bool
        Whether the outcome model has a treatment-mediator interaction.
    conf_level : float
        Level of the intervals.
    control_value, treat_value : object
        Treatment values as given.
    nobs : int
        Rows used.
    sims : int
        Draws or replicates asked for.
    n_failed : int
        Bootstrap replicates that could not be fitted and were left out.
    call : dict
        The arguments of the call.
    robustSE : bool
        Whether a heteroskedasticity-consistent covariance was used.
    cluster : ndarray or None
        Cluster of each row used.
    notes : tuple of str
        What the summary says beyond R's text.
    outcome_scale : str, tuple or None
        The scale of the outcome that was asked for.
    scale : str
        What effects are differences of, in words.
    footnotes : tuple of str
        What the summary says about the scale below R's text.
    formulas : tuple of str
        Formulas of the mediator model and the outcome model.
    stream : StreamRecord
        The random numbers used: kind, seed and position.
    compat : {"fixed", "R"}
        Whether known defects of R were reproduced.
    models : Models
        The fitted models.
    potential_means : tuple of PotentialMeans
        Average potential outcomes, one set for each category of an ordered outcome; empty with
        ``long=False``.
    outcome_facts : OutcomeFacts
        What kind of average they are.
    wording : Wording
        The names that `report` tells the analysis with.
    """

    boot: bool
    boot_ci_type: str
    treat: str
    mediator: str
    covariates: Mapping[str, Any] | None
    INT: bool
    conf_level: float
    control_value: Any
    treat_value: Any
    nobs: int
    sims: int
    n_failed: int
    call: Mapping[str, Any]
    robustSE: bool
    cluster: NDArray[Any] | None
    notes: tuple[str, ...]
    formulas: tuple[str, str]
    stream: StreamRecord
    compat: str
    models: Models
    outcome_scale: str | tuple[str, float] | None = None
    scale: str = "the mean of the outcome"
    footnotes: tuple[str, ...] = ()
    potential_means: tuple[PotentialMeans, ...] = ()
    outcome_facts: OutcomeFacts = UNKNOWN_OUTCOME
    wording: Wording = UNKNOWN_WORDING

    @property
    def model_m(self) -> Any:
        """The fitted mediator model."""
        return self.models.get()[0]

    @property
    def model_y(self) -> Any:
        """The fitted outcome model."""
        return self.models.get()[1]

    @property
    def method(self) -> str:
        """How inference was done."""
        return "nonparametric bootstrap" if self.boot else "quasi-Bayesian"

    @abstractmethod
    def summary(self, digits: int | None = None) -> AnalysisSummary[Any]:
        """Return the summary, which prints as R's."""

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return the effects as a DataFrame."""

    @abstractmethod
    def means(self) -> pd.DataFrame:
        """Return the average potential outcomes as a DataFrame."""

    @abstractmethod
    def evalue(
        self, effects: Sequence[str] | None = None, true: float = 1.0, sd: float | str = "marginal"
    ) -> pd.DataFrame:
        """Return the E-values of the effects as a DataFrame."""

    @abstractmethod
    def plot(self, **options: Any) -> Axes:
        """Plot the effects."""

    def _repr_html_(self) -> str:
        """Return the summary as HTML."""
        return self.summary()._repr_html_()


Shown = TypeVar("Shown")
Result = TypeVar("Result", bound=AnalysisRecord)


class ResultSummary(ABC, Generic[Shown]):
    """The summary of a result: prints R's text and has every field of the result.

    Parameters
    ----------
    result : dataclass
    """

    def __init__(self, result: Shown) -> None:
        self._result = result
        for field in fields(cast("Any", result)):
            setattr(self, field.name, getattr(result, field.name))

    @abstractmethod
    def __str__(self) -> str:
        """Return R's text."""

    @abstractmethod
    def _repr_html_(self) -> str:
        """Return the text's tables as HTML."""

    def __repr__(self) -> str:
        """Return R's text."""
        return str(self)


class ModelsSummary(ResultSummary[Shown]):
    """The summary of a result of two fitted models.

    Parameters
    ----------
    result : dataclass
        With ``model_m``, ``model_y``, ``to_frame()`` and ``plot()``.
    digits : int, optional
        R's option ``digits``.
    """

    _result: Any

    def __init__(self, result: Shown, digits: int | None = None) -> None:
        super().__init__(result)
        self._digits = whole_digits(digits)

    @property
    def model_m(self) -> Any:
        """The fitted mediator model."""
        return self._result.model_m

    @property
    def model_y(self) -> Any:
        """The fitted outcome model."""
        return self._result.model_y

    def to_frame(self) -> pd.DataFrame:
        """Return the effects as a DataFrame; see ``to_frame`` of the result."""
        frame: pd.DataFrame = self._result.to_frame()
        return frame

    def plot(self, **options: Any) -> Axes:
        """Plot the effects; see ``plot`` of the result."""
        axes: Axes = self._result.plot(**options)
        return axes


class AnalysisSummary(ModelsSummary[Result]):
    """The summary of a result of ``mediate``: prints R's text and has every field of the result.

    Parameters
    ----------
    result : AnalysisRecord
    digits : int, optional
        R's option ``digits``.
    """

    _result: Result

    def means(self) -> pd.DataFrame:
        """Return the average potential outcomes; see ``means`` of the result."""
        return self._result.means()


def headline(record: AnalysisRecord, further: str = "") -> str:
    """Return the first line of a result's ``repr``: variables, method, sizes and random numbers."""
    path = f"{record.treat} -> {record.mediator} -> {record.wording.outcome}"
    return (
        f"<{type(record).__name__}: {path}{further}; {record.method}, "
        f"{record.sims} {'replicates' if record.boot else 'draws'}, n = {record.nobs}, "
        f"{seed_text(record.stream)}>"
    )


class _Inference(Protocol):
    """What tells how intervals were computed."""

    @property
    def boot(self) -> bool: ...
    @property
    def boot_ci_type(self) -> str: ...


def interval_method(record: _Inference) -> Method:
    """Return how the intervals were computed, in the terms of the printed summaries."""
    if not record.boot:
        return "quasi-bayes"
    return "boot bca" if record.boot_ci_type == "bca" else "boot perc"


def whole_digits(digits: int | None) -> int | None:
    """Check R's option ``digits``."""
    if digits is None or (
        isinstance(digits, Integral) and not isinstance(digits, bool) and 1 <= digits <= 22
    ):
        return digits
    msg = f"digits must be a whole number from 1 to 22; got {digits!r}."
    raise ArgumentError(msg)
