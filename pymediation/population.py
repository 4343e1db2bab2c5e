"""Average effects over other rows than those of the models, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.engine.blocks import Running, progress_bar
from pymediation.engine.mediators import MediatorLaw
from pymediation.engine.plan import Plan
from pymediation.errors import ArgumentError, UnsupportedModelError
from pymediation.fitted import FittedModel
from pymediation.newdata import evenly, frames_of, like, weights_of
from pymediation.offsets import OffsetSource, offset_source
from pymediation.setting.counterfactual import (
    Scenario,
    drawn_levels,
    mediator_designs,
    mediator_values,
    outcome_surface,
)
from pymediation.setting.pairing import Pair

__all__ = ["Located", "Population", "read_population", "values_drawn"]

FloatArray = NDArray[np.float64]
Averages = tuple[FloatArray, ...]

# Rows in a block, and numbers in one of its designs: what is held at a time is a few of these.
_BLOCK_ROWS = 65_536
_BLOCK_NUMBERS = 4_000_000
# A multiple of the rows that share a NumPy stream, so that blocks do not cut one.
_UNIT_ROWS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """A block of rows.

    Attributes
    ----------
    plan : Plan
        What the engine needs of them; the weights of other rows than those of the models do not sum to one.
    models : tuple of two FittedModel
        The mediator model and the outcome model at these rows.
    """

    plan: Plan
    models: tuple[FittedModel, FittedModel]


@dataclass(slots=True, eq=False)
class Population:
    """Rows that effects are averaged over, read once or, for learners, again and again.

    Attributes
    ----------
    pair : Pair
    setting : Scenario
        Without R's wrong designs: R has no such rows.
    newdata : object
        As given.
    weights : str or None
        Column of sampling weights.
    offsets : tuple of OffsetSource or None
        Where the offsets of the two models come from.
    rows : int
        How many rows there are, once they have been read.
    weight : float
        Sum of their weights, or their number.
    """

    pair: Pair
    setting: Scenario
    newdata: Any
    weights: str | None
    offsets: tuple[OffsetSource | None, OffsetSource | None]
    rows: int = field(default=0, init=False)
    weight: float = field(default=0.0, init=False)

    @property
    def note(self) -> str:
        """What the summary says about it."""
        weighted = f", weighted by {self.weights!r}" if self.weights is not None else ""
        return f"Effects averaged over {self.rows} rows of newdata{weighted}."

    def average(self, own: Plan, evaluate: Callable[[Plan, Running], Averages], how: Running) -> Averages:
        """Average over all rows.

        Parameters
        ----------
        own : Plan
            The rows of the models.
        evaluate : callable
            ``evaluate(plan, how)``: weighted sums over the rows of a plan, which need not sum to one.
        how : Running
            Its bar counts rows, of which nobody knows how many there will be.

        Raises
        ------
        ArgumentError
            No rows, or no weight.
        """
        totals: list[FloatArray] = []
        quiet = replace(how, progress=False)
        with progress_bar(how, total=None, unit="rows") as advance:
            for block in self._counted(self._blocks(own)):
                sums = evaluate(block.plan, quiet)
                totals = (
                    [total + part for total, part in zip(totals, sums, strict=True)] if totals else [*sums]
                )
                advance(block.plan.n)
        return tuple(total / self.weight for total in totals)

    def reader(self, own: Plan) -> Callable[[], Iterator[Located]]:
        """Return a function that gives all blocks of rows as often as it is called.

        Parameters
        ----------
        own : Plan
            The rows of the models.

        Raises
        ------
        ArgumentError
            No rows, or no weight; or an iterator, which can be read once, of more than one block.
        """
        ahead = list(islice(self._blocks(own), 2))
        if len(ahead) < 2:
            return partial(self._counted, ahead)
        if isinstance(self.newdata, Iterator):
            msg = (
                f"newdata is an iterator of more than {ahead[0].plan.n} rows, which can be read once, but "
                f"{self._learner} is a learner, for which rows are read again every few replicates. "
                "Give a DataFrame, a Dask DataFrame, a pyarrow Table or Dataset, the path of a Parquet file "
                "or folder, or a list of such paths or of DataFrames."
            )
            raise ArgumentError(msg)
        seen = sum(block.plan.n for block in ahead)
        return lambda: self._counted(self._blocks(own), seen)

    def _counted(self, blocks: Iterable[Located], least: int = 0) -> Iterator[Located]:
        """Pass blocks on; at their end, require that there were rows, as many as the last time."""
        rows, weight = 0, 0.0
        for block in blocks:
            rows += block.plan.n
            weight += float(block.plan.weights.sum())
            yield block
        before = self.rows or least
        if rows < before or self.rows not in (0, rows):
            msg = (
                f"newdata had {before} rows or more when it was read first, and {rows} when read again, "
                "as learners need it. Give one that is the same each time: a DataFrame, a pyarrow Table, or "
                "the path of Parquet files."
            )
            raise ArgumentError(msg)
        if not weight > 0:
            what = f"only weights of 0 in the column {self.weights!r}" if rows else "no rows"
            raise ArgumentError(f"newdata has {what}; effects cannot be averaged over it.")
        self.rows, self.weight = rows, weight

    @property
    def _learner(self) -> str:
        """The first model that is a learner, in words."""
        model = next(model for model in self._models if model.kind.learned)
        return f"the {model.role} model ({model.label})"

    def _blocks(self, own: Plan) -> Iterator[Located]:
        """Yield blocks of rows as the engine needs them."""
        values = values_drawn(self.pair, self.setting, own.law)
        first = 0
        for block in evenly(frames_of(self.newdata, self._columns()), self._block_rows()):
            mediator, outcome = (
                self._at(model, source, block, first)
                for model, source in zip(self._models, self.offsets, strict=True)
            )
            plan = replace(
                own,
                arms=mediator_designs(mediator, self.setting),
                offset=mediator.offset,
                surface=outcome_surface(outcome, self.setting, values),
                weights=weights_of(block, self.weights, first),
            )
            yield Located(plan, (mediator, outcome))
            first += len(block)

    @property
    def _models(self) -> tuple[FittedModel, FittedModel]:
        """Both models, at their own rows."""
        return self.pair.mediator, self.pair.outcome

    def _at(
        self, model: FittedModel, source: OffsetSource | None, block: pd.DataFrame, first: int
    ) -> FittedModel:
        """Return a model at other rows than its own: a design and a frame, but nothing to fit to."""
        n = len(block)
        columns = {}
        learned, read = model.kind.learned, self._read_from(model)
        for name in model.frame:  # learners see the order of columns
            if name not in model.design.variables:
                continue
            own = model.frame[name]
            given = like(own, block, first, learned=learned) if name in read else None
            columns[name] = own.iloc[np.zeros(n, dtype=int)].array if given is None else given
        frame = pd.DataFrame(columns, index=pd.RangeIndex(n))
        offset = None if source is None else source.at(block, first)
        changed: dict[str, Any] = dict.fromkeys(("weights", "trials", "event")) | {"offset": offset}
        return replace(model, frame=frame, X=np.empty((n, 0)), y=np.zeros(n), index=frame.index, **changed)

    def _read_from(self, model: FittedModel) -> frozenset[str]:
        """Return the columns that a model reads from the rows: all but those that the analysis sets."""
        return model.design.variables - self.setting.contrast.moving - set(self.setting.fixed)

    def _columns(self) -> list[str]:
        """Return the columns to be read."""
        wanted = frozenset().union(*map(self._read_from, self._models))
        wanted |= frozenset().union(*(source.columns for source in self.offsets if source is not None))
        return sorted(wanted | ({self.weights} if self.weights is not None else set()))

    def _block_rows(self) -> int:
        """Return the number of rows in a block, a multiple of the rows that share a NumPy stream."""
        widest = max(
            len(model.design.variables) if model.kind.learned else model.X.shape[1] for model in self._models
        )
        rows = min(_BLOCK_ROWS, _BLOCK_NUMBERS // max(1, widest))
        return max(1, rows // _UNIT_ROWS) * _UNIT_ROWS


def values_drawn(pair: Pair, setting: Scenario, law: MediatorLaw) -> tuple[Any, ...] | None:
    """Return what the drawn values 0, 1, ... of a discrete mediator stand for; None for numbers.

    Parameters
    ----------
    pair : Pair
    setting : Scenario
    law : MediatorLaw
        How the mediator is drawn.
    """
    if not law.n_values:
        return None
    column = pair.outcome.frame[setting.contrast.mediator]
    return mediator_values(column, drawn_levels(pair.mediator, pair.outcome, setting), law.n_values)


def read_population(newdata: object, weights: object, pair: Pair, setting: Scenario) -> Population | None:
    """Check that effects can be averaged over other rows than those of the models.

    Parameters
    ----------
    newdata : object or None
        See :func:`~pymediation.mediate`.
    weights : str or None
        Column of sampling weights in it.
    pair : Pair
    setting : Scenario

    Returns
    -------
    Population or None
        None without `newdata`.

    Raises
    ------
    UnsupportedModelError
        Mixed models, and an offset that no column of the data holds.
    ArgumentError
        Covariates held at one value per row.
    """
    if newdata is None:
        return None
    for model in (pair.mediator, pair.outcome):
        _refuse_model(model)
    per_row = next((name for name, value in setting.fixed.items() if np.ndim(value)), None)
    if per_row is not None:
        msg = (
            f"covariates[{per_row!r}] has one value for each row of the models, which are not those of "
            "newdata. Give one value, or put the values into newdata."
        )
        raise ArgumentError(msg)
    column = None if weights is None else str(weights)
    offsets = offset_source(pair.mediator), offset_source(pair.outcome)
    return Population(pair, replace(setting, simulated=False), newdata, column, offsets)


def _refuse_model(model: FittedModel) -> None:
    """Refuse models that cannot be evaluated on other rows."""
    if not model.kind.grouped:
        return
    msg = (
        f"newdata= is not available: the {model.role} model ({model.label}) is a mixed model, which draws "
        "coefficients for the groups it was fitted to; a group of newdata that is not among them has none. "
        "Leave out newdata; for groups of other sizes, weight result.to_frame(by='group') by these."
    )
    raise UnsupportedModelError(msg)
