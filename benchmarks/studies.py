"""The data and fitted models of the workloads, and the same fits in R's words."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

__all__ = [
    "SEED",
    "Study",
    "binary_both",
    "binary_mediator",
    "binary_outcome",
    "encouragement",
    "framing",
    "framing_data",
    "linear",
    "logistic",
    "ordered",
    "quantile",
    "schools",
    "survival",
]

SEED = 2014


@dataclass(frozen=True, slots=True)
class Study:
    """Data, fitted models, and what they are for.

    Attributes
    ----------
    data : DataFrame
    models : tuple
        Fitted models, in the order in which a call takes them.
    r_models : tuple of str
        The same as calls of R on a data frame ``d``.
    treat, mediator : str
    """

    data: pd.DataFrame
    models: tuple[Any, ...]
    r_models: tuple[str, ...]
    treat: str
    mediator: str

    def fingerprint(self) -> str:
        """Return what tells these data from others."""
        seen = hashlib.sha256()
        for name, column in self.data.items():
            codes = column.cat.codes if isinstance(column.dtype, pd.CategoricalDtype) else column
            seen.update(str(name).encode() + codes.to_numpy(dtype=float).tobytes())
        return seen.hexdigest()[:16]


def framing() -> Study:
    """Fit the models of the JSS paper's first example."""
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    data = framing_data().data
    med = "emo ~ treat + age + educ + gender + income"
    out = "cong_mesg ~ emo + treat + age + educ + gender + income"
    probit = sm.families.Binomial(sm.families.links.Probit())
    return Study(
        data,
        (smf.ols(med, data).fit(), smf.glm(out, data, family=probit).fit()),
        (f"lm({med}, data = d)", f'glm({out}, data = d, family = binomial("probit"))'),
        "treat",
        "emo",
    )


def framing_data() -> Study:
    """Return the data of the JSS paper's first example."""
    from pymediation.datasets import load_framing

    used = ["emo", "p_harm", "treat", "age", "educ", "gender", "income", "cong_mesg", "immigr"]
    return Study(load_framing()[used], (), (), "treat", "emo")


def encouragement(*, binary: bool) -> Study:
    """Fit the models of the JSS paper's section 7.2, with its mediator or a continuous one."""
    import pymediation.r as R

    covariates = ["sex", "age", "marital", "nonwhite", "educ", "income"]
    mediator = "job_dich" if binary else "job_seek"
    data = R.data("jobs")[["comply", "treat", mediator, "depress2", *covariates]]
    shared = " + ".join(covariates)
    first, second = f"comply ~ treat + {shared}", f"{mediator} ~ comply + treat + {shared}"
    third = f"depress2 ~ {mediator} * (comply + treat) + {shared}"
    return Study(
        data,
        (
            R.lm(first, data=data),
            R.glm(second, R.binomial, data=data) if binary else R.lm(second, data=data),
            R.lm(third, data=data),
        ),
        (
            f"lm({first}, data = d)",
            f"glm({second}, data = d, family = binomial)" if binary else f"lm({second}, data = d)",
            f"lm({third}, data = d)",
        ),
        "comply",
        mediator,
    )


def simulated(n: int, p: int, *, binary: bool) -> pd.DataFrame:
    """Simulate treatment, p covariates, mediator and outcome; the last two 0/1 if `binary`."""
    rng = np.random.default_rng(SEED)
    data = pd.DataFrame(rng.standard_normal((n, p)), columns=[f"x{j}" for j in range(p)])
    data["t"] = rng.integers(0, 2, n)
    shared = 0.1 * data.filter(like="x").sum(axis=1)
    data["m"] = _response(0.5 * data["t"] + shared, rng, binary)
    data["y"] = _response(0.3 * data["t"] + 0.4 * data["m"] + shared, rng, binary)
    return data


def _response(eta: pd.Series, rng: np.random.Generator, binary: bool) -> Any:
    """Draw a response around its linear predictor."""
    if binary:
        return (rng.random(eta.size) < 1 / (1 + np.exp(-eta))).astype(int)
    return eta + rng.standard_normal(eta.size)


def covariates_of(p: int) -> str:
    """Return the covariates of simulated data as the end of a formula."""
    return " + ".join(f"x{j}" for j in range(p))


def linear(n: int, p: int, *, interaction: bool) -> Study:
    """Fit two linear models."""
    import statsmodels.formula.api as smf

    data = simulated(n, p, binary=False)
    med = f"m ~ t + {covariates_of(p)}"
    out = f"y ~ {'t * m' if interaction else 't + m'} + {covariates_of(p)}"
    fits = smf.ols(med, data).fit(), smf.ols(out, data).fit()
    return Study(data, fits, (f"lm({med}, data = d)", f"lm({out}, data = d)"), "t", "m")


def logistic(n: int, p: int) -> Study:
    """Fit two logistic models."""
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    data, family = simulated(n, p, binary=True), sm.families.Binomial()
    formulas = f"m ~ t + {covariates_of(p)}", f"y ~ t + m + {covariates_of(p)}"
    fits = tuple(smf.glm(formula, data, family=family).fit() for formula in formulas)
    return Study(data, fits, tuple(f"glm({one}, data = d, family = binomial)" for one in formulas), "t", "m")


def further(n: int, p: int) -> pd.DataFrame:
    """Add grades, 0/1 versions of mediator and outcome, and censored times to `simulated`."""
    data = simulated(n, p, binary=False)
    data["grade"] = pd.cut(data["m"], [-np.inf, -0.5, 0.25, 1.0, np.inf], labels=list("abcd"), ordered=False)
    data["above"], data["high"] = (data["m"] > 0).astype(int), (data["y"] > 0).astype(int)
    time = np.exp(
        0.5 + 0.3 * data["t"] + 0.2 * data["m"] + np.log(np.random.default_rng(SEED).exponential(size=n))
    )
    data["time"], data["event"] = np.minimum(time, 5.0), (time < 5.0).astype(float)
    return data


def binary_outcome(n: int, p: int) -> Study:
    """Fit a linear mediator and a probit outcome."""
    import pymediation.r as R

    data = further(n, p)
    med, out = f"m ~ t + {covariates_of(p)}", f"high ~ t + m + {covariates_of(p)}"
    fits = R.lm(med, data=data), R.glm(out, R.binomial("probit"), data=data)
    return Study(data, fits, (f"lm({med}, data = d)", _probit(out)), "t", "m")


def binary_mediator(n: int, p: int) -> Study:
    """Fit a probit mediator and a linear outcome."""
    import pymediation.r as R

    data = further(n, p)
    med, out = f"above ~ t + {covariates_of(p)}", f"y ~ t + above + {covariates_of(p)}"
    fits = R.glm(med, R.binomial("probit"), data=data), R.lm(out, data=data)
    return Study(data, fits, (_probit(med), f"lm({out}, data = d)"), "t", "above")


def binary_both(n: int, p: int) -> Study:
    """Fit a probit mediator and a probit outcome."""
    import pymediation.r as R

    data = further(n, p)
    med, out = f"above ~ t + {covariates_of(p)}", f"high ~ t + above + {covariates_of(p)}"
    fits = tuple(R.glm(formula, R.binomial("probit"), data=data) for formula in (med, out))
    return Study(data, fits, (_probit(med), _probit(out)), "t", "above")


def schools(n: int, *, binary: bool) -> Study:
    """Fit mixed models of 600 schools; either the outcome is 0/1 or the mediator's effect varies."""
    import pymediation.r as R

    rng = np.random.default_rng(SEED)
    school, t = np.arange(n) % 600, rng.integers(0, 2, n)
    u, v, w = (spread * rng.standard_normal(600)[school] for spread in (0.5, 0.5, 0.3))
    m = 0.5 * t + u + rng.standard_normal(n)
    y = 0.2 * t + (0.4 + w) * m + v + rng.standard_normal(n)
    data = pd.DataFrame({"school": school, "t": t, "m": m, "y": y, "high": (y > 0.5).astype(int)})
    med = "m ~ t + (1 | school)"
    out = "high ~ t + m + (1 | school)" if binary else "y ~ t + m + (1 + m | school)"
    fits = R.lmer(med, data), R.glmer(out, data, family=R.binomial) if binary else R.lmer(out, data)
    last = f"glmer({out}, data = d, family = binomial)" if binary else f"lmer({out}, data = d)"
    return Study(data, fits, (f"lmer({med}, data = d)", last), "t", "m")


def ordered(n: int, p: int) -> Study:
    """Fit an ordered probit of four categories, which are a factor in a probit."""
    import pymediation.r as R

    data = further(n, p)
    med, out = f"grade ~ t + {covariates_of(p)}", f"high ~ t + grade + {covariates_of(p)}"
    fits = R.polr(med, data=data, method="probit"), R.glm(out, R.binomial("probit"), data=data)
    polr = f'polr({med}, data = d, method = "probit", Hess = TRUE)'
    return Study(data, fits, (polr, _probit(out)), "t", "grade")


def survival(n: int, p: int) -> Study:
    """Fit a linear mediator and a Weibull model of censored times."""
    import pymediation.r as R

    data = further(n, p)
    med, out = f"m ~ t + {covariates_of(p)}", f"Surv(time, event) ~ t + m + {covariates_of(p)}"
    fits = R.lm(med, data=data), R.survreg(out, data=data)
    return Study(data, fits, (f"lm({med}, data = d)", f"survreg({out}, data = d)"), "t", "m")


def quantile(n: int, p: int) -> Study:
    """Fit two median regressions."""
    import pymediation.r as R

    data = further(n, p)
    formulas = f"m ~ t + {covariates_of(p)}", f"y ~ t + m + {covariates_of(p)}"
    fits = tuple(R.rq(formula, data=data) for formula in formulas)
    return Study(data, fits, tuple(f"rq({one}, tau = 0.5, data = d)" for one in formulas), "t", "m")


def _probit(formula: str) -> str:
    """Return R's call of a probit model."""
    return f'glm({formula}, data = d, family = binomial("probit"))'
