"""What tables of refusals are made of: people, and calls of `mediate` that are wrong in one thing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from people import mediate, ols, people, quietly

from pymediation.errors import PymediationError

Case = tuple[Callable[[], Any], type[PymediationError], tuple[str, ...]]

d = people()
X, XY = sm.add_constant(d[["t", "x"]]), sm.add_constant(d[["t", "m", "x"]])
ROWS = len(d)


def missing(column: str, rows: slice) -> pd.DataFrame:
    """Return the data with missing values in some rows of a column."""
    changed = d.astype({column: float})
    changed.loc[rows, column] = np.nan
    return changed


def others(**columns: Any) -> pd.DataFrame:
    """Return the data of other people with the same labels, some columns as in the data."""
    return people(seed=5).assign(**columns)


def changed_after_fit(change: Callable[[pd.DataFrame], Any]) -> Any:
    """Fit both models, change the data frame, mediate."""
    frame = d.copy()
    fits = ols("m ~ t + x", frame), ols("y ~ t + m + x", frame)
    change(frame)
    return mediate(frame, *fits)


def without_data() -> Any:
    """Return a fit after remove_data()."""
    fit = smf.ols("m ~ t + x", d).fit()
    fit.remove_data()
    return fit


def option(**options: Any) -> Callable[[], Any]:
    """Return a call that is wrong in its options only."""
    return lambda: mediate(d, **options)


def mediator_model(fit: Callable[[], Any]) -> Callable[[], Any]:
    """Return a call that is wrong in its mediator model only."""
    return lambda: mediate(d, quietly(fit))
