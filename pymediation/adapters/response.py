"""The left side of a statsmodels model: its name, values and meaning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.design.expressions import strip_wrappers
from pymediation.errors import UnsupportedModelError
from pymediation.fitted import Role
from pymediation.rows import Response
from pymediation.warn import warn

__all__ = ["ResponseValues", "read_response", "refuse_counts"]

_SYMMETRIC_LINKS = ("Logit", "Probit", "Cauchy")


@dataclass(frozen=True, slots=True)
class ResponseValues:
    """The response of a model as the fit needs it.

    Attributes
    ----------
    response : Response
        Name and levels.
    values : ndarray, shape (n,)
    trials : ndarray, shape (n,), or None
        Numbers of trials behind proportions.
    sign : float
        -1 when the modelled event was exchanged against the object's.
    """

    response: Response
    values: NDArray[np.float64]
    trials: NDArray[np.float64] | None
    sign: float


def read_response(model: Any, text: str, role: Role) -> ResponseValues:
    """Read the response of a statsmodels model.

    Parameters
    ----------
    model : statsmodels model
    text : str
        The left side as written.
    role : {"mediator", "outcome"}

    Notes
    -----
    A factor, boolean or text response of a binomial GLM reaches statsmodels as one column per level, and
    statsmodels models the probability of the *first*; R models the second. For symmetric links the two are
    the same fit with opposite signs, and R's event is taken.
    """
    values = np.asarray(model.endog, dtype=float)
    original = getattr(model.data, "orig_endog", None)
    response = Response(text, strip_wrappers(text))
    if type(model).__name__ == "MNLogit":
        return ResponseValues(replace(response, levels=_categories(model, values)), values, None, 1.0)
    labels = getattr(model, "labels", None)
    if labels is not None:  # an ordered model: codes of its levels
        return ResponseValues(Response(text, response.variable, tuple(labels)), values, None, 1.0)
    if not (isinstance(original, pd.DataFrame) and original.shape[1] == 2):
        return ResponseValues(response, values, None, 1.0)
    prefix = f"{text}["
    names = [str(name) for name in original.columns]
    if not all(name.startswith(prefix) for name in names):
        return _counts(model, response, values, role)
    return _factor(model, response, values, [_level(name, prefix, model) for name in names], role)


def _categories(model: Any, codes: NDArray[np.float64]) -> tuple[object, ...]:
    """Return the value of the response behind each code of a multinomial model.

    The model's own names are texts, in which numbers lose their form; the rows have the values.
    """
    given = np.asarray(model.data.orig_endog, dtype=object).reshape(-1)
    if given.size != codes.size:  # statsmodels keeps the rows that it dropped for missing values
        given = np.delete(given, np.asarray(model.data.missing_row_idx, dtype=np.intp))
    return tuple(given[int(np.argmax(codes == code))] for code in range(int(model.J)))


def refuse_counts() -> NoReturn:
    """Refuse a mediator of successes and failures."""
    msg = (
        "The mediator model has a two-column response (successes and failures). A binomial mediator must be "
        "one 0/1 value per row; expand the counts to one row per trial."
    )
    raise UnsupportedModelError(msg)


def _counts(model: Any, response: Response, values: NDArray[np.float64], role: Role) -> ResponseValues:
    """Read a two-column response of successes and failures."""
    if role == "mediator":
        refuse_counts()
    return ResponseValues(response, values, np.asarray(model.n_trials, dtype=float), 1.0)


def _level(name: str, prefix: str, model: Any) -> object:
    """Return the level behind a column name such as ``y[T.yes]``, in the type of the data."""
    label = name[len(prefix) : -1].removeprefix("T.")
    return {"True": True, "False": False}.get(label, label)


def _factor(
    model: Any, response: Response, values: NDArray[np.float64], levels: list[object], role: Role
) -> ResponseValues:
    """Read a response with two levels, of which statsmodels models the first."""
    exchange = type(model.family.link).__name__ in _SYMMETRIC_LINKS
    zero, one = (levels[0], levels[1]) if exchange else (levels[1], levels[0])
    if role == "outcome":
        besides = f", unlike statsmodels' coefficients, which are on that of {zero!r}" if exchange else ""
        warn(
            f"The response {response.text!r} of the outcome model is a factor with the levels {levels[0]!r} "
            f"and {levels[1]!r}: effects are on the probability of {one!r}{besides}. Code it 0/1 to choose "
            "the event."
        )
    named = Response(response.text, response.variable, (zero, one))
    return ResponseValues(named, 1 - values if exchange else values, None, -1.0 if exchange else 1.0)
