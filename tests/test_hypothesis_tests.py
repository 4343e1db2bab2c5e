"""``test_TMint`` and ``test_modmed`` against R, their text, their errors, and what they refuse."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import batch_cases
import numpy as np
import pandas as pd
import pytest

import pymediation as pm
import pymediation.r as R
from pymediation.report.htest import HTestReport, OrderedHTestReport, htest_text, ordered_htest_text

# Differences of two estimates of about 0.01: rounding of the estimates, which agree to 1e-14 or so.
TOLERANCE = 1e-12
# The last line search of R's polr ends where the last digit of its likelihood decides.
ORDERED_TOLERANCE = 1e-8

TMINT: dict[str, dict[str, Any]] = {
    "tmint_jobs": {},
    "tmint_jobs_conf90": {"conf_level": 0.9},
    "tmint_jobs_fit_conf80": {},
    "tmint_jobs_boot": {},
    "tmint_jobs_binmed": {},
    "tmint_framing_probit": {"conf_level": 0.95},
    "tmint_order_framing": {},
    "tmint_order_jobs": {"conf_level": 0.9},
}
AGES = ({"age": 20}, {"age": 70})
MODMED: dict[str, tuple[tuple[dict[str, Any], dict[str, Any]], dict[str, Any]]] = {
    "modmed_jobs": (AGES, {"sims": 100}),
    "modmed_jobs_continued": (AGES, {}),
    "modmed_jobs_noint_conf90": (AGES, {"conf_level": 0.9}),
    "modmed_jobs_two_covariates": (({"age": 30, "sex": 0}, {"age": 30, "sex": 1}), {}),
    "modmed_jobs_boot": (AGES, {}),
    "modmed_framing_factor": (({"gender": "male"}, {"gender": "female"}), {}),
    "modmed_order_framing": (({"age": 30}, {"age": 60}), {}),
}

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


@pytest.fixture(autouse=True)
def unseeded() -> Iterator[None]:
    yield
    R.set_seed(None)


def assert_recorded(tests: list[Any], name: str) -> None:
    """Compare tests with those that R returned."""
    near = ORDERED_TOLERANCE if "order" in name else TOLERANCE
    recorded = batch_cases.cases()[name]["tests"]
    for test, wanted in zip(tests, recorded, strict=True):
        assert {test.name} == set(wanted["name"])
        np.testing.assert_allclose(test.statistic, np.squeeze(wanted["statistic"]), atol=near, rtol=0)
        np.testing.assert_allclose(test.p_value, np.squeeze(wanted["p.value"]), atol=near, rtol=0)
        np.testing.assert_allclose(np.asarray(test.conf_int), wanted["conf.int"], atol=near, rtol=0)
        assert test.null_value == wanted["null.value"]
        assert test.alternative == wanted["alternative"]
        assert test.method == wanted["method"]


def test_every_recorded_run_is_compared() -> None:
    assert list(TMINT) == batch_cases.names("tmint")
    assert list(MODMED) == batch_cases.names("modmed")


@pytest.mark.parametrize("name", TMINT)
def test_interaction_test_is_that_of_r(name: str) -> None:
    case, fit = batch_cases.cases()[name], batch_cases.mediated(name)
    test = R.test_TMint(fit, **TMINT[name])
    assert_recorded([test], name)
    assert R.runif(1) == pytest.approx(case["next_runif"], abs=TOLERANCE)  # nothing was drawn
    if name == "tmint_order_jobs":  # R has the labels in another order than the numbers
        assert test.y_lab == ("low", "mid", "high", "vhigh")
        assert case["tests"][0]["y.lab"] == sorted(test.y_lab)
    else:
        assert str(test) == case["printed"]


@pytest.mark.parametrize("name", MODMED)
def test_moderation_tests_are_those_of_r(name: str) -> None:
    case, fit = batch_cases.cases()[name], batch_cases.mediated(name)
    if case["seed_before_test"] is not None:
        R.set_seed(case["seed_before_test"])
    profiles, options = MODMED[name]
    tests = R.test_modmed(fit, *profiles, **options)
    assert_recorded(list(tests), name)
    assert R.runif(1) == pytest.approx(case["next_runif"], abs=TOLERANCE)
    assert str(tests) == case["printed"]


# The values.


@pytest.fixture(scope="module")
def fit() -> Any:
    return batch_cases.mediated("modmed_jobs", rng=pm.RStream(3))


@pytest.fixture(scope="module")
def ordered() -> Any:
    return batch_cases.mediated("tmint_order_jobs", rng=pm.RStream(3))


def test_components_have_the_names_and_the_order_of_r(fit: Any) -> None:
    test = pm.test_TMint(fit)
    assert test.keys() == (
        *("statistic", "p_value", "conf_int", "null_value", "alternative", "method", "data_name"),
    )
    assert test["conf_int"]["2.5%"] == test.conf_int.lower
    with pytest.raises(pm.UnknownNameError, match="'p_value'"):
        test["p.value"]
    assert str(pm.test_TMint(fit, data_name="out")).splitlines()[3] == "data:  estimates from out"


def test_the_test_is_about_the_draws_of_the_fit(fit: Any) -> None:
    test = pm.test_TMint(fit, conf_level=0.5)
    np.testing.assert_array_equal(test.effect.sims, fit.d1_sims - fit.d0_sims)
    np.testing.assert_allclose(np.asarray(test.conf_int), np.quantile(test.effect.sims, [0.25, 0.75]))
    assert test.statistic == fit.d1 - fit.d0
    # The total effect is the same in both arms: the direct effects differ by as much.
    np.testing.assert_allclose(test.statistic, fit.z1 - fit.z0, atol=TOLERANCE)


def test_tables(fit: Any, ordered: Any) -> None:
    columns = ["estimate", "std_error", "lower", "upper", "p_value"]
    one = pm.test_TMint(fit)
    assert one.to_frame().loc["ACME(1) - ACME(0)", columns].tolist() == [
        *(one.statistic, one.effect.std_error, *one.conf_int, one.p_value),
    ]
    by_category = pm.test_TMint(ordered)
    assert list(by_category.to_frame().index) == ["low", "mid", "high", "vhigh"]
    assert by_category.effects["high"].estimate == by_category.statistic[2]
    tests = pm.test_modmed(fit, *AGES, rng=1)
    assert list(tests.to_frame().index) == list(tests.names)
    assert tests.to_frame()["p_value"].tolist() == [test.p_value for test in tests]


def test_tests_are_found_by_position_and_by_the_beginning_of_their_name(fit: Any) -> None:
    tests = pm.test_modmed(fit, *AGES, rng=1)
    assert tests["ADE(1"] is tests[2]
    assert tests[:2] == tests.tests[:2]
    assert len(tests) == 4
    with pytest.raises(pm.UnknownNameError, match="several"):
        tests["ACME"]
    with pytest.raises(pm.UnknownNameError, match="not among the tests"):
        tests["total"]


def test_values_pickle_and_have_html(fit: Any, ordered: Any) -> None:
    for value in (pm.test_TMint(fit), pm.test_TMint(ordered), pm.test_modmed(fit, *AGES, rng=1)):
        assert str(pickle.loads(pickle.dumps(value))) == str(value) == repr(value)
        assert value._repr_html_().count("<table") == (len(value) if hasattr(value, "tests") else 1)
        assert "|covariates" in value._repr_html_() or "ACME(1) - ACME(0)" in value._repr_html_()


# Printing: texts of R for numbers that no recorded run has.


def htest(method: str, name: str, numbers: tuple[float, ...], level: float = 0.95) -> list[str]:
    statistic, p, lower, upper = numbers
    return htest_text(HTestReport(method, name, "fit", statistic, p, lower, upper, level)).splitlines()


def test_long_lines_are_broken_between_words_and_tiny_p_values_are_bounds() -> None:
    name = "ACME(1|covariates.1) - ACME(1|covariates.2)"
    lines = htest("x", name, (-0.000123456789, 0.0, -1e-5, 12345.678), 0.999)
    assert lines[4:6] == [f"{name} = -0.00012346, p-value <", "2.2e-16"]
    assert lines[7:9] == ["99.9 percent confidence interval:", "    -0.00001 12345.67800"]


def test_titles_are_broken_and_indented() -> None:
    title = " - ".join(["Test of ACME(1|covariates.1)"] * 5)
    lines = htest(title, "d", (123456.789, 1e-5, -100000, 12345.678))
    assert lines[1:4] == [
        "\tTest of ACME(1|covariates.1) - Test of ACME(1|covariates.1) - Test of",
        "\tACME(1|covariates.1) - Test of ACME(1|covariates.1) - Test of",
        "\tACME(1|covariates.1)",
    ]
    assert lines[6] == "d = 123457, p-value = 1e-05"
    assert lines[9] == " -100000.00   12345.68"


def test_many_categories_continue_in_a_block_below() -> None:
    many = tuple(f"group{j}" for j in range(7))
    report = OrderedHTestReport("Tests", "d", many, *[(0.125,) * 7] * 4, 0.95)
    lines = ordered_htest_text(report).splitlines()
    assert [line.split()[0] for line in lines[3:]] == [
        *("Pr(Y=group0)", "d", "95%", "95%", "p-value", "Pr(Y=group5)", "d", "95%", "95%", "p-value"),
    ]
    assert max(map(len, lines)) < 80


# Random numbers.


def test_equal_profiles_differ_by_monte_carlo_error_unless_random_numbers_are_common(fit: Any) -> None:
    same = ({"age": 40}, {"age": 40})
    assert pm.test_modmed(fit, *same, rng=pm.RStream(1))["ACME(1"].statistic != 0
    for rng in (pm.RStream(1), 1):
        common = pm.test_modmed(fit, *same, rng=rng, common_random_numbers=True)
        assert [test.statistic for test in common] == [0, 0, 0, 0]
        assert [test.p_value for test in common] == [1, 1, 1, 1]


def test_common_random_numbers_advance_the_stream_by_one_run(fit: Any) -> None:
    stream, other = pm.RStream(4), pm.RStream(4)
    tests = pm.test_modmed(fit, *AGES, rng=stream, common_random_numbers=True)
    R.mediate(fit.model_m, fit.model_y, **fit.call | {"covariates": AGES[1], "rng": other})
    assert stream.uniform() == other.uniform()
    assert tests.runs[0].d0_sims[0] != tests.runs[1].d0_sims[0]


def test_the_second_run_continues_with_numpy_streams_too(fit: Any) -> None:
    tests = pm.test_modmed(fit, {"age": 40}, {"age": 40}, rng=5)
    again = pm.test_modmed(fit, {"age": 40}, {"age": 40}, rng=5)
    assert tests[0].statistic == again[0].statistic != 0


def test_the_fit_itself_keeps_its_covariates_and_the_runs_have_theirs(fit: Any) -> None:
    tests = pm.test_modmed(fit, pd.Series({"age": 20}), pd.DataFrame({"age": [70]}), rng=1, sims=40)
    assert fit.covariates is None
    assert [run.covariates for run in tests.runs] == list(AGES)
    assert [run.sims for run in tests.runs] == [40, 40]


def test_two_runs_warn_once_at_the_line_of_the_caller(fit: Any) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pm.test_modmed(fit, *AGES, sims=30, rng=1)
    few = [one for one in caught if "sims=30" in str(one.message)]
    assert [one.filename for one in few] == [__file__]


def test_ordered_outcome_without_interaction_which_r_cannot_test() -> None:
    data = batch_cases.data()["jobs"]
    med = R.lm("job_seek ~ treat + age", data)
    out = R.polr("dep4 ~ treat + job_seek + age", data, method="probit")
    result = R.mediate(
        med, out, treat="treat", mediator="job_seek", sims=20, boot=True, rng=pm.RStream(1), long=False
    )
    tests = pm.test_modmed(result, {"age": 30}, {"age": 60}, rng=pm.RStream(2))
    assert tests.names == (
        *("ACME(covariates.1) - ACME(covariates.2)", "ADE(covariates.1) - ADE(covariates.2)"),
    )
    first, second = tests.runs
    np.testing.assert_allclose(tests["ACME"].statistic, first.d1 - second.d1, atol=TOLERANCE)
    np.testing.assert_allclose(tests["ADE"].statistic, first.z0 - second.z0, atol=TOLERANCE)


# Which moderation there is to test.


def moderated(med: str, out: str, moderator: str = "age") -> Any:
    data = batch_cases.data()["jobs"]
    result = R.mediate(R.lm(med, data), R.lm(out, data), treat="treat", mediator="job_seek", sims=20, rng=1)
    return pm.test_modmed(result, {moderator: 0, "educ": "bach"}, {moderator: 1, "educ": "bach"}, rng=1)


def test_notes_tell_the_interactions_of_each_moderator() -> None:
    tests = moderated(
        "job_seek ~ treat * log(age + 1) + educ", "depress2 ~ treat + job_seek * log(age + 1) + treat:educ"
    )
    assert tests.notes == (
        "age: treat:log(age + 1) in the mediator model, job_seek:log(age + 1) in the outcome model",
    )


def test_a_moderator_that_interacts_with_nothing_is_warned_about() -> None:
    with pytest.warns(pm.PymediationWarning, match="differ in 'sex'.*Monte Carlo error.*treat:sex"):
        tests = moderated("job_seek ~ treat + sex + educ", "depress2 ~ treat + job_seek + sex + educ", "sex")
    assert tests.notes == ("sex: no interaction in the mediator model, no interaction in the outcome model",)


def test_notes_see_product_columns_of_a_data_frame() -> None:
    import statsmodels.api as sm

    data = batch_cases.data()["jobs"].assign(product=lambda d: d["treat"] * d["sex"], const=1.0)
    med = sm.OLS(data["job_seek"], data[["const", "treat", "sex", "product"]]).fit()
    out = sm.OLS(data["depress2"], data[["const", "treat", "job_seek", "sex"]]).fit()
    result = pm.mediate(med, out, treat="treat", mediator="job_seek", sims=20, rng=1)
    tests = pm.test_modmed(result, {"sex": 0}, {"sex": 1}, rng=1)
    assert tests.notes == ("sex: product in the mediator model, no interaction in the outcome model",)


@pytest.mark.filterwarnings("error:test_modmed")
def test_a_moderator_that_no_model_has_is_only_refused() -> None:
    with pytest.raises(pm.UnknownNameError, match="'agee', which neither model has"):
        moderated("job_seek ~ treat + educ", "depress2 ~ treat + job_seek + educ", "agee")


@pytest.mark.filterwarnings("error:test_modmed")
def test_no_warning_where_a_path_is_moderated_or_the_model_is_not_linear() -> None:
    moderated("job_seek ~ treat * sex + educ", "depress2 ~ treat + job_seek + sex + educ", "sex")
    data = batch_cases.data()["jobs"]
    out = R.glm("work ~ treat + job_seek + sex", R.binomial("probit"), data)
    result = R.mediate(
        R.lm("job_seek ~ treat + sex", data), out, treat="treat", mediator="job_seek", sims=20, rng=1
    )
    pm.test_modmed(result, {"sex": 0}, {"sex": 1}, rng=1)


# What is refused.


def without_interaction() -> Any:
    return batch_cases.mediated("modmed_jobs_noint_conf90")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda fit: pm.test_TMint(fit.model_m), pm.ArgumentTypeError, "result of mediate"),
        (lambda fit: pm.test_TMint([fit]), pm.ArgumentTypeError, "class list"),
        (lambda fit: pm.test_TMint(fit.summary()), pm.ArgumentTypeError, "summary"),
        (lambda fit: pm.test_TMint(without_interaction()), pm.ArgumentError, "treat:job_seek"),
        (lambda fit: pm.test_TMint(fit, conf_level=95), pm.ArgumentError, "0.95"),
        (lambda fit: pm.test_modmed(fit.model_m, *AGES), pm.ArgumentTypeError, "test_modmed"),
        (lambda fit: pm.test_modmed(fit, AGES[0], {}), pm.ArgumentTypeError, "covariates_2"),
        (lambda fit: pm.test_modmed(fit, [20], AGES[1]), pm.ArgumentTypeError, "covariates_1.*\\[20\\]"),
        (lambda fit: pm.test_modmed(fit, {"zzz": 1}, AGES[1], rng=1), pm.UnknownNameError, "'zzz'"),
        (lambda fit: pm.test_modmed(fit, *AGES, sims=0, rng=1), pm.ArgumentError, "at least 1"),
        (lambda fit: pm.test_modmed(fit, AGES[0]), pm.ArgumentTypeError, "give covariates_2= too"),
        (
            lambda fit: pm.test_modmed(fit, **{"covariates.1": AGES[0], "covariates.2": AGES[1]}),
            pm.UnknownArgumentError,
            "'covariates.1'. Did you mean 'covariates_1'",
        ),
        (
            lambda fit: pm.test_TMint(fit, conf=0.9),
            pm.UnknownArgumentError,
            "'conf'. Did you mean 'conf_level'",
        ),
        (lambda fit: R.test_TMint(fit, level=0.9), pm.UnknownArgumentError, "'level'"),
    ],
)
def test_refused_with_the_reason(fit: Any, call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call(fit)


def test_the_dialect_takes_abbreviations_with_a_warning(fit: Any) -> None:
    with pytest.warns(pm.PymediationWarning, match="`conf` is taken as `conf_level`"):
        short = R.test_TMint(fit, conf=0.9)
    assert (short.conf_int.level, short.data_name) == (0.9, "estimates from fit")
    with pytest.warns(pm.PymediationWarning, match="`conf` is taken as `conf_level`"):
        tests = R.test_modmed(fit, *AGES, conf=0.9, rng=1)
    assert str(tests) == str(R.test_modmed(fit, *AGES, conf_level=0.9, rng=1))
    assert tests[0].data_name == "estimates from fit"


def test_the_profile_at_fault_is_named(fit: Any) -> None:
    with pytest.raises(pm.UnknownNameError) as caught:
        pm.test_modmed(fit, AGES[0], {"agee": 1}, rng=1)
    assert caught.value.__notes__ == ["This is about covariates_2={'agee': 1} of test_modmed()."]


def test_draws_that_were_not_kept() -> None:
    for name in ("tmint_jobs", "tmint_order_jobs"):
        with pytest.raises(pm.ArgumentError, match="long=True"):
            pm.test_TMint(batch_cases.mediated(name, long=False))


def test_pytest_does_not_collect_them(tmp_path: Path) -> None:
    module = tmp_path / "test_of_a_user.py"
    module.write_text(
        "from pymediation import test_TMint, test_modmed\n"
        "from pymediation.r import *\n\n\ndef test_own():\n    pass\n"
    )
    command = [
        sys.executable,
        "-P",
        "-m",
        "pytest",
        "-q",
        "--collect-only",
        "-p",
        "no:cacheprovider",
        str(module),
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 test collected" in run.stdout, run.stdout
