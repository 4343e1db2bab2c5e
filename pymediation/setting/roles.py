"""Which columns are treatment and mediator, and whether both models mean the same by them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pymediation.columns import count_differences, is_factor, label_text, levels_of
from pymediation.compat import CompatLedger
from pymediation.design.expressions import strip_wrappers, variables_of
from pymediation.errors import ArgumentTypeError, DataMismatchError, UnknownNameError, did_you_mean
from pymediation.fitted import FittedModel, refitted
from pymediation.setting.options import shown
from pymediation.setting.pairing import Pair
from pymediation.setting.units import RESCALED
from pymediation.warn import warn

__all__ = ["read_roles"]

# R's defaults, which are placeholders.
_PLACEHOLDERS = ("treat.name", "med.name")


def read_roles(pair: Pair, treat: object, mediator: object, ledger: CompatLedger) -> tuple[Pair, str, str]:
    """Find the treatment and mediator columns and check that the models give them these roles.

    Parameters
    ----------
    pair : Pair
    treat, mediator : object
        As given: a column name, or an expression around one, such as ``"factor(arm)"``.
    ledger : CompatLedger
        With R's numbers asked for, models in other roles are warned about, not refused: R returns a plausible
        number for them.

    Returns
    -------
    pair : Pair
        A mediator model of ``scale(m)`` is re-expressed in the units of m.
    treat, mediator : str
        Column names.

    Raises
    ------
    UnknownNameError
        A model does not have the column.
    DataMismatchError
        The models do not describe a mediation, or their rows are not the same units.
    """
    mediator_name = _column(mediator, "mediator", pair.outcome)
    treat_name = _column(treat, "treat", pair.outcome, pair.mediator)
    problems = _problems(pair, treat_name, mediator_name)
    if not problems:
        pair = pair.agreed_on(treat_name, mediator_name, ledger)
        _refuse_other_treatments(pair, treat_name)
        return _in_units_of_the_column(pair, mediator_name), treat_name, mediator_name
    text = f"The models do not describe a mediation: {'; '.join(problems)}."
    if not ledger.as_r:
        raise DataMismatchError(text)
    warn(f"{text} R returns a number all the same, which is no mediation effect.")
    return (
        replace(pair, mediator=_with_response(pair.mediator), outcome=_with_response(pair.outcome)),
        treat_name,
        mediator_name,
    )


def _column(given: object, argument: str, *models: FittedModel) -> str:
    """Return the column that an argument names, which each of the models must have."""
    if not isinstance(given, str):
        msg = f"{argument} must be the name of one column, as text; got {shown(given)}."
        raise ArgumentTypeError(msg)
    known = frozenset[str]().union(*(m.design.variables | {m.response.variable} for m in models))
    name = given if given in known else strip_wrappers(given)
    for model in models:
        if name not in model.design.variables and name != model.response.variable:
            raise UnknownNameError(_absent(given, argument, model))
    return name


def _absent(given: str, argument: str, model: FittedModel) -> str:
    """Say that a model does not have a column, and what was probably meant."""
    variables = sorted(model.design.variables)
    available = f"The {model.role} model has {', '.join(map(repr, variables)) or 'no variable'}."
    if given in _PLACEHOLDERS:
        return f"{argument} was not given: name the {argument} column, {argument}=... {available}"
    if variables_of(given) - {given} and variables_of(given) <= set(variables):
        return (
            f"{argument}={given!r} is an expression. Store it in a column of the data, use that column in "
            f"both formulas and name it here. {available}"
        )
    return (
        f"{argument}={given!r} is not in the {model.role} model. {available}"
        f"{did_you_mean(given, model.design.variables)}"
    )


def _problems(pair: Pair, treat: str, mediator: str) -> list[str]:
    """List what speaks against the roles of the models."""
    problems = []
    of_mediator, of_outcome = pair.mediator.response, pair.outcome.response
    if of_mediator.text == of_outcome.text and pair.mediator.formula == pair.outcome.formula:
        problems.append(
            f"the same model, {pair.outcome.formula}, was given twice; give the model of {mediator!r} first "
            f"and then the outcome model, which has {mediator!r} on its right side"
        )
    elif of_outcome.variable == mediator:
        problems.append(
            f"the mediator {mediator!r} is the response of the outcome model (the mediator model comes "
            "first; were the two swapped?)"
        )
    elif of_mediator.variable != mediator:
        problems.append(_wrong_response(of_mediator.text, mediator))
    elif RESCALED.search(of_mediator.text) and _enters_bare(pair.outcome, mediator):
        problems.append(
            f"the mediator model is of {of_mediator.text!r}, but the outcome model has {mediator!r} in its "
            f"own units; write {of_mediator.text!r} in both formulas, or in neither"
        )
    problems += [
        f"the treatment {treat!r} is the response of the {model.role} model"
        for model in (pair.mediator, pair.outcome)
        if model.response.variable == treat
    ]
    if treat == mediator:
        problems.append(f"treat and mediator are the same column, {treat!r}")
    return problems


def _wrong_response(text: str, mediator: str) -> str:
    """Say that the mediator model is of something else."""
    if mediator in variables_of(text):
        return (
            f"the mediator model is of {text!r}, but the mediator in the outcome model is {mediator!r}; "
            "store the transformed mediator in a column of the data and use that column in both formulas"
        )
    return (
        f"the response of the mediator model is {text!r}, not mediator={mediator!r} (were the models "
        "swapped, or a line copied?)"
    )


def _enters_bare(outcome: FittedModel, mediator: str) -> bool:
    """Whether a term of the outcome model has the mediator in its own units."""
    factors = {factor for term in outcome.design.terms for factor in term.factors}
    return any(
        mediator in outcome.design.factor_variables(factor) and not RESCALED.search(factor)
        for factor in factors
    )


def _with_response(model: FittedModel) -> FittedModel:
    """Return a model whose frame holds its response as well: R finds treatment and mediator there."""
    response = model.response
    if response.variable in model.frame:
        return model
    frame = model.frame.copy()
    frame[response.variable] = model.y
    if response.levels is not None:
        levels = [str(level) for level in response.levels]
        labels = np.array(levels, dtype=object)[model.y.astype(np.intp)]
        frame[response.variable] = pd.Categorical(labels, categories=levels)
    return replace(model, frame=frame)


def _refuse_other_treatments(pair: Pair, treat: str) -> None:
    """Refuse models whose paired rows hold different treatments: they are different people."""
    left, right = (model.frame[treat] for model in (pair.mediator, pair.outcome))
    if is_factor(left) != is_factor(right):
        msg = (
            f"The treatment {treat!r} is a factor in one model and numeric in the other. Use the same data "
            "for both fits."
        )
        raise DataMismatchError(msg)
    differ = count_differences(left, right)
    if differ:
        raise DataMismatchError(_other_people(treat, differ, pair.mediator.n))


def _other_people(name: str, differ: int, n: int) -> str:
    """Say that paired rows are not the same units."""
    return (
        f"The rows of the two models are not the same units: {name!r} differs on {differ} of {n} paired "
        "rows. Rows are paired by their index labels; fit both models to the same data frame, and do not "
        "change it between the fits."
    )


def _in_units_of_the_column(pair: Pair, mediator: str) -> Pair:
    """Require that the mediator modelled is the outcome model's column, at most in other units or names.

    A model of ``scale(m)`` becomes the model of m: coefficients are multiplied by the standard deviation, and
    terms such as ``scale(m)`` in the outcome model are evaluated on m.
    """
    model, column = pair.mediator, pair.outcome.frame[mediator]
    if model.kind.nominal or model.kind.n_categories:
        return replace(pair, mediator=_in_levels_of(model, column))
    if is_factor(column) or model.response.levels is not None:
        differ = _label_differences(model, column)
    else:
        differ = count_differences(pd.Series(model.y), column)
    if not differ:
        return pair
    rescaled = None
    if RESCALED.search(model.response.text) and model.kind.name == "linear" and model.offset is None:
        rescaled = _rescaled(model, column.to_numpy(dtype=float))
    if rescaled is None:
        raise DataMismatchError(_other_people(mediator, differ, model.n))
    return replace(pair, mediator=rescaled)


def _in_levels_of(model: FittedModel, column: pd.Series) -> FittedModel:
    """Return the model of categories with the outcome model's value for each of them.

    The rows themselves tell which value is which category, whatever their names and their order.
    """
    values = column.map(label_text).astype(str).to_numpy()
    rows = pd.DataFrame({"code": model.y.astype(np.intp), "value": values})
    pairs = rows.drop_duplicates()
    if not (pairs["code"].is_unique and pairs["value"].is_unique):
        usual = rows.groupby("code")["value"].agg(lambda values: values.mode()[0])
        differ = int(np.sum(rows["value"] != rows["code"].map(usual)))
        raise DataMismatchError(_other_categories(model, str(column.name), differ))
    if len(pairs) < len(model.response.levels or ()):  # a level that no row has cannot be told from the rows
        return model
    levels = tuple(column.iloc[pairs.sort_values("code").index].tolist())
    return replace(model, response=replace(model.response, levels=levels))


def _other_categories(model: FittedModel, name: str, differ: int) -> str:
    """Say that the categories of the models do not match, in which rows or because some were merged."""
    if differ:
        return _other_people(name, differ, model.n)
    return (
        f"The mediator {name!r} has fewer values in the outcome model than in its own, which has "
        f"{len(model.response.levels or ())} categories. Fit both models to the same column."
    )


def _label_differences(model: FittedModel, column: pd.Series) -> int:
    """Count rows whose two-valued mediator differs between the models; 0 where they cannot be compared."""
    found = levels_of(column)
    if len(found) != 2:
        return 0
    column_labels = column.map({level: label_text(level) for level in found}).astype(str).to_numpy()
    zero, one = (label_text(level) for level in found)
    if model.response.levels is not None:
        own = tuple(label_text(level) for level in model.response.levels)
        zero, one = own if set(own) == {zero, one} else (zero, one)
    return int(np.sum(np.where(model.y == 1, one, zero) != column_labels))


def _rescaled(model: FittedModel, values: NDArray[np.float64]) -> FittedModel | None:
    """Return the least-squares model of `values`, of which its response is a shifted and scaled copy."""
    centred = values - values.mean()
    slope = float(centred @ model.y / (centred @ centred)) if np.ptp(values) > 0 else 0.0
    if slope == 0 or not np.allclose(model.y - model.y.mean(), slope * centred, rtol=1e-9, atol=1e-9):
        return None
    covariance = None if model.covariance is None else model.covariance / slope**2
    return refitted(replace(model, y=values, covariance=covariance))
