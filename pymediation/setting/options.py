"""Check the options of ``mediate`` that do not depend on the models."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.adapters import data_of, rows_of_data
from pymediation.columns import plain
from pymediation.errors import (
    ArgumentError,
    ArgumentTypeError,
    DataMismatchError,
    UnknownArgumentError,
    UnknownNameError,
    did_you_mean,
)
from pymediation.fits.robust import HC_TYPES, HCType
from pymediation.fitted import FittedModel
from pymediation.setting.pairing import Pair
from pymediation.warn import warn

__all__ = [
    "check_choice",
    "check_fraction",
    "check_hc_type",
    "check_positions",
    "check_sims",
    "closest",
    "cluster_codes",
    "codes_of",
    "complete_choice",
    "flag",
    "jobs_from_r",
    "require_nested",
    "row_values",
    "shown",
    "strata_codes",
    "unknown_arguments",
    "whole_sims",
]

_FEW_DRAWS = 500
_FEW_BCA_DRAWS = 1000
# What is asked for by the name of an effect.
_KINDS_OF_EFFECT: Final = {"acme": "indirect", "ade": "direct"}
# Characters of a value that a message shows.
_SHOWN = 60

# Arguments of other functions that scripts pass along, and what to say.
_FOREIGN: Final = {
    "data": "the data are those of the fitted models",
    "na_action": "missing rows are handled when the models are fitted, or by dropobs=True",
    "weights": "weights are those of the fitted models",
    "subset": "choose rows when the models are fitted",
    "family": "the family is that of the fitted models",
    "seed": "use rng=, or set_seed() before the call",
    "alpha": "use conf_level= (1 - alpha)",
    "random_state": "use rng=",
    "n_boot": "use boot=True with sims=",
    "exposure": "name the treatment column, treat=",
}


def flag(value: object, name: str) -> bool:
    """Return a truth value given as bool, NumPy bool or 0/1."""
    if isinstance(value, (bool, np.bool_)) or (isinstance(value, Integral) and value in (0, 1)):
        return bool(value)
    msg = f"{name} must be True or False; got {shown(value)}."
    raise ArgumentTypeError(msg)


def shown(value: object) -> str:
    """Show what was given, of data and other large objects the type."""
    text = repr(value)
    return text if len(text) <= _SHOWN and "\n" not in text else f"a {type(value).__name__}"


def check_positions(sims: object, boot: object) -> None:
    """Refuse what is not a number of draws where the next positions of ``mediate`` after the models are."""
    numeral = isinstance(sims, str) and sims.strip().isdigit()
    if isinstance(sims, pd.DataFrame):
        msg = (
            "The third argument of mediate() is sims, the number of draws; got a DataFrame. The models "
            "come first, fitted; the data are theirs and are not given again."
        )
    elif isinstance(sims, str) and not numeral:
        given = f"{sims!r} and {boot!r}" if isinstance(boot, str) else repr(sims)
        msg = (
            f"After the models come sims and boot, as in R; got {given}. Give columns by name: treat=..., "
            "mediator=..."
        )
    else:
        return
    raise ArgumentTypeError(msg)


def check_sims(sims: object, *, boot: bool, boot_ci_type: str, tests: bool = True) -> int:
    """Return the number of draws, a positive whole number; warn when it is small.

    Without `tests` the warning is about intervals alone.
    """
    count = whole_sims(sims)
    few = _FEW_BCA_DRAWS if boot and boot_ci_type == "bca" else _FEW_DRAWS
    if count < few:
        p_values = f", and a p-value cannot lie between 0 and {min(1, 2 / count):.2g}" if tests else ""
        warn(
            f"sims={count} is few: interval limits vary from run to run{p_values}. Use {few} or more for "
            "results to be reported."
        )
    return count


def whole_sims(sims: object) -> int:
    """Return the number of draws, a positive whole number."""
    if isinstance(sims, bool) or not isinstance(sims, (int, float, np.integer, np.floating)):
        msg = f"sims must be a whole number of draws, such as 1000; got {shown(sims)}."
        raise ArgumentTypeError(msg)
    if not float(sims).is_integer() or sims < 1:
        msg = f"sims must be a whole number of at least 1; got {sims!r}."
        raise ArgumentError(msg)
    return int(sims)


def check_fraction(value: object, name: str) -> float:
    """Return a number strictly between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        msg = f"{name} must be a number between 0 and 1, such as 0.95; got {value!r}."
        raise ArgumentTypeError(msg)
    if not 0 < value < 1:
        hint = f" Did you mean {float(value) / 100:g}?" if 50 <= value < 100 else ""
        msg = f"{name} must lie between 0 and 1; got {value!r}.{hint}"
        raise ArgumentError(msg)
    return float(value)


def check_choice(value: object, name: str, accepted: tuple[str, ...]) -> str:
    """Return one of the accepted words."""
    if isinstance(value, str) and value in accepted:
        return value
    words = ", ".join(map(repr, accepted))
    msg = f"{name} must be one of {words}; got {value!r}.{_suggestion(value, accepted)}"
    raise (ArgumentError if isinstance(value, str) else ArgumentTypeError)(msg)


def complete_choice(value: object, name: str, accepted: tuple[str, ...]) -> str:
    """Return the accepted word that a value is, or of which it is an unambiguous beginning."""
    words = [word for word in accepted if isinstance(value, str) and value and word.startswith(value)]
    if isinstance(value, str) and value in accepted:
        return value
    if len(words) != 1:
        listed = ", ".join(map(repr, accepted))
        hint = _suggestion(value, accepted)
        msg = f"{name} must be one of {listed}, or an unambiguous beginning of one; got {value!r}.{hint}"
        raise (ArgumentError if isinstance(value, str) else ArgumentTypeError)(msg)
    return words[0]


def _suggestion(value: object, accepted: tuple[str, ...]) -> str:
    """Return "Did you mean ...?" for a word that is close to an accepted one, whatever its case."""
    if not isinstance(value, str):
        return ""
    by_case = {effect: word for effect, word in _KINDS_OF_EFFECT.items() if word in accepted}
    by_case |= {word.lower(): word for word in accepted}
    if value.lower() in by_case:
        return f" Did you mean {by_case[value.lower()]!r}?"
    return did_you_mean(value, accepted)


def check_hc_type(value: object) -> HCType:
    """Return a kind of heteroskedasticity-consistent covariance; "HC" is R's other name of HC0."""
    given = check_choice("HC0" if isinstance(value, str) and value == "HC" else value, "type", HC_TYPES)
    return next(accepted for accepted in HC_TYPES if accepted == given)


def jobs_from_r(n_jobs: object, parallel: object, ncpus: object) -> int:
    """Return the number of threads from our `n_jobs` or from R's `parallel` and `ncpus`."""
    check_choice(parallel, "parallel", ("no", "multicore", "snow"))
    jobs, cores = _threads(n_jobs, "n_jobs", or_all=True), _threads(ncpus, "ncpus", or_all=False)
    return cores if parallel != "no" and jobs == 1 else jobs


def _threads(value: object, name: str, *, or_all: bool) -> int:
    """Return a number of threads."""
    accepted = f"{name} must be a whole number of threads, 1 or more{', or -1 for all' if or_all else ''}"
    if isinstance(value, bool) or not isinstance(value, Integral):
        msg = f"{accepted}; got {value!r}."
        raise ArgumentTypeError(msg)
    if value < 1 and not (or_all and value == -1):
        msg = f"{accepted}; got {int(value)}."
        raise ArgumentError(msg)
    return int(value)


def unknown_arguments(
    unknown: Mapping[str, object],
    known: tuple[str, ...],
    *,
    function: str = "mediate",
    models: str = "model_m, model_y",
) -> None:
    """Refuse arguments that do not exist, suggesting the closest one; R's `INT` is only warned about."""
    for name in unknown:
        if name == "INT" and function == "mediate":
            warn("INT is ignored, as in R: interactions are found in the formula of the outcome model.")
            continue
        every = f" Its arguments are {models}, {', '.join(known)}."
        hint = f": {_FOREIGN[name]}." if name in _FOREIGN else f".{closest(name, known) or every}"
        msg = f"{function}() has no argument {name!r}{hint}"
        raise UnknownArgumentError(msg)


def closest(name: str, known: tuple[str, ...]) -> str:
    """Suggest the one argument that starts like this, or the most similar."""
    starting = [word for word in known if word.startswith(name)]
    return f" Did you mean {starting[0]!r}?" if len(starting) == 1 else did_you_mean(name, known)


def cluster_codes(cluster: object, pair: Pair) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """Return the cluster of each row used, as codes and as labels.

    Parameters
    ----------
    cluster : array_like, Series or str
        One identifier per row; see `row_values`.
    pair : Pair
    """
    labels = row_values(cluster, "cluster", pair)
    codes = codes_of(labels, "cluster")
    if codes.max() < 1:
        msg = (
            f"cluster has one value only ({plain(labels.iloc[0])!r}); a cluster-robust covariance needs at "
            "least two clusters."
        )
        raise ArgumentError(msg)
    return codes, np.asarray(labels)


def strata_codes(strata: object, pair: Pair) -> NDArray[np.intp]:
    """Return the stratum of each row used, as codes in ascending order of its value.

    Parameters
    ----------
    strata : array_like, Series or str
        One identifier per row; see `row_values`.
    pair : Pair
    """
    return codes_of(row_values(strata, "strata", pair), "strata")


def require_nested(clusters: NDArray[np.intp], strata: NDArray[np.intp]) -> None:
    """Refuse clusters with rows in several strata, which cannot be resampled within them.

    Parameters
    ----------
    clusters, strata : ndarray of int, shape (n,)
    """
    pairs = np.unique(np.column_stack([clusters, strata]), axis=0)
    split = int(np.sum(np.bincount(pairs[:, 0]) > 1))
    if split:
        msg = (
            f"{split} of {int(clusters.max()) + 1} clusters have rows in more than one stratum. Whole "
            "clusters are resampled within strata: give strata that contain whole "
            "clusters, or leave strata= out."
        )
        raise DataMismatchError(msg)


def codes_of(labels: pd.Series, name: str) -> NDArray[np.intp]:
    """Return the place of each label among the distinct ones in ascending order."""
    codes, _ = pd.factorize(labels, sort=True)
    missing = int(np.sum(codes < 0))
    if missing:
        msg = (
            f"{name} has {missing} missing values; every row used needs one. Drop these rows before fitting, "
            "or give them a value of their own."
        )
        raise ArgumentError(msg)
    return codes


def row_values(values: object, name: str, pair: Pair) -> pd.Series:
    """Match a variable with the rows used.

    A Series that has a value for the label of every row used is matched by label. Other vectors have one
    value per row used, per row of the outcome model as it was given, or per row of its data frame.
    """
    if isinstance(values, str):
        return _column_values(values, name, pair.outcome)
    shape = np.asarray(values).shape
    if len(shape) != 1:
        given = f"a {type(values).__name__} of shape {shape}" if shape else repr(values)
        msg = (
            f"{name} must be one vector, or the name of a column; got {given}. Combine several columns into "
            "one first."
        )
        raise ArgumentTypeError(msg)
    index = pair.outcome.index
    if isinstance(values, pd.Series) and values.index.is_unique and bool(index.isin(values.index).all()):
        return values.loc[index].reset_index(drop=True)
    vector = pd.Series(values).reset_index(drop=True)
    return vector.iloc[_places(len(vector), name, pair)].reset_index(drop=True)


def _places(length: int, name: str, pair: Pair) -> NDArray[np.intp]:
    """Return where in a vector of some length the values of the rows used are."""
    outcome, of_data = pair.outcome, rows_of_data(pair.outcome.source)
    if length == pair.given_rows:
        return pair.kept
    if length == outcome.n:
        return np.arange(outcome.n)
    if length == of_data and int(outcome.positions.max()) < length:
        return outcome.positions
    accepted = sorted({outcome.n, pair.given_rows} | ({of_data} if of_data is not None else set()))
    msg = (
        f"{name} has {length} values, but the outcome model has {' or '.join(map(str, accepted))} rows"
        f"{' (those used, and those of its data)' if len(accepted) > 1 else ''}. Give one value per row, or "
        "a Series with the index of the data."
    )
    raise DataMismatchError(msg)


def _column_values(column: str, name: str, outcome: FittedModel) -> pd.Series:
    """Look a column up in the data that the outcome model was fitted to."""
    if column in outcome.frame:
        return outcome.frame[column]
    data = data_of(outcome.source)
    if data is None:
        msg = (
            f"{name}={column!r}: the outcome model keeps no data frame. Give the column itself, as "
            f"{name}=d[{column!r}]."
        )
        raise UnknownNameError(msg)
    if column not in data.columns:
        msg = (
            f"{name}={column!r} is not a column of the outcome model's data."
            f"{did_you_mean(column, map(str, data.columns))} Give the name of a column, or a vector."
        )
        raise UnknownNameError(msg)
    return data[column].iloc[outcome.positions].reset_index(drop=True)
