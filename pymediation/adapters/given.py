"""What :func:`with_data` was given, and checks that every such model needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.columns import plain
from pymediation.errors import ArgumentError, DataMismatchError, said_by
from pymediation.fitted import Role
from pymediation.models import MediationModel
from pymediation.supplied import ModelWithData

__all__ = ["Given"]


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """A learner beside its data, with the words for it.

    Attributes
    ----------
    supplied : ModelWithData
    role : {"mediator", "outcome"}
    label : str
        Library and class.
    """

    supplied: ModelWithData
    role: Role
    label: str

    @property
    def what(self) -> str:
        """The model, as a message names it."""
        return f"The {self.role} model ({self.label})"

    @property
    def data(self) -> pd.DataFrame:
        """The data."""
        return self.supplied.data

    @property
    def response(self) -> str:
        """The column of the response, of which no value may be missing."""
        response = self.supplied.response
        if response is None:
            msg = f"{self.what} does not know its response: name its column, with_data(..., response=...)."
            raise ArgumentError(msg)
        self.refuse_missing(response)
        return response

    @property
    def weights(self) -> NDArray[np.float64] | None:
        """Sampling weights; None when there are none, or all are one."""
        name = self.supplied.weights
        if name is None:
            return None
        weights = self.data[name].to_numpy(dtype=float)
        bad = ~(np.isfinite(weights) & (weights >= 0))
        if bad.any():
            first = int(np.argmax(bad))
            msg = (
                f"{self.what} has {weights[first]:g} for the weights {name!r} in row "
                f"{plain(self.data.index[first])!r}; weights must be finite and not negative."
            )
            raise ArgumentError(msg)
        return None if np.all(weights == 1) else weights

    def refuse_missing(self, name: str) -> None:
        """Refuse a column with missing values."""
        missing = int(self.data[name].isna().sum())
        if missing:
            msg = (
                f"{self.what}: {missing} of {len(self.data)} values of {name!r} are missing. Give "
                "with_data() the rows that the model was fitted to."
            )
            raise DataMismatchError(msg)

    def refuse_response(self, columns: tuple[str, ...]) -> None:
        """Refuse a response among the regressors."""
        if self.supplied.response in columns:
            msg = (
                f"{self.what} has its response {self.supplied.response!r} among its regressors "
                f"{list(columns)!r}."
            )
            raise DataMismatchError(msg)

    def predictions(self, model: MediationModel, columns: tuple[str, ...]) -> NDArray[Any]:
        """Return the model's predictions for the data, finite and one, or one row of them, for each row."""
        try:
            predicted = np.asarray(model.predict(self.data[list(columns)]), dtype=float)
        except Exception as error:  # whatever a learner of any library may raise
            said = f"{type(error).__name__}: {said_by(error)}".strip().partition("\n")[0]
            msg = (
                f"{self.what} cannot predict the rows of data= from the columns {list(columns)!r} ({said}). "
                "Give the columns and rows that it was fitted to."
            )
            raise DataMismatchError(msg) from error
        good = predicted.ndim in (1, 2) and len(predicted) == len(self.data)
        if not (good and np.all(np.isfinite(predicted))):
            msg = (
                f"{self.what} must predict a finite value, or a row of probabilities, for each of the "
                f"{len(self.data)} rows of data=; got shape {predicted.shape}"
                f"{', with values that are not finite' if good else ''}."
            )
            raise DataMismatchError(msg)
        return predicted
