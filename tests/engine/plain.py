"""The algorithms of ``mediate`` as plainly as possible, one number at a time, to check the fast ones.

Designs are rebuilt for every draw by patsy, fits are R's iterations on repeated rows, random numbers are
drawn one by one in R's order. Nothing of the package is used but the stream.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import patsy
from scipy import stats
from scipy.special import digamma, polygamma

from pymediation.streams import RStream

EPSILON = 2.220446049250313e-16
EFFECTS = ("d1", "d0", "z1", "z0")


@dataclass(frozen=True)
class Regression:
    """A model as its user would specify it; ``family`` is "lm" or R's name of a family."""

    formula: str
    family: str = "lm"
    link: str = "identity"
    weights: str | None = None
    offset: str | None = None
    theta: float | None = None

    @property
    def response(self) -> str:
        return self.formula.split("~")[0].strip()


@dataclass(frozen=True)
class Comparison:
    """Treatment and mediator, the values compared, and covariates held at a value."""

    treat: str = "t"
    mediator: str = "m"
    treat_value: Any = 1
    control_value: Any = 0
    covariates: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Fit:
    """An estimated regression, with the recipe of its design."""

    regression: Regression
    recipe: patsy.DesignInfo
    order: list[int]
    coef: Any
    cov: Any
    dispersion: float
    shape: float

    def predict(self, data: pd.DataFrame, coef: Any) -> Any:
        """Return the means of the rows of `data` under given coefficients."""
        X = columns(self.recipe, self.order, data)
        offset = 0.0 if self.regression.offset is None else data[self.regression.offset].to_numpy()
        return inverse_link(self.regression.link, X @ coef + offset)


def r_order(recipe: patsy.DesignInfo, formula: str) -> list[int]:
    """Return patsy's columns in R's order: by degree, and within it as the formula has them."""
    terms = patsy.ModelDesc.from_formula(formula).rhs_termlist
    by_degree = sorted(terms, key=lambda term: len(term.factors))
    return [j for term in by_degree for j in range(*recipe.term_slices[term].indices(10_000))]


def columns(recipe: patsy.DesignInfo, order: list[int], data: pd.DataFrame) -> Any:
    return np.asarray(patsy.build_design_matrices([recipe], data)[0])[:, order]


def inverse_link(link: str, eta: Any) -> Any:
    bound = -stats.norm.ppf(EPSILON)
    return {
        "identity": lambda: eta,
        "log": lambda: np.maximum(np.exp(eta), EPSILON),
        "logit": lambda: 1 / (1 + np.exp(-eta)),
        "probit": lambda: stats.norm.cdf(np.clip(eta, -bound, bound)),
        "cloglog": lambda: np.clip(-np.expm1(-np.exp(eta)), EPSILON, 1 - EPSILON),
        "cauchit": lambda: 0.5 + np.arctan(eta) / np.pi,
        "inverse": lambda: 1 / eta,
        "1/mu^2": lambda: 1 / np.sqrt(eta),
        "sqrt": lambda: eta**2,
    }[link]()


def forward_link(link: str, mu: Any) -> Any:
    return {
        "identity": lambda: mu,
        "log": lambda: np.log(mu),
        "logit": lambda: np.log(mu / (1 - mu)),
        "probit": lambda: stats.norm.ppf(mu),
        "cloglog": lambda: np.log(-np.log(1 - mu)),
        "cauchit": lambda: np.tan(np.pi * (mu - 0.5)),
        "inverse": lambda: 1 / mu,
        "1/mu^2": lambda: 1 / mu**2,
        "sqrt": lambda: np.sqrt(mu),
    }[link]()


def slope_of_mean(link: str, eta: Any) -> Any:
    return {
        "identity": lambda: np.ones_like(eta),
        "log": lambda: np.maximum(np.exp(eta), EPSILON),
        "logit": lambda: np.exp(eta) / (1 + np.exp(eta)) ** 2,
        "probit": lambda: np.maximum(stats.norm.pdf(eta), EPSILON),
        "cloglog": lambda: np.maximum(np.exp(eta - np.exp(eta)), EPSILON),
        "cauchit": lambda: np.maximum(stats.cauchy.pdf(eta), EPSILON),
        "inverse": lambda: -1 / eta**2,
        "1/mu^2": lambda: -0.5 * eta**-1.5,
        "sqrt": lambda: 2 * eta,
    }[link]()


def variance(regression: Regression, mu: Any) -> Any:
    family = regression.family.removeprefix("quasi")
    return {
        "gaussian": np.ones_like(mu),
        "binomial": mu * (1 - mu),
        "poisson": mu,
        "Gamma": mu**2,
        "inverse.gaussian": mu**3,
        "Negative Binomial": mu + mu**2 / (regression.theta or 1.0),
    }[family]


def x_log_ratio(x: Any, mu: Any) -> Any:
    return np.where(x > 0, x * np.log(np.where(x > 0, x, 1.0) / mu), 0.0)


def deviance(regression: Regression, y: Any, mu: Any, w: Any) -> float:
    family, theta = regression.family.removeprefix("quasi"), regression.theta or 1.0
    units = {
        "gaussian": lambda: (y - mu) ** 2,
        "binomial": lambda: 2 * (x_log_ratio(y, mu) + x_log_ratio(1 - y, 1 - mu)),
        "poisson": lambda: 2 * (x_log_ratio(y, mu) - (y - mu)),
        "Gamma": lambda: -2 * (np.log(y / mu) - (y - mu) / mu),
        "inverse.gaussian": lambda: (y - mu) ** 2 / (y * mu**2),
        "Negative Binomial": lambda: (
            2 * (x_log_ratio(y, mu) - (y + theta) * np.log((y + theta) / (mu + theta)))
        ),
    }[family]()
    return float(np.sum(w * units))


def first_means(regression: Regression, y: Any, w: Any) -> Any:
    family = regression.family.removeprefix("quasi")
    if family == "binomial":
        return (w * y + 0.5) / (w + 1)
    if family == "Negative Binomial":
        return y + (y == 0) / 6
    return y + 0.1 if family == "poisson" else y.copy()


def fit(regression: Regression, data: pd.DataFrame, recipe: patsy.DesignInfo | None = None) -> Fit:
    """Fit a regression as R does; with a `recipe` the design is not learnt anew (knots, means, levels)."""
    if recipe is None:
        recipe = patsy.dmatrix(regression.formula.split("~")[1], data).design_info
    order = r_order(recipe, regression.formula)
    X, y = columns(recipe, order, data), data[regression.response].to_numpy(dtype=float)
    w = np.ones(len(y)) if regression.weights is None else data[regression.weights].to_numpy()
    offset = np.zeros(len(y)) if regression.offset is None else data[regression.offset].to_numpy()
    if regression.family == "lm":
        coef, inverse = weighted_least_squares(X, y - offset, w)
        dispersion = np.sum(w * (y - offset - X @ coef) ** 2) / (len(y) - X.shape[1])
        return Fit(regression, recipe, order, coef, dispersion * inverse, float(dispersion), np.nan)
    mu = first_means(regression, y, w)
    eta, old = forward_link(regression.link, mu), deviance(regression, y, mu, w)
    for _ in range(25):
        slope = slope_of_mean(regression.link, eta)
        working = w * slope**2 / variance(regression, mu)
        coef, inverse = weighted_least_squares(X, eta - offset + (y - mu) / slope, working)
        eta = X @ coef + offset
        mu = inverse_link(regression.link, eta)
        new = deviance(regression, y, mu, w)
        if abs(new - old) / (abs(new) + 0.1) < 1e-8:
            break
        old = new
    residual = (y - mu) / slope_of_mean(regression.link, eta)
    freedom = len(y) - X.shape[1]
    known = regression.family in ("binomial", "poisson", "Negative Binomial")
    dispersion = 1.0 if known else float(np.sum(working * residual**2) / freedom)
    shape = gamma_shape(y, mu, w, new / freedom) if regression.family == "Gamma" else np.nan
    return Fit(regression, recipe, order, coef, dispersion * inverse, dispersion, shape)


def weighted_least_squares(X: Any, z: Any, w: Any) -> tuple[Any, Any]:
    """Return coefficients and (X'WX)^-1; a column that earlier ones span gets coefficient 0, as in R."""
    scaled, kept = np.sqrt(w)[:, None] * X, list[int]()
    for j in range(X.shape[1]):
        q = np.linalg.qr(scaled[:, kept])[0]
        rest = scaled[:, j] - q @ (q.T @ scaled[:, j])
        if np.linalg.norm(rest) > 1e-7 * np.linalg.norm(scaled[:, j]):
            kept.append(j)
    q, triangle = np.linalg.qr(scaled[:, kept])
    back, coef, inverse = np.linalg.inv(triangle), np.zeros(X.shape[1]), np.zeros((X.shape[1],) * 2)
    coef[kept] = back @ (q.T @ (np.sqrt(w) * z))
    inverse[np.ix_(kept, kept)] = back @ back.T
    return coef, inverse


def gamma_shape(y: Any, mu: Any, w: Any, mean_deviance: float) -> float:
    alpha = (6 + 2 * mean_deviance) / (mean_deviance * (6 + mean_deviance))
    constant = -y / mu - np.log(mu) + np.log(w) + 1 + np.log(y)
    for _ in range(10):
        gradient = np.sum(w * (constant + np.log(alpha) - digamma(w * alpha)))
        step = gradient / np.sum(w * (w * polygamma(1, w * alpha) - 1 / alpha))
        alpha += step
        if abs(step) <= EPSILON**0.25:
            break
    return float(alpha)


def draw_coefficients(stream: RStream, fitted: Fit, sims: int) -> Any:
    """Draw coefficients, a row per draw: all normals of draw 1, then of draw 2, ..."""
    values, vectors = np.linalg.eigh(fitted.cov)
    root = vectors @ np.diag(np.sqrt(np.maximum(values, 0))) @ vectors.T
    k = len(fitted.coef)
    return np.array([fitted.coef + root @ [one(stream.normal()) for _ in range(k)] for _ in range(sims)])


def one(drawn: Any) -> float:
    return float(drawn[0])


def draw_mediator(stream: RStream, fitted: Fit, mean: float) -> float:
    """Draw one mediator value with the given mean."""
    family = fitted.regression.family
    if family == "binomial":
        return one(stream.binomial(1, mean))
    if family == "poisson":
        return one(stream.poisson(mean))
    if family == "Gamma":
        return one(stream.gamma(fitted.shape, mean / fitted.shape))
    return one(stream.inverse_gaussian(mean, 1 / fitted.dispersion))


def fill_mediators(
    stream: RStream, fitted: Fit, means: tuple[Any, Any], cells: list[tuple[int, int]]
) -> tuple[Any, Any]:
    """Draw the mediators of both arms, visiting the cells (draw, row) in the order given."""
    treated, control = (np.array(mean, dtype=float) for mean in means)
    if fitted.regression.family in ("lm", "gaussian"):
        for cell in cells:
            error = one(stream.normal(0.0, np.sqrt(fitted.dispersion)))
            treated[cell] += error
            control[cell] += error
        return treated, control
    for arm in (treated, control):
        for cell in cells:
            arm[cell] = draw_mediator(stream, fitted, arm[cell])
    return treated, control


def held(data: pd.DataFrame, comparison: Comparison, value: Any) -> pd.DataFrame:
    """Return the data with treatment and covariates set, factors keeping their levels."""
    changed = data.copy()
    for name, constant in {**dict(comparison.covariates), comparison.treat: value}.items():
        column = pd.Series([constant] * len(data), index=data.index)
        is_factor = isinstance(data[name].dtype, pd.CategoricalDtype)
        changed[name] = column.astype(data[name].dtype) if is_factor else column
    return changed


def effects_of(
    outcome: Fit, coef: Any, data: pd.DataFrame, comparison: Comparison, treated: Any, control: Any
) -> list[float]:
    """Return d1, d0, z1, z0 of one draw: rebuild the design four times, predict, take weighted averages."""
    w = np.ones(len(data)) if outcome.regression.weights is None else data[outcome.regression.weights]
    mean: dict[tuple[int, int], Any] = {}
    for t, value in ((1, comparison.treat_value), (0, comparison.control_value)):
        for s, m in ((1, treated), (0, control)):
            frame = held(data, comparison, value).assign(**{comparison.mediator: m})
            mean[t, s] = outcome.predict(frame, coef)
    differences = (
        mean[1, 1] - mean[1, 0], mean[0, 1] - mean[0, 0], mean[1, 1] - mean[0, 1], mean[1, 0] - mean[0, 0]
    )  # fmt: skip
    return [float(np.average(difference, weights=w)) for difference in differences]


def quasi_bayes(
    mediator: Regression,
    outcome: Regression,
    data: pd.DataFrame,
    comparison: Comparison,
    stream: RStream,
    sims: int,
) -> Any:
    """Return the draws of d1, d0, z1, z0, shape (4, sims)."""
    fit_m, fit_y = fit(mediator, data), fit(outcome, data)
    draws_m, draws_y = (draw_coefficients(stream, fitted, sims) for fitted in (fit_m, fit_y))
    means = [
        np.array([fit_m.predict(held(data, comparison, value), draw) for draw in draws_m])
        for value in (comparison.treat_value, comparison.control_value)
    ]
    cells = [(r, i) for i in range(len(data)) for r in range(sims)]
    treated, control = fill_mediators(stream, fit_m, (means[0], means[1]), cells)
    return np.array(
        [effects_of(fit_y, draws_y[r], data, comparison, treated[r], control[r]) for r in range(sims)]
    ).T


def bootstrap(
    mediator: Regression,
    outcome: Regression,
    data: pd.DataFrame,
    comparison: Comparison,
    stream: RStream,
    sims: int,
    rows_of: Callable[[RStream, int, int], Any] | None = None,
) -> tuple[Any, Any]:
    """Return the draws (4, sims) and the estimates (4,) of d1, d0, z1, z0."""
    n = len(data)
    recipes = fit(mediator, data).recipe, fit(outcome, data).recipe
    indices = (rows_of or resampled_rows)(stream, n, sims)

    def statistic(rows: Any) -> list[float]:
        fit_m, fit_y = (
            fit(regression, data.iloc[rows], recipe)
            for regression, recipe in zip((mediator, outcome), recipes, strict=True)
        )
        means = [
            fit_m.predict(held(data, comparison, value), fit_m.coef)
            for value in (comparison.treat_value, comparison.control_value)
        ]
        cells = [(0, i) for i in range(n)]
        treated, control = fill_mediators(stream, fit_m, (means[0][None], means[1][None]), cells)
        return effects_of(fit_y, fit_y.coef, data, comparison, treated[0], control[0])

    statistic(np.arange(n))
    draws = np.array([statistic(rows) for rows in indices]).T
    return draws, np.array(statistic(np.arange(n)))


def resampled_rows(stream: RStream, n: int, replicates: int) -> Any:
    """Draw the rows of every replicate: first rows of all replicates, then second rows, ..."""
    indices = np.empty((replicates, n), dtype=int)
    for i in range(n):
        for r in range(replicates):
            indices[r, i] = one(stream.integers(n))
    return indices


def rows_within_strata(strata: Any) -> Callable[[RStream, int, int], Any]:
    """Return a resampling rule that draws each stratum on its own, in ascending order."""

    def rows_of(stream: RStream, n: int, replicates: int) -> Any:
        indices = np.empty((replicates, n), dtype=int)
        for stratum in sorted(set(strata)):
            members = np.flatnonzero(np.asarray(strata) == stratum)
            for i in members:
                for r in range(replicates):
                    place = one(stream.integers(len(members))) if len(members) > 1 else 0
                    indices[r, i] = members[int(place)]
        return indices

    return rows_of


def weighted(regression: Regression, column: str | None) -> Regression:
    return replace(regression, weights=column)
