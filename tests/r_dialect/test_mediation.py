"""The idioms of R scripts, written in the dialect."""

import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest

import pymediation as pm
import pymediation.r as R
from pymediation.errors import ArgumentError, PymediationWarning, UnknownArgumentError

pytestmark = pytest.mark.filterwarnings("ignore:sims=:pymediation.PymediationWarning")

COVARIATES = "age + educ + gender + income"


@pytest.fixture(scope="module")
def framing():
    return R.data("framing")


@pytest.fixture(scope="module")
def fits(framing):
    fm = R.lm(f"emo ~ treat + {COVARIATES}", data=framing)
    fy = R.glm(f"cong_mesg ~ emo + treat + {COVARIATES}", data=framing, family=R.binomial("probit"))
    return fm, fy


# Tingley et al. (2014), section 3.1, printed with four decimals or more.
PUBLISHED = {"d0": 0.0791, "d1": 0.0804, "z0": 0.0206, "z1": 0.0218, "tau_coef": 0.1009, "n_avg": 0.7032}


def test_first_example_of_the_paper(fits):
    R.set_seed(2014)
    result = R.mediate(*fits, treat="treat", mediator="emo", robustSE=R.TRUE, sims=100)
    for name, value in PUBLISHED.items():
        assert round(getattr(result, name), 4) == value
    assert tuple(round(limit, 4) for limit in result.d0_ci) == (0.0351, 0.1501)
    text = str(R.summary(result))
    assert "Quasi-Bayesian Confidence Intervals" in text
    assert R.summary(result).tau_p == pytest.approx(0.14)


def test_base_case_by_position_equals_the_package_with_the_same_stream(fits):
    R.set_seed(42)
    by_position = R.mediate(*fits, 200, treat="treat", mediator="emo")
    package = pm.mediate(*fits, treat="treat", mediator="emo", sims=200, rng=pm.RStream(42))
    assert str(R.summary(by_position)) == str(package.summary())


def test_seed_then_bootstrap(fits):
    R.set_seed(42)
    result = R.mediate(*fits, boot=R.TRUE, boot_ci_type="perc", sims=50, treat="treat", mediator="emo")
    assert result.boot
    assert "Nonparametric Bootstrap" in str(R.summary(result))


def test_draws_before_the_call_shift_the_stream(fits):
    def acme(draws):
        R.set_seed(1)
        R.rnorm(draws)
        return R.mediate(*fits, sims=50, treat="treat", mediator="emo").d0

    assert acme(0) == acme(0)
    assert acme(0) != acme(3)


def test_factor_treatment_with_named_levels(framing):
    d = framing.assign(arm=R.factor(framing.treat, labels=["placebo", "drug"]))
    fm = R.lm("emo ~ arm + age", data=d)
    fy = R.glm("cong_mesg ~ arm + emo + age", family="binomial", data=d)
    R.set_seed(3)
    named = R.mediate(
        fm, fy, treat="arm", mediator="emo", control_value="placebo", treat_value="drug", sims=50
    )
    numbers = R.lm("emo ~ treat + age", d), R.glm("cong_mesg ~ treat + emo + age", R.binomial, d)
    R.set_seed(3)
    plain = R.mediate(*numbers, treat="treat", mediator="emo", sims=50)
    assert named.d0 == pytest.approx(plain.d0, rel=1e-10)


def test_treatment_by_mediator_interaction_gives_ten_rows(framing):
    fm = R.lm("emo ~ treat + age", framing)
    fy = R.lm("cong_mesg ~ treat * emo + age", framing)
    R.set_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PymediationWarning)
        result = R.mediate(fm, fy, treat="treat", mediator="emo", sims=50)
    assert result.INT
    assert "ACME (treated)" in str(R.summary(result))


def test_moderated_mediation(framing):
    fm = R.lm("emo ~ treat * age", framing)
    fy = R.glm("cong_mesg ~ emo + treat * age", R.binomial, framing)
    low = {"age": R.mean(framing.age) - R.sd(framing.age)}
    R.set_seed(3)
    result = R.mediate(fm, fy, treat="treat", mediator="emo", covariates=low, sims=50)
    R.set_seed(3)
    assert result.d0 != R.mediate(fm, fy, treat="treat", mediator="emo", sims=50).d0


def test_loop_over_mediators_with_adjusted_p_values(framing):
    rows = []
    for m in ["emo", "p_harm"]:
        fm = R.lm(f"{m} ~ treat + age", framing)
        fy = R.glm(R.reformulate(["treat", m, "age"], "cong_mesg"), R.binomial, framing)
        R.set_seed(1)
        r = R.mediate(fm, fy, treat="treat", mediator=m, sims=100)
        rows.append({"m": m, "acme": r.d0, "lo": r.d0_ci[0], "hi": r.d0_ci[1], "p": r.d0_p})
    out = pd.DataFrame(rows)
    out["q"] = R.p_adjust(out.p, "fdr")
    assert (out.lo < out.acme).all()
    assert (out.acme < out.hi).all()
    assert (out.q >= out.p).all()


def test_continuous_treatment_between_two_quantiles(framing):
    q = R.quantile(framing.income, [0.25, 0.75])
    fm = R.lm("emo ~ income + age", framing)
    fy = R.lm("p_harm ~ income + emo + age", framing)
    R.set_seed(1)
    result = R.mediate(fm, fy, treat="income", mediator="emo", control_value=q[0], treat_value=q[1], sims=50)
    assert result.treat_value - result.control_value == q["75%"] - q["25%"]


def test_standardised_mediator_and_complete_cases():
    jobs = R.na_omit(R.data("jobs")[["treat", "job_seek", "depress2", "age"]])
    jobs["job_seek"] = R.scale(jobs.job_seek)
    fm = R.lm("job_seek ~ treat + age", jobs)
    fy = R.lm("depress2 ~ treat + job_seek + age", jobs)
    R.set_seed(1)
    assert R.mediate(fm, fy, treat="treat", mediator="job_seek", sims=50).nobs == 899


def test_names_with_dots_and_spaces(framing):
    d = framing.rename(columns={"emo": "neg.emotion", "treat": "my treat"})
    fm = R.lm("neg.emotion ~ `my treat` + age", d)
    fy = R.glm("cong_mesg ~ `my treat` + neg.emotion + age", R.binomial, d)
    R.set_seed(1)
    renamed = R.mediate(fm, fy, treat="my treat", mediator="neg.emotion", sims=50)
    plain = R.lm("emo ~ treat + age", framing), R.glm("cong_mesg ~ treat + emo + age", R.binomial, framing)
    R.set_seed(1)
    assert renamed.d0 == R.mediate(*plain, treat="treat", mediator="emo", sims=50).d0


def test_plot_takes_the_result_and_its_summary(fits):
    R.set_seed(1)
    result = R.mediate(*fits, sims=50, treat="treat", mediator="emo")
    for drawable in (result, R.summary(result)):
        ax = R.plot(drawable, main="ACME and ADE")
        assert ax.get_title() == "ACME and ADE"


def test_abbreviated_arguments_are_taken_with_a_warning(fits):
    R.set_seed(1)
    with pytest.warns(PymediationWarning, match="`med` is taken as `mediator`"):
        short = R.mediate(*fits, sim=50, treat="treat", med="emo")
    R.set_seed(1)
    assert short.d0 == R.mediate(*fits, sims=50, treat="treat", mediator="emo").d0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"con": 0}, UnknownArgumentError, "control, conf_level, control_value"),
        ({"sims": 60, "sim": 50}, ArgumentError, "given twice"),
        ({"sism": 50}, UnknownArgumentError, "Did you mean 'sims'"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(fits, arguments, error, message):
    call = partial(R.mediate, *fits, treat="treat", mediator="emo", **arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PymediationWarning)
        with pytest.raises(error, match=message):
            call()


def test_covariates_that_are_not_values_are_ignored_as_in_r_with_a_warning(fits):
    R.set_seed(1)
    with pytest.warns(PymediationWarning, match="covariates"):
        result = R.mediate(*fits, treat="treat", mediator="emo", covariates="age", sims=50)
    R.set_seed(1)
    assert result.d0 == R.mediate(*fits, treat="treat", mediator="emo", sims=50).d0


def test_default_is_rs_number_with_a_warning_where_r_is_known_to_be_wrong(framing):
    # the response of the mediator model is not the mediator: R returns a number, the package refuses
    wrong = R.lm("p_harm ~ treat + age", framing)
    fy = R.glm("cong_mesg ~ emo + treat + age", R.binomial, framing)
    R.set_seed(1)
    with pytest.warns(PymediationWarning, match="p_harm"):
        result = R.mediate(wrong, fy, treat="treat", mediator="emo", sims=50)
    assert np.isfinite(result.d0)
    with pytest.raises(pm.PymediationError, match="p_harm"):
        pm.mediate(wrong, fy, treat="treat", mediator="emo", sims=50)
