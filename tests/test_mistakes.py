"""Mistakes seen in scripts: an error that says what to do, or in the dialect R's number with a warning."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from idioms import CLOSED_FORM, SIMS, assert_same, dialect, frame, plain

import pymediation as pm
import pymediation.r as R
from pymediation.errors import (
    ArgumentError,
    ArgumentTypeError,
    DataMismatchError,
    PymediationWarning,
    UnknownArgumentError,
    UnknownNameError,
)

# Where the number of draws is not the subject; `messages` hears every warning.
pytestmark = pytest.mark.filterwarnings("ignore:sims=:pymediation.PymediationWarning")
BOTH = pytest.mark.parametrize("boot", [False, True], ids=["quasi-bayes", "boot"])
ENOUGH = 500  # draws, so that their number is not what is warned about


@pytest.fixture(scope="module")
def d():
    data = frame()
    rng = np.random.default_rng(5)
    return data.assign(
        other=rng.normal(size=len(data)), dose=rng.uniform(3, 9, len(data)), m_z=R.scale(data["m"])
    )


@pytest.fixture(scope="module")
def fm(d):
    return R.lm("m ~ x + a", d)


@pytest.fixture(scope="module")
def fy(d):
    return R.lm("y ~ x + m + a", d)


def messages(call, *args, **options):
    """Return the result and the texts of the package's warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call(*args, **{"sims": ENOUGH} | options)
    texts = [str(one.message) for one in caught if issubclass(one.category, PymediationWarning)]
    return result, texts


def only(call, *args, **options):
    """Return the result and the one warning of a call."""
    result, texts = messages(call, *args, **options)
    assert len(texts) == 1, texts
    return result, texts[0]


def test_sound_calls_are_silent(fm, fy):
    for call in (dialect, plain):
        for boot in (False, True):
            assert messages(call, fm, fy, boot=boot)[1] == []


# Roles (rows 1, 2, 20, 21) --------------------------------------------------------------------------------


@BOTH
def test_mediator_model_of_another_response(d, fm, fy, boot):
    wrong = R.lm("other ~ x + a", d)
    with pytest.raises(
        DataMismatchError, match="response of the mediator model is 'other', not mediator='m'"
    ):
        plain(wrong, fy, boot=boot)
    res, text = only(dialect, wrong, fy, boot=boot)
    assert "R returns a number all the same, which is no mediation effect" in text
    if boot:
        assert res.d0 == pytest.approx(R.coef(wrong)["x"] * R.coef(fy)["m"], rel=CLOSED_FORM)


@BOTH
def test_swapped_models(fm, fy, boot):
    with pytest.raises(DataMismatchError, match=r"response of the outcome model .*were the two swapped"):
        plain(fy, fm, boot=boot)
    res, text = only(dialect, fy, fm, boot=boot)
    assert "swapped" in text
    # R's number: the "outcome" does not have the mediator, so nothing is mediated
    assert res.d0 == pytest.approx(0, abs=CLOSED_FORM)
    assert res.z0 == pytest.approx(res.tau_coef)


def test_misspelt_mediator(fm, fy):
    for call in (dialect, plain):
        with pytest.raises(UnknownNameError, match=r"mediator='mm'.*outcome model.*Did you mean 'm'"):
            call(fm, fy, mediator="mm", sims=ENOUGH)


@BOTH
def test_treatment_as_response(d, fm, boot):
    wrong = R.lm("x ~ m + a", d)
    with pytest.raises(DataMismatchError, match="the treatment 'x' is the response of the outcome model"):
        plain(fm, wrong, boot=boot)
    res, texts = messages(dialect, fm, wrong, boot=boot)
    assert any("the treatment 'x' is the response" in text and "R returns a number" in text for text in texts)
    assert res.z0 == pytest.approx(0, abs=CLOSED_FORM)


@BOTH
def test_mediator_standardised_in_one_model_only(d, fm, fy, boot):
    for wrong, name in ((R.lm("m_z ~ x + a", d), "m_z"), (R.lm("scale(m) ~ x + a", d), r"scale\(m\)")):
        with pytest.raises(DataMismatchError, match=f"'{name}'"):
            plain(wrong, fy, boot=boot)
        res, _ = only(dialect, wrong, fy, boot=boot)
        ratio = res.d0 / dialect(fm, fy, boot=boot, sims=ENOUGH).d0
        assert ratio == pytest.approx(
            1 / d["m"].std(), rel=0.01
        )  # Monte Carlo error, none with the bootstrap


@pytest.mark.parametrize(
    ("treat", "error", "words"),
    [
        ("x*a", UnknownNameError, r"treat='x\*a' .*model"),
        ("x:a", UnknownNameError, r"treat='x:a' .*model has 'a', 'm', 'x'"),
        ("xx", UnknownNameError, "treat='xx' is not in the outcome model.*Did you mean 'x'"),
        (["x", "a"], ArgumentTypeError, "the name of one column, as text"),
        ("d$x", ArgumentError, "give the name of the column.*treat='x'"),
        ("d[, 1]", ArgumentError, "give the name of the column"),
    ],
)
def test_treatment_that_is_no_column(fm, fy, treat, error, words):
    for call in (dialect, plain):
        with pytest.raises(error, match=words):
            call(fm, fy, treat=treat, sims=ENOUGH)


def test_treatment_left_out(d, fm, fy):
    with pytest.raises(UnknownNameError, match=r"treat='x' is not in the outcome model\. .* has 'a', 'm'"):
        plain(fm, R.lm("y ~ m + a", d), sims=ENOUGH)
    with pytest.raises(UnknownNameError, match=r"treat='x' is not in the mediator model\. .* has 'a'"):
        plain(R.lm("m ~ a", d), fy, sims=ENOUGH)
    with pytest.raises(UnknownNameError, match="treat was not given"):
        R.mediate(fm, fy, mediator="m", sims=ENOUGH)


# Arguments (rows 3, 5, 17, 18) ----------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["a", ["a", "w"], ("a",)])
def test_covariates_meant_as_adjustment(fm, fy, given):
    with pytest.raises(ArgumentTypeError, match=r"such as {'age': 40}.*adjust.*formulas"):
        plain(fm, fy, covariates=given, sims=ENOUGH)
    res, text = only(dialect, fm, fy, covariates=given)
    assert "R ignores it" in text
    assert_same(res, dialect(fm, fy, sims=ENOUGH))


@pytest.mark.parametrize(
    ("options", "few"),
    [({"sims": 499}, True), ({"sims": 500}, False)]
    + [({"sims": sims, "boot": True, "boot_ci_type": "bca"}, sims < 1000) for sims in (999, 1000)],
)
@pytest.mark.filterwarnings("ignore::pymediation.CompatibilityWarning")
def test_too_few_simulations(fm, fy, options, few):
    for call in (dialect, plain):
        _, texts = messages(call, fm, fy, **options)
        said = [text for text in texts if "is few" in text]
        assert len(said) == few
        if few:
            assert f"{2 / options['sims']:.2g}" in said[0]
            assert "or more for results to be reported" in said[0]


def test_unused_arguments(fm, fy):
    for call in (dialect, plain):
        res, text = only(call, fm, fy, boot_ci_type="bca")
        assert "'bca' is ignored with boot=False" in text
        assert "Set boot=True" in text
        assert_same(res, call(fm, fy, sims=ENOUGH))
        res, text = only(call, fm, fy, boot=True, robustSE=True)
        assert "robustSE is ignored with boot=True" in text
        assert_same(res, call(fm, fy, sims=ENOUGH, boot=True))


def test_clusters_of_a_bootstrap_are_ignored_by_the_dialect_alone(fm, fy):
    clusters = np.arange(150) % 10
    res, text = only(dialect, fm, fy, boot=True, cluster=clusters)
    assert "ignores clusters in the bootstrap" in text
    assert_same(res, dialect(fm, fy, sims=ENOUGH, boot=True))
    ours, text = only(plain, fm, fy, boot=True, cluster=clusters)
    assert "compat='R' gives R's number" in text
    assert ours.d0_sims.std() != res.d0_sims.std()


@pytest.mark.parametrize(
    ("foreign", "words"),
    [
        ({"data": None}, "no argument 'data': the data are those of the fitted models"),
        ({"na_action": "na.omit"}, "no argument 'na_action'.*dropobs=True"),
        ({"sism": 100}, "Did you mean 'sims'"),
        ({"boot.ci.type": "perc"}, "Did you mean 'boot_ci_type'"),
        ({"Treat": "x"}, "Did you mean 'treat'"),
    ],
)
def test_foreign_arguments(fm, fy, foreign, words):
    for call in (dialect, plain):
        for boot in (False, True):
            with pytest.raises(UnknownArgumentError, match=words):
                call(fm, fy, boot=boot, **foreign)


def test_argument_of_older_scripts(fm, fy):
    for call in (dialect, plain):
        res, text = only(call, fm, fy, INT=True)
        assert "INT is ignored" in text
        assert_same(res, call(fm, fy, sims=ENOUGH))


# Seeds and p-values (rows 4, 6) ---------------------------------------------------------------------------


def test_unseeded_run_says_so_and_a_seeded_one_can_be_repeated(fm, fy):
    pm.set_seed(None)
    assert "unseeded" in repr(R.mediate(fm, fy, treat="x", mediator="m", sims=ENOUGH))
    seeded = dialect(fm, fy, sims=ENOUGH, seed=7)
    assert "R stream, seed 7" in repr(seeded)
    assert_same(plain(fm, fy, sims=seeded.sims, seed=seeded.stream.seed), seeded)


def test_p_value_of_no_draw_is_rs_text_and_zero_in_the_table(fm, fy):
    res = dialect(fm, fy, sims=ENOUGH)
    assert "<2e-16" in str(R.summary(res))
    assert res.to_frame().loc["Total Effect", "p_value"] == 0 == res.tau_p


# Models (rows 8, 9, 14, 28, 29, 30, 31) -------------------------------------------------------------------


def test_missing_family_is_a_linear_model(d, fm):
    with pytest.warns(PymediationWarning, match="family= fits a gaussian.*give family=binomial"):
        linear = R.glm("b ~ x + m + a", data=d)
    for call in (dialect, plain):
        res, text = only(call, fm, linear)
        assert "outcome model is gaussian, but its response 'b' has two values" in text
        assert "binomial" in text
        assert_same(res, messages(call, fm, R.lm("b ~ x + m + a", d))[0])


def test_binary_mediator_in_a_linear_model(d):
    models = R.lm("b ~ x + a", d), R.lm("y ~ x + b + a", d)
    for call in (dialect, plain):
        _, text = only(call, *models, mediator="b")
        assert "mediator model is gaussian, but its response 'b' has two values" in text


def test_covariates_in_one_model_only(d, fy):
    for call in (dialect, plain):
        _, text = only(call, R.lm("m ~ x + w", d), fy)
        assert "'w' only in the mediator model; 'a' only in the outcome model" in text


def test_components_have_words(fm, fy):
    res = dialect(fm, fy, sims=ENOUGH)
    assert (res.total.estimate, res.prop_mediated.control.estimate) == (res.tau_coef, res.n0)
    assert (res.ade.average.ci, res.acme.average.p_value) == (res.z_avg_ci, res.d_avg_p)


def test_squared_mediator_is_followed(d, fm):
    curved = R.lm("y2 ~ x + m + I(m^2) + a", d.assign(y2=d["y"] + d["m"] ** 2))
    right, told = only(plain, fm, curved)
    wrong, warned = only(dialect, fm, curved)
    assert "compat='R' gives R's number" in told
    assert "known to be wrong" in warned
    # E[b1 (M1 - M0) + b2 (M1^2 - M0^2)] over the coefficients of the mediator model
    a, spread, b = R.coef(fm).to_numpy(), R.vcov(fm).to_numpy(), R.coef(curved)
    effect, control = np.array([0, 1, 0]), np.array([1, 0, d["a"].mean()])
    product = (a @ effect) * (2 * control + effect) @ a + effect @ spread @ (2 * control + effect)
    truth = b["m"] * (a @ effect) + b["I(m^2)"] * product
    monte_carlo_error = right.acme.control.std_error / np.sqrt(ENOUGH)
    assert abs(right.d0 - truth) < 4 * monte_carlo_error
    assert abs(wrong.d0 - truth) > 10 * monte_carlo_error


def test_formula_in_a_variable_of_a_function(d, fm, fy):
    def analyse(boot):
        formula = "y ~ x + m + a"
        local = d.copy()
        return dialect(R.lm("m ~ x + a", local), R.lm(formula, local), boot=boot, sims=ENOUGH)

    for boot in (False, True):
        assert_same(analyse(boot), dialect(fm, fy, boot=boot, sims=ENOUGH))


@BOTH
def test_subset_by_a_column_outside_the_model(d, boot):
    models = (R.lm(text, d, subset="w > 0.8") for text in ("m ~ x + a", "y ~ x + m + a"))
    rows = d[d["w"] > 0.8]
    ready = (R.lm(text, rows) for text in ("m ~ x + a", "y ~ x + m + a"))
    assert_same(dialect(*models, boot=boot, sims=ENOUGH), dialect(*ready, boot=boot, sims=ENOUGH))


def test_effects_on_a_binary_outcome_are_differences_of_probabilities(d, fm):
    logit = R.glm("b ~ x + m + a", R.binomial, d)
    res = dialect(fm, logit, sims=ENOUGH)
    low, high = (R.predict(logit, d.assign(x=value), type="response").mean() for value in (0, 1))
    # the direct effect averages over drawn mediators instead of the observed ones
    assert res.z_avg == pytest.approx(high - low, abs=0.02)


# Rows and levels (rows 10, 11, 12, 19) --------------------------------------------------------------------


def test_other_rows_of_another_number(d, fy):
    gaps = d.assign(m=d["m"].where(d.index > 4))
    for call in (dialect, plain):
        with pytest.raises(DataMismatchError, match=r"to 145, .*to 150, 145 in common.*dropobs=True"):
            call(R.lm("m ~ x + a", gaps), fy, sims=ENOUGH)
    res, _ = messages(dialect, R.lm("m ~ x + a", gaps), fy, dropobs=True)
    assert_same(res, dialect(R.lm("m ~ x + a", d[5:]), R.lm("y ~ x + m + a", d[5:]), sims=ENOUGH))


def test_other_rows_of_the_same_number(d):
    first, second = d.assign(a=d["a"].where(d.index > 4)), d.assign(w=d["w"].where(d.index < 145))
    models = R.lm("m ~ x + a", first), R.lm("y ~ x + m + w", second)
    for call in (dialect, plain):
        with pytest.raises(DataMismatchError, match=r"to 145, .*to 145, 140 in common"):
            call(*models, sims=ENOUGH)


def test_stale_models(d, fm, fy):
    again = d.assign(x=1 - d["x"])
    for stale, words in (
        (d[:100], "to 100, .*to 150"),
        (again, "not the same units: 'x' differs on 150 of 150"),
    ):
        for call in (dialect, plain):
            with pytest.raises(DataMismatchError, match=words):
                call(R.lm("m ~ x + a", stale), fy, sims=ENOUGH)
    assert plain(fm, fy, sims=ENOUGH).formulas == ("m ~ x + a", "y ~ x + m + a")


def test_misspelt_level(d):
    models = R.lm("m ~ arm + a", d), R.lm("y ~ arm + m + a", d)
    options = {"treat": "arm", "control_value": "placbo", "treat_value": "drug"}
    with pytest.raises(UnknownNameError, match=r"'placbo'.*Did you mean 'placebo'"):
        plain(*models, **options, sims=ENOUGH)
    res, text = only(dialect, *models, **options)
    assert "comparing 'drug' (treated) with 'placebo' (control)" in text
    assert "Set control_value" in text
    assert_same(res, messages(dialect, *models, treat="arm")[0])


def test_default_levels(d):
    three = R.lm("m ~ g + a", d), R.lm("y ~ g + m + a", d)
    for call in (dialect, plain):
        _, text = only(call, *three, treat="g")
        assert "'hi', 'lo', 'mid'" in text
        assert "comparing 'lo' (treated) with 'hi' (control)" in text


def test_values_outside_the_range_of_the_treatment(d):
    models = R.lm("m ~ dose + a", d), R.lm("y ~ dose + m + a", d)
    for call in (dialect, plain):
        _, text = only(call, *models, treat="dose")
        assert "'dose' runs from 3.0" in text
        assert "the step from 0 to 1" in text
        assert "set control_value and treat_value" in text
        assert messages(call, *models, treat="dose", control_value=4, treat_value=6)[1] == []


# The message itself ---------------------------------------------------------------------------------------


def test_warnings_point_at_the_callers_line(d, fm, fy):
    calls = [
        lambda: R.mediate(fm, fy, treat="x", mediator="m", sims=SIMS),
        lambda: pm.mediate(fm, fy, treat="x", mediator="m", sims=SIMS),
        lambda: R.mediate(R.lm("m ~ x", d), fy, treat="x", mediator="m", sims=ENOUGH),
        lambda: R.mediate(fm, fy, treat="x", mediator="m", sims=ENOUGH, covariates="a"),
        lambda: R.mediate(fm, fy, treat="x", med="m", sims=ENOUGH),
        lambda: R.glm("b ~ x", data=d),
    ]
    for call in calls:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            call()
        assert [one.filename for one in caught] == [__file__], call.__code__.co_firstlineno


@pytest.mark.parametrize("boot", [False, True])
def test_data_are_not_changed(d, boot):
    before = d.copy()
    texts = "m ~ x + scale(a)", "y ~ x * m + scale(a)"
    dialect(*(R.lm(text, d) for text in texts), boot=boot, sims=ENOUGH)
    plain(*(smf.ols(text, d).fit() for text in texts), boot=boot, sims=ENOUGH)
    pd.testing.assert_frame_equal(d, before)
