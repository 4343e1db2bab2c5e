"""`pymediation.Tobit`: estimates, predictions, what is refused, and its part in `mediate`."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy.optimize import minimize
from scipy.stats import norm
from statsmodels.formula import options

import pymediation as pm
import pymediation.r as R

# Rounding.
EXACT = 1e-12
# Two fits at the same maximum, columns in another order.
SAME_FIT = 1e-8
# How far from the maximum a general-purpose optimiser stops: the square root of its criterion.
OPTIMISER = 1e-4
# VGAM's scoring stops 1e-7 to 1e-4 from the maximum.
VGAM = 1e-3
# Three standard errors of a standard deviation of 200 estimates.
SPREAD = 0.15
LOW, HIGH = -0.5, 1.2


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    """Made-up rows with a response cut off at both ends."""
    rng = np.random.default_rng(11)
    n = 150
    t, x = rng.integers(0, 2, n), rng.normal(size=n)
    m = 0.5 * t + 0.4 * x + rng.normal(size=n)
    latent = 0.2 + 0.3 * t + 0.6 * m + rng.normal(size=n)
    return pd.DataFrame(
        {
            **{"t": t.astype(float), "x": x, "m": m, "y": np.clip(latent, LOW, HIGH)},
            **{"latent": latent, "half": np.maximum(latent, 0), "w": rng.uniform(0.5, 2, n)},
            "g": pd.Categorical(rng.choice(["a", "b", "c"], n)),
        },
        index=[f"row {i}" for i in range(n)],
    )


def fitted(data: pd.DataFrame, formula: str = "y ~ t * m + x", **options: Any) -> pm.TobitResults:
    return pm.Tobit.from_formula(formula, data, **{"lower": LOW, "upper": HIGH, **options}).fit()


def minus_loglik(theta: Any, y: Any, X: Any, w: Any, low: float, high: float) -> float:
    """Return minus the log-likelihood, row by row."""
    total, sd = 0.0, np.exp(theta[-1])
    for response, mean, weight in zip(y, X @ theta[:-1], w, strict=True):
        if response <= low:
            total += weight * norm.logcdf((low - mean) / sd)
        elif response >= high:
            total += weight * norm.logsf((high - mean) / sd)
        else:
            total += weight * norm.logpdf(response, mean, sd)
    return -float(total)


@pytest.mark.parametrize(
    ("response", "limits"), [("y", (LOW, HIGH)), ("half", (0.0, np.inf)), ("y", (-np.inf, HIGH))]
)
@pytest.mark.parametrize("weights", [None, "w"])
def test_estimates_maximise_the_likelihood(data: Any, response: str, limits: Any, weights: Any) -> None:
    fit = fitted(data, f"{response} ~ t + m", lower=limits[0], upper=limits[1], weights=weights)
    given = (
        fit.model.endog,
        fit.model.exog,
        np.ones(len(data)) if weights is None else data["w"].to_numpy(),
        *limits,
    )
    best = minimize(minus_loglik, np.zeros(4), given, method="BFGS", options={"gtol": 1e-4})
    np.testing.assert_allclose(fit.params, best.x, atol=OPTIMISER)
    assert fit.llf == pytest.approx(-minus_loglik(fit.params.to_numpy(), *given), rel=1e-10)
    assert fit.llf >= -best.fun
    assert fit.converged


def test_least_squares_without_limits(data: Any) -> None:
    least = smf.ols("latent ~ t + m", data).fit()
    fit = fitted(data, "latent ~ t + m", lower=-np.inf, upper=np.inf)
    np.testing.assert_allclose(fit.params[:-1], least.params, atol=SAME_FIT)
    sd = np.sqrt(least.ssr / len(data))
    assert fit.sd == pytest.approx(sd, rel=SAME_FIT)
    np.testing.assert_allclose(fit.bse[:-1], least.bse * sd / np.sqrt(least.scale), rtol=1e-6)
    assert fit.bse["log(sd)"] == pytest.approx(1 / np.sqrt(2 * len(data)), rel=1e-6)
    assert fit.llf == pytest.approx(least.llf, rel=1e-10)


def test_covariance_is_that_of_repeated_samples() -> None:
    """Standard errors against the spread of estimates over made-up samples."""
    rng = np.random.default_rng(5)
    X = sm.add_constant(np.linspace(-1, 1, 120))
    samples = [np.clip(X @ [0.3, 0.8] + rng.normal(size=120), 0, 1) for _ in range(200)]
    fits = [pm.Tobit(y, X, 0, 1).fit() for y in samples]
    spread = np.std([fit.params for fit in fits], axis=0)
    np.testing.assert_allclose(np.mean([fit.bse for fit in fits], axis=0), spread, rtol=SPREAD)


def test_parts_and_names(data: Any) -> None:
    fit = fitted(data)
    names = ["Intercept", "t", "m", "t:m", "x", "log(sd)"]
    assert list(fit.params.index) == list(fit.bse.index) == list(fit.cov_params().columns) == names
    np.testing.assert_allclose(fit.bse**2, np.diag(fit.cov_params()), rtol=EXACT)
    np.testing.assert_allclose(fit.tvalues, fit.params / fit.bse, rtol=EXACT)
    np.testing.assert_allclose(fit.pvalues, 2 * norm.sf(np.abs(fit.tvalues)), rtol=1e-9)
    interval = fit.conf_int(alpha=0.1)
    assert list(interval.columns) == [0, 1]
    np.testing.assert_allclose(interval[1] - interval[0], 2 * norm.ppf(0.95) * fit.bse, rtol=EXACT)
    assert fit.nobs == 150
    assert fit.df_resid == 144
    assert fit.aic == pytest.approx(12 - 2 * fit.llf)
    assert fit.bic == pytest.approx(6 * np.log(150) - 2 * fit.llf)
    assert fit.n_censored == ((data["y"] == LOW).sum(), (data["y"] == HIGH).sum())
    assert fit.sd == pytest.approx(np.exp(fit.params["log(sd)"]))


def test_it_is_vglm(data: Any) -> None:
    """The same likelihood as the dialect's, which stops short of the maximum."""
    fit, dialect = fitted(data, "half ~ t + m", lower=0, upper=np.inf), R.vglm("half ~ t + m", R.tobit, data)
    order = ["(Intercept):1", "t", "m", "(Intercept):2"]
    np.testing.assert_allclose(fit.params, dialect.coef()[order], atol=VGAM)
    np.testing.assert_allclose(fit.cov_params(), dialect.vcov().loc[order, order], atol=VGAM)


def test_summary(data: Any) -> None:
    fit = fitted(data)
    text = str(fit.summary(alpha=0.1))
    for part in ("Tobit, -0.5 to 1.2", "log(sd)", f"{fit.llf:.4f}", "[0.05", f"{fit.n_censored[0]} below"):
        assert part in text
    assert f"{fit.params['t:m']:.4f}" in text
    assert "<table" in fit.summary().as_html()
    assert "Tobit('y'" in repr(fit)


class TestPredict:
    def test_three_kinds(self, data: Any) -> None:
        fit, new = fitted(data, "y ~ t + C(g) + np.exp(x)"), data.iloc[:7]
        latent = fit.predict(new)
        by_hand = (
            fit.params["Intercept"]
            + fit.params["t"] * new["t"]
            + fit.params["np.exp(x)"] * np.exp(new["x"])
            + np.where(new["g"] == "b", fit.params["C(g)[T.b]"], 0)
            + np.where(new["g"] == "c", fit.params["C(g)[T.c]"], 0)
        )
        pd.testing.assert_series_equal(latent, by_hand.rename(None), rtol=1e-10)
        clipped = fit.predict(new, which="clipped")
        pd.testing.assert_series_equal(clipped, latent.clip(LOW, HIGH))
        draws = latent.to_numpy()[:, None] + fit.sd * norm.ppf((np.arange(20000) + 0.5) / 20000)
        observed = fit.predict(new, which="censored_mean")
        np.testing.assert_allclose(observed, np.clip(draws, LOW, HIGH).mean(axis=1), atol=1e-4)

    def test_rows_of_the_fit(self, data: Any) -> None:
        fit = fitted(data)
        pd.testing.assert_series_equal(fit.predict(), fit.predict(data), rtol=1e-10)
        pd.testing.assert_series_equal(fit.fittedvalues, fit.predict())

    def test_missing_values_stay_missing(self, data: Any) -> None:
        new = data.iloc[:3].copy()
        new.loc["row 1", "x"] = np.nan
        assert fitted(data).predict(new).isna().tolist() == [False, True, False]

    def test_another_word_is_refused(self, data: Any) -> None:
        with pytest.raises(pm.ArgumentError, match=r"one of 'latent', 'clipped'.*Did you mean 'latent'"):
            fitted(data).predict(which="latend")  # type: ignore[arg-type]


def test_arrays_and_tables(data: Any) -> None:
    table = sm.add_constant(data[["t", "m"]])
    formula = fitted(data, "y ~ t + m")
    named = pm.Tobit(data["y"], table, LOW, HIGH).fit()
    plain = pm.Tobit(data["y"].to_numpy(), table.to_numpy(), LOW, HIGH).fit()
    assert list(named.params.index) == ["const", "t", "m", "log(sd)"]
    assert list(plain.params.index) == ["const", "x1", "x2", "log(sd)"]
    for other in (named, plain):
        np.testing.assert_allclose(other.params, formula.params, atol=SAME_FIT)
    assert plain.predict(table.to_numpy()[:2]).shape == (2,)


def test_missing_rows_and_their_weights(data: Any) -> None:
    gappy = data.copy()
    gappy.loc["row 4", "x"] = np.nan
    whole = gappy.dropna()
    for weights in ("w", gappy["w"], gappy["w"].to_numpy()):
        fit = fitted(gappy, "y ~ t + x", weights=weights)
        assert fit.nobs == 149
        np.testing.assert_allclose(fit.params, fitted(whole, "y ~ t + x", weights="w").params, atol=SAME_FIT)


def test_functions_of_the_caller_are_found(data: Any) -> None:
    def double(x: Any) -> Any:
        return 2 * x

    fit = pm.Tobit.from_formula("y ~ double(x)", data, LOW, HIGH).fit()
    assert fit.params["double(x)"] == pytest.approx(fitted(data, "y ~ x").params["x"] / 2)


class TestRefused:
    def test_limits(self, data: Any) -> None:
        for limits in ((1, 0), (1, 1), (np.nan, 1)):
            with pytest.raises(pm.ArgumentError, match="lower must be below upper"):
                pm.Tobit.from_formula("y ~ x", data, *limits)
        with pytest.raises(pm.ArgumentError, match="one number each"):
            pm.Tobit.from_formula("y ~ x", data, lower=data["x"])  # type: ignore[arg-type]

    @pytest.mark.parametrize(("limits", "name"), [((0, 2), "lower=0"), ((-1, 1), "upper=1")])
    def test_responses_beyond(self, data: Any, limits: Any, name: str) -> None:
        beyond = data["y"] < 0 if name.startswith("lower") else data["y"] > 1
        message = (
            rf"{beyond.sum()} of 150 responses 'y' lie beyond {name} \(the first in row '{beyond.idxmax()}'"
        )
        with pytest.raises(pm.ArgumentError, match=message):
            pm.Tobit.from_formula("y ~ x", data, *limits)
        with pytest.raises(pm.ArgumentError, match=r"in row [0-9]+: "):
            pm.Tobit(data["y"].to_numpy(), data[["x"]].to_numpy(), *limits)

    def test_collinear_columns_by_name(self, data: Any) -> None:
        with pytest.raises(pm.NotEstimableError, match=r"'I\(2 \* x\)'"):
            fitted(data, "y ~ x + I(2 * x)")

    def test_missing_values_in_tables(self, data: Any) -> None:
        with pytest.raises(pm.ArgumentError, match=r"complete rows.*from_formula\(\)"):
            pm.Tobit(data["y"], data[["x"]].where(data["t"] > 0), LOW, HIGH)

    def test_weights(self, data: Any) -> None:
        with pytest.raises(pm.UnknownNameError, match=r"weights='ww' is not a column.*Did you mean 'w'"):
            fitted(data, weights="ww")
        with pytest.raises(pm.ArgumentError, match="weights"):
            fitted(data, weights=-data["w"])

    def test_all_censored(self, data: Any) -> None:
        with pytest.raises(pm.NotEstimableError):
            fitted(data[data["y"] == LOW], "y ~ x")

    def test_alpha(self, data: Any) -> None:
        with pytest.raises(pm.ArgumentError, match="alpha"):
            fitted(data).conf_int(alpha=95)


def mediated(fit_m: Any, fit_y: Any, **options: Any) -> Any:
    settings = {"treat": "t", "mediator": "m", "sims": 40, "rng": pm.RStream(3), **options}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "sims=", pm.PymediationWarning)
        return pm.mediate(fit_m, fit_y, **settings)


class TestMediate:
    @pytest.mark.parametrize("boot", [False, True])
    @pytest.mark.parametrize("scale", [None, "censored_mean", "latent"])
    @pytest.mark.parametrize("weights", [None, "w"])
    def test_formula_columns_and_dialect_agree(self, data: Any, boot: bool, scale: Any, weights: Any) -> None:
        fit_m = smf.wls("m ~ t + x", data, weights=data["w"] if weights else 1.0).fit()
        table = sm.add_constant(data[["t", "m", "x"]].assign(tm=data["t"] * data["m"]))
        outcomes = (
            fitted(data, weights=weights),
            pm.Tobit(data["y"], table, LOW, HIGH, None if weights is None else data["w"]).fit(),
            R.vglm("y ~ t * m + x", R.tobit(Lower=LOW, Upper=HIGH), data, weights=weights),
        )
        one, *others = (mediated(fit_m, fit, boot=boot, outcome_scale=scale) for fit in outcomes)
        assert one.INT
        for other in others:
            np.testing.assert_allclose(other.d1_sims, one.d1_sims, atol=SAME_FIT)
            np.testing.assert_allclose(other.z0, one.z0, atol=SAME_FIT)

    def test_transformed_mediators_follow(self, data: Any) -> None:
        fit_m = smf.ols("m ~ t + x", data).fit()
        plain = mediated(fit_m, fitted(data, "y ~ t + m + I(m**2)"), boot=True)
        dialect = R.vglm("y ~ t + m + I(m^2)", R.tobit(Lower=LOW, Upper=HIGH), data)
        assert plain.d1 == pytest.approx(mediated(fit_m, dialect, boot=True).d1, abs=SAME_FIT)

    def test_formulas_of_formulaic(self, data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        fit_m = smf.ols("m ~ t + x", data).fit()
        patsy = mediated(fit_m, fitted(data))
        monkeypatch.setattr(options, "formula_engine", "formulaic")
        formulaic = fitted(data)
        assert formulaic.predict(data).iloc[1] == pytest.approx(formulaic.fittedvalues.iloc[1])
        assert mediated(fit_m, formulaic).d1 == pytest.approx(patsy.d1, abs=SAME_FIT)

    def test_as_mediator_it_is_refused(self, data: Any) -> None:
        with pytest.raises(pm.UnsupportedModelError, match=r"mediator model \(Tobit.*not define a distrib"):
            mediated(fitted(data, "m ~ t", lower=-9, upper=9), smf.ols("y ~ t + m", data).fit())

    def test_unfitted_it_is_refused(self, data: Any) -> None:
        model = pm.Tobit.from_formula("y ~ t + m", data, LOW, HIGH)
        with pytest.raises(pm.UnsupportedModelError, match=r"an unfitted Tobit: pass what its \.fit\(\)"):
            mediated(smf.ols("m ~ t", data).fit(), model)

    def test_results_pickle_with_it(self, data: Any) -> None:
        result = mediated(smf.ols("m ~ t + x", data).fit(), fitted(data))
        again = pickle.loads(pickle.dumps(result))
        np.testing.assert_allclose(again.model_y.params, result.model_y.params, rtol=EXACT)

    def test_dropobs_and_clusters_by_column(self, data: Any) -> None:
        gappy = data.copy()
        gappy.loc["row 4", "x"] = np.nan
        fits = smf.ols("m ~ t + x", gappy).fit(), fitted(gappy, "y ~ t + m")
        with pytest.warns(pm.PymediationWarning, match="different covariates"):
            dropped = mediated(*fits, dropobs=True)
        whole = gappy.dropna()
        with pytest.warns(pm.PymediationWarning, match="different covariates"):
            direct = mediated(smf.ols("m ~ t + x", whole).fit(), fitted(whole, "y ~ t + m"))
        assert dropped.d1 == pytest.approx(direct.d1, abs=SAME_FIT)
        with pytest.warns(pm.PymediationWarning, match="cluster does not act on the outcome model"):
            mediated(smf.ols("m ~ t + x", data).fit(), fitted(data, "y ~ t + m + x"), cluster="g")
