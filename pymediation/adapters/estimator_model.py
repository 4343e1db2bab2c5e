"""Estimators with the interface of scikit-learn behind :class:`~pymediation.models.MediationModel`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import NotEstimableError
from pymediation.models import MediationModel
from pymediation.streams import NumPyStream

__all__ = ["EstimatorModel"]

FloatArray = NDArray[np.float64]

# Estimators take seeds below this.
_SEEDS = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class EstimatorModel(MediationModel):
    """A fitted regressor or classifier.

    A regressor draws its prediction plus a residual, drawn with replacement from those of the rows it was
    fitted to and shared by both arms: errors are taken to be exchangeable between rows. A classifier draws
    from its predicted probabilities, each arm on its own.

    Attributes
    ----------
    estimator : object
        Fitted.
    columns : tuple of str
        Regressors, in the order of the fit.
    response : str
        Column of the response.
    framed : bool
        Whether the estimator is given a DataFrame, not an array.
    weights_name : str or None
        Argument of ``estimator.fit`` that takes sampling weights.
    classes : ndarray, shape (K,), or None
        Classes of a classifier.
    residuals : ndarray, shape (n,), or None
        Residuals of a regressor that draws mediators.
    chances : ndarray, shape (n,), or None
        Probabilities of drawing each of them; None where all are equal.
    """

    estimator: Any
    columns: tuple[str, ...]
    response: str
    framed: bool
    weights_name: str | None
    classes: NDArray[Any] | None
    residuals: FloatArray | None = None
    chances: FloatArray | None = None

    def fit(self, data: pd.DataFrame, weights: FloatArray | None, rng: np.random.Generator) -> EstimatorModel:
        """Return a fit of a clone to other rows; every parameter ``random_state`` is set from `rng`."""
        from sklearn.base import clone

        estimator = clone(self.estimator)
        states = [name for name in estimator.get_params() if name.split("__")[-1] == "random_state"]
        if states:
            estimator.set_params(**{name: int(rng.integers(_SEEDS)) for name in sorted(states)})
        response = data[self.response].to_numpy()
        if self.classes is not None:
            response = self._of_all_classes(response, self.classes)
        weighting = {} if weights is None or self.weights_name is None else {self.weights_name: weights}
        estimator.fit(self._regressors(data), response, **weighting)
        fitted = replace(self, estimator=estimator)
        return fitted if self.residuals is None else fitted.with_residuals(data, weights)

    def with_residuals(self, data: pd.DataFrame, weights: FloatArray | None) -> EstimatorModel:
        """Return the regressor with its residuals on the rows it was fitted to."""
        residuals = data[self.response].to_numpy(dtype=float) - self.predict(data)
        return replace(
            self, residuals=residuals, chances=None if weights is None else weights / weights.sum()
        )

    def predict(self, data: pd.DataFrame) -> NDArray[Any]:
        """Return means (n,) of a regressor, probabilities (n, K) of a classifier."""
        X = self._regressors(data)
        if self.classes is not None:
            return np.asarray(self.estimator.predict_proba(X), dtype=float)
        predicted = np.asarray(self.estimator.predict(X), dtype=float)
        return predicted[:, 0] if predicted.ndim == 2 and predicted.shape[1] == 1 else predicted

    def draw(
        self, treated: pd.DataFrame, control: pd.DataFrame, rng: np.random.Generator
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Draw both potential mediators of each row."""
        predicted = self.predict(treated), self.predict(control)
        if self.classes is None:
            if self.residuals is None:  # pragma: no cover - mediator models are made with residuals
                raise TypeError
            error = rng.choice(self.residuals, len(treated), p=self.chances)
            return predicted[0] + error, predicted[1] + error
        codes = _draw_codes(np.stack(predicted), NumPyStream(rng))
        return self.classes[codes[0]], self.classes[codes[1]]

    def _regressors(self, data: pd.DataFrame) -> Any:
        """Return what the estimator is given."""
        regressors = data[list(self.columns)]
        return regressors if self.framed else regressors.to_numpy()

    def _of_all_classes(self, response: NDArray[Any], classes: NDArray[Any]) -> NDArray[Any]:
        """Return the response in the type of the classes, after requiring that none is absent."""
        absent = np.setdiff1d(classes, response)
        if absent.size:
            msg = f"class {absent.tolist()[0]!r} of {self.response!r} is absent from the resample"
            raise NotEstimableError(msg)
        return response.astype(classes.dtype)


def _draw_codes(probabilities: FloatArray, stream: NumPyStream) -> NDArray[np.intp]:
    """Draw classes of probabilities (2, n, K) in the order of the parametric models' draws, shape (2, n)."""
    arms, n, K = probabilities.shape
    if K == 2:
        return stream.binomial(1, probabilities[..., 1], size=(arms, n), order="C").astype(np.intp)
    by_row = probabilities.transpose(1, 0, 2).reshape(-1, K)
    return stream.categorical(by_row).reshape(n, arms).T
