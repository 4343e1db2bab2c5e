"""The function ``amelidiate``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pymediation.batches import MediationsResult, mediations
from pymediation.compat import Compat, CompatLedger
from pymediation.errors import ArgumentError, ArgumentTypeError, DataMismatchError
from pymediation.imputation.results import PooledMediationResult
from pymediation.imputation.sets import imputed_datasets, is_data
from pymediation.imputation.stacking import pooled
from pymediation.results.mediation import MediationResult
from pymediation.results.ordered import OrderedMediationResult
from pymediation.warn import warn

__all__ = ["amelidiate"]

_SAME: Final = (
    "treat",
    "mediator",
    "covariates",
    "control_value",
    "treat_value",
    "INT",
    "boot",
    "conf_level",
)


def amelidiate(
    g: Any,
    treatment: str | None = None,
    mediator: str | None = None,
    outcome: str | None = None,
    *,
    imputation: str | None = None,
    n_imputations: int | None = None,
    df_complete: float | None = None,
    compat: Compat = "fixed",
    **options: Any,
) -> PooledMediationResult:
    r"""Pool mediation analyses of multiply imputed data sets.

    Two answers stand beside each other. *Stacked draws*, R's way: the draws of all data sets together are
    draws of the effects, their means the estimates, their quantiles the intervals. That is right with many
    data sets, but too narrow with few: of m data sets the variance between them counts (1 - 1/m) times and
    not (1 + 1/m) times. *Rubin's rules*, in ``rubin``: the mean of the estimates with the variance

    .. math:: T = \bar U + (1 + 1/m) B,

    :math:`\bar U` being the mean variance of the draws and B the variance of the estimates, and Student's t
    with the degrees of freedom of Rubin (1987), or of Barnard and Rubin (1999) if both models are linear and
    there are no clusters; see :func:`pymediation.rubins_rules`.

    Parameters
    ----------
    g : results or data
        Results of the same analysis of each data set, with draws: what `mediations` returned for
        ``treatment=["t"] * m``, or a list or dict of results of `mediate`. Or imputed data, as
        :func:`imputed_datasets` takes them, which are analysed first.
    treatment, mediator, outcome : str, optional
        For data: the columns to analyse.
    imputation : str, optional
        For a long data frame: the column that numbers the data sets.
    n_imputations : int, optional
        For MICEData: how many data sets to draw.
    df_complete : float, optional
        Degrees of freedom that the analysis of complete data has. Default: the smaller residual degrees of
        freedom of two linear models, otherwise infinite.
    compat : {"fixed", "R"}
        R reads the first of several data sets with one name again and again, sets all p-values to 1, does
        not print the level, and takes the interval of the averaged proportion mediated from the estimates.
    **options
        For data: further arguments of `mediations`, such as ``covariates``, ``families``, ``sims``, ``rng``.

    Returns
    -------
    PooledMediationResult
        ``print(result.summary())`` prints both answers, ``to_frame()`` has them side by side; ``plot()``, and
        all components by R's names.

    Raises
    ------
    ArgumentTypeError
        If these are no such results or data; for an ordered outcome, which is not pooled, as in R.
    ArgumentError
        If draws were not kept, or arguments for data came with results.
    DataMismatchError
        If the results are of different analyses.

    References
    ----------
    Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. Wiley.

    Barnard, J. and Rubin, D. B. (1999). Small-sample degrees of freedom with multiple imputation. Biometrika
    86, 948-955.

    Zhou, X. and Reiter, J. P. (2010). A note on Bayesian inference after multiple imputation. The American
    Statistician 64, 159-163.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> import pymediation as pm
    >>> jobs, noise = pm.datasets.load_jobs(), np.random.default_rng(1)
    >>> sets = [jobs.assign(job_seek=jobs.job_seek + noise.normal(0, 0.3, len(jobs))) for _ in range(5)]
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", pm.CompatibilityWarning)  # R's p-values are all 1
    ...     pooled = pm.amelidiate(sets, "treat", "job_seek", "depress2", covariates="age", rng=pm.RStream(1))
    >>> rubin = pooled.rubin["d_avg"]
    >>> round(pooled.d_avg, 4), round(rubin.std_error, 4), round(rubin.df)
    (-0.0139, 0.0116, 158)
    """
    ledger = CompatLedger(compat)
    columns = {"treatment": treatment, "mediator": mediator, "outcome": outcome}
    if is_data(g):
        sets = imputed_datasets(g, imputation, n_imputations)
        names, results = _analysed(sets, columns, options, compat)
    else:
        _refuse_arguments(columns, {"imputation": imputation, "n_imputations": n_imputations} | options)
        names, results = _results(g)
    elements = _poolable(results)
    if len(elements) == 1:
        warn(
            "amelidiate: there is one data set only, so that nothing says how much imputation adds to the "
            "uncertainty, and Rubin's rules do not apply. Impute several times."
        )
    _check_same(elements, names)
    result = pooled(elements, names, ledger, df_complete)
    ledger.warn("amelidiate")
    return result


def _analysed(
    sets: Mapping[str, Any], columns: Mapping[str, Any], options: Mapping[str, Any], compat: Compat
) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Analyse every data set."""
    missing = [name for name, column in columns.items() if column is None]
    if missing:
        given = ", ".join(f"{name}=" for name in missing)
        msg = f"amelidiate: to analyse data, name the columns of the analysis; still missing: {given}"
        raise ArgumentError(msg)
    for name, column in columns.items():
        if not isinstance(column, str):
            msg = (
                f"amelidiate pools one analysis: {name} must be the name of one column; got {column!r}. For "
                "several call mediations() and pool its select(...) one by one."
            )
            raise ArgumentTypeError(msg)
    treatments = [columns["treatment"]] * len(sets)
    found = mediations(sets, treatments, columns["mediator"], columns["outcome"], compat=compat, **options)
    return tuple(sets), found.results


def _refuse_arguments(columns: Mapping[str, Any], others: Mapping[str, Any]) -> None:
    """Refuse arguments that are for data where results were given."""
    given = [name for name, value in {**columns, **others}.items() if value is not None]
    if given:
        msg = f"amelidiate: {given[0]}= is for data that are still to be analysed, but g has results already."
        raise ArgumentError(msg)


def _results(g: object) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Return the results and their names."""
    if isinstance(g, MediationsResult):
        return g.names, g.results
    if isinstance(g, Mapping):
        return tuple(map(str, g)), tuple(g.values())
    if isinstance(g, Sequence) and not isinstance(g, str):
        return tuple(str(number) for number in range(1, len(g) + 1)), tuple(g)
    msg = (
        "amelidiate takes what mediations() returned, a list or dict of results of mediate(), or imputed "
        f"data; got {type(g).__name__}."
    )
    raise ArgumentTypeError(msg)


def _poolable(results: Sequence[object]) -> tuple[MediationResult, ...]:
    """Refuse what cannot be pooled."""
    if not results:
        raise ArgumentError("amelidiate: there are no results to pool.")
    elements: list[MediationResult] = []
    for place, result in enumerate(results):
        if isinstance(result, OrderedMediationResult):
            msg = "amelidiate does not pool effects on an ordered outcome, nor does R's."
            raise ArgumentTypeError(msg)
        if not isinstance(result, MediationResult):
            msg = f"amelidiate: element [{place}] must be a result of mediate(); got {type(result).__name__}."
            raise ArgumentTypeError(msg)
        if result.d0_sims is None:
            msg = f"amelidiate: element [{place}] did not keep its draws; rerun mediate() with long=True."
            raise ArgumentError(msg)
        elements.append(result)
    return tuple(elements)


def _check_same(elements: Sequence[MediationResult], names: Sequence[str]) -> None:
    """Refuse results of different analyses, and warn where data sets count differently."""
    first = elements[0]
    for place, element in enumerate(elements[1:], start=1):
        differing = [name for name in _SAME if repr(getattr(element, name)) != repr(getattr(first, name))]
        differing += ["outcome"] if _response(element) != _response(first) else []
        if differing:
            msg = (
                f"amelidiate pools one analysis of several data sets, but [0] ({names[0]}) and [{place}] "
                f"({names[place]}) differ in: {', '.join(differing)}. Choose one analysis of the result of "
                "mediations() by select(outcome=..., treatment=..., mediator=...)."
            )
            raise DataMismatchError(msg)
    if len({element.sims for element in elements}) > 1:
        sizes = ", ".join(str(element.sims) for element in elements)
        warn(
            f"amelidiate: the data sets have different numbers of draws ({sizes}), so that some count more "
            "than others in the stacked draws. Run all with the same sims."
        )


def _response(element: MediationResult) -> str:
    """Return the response of the outcome model."""
    return str(element.formulas[1]).partition("~")[0].strip()
