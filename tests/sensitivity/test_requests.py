"""What ``medsens`` refuses and warns about, beside R's own words."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from sensitivity import sens_cases

import pymediation as pm
import pymediation.r as R

LINKS = sm.families.links
LEFT, RIGHT = (
    "job_seek ~ treat + econ_hard + sex + age",
    "depress2 ~ treat + job_seek + econ_hard + sex + age",
)


def jobs() -> Any:
    return sens_cases.tables()["jobs"].copy()


def glm(formula: str, link: Any = LINKS.Probit, **options: Any) -> Any:
    return smf.glm(formula, jobs(), family=sm.families.Binomial(link()), **options).fit()


def ols(formula: str, data: Any = None) -> Any:
    return smf.ols(formula, jobs() if data is None else data).fit()


def mediated(model_m: Any, model_y: Any, mediator: str = "job_seek", **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        return pm.mediate(
            model_m, model_y, **({"treat": "treat", "mediator": mediator, "sims": 10, "rng": 1} | options)
        )


def linear() -> Any:
    return mediated(ols(LEFT), ols(RIGHT))


def words_of_r(name: str) -> str:
    """Return R's message."""
    return next(one["message"] for one in sens_cases.recorded()["conditions"] if one["id"] == name)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"eps": 1}, pm.ArgumentError, "eps must be above 0 and below 1"),
        ({"eps": 0}, pm.ArgumentError, "eps must be above 0"),
        ({"effect_type": "foo"}, pm.ArgumentError, "effect_type must be one of 'indirect', 'direct', 'both'"),
        ({"effect_type": "ACME"}, pm.ArgumentError, "Did you mean 'indirect'"),
        ({"effect_type": 3}, pm.ArgumentTypeError, "effect_type"),
        ({"rho_by": 1.5}, pm.ArgumentError, "rho_by must be above 0 and at most 1"),
        ({"rho_by": 0}, pm.ArgumentError, "rho_by"),
        ({"rho_by": -0.1}, pm.ArgumentError, "rho_by"),
        ({"rho_by": "fine"}, pm.ArgumentTypeError, "rho_by must be the step"),
        ({"rho_by": np.nan}, pm.ArgumentError, "finite"),
        ({"sims": 0}, pm.ArgumentError, "sims"),
        ({"sim": 100}, pm.UnknownArgumentError, r"medsens\(\) has no argument 'sim'. Did you mean 'sims'"),
        ({"conf_level": 0.9}, pm.UnknownArgumentError, "Its arguments are x, rho_by"),
        ({"compat": "r"}, pm.ArgumentError, "compat must be"),
    ],
)
def test_arguments_that_are_not_accepted(options, error, words):
    with pytest.raises(error, match=words):
        pm.medsens(linear(), **options)


def unsupported(name: str) -> Any:
    """Return the result of a pair of models that R's medsens stops on."""
    data = jobs()
    if name == "logit_outcome":
        return mediated(ols(LEFT), glm(RIGHT.replace("depress2", "work1"), LINKS.Logit))
    if name == "logit_mediator":
        left, right = (text.replace("job_seek", "job_dich") for text in (LEFT, RIGHT))
        return mediated(glm(left, LINKS.Logit), ols(right), "job_dich")
    if name.startswith("binary_outcome_interaction"):
        link = LINKS.Logit if name.endswith("logit") else LINKS.Probit
        return mediated(ols(LEFT), glm("work1 ~ treat * job_seek + econ_hard + sex + age", link))
    if name == "glm_and_glm":
        left, right = (
            glm("job_dich ~ treat + age", LINKS.Logit),
            glm("work1 ~ treat + job_dich + age", LINKS.Logit),
        )
        return mediated(left, right, "job_dich")
    if name == "gaussian_glm_pair":
        return mediated(*(smf.glm(formula, data).fit() for formula in (LEFT, RIGHT)))
    data["jd"] = R.factor(data["job_disc"])
    if name == "ordered_mediator":
        data["jn"] = data["job_disc"].astype(float)
        data["jd"] = data["jn"]
        med = R.polr("R_jd ~ treat + age", data.assign(R_jd=R.factor(data["jn"])), Hess=True)
        return med, data
    return mediated(
        R.polr("jd ~ treat + age", data, Hess=True), R.lm("depress2 ~ treat + jd + age", data), "jd"
    )


@pytest.mark.parametrize(
    "name",
    [
        *(
            "logit_outcome",
            "logit_mediator",
            "binary_outcome_interaction",
            "binary_outcome_interaction_logit",
        ),
        *("gaussian_glm_pair", "mediator_three_levels"),
    ],
)
def test_pairs_of_models_are_refused_in_r_s_words_and_more(name):
    with pytest.raises(pm.UnsupportedModelError) as caught:
        pm.medsens(unsupported(name))
    assert str(caught.value).startswith(words_of_r(name))
    assert len(str(caught.value)) > len(words_of_r(name)) + 20


def test_logit_models_are_refused_with_the_reason():
    with pytest.raises(pm.UnsupportedModelError, match=r"outcome model is .*logit.* jointly normal"):
        pm.medsens(unsupported("logit_outcome"))


@pytest.mark.parametrize("link", [LINKS.CLogLog, LINKS.Cauchy])
def test_other_links_are_no_probit_either(link):
    result = mediated(ols(LEFT), glm(RIGHT.replace("depress2", "work1"), link))
    with pytest.raises(pm.UnsupportedModelError, match="only valid for the probit link"):
        pm.medsens(result)


def test_a_gaussian_glm_is_no_probit():
    with pytest.raises(pm.UnsupportedModelError, match=r"only valid for the probit link.*OLS"):
        pm.medsens(mediated(smf.glm(LEFT, jobs()).fit(), ols(RIGHT)))


def test_an_ordered_outcome_is_refused():
    data = jobs()
    data["dep"] = R.factor(np.digitize(data["depress2"], [1.5, 2.2]))
    result = mediated(
        R.lm("job_seek ~ treat", data), R.polr("dep ~ treat + job_seek", data), boot=True, sims=20
    )
    with pytest.raises(pm.UnsupportedModelError, match=r"non-supported model combinations.*polr"):
        pm.medsens(result)


def test_what_is_not_a_result_is_refused():
    for given in (ols(LEFT), None, linear().summary()):
        with pytest.raises(pm.ArgumentTypeError, match=words_of_r("not_a_mediate_object")):
            pm.medsens(given)


def test_offsets_are_refused():
    result = mediated(
        R.lm("job_seek ~ treat + offset(age)", jobs()), R.lm("depress2 ~ treat + job_seek", jobs())
    )
    with pytest.raises(pm.UnsupportedModelError, match=r"mediator model .* has one"):
        pm.medsens(result)


def test_covariates_must_be_those_of_both_models_of_a_binary_outcome():
    result = mediated(ols("job_seek ~ treat + age"), glm("work1 ~ treat + job_seek + age + sex"))
    with pytest.raises(pm.DataMismatchError, match="'sex' only in the outcome model"):
        pm.medsens(result)


def test_a_treatment_or_mediator_without_a_term_of_its_own_is_refused():
    result = mediated(ols("job_seek ~ treat + age"), ols("depress2 ~ treat + np.exp(job_seek)"))
    with pytest.raises(
        pm.UnsupportedModelError, match=r"outcome model .* has no term of the mediator 'job_seek'"
    ):
        pm.medsens(result)


def told(result: Any, **options: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pm.medsens(result, **options)
    assert all(one.filename == __file__ for one in caught)
    return [str(one.message) for one in caught]


def test_levels_that_do_not_match_are_warned_about_in_r_s_words():
    result = mediated(ols("job_seek ~ T2"), ols("depress2 ~ T2 + job_seek"), treat="T2")
    (message,) = told(result)
    assert message.startswith(words_of_r("factor_levels_do_not_match"))


def test_values_of_a_numeric_treatment_are_told_where_r_does_not_take_them():
    result = mediated(ols(LEFT), ols(RIGHT), control_value=1, treat_value=3)
    (message,) = told(result)
    assert "[medsens-unit-step]" in message
    shifted = mediated(ols(LEFT), ols(RIGHT), control_value=1, treat_value=2)
    assert told(shifted) == []  # without an interaction a step of one is the same anywhere
    interaction = mediated(
        ols(LEFT), ols(RIGHT.replace("treat +", "treat *")), control_value=1, treat_value=2
    )
    assert len(told(interaction)) == 1


def test_covariates_that_were_held_are_told_not_to_be():
    held = {"covariates": {"age": 40}}
    assert told(mediated(ols(LEFT), ols(RIGHT), **held)) == []  # they change nothing here
    (message,) = told(mediated(ols(LEFT), ols(RIGHT.replace("treat +", "treat *")), **held))
    assert "averages over the covariates as observed" in message
    assert "'age'" in message


def test_further_products_are_told_to_keep_their_observed_values():
    result = mediated(
        ols("job_seek ~ treat * age"), ols("depress2 ~ treat + job_seek + I(job_seek**2) + age")
    )
    (message,) = told(result)
    assert "'treat:age' of the mediator model" in message
    assert "'I(job_seek ** 2)' of the outcome model" in message


def test_covariances_that_are_not_used_are_told():
    result = mediated(ols(LEFT), ols(RIGHT), robustSE=True, type="HC1")
    assert "HC3" in told(result)[0]
    own = smf.ols(RIGHT, jobs()).fit(cov_type="HC1")
    assert "cov_type='HC1'" in told(mediated(ols(LEFT), own))[0]


def test_few_draws_are_warned_about_where_there_are_any():
    assert told(linear(), sims=20) == []
    (few, *_) = told(mediated(ols(LEFT), glm(RIGHT.replace("depress2", "work1"))), sims=20)
    assert few.startswith("sims=20 is few: interval limits vary from run to run. Use 500")


def test_bootstrapped_results_are_analysed_like_others():
    boot = mediated(ols(LEFT), ols(RIGHT), boot=True)
    np.testing.assert_array_equal(pm.medsens(boot).d0, pm.medsens(linear()).d0)


def test_the_dialect_completes_names():
    with pytest.warns(pm.PymediationWarning, match="`effect` is taken as `effect_type`"):
        sens = R.medsens(linear(), rho_by=0.5, effect="dir")
    assert sens.effect_type == "direct"
    assert sens.compat == "R"


def test_random_numbers_continue_the_global_stream():
    result = mediated(ols(LEFT), glm(RIGHT.replace("depress2", "work1")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        R.set_seed(3)
        first, second = pm.medsens(result, 0.5, 20), pm.medsens(result, 0.5, 20)
        R.set_seed(3)
        again = pm.medsens(result, 0.5, 20)
    pm.set_seed(None)
    np.testing.assert_array_equal(first.d0, again.d0)
    assert np.all(first.d0 != second.d0)
    assert first.stream.position == 0
    assert second.stream.position > 0
