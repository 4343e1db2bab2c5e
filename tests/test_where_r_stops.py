"""Where R's package stops or misreads a mediator: estimates against the effects by their definition.

Each case is computed a second time from fits that are not the package's, by sums and quadrature over the
distribution of the mediator.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from gcomputation import (
    binary_nodes,
    category_nodes,
    design,
    effects_by_definition,
    gumbel_quadrature,
    maximum_likelihood,
    normal_nodes,
    ordered_likelihood,
    shared_nodes,
    tobit_likelihood,
    weibull_likelihood,
)
from scipy.special import expit, ndtr
from scipy.stats import norm
from statsmodels.miscmodels.ordinal_model import OrderedModel

import pymediation as pm
import pymediation.r as R

N, SIMS = 1200, 200
# A mean over draws, or a bootstrap's estimate with its one draw of each mediator, is off by five of its
# standard errors once in two million. Means over drawn coefficients differ from the value at their mean by
# curvature, far less.
STANDARD_ERRORS = 5
# R's polr, and optimisers here, stop about 1e-5 from the maximum; effects are of order 0.1 to 1.
FITS = 1e-4
# The least that a misreading of the mediator must be away from the truth, in allowed deviations.
CLEARLY = 3

LEVELS = ("low", "mid", "high")
LIMITS = (-0.6, 1.4)
SCALE = 0.7

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")
both_methods = pytest.mark.parametrize("boot", [False, True], ids=["draws", "boot"])


@cache
def people() -> pd.DataFrame:
    """Return mediators of several kinds and outcomes that depend on them."""
    rng = np.random.default_rng(11)
    d = pd.DataFrame({"t": np.tile([0.0, 1.0], N // 2), "x": rng.normal(size=N)})
    latent = 0.7 * d.t + 0.5 * d.x + rng.normal(size=N)
    d["level"] = np.digitize(latent, [-0.2, 0.9])
    d["grade"] = pd.Categorical(np.array(LEVELS)[d.level], LEVELS, ordered=True)
    d["score"] = np.array([0.0, 1.0, 5.0])[d.level]
    d["event"] = (latent > 0.3).astype(int)
    d["flag"] = latent > 0.3
    d["answer"] = pd.Categorical(np.where(d.flag, "yes", "no"), ["no", "yes"])
    d["sex"] = np.where(rng.random(N) < 0.5, "f", "m")
    d["dose"] = 12 + latent + 0.9 * d.t * (d.sex == "m")
    bent = np.array([0.0, 1.1, -0.6])[d.level]
    d["y"] = 0.3 * d.t + bent * (1 + 0.5 * d.t) + 0.4 * d.x + rng.normal(size=N)
    d["won"] = (rng.random(N) < expit(-0.3 + 0.4 * d.t + bent + 0.3 * d.x)).astype(int)
    d["cut"] = np.clip(0.2 + 0.5 * d.t + 0.6 * latent + 0.3 * d.x + rng.normal(size=N), *LIMITS)
    d["stage"] = pd.Categorical(
        np.array(["I", "II", "III"])[
            np.digitize(0.4 * d.t + 0.7 * latent + rng.logistic(size=N), [0.0, 1.5])
        ],
        ["I", "II", "III"],
        ordered=True,
    )
    for name, eta in (("wait", 0.2 + 0.5 * d.t + 0.3 * d.x), ("life", 0.4 * d.t + 0.5 * latent + 0.2 * d.x)):
        time = np.exp(eta + SCALE * np.log(rng.exponential(size=N)))
        d[name], d[f"{name}_state"] = np.minimum(time, 5.0), np.where(time < 5.0, 2, 1)
    return d


def mediate(fit_m: Any, fit_y: Any, mediator: str, **options: Any) -> Any:
    return pm.mediate(fit_m, fit_y, SIMS, treat="t", mediator=mediator, rng=pm.RStream(4), **options)


def allowed(effect: Any, noise: float, boot: bool) -> float:
    """Return how far an estimate may be off."""
    return FITS + STANDARD_ERRORS * (noise if boot else effect.mc_error)


def agree(effects: Any, truth: dict[str, tuple[float, float]], boot: bool) -> None:
    """Check estimates, and in the bootstrap also where the replicates lie."""
    for name, (value, noise) in truth.items():
        effect = effects[name]
        assert abs(effect.estimate - value) <= allowed(effect, noise, boot), name
        if boot:
            spread = effect.std_error / np.sqrt(SIMS)
            assert abs(effect.sims.mean() - value) <= FITS + STANDARD_ERRORS * spread, name


def disagree(effects: Any, wrong: dict[str, tuple[float, float]], boot: bool) -> None:
    """Check that the reading of R would not have passed."""
    gaps = {
        name: abs(effects[name].estimate - value) / allowed(effects[name], noise, boot)
        for name, (value, noise) in wrong.items()
    }
    assert max(gaps.values()) > CLEARLY, gaps


# Mediators.


@cache
def ordered_probabilities(distribution: str, formula: str) -> tuple[Any, Any]:
    """Return the probabilities of the categories under treatment and under control."""
    data = people()
    model = OrderedModel.from_formula(formula, data, distr=distribution)
    params = np.asarray(model.fit(method="bfgs", gtol=1e-8, disp=False).params)
    thresholds = model.transform_threshold_params(params)[1:-1]
    slopes = params[: model.k_vars]
    cdf = expit if distribution == "logit" else ndtr
    below = []
    for t in (1.0, 0.0):
        regressors = [np.full(N, t), data.x] if model.k_vars == 2 else [np.full(N, t)]
        eta = np.column_stack(regressors) @ slopes
        below.append(
            np.pad(cdf(thresholds - eta[:, None]), ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1)))
        )
    return np.diff(below[0], axis=1), np.diff(below[1], axis=1)


@cache
def dose_nodes() -> Any:
    """Return the nodes of a normal mediator."""
    fit = sm.OLS(people().dose, design(people(), people().t, people().x)).fit()
    b = fit.params.to_numpy()
    treated, control = (b[0] + b[1] * t + b[2] * people().x.to_numpy() for t in (1, 0))
    return list(normal_nodes(treated, control, np.sqrt(fit.scale)))


@cache
def event_nodes() -> Any:
    """Return the nodes of a binary mediator."""
    b = sm.Logit(people().event, design(people(), people().t, people().x)).fit(disp=0).params.to_numpy()
    return list(binary_nodes(*(expit(b[0] + b[1] * t + b[2] * people().x.to_numpy()) for t in (1, 0))))


@cache
def wait_nodes(scale: float | None) -> Any:
    """Return the nodes of a time, as mediator, whose scale is estimated or fixed."""
    data = people()
    X = design(data, data.t, data.x)
    start = np.zeros(3 if scale is not None else 4)
    theta = maximum_likelihood(
        weibull_likelihood(X, data.wait.to_numpy(), (data.wait_state == 2).to_numpy(), scale), start
    )
    treated, control = (theta[0] + theta[1] * t + theta[2] * data.x.to_numpy() for t in (1, 0))
    errors = gumbel_quadrature(scale if scale is not None else np.exp(theta[3]))
    return [(np.exp(m1), np.exp(m0), p) for m1, m0, p in shared_nodes(treated, control, errors)]


# Outcomes: E[Y(t, m)] of all rows, from coefficients by statsmodels or by maximum likelihood here.


def mean_of(formula: str, family: Any = None, name: str = "grade", values: Any = None) -> Any:
    """Return the mean outcome by regression, with a mediator that may be the code of one of `values`."""
    data = people()
    fit = smf.ols(formula, data).fit() if family is None else smf.glm(formula, data, family=family).fit()

    def outcome(t: int, m: Any) -> Any:
        value = np.full(N, m) if values is None else np.repeat(values[m], N)
        return np.asarray(fit.predict(data.assign(t=float(t), **{name: value})))

    return outcome if values is None else cache(outcome)


@both_methods
@pytest.mark.parametrize("source", ["polr", "OrderedModel"])
@pytest.mark.parametrize("kind", ["linear", "logit"])
def test_an_ordered_factor_as_mediator(kind: str, source: str, boot: bool) -> None:
    """Simulations in R read the drawn category one level too high, and stop at the highest."""
    data, logit = people(), sm.families.Binomial()
    formula = "y ~ t * grade + x" if kind == "linear" else "won ~ t + grade + x"
    fit_m = (
        R.polr("grade ~ t + x", data, method="probit")
        if source == "polr"
        else OrderedModel.from_formula("grade ~ t + x", data, distr="probit").fit(method="bfgs", disp=False)
    )
    fit_y = R.lm(formula, data) if kind == "linear" else smf.glm(formula, data, family=logit).fit()
    result = mediate(fit_m, fit_y, "grade", boot=boot)
    mean = mean_of(formula, None if kind == "linear" else logit, "grade", LEVELS)
    nodes = list(category_nodes(*ordered_probabilities("probit", "grade ~ t + x")))
    agree(result.effects, effects_by_definition(mean, nodes), boot)
    one_too_high = [(min(m1 + 1, 2), min(m0 + 1, 2), chance) for m1, m0, chance in nodes]
    if not boot:
        disagree(result.effects, effects_by_definition(mean, one_too_high), boot)


@both_methods
def test_an_ordered_mediator_that_is_a_number_keeps_its_numbers(boot: bool) -> None:
    """R enters 0, 1, 5 as 1, 2, 3."""
    data = people()
    fits = R.polr("factor(score) ~ t + x", data, method="logistic"), R.lm("y ~ t * score + x", data)
    result = mediate(*fits, "score", boot=boot)
    mean = mean_of("y ~ t * score + x", name="score", values=(0.0, 1.0, 5.0))
    nodes = list(category_nodes(*ordered_probabilities("logit", "grade ~ t + x")))
    agree(result.effects, effects_by_definition(mean, nodes), boot)
    ranks = mean_of("y ~ t * score + x", name="score", values=(1.0, 2.0, 3.0))
    disagree(result.effects, effects_by_definition(ranks, nodes), boot)


@both_methods
def test_an_ordered_mediator_model_of_the_treatment_alone(boot: bool) -> None:
    """In simulations R loses the shape of a covariance of one coefficient."""
    data = people()
    fits = R.polr("grade ~ t", data), R.lm("y ~ t + grade", data)
    nodes = category_nodes(*ordered_probabilities("logit", "grade ~ t"))
    mean = mean_of("y ~ t + grade", name="grade", values=LEVELS)
    agree(mediate(*fits, "grade", boot=boot).effects, effects_by_definition(mean, nodes), boot)


@both_methods
@pytest.mark.parametrize("name", ["answer", "flag"])
def test_a_binary_mediator_that_is_a_factor_or_logical(name: str, boot: bool) -> None:
    """The bootstrap in R reads 1 as the first level and 0 as none."""
    data, logit = people(), sm.families.Binomial()
    formula = f"won ~ t * {name} + x"
    fits = R.glm(f"{name} ~ t + x", R.binomial, data), R.glm(formula, R.binomial, data)
    result = mediate(*fits, name, boot=boot)
    values = ("no", "yes") if name == "answer" else (False, True)
    mean, nodes = mean_of(formula, logit, name, values), event_nodes()
    agree(result.effects, effects_by_definition(mean, nodes), boot)
    exchanged = mean_of(formula, logit, name, values[::-1])
    disagree(result.effects, effects_by_definition(exchanged, nodes), boot)


@both_methods
@pytest.mark.parametrize("terms", ["log(dose)", "poly(dose, 2)", "t * log(dose)"])
def test_a_mediator_that_the_outcome_model_only_has_transformed(terms: str, boot: bool) -> None:
    """R does not find the mediator, by either method."""
    data = people()
    plain = terms.replace("log", "np.log").replace("poly(dose, 2)", "dose + I(dose**2)")
    fits = R.lm("dose ~ t + x", data), R.glm(f"won ~ t + {terms} + x", R.binomial, data)
    mean = mean_of(f"won ~ t + {plain} + x", sm.families.Binomial(), "dose")
    truth = effects_by_definition(mean, dose_nodes())
    agree(mediate(*fits, "dose", boot=boot).effects, truth, boot)


@both_methods
def test_a_mediator_that_a_formula_of_statsmodels_only_has_transformed(boot: bool) -> None:
    data, poisson = people(), sm.families.Poisson()
    formula = "won ~ t + np.log(dose) + x"
    fits = smf.ols("dose ~ t + x", data).fit(), smf.glm(formula, data, family=poisson).fit()
    truth = effects_by_definition(mean_of(formula, poisson, "dose"), dose_nodes())
    agree(mediate(*fits, "dose", boot=boot).effects, truth, boot)


def tobit_mean(*, mediator: str) -> Any:
    """Return the linear predictor of the tobit model, cut off at the limits."""
    data = people()
    X = design(data, data.t, data[mediator], data.x)
    b = maximum_likelihood(tobit_likelihood(X, data.cut.to_numpy(), *LIMITS), np.zeros(5))
    return lambda t, m: np.clip(b[0] + b[1] * t + b[2] * m + b[3] * data.x.to_numpy(), *LIMITS)


@both_methods
@pytest.mark.parametrize("mediator", ["dose", "event", "wait"])
def test_a_tobit_outcome(mediator: str, boot: bool) -> None:
    """R stops in simulations; in the bootstrap it subtracts log standard deviations."""
    data = people()
    fit_m = {
        "dose": lambda: R.lm("dose ~ t + x", data),
        "event": lambda: R.glm("event ~ t + x", R.binomial, data),
        "wait": lambda: R.survreg("Surv(wait, wait_state == 2) ~ t + x", data),
    }[mediator]()
    nodes = {"dose": dose_nodes, "event": event_nodes, "wait": lambda: wait_nodes(None)}[mediator]()
    fit_y = R.vglm(f"cut ~ t + {mediator} + x", R.tobit(Lower=LIMITS[0], Upper=LIMITS[1]), data)
    truth = effects_by_definition(tobit_mean(mediator=mediator), nodes)
    agree(mediate(fit_m, fit_y, mediator, boot=boot).effects, truth, boot)


def life_time(mediator: str, transform: Any, scale: float | None) -> Any:
    """Return exp of the linear predictor of a Weibull model that has the mediator transformed."""
    data = people()
    X = design(data, data.t, transform(data[mediator].to_numpy()), data.x)
    start = np.zeros(4 if scale is not None else 5)
    b = maximum_likelihood(
        weibull_likelihood(X, data.life.to_numpy(), (data.life_state == 2).to_numpy(), scale), start
    )

    def outcome(t: int, m: Any) -> Any:
        return np.exp(b[0] + b[1] * t + b[2] * transform(m) + b[3] * data.x.to_numpy())

    return outcome


@both_methods
@pytest.mark.parametrize("scale", [None, SCALE], ids=["scale estimated", "scale fixed"])
def test_times_as_mediator_and_outcome(scale: float | None, boot: bool) -> None:
    """R cuts an event written as a comparison out of its text wrongly, and fails with a fixed scale."""
    data, fixed = people(), {} if scale is None else {"scale": scale}
    fits = (
        R.survreg("Surv(wait, wait_state == 2) ~ t + x", data, **fixed),
        R.survreg("Surv(life, life_state == 2) ~ t + wait + x", data, **fixed),
    )
    truth = effects_by_definition(life_time("wait", np.asarray, scale), wait_nodes(scale))
    agree(mediate(*fits, "wait", boot=boot).effects, truth, boot)


@both_methods
def test_times_and_a_mediator_that_is_only_transformed(boot: bool) -> None:
    data = people()
    fits = R.lm("dose ~ t + x", data), R.survreg("Surv(life, life_state == 2) ~ t + log(dose) + x", data)
    truth = effects_by_definition(life_time("dose", np.log, None), dose_nodes())
    agree(mediate(*fits, "dose", boot=boot).effects, truth, boot)


def stage_probability(formula: str) -> Any:
    """Return P(stage = j) as outcomes, one function per category."""
    data = people()
    model = OrderedModel.from_formula(formula, data, distr="logit")
    params = np.asarray(model.fit(method="bfgs", gtol=1e-8, disp=False).params)
    thresholds, slopes = model.transform_threshold_params(params), params[: model.k_vars]

    def outcome(j: int) -> Any:
        def probability(t: int, m: Any) -> Any:
            eta = np.column_stack([np.full(N, t), np.broadcast_to(m, N), data.x]) @ slopes
            return expit(thresholds[j + 1] - eta) - expit(thresholds[j] - eta)

        return probability

    return [outcome(j) for j in range(3)]


@pytest.mark.parametrize("mediator", ["dose", "event"])
def test_an_ordered_outcome_without_boot_is_bootstrapped(mediator: str) -> None:
    data = people()
    fit_m = R.lm("dose ~ t + x", data) if mediator == "dose" else R.glm("event ~ t + x", R.binomial, data)
    with pytest.warns(pm.PymediationWarning, match="only the bootstrap is available"):
        result = mediate(fit_m, R.polr(f"stage ~ t + {mediator} + x", data), mediator)
    nodes = dose_nodes() if mediator == "dose" else event_nodes()
    for effects, probability in zip(
        result.effects, stage_probability(f"stage ~ t + {mediator} + x"), strict=True
    ):
        agree(effects, effects_by_definition(probability, nodes), boot=True)


def left_out_effects(few: pd.DataFrame) -> Any:
    """Return the ACME under control on each category without each row in turn, averaged over mediators."""
    rows, codes = len(few), few.stage.cat.codes.to_numpy()
    X, Z = design(few, few.t), np.column_stack([few.t, few.event])
    found = []
    for i in range(rows):
        rest = np.arange(rows) != i
        a = sm.Logit(few.event.to_numpy()[rest], X[rest]).fit(disp=0).params
        theta = maximum_likelihood(ordered_likelihood(Z[rest], codes[rest]), [0.0, 0.0, -0.5, 0.5])
        below = expit(
            np.array([-np.inf, theta[2], theta[2] + np.exp(theta[3]), np.inf])
            - theta[1] * np.array([[0], [1]])
        )
        moved = expit(a[0] + a[1]) - expit(a[0])
        found.append(moved * np.diff(below[1] - below[0]))
    return np.array(found)


def test_corrected_intervals_of_an_ordered_outcome_are_those_of_each_category() -> None:
    """R computes one from the draws of all categories together."""
    few = people().iloc[:70]
    fits = R.glm("event ~ t", R.binomial, few), R.polr("stage ~ t + event", few)
    result = mediate(*fits, "event", boot=True, boot_ci_type="bca")
    for effects, left_out in zip(result.effects, left_out_effects(few).T, strict=True):
        influence, effect = left_out.mean() - left_out, effects["d0"]
        acceleration = np.sum(influence**3) / (6 * np.sum(influence**2) ** 1.5)
        z = norm.ppf(np.mean(effect.sims < effect.estimate))
        shifted = z + norm.ppf([0.025, 0.975])
        expected = np.quantile(effect.sims, norm.cdf(z + shifted / (1 - acceleration * shifted)))
        np.testing.assert_allclose((effect.lower, effect.upper), expected, atol=FITS)


def test_text_among_the_covariates_held() -> None:
    """R's simulations need factors there."""
    data = people()
    fits = R.lm("dose ~ t * sex", data), R.lm("cut ~ t + dose * sex", data)
    result = mediate(*fits, "dose", covariates={"sex": "m"})
    a, b = smf.ols("dose ~ t * sex", data).fit().params, smf.ols("cut ~ t + dose * sex", data).fit().params
    slope = b["dose"] + b["dose:sex[T.m]"]
    expected = (a["t"] + a["t:sex[T.m]"]) * slope
    for name in ("d0", "d1"):
        effect = result.effects[name]
        assert abs(effect.estimate - expected) <= STANDARD_ERRORS * effect.mc_error
    assert abs(a["t"] * slope - expected) > STANDARD_ERRORS * result.effects["d0"].mc_error


def test_one_simulation_is_the_product_of_drawn_coefficients() -> None:
    """R drops the row of a matrix of one draw."""
    data = people()
    fits = R.lm("dose ~ t + x", data), R.lm("y ~ t + dose + x", data)
    stream, drawn = pm.RStream(9), []
    for y, X in (
        (data.dose, design(data, data.t, data.x)),
        (data.y, design(data, data.t, data.dose, data.x)),
    ):
        fit = sm.OLS(y.to_numpy(), X).fit()
        values, vectors = np.linalg.eigh(fit.cov_params())
        root = vectors @ np.diag(np.sqrt(values)) @ vectors.T
        drawn.append(fit.params + root @ stream.normal(size=X.shape[1]))
    result = pm.mediate(*fits, 1, treat="t", mediator="dose", rng=pm.RStream(9))
    assert result.d0 == pytest.approx(drawn[0][1] * drawn[1][2], rel=1e-9)
    assert result.z0 == pytest.approx(drawn[1][1], rel=1e-9)
