"""Read fitted estimators with the interface of scikit-learn, mord's among them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pymediation.adapters.estimator_model import EstimatorModel
from pymediation.adapters.given import Given
from pymediation.columns import is_factor, levels_of, plain
from pymediation.errors import ArgumentError, DataMismatchError, UnknownNameError, UnsupportedModelError
from pymediation.warn import warn

__all__ = ["read_estimator"]

# The models of mord that are read; the others have no probabilities of categories.
_MORD = ("LogisticAT", "LogisticIT")
# Residuals below this share of the response's spread are zero; so many of them are no noise to draw from.
_NO_RESIDUAL = 1e-8
# Squared errors of predictions in units of those of the mean, beyond which they are of something else.
_WORSE = 1.05
_TOO_MANY = 0.5


def read_estimator(given: Given) -> EstimatorModel:
    """Return a fitted estimator as a model that refits, predicts and draws.

    Parameters
    ----------
    given : Given

    Returns
    -------
    EstimatorModel

    Raises
    ------
    UnsupportedModelError
        Not fitted, no regressor or classifier, without probabilities, weights or, for mord, with a penalty.
    ArgumentError, UnknownNameError, DataMismatchError
        Columns or rows that are not those of the fit.
    """
    _refuse_unfitted(given)
    _refuse_other_tasks(given)
    _refuse_of_mord(given)
    response, weights = given.response, given.weights
    columns, framed = _columns(given)
    weights_name = None if weights is None else _weights_name(given)
    classes = _classes(given, response)
    model = EstimatorModel(given.supplied.model, columns, response, framed, weights_name, classes)
    predicted = given.predictions(model, columns)
    if classes is not None:
        _warn_worse_than_the_mean(given, model, predicted)
        return model
    if predicted.ndim != 1:
        msg = f"{given.what} predicts {predicted.shape[1]} responses; one is needed, {response!r}."
        raise UnsupportedModelError(msg)
    if is_factor(given.data[response]):
        msg = f"{given.what} is a regressor, but its response {response!r} is not numeric. Use a classifier."
        raise DataMismatchError(msg)
    _warn_two_values(given, response)
    _warn_worse_than_the_mean(given, model, predicted)
    if given.role == "outcome":
        return model
    model = model.with_residuals(given.data, weights)
    _warn_no_residuals(given, model)
    return model


def _refuse_unfitted(given: Given) -> None:
    """Refuse an estimator that was not fitted."""
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(given.supplied.model)
    except NotFittedError as error:
        msg = f"{given.what} is not fitted: call its fit(); the estimates are those of the fitted object."
        raise UnsupportedModelError(msg) from error
    except AttributeError:  # without scikit-learn's tags; whether it is fitted, its predictions will show
        pass


def _refuse_other_tasks(given: Given) -> None:
    """Refuse estimators that say that they are neither regressors nor classifiers."""
    model: Any = given.supplied.model
    task = getattr(model, "_estimator_type", None)
    if task is None and hasattr(model, "__sklearn_tags__"):
        task = model.__sklearn_tags__().estimator_type
    if task not in (None, "regressor", "classifier"):
        raise UnsupportedModelError(f"{given.what} is a {task}; a regressor or a classifier is needed.")


def _last_step(model: Any) -> Any:
    """Return the estimator at the end of a pipeline."""
    steps = getattr(model, "steps", None)
    return _last_step(steps[-1][1]) if steps else model


def _refuse_of_mord(given: Given) -> None:
    """Refuse models of mord without probabilities, and those that shrink unless that is meant."""
    last = _last_step(given.supplied.model)
    if type(last).__module__.split(".")[0] != "mord":
        return
    name = type(last).__qualname__
    if name not in _MORD:
        raise UnsupportedModelError(
            f"{given.what}: of mord, {' and '.join(_MORD)} are supported, not {name}."
        )
    if last.alpha != 0 and not given.supplied.penalised:
        msg = (
            f"{given.what} was fitted with alpha={last.alpha:g}: penalised estimates, shrunk towards 0, and "
            f"the effects with them. Refit with {name}(alpha=0), or say that it is meant: "
            "with_data(..., penalised=True)."
        )
        raise UnsupportedModelError(msg)
    if name == "LogisticIT":
        warn(
            f"{given.what} minimises a margin loss: its predict_proba() does not estimate the probabilities "
            "of categories, and effects can be far too small. Use LogisticAT, or OrderedModel of "
            "statsmodels."
        )


def _columns(given: Given) -> tuple[tuple[str, ...], bool]:
    """Return the regressors of an estimator, and whether it is given them as a DataFrame."""
    estimator, named = given.supplied.model, given.supplied.columns
    known = getattr(estimator, "feature_names_in_", None)
    if known is None and named is None:
        msg = (
            f"{given.what} does not know the names of its regressors: give them in the order of the fit, "
            "with_data(..., columns=[...]), or fit it to a DataFrame."
        )
        raise ArgumentError(msg)
    columns = tuple(named or ()) if known is None else tuple(str(name) for name in known)
    if named is not None and columns != named:
        msg = f"{given.what} was fitted to the columns {list(columns)!r}; columns= gives {list(named)!r}."
        raise DataMismatchError(msg)
    absent = [name for name in columns if name not in given.data.columns]
    if absent:
        msg = f"{given.what} was fitted to the column {absent[0]!r}, which data= does not have."
        raise UnknownNameError(msg)
    width = getattr(estimator, "n_features_in_", len(columns))
    if width != len(columns):
        msg = f"{given.what} was fitted to {width} columns; columns= names {len(columns)}: {list(columns)!r}."
        raise DataMismatchError(msg)
    given.refuse_response(columns)
    # What was fitted to an array complains about names; a pipeline that counts no columns may select by name.
    unnamed = hasattr(estimator, "n_features_in_") or type(estimator).__module__.startswith("mord")
    return columns, known is not None or not unnamed


def _weights_name(given: Given) -> str:
    """Return the argument of the estimator's fit that takes sampling weights."""
    from sklearn.utils.validation import has_fit_parameter

    steps, prefix = getattr(given.supplied.model, "steps", None), ""
    last = given.supplied.model
    while steps:
        name, last = steps[-1]
        prefix, steps = f"{prefix}{name}__", getattr(last, "steps", None)
    if has_fit_parameter(last, "sample_weight"):
        return f"{prefix}sample_weight"
    msg = (
        f"{given.what} cannot be refitted with weights={given.supplied.weights!r}: its fit() has no "
        "sample_weight. Use an estimator that takes weights, or leave weights= out."
    )
    raise UnsupportedModelError(msg)


def _classes(given: Given, response: str) -> NDArray[Any] | None:
    """Return the classes of a classifier, which must be the values of the response; None for a regressor."""
    estimator = given.supplied.model
    found = getattr(estimator, "classes_", None)
    if found is None:
        return None
    if not hasattr(estimator, "predict_proba"):
        msg = (
            f"{given.what} is a classifier without predict_proba(), but effects need probabilities. Set its "
            "probability option if it has one, or fit it within sklearn.calibration.CalibratedClassifierCV."
        )
        raise UnsupportedModelError(msg)
    classes, values = np.asarray(found), levels_of(given.data[response])
    if classes.ndim != 1 or classes.size < 2 or set(classes.tolist()) != set(values):
        msg = (
            f"{given.what} was fitted to the classes {[plain(c) for c in found]!r}, but its response "
            f"{response!r} has {[plain(value) for value in values]!r} in data=. Give the rows and the "
            "response, of two or more classes, that it was fitted to."
        )
        raise DataMismatchError(msg)
    return classes


def _warn_worse_than_the_mean(given: Given, model: EstimatorModel, predicted: NDArray[np.float64]) -> None:
    """Warn about predictions that are further from the response than its own mean, or shares, are."""
    response = given.data[model.response].to_numpy()
    observed = response[:, np.newaxis] == model.classes if model.classes is not None else response
    observed = observed.astype(float).reshape(len(response), -1)
    own = np.sum((observed - observed.mean(axis=0)) ** 2)
    if np.sum((observed - predicted.reshape(observed.shape)) ** 2) > _WORSE * own:
        warn(
            f"{given.what} predicts {model.response!r} worse than its own mean does. Was it fitted to "
            "another response, or to other rows than data= has? The estimates are those of the fitted "
            "object, the intervals those of refits to data=."
        )


def _warn_no_residuals(given: Given, model: EstimatorModel) -> None:
    """Warn about a regressor that fits most rows exactly."""
    spread = float(np.std(given.data[model.response].to_numpy(dtype=float)))
    zero = float(np.mean(np.abs(np.asarray(model.residuals)) <= _NO_RESIDUAL * spread))
    if zero > _TOO_MANY:
        warn(
            f"{given.what} fits {zero:.0%} of its rows exactly, so that mediators are drawn almost without "
            "noise: the learner has learnt the noise itself. Use one with more regularisation (larger "
            "leaves, more neighbours)."
        )


def _warn_two_values(given: Given, response: str) -> None:
    """Warn about a regressor of a two-valued response."""
    if given.data[response].nunique() == 2:
        warn(
            f"{given.what} is a regressor, but its response {response!r} has two values only. Use a "
            "classifier unless values between the two are meant."
        )
