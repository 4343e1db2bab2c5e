"""Mediators of unordered categories: effects by their definition, draws, codings, and what is refused."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from engine import plain
from gcomputation import effects_of_means

import pymediation as pm

N = 300
LEVELS = ("bus", "car", "walk")
# Same numbers, sums in another order; effects are below 1.
ROUNDING = 1e-12
# Averages over draws within this many of their standard errors, exceeded once in 16,000.
STANDARD_ERRORS = 4
OTHER_ORDER = ["walk", "bus", "car"]


def travellers(n: int = N) -> pd.DataFrame:
    """Make up rows: how people travel, as text, factor and codes, and an outcome that depends on it."""
    rng = np.random.default_rng(8)
    data = pd.DataFrame({"t": np.tile([0.0, 1.0], n // 2), "x": rng.normal(size=n)})
    eta = np.column_stack([np.zeros(n), 0.3 + 0.5 * data.t, -0.2 - 0.4 * data.t + 0.6 * data.x])
    code = np.argmax(eta + rng.gumbel(size=(n, 3)), axis=1)
    data["mode"] = np.array(LEVELS)[code]
    data["factor"] = pd.Categorical(data["mode"], OTHER_ORDER)
    data["code"], data["number"] = code, np.array([2.0, 0.5, 7.0])[code]
    data["group"] = np.arange(n) // 10
    effect = np.array([0.0, 0.6, -0.7])[code] + 0.3 * data.t * (code == 1)
    data["y"] = effect + 0.3 * data.t + 0.4 * data.x + rng.normal(size=n)
    data["z"] = (data["y"] + rng.logistic(size=n) > 0).astype(int)
    return data


d = travellers()


def mnlogit(name: str, data: pd.DataFrame = d, columns: tuple[str, ...] = ("t", "x"), **options: Any) -> Any:
    exog = sm.add_constant(data[list(columns)])
    settings = {"disp": 0, "method": "newton", "tol": 1e-14, **options}
    return sm.MNLogit(data[name], exog).fit(**settings)


def ols(formula: str, data: pd.DataFrame = d) -> Any:
    return smf.ols(formula, data).fit()


def mediate(fit_m: Any, fit_y: Any, mediator: str = "mode", **options: Any) -> Any:
    given = {"treat": "t", "mediator": mediator, "sims": 600, "rng": 4, **options}
    return pm.mediate(fit_m, fit_y, **given)


def by_summing(fit_m: Any, fit_y: Any, data: pd.DataFrame = d, name: str = "mode") -> dict[str, float]:
    """Return the effects by the definition: means over rows of sums over the categories."""

    def mean(t: int, s: int) -> Any:
        chances = np.asarray(fit_m.predict(sm.add_constant(data[["t", "x"]]).assign(t=s)))
        values = [fit_y.predict(data.assign(**{"t": float(t), name: level})) for level in LEVELS]
        return sum(np.mean(chances[:, j] * value) for j, value in enumerate(values))

    return effects_of_means(mean)


@pytest.mark.parametrize("rng", [pm.RStream(6), 6], ids=["R", "numpy"])
@pytest.mark.parametrize("binary", [False, True], ids=["linear outcome", "binary outcome"])
def test_simulated_effects_are_those_of_their_definition(binary: bool, rng: Any) -> None:
    data = travellers(1000)
    fit_m = mnlogit("mode", data)
    logit = smf.logit("z ~ t * C(mode) + x", data).fit(disp=0)
    fit_y = logit if binary else ols("y ~ t * C(mode) + x", data)
    result = mediate(fit_m, fit_y, rng=rng, sims=500)
    for name, value in by_summing(fit_m, fit_y, data).items():
        effect = result.effects[name]
        # The mean over drawn coefficients differs from the value at their mean by a second-order term, here
        # below a tenth of the standard error.
        assert abs(effect.estimate - value) <= STANDARD_ERRORS * effect.mc_error + 0.1 * effect.std_error, (
            name
        )


def test_the_bootstrap_is_centred_at_the_effects() -> None:
    data = travellers(2000)
    fit_m, fit_y = mnlogit("mode", data), ols("y ~ t * C(mode) + x", data)
    result = mediate(fit_m, fit_y, boot=True, sims=800, rng=3)
    for name, value in by_summing(fit_m, fit_y, data).items():
        effect = result.effects[name]
        # The bias of a bootstrap of 2000 rows is far below a tenth of the standard error.
        error = (STANDARD_ERRORS / np.sqrt(800) + 0.1) * effect.std_error
        assert abs(effect.sims.mean() - value) <= error, name
        # The estimate holds one draw of each mediator: as noisy as one replicate at most.
        assert abs(effect.estimate - value) <= STANDARD_ERRORS * effect.std_error, name


def chances(coef: Any, data: pd.DataFrame, t: float) -> Any:
    """Return the category probabilities of each row under treatment t, one row at a time."""
    rows = []
    for x in data["x"]:
        weights = [1.0, *(np.exp(b[0] + b[1] * t + b[2] * x) for b in np.reshape(coef, (2, 3)))]
        rows.append(np.array(weights) / sum(weights))
    return np.array(rows)


def draw_modes(stream: Any, coef: Any, data: pd.DataFrame) -> tuple[Any, Any]:
    """Draw one category after another: row by row, the treated arm before the control arm."""
    treated, control = [], []
    arms = [chances(coef, data, t) for t in (1.0, 0.0)]
    for i in range(len(data)):
        treated.append(LEVELS[int(stream.categorical(arms[0][i : i + 1])[0])])
        control.append(LEVELS[int(stream.categorical(arms[1][i : i + 1])[0])])
    return np.array(treated), np.array(control)


def assert_draws(result: Any, expected: Any) -> None:
    for name, draws in zip(plain.EFFECTS, np.array(expected).T, strict=True):
        np.testing.assert_allclose(result[f"{name}_sims"], draws, rtol=0, atol=ROUNDING)


OUTCOME = plain.Regression("y ~ t * mode + x")
COMPARISON = plain.Comparison(mediator="mode")


def test_simulated_draws_one_by_one() -> None:
    data, sims = travellers(40), 6
    fit_m = mnlogit("mode", data)
    fast, slow = pm.RStream(11), pm.RStream(11)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)  # few draws
        result = mediate(fit_m, ols(OUTCOME.formula, data), sims=sims, rng=fast)
    coef, cov = np.asarray(fit_m.params).T.ravel(), np.asarray(fit_m.cov_params())
    draws_m = plain.draw_coefficients(slow, SimpleNamespace(coef=coef, cov=cov), sims)  # type: ignore[arg-type]
    fit_y = plain.fit(OUTCOME, data)
    draws_y = plain.draw_coefficients(slow, fit_y, sims)
    expected = []
    for b, g in zip(draws_m, draws_y, strict=True):
        modes = draw_modes(slow, b, data)
        expected.append(plain.effects_of(fit_y, g, data, COMPARISON, *modes))
    assert_draws(result, expected)
    assert fast.consumed == slow.consumed


def test_bootstrap_draws_one_by_one() -> None:
    data, sims = travellers(60), 6
    fast, slow = pm.RStream(11), pm.RStream(11)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        result = mediate(mnlogit("mode", data), ols(OUTCOME.formula, data), boot=True, sims=sims, rng=fast)
    recipe = plain.fit(OUTCOME, data).recipe

    def statistic(rows: Any) -> list[float]:
        sample = data.iloc[rows]
        coef = np.asarray(mnlogit("mode", sample).params).T.ravel()
        fit_y = plain.fit(OUTCOME, sample, recipe)
        return plain.effects_of(fit_y, fit_y.coef, data, COMPARISON, *draw_modes(slow, coef, data))

    indices = plain.resampled_rows(slow, len(data), sims)
    everything = np.arange(len(data))
    statistic(everything)
    assert_draws(result, [statistic(rows) for rows in indices])
    for name, value in zip(plain.EFFECTS, statistic(everything), strict=True):
        assert result[name] == pytest.approx(value, rel=0, abs=ROUNDING)
    assert fast.consumed == slow.consumed


@pytest.mark.parametrize("boot", [False, True])
def test_codings_of_the_categories_agree(boot: bool) -> None:
    text = mediate(mnlogit("mode"), ols("y ~ t * mode + x"), boot=boot, sims=200)
    formula = smf.mnlogit("code ~ t + x", d).fit(disp=0, method="newton", tol=1e-14)
    code = mediate(formula, ols("y ~ t * C(code) + x"), "code", boot=boot, sims=200)
    for name in ("d0_sims", "d1_sims", "z0_sims", "z1_sims"):
        np.testing.assert_allclose(text[name], code[name], rtol=0, atol=1e-10)


def test_orders_of_levels_that_differ_between_the_models() -> None:
    """The same column, its levels in another order in the outcome model: the same categories are drawn."""
    fit_m = mnlogit("mode")
    same = mediate(fit_m, ols("y ~ t * mode + x"), boot=True, sims=200)
    other = d.assign(mode=d["factor"])
    fits = fit_m, smf.ols("y ~ t * mode + x", other).fit()
    reordered = mediate(*fits, boot=True, sims=200)
    np.testing.assert_allclose(reordered.d1_sims, same.d1_sims, rtol=0, atol=1e-10)


def test_names_that_differ_between_the_models() -> None:
    """Codes in one model, names in the other: the rows tell which is which."""
    codes = mnlogit("mode", d.assign(mode=d["code"]))
    named = ols("y ~ t * factor + x", d.rename(columns={"mode": "text"})).model.data.frame
    outcome = smf.ols("y ~ t * mode + x", named.rename(columns={"factor": "mode"})).fit()
    same = mediate(mnlogit("mode"), ols("y ~ t * mode + x"), boot=True, sims=200)
    np.testing.assert_allclose(
        mediate(codes, outcome, boot=True, sims=200).d1_sims, same.d1_sims, rtol=0, atol=1e-10
    )


def test_categories_of_other_rows_are_refused() -> None:
    shuffled = d.assign(mode=np.roll(d["mode"], 1))
    with pytest.raises(pm.DataMismatchError, match="'mode' differs on"):
        mediate(mnlogit("mode"), ols("y ~ t + mode", shuffled))
    two = d.assign(mode=d["mode"].replace("walk", "bus"))
    with pytest.raises(pm.DataMismatchError, match="'mode' has fewer values in the outcome model"):
        mediate(mnlogit("mode"), ols("y ~ t + mode", two))


def test_codes_taken_for_amounts_are_warned_about() -> None:
    fit_m = mnlogit("number")
    with pytest.warns(
        pm.PymediationWarning, match=r"takes their codes for amounts: 0.5, 2.0, 7.0. Write C\("
    ):
        mediate(fit_m, ols("y ~ t + number + x"), "number")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mediate(fit_m, ols("y ~ t + C(number) + x"), "number")
        mediate(fit_m, ols("y ~ t + I(number == 2) + x"), "number")


@pytest.mark.filterwarnings("ignore:.*takes their codes for amounts")
def test_numbers_of_the_categories_are_used_as_they_are() -> None:
    """With a linear outcome the ACME is the slope times the change in the mean number."""
    fit_m, fit_y = mnlogit("number"), ols("y ~ t + number + x")
    chances = [np.asarray(fit_m.predict(sm.add_constant(d[["t", "x"]]).assign(t=t))).mean(0) for t in (0, 1)]
    exact = fit_y.params["number"] * ((chances[1] - chances[0]) @ [0.5, 2.0, 7.0])
    effect = mediate(fit_m, fit_y, "number", sims=2000).effects["d0"]
    assert abs(effect.estimate - exact) <= STANDARD_ERRORS * effect.mc_error + 0.1 * effect.std_error


def test_missing_values_dropped_from_columns() -> None:
    gappy = d.assign(x=d["x"].where(d["x"] > -1))
    complete = gappy.dropna().reset_index(drop=True)
    exog = sm.add_constant(gappy[["t", "x"]])
    fit_m = sm.MNLogit(gappy["mode"], exog, missing="drop").fit(disp=0, method="newton", tol=1e-14)
    result = mediate(fit_m, ols("y ~ t + mode + x", gappy))
    again = mediate(mnlogit("mode", complete), ols("y ~ t + mode + x", complete))
    assert result.d0 == pytest.approx(again.d0, abs=ROUNDING)


def test_covariances() -> None:
    fit_y = ols("y ~ t * mode + x")
    base = mediate(mnlogit("mode"), fit_y)
    robust = mediate(mnlogit("mode"), fit_y, robustSE=True, type="HC0")
    white = smf.ols("y ~ t * mode + x", d).fit(cov_type="HC0")
    at_fit = mediate(mnlogit("mode", cov_type="HC0"), white)
    # statsmodels' numbers are those of its own search, close to the maximum.
    np.testing.assert_allclose(robust.d0_sims, at_fit.d0_sims, rtol=0, atol=1e-6)
    assert np.abs(robust.d0_sims - base.d0_sims).max() > 1e-4
    clustered = mediate(mnlogit("mode"), fit_y, cluster="group")
    assert np.abs(clustered.d0_sims - base.d0_sims).max() > 1e-4
    with pytest.raises(pm.NotEstimableError, match="type='HC0'"):
        mediate(mnlogit("mode"), fit_y, robustSE=True)


def test_replicates_without_a_category_are_left_out() -> None:
    data = travellers(60)
    data.loc[~data.index.isin(np.flatnonzero(data["code"] == 2)[:4]) & (data["code"] == 2), "number"] = 0.5
    fits = mnlogit("number", data), ols("y ~ t + number + I(number**2) + x", data)
    with pytest.warns(pm.PymediationWarning, match=r"mediator model: category 2 .*is absent.*left out"):
        result = mediate(*fits, "number", boot=True, rng=pm.RStream(4))
    rows = pm.RStream(4).bootstrap_indices(60, 600)
    lacking = (data["number"].to_numpy()[rows] != 7).all(axis=1)
    assert result.n_failed == lacking.sum() > 0
    assert result.d0_sims.shape == (600 - result.n_failed,)


def test_separation_is_warned_about() -> None:
    data = d[(d["t"] == 0) | (d["mode"] != "walk")].reset_index(drop=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = mnlogit("mode", data, method="bfgs", maxiter=200)
    with pytest.warns(pm.PymediationWarning, match=r"mediator model .*probabilities of 0 or 1: separation"):
        result = mediate(fit, ols("y ~ t + mode + x", data), boot=True)
    assert result.n_failed == 0


def test_bca_intervals_and_threads() -> None:
    fits = mnlogit("mode"), ols("y ~ t + mode + x")
    one = mediate(*fits, boot=True, boot_ci_type="bca", rng=5)
    two = mediate(*fits, boot=True, boot_ci_type="bca", rng=5, n_jobs=2)
    assert tuple(one.d0_ci) == tuple(two.d0_ci)
    assert one.d0_ci.lower < one.d0 < one.d0_ci.upper


def test_what_is_refused() -> None:
    fit_y = ols("y ~ t + mode + x")
    with pytest.raises(pm.UnsupportedModelError, match=r"outcome model .*without an order.*Logit model"):
        mediate(ols("y ~ t"), mnlogit("mode", columns=("t", "y")), "y")
    two = d.assign(mode=d["mode"].replace("walk", "bus"))
    with pytest.raises(pm.UnsupportedModelError, match=r"MNLogit of 2 levels\. Fit a Logit"):
        mediate(mnlogit("mode", two), ols("y ~ t + mode", two))
    penalised = sm.MNLogit(d["mode"], sm.add_constant(d[["t", "x"]])).fit_regularized(alpha=1.0, disp=0)
    with pytest.raises(pm.UnsupportedModelError, match="fit_regularized"):
        mediate(penalised, fit_y)
    weighted = smf.wls("y ~ t + mode + x", d, weights=1 + d["code"]).fit()
    with pytest.raises(pm.DataMismatchError, match="only the outcome model has weights"):
        mediate(mnlogit("mode"), weighted)
    stopped = mnlogit("mode", method="bfgs", maxiter=1, warn_convergence=False)
    with pytest.raises(pm.NotEstimableError, match=r"mediator model \(MNLogit\) did not converge"):
        mediate(stopped, fit_y)
