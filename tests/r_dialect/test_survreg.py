import numpy as np
import pandas as pd
import pytest
from r_dialect.further_models import RECORDED, ROWS, fit_of, table
from r_dialect.recorded import floats

import pymediation.r as R
from pymediation.errors import (
    ArgumentError,
    FormulaError,
    UnknownArgumentError,
    UnsupportedModelError,
)

MODELS = RECORDED["survival"]

# Exact here; R stops at a relative change of the log-likelihood of 1e-9, where its coefficients are still
# up to 1e-9 off, and what is computed from them up to 1e-7 of its size.
AT_RS_STOP = {"rtol": 1e-8, "atol": 2e-9}
TIMES = {"rtol": 1e-8, "atol": 1e-7}
# The log-likelihood is flat at its maximum.
LOGLIK = {"rtol": 1e-12}


def fit(name):
    return fit_of("survival", name)


@pytest.fixture
def jobs():
    return table("jobs").copy()


@pytest.mark.parametrize("name", MODELS)
def test_estimates_and_covariance(name):
    got, recorded = fit(name), MODELS[name]
    assert R.coef(got).index.tolist() == np.atleast_1d(recorded["coef"]["names"]).tolist()
    np.testing.assert_allclose(R.coef(got), np.atleast_1d(floats(recorded["coef"]["values"])), **AT_RS_STOP)
    np.testing.assert_allclose(R.vcov(got), floats(recorded["vcov"]), **AT_RS_STOP)
    assert R.vcov(got).index.tolist() == np.atleast_1d(recorded["names"]).tolist()
    assert got.scale == pytest.approx(recorded["scale"], rel=1e-8)


@pytest.mark.parametrize("name", MODELS)
def test_scalars(name):
    got, recorded = fit(name), MODELS[name]
    scalars = [R.logLik(got), R.AIC(got), R.BIC(got), got.null_loglik, R.nobs(got), R.df_residual(got)]
    want = [*recorded["scalars"], recorded["null"], *recorded["sizes"]]
    np.testing.assert_allclose(scalars, want, **LOGLIK)


@pytest.mark.parametrize("name", MODELS)
def test_fitted_values_and_residuals(name):
    got, recorded = fit(name), MODELS[name]
    np.testing.assert_allclose(R.fitted(got)[:3], recorded["fitted"], **TIMES)
    for kind, values in recorded["residuals"].items():
        # R's deviance of the t distribution has the wrong sign in one term: residuals of 0 become 1.4
        if (name, kind) != ("t", "deviance"):
            np.testing.assert_allclose(R.residuals(got, type=kind)[:12], values, **TIMES)


@pytest.mark.parametrize("name", [name for name in MODELS if MODELS[name]["predicted"]])
def test_predictions_of_new_rows(name):
    got, new, recorded = fit(name), table("jobs").iloc[ROWS], MODELS[name]["predicted"]
    for kind in ("response", "lp", "quantile", "uquantile"):
        np.testing.assert_allclose(R.predict(got, new, type=kind), floats(recorded[kind]), **TIMES)
    median = R.predict(got, new, type="quantile", p=0.5)
    np.testing.assert_allclose(median, recorded["median"], **TIMES)


def test_predictions_of_the_rows_of_the_fit(jobs):
    got = fit("weibull")
    pd.testing.assert_series_equal(got.predict(), got.predict(jobs))
    np.testing.assert_allclose(np.log(got.predict()), got.predict(type="linear"), rtol=1e-14)
    assert R.predict(got, jobs.head(2), type="quantile").columns.tolist() == [0.1, 0.9]


def test_an_offset_is_part_of_predictions(jobs):
    got = fit("offset")
    np.testing.assert_allclose(R.predict(got, jobs.head(3)), R.fitted(got)[:3], rtol=1e-12)


def test_aliased_coefficients_count_as_zero_in_predictions(jobs):
    np.testing.assert_allclose(fit("aliased").predict(jobs), fit("explicit").predict(jobs), rtol=1e-10)
    assert np.isnan(R.coef(fit("aliased"))["twice"])


def test_rows_keep_times_and_events(jobs):
    rows = fit("loglogistic").rows
    np.testing.assert_array_equal(rows.y, jobs.time)
    np.testing.assert_array_equal(rows.event, jobs.cens)
    assert (rows.response.text, rows.response.variable) == ("Surv(time, cens == 1)", "time")
    assert fit("uncensored").rows.event.all()
    one_and_two = R.survreg("Surv(time, cens + 1) ~ treat", jobs)
    np.testing.assert_array_equal(one_and_two.rows.event, jobs.cens)


def test_scale_can_be_fixed(jobs):
    assert fit("fixed").fixed_scale == 0.5
    assert R.vcov(fit("fixed")).shape == (3, 3)
    assert fit("weibull").fixed_scale is None
    weibull_of_scale_1 = R.survreg("Surv(time, cens) ~ treat + job_seek", jobs, scale=1)
    np.testing.assert_allclose(R.coef(weibull_of_scale_1), R.coef(fit("exponential")), rtol=1e-9)
    with pytest.raises(ArgumentError, match="rayleigh"):
        R.survreg("Surv(time, cens) ~ treat", jobs, dist="rayleigh", scale=2)


@pytest.mark.parametrize("special", ["strata(sex)", "cluster(educ)", "frailty(educ)", "pspline(age)"])
def test_terms_of_other_models_are_refused_by_name(jobs, special):
    with pytest.raises(UnsupportedModelError, match=special.split("(")[0]):
        R.survreg(f"Surv(time, cens) ~ treat + {special}", jobs)


@pytest.mark.parametrize(
    ("response", "error", "said"),
    [
        ("Surv(time, cens, type = 'left')", UnsupportedModelError, "left-censored"),
        ("Surv(age, time + 100, cens)", UnsupportedModelError, "entry times"),
        ("Surv(time, cens, type = 'interval')", FormulaError, "interval"),
        ("time", ArgumentError, r"Surv\(time, event\)"),
        ("Surv(time - 20, cens)", ArgumentError, "above 0"),
    ],
)
def test_responses_that_are_refused(jobs, response, error, said):
    with pytest.raises(error, match=said):
        R.survreg(f"{response} ~ treat", jobs)


def test_survival_times_are_for_survreg_only(jobs):
    with pytest.raises(UnsupportedModelError, match=r"survreg\(\)"):
        R.lm("Surv(time, cens) ~ treat", jobs)


def test_refusals(jobs):
    with pytest.raises(ArgumentError, match="Did you mean 'weibull'"):
        R.survreg("Surv(time, cens) ~ treat", jobs, dist="weibul")
    with pytest.raises(ArgumentError, match="Did you mean 'quantile'"):
        R.predict(fit("weibull"), jobs, type="quantil")
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        R.predict(fit("weibull"), jobs, type="quantile", p=50)
    with pytest.raises(UnknownArgumentError, match="no argument 'interval'"):
        R.predict(fit("weibull"), jobs, interval="confidence")
    with pytest.raises(ArgumentError, match="deviance"):
        R.residuals(fit("weibull"), type="martingale")
