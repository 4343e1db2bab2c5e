"""Check the options of ``mediate`` that do not depend on the models."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from numbers import Integral
from typing import Any, Final, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.errors import (
    ArgumentError,
    ArgumentTypeError,
    DataMismatchError,
    PymediationWarning,
    UnknownArgumentError,
    UnknownNameError,
    did_you_mean,
)
from pymediation.fits.robust import HC_TYPES, HCType
from pymediation.pairing import Pair

__all__ = [
    "check_choice",
    "check_fraction",
    "check_hc_type",
    "check_sims",
    "cluster_codes",
    "flag",
    "jobs_from_r",
    "strata_codes",
    "unknown_arguments",
    "warn",
]


_FEW_DRAWS = 500
_FEW_BCA_DRAWS = 1000

# Arguments of other functions that scripts pass along, and what to say.
_FOREIGN: Final = {
    "data": "the data are those of the fitted models",
    "na_action": "missing rows are handled when the models are fitted, or by dropobs=True",
    "weights": "weights are those of the fitted models",
    "subset": "choose rows when the models are fitted",
    "family": "the family is that of the fitted models",
    "seed": "use rng=, or set_seed() before the call",
    "alpha": "use conf_level= (1 - alpha)",
    "n_boot": "use boot=True with sims=",
}


def warn(message: str, stacklevel: int = 4) -> None:
    """Issue a warning of the package, attributed to the caller of ``mediate``."""
    warnings.warn(message, PymediationWarning, stacklevel=stacklevel)


def flag(value: object, name: str) -> bool:
    """Return a truth value given as bool, NumPy bool or 0/1."""
    if isinstance(value, (bool, np.bool_)) or (isinstance(value, Integral) and value in (0, 1)):
        return bool(value)
    msg = f"{name} must be True or False; got {value!r}."
    raise ArgumentTypeError(msg)


def check_sims(sims: object, *, boot: bool, boot_ci_type: str) -> int:
    """Return the number of draws, a positive whole number; warn when it is small."""
    if isinstance(sims, bool) or not isinstance(sims, (int, float, np.integer, np.floating)):
        msg = f"sims must be a whole number of draws, such as 1000; got {sims!r}."
        raise ArgumentTypeError(msg)
    if not float(sims).is_integer() or sims < 1:
        msg = f"sims must be a whole number of at least 1; got {sims!r}."
        raise ArgumentError(msg)
    count = int(sims)
    few = _FEW_BCA_DRAWS if boot and boot_ci_type == "bca" else _FEW_DRAWS
    if count < few:
        warn(
            f"sims={count} is few: p-values are multiples of {2 / count:.2g} and interval limits vary from "
            "run to run. "
            f"Use {few} or more for results to be reported."
        )
    return count


def check_fraction(value: object, name: str) -> float:
    """Return a number strictly between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        msg = f"{name} must be a number between 0 and 1, such as 0.95; got {value!r}."
        raise ArgumentTypeError(msg)
    if not 0 < value < 1:
        hint = f" Did you mean {float(value) / 100:g}?" if 1 < value < 100 else ""
        msg = f"{name} must lie between 0 and 1; got {value!r}.{hint}"
        raise ArgumentError(msg)
    return float(value)


def check_choice(value: object, name: str, accepted: tuple[str, ...]) -> str:
    """Return one of the accepted words."""
    if value not in accepted:
        hint = did_you_mean(str(value), accepted)
        msg = f"{name} must be one of {', '.join(map(repr, accepted))}; got {value!r}.{hint}"
        raise ArgumentError(msg)
    return str(value)


def check_hc_type(value: object) -> HCType:
    """Return a kind of heteroskedasticity-consistent covariance; "HC" is R's other name of HC0."""
    given = "HC0" if value == "HC" else value
    for accepted in HC_TYPES:
        if given == accepted:
            return accepted
    msg = (
        f"type must be one of {', '.join(map(repr, HC_TYPES))}; got "
        f"{value!r}.{did_you_mean(str(value), HC_TYPES)}"
    )
    raise ArgumentError(msg)


def jobs_from_r(n_jobs: object, parallel: object, ncpus: object) -> int:
    """Return the number of threads from our `n_jobs` or from R's `parallel` and `ncpus`."""
    check_choice(parallel, "parallel", ("no", "multicore", "snow"))
    for value, name in ((n_jobs, "n_jobs"), (ncpus, "ncpus")):
        if (
            isinstance(value, bool)
            or not isinstance(value, Integral)
            or value == 0
            or (name == "ncpus" and value < 1)
        ):
            msg = (
                f"{name} must be a whole number of threads{' (-1: all)' if name == 'n_jobs' else ''}; got "
                f"{value!r}."
            )
            raise ArgumentError(msg)
    return int(ncpus) if parallel != "no" and n_jobs == 1 else int(n_jobs)  # type: ignore[call-overload]


def unknown_arguments(unknown: Mapping[str, object], known: tuple[str, ...]) -> None:
    """Refuse arguments that do not exist, suggesting the closest one; R's `INT` is only warned about."""
    for name in unknown:
        if name == "INT":
            warn("INT is ignored, as in R: interactions are found in the formula of the outcome model.")
            continue
        _refuse_unknown(name, known)


def _refuse_unknown(name: str, known: tuple[str, ...]) -> NoReturn:
    """Raise for one unknown argument."""
    suggestion = did_you_mean(name, known) or f" Its arguments are {', '.join(known)}."
    hint = f": {_FOREIGN[name]}." if name in _FOREIGN else f".{suggestion}"
    msg = f"mediate() has no argument {name!r}{hint}"
    raise UnknownArgumentError(msg)


def cluster_codes(cluster: object, pair: Pair, given_rows: int) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """Return the cluster of each row used, as codes and as labels.

    Parameters
    ----------
    cluster : array_like, Series or str
        One identifier per row used, or per row of the data frame the models were fitted to; or the name of a
        column of a model's data.
    pair : Pair
    given_rows : int
        Rows of the outcome model as it was given, before rows were dropped.
    """
    labels = _cluster_labels(cluster, pair, given_rows)
    codes, _ = pd.factorize(labels, sort=True)
    if np.any(codes < 0):
        msg = f"cluster has {int(np.sum(codes < 0))} missing values; every row needs a cluster."
        raise ArgumentError(msg)
    if codes.max() < 1:
        msg = "cluster has one value only; a cluster-robust covariance needs at least two clusters."
        raise ArgumentError(msg)
    return codes, np.asarray(labels)


def _cluster_labels(cluster: object, pair: Pair, given_rows: int) -> pd.Series:
    """Match cluster identifiers with the rows used."""
    if isinstance(cluster, str):
        return _cluster_column(cluster, pair)
    if isinstance(cluster, pd.DataFrame) or np.ndim(cluster) != 1:  # type: ignore[arg-type]
        msg = "cluster must be one vector of identifiers; combine several columns into one first."
        raise ArgumentTypeError(msg)
    values = pd.Series(cluster).reset_index(drop=True)
    rows = {given_rows: pair.kept, pair.outcome.n: np.arange(pair.outcome.n)}.get(len(values))
    if rows is None and len(values) > int(pair.outcome.positions.max()):
        rows = (
            pair.outcome.positions
        )  # one per row of the data frame; rows with missing values are passed over
    if rows is None:
        msg = (
            f"cluster has {len(values)} values, but the outcome model has {given_rows} rows. Give one per "
            "row."
        )
        raise DataMismatchError(msg)
    return values.iloc[rows].reset_index(drop=True)


def _cluster_column(name: str, pair: Pair) -> pd.Series:
    """Look a cluster column up in the data the outcome model was fitted to."""
    data = getattr(getattr(pair.outcome.source, "model", None), "data", None)
    frame = getattr(data, "frame", None)
    if not isinstance(frame, pd.DataFrame) or name not in frame.columns:
        columns = [] if not isinstance(frame, pd.DataFrame) else [str(column) for column in frame.columns]
        msg = (
            f"cluster={name!r} is not a column of the outcome model's data.{did_you_mean(name, columns)} "
            "Give a column or a vector."
        )
        raise UnknownNameError(msg)
    return frame[name].iloc[pair.outcome.positions].reset_index(drop=True)


def strata_codes(strata: object, n: int) -> NDArray[np.intp]:
    """Return the stratum of each row as codes in ascending order of its value."""
    values = pd.Series(strata)
    if len(values) != n:
        msg = f"strata has {len(values)} values, but the models have {n} rows. Give one per row."
        raise DataMismatchError(msg)
    codes, _ = pd.factorize(values, sort=True)
    if np.any(codes < 0):
        msg = "strata has missing values; every row needs a stratum."
        raise ArgumentError(msg)
    return codes
