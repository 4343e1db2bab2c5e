"""The data and formulas that the design tests share."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula
import statsmodels.formula.api as smf

from pymediation.design import FormulaicDesign, PatsyDesign
from pymediation.design.formula_design import FormulaDesign

N = 60


def make_frame(n: int = N, seed: int = 3) -> pd.DataFrame:
    """Return rows with columns of every kind that models are fitted to."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "y": rng.normal(size=n),
            "treat": rng.integers(0, 2, n),
            "m": rng.uniform(0.5, 4.0, n),
            "x": rng.normal(size=n),
            "flag": rng.random(n) < 0.4,
            "g": rng.choice(["a", "b", "c"], n),
            "h": pd.Categorical(rng.choice(["low", "mid", "high"], n), ["low", "mid", "high"]),
            "dose": pd.Categorical(rng.choice(["l", "m", "h"], n), ["l", "m", "h"], ordered=True),
            "arm": rng.integers(1, 4, n),
            "out.enc": rng.normal(size=n),
        },
        index=pd.Index(np.arange(n) * 2 + 100, name="person"),
    )
    frame["hit"] = (frame["m"] + frame["x"] > 2).astype(int)
    return frame


def doubled(values: Any) -> Any:
    """Transform a column as a function of the user's would."""
    return 2 * values


COMMON = [
    "y ~ treat + m + x",
    "y ~ x + g",
    "y ~ treat*m + x + g",
    "y ~ treat*m*x",
    "y ~ h + flag + dose + arm",
    "y ~ C(arm)*treat + np.log(m)",
    "y ~ C(arm, Treatment(2)) + m",
    "y ~ C(g, Sum)*m + C(h, Helmert)",
    "y ~ treat + m + I(m**2) + treat:m",
    "y ~ m:treat + x:g + treat + m + x + g",
    "y ~ h:g + g + h + x",
    "y ~ h:g + x",
    "y ~ 0 + g + x",
    "y ~ x - 1",
    "y ~ 1",
    "y ~ (treat + m + g)**2 + x",
    "y ~ g*h*m + treat",
    "y ~ center(m)*treat + standardize(x)",
    "y ~ bs(m, df=4) + treat",
    "y ~ g + x:bs(m, df=4)",
    "y ~ cr(m, df=4)*g",
    "y ~ Q('out.enc')*treat",
    "y ~ C(dose, Poly) + x",
]


def fit(formula: str, frame: pd.DataFrame, engine: str, **options: Any) -> Any:
    """Fit a model with one of the two libraries that read formulas."""
    before = statsmodels.formula.options.formula_engine
    statsmodels.formula.options.formula_engine = engine
    try:
        with warnings.catch_warnings():
            # Some designs are rank deficient on purpose.
            warnings.simplefilter("ignore")
            if formula.startswith("hit"):
                return smf.glm(formula, frame, family=sm.families.Binomial(), **options).fit()
            return smf.ols(formula, frame, **options).fit()
    finally:
        statsmodels.formula.options.formula_engine = before


def read(result: Any, **options: Any) -> FormulaDesign:
    """Return the design of a fitted model."""
    model = result.model
    spec, columns = model.data.model_spec, model.data.frame.columns
    cls = FormulaicDesign if type(spec).__module__.startswith("formulaic") else PatsyDesign
    return cls.from_spec(spec, model.formula, columns, **options)
