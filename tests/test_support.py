"""The table of supported models: every cell is run, and the README shows what the code says."""

from __future__ import annotations

import re
import runpy
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.gam.api import BSplines, GLMGam
from statsmodels.miscmodels.ordinal_model import OrderedModel

import pymediation as pm
import pymediation.r as R
from pymediation.adapters import dialect, estimators, lifelines
from pymediation.adapters.statsmodels import SUPPORTED
from pymediation.support import MODELS, support_markdown

ROOT = Path(__file__).resolve().parents[1]
SIMS = 12
N = 160
METHODS = ("quasi_bayes", "bootstrap")
Fit = Callable[[str, pd.DataFrame], Any]

links = sm.families.links


@cache
def people() -> pd.DataFrame:
    """Return a treatment, a covariate, and a mediator m_ and an outcome y_ of every kind."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"t": np.tile([0.0, 1.0], N // 2), "x": rng.normal(size=N)})
    latent_m = 0.5 * data.t + 0.4 * data.x + rng.normal(size=N)
    latent_y = 0.3 * data.t + 0.5 * latent_m + 0.2 * data.x + rng.normal(size=N)
    for role, latent in (("m", latent_m), ("y", latent_y)):
        data[f"{role}_number"] = latent
        data[f"{role}_event"] = (latent > 0.2).astype(int)
        data[f"{role}_count"] = rng.poisson(np.exp(0.3 * latent))
        data[f"{role}_positive"] = rng.gamma(6, np.exp(0.2 * latent) / 6)
        data[f"{role}_grade"] = pd.cut(latent, [-np.inf, -0.2, 0.8, np.inf], labels=["low", "mid", "high"])
        data[f"{role}_kind"] = np.argmax(
            rng.gumbel(size=(N, 3)) + latent.to_numpy()[:, None] * [0, 0.3, -0.3], 1
        )
        data[f"{role}_spread"] = rng.poisson(np.exp(0.3 * latent) * rng.gamma(1, 1, N))
        time = np.exp(0.3 * latent + 0.4 * rng.gumbel(size=N))
        data[f"{role}_time"], data[f"{role}_seen"] = np.minimum(time, 4.0), (time < 4.0).astype(float)
        data[f"{role}_cut"] = np.clip(latent, -0.8, 1.5)
    data["g"] = np.arange(N) // 20
    return data


def glm(family: Any, **options: Any) -> Fit:
    return lambda formula, data: smf.glm(formula, data, family=family).fit(**options)


def r_glm(family: Any) -> Fit:
    return lambda formula, data: R.glm(formula, family, data)


def polr(method: str) -> Fit:
    return lambda formula, data: R.polr(formula, data, method=method)


def ordered_model(distribution: Any) -> Fit:
    def fit(formula: str, data: pd.DataFrame) -> Any:
        return OrderedModel.from_formula(formula, data, distr=distribution).fit(method="bfgs", disp=False)

    return fit


def gam(formula: str, data: pd.DataFrame) -> Any:
    """Smooth the covariate: mediators may be factors."""
    splines = BSplines(data[["x"]], df=[5], degree=[3])
    linear = formula.replace(" + x", "")
    return GLMGam.from_formula(linear, data, smoother=splines, alpha=1.0).fit()


def survreg(formula: str, data: pd.DataFrame) -> Any:
    time, right = formula.split("~")
    return R.survreg(f"Surv({time.strip()}, {time.strip()[0]}_seen) ~{right}", data)


def aft(name: str) -> Fit:
    def fit(formula: str, data: pd.DataFrame) -> Any:
        time, right = formula.split(" ~ ")
        fitter = getattr(pytest.importorskip("lifelines"), name)()
        return pm.with_data(fitter.fit(data, time, f"{time[0]}_seen", formula=right), data)

    return fit


def learner(estimator: Callable[[], Any]) -> Fit:
    """Return a fit of an estimator of scikit-learn that codes factors itself, handed over with its data."""

    def fit(formula: str, data: pd.DataFrame) -> Any:
        pytest.importorskip("sklearn")
        from sklearn.compose import make_column_selector, make_column_transformer
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import OneHotEncoder

        response, right = formula.split(" ~ ")
        factors = (OneHotEncoder(drop="first"), make_column_selector(dtype_include="category"))
        pipeline = make_pipeline(make_column_transformer(factors, remainder="passthrough"), estimator())
        return pm.with_data(pipeline.fit(data[right.split(" + ")], data[response]), data, response)

    return fit


def regressor() -> Any:
    from sklearn.linear_model import LinearRegression

    return LinearRegression()


def classifier() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression()


def mord(name: str) -> Fit:
    def fit(formula: str, data: pd.DataFrame) -> Any:
        response, right = formula.split(" ~ ")
        columns = right.split(" + ")
        model = getattr(pytest.importorskip("mord"), name)(alpha=0)
        return pm.with_data(model.fit(data[columns].to_numpy(), data[response]), data, response, columns)

    return fit


class Own(pm.MediationModel):
    """Least squares of the first response given, with residual draws."""

    def __init__(self, response: str, coef: Any = None, residuals: Any = None) -> None:
        self.response, self.coef, self.residuals = response, coef, residuals

    def design(self, data: pd.DataFrame) -> Any:
        regressors = data.drop(columns=self.response, errors="ignore")
        return np.column_stack([np.ones(len(data)), regressors.to_numpy(dtype=float)])

    def fit(self, data: pd.DataFrame, weights: Any, rng: Any) -> Own:
        coef = np.linalg.lstsq(self.design(data), data[self.response], rcond=None)[0]
        return Own(self.response, coef, data[self.response].to_numpy() - self.design(data) @ coef)

    def predict(self, data: pd.DataFrame) -> Any:
        return self.design(data) @ self.coef

    def draw(self, treated: pd.DataFrame, control: pd.DataFrame, rng: Any) -> Any:
        error = rng.choice(self.residuals, len(treated))
        return self.predict(treated) + error, self.predict(control) + error


def own(formula: str, data: pd.DataFrame) -> Any:
    response, right = formula.split(" ~ ")
    columns = right.split(" + ")
    model = Own(response).fit(data[[*columns, response]], None, None)
    return pm.with_data(model, data, response, columns)


def mixed_fit(formula: str, data: pd.DataFrame) -> Any:
    fit = R.lmer(f"{formula} + (1 | g)", data)
    (modes,) = R.ranef(fit).values()
    given = (R.fixef(fit), R.vcov(fit), modes.index, modes, fit.cond_sd, R.sigma(fit))
    return pm.MixedFit(f"{formula} + (1 | g)", data, *given)


def gp_model(likelihood: str) -> Fit:
    def fit(formula: str, data: pd.DataFrame) -> Any:
        gpboost = pytest.importorskip("gpboost")
        response, right = formula.split(" ~ ")
        X = data[right.split(" + ")].assign(const=1.0).astype(float)
        model = gpboost.GPModel(group_data=data[["g"]], likelihood=likelihood)
        return pm.with_data(model.fit(y=data[response].astype(float), X=X), data, response)

    return fit


# For every class of the table the ending of its response's column and fits of it; the first is in every pair,
# the others are tried in each role beside a linear model.
FITS: dict[str, tuple[str, dict[str, Fit]]] = {
    "linear, also weighted": (
        "number",
        {
            "lm": lambda formula, data: R.lm(formula, data),
            "OLS": lambda formula, data: smf.ols(formula, data).fit(),
            "WLS": lambda formula, data: smf.wls(formula, data, weights=np.ones(len(data))).fit(),
        },
    ),
    "binomial: logit, probit, cloglog, cauchit, log": (
        "event",
        {
            "GLM": glm(sm.families.Binomial()),
            "glm": r_glm(R.binomial("probit")),
            "Logit": lambda formula, data: smf.logit(formula, data).fit(disp=0),
            "Probit": lambda formula, data: smf.probit(formula, data).fit(disp=0),
        },
    ),
    "Poisson: log, sqrt, identity": (
        "count",
        {
            "glm": r_glm(R.poisson),
            "GLM": glm(sm.families.Poisson()),
            "Poisson": lambda formula, data: smf.poisson(formula, data).fit(disp=0),
        },
    ),
    "gamma, inverse Gaussian, Gaussian with a link": (
        "positive",
        {
            "GLM": glm(sm.families.Gamma(links.Log())),
            "glm": r_glm(R.Gamma("log")),
            "inverse": glm(sm.families.InverseGaussian(links.Log())),
            "gaussian": glm(sm.families.Gaussian(links.Log())),
        },
    ),
    "quasi-binomial, quasi-Poisson, quasi": (
        "count",
        {"GLM": glm(sm.families.Poisson(), scale="X2"), "glm": r_glm(R.quasipoisson)},
    ),
    "negative binomial of known size": (
        "count",
        {"GLM": glm(sm.families.NegativeBinomial(alpha=0.5)), "glm": r_glm(R.negative_binomial(2.0))},
    ),
    "additive: Gaussian, binomial, Poisson, gamma": ("number", {"GLMGam": gam}),
    "negative binomial, generalised Poisson, dispersion estimated": (
        "spread",
        {
            "nb2": lambda formula, data: smf.negativebinomial(formula, data).fit(disp=0),
            "nb1": lambda formula, data: smf.negativebinomial(formula, data, loglike_method="nb1").fit(
                disp=0
            ),
            "NB-P": lambda formula, data: sm.NegativeBinomialP.from_formula(formula, data, p=1.5).fit(disp=0),
            "GP": lambda formula, data: sm.GeneralizedPoisson.from_formula(formula, data, p=2).fit(disp=0),
        },
    ),
    "ordered: logit, probit": (
        "grade",
        {
            "polr": polr("logistic"),
            "polr, probit": polr("probit"),
            "OrderedModel": ordered_model("logit"),
            "OrderedModel, probit": ordered_model("probit"),
        },
    ),
    "ordered: log-log, complementary log-log, Cauchy": (
        "grade",
        {
            "polr": polr("cloglog"),
            "polr, loglog": polr("loglog"),
            "polr, cauchit": polr("cauchit"),
            "gumbel_l": ordered_model(stats.gumbel_l),
            "gumbel_r": ordered_model(stats.gumbel_r),
            "cauchy": ordered_model(stats.cauchy),
        },
    ),
    "categories without an order": (
        "kind",
        {"MNLogit": lambda formula, data: smf.mnlogit(formula, data).fit(disp=0)},
    ),
    "quantile regression": (
        "number",
        {
            "rq": lambda formula, data: R.rq(formula, data=data),
            "QuantReg": lambda formula, data: smf.quantreg(formula, data).fit(q=0.4),
        },
    ),
    "survival: R's ten distributions, right-censored": (
        "time",
        {
            "survreg": survreg,
            "Weibull": aft("WeibullAFTFitter"),
            "log-normal": aft("LogNormalAFTFitter"),
            "log-logistic": aft("LogLogisticAFTFitter"),
        },
    ),
    "tobit": (
        "cut",
        {
            "vglm": lambda formula, data: R.vglm(formula, R.tobit(Lower=-0.8, Upper=1.5), data),
            "Tobit": lambda formula, data: pm.Tobit.from_formula(formula, data, -0.8, 1.5).fit(),
        },
    ),
    "linear mixed, one grouping factor": (
        "number",
        {
            "lmer": lambda formula, data: R.lmer(f"{formula} + (1 | g)", data),
            "MixedLM": lambda formula, data: smf.mixedlm(formula, data, groups="g").fit(),
            "MixedFit": mixed_fit,
            "GPModel": gp_model("gaussian"),
        },
    ),
    "binomial and Poisson mixed, one grouping factor": (
        "event",
        {
            "glmer": lambda formula, data: R.glmer(f"{formula} + (1 | g)", data, family=R.binomial),
            "GPModel": gp_model("bernoulli_logit"),
        },
    ),
    "regressors; models of your own": ("number", {"sklearn": learner(regressor), "own": own}),
    "classifiers of two or more classes": (
        "event",
        {
            "sklearn": learner(classifier),
            "LogisticAT": mord("LogisticAT"),
            "LogisticIT": mord("LogisticIT"),
        },
    ),
}
LINEAR = "linear, also weighted"
BY_CLASS = {model.name: model for model in MODELS}


@cache
def fitted(name: str, how: str, role: str, mediator: str) -> Any:
    """Fit a model of a class for its role."""
    ending, ways = FITS[name]
    formula = f"m_{ending} ~ t + x" if role == "mediator" else f"y_{ending} ~ t + {mediator} + x"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ways[how](formula, people())


def check_cell(mediator: tuple[str, str], outcome: tuple[str, str], method: str) -> None:
    """Run one pair by one method, and compare what happens with what the table says."""
    name, boot = f"m_{FITS[mediator[0]][0]}", method == "bootstrap"
    fits = fitted(*mediator, "mediator", ""), fitted(*outcome, "outcome", name)
    says = pm.support_table().loc[(mediator[0], outcome[0]), method]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = pm.mediate(*fits, SIMS, boot=boot, treat="t", mediator=name, rng=1)
            said = "\n".join(str(warning.message) for warning in caught)
        except pm.UnsupportedModelError as error:
            result, said = None, str(error)
    if says == "yes":
        assert result is not None, said
        assert result.boot == boot
        assert np.isfinite(result.to_frame()["estimate"].filter(regex="ACME|ADE|Total")).all()
        return
    # An ordered outcome takes the bootstrap, and says so; all else is refused.
    assert result is None or (result.boot and not boot)
    parts = re.findall(r"the (mediator|outcome) model (.+?)(?=; the |$)", says)
    assert any(re.search(rf"The {role} model \(.+\) {re.escape(why)}", said) for role, why in parts), said


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("outcome", BY_CLASS)
@pytest.mark.parametrize("mediator", BY_CLASS)
def test_every_cell(mediator: str, outcome: str, method: str) -> None:
    check_cell(*((name, next(iter(FITS[name][1]))) for name in (mediator, outcome)), method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("role", ["mediator", "outcome"])
@pytest.mark.parametrize(
    ("name", "how"), [(name, how) for name, (_, ways) in FITS.items() for how in list(ways)[1:]]
)
def test_every_fit_of_a_class(name: str, how: str, role: str, method: str) -> None:
    pair = [(name, how), (LINEAR, "lm")]
    check_cell(*(pair if role == "mediator" else pair[::-1]), method)


def test_every_class_of_the_table_is_fitted_here() -> None:
    assert list(FITS) == list(BY_CLASS)


@pytest.mark.parametrize("name", BY_CLASS)
@pytest.mark.parametrize("role", ["mediator", "outcome"])
@pytest.mark.parametrize("boot", [False, True])
def test_the_kinds_of_a_class_can_do_the_same(name: str, role: Any, boot: bool) -> None:
    BY_CLASS[name].refusal(role, boot=boot)


def test_every_class_that_is_read_is_in_the_table() -> None:
    table = support_markdown()
    functions = {"lm", "glm"} | {function for function, _ in dialect._KINDS.values()}
    names = (*SUPPORTED, *functions, *lifelines._FITTERS, *estimators._MORD)
    assert [name for name in names if f"`{name}`" not in table] == []


def test_the_readme_shows_the_table() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "support.py"))
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert script["with_table"](text) == text, "run `make support`"
    assert support_markdown() in text


def test_what_is_simulated_alone_is_not_called_refused() -> None:
    text = support_markdown()
    (row,) = (line for line in text.splitlines() if "| linear mixed, one grouping factor |" in line)
    assert row.count("simulation <sup>") == 2
    assert "no <sup>" not in row
    number = row.split("|")[1].strip()
    (pairs,) = (line for line in text.splitlines() if line.startswith(f"| **{number}** |"))
    assert set(pairs.split("**")[2].split()) == {"|", "s", "·"}
