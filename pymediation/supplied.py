"""The data of fitted models that keep none: lifelines, mord, scikit-learn, GPBoost, models of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from pymediation.errors import ArgumentError, ArgumentTypeError, UnknownNameError, did_you_mean

__all__ = ["ModelWithData", "require_column", "with_data"]


@dataclass(frozen=True, slots=True, eq=False)
class ModelWithData:
    """A fitted model beside what it was fitted to; made by :func:`with_data`.

    Attributes
    ----------
    model : object
        The fitted object.
    data : DataFrame
        The rows it was fitted to.
    response : str or None
        Column of the response; None where the fitted object knows it.
    columns : tuple of str, or None
        Columns of the regressors, in the order of the fit; None where the fitted object knows them.
    weights : str or None
        Column of sampling weights.
    penalised : bool
        Whether penalised estimates are meant.
    """

    model: object
    data: pd.DataFrame = field(repr=False)
    response: str | None
    columns: tuple[str, ...] | None
    weights: str | None
    penalised: bool = False


def with_data(
    model: object,
    data: pd.DataFrame,
    response: str | None = None,
    columns: Sequence[str] | None = None,
    *,
    weights: str | None = None,
    penalised: bool = False,
) -> ModelWithData:
    """Hand over the data that a model was fitted to, for a model that does not keep them.

    Fitted lifelines, mord and scikit-learn objects hold estimates only, those of GPBoost numbers without
    names. Effects are averages over the rows of the data, and the bootstrap refits to resamples of them, so
    that :func:`mediate` needs the data too.

    Parameters
    ----------
    model : object
        A fitted model.
    data : DataFrame, n rows
        What it was fitted to: the same rows, with the columns of treatment, mediator and covariates.
    response : str, optional
        Column that the model explains. Models of lifelines know their own.
    columns : sequence of str, optional
        Columns the model was given, in their order. Models of lifelines, and estimators of scikit-learn that
        were fitted to a DataFrame, know their own. (Models of lifelines without a formula sort them by name.
        Coefficients are drawn in the order of `data`, as R would for ``Surv(time, event) ~ .``, or in that of
        `columns`; from a formula in its order.)
    weights : str, optional
        Column of sampling weights, which enter the fit and the averages over rows. Models of lifelines know
        their own.
    penalised : bool
        Accept a mord model with a penalty (``alpha`` other than 0), whose estimates are shrunk towards 0.

    Returns
    -------
    ModelWithData
        What :func:`mediate` takes in the place of the model.

    Raises
    ------
    ArgumentTypeError
        `data` is not a DataFrame.
    UnknownNameError
        A column that the data do not have.
    ArgumentError
        A column name that occurs twice.
    """
    if not isinstance(data, pd.DataFrame):
        msg = f"data must be the DataFrame that the model was fitted to; got {type(data).__name__}."
        raise ArgumentTypeError(msg)
    if isinstance(columns, str):
        msg = (
            f"columns must be a list of column names; got the text {columns!r}. Write columns=[{columns!r}]."
        )
        raise ArgumentTypeError(msg)
    names = None if columns is None else tuple(columns)
    for argument, given in (
        ("response", response),
        ("weights", weights),
        *(("columns", c) for c in names or ()),
    ):
        if given is not None:
            require_column(argument, given, data)
    return ModelWithData(model, data, response, names, weights, bool(penalised))


def require_column(argument: str, name: object, data: pd.DataFrame) -> None:
    """Require that the data have one column of that name.

    Parameters
    ----------
    argument : str
        What named the column.
    name : object
    data : DataFrame
    """
    found = sum(column == name for column in data.columns)
    if not found:
        known = [str(column) for column in data.columns]
        msg = f"{argument}={name!r} is not a column of data, which has {', '.join(map(repr, known))}."
        raise UnknownNameError(msg + did_you_mean(str(name), known))
    if found > 1:
        msg = f"{argument}={name!r} names {found} columns of data. Give each column a name of its own."
        raise ArgumentError(msg)
