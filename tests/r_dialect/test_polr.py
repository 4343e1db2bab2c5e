import numpy as np
import pandas as pd
import pytest
from r_dialect.further_models import RECORDED, ROWS, fit_of, table
from r_dialect.recorded import floats

import pymediation.r as R
from pymediation.errors import ArgumentError, NotEstimableError, PymediationWarning, UnsupportedModelError
from pymediation.formula import RDesign

MODELS = RECORDED["ordered"]

# The same search as R's; 15 stored digits.
ESTIMATES = {"rtol": 1e-9, "atol": 1e-11}
# Second derivatives are differences of gradients over 2e-3, which magnifies rounding of the search's end.
COVARIANCE = {"rtol": 1e-8, "atol": 1e-10}


def fit(name):
    return fit_of("ordered", name)


@pytest.fixture
def framing():
    return table("framing").copy()


@pytest.mark.parametrize("name", MODELS)
def test_estimates_and_covariance(name):
    got, recorded = fit(name), MODELS[name]
    names = recorded["coef"]["names"] or []
    assert R.coef(got).index.tolist() == np.atleast_1d(names).tolist()
    np.testing.assert_allclose(R.coef(got), np.atleast_1d(floats(recorded["coef"]["values"])), **ESTIMATES)
    np.testing.assert_allclose(got.zeta, recorded["zeta"], **ESTIMATES)
    np.testing.assert_allclose(R.vcov(got), floats(recorded["vcov"]), **COVARIANCE)
    assert R.vcov(got).index.tolist() == recorded["names"]
    np.testing.assert_allclose(R.coef(R.summary(got)), floats(recorded["table"]), **COVARIANCE)


@pytest.mark.parametrize("name", MODELS)
def test_scalars(name):
    got, recorded = fit(name), MODELS[name]
    scalars = [R.logLik(got), R.AIC(got), R.BIC(got), R.nobs(got), R.df_residual(got)]
    np.testing.assert_allclose(scalars, [*recorded["scalars"], *recorded["sizes"]], **ESTIMATES)
    assert R.deviance(got) == pytest.approx(-2 * R.logLik(got), rel=1e-15)


@pytest.mark.parametrize("name", MODELS)
def test_fitted_probabilities(name):
    np.testing.assert_allclose(R.fitted(fit(name)).head(3), MODELS[name]["fitted"], **ESTIMATES)


@pytest.mark.parametrize("name", [name for name in MODELS if MODELS[name]["predicted"]])
def test_predictions_of_new_rows(name):
    got, new, recorded = fit(name), table("framing").iloc[ROWS], MODELS[name]["predicted"]
    probabilities = R.predict(got, new, type="probs")
    np.testing.assert_allclose(probabilities, recorded["probs"], **ESTIMATES)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-12)
    assert R.predict(got, new).tolist() == recorded["class"]
    assert R.predict(got, new).cat.categories.tolist() == ["low", "mid", "high", "top"]


def test_predictions_of_the_rows_of_the_fit(framing):
    got = fit("logistic")
    pd.testing.assert_frame_equal(got.predict(type="probs"), got.predict(framing, type="probs"))
    assert R.predict(got).index.equals(framing.index)


def test_prediction_is_missing_where_a_variable_is(framing):
    new = framing.head(3).assign(gap=[50.0, np.nan, 40.0])
    assert R.predict(fit("missing"), new).isna().tolist() == [False, True, False]
    assert R.predict(fit("missing"), new, type="probs").isna().all(axis=1).tolist() == [False, True, False]


def test_an_offset_is_part_of_predictions(framing):
    got = fit("offset")
    np.testing.assert_allclose(R.predict(got, framing.head(3), "probs"), R.fitted(got).head(3), rtol=1e-12)


def test_the_rows_have_no_column_of_ones_but_the_coding_beside_one(framing):
    rows = fit("explicit").rows
    assert rows.design.names == ("treat", "genderfemale", "treat:genderfemale")
    assert [term.columns for term in rows.design.terms] == [slice(0, 1), slice(1, 2), slice(2, 3)]
    np.testing.assert_array_equal(rows.design.matrix(framing), rows.X)
    assert isinstance(rows.design, RDesign)
    men = framing[framing.gender == "male"].head(20)
    assert rows.design.relearn(framing).names == rows.design.names
    assert rows.design.relearn(pd.concat([men, framing.tail(20)])).matrix(men).shape == (20, 3)


def test_rows_keep_all_levels_and_codes_from_zero():
    rows = fit("unused_level").rows
    assert rows.response.levels == ("low", "mid", "high", "top")
    assert set(rows.y) == {0.0, 2.0, 3.0}
    assert rows.response.variable == "view"
    assert R.predict(fit("unused_level"), type="probs").shape[1] == 4


def test_weights_count_as_repeated_rows(framing):
    small = framing[["view", "treat", "emo", "income"]]
    repeated = small.loc[small.index.repeat(small.income)].reset_index(drop=True)
    got = R.polr("view ~ treat + emo", repeated)
    np.testing.assert_allclose(R.coef(got), R.coef(fit("weights")), rtol=1e-9)


def test_covariance_is_that_of_rs_second_search_unless_hess_is_asked_for(framing):
    with_hess = R.polr("view ~ treat + emo + gender", framing, Hess=True)
    np.testing.assert_array_equal(R.coef(with_hess), R.coef(fit("logistic")))
    difference = np.abs(R.vcov(with_hess) / R.vcov(fit("logistic")) - 1).to_numpy().max()
    assert 1e-8 < difference < 1e-3


def test_intervals_are_normal(framing):
    got = fit("logistic")
    half = 1.959963984540054 * np.sqrt(np.diag(R.vcov(got))[:1])
    limits = R.confint(got, "treat").to_numpy()[0]
    np.testing.assert_allclose(limits, R.coef(got)["treat"] + np.append(-half, half), rtol=1e-12)


def test_start_and_contrasts(framing):
    got = R.polr("view ~ gender + treat", framing, contrasts={"gender": "contr.sum"})
    treatment = R.polr("view ~ gender + treat", framing)
    assert R.coef(got).index[0] == "gender1"
    # each stops within 1e-5 of the same maximum
    np.testing.assert_allclose(-2 * R.coef(got)["gender1"], R.coef(treatment)["genderfemale"], rtol=1e-3)
    again = R.polr("view ~ gender + treat", framing, start=[*R.coef(treatment), *treatment.zeta])
    np.testing.assert_allclose(again.zeta, treatment.zeta, rtol=1e-3)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("immigr ~ treat", r"factor\(immigr\)"),
        ("gender ~ treat", "family=binomial"),
        ("treat ~ emo", "must be a factor"),
    ],
)
def test_a_response_must_be_a_factor_of_three_levels(framing, formula, said):
    with pytest.raises(ArgumentError, match=said):
        R.polr(formula, framing)


def test_text_is_refused_because_its_order_would_be_alphabetical(framing):
    text = framing.assign(view=framing.view.astype(str))
    with pytest.raises(ArgumentError, match="order of levels"):
        R.polr("view ~ treat", text)


def test_refusals(framing):
    with pytest.raises(ArgumentError, match="Did you mean 'probit'"):
        R.polr("view ~ treat", framing, method="probitt")
    with pytest.raises(ArgumentError, match="'class' or 'probs'"):
        R.predict(fit("logistic"), framing, type="response")
    with pytest.raises(UnsupportedModelError, match="no residuals of PolrFit"):
        R.residuals(fit("logistic"))
    perfect = framing.assign(sure=(framing.immigr > 2) * 1.0)
    with pytest.raises(NotEstimableError, match="separate the categories"):
        R.polr("view ~ sure + treat", perfect)


def test_warnings(framing):
    with pytest.warns(PymediationWarning, match=r"leaves out \['I\(2 \* treat\)'\]"):
        R.polr("view ~ treat + I(2 * treat)", framing)
    with pytest.warns(PymediationWarning, match="no intercept"):
        R.polr("view ~ treat - 1", framing)
