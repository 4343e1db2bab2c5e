"""The arguments of ``mediations``, checked before anything is fitted."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from pymediation.compat import CompatLedger
from pymediation.errors import (
    ArgumentError,
    ArgumentTypeError,
    UnknownArgumentError,
    UnknownNameError,
    did_you_mean,
)
from pymediation.formula import parse_formula
from pymediation.formula.nodes import names_in
from pymediation.mediation import mediate
from pymediation.setting.options import check_choice, check_fraction, closest, flag
from pymediation.warn import warn

__all__ = ["BY_ROW", "FAMILIES", "Batch", "read_batch"]

FAMILIES: Final = {
    "mediator": ("gaussian", "binomial", "oprobit", "quantile"),
    "outcome": ("gaussian", "binomial", "oprobit", "quantile", "tobit"),
}
"""R's names of the models that can be fitted for either role."""

BY_ROW: Final = ("cluster", "strata")
"""Options with a value for each row, which can name a column."""

_WEIGHT: Final = "weight"  # the name of R's own weight column
# Arguments of mediate() that are set for each analysis, and how they are spelt here.
_SPELT_HERE: Final = {
    "treat": "Name the treatments in treatment=.",
    "mediator": "Name the mediators in mediators=.",
    "model_m": "The models are fitted by mediations(); choose them by families=.",
    "model_y": "The models are fitted by mediations(); choose them by families=.",
    "data": "Give the data as datasets={'name': data}.",
}


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Checked arguments; names and meanings are those of ``mediations``.

    Attributes
    ----------
    datasets : dict of str to DataFrame
        As many as there are treatments.
    treatments, mediators, outcomes : tuple of str
        Columns.
    covariates : str or None
        Right-hand side of a formula.
    families : tuple of str
        Of the mediator model and of the outcome model.
    taus : tuple of float
        Quantiles of the mediator model and of the outcome model.
    limits : tuple of float
        Where a tobit outcome is cut off.
    weights : str or None
        Column of weights.
    options : dict
        Arguments for every call of ``mediate``.
    """

    datasets: dict[str, pd.DataFrame]
    treatments: tuple[str, ...]
    mediators: tuple[str, ...]
    outcomes: tuple[str, ...]
    covariates: str | None
    families: tuple[str, str]
    taus: tuple[float, float]
    limits: tuple[float, float]
    interaction: bool
    weights: str | None
    options: dict[str, Any]


def read_batch(arguments: Mapping[str, Any], options: Mapping[str, Any], ledger: CompatLedger) -> Batch:
    """Check the arguments of a call.

    Parameters
    ----------
    arguments : mapping of str to object
        All named arguments of ``mediations``.
    options : mapping of str to object
        Further arguments, meant for ``mediate``.
    ledger : CompatLedger
        Whether to take R's weights.

    Returns
    -------
    Batch

    Raises
    ------
    ArgumentError, ArgumentTypeError, UnknownArgumentError, UnknownNameError
    """
    _check_options(options, tuple(arguments))
    datasets = _datasets(arguments["datasets"])
    treatments = _columns(arguments["treatment"], "treatment")
    _check_pairing(tuple(datasets), treatments)
    families = _families(arguments["families"])
    batch = Batch(
        datasets=datasets,
        treatments=treatments,
        mediators=_columns(arguments["mediators"], "mediators"),
        outcomes=_columns(arguments["outcome"], "outcome"),
        covariates=_covariates(arguments["covariates"]),
        families=families,
        taus=(check_fraction(arguments["tau_m"], "tau_m"), check_fraction(arguments["tau_y"], "tau_y")),
        limits=_limits(arguments["LowerY"], arguments["UpperY"], tobit=families[1] == "tobit"),
        interaction=flag(arguments["interaction"], "interaction"),
        weights=_weights(arguments["weights"], families, datasets, ledger),
        options=dict(options)
        | {name: arguments[name] for name in ("sims", "boot", "conf_level", "n_jobs", "progress", "compat")},
    )
    _check_columns(batch)
    _warn_about_unused(arguments, families)
    return batch


def _check_options(options: Mapping[str, Any], own: tuple[str, ...]) -> None:
    """Refuse arguments that neither function has."""
    further = [name for name in inspect.signature(mediate).parameters if name not in (*own, *_SPELT_HERE)]
    accepted = (*own, *further)
    for name in options:
        if name not in further or name == "unknown":
            advice = _SPELT_HERE.get(name) or closest(name, accepted).strip()
            raise UnknownArgumentError(f"mediations() has no argument {name!r}. {advice}".rstrip())


def _datasets(given: object) -> dict[str, pd.DataFrame]:
    """Return the named data sets."""
    remedy = "Give a dict of DataFrames, such as datasets={'jobs': jobs}."
    if not isinstance(given, Mapping) or isinstance(given, pd.DataFrame):
        what = (
            "one DataFrame without a name" if isinstance(given, pd.DataFrame) else repr(type(given).__name__)
        )
        raise ArgumentTypeError(f"datasets must map names to data sets; got {what}. {remedy}")
    if not given:
        raise ArgumentError(f"datasets is empty. {remedy}")
    for name, data in given.items():
        if not isinstance(data, pd.DataFrame):
            raise ArgumentTypeError(f"datasets[{name!r}] must be a DataFrame; got {type(data).__name__}.")
    return {str(name): data for name, data in given.items()}


def _columns(given: object, argument: str) -> tuple[str, ...]:
    """Return one or more names of columns."""
    if isinstance(given, str):
        return (given,)
    names = tuple(given) if isinstance(given, Iterable) and not isinstance(given, Mapping) else ()
    if not names or not all(isinstance(name, str) for name in names):
        raise ArgumentTypeError(
            f"{argument} must be the name of a column, or a list of names; got {given!r}."
        )
    return names


def _check_pairing(datasets: tuple[str, ...], treatments: tuple[str, ...]) -> None:
    """Refuse numbers of treatments and data sets that differ: they are paired by position."""
    if len(datasets) == len(treatments):
        return
    msg = (
        f"The i-th treatment is analysed in the i-th data set, but there are {len(treatments)} treatments "
        f"({', '.join(treatments)}) and {len(datasets)} data sets ({', '.join(datasets)}). Name a treatment "
        "once for each of its data sets, and a data set once for each of its treatments, such as "
        "datasets={'a': data, 'b': data}, treatment=['a', 'b']."
    )
    raise ArgumentError(msg)


def _covariates(given: object) -> str | None:
    """Return the terms of the covariates."""
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    terms = given if isinstance(given, str) else " + ".join(_columns(given, "covariates"))
    if "~" in terms:
        msg = (
            f"covariates={given!r} is a whole formula; give its right-hand side only, such as 'age + sex'. "
            "(Values at which covariates are held are given to mediate().)"
        )
        raise ArgumentError(msg)
    return terms


def _families(given: object) -> tuple[str, str]:
    """Return the families of the mediator model and of the outcome model."""
    if isinstance(given, str) or not isinstance(given, Iterable) or len(pair := tuple(given)) != 2:
        msg = f"families must be two names, of the mediator and of the outcome model; got {given!r}."
        raise ArgumentTypeError(msg)
    for family, (role, accepted) in zip(pair, FAMILIES.items(), strict=True):
        if family not in accepted:
            msg = f"mediations does not support the model {family!r} for the {role}"
            check_choice(family, f"{msg}: families[{0 if role == 'mediator' else 1}]", accepted)
    return pair


def _limits(lower: object, upper: object, *, tobit: bool) -> tuple[float, float]:
    """Return the limits of a tobit model; None is no limit."""
    if tobit and lower is None and upper is None:
        msg = "A tobit outcome needs LowerY=, UpperY=, or both: where the outcome is cut off."
        raise ArgumentError(msg)
    try:
        low = float("-inf") if lower is None else float(lower)  # type: ignore[arg-type]
        high = float("inf") if upper is None else float(upper)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        msg = f"LowerY and UpperY must be numbers or None; got {lower!r} and {upper!r}."
        raise ArgumentTypeError(msg) from None
    if tobit and not low < high:
        msg = f"LowerY must be below UpperY; got LowerY={lower!r} and UpperY={upper!r}."
        raise ArgumentError(msg)
    return low, high


def _warn_about_unused(arguments: Mapping[str, Any], families: tuple[str, str]) -> None:
    """Warn about arguments of families that were not asked for."""
    needs = {
        "LowerY": (1, "tobit"),
        "UpperY": (1, "tobit"),
        "tau_m": (0, "quantile"),
        "tau_y": (1, "quantile"),
    }
    for name, (place, family) in needs.items():
        unset = 0.5 if family == "quantile" else None
        if arguments[name] != unset and families[place] != family:
            warn(
                f"mediations: {name}={arguments[name]!r} is not used, because families[{place}] is "
                f"{families[place]!r} and not {family!r}."
            )


def _weights(
    given: object, families: tuple[str, str], datasets: Mapping[str, pd.DataFrame], ledger: CompatLedger
) -> str | None:
    """Return the column of weights, under `compat="R"` the one that R would use."""
    if given is None:
        return None
    if not isinstance(given, str):
        msg = f"weights must be the name of a column of the data; got {type(given).__name__}."
        raise ArgumentTypeError(msg)
    if "quantile" in families:
        msg = "Weights are not supported with quantile regression, as in R. Leave out weights= or the family."
        raise ArgumentError(msg)
    shadowed = given != _WEIGHT and any(_WEIGHT in data for data in datasets.values())
    return _WEIGHT if shadowed and ledger.follow_r("weight-column") else given


def _check_columns(batch: Batch) -> None:
    """Refuse names that are not columns of the data set they are needed in."""
    shared = {"mediators": batch.mediators, "outcome": batch.outcomes, "covariates": _variables(batch)}
    by_row = {"weights": batch.weights} | {name: batch.options.get(name) for name in BY_ROW}
    shared |= {argument: (name,) for argument, name in by_row.items() if isinstance(name, str)}
    for (dataset, data), treatment in zip(batch.datasets.items(), batch.treatments, strict=True):
        for argument, names in {"treatment": (treatment,), **shared}.items():
            for name in names:
                if name not in data.columns:
                    hint = did_you_mean(name, map(str, data.columns))
                    msg = f"{argument}: {name!r} is not a column of the data set {dataset!r}.{hint}"
                    raise UnknownNameError(msg)


def _variables(batch: Batch) -> tuple[str, ...]:
    """Return the columns that the covariates' terms name."""
    if batch.covariates is None:
        return ()
    return tuple(name for name in names_in(parse_formula(f"~ {batch.covariates}").rhs) if name != ".")
