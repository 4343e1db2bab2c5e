import numpy as np
import pytest
from r_dialect.further_models import RECORDED, ROWS, fit_of, table
from r_dialect.recorded import floats

import pymediation.r as R
from pymediation.errors import ArgumentError, ArgumentTypeError, NotEstimableError, UnsupportedModelError

MODELS = RECORDED["censored"]

# The same scoring steps as VGAM's; 15 stored digits.
SAME_STEPS = {"rtol": 1e-9, "atol": 1e-11}


def fit(name):
    return fit_of("censored", name)


@pytest.fixture
def jobs():
    return table("jobs").copy()


@pytest.mark.parametrize("name", MODELS)
def test_estimates_and_covariance(name):
    got, recorded = fit(name), MODELS[name]
    assert R.coef(got).index.tolist() == recorded["coef"]["names"]
    np.testing.assert_allclose(R.coef(got), floats(recorded["coef"]["values"]), **SAME_STEPS)
    np.testing.assert_allclose(R.vcov(got), floats(recorded["vcov"]), **SAME_STEPS)
    np.testing.assert_allclose(R.coef(R.summary(got)), floats(recorded["table"]), **SAME_STEPS)
    np.testing.assert_allclose(R.confint(got), floats(recorded["confint"]), **SAME_STEPS)
    scalars = [R.logLik(got), R.AIC(got), R.BIC(got), R.nobs(got), R.df_residual(got)]
    np.testing.assert_allclose(scalars, [*recorded["scalars"], *recorded["sizes"]], **SAME_STEPS)


@pytest.mark.parametrize("name", MODELS)
def test_predictions_and_residuals(name):
    got, new, recorded = fit(name), table("jobs").iloc[ROWS], MODELS[name]
    np.testing.assert_allclose(R.predict(got, new), floats(recorded["link"]), **SAME_STEPS)
    np.testing.assert_allclose(R.predict(got, new, "response"), floats(recorded["response"]), **SAME_STEPS)
    np.testing.assert_allclose(R.residuals(got)[:3], floats(recorded["residuals"]), **SAME_STEPS)
    assert R.predict(got).columns.tolist() == ["mu", "loglink(sd)"]


def test_hauck_donner_effect_is_told():
    assert R.summary(fit("hauck_donner")).hauck_donner == ("last",)
    assert R.summary(fit("lower")).hauck_donner == ()


def test_limits_are_kept_and_default_to_zero_and_infinity():
    assert (fit("bare").lower, fit("bare").upper) == (0.0, np.inf)
    assert (fit("both").lower, fit("both").upper) == (0.0, 3.0)


@pytest.mark.parametrize("family", [R.binomial, R.poisson(), "negbinomial", None])
def test_other_families_are_refused(jobs, family):
    with pytest.raises(UnsupportedModelError, match="tobit"):
        R.vglm("capped ~ treat", family, data=jobs)


def test_refusals(jobs):
    with pytest.raises(ArgumentTypeError, match="data="):
        R.vglm("capped ~ treat", jobs)
    with pytest.raises(ArgumentError, match="below `Upper`"):
        R.tobit(Lower=3, Upper=0)
    with pytest.raises(ArgumentError, match="one number each"):
        R.tobit(Lower=[0, 1])
    with pytest.raises(UnsupportedModelError, match="no intercept"):
        R.vglm("capped ~ treat - 1", R.tobit(), jobs)
    with pytest.raises(UnsupportedModelError, match="offset"):
        R.vglm("capped ~ treat + offset(age)", R.tobit(), jobs)
    with pytest.raises(NotEstimableError, match="spanned"):
        R.vglm("capped ~ treat + twice", R.tobit(), jobs)
    with pytest.raises(ArgumentError, match="'response'"):
        R.residuals(fit("usual"), type="working")
