import numpy as np
import pytest
from r_dialect.further_models import RECORDED, ROWS, fit_of, table
from r_dialect.recorded import floats

import pymediation.r as R
from pymediation.errors import (
    ArgumentError,
    NotEstimableError,
    PymediationWarning,
    UnsupportedModelError,
)

MODELS = RECORDED["quantile"]

# The same vertex as R's, solved exactly; 15 stored digits.
EXACT = {"rtol": 1e-10, "atol": 1e-11}

pytestmark = pytest.mark.filterwarnings("ignore:Other coefficients fit")


def fit(name):
    return fit_of("quantile", name)


@pytest.fixture
def jobs():
    return table("jobs").copy()


@pytest.mark.parametrize("name", MODELS)
def test_estimates_and_covariance(name):
    got, recorded = fit(name), MODELS[name]
    assert R.coef(got).index.tolist() == recorded["coef"]["names"]
    np.testing.assert_allclose(R.coef(got), floats(recorded["coef"]["values"]), **EXACT)
    np.testing.assert_allclose(R.vcov(got), floats(recorded["vcov"]), **EXACT)
    np.testing.assert_allclose(R.coef(R.summary(got)), floats(recorded["table"]), **EXACT)
    np.testing.assert_allclose([R.logLik(got), R.AIC(got)], recorded["scalars"][:2], **EXACT)


@pytest.mark.parametrize("name", MODELS)
def test_fitted_values_and_predictions(name):
    got, recorded = fit(name), MODELS[name]
    np.testing.assert_allclose(R.fitted(got)[:3], recorded["fitted"], **EXACT)
    np.testing.assert_allclose(R.residuals(got)[:3], recorded["residuals"], **EXACT)
    np.testing.assert_allclose(
        R.predict(got, table("jobs").iloc[ROWS]), floats(recorded["response"]), **EXACT
    )


def test_a_share_tau_lies_below_the_fit():
    got = fit("upper")
    below, on = (R.residuals(got) < 0).mean(), (R.residuals(got) == 0).mean()
    assert below <= 0.75 <= below + on
    assert R.df_residual(got) == R.nobs(got) - 4


def test_positional_arguments_are_in_rs_order(jobs):
    by_position = R.rq("depress2 ~ treat", 0.3, jobs, "age > 40", "econ_hard")
    by_name = R.rq("depress2 ~ treat", tau=0.3, data=jobs, subset=jobs.age > 40, weights=jobs.econ_hard)
    np.testing.assert_array_equal(R.coef(by_position), R.coef(by_name))


def test_refusals(jobs):
    with pytest.raises(ArgumentError, match="must be one number"):
        R.rq("depress2 ~ treat", tau=[0.25, 0.75], data=jobs)
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        R.rq("depress2 ~ treat", tau=25, data=jobs)
    with pytest.raises(ArgumentError, match=r"rq\(\) needs numbers"):
        R.rq("occp ~ treat", data=jobs)
    with pytest.raises(UnsupportedModelError, match="offset"):
        R.rq("depress2 ~ treat + offset(age)", data=jobs)
    with pytest.raises(UnsupportedModelError, match="'lasso' is not offered"):
        R.rq("depress2 ~ treat", data=jobs, method="lasso")
    with pytest.raises(UnsupportedModelError, match="se='nid'"):
        R.summary(fit("median"), se="boot")
    with pytest.raises(NotEstimableError, match="depend linearly"):
        R.rq("depress2 ~ treat + twice", data=jobs)
    with pytest.raises(ArgumentError, match="'response'"):
        R.predict(fit("median"), jobs, type="quantile")


def test_several_solutions_are_told(jobs):
    with pytest.warns(PymediationWarning, match="nonunique"):
        R.rq("depress2 ~ treat", data=jobs.head(20))
