"""What is warned about, where the warning points, and that a clean call is silent."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from people import BINOMIAL, glm, mediate, ols, people

import pymediation as pm
import pymediation.r as R
from pymediation.errors import CompatibilityWarning, PymediationWarning

d = people()


def caught(call: Callable[[], Any]) -> list[warnings.WarningMessage]:
    """Return the warnings of the package that a call issues."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        call()
    return [warning for warning in found if issubclass(warning.category, PymediationWarning)]


def treated(name: str, formula: str | None = None, **options: Any) -> Callable[[], Any]:
    """Return an analysis of another treatment."""
    term = formula or name
    return lambda: mediate(DATA, f"m ~ {term}", f"y ~ {term} + m", treat=name, **options)


DATA = d.assign(
    t12=d.t + 1,
    dose=50 + d.x,
    yf=np.where(d.yb, "yes", "no"),
    separated=(d.x > 0).astype(int),
    exposure=np.log(d.w),
)
SHIFTED = DATA.assign(x=DATA.x + 1)

LIVES = DATA.assign(seen=DATA.mb, **{"life.time": np.exp(DATA.y)})


def life(formula: str) -> Any:
    """Fit a survival model."""
    return R.survreg(formula, LIVES)


CASES: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "few draws": (lambda: mediate(d, sims=100), ("sims=100", "0.02", "500 or more")),
    "one draw": (lambda: mediate(d, sims=1), ("sims=1 ", "500 or more")),
    "few replicates for bca": (
        lambda: mediate(d, sims=500, boot=True, boot_ci_type="bca", compat="R"),
        ("sims=500", "1000 or more"),
    ),
    "robustSE and boot": (lambda: mediate(d, boot=True, robustSE=True), ("robustSE is ignored", "boot=True")),
    "bca without boot": (lambda: mediate(d, boot_ci_type="bca"), ("boot_ci_type='bca'", "boot=True")),
    "strata without boot": (lambda: mediate(d, strata=d.site), ("strata is ignored",)),
    "type without robustSE": (lambda: mediate(d, type="HC1"), ("type='HC1'", "robustSE=True")),
    "outcome": (lambda: mediate(d, outcome="y"), ("outcome='y' is ignored",)),
    "outcome that is not the time": (
        lambda: mediate(
            LIVES, model_y=life("Surv(life.time, seen) ~ t + m + x"), outcome="lifetime", boot=True
        ),
        ("outcome='lifetime' is not the time", "'Surv(life.time, seen)'", "Leave outcome out"),
    ),
    "control": (lambda: mediate(d, control="t"), ("control='t' is ignored",)),
    "group_out": (lambda: mediate(d, group_out="site"), ("group_out='site' is ignored",)),
    "INT": (lambda: mediate(d, INT=True), ("INT is ignored",)),
    "covariate in one model": (
        lambda: mediate(d, "m ~ t + age"),
        ("'age' only in the mediator model", "'x' only in the outcome model"),
    ),
    "covariate of other values": (
        lambda: mediate(d, model_y=ols("y ~ t + m + x", SHIFTED)),
        ("covariate 'x' differs", f"{len(d)} of {len(d)} rows"),
    ),
    "two values": (
        lambda: mediate(d, model_y="yb ~ t + m + x"),
        ("outcome model is gaussian", "'yb' has two values", "binomial"),
    ),
    "two values of the mediator": (
        lambda: mediate(d, "mb ~ t + x", "y ~ t + mb + x", mediator="mb"),
        ("mediator model is gaussian", "'mb'"),
    ),
    "factor outcome": (
        lambda: mediate(DATA, model_y=glm("yf ~ t + m + x", DATA)),
        ("'yf'", "'no' and 'yes'", "probability of 'yes'", "coefficients, which are on that of 'no'"),
    ),
    "separation": (
        lambda: mediate(DATA, model_y=glm("separated ~ t + m + x", DATA)),
        ("outcome model", "binomial, logit", "separation", "meaningless", "Remove the variable"),
    ),
    "treatment outside": (treated("t12"), ("'t12' runs from 1 to 2", "0 lies outside", "from 0 to 1")),
    "treatment far outside": (treated("dose"), ("0 and 1 lie outside",)),
    "levels not given": (
        treated("arm"),
        ("'drug', 'placebo'", "comparing 'placebo' (treated) with 'drug' (control)", "control_value='drug'"),
    ),
    "several levels": (treated("group"), ("'a', 'b', 'c'", "comparing 'b' (treated) with 'a' (control)")),
    "codes as levels": (treated("cond", "C(cond)"), ("'1', '2', '3'", "comparing '2' (treated) with '1'")),
    "robust fit and boot": (
        lambda: mediate(d, smf.ols("m ~ t + x", d).fit(cov_type="HC3"), boot=True),
        ("mediator model", "cov_type='HC3'", "boot=True does not use"),
    ),
    "R: other response": (
        lambda: mediate(d, "yc ~ t + x", compat="R"),
        ("response of the mediator model is 'yc'", "no mediation effect"),
    ),
    "R: swapped": (
        lambda: mediate(d, "y ~ t + m + x", "m ~ t + x", compat="R"),
        ("'m' is the response of the outcome model", "swapped"),
    ),
    "R: covariates as a name": (lambda: mediate(d, covariates="x", compat="R"), ("'x'", "R ignores it")),
    "R: misspelt level": (
        treated("arm", control_value="placebo", treat_value="Drug", compat="R"),
        ("'Drug' is not among them", "R falls back", "comparing 'placebo' (treated)"),
    ),
}


def test_the_time_of_the_outcome_model_may_be_named() -> None:
    fit = life("Surv(life.time, seen) ~ t + m + x")
    assert caught(lambda: mediate(LIVES, model_y=fit, outcome="life.time", boot=True)) == []


@pytest.mark.parametrize("name", CASES)
def test_warning_says_what_and_points_here(name: str) -> None:
    call, words = CASES[name]
    found = [warning for warning in caught(call) if warning.category is PymediationWarning]
    assert len(found) == 1
    for word in words:
        assert word in str(found[0].message)
    # The helper that calls mediate() stands for the user's script.
    assert found[0].filename.endswith("people.py")


@pytest.mark.parametrize("mediate_of", [pm.mediate, R.mediate])
def test_warning_points_at_the_calling_line(mediate_of: Callable[..., Any]) -> None:
    fits = ols("m ~ t", d), ols("yb ~ t + m", d)
    line = inspect.currentframe().f_lineno + 1
    found = caught(lambda: mediate_of(*fits, treat="t", mediator="m", sims=20))
    assert len(found) == 2  # few draws, two values
    assert {(warning.filename, warning.lineno) for warning in found} == {(__file__, line)}


def test_compatibility_warning_points_here_and_comes_once() -> None:
    model = glm("yc ~ t + m + x", DATA, sm.families.Poisson(), offset=DATA.exposure)
    found = caught(lambda: mediate(DATA, model_y=model))
    assert [warning.category for warning in found] == [CompatibilityWarning]
    assert "offsets" in str(found[0].message)
    assert found[0].filename.endswith("people.py")


@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize("kind", ["statsmodels", "dialect"])
def test_clean_call_is_silent(kind: str, boot: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if kind == "statsmodels":
            fits = smf.ols("m ~ t + x", d).fit(), smf.probit("yb ~ t + m + x", d).fit(disp=0)
        else:
            fits = R.lm("m ~ t + x", d), R.glm("yb ~ t + m + x", R.binomial("probit"), d)
        result = pm.mediate(*fits, treat="t", mediator="m", sims=1000, boot=boot, rng=1)
        str(result.summary())
        result.to_frame()
        repr(result)


def test_levels_given_are_not_warned_about() -> None:
    assert not caught(treated("arm", control_value="placebo", treat_value="drug"))
    assert not caught(treated("cond", "C(cond)", control_value=1, treat_value=3))
    assert not caught(treated("dose", control_value=49.5, treat_value=50.5))


def test_offset_is_no_covariate() -> None:
    fits = R.lm("m ~ t + x", DATA), R.glm("yc ~ t + m + x + offset(log(w))", R.poisson, DATA)
    found = caught(lambda: pm.mediate(*fits, treat="t", mediator="m", sims=500, boot=True, rng=1))
    assert not found


@pytest.mark.parametrize("link", ["Logit", "CLogLog"])
def test_event_of_a_factor_outcome(link: str) -> None:
    # R models the second level. With an asymmetric link levels cannot be exchanged: statsmodels' event stays.
    family = BINOMIAL(getattr(sm.families.links, link)())
    factor = glm("yf ~ t + m + x", DATA, family)
    event = "yes" if link == "Logit" else "no"
    (warning,) = caught(lambda: mediate(DATA, model_y=factor))
    assert f"probability of {event!r}" in str(warning.message)
    coded = DATA.assign(event=(DATA.yf == event).astype(int))
    same = mediate(coded, model_y=glm("event ~ t + m + x", coded, family))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PymediationWarning)
        result = mediate(DATA, model_y=factor)
    np.testing.assert_array_equal(result.d0_sims, same.d0_sims)


def test_result_is_returned_with_separation() -> None:
    with pytest.warns(PymediationWarning, match="separation"):
        result = mediate(DATA, model_y=glm("separated ~ t + m + x", DATA))
    frame = result.to_frame()
    assert not frame[["estimate", "lower", "upper", "p_value", "std_error"]].isna().any(axis=None)


def test_few_draws_of_a_series_of_calls_each_warn() -> None:
    def loop() -> None:
        for sims in (10, 20):
            mediate(d, sims=sims)

    assert [str(w.message).split()[0] for w in caught(loop)] == ["sims=10", "sims=20"]


def test_frames_of_unequal_names_warn_about_columns_only() -> None:
    # A column that only one frame has is not compared.
    extra = DATA.drop(columns="site").assign(extra=1)
    assert not caught(lambda: mediate(d, model_y=ols("y ~ t + m + x", extra)))


def test_categorical_covariates_are_compared_by_label() -> None:
    left = d.assign(group=pd.Categorical(d.group, categories=["a", "b", "c"]))
    right = d.assign(group=pd.Categorical(d.group, categories=["c", "b", "a"]))
    fits = ols("m ~ t + group", left), ols("y ~ t + m + group", right)
    assert not caught(lambda: mediate(d, *fits))
