import pickle

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from r_dialect.models import FITS, fit_of, table
from r_dialect.recorded import RECORDED, floats

import pymediation.r as R
from pymediation.errors import (
    ArgumentError,
    ArgumentTypeError,
    FormulaError,
    PymediationWarning,
    UnknownNameError,
    UnsupportedModelError,
)

MODELS = RECORDED["models"]

# Same steps as R; what is left is rounding of the linear algebra, and 15 stored digits.
R_NUMBERS = {"rtol": 1e-9, "atol": 1e-12}
# Interpolated profiles, whose points are fits stopped at a relative change of the deviance of 1e-8.
PROFILES = {"rtol": 1e-8, "atol": 1e-10}
NEW_ROWS = [2, 10, 39]

pytestmark = pytest.mark.filterwarnings("ignore:Prediction from a rank-deficient fit")


@pytest.fixture
def framing():
    return table("framing").copy()


def data_of(name):
    return table("jobs" if fit_of(name).model.r_call.endswith("jobs)") else "framing")


def test_every_recorded_fit_is_tested():
    assert set(FITS) == set(MODELS)


@pytest.mark.parametrize("name", FITS)
def test_printed_summary_is_rs_text(name):
    assert str(R.summary(fit_of(name))).split("\n") == MODELS[name]["summary"]


@pytest.mark.parametrize("name", FITS)
def test_a_fit_prints_as_rs(name):
    fit = fit_of(name)
    assert str(fit).split("\n") == MODELS[name]["print"]
    assert repr(fit) == str(fit)


@pytest.mark.parametrize("name", FITS)
def test_components_beside_those_of_statsmodels_have_rs_values(name):
    """R's ``fit$residuals`` of a generalised linear model are the working residuals."""
    fit, recorded = fit_of(name), MODELS[name]
    pd.testing.assert_series_equal(fit.coefficients, R.coef(fit))
    np.testing.assert_allclose(fit.residuals[:6], floats(recorded["working"]), **R_NUMBERS)
    pd.testing.assert_series_equal(fit.fitted_values, R.fitted(fit))
    assert fit.df_residual == R.df_residual(fit)


@pytest.mark.parametrize("name", FITS)
def test_coefficients_and_covariance(name):
    fit, recorded = fit_of(name), MODELS[name]
    assert R.coef(fit).index.tolist() == np.atleast_1d(recorded["coef"]["names"]).tolist()
    np.testing.assert_allclose(R.coef(fit), np.atleast_1d(floats(recorded["coef"]["values"])), **R_NUMBERS)
    np.testing.assert_allclose(R.vcov(fit), floats(recorded["vcov"]), **R_NUMBERS)


@pytest.mark.parametrize("name", FITS)
def test_coefficient_table_has_rs_columns(name):
    got = R.coef(R.summary(fit_of(name)))
    assert got.columns.tolist() == MODELS[name]["columns"]
    np.testing.assert_allclose(got, floats(MODELS[name]["table"]), **R_NUMBERS)


@pytest.mark.parametrize("name", FITS)
def test_fitted_values_and_residuals(name):
    fit, recorded = fit_of(name), MODELS[name]
    np.testing.assert_allclose(R.fitted(fit)[:6], recorded["fitted"], **R_NUMBERS)
    for kind, values in recorded["residuals"].items():
        np.testing.assert_allclose(R.residuals(fit, type=kind)[:6], values, **R_NUMBERS)
    assert R.residuals(fit).index.equals(fit.model.data.row_labels)


@pytest.mark.parametrize("name", FITS)
def test_predictions_of_new_rows(name):
    fit, new = fit_of(name), data_of(name).iloc[NEW_ROWS]
    recorded = MODELS[name]
    np.testing.assert_allclose(R.predict(fit, new), floats(recorded["link"]), **R_NUMBERS)
    np.testing.assert_allclose(
        R.predict(fit, new, type="response"), floats(recorded["response"]), **R_NUMBERS
    )
    pd.testing.assert_series_equal(fit.predict(new), R.predict(fit, new, type="response"))


@pytest.mark.parametrize("name", FITS)
def test_scalars(name):
    fit, (n, deviance, log_likelihood, aic, bic, df) = fit_of(name), MODELS[name]["scalars"]
    assert R.nobs(fit) == n
    assert R.df_residual(fit) == df
    got = [R.deviance(fit), R.logLik(fit), R.AIC(fit), R.BIC(fit)]
    np.testing.assert_allclose(got, floats([deviance, log_likelihood, aic, bic]), **R_NUMBERS)


@pytest.mark.parametrize(
    ("name", "recorded", "options"),
    [("lm", "lm", {}), ("lm", "lm_90", {"level": 0.9})]
    + [(f"glm_{kind}", kind, {}) for kind in ("probit", "poisson", "gamma")],
)
def test_confidence_intervals(name, recorded, options):
    got = R.confint(fit_of(name), **options)
    np.testing.assert_allclose(got, RECORDED["intervals"][recorded], **PROFILES)


def test_other_intervals():
    default = R.confint_default(fit_of("glm_logit"))
    np.testing.assert_allclose(default, RECORDED["intervals"]["logit_default"], **R_NUMBERS)
    assert default.columns.tolist() == ["2.5 %", "97.5 %"]
    new = table("framing").iloc[NEW_ROWS]
    predicted = R.predict(fit_of("lm"), new, interval="prediction", level=0.9)
    np.testing.assert_allclose(predicted, RECORDED["intervals"]["lm_prediction"], **R_NUMBERS)


@pytest.mark.parametrize("name", ["lm", "lm_weights", "glm_probit", "glm_gamma_inverse", "glm_quasibinomial"])
def test_result_is_an_ordinary_statsmodels_result(name):
    fit = fit_of(name)
    np.testing.assert_allclose(fit.params, R.coef(fit), rtol=0)
    np.testing.assert_allclose(fit.bse**2, np.diag(R.vcov(fit)), rtol=1e-12)
    np.testing.assert_allclose(fit.fittedvalues, R.fitted(fit), rtol=1e-10)
    assert fit.df_resid == R.df_residual(fit)
    assert "treat" in str(fit.summary())
    # the same model fitted by statsmodels from the same columns is the same up to R's earlier stop
    refit = fit.model.fit() if "glm" not in name else fit.model.fit(scale=fit.scale)
    np.testing.assert_allclose(refit.params, fit.params, rtol=1e-3)


@pytest.mark.parametrize("name", ["lm_terms", "lm_aliased", "glm_probit", "glm_poisson"])
def test_fits_pickle(name):
    fit = fit_of(name)
    copy = pickle.loads(pickle.dumps(fit))
    assert str(R.summary(copy)) == str(R.summary(fit))
    new = table("framing").iloc[NEW_ROWS]
    pd.testing.assert_series_equal(copy.predict(new), fit.predict(new))


def test_aliased_coefficients_are_nan_for_coef_and_absent_from_params():
    fit = fit_of("lm_aliased")
    assert np.isnan(R.coef(fit)["I(2 * treat)"])
    assert "I(2 * treat)" not in fit.params
    with pytest.warns(PymediationWarning, match="rank-deficient"):
        R.predict(fit, table("framing").head(1))


@pytest.mark.parametrize(
    "family",
    [
        R.binomial,
        R.binomial(),
        "binomial",
        R.binomial("logit"),
        R.binomial(link="logit"),
        R.binomial(R.logit),
    ],
)
def test_spellings_of_a_family(framing, family):
    fit = R.glm("anti_info ~ treat * emo + age", family=family, data=framing)
    np.testing.assert_array_equal(R.coef(fit), R.coef(fit_of("glm_logit")))


def test_functions_name_links(framing):
    with_name = R.glm("immigr ~ emo", family=R.poisson(link="log"), data=framing)
    with_function = R.glm("immigr ~ emo", family=R.poisson(link=R.log), data=framing)
    np.testing.assert_array_equal(R.coef(with_name), R.coef(with_function))
    assert R.poisson(link=np.sqrt).link.name == "sqrt"


def test_missing_family_is_gaussian_with_a_warning(framing):
    with pytest.warns(PymediationWarning, match="family=binomial"):
        fit = R.glm("cong_mesg ~ emo", data=framing)
    np.testing.assert_allclose(R.coef(fit), R.coef(R.lm("cong_mesg ~ emo", framing)), rtol=1e-9)


def test_call_shows_the_callers_names(framing):
    weight = framing["w"]
    fit = R.lm("emo~treat", framing, weights=weight, subset="age>40")
    assert fit.model.r_call == (
        "lm(formula = emo ~ treat, data = framing, subset = age > 40, \n    weights = weight)"
    )
    unnamed = R.lm("emo ~ treat", framing.copy(), weights=framing["w"] * 2)
    assert unnamed.model.r_call == "lm(formula = emo ~ treat, data = data, weights = weights)"


def test_positional_arguments_are_in_rs_order(framing):
    by_position = R.lm("emo ~ treat", framing, "age > 40", "w")
    by_name = R.lm("emo ~ treat", data=framing, subset=framing.age > 40, weights=framing.w.to_numpy())
    np.testing.assert_array_equal(R.coef(by_position), R.coef(by_name))
    assert R.nobs(R.glm("cong_mesg ~ emo", R.binomial, framing)) == 265


def test_variables_without_data_are_those_of_the_caller():
    R.set_seed(1)
    x = R.rnorm(20)
    W = np.column_stack([x**2, np.cos(x)])  # noqa: F841
    y = 1 + x + R.rnorm(20)  # noqa: F841
    fit = R.lm("y ~ x + W")
    assert R.coef(fit).index.tolist() == ["(Intercept)", "x", "W1", "W2"]
    assert R.nobs(fit) == 20
    age = x + 1  # noqa: F841
    with pytest.raises(UnknownNameError, match="Did you mean 'age'"):
        R.lm("y ~ agge")


def test_offset_as_expression_is_known_for_new_rows_as_values_it_is_not(framing):
    expression = R.glm("immigr ~ treat + emo", R.poisson, framing, offset="log(age)")
    np.testing.assert_array_equal(R.coef(expression), R.coef(fit_of("glm_poisson")))
    pd.testing.assert_series_equal(
        expression.predict(framing.head(3)), fit_of("glm_poisson").predict(framing.head(3))
    )
    values = R.glm("immigr ~ treat + emo", R.poisson, framing, offset=np.log(framing.age))
    np.testing.assert_array_equal(R.coef(values), R.coef(expression))
    with pytest.raises(ArgumentError, match="offset='log"):
        values.predict(framing.head(3))


def test_counts_of_successes_and_failures_equal_repeated_rows():
    d = pd.DataFrame({"s": [3, 5, 9], "f": [7, 5, 1], "x": [0.0, 1.0, 2.0]})
    counts = R.glm("cbind(s, f) ~ x", R.binomial, d)
    long = pd.DataFrame({"y": np.repeat([1, 0, 1, 0, 1, 0], [3, 7, 5, 5, 9, 1]), "x": np.repeat(d.x, 10)})
    rows = R.glm("y ~ x", R.binomial, long.reset_index(drop=True))
    np.testing.assert_allclose(R.coef(counts), R.coef(rows), rtol=1e-6)  # different starting means
    proportions = R.glm("I(s / (s + f)) ~ x", R.binomial, d, weights="s + f")
    np.testing.assert_allclose(R.coef(counts), R.coef(proportions), rtol=1e-12)
    assert R.logLik(counts) == pytest.approx(R.logLik(proportions), rel=1e-12)


def test_prediction_is_missing_where_a_variable_is(framing):
    new = framing.head(3).copy()
    new.loc[1, "age"] = np.nan
    assert np.isnan(R.predict(fit_of("lm"), new)).tolist() == [False, True, False]


def test_prediction_refuses_a_level_that_was_not_there(framing):
    new = framing.head(2).assign(gender=["male", "other"])
    with pytest.raises(UnknownNameError, match="other"):
        R.predict(fit_of("lm"), new)


def test_few_residuals_are_printed_one_by_one():
    d = pd.DataFrame({"y": [1.0, 2.0, 4.0, 3.0], "x": [1.0, 2.0, 3.0, 5.0]})
    lines = str(R.summary(R.lm("y ~ x", d))).split("\n")
    assert lines[5].split() == ["0", "1", "2", "3"]
    assert len(lines[6].split()) == 4
    saturated = str(R.summary(R.lm("y ~ x", d.head(2))))
    assert "ALL 2 residuals are 0: no residual degrees of freedom!" in saturated


def test_summary_of_a_plain_statsmodels_result_keeps_its_names(framing):
    X = sm.add_constant(framing[["treat", "age"]].astype(float))
    fit = sm.OLS(framing.emo, X).fit()
    ours = R.lm("emo ~ treat + age", framing)
    assert R.coef(R.summary(fit)).index.tolist() == ["const", "treat", "age"]
    np.testing.assert_allclose(R.coef(R.summary(fit)), R.coef(R.summary(ours)), rtol=1e-9)
    assert str(R.summary(fit)).split("\n")[-4:] == str(R.summary(ours)).split("\n")[-4:]
    logit = sm.GLM(framing.cong_mesg, X, family=sm.families.Binomial()).fit()
    np.testing.assert_allclose(R.AIC(logit), logit.aic, rtol=1e-10)
    np.testing.assert_allclose(R.predict(logit, X.head(2), type="link"), X.head(2) @ logit.params, rtol=1e-12)


def test_separation_and_failed_convergence_are_reported():
    d = pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6], "y": [0, 0, 0, 1, 1, 1]})
    with pytest.warns(PymediationWarning, match="0 or 1"):
        R.glm("y ~ x", R.binomial, d)
    d["z"] = [0, 1, 0, 1, 1, 0]
    with pytest.warns(PymediationWarning, match="did not converge in 1"):
        R.glm("z ~ x", R.binomial, d, control={"maxit": 1})


def test_fractional_successes_are_reported(framing):
    with pytest.warns(PymediationWarning, match="non-integer"):
        R.glm("cong_mesg ~ emo", R.binomial, framing, weights="w")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda d: R.lm("gender ~ treat", d), ArgumentError, "family=binomial"),
        (lambda d: R.lm("~ treat", d), FormulaError, "no response"),
        (lambda d: R.lm("emo ~ treat + (1 | educ)", d), FormulaError, "random effects"),
        (lambda d: R.glm("emo ~ treat", d), ArgumentTypeError, "data=..."),
        (lambda d: R.glm("emo ~ treat", "binomail", d), ArgumentError, "Did you mean 'binomial'"),
        (lambda d: R.glm("emo ~ treat", R.binomial, d), ArgumentError, "between 0 and 1"),
        (lambda d: R.glm("emo ~ treat", sm.families.Poisson(), d), ArgumentTypeError, "pymediation.r"),
        (lambda d: R.glm("emo ~ treat", R.poisson, d, control={"tol": 1}), ArgumentError, "'tol'"),
        (lambda d: R.lm("emo ~ tret", d), UnknownNameError, "Did you mean 'treat'"),
        (lambda d: R.lm("cbind(emo, age) ~ treat", d), UnsupportedModelError, "two"),
        (lambda d: R.confint(R.lm("emo ~ treat", d), "tret"), UnknownNameError, "Did you mean 'treat'"),
        (lambda d: R.residuals(R.lm("emo ~ treat", d), "deviant"), ArgumentError, "deviance"),
        (lambda d: R.predict(R.lm("emo ~ treat", d), type="mean"), ArgumentError, "'link' or 'response'"),
        (lambda d: R.coef(d), UnsupportedModelError, "DataFrame"),
        (lambda d: R.plot(R.lm("emo ~ treat", d)), ArgumentTypeError, "mediation"),
        (lambda d: R.summary(3), ArgumentTypeError, "int"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_the_remedy(framing, call, error, message):
    with pytest.raises(error, match=message):
        call(framing)


def test_data_are_not_changed(framing):
    before = framing.copy()
    R.lm("emo ~ scale(age) + factor(tone)", framing, weights="w")
    pd.testing.assert_frame_equal(framing, before)


def test_positions_fill_what_names_have_left_as_in_r(framing):
    spread = framing["age"].to_numpy()  # noqa: F841 - found by its name
    for short, full in (
        (
            R.glm("cong_mesg ~ emo + spread", framing, family=R.binomial),
            R.glm("cong_mesg ~ emo + spread", family=R.binomial, data=framing),
        ),
        (R.rq("emo ~ spread", framing, tau=0.75), R.rq("emo ~ spread", tau=0.75, data=framing)),
        (
            R.vglm("emo ~ spread", framing, family=R.tobit()),
            R.vglm("emo ~ spread", family=R.tobit(), data=framing),
        ),
    ):
        assert str(short) == str(full)
        assert "data = framing" in str(short)


def test_too_many_positions_are_python_s_to_refuse(framing):
    with pytest.raises(TypeError, match=r"glm\(\)"):
        R.glm("cong_mesg ~ emo", framing, None, None, None, None, None, family=R.binomial)


def test_a_missing_family_is_said_at_the_callers_line(framing):
    with pytest.warns(PymediationWarning, match="without family=") as caught:
        R.glm("cong_mesg ~ emo", data=framing)
    assert caught[0].filename == __file__


def test_a_link_given_as_family_is_told_its_family(framing):
    with pytest.raises(ArgumentError, match=r"'probit' is a link: family=binomial\('probit'\)"):
        R.glm("cong_mesg ~ emo", family="probit", data=framing)
