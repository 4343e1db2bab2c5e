"""Imputed data sets in the forms in which they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, Final

import pandas as pd

from pymediation.errors import ArgumentError, ArgumentTypeError, UnknownNameError, did_you_mean

__all__ = ["imputed_datasets", "is_data"]

_MICE_COLUMN: Final = ".imp"  # what complete(action = "long") of R's mice calls it
_DEFAULT_NUMBER: Final = 10
# As MICE of statsmodels does: rounds before the first data set, and rounds for each.
_BURN_IN: Final = 10
_ROUNDS: Final = 4


def imputed_datasets(
    source: Any, imputation: str | None = None, n_imputations: int | None = None
) -> dict[str, pd.DataFrame]:
    """Return imputed data sets by name, for `mediations` and `amelidiate`.

    Parameters
    ----------
    source : list or dict of DataFrame, DataFrame, or statsmodels MICEData
        Completed data sets; one long frame with a column that numbers them; or statsmodels' sampler, which
        is run on: 10 rounds, and then 4 rounds for each data set, as ``MICE`` of statsmodels does. It draws
        from the ``rng`` that it was made with.
    imputation : str, optional
        The numbering column of a long frame; by default ``".imp"``, as in frames of R's ``mice``. Rows
        numbered 0 that have missing values, the original data, are left out.
    n_imputations : int, optional
        How many data sets to draw from a sampler; 10 by default.

    Returns
    -------
    dict of str to DataFrame
        In order, with the names given or the numbers as names.

    Raises
    ------
    ArgumentError, ArgumentTypeError, UnknownNameError
        If this is no such source, or an argument does not suit it.

    References
    ----------
    van Buuren, S. (2018). Flexible Imputation of Missing Data, 2nd ed. CRC Press.

    Examples
    --------
    >>> import pandas as pd
    >>> long = pd.DataFrame({".imp": [1, 1, 2, 2], "x": [0.1, 0.2, 0.1, 0.3]})
    >>> sets = imputed_datasets(long)
    >>> list(sets), sets["2"]["x"].tolist()
    (['1', '2'], [0.1, 0.3])
    """
    sampled = _is_sampler(source)
    if n_imputations is not None and not sampled:
        raise ArgumentError("n_imputations is for MICEData only: the other sources are data sets already.")
    if imputation is not None and not isinstance(source, pd.DataFrame):
        raise ArgumentError("imputation names a column of one long DataFrame; this source is not one.")
    if sampled:
        return _sampled(source, _DEFAULT_NUMBER if n_imputations is None else n_imputations)
    if isinstance(source, pd.DataFrame):
        sets = _split(source, imputation)
    elif isinstance(source, Mapping):
        sets = {str(name): data for name, data in source.items()}
    elif isinstance(source, Sequence) and not isinstance(source, str):
        sets = {str(number): data for number, data in enumerate(source, start=1)}
    else:
        raise ArgumentTypeError(
            "Imputed data are a list or dict of DataFrames, one long DataFrame with a column that numbers "
            f"the data sets, or MICEData of statsmodels; got {type(source).__name__}."
        )
    _check(sets)
    return sets


def is_data(source: object) -> bool:
    """Tell whether these are data to be analysed, and not results."""
    if isinstance(source, pd.DataFrame) or _is_sampler(source):
        return True
    if not isinstance(source, (Mapping, Sequence)) or isinstance(source, str):
        return False
    parts = source.values() if isinstance(source, Mapping) else source
    return any(isinstance(part, pd.DataFrame) for part in parts)


def _is_sampler(source: object) -> bool:
    """Tell whether this is MICEData, without importing it."""
    return any(base.__name__ == "MICEData" for base in type(source).__mro__)


def _sampled(sampler: Any, number: object) -> dict[str, pd.DataFrame]:
    """Draw data sets from a sampler."""
    if isinstance(number, bool) or not isinstance(number, Integral) or number < 1:
        raise ArgumentError(f"n_imputations must be a whole number of at least 1; got {number!r}.")
    sets = {}
    sampler.update_all(_BURN_IN)
    for place in range(int(number)):
        sampler.update_all(_ROUNDS)
        sets[str(place + 1)] = sampler.data.copy()
    return sets


def _split(data: pd.DataFrame, imputation: str | None) -> dict[str, pd.DataFrame]:
    """Split a long frame by its numbering column."""
    column = _MICE_COLUMN if imputation is None else imputation
    if column not in data.columns:
        given = "" if imputation is None else did_you_mean(column, map(str, data.columns))
        raise UnknownNameError(
            f"The data have no column {column!r} that numbers the imputed data sets.{given} Name it in "
            "imputation=, or give a list of DataFrames."
        )
    if data[column].isna().any():
        raise ArgumentError(f"The column {column!r} has missing values; every row belongs to a data set.")
    pieces = {
        number: rows.drop(columns=column) for number, rows in data.groupby(column, sort=True, observed=True)
    }
    return {
        str(number): rows
        for number, rows in pieces.items()
        if not (number == 0 and len(pieces) > 1 and rows.isna().to_numpy().any())
    }


def _check(sets: Mapping[str, Any]) -> None:
    """Refuse sets that are empty or not data frames."""
    if not sets:
        raise ArgumentError("There are no imputed data sets.")
    for name, data in sets.items():
        if not isinstance(data, pd.DataFrame):
            raise ArgumentTypeError(f"The data set {name!r} must be a DataFrame; got {type(data).__name__}.")
