"""``amelidiate`` against R, Rubin's rules beside it, and the forms in which imputed data come."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import batch_cases
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import pymediation as pm
import pymediation.r as R

# Rounding in 64 bits; proportions divide by total effects near zero.
TOLERANCE = 1e-10
EXACT = 1e-12
COVARIATES = "econ_hard + sex + age"
EFFECTS = ("d0", "d1", "z0", "z1", "tau", "n0", "n1", "d_avg", "z_avg", "n_avg")
# What R has of plotting, which no function of it reads, and the draws, which the file does not have.
LEFT_OUT = {"tau"} | {f"{kind}.vec.{arm}" for kind in ("coef", "lower", "upper") for arm in "10"}
LEFT_OUT |= {"tau.vec", "range.1", "range.0"}

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    yield
    R.set_seed(None)
    plt.close("all")


def analysed(function: Any = pm.mediations, sets: int = 3, **changes: Any) -> Any:
    """Analyse the imputed data sets as recorded."""
    data = dict(list(batch_cases.imputed().items())[:sets])
    R.set_seed(1)
    usual = {"covariates": COVARIATES, "sims": 20}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        return function(data, ["treat"] * sets, "job_seek", "depress2", **usual | changes)


def recorded_input(name: str) -> Any:
    """Return what R's function was given."""
    if name == "amelidiate_interaction_conf90":
        return dict(zip("AB", analysed(sets=2, interaction=True, conf_level=0.9).results, strict=True))
    found = analysed()
    return found if name == "amelidiate_repeated_names" else dict(zip("ABC", found.results, strict=True))


def test_every_recorded_run_is_compared() -> None:
    assert batch_cases.names("amelidiate") == [
        *("amelidiate_repeated_names", "amelidiate_distinct_names", "amelidiate_interaction_conf90"),
    ]


@pytest.mark.parametrize("name", batch_cases.names("amelidiate"))
def test_recorded_run(name: str) -> None:
    case = batch_cases.cases()[name]
    given = recorded_input(name)
    pooled = R.amelidiate(given)
    ours = {component.replace("_", ".") for component in pooled}
    assert set(case["component_order"]) - LEFT_OUT <= ours
    for component in case["result"].keys() - LEFT_OUT:
        found = np.asarray(pooled[component.replace(".", "_")])
        wanted = np.squeeze(case["result"][component])
        np.testing.assert_allclose(found, wanted, rtol=TOLERANCE, atol=TOLERANCE, err_msg=component)
    for element, wanted in zip(given.values(), case["per_dataset"], strict=True):
        np.testing.assert_allclose(element.d1_sims, wanted["d1.sims"], atol=EXACT)
    assert (pooled.INT, pooled.boot) == (case["INT"], case["boot"])
    assert str(pooled.summary()) == case["printed"]


def test_right_where_r_pools_the_first_data_set_with_itself() -> None:
    cases = batch_cases.cases()
    pooled = pm.amelidiate(analysed())
    right = cases["amelidiate_distinct_names"]["result"]
    for name in ("d0", "z1", "tau", "n0", "d_avg"):
        component = "tau_coef" if name == "tau" else name
        wanted = right[component.replace("_", ".")], right[f"{name}_ci".replace("_", ".")]
        np.testing.assert_allclose(pooled[component], np.squeeze(wanted[0]), atol=TOLERANCE)
        np.testing.assert_allclose(np.asarray(pooled[f"{name}_ci"]), wanted[1], atol=TOLERANCE)
    assert abs(pooled.d0 - cases["amelidiate_repeated_names"]["result"]["d0"][0]) > 1e-3


# Stacked draws.


@pytest.fixture(scope="module")
def pooled() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pm.amelidiate(analysed(interaction=True))


@pytest.mark.parametrize("name", EFFECTS)
def test_each_effect_comes_from_the_draws_of_all_data_sets(pooled: Any, name: str) -> None:
    draws = np.concatenate([element.effects[name].sims for element in pooled.elements])
    effect = pooled.effects[name]
    np.testing.assert_array_equal(effect.sims, draws)
    averaged = [element.effects[name].estimate for element in pooled.elements]
    expected = np.mean(averaged) if name.endswith("_avg") else np.mean(draws)
    assert effect.estimate == pytest.approx(expected, rel=EXACT)
    np.testing.assert_allclose(np.asarray(effect.ci), np.quantile(draws, [0.025, 0.975]), rtol=EXACT)
    below = np.mean(draws < 0)
    assert effect.p_value == pytest.approx(2 * min(below, 1 - below), rel=EXACT)
    assert effect.std_error == pytest.approx(np.std(draws, ddof=1), rel=EXACT)


def test_bootstrap_draws_are_pooled_by_percentiles_and_have_no_simulation_error() -> None:
    found = analysed(sets=2, boot=True)
    one = pm.amelidiate(found)
    assert one.d0 == pytest.approx(np.mean([result.d0_sims for result in found.results]), rel=EXACT)
    estimates = [result.d0 for result in found.results]
    assert one.rubin["d0"].estimate == pytest.approx(np.mean(estimates), rel=EXACT)
    assert np.isnan(one.effects["d0"].mc_error)
    assert "replicates each" in str(one.summary())


# Rubin's rules.


def test_rubins_rules_combine_estimates_and_variances_of_the_draws(pooled: Any) -> None:
    estimates = [element.z1 for element in pooled.elements]
    variances = [np.var(element.z1_sims, ddof=1) for element in pooled.elements]
    residual_df = 899 - 7
    expected = pm.rubins_rules(estimates, variances, 0.95, residual_df)
    assert pooled.rubin["z1"].df == pytest.approx(expected.df, rel=EXACT)
    assert pooled.rubin["z1"].p_value == pytest.approx(expected.p_value, rel=EXACT)
    assert set(pooled.rubin) == set(EFFECTS) - {"n0", "n1", "n_avg"}


@pytest.mark.parametrize(
    ("changes", "chosen", "complete"),
    [
        ({"cluster": "occp"}, None, np.inf),
        ({"mediators": "job_dich", "families": ("binomial", "gaussian")}, None, np.inf),
        ({}, 20.0, 20.0),
    ],
)
def test_degrees_of_freedom_of_complete_data(changes: Any, chosen: float | None, complete: float) -> None:
    # A mediator that is the same in all data sets differs by its draws alone; noise in the outcome is enough.
    sets = {name: data.assign(depress2=data["job_seek"]) for name, data in batch_cases.imputed().items()}
    usual = {"mediators": "job_dich", "outcome": "depress2", "sims": 20, "rng": 1} | changes
    found = pm.mediations(sets, ["treat"] * 3, **usual)
    one = pm.amelidiate(found, df_complete=chosen)
    variances = [np.var(element.z0_sims, ddof=1) for element in found.results]
    expected = pm.rubins_rules([element.z0 for element in found.results], variances, 0.95, complete)
    assert one.rubin["z0"].df == pytest.approx(expected.df, rel=EXACT)


def test_one_data_set_has_nothing_to_combine() -> None:
    found = analysed(sets=1)
    one = pm.amelidiate(found)
    assert one.rubin == {}
    np.testing.assert_array_equal(one.d0_sims, found[0].d0_sims)
    assert one.to_frame()["rubin_p_value"].isna().all()
    assert "Rubin" not in str(one.summary())


# The result.


def test_table_has_both_answers_side_by_side(pooled: Any) -> None:
    table = pooled.to_frame()
    row = table.loc["ACME (treated)"]
    rubin = pooled.rubin["d1"]
    assert row[["estimate", "lower", "p_value"]].tolist() == [pooled.d1, pooled.d1_ci.lower, pooled.d1_p]
    found = row[["rubin_std_error", "rubin_df", "rubin_upper"]].tolist()
    assert found == [rubin.std_error, rubin.df, rubin.upper]
    assert table["rubin_estimate"].isna().tolist() == ["Prop" in label for label in table.index]


def test_summary_prints_stacked_draws_and_then_rubins_rules(pooled: Any) -> None:
    text = str(pooled.summary())
    assert "(Pooled over 3 data sets of 20 draws each)" in text
    assert "95% CI Lower" in text.split("Rubin's Rules")[0]
    below = text.split("Rubin's Rules")[1].splitlines()
    assert " ".join(below[2].split()) == "Estimate Std. Error df 95% CI Lower 95% CI Upper p-value"
    assert [line[:14].strip() for line in below[3:10]] == [
        *("ACME (control)", "ACME (treated)", "ADE (control)", "ADE (treated)", "Total Effect"),
        *("ACME (average)", "ADE (average)"),
    ]
    assert float(below[3].split()[2]) == pytest.approx(pooled.rubin["d0"].estimate, abs=1e-6)
    assert pooled._repr_html_().count("<table") == 2
    assert pooled.summary().d0 == pooled.d0


def test_components_words_and_pickle(pooled: Any) -> None:
    assert pooled.acme.treated.estimate == pooled["d1"] == pooled.d1
    assert pooled["model_y"] is pooled.elements[-1].model_y
    assert pooled["nobs"] == 899
    again = pickle.loads(pickle.dumps(pooled))
    assert str(again.summary()) == str(pooled.summary())
    assert "pooled over 3 data sets" in repr(again)


def test_plot_shows_the_stacked_intervals(pooled: Any) -> None:
    ax = pooled.plot()
    drawn = [line for line in ax.get_lines() if len(line.get_xdata()) == 3]
    lines = {line.get_ydata()[0]: list(line.get_xdata()) for line in drawn}
    assert lines[3.05] == [pooled.d1_ci.lower, pooled.d1, pooled.d1_ci.upper]
    assert lines[1.0] == [pooled.tau_ci.lower, pooled.tau_coef, pooled.tau_ci.upper]


def test_the_difference_between_arms_can_be_tested(pooled: Any) -> None:
    test = pm.test_TMint(pooled)
    np.testing.assert_array_equal(test.effect.sims, pooled.d1_sims - pooled.d0_sims)
    assert test.p_value == R.test_TMint(R.amelidiate(pooled.elements), 0.95).p_value


def test_profiles_are_compared_in_every_data_set(pooled: Any) -> None:
    tests = pm.test_modmed(pooled, {"age": 30}, {"age": 60}, rng=pm.RStream(2))
    stream = pm.RStream(2)
    changes = [{"covariates": {"age": age}, "rng": stream} for age in (30, 60)]
    runs = [
        [pm.mediate(*one.models.get(), **one.call | change) for one in pooled.elements] for change in changes
    ]
    first, second = (np.concatenate([one.d1_sims for one in run]) for run in runs)
    np.testing.assert_array_equal(tests["ACME(1"].effect.sims, first - second)
    assert tests.runs[1].covariates == {"age": 60}


def test_sensitivity_is_that_of_each_data_set(pooled: Any) -> None:
    found = analysed(sets=2)
    for several, parts in ((pooled, "elements"), (found, "results")):
        with pytest.raises(pm.ArgumentTypeError, match=rf"one data set.*x\.{parts}"):
            pm.medsens(several)
    assert pm.medsens(found[0], rho_by=0.5).nobs == 899


# The forms in which data come.


def long_frame(column: str, original: bool = False) -> pd.DataFrame:
    sets = batch_cases.imputed().values()
    pieces = [data.assign(**{column: number}) for number, data in enumerate(sets, start=1)]
    if original:
        seen = pieces[0]["job_seek"].where(lambda x: x > 3)
        pieces.insert(0, pieces[0].assign(**{column: 0}, job_seek=seen))
    return pd.concat(pieces)


SOURCES: dict[str, tuple[Any, dict[str, Any]]] = {
    "dict": (batch_cases.imputed, {}),
    "list": (lambda: list(batch_cases.imputed().values()), {}),
    "long frame": (lambda: long_frame("set"), {"imputation": "set"}),
    "long frame of mice": (lambda: long_frame(".imp", original=True), {}),
}


@pytest.mark.parametrize("source", SOURCES)
def test_data_are_analysed_and_pooled(source: str) -> None:
    data, options = SOURCES[source]
    one = pm.amelidiate(
        data(), "treat", "job_seek", "depress2", covariates=COVARIATES, sims=20, rng=pm.RStream(1), **options
    )
    wanted = pm.amelidiate(analysed())
    np.testing.assert_allclose(one.d0_sims, wanted.d0_sims, rtol=EXACT)
    assert len(one.elements) == 3


def test_an_imputation_0_without_missing_values_is_a_data_set() -> None:
    data = long_frame("set").assign(set=lambda d: d["set"] - 1)
    assert list(pm.imputed_datasets(data, "set")) == ["0", "1", "2"]
    assert "set" not in pm.imputed_datasets(data, "set")["0"]


def test_the_sampler_of_statsmodels() -> None:
    mice = pytest.importorskip("statsmodels.imputation.mice")
    data = pm.datasets.load_jobs()[["treat", "job_seek", "depress2", "age"]]
    gaps = np.random.default_rng(1).random(len(data)) < 0.2
    data["job_seek"] = data["job_seek"].mask(gaps)
    samplers = [mice.MICEData(data, rng=3) for _ in range(3)]
    found = pm.imputed_datasets(samplers[0], n_imputations=2)
    samplers[1].update_all(14)
    first = samplers[1].data.copy()
    samplers[1].update_all(4)
    pd.testing.assert_frame_equal(found["1"], first)
    pd.testing.assert_frame_equal(found["2"], samplers[1].data)
    one = pm.amelidiate(samplers[2], "treat", "job_seek", "depress2", n_imputations=2, sims=20, rng=1)
    assert one.rubin["d0"].between > 0
    assert len(pm.imputed_datasets(samplers[2])) == 10


# What is refused, and warnings.


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((5,), pm.ArgumentTypeError, "got int"),
        (("jobs",), pm.ArgumentTypeError, "got str"),
        (([],), pm.ArgumentError, "no results"),
        (([1, 2],), pm.ArgumentTypeError, r"element \[0\].*int"),
        (([batch_cases.data()["jobs"]], "treat"), pm.ArgumentError, "still missing: mediator=, outcome="),
        (([batch_cases.data()["jobs"]], "treat", ["a", "b"], "y"), pm.ArgumentTypeError, "mediator must be"),
    ],
)
def test_refused_with_the_reason(arguments: tuple[Any, ...], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        pm.amelidiate(*arguments)


def test_refused_for_results() -> None:
    found = analysed(sets=2)
    with pytest.raises(pm.ArgumentError, match="sims= is for data"):
        pm.amelidiate(found, sims=100)
    with pytest.raises(pm.ArgumentError, match="outcome= is for data"):
        pm.amelidiate(found, outcome="depress2")
    with pytest.raises(pm.ArgumentError, match="long=True"):
        pm.amelidiate(analysed(sets=2, long=False))
    with pytest.raises(pm.ArgumentTypeError, match="ordered"):
        pm.amelidiate([batch_cases.mediated("tmint_order_jobs")])
    other = pm.mediations({"D": batch_cases.data()["jobs"]}, "treat", "job_seek", "depress1", conf_level=0.9)
    with pytest.raises(pm.DataMismatchError, match=r"\[0\] .* \[1\] .* differ in: conf_level, outcome"):
        pm.amelidiate([found[0], other[0]])


@pytest.mark.parametrize(
    ("source", "options", "error", "words"),
    [
        (3, {}, pm.ArgumentTypeError, "got int"),
        ({}, {}, pm.ArgumentError, "no imputed data sets"),
        ({"a": 1}, {}, pm.ArgumentTypeError, "'a' must be a DataFrame"),
        ([pd.DataFrame()], {"imputation": "x"}, pm.ArgumentError, "one long DataFrame"),
        ([pd.DataFrame()], {"n_imputations": 3}, pm.ArgumentError, "MICEData only"),
        (pd.DataFrame({"imp": [1]}), {}, pm.UnknownNameError, "'.imp'"),
        (pd.DataFrame({"imp": [1]}), {"imputation": "ipm"}, pm.UnknownNameError, "Did you mean 'imp'"),
        (pd.DataFrame({"imp": [1, np.nan]}), {"imputation": "imp"}, pm.ArgumentError, "missing values"),
    ],
)
def test_sources_that_are_none(source: Any, options: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        pm.imputed_datasets(source, **options)


def test_data_sets_that_count_differently_are_warned_about() -> None:
    found, more = analysed(sets=2), analysed(sets=2, sims=30)
    with pytest.warns(pm.PymediationWarning, match="different numbers of draws \\(20, 30\\)"):
        pm.amelidiate([found[0], more[1]])


def test_one_data_set_is_pooled_and_told_to_be_too_few() -> None:
    with pytest.warns(pm.PymediationWarning, match="one data set only"):
        found = pm.amelidiate([batch_cases.data()["jobs"]], "treat", "job_seek", "depress2", sims=20, rng=1)
    assert found.rubin == {}
    assert "(Pooled over 1 data set of 20 draws each)" in str(found.summary())


@pytest.mark.parametrize("options", [{}, {"boot": True}], ids=["quasi-bayes", "boot"])
def test_means_and_e_values_are_those_of_the_stacked_draws(options: dict[str, Any]) -> None:
    data = batch_cases.data()["jobs"]
    wider = data.assign(depress2=2 * data["depress2"])
    found = pm.amelidiate([data, wider], "treat", "job_seek", "depress2", sims=40, rng=1, **options)
    each = [element.means() for element in found.elements]
    means = found.means()
    np.testing.assert_allclose(
        means["estimate"], np.mean([one["estimate"] for one in each], axis=0), rtol=TOLERANCE
    )
    treated, control = (means["estimate"].iloc[place] for place in (0, 3))
    row = found.evalue(["tau"]).iloc[0]
    deviation = 1.5 * np.std(data["depress2"], ddof=1)
    assert row["rr"] == pytest.approx(np.exp(0.91 * (treated - control) / deviation), rel=TOLERANCE)
    lower = np.quantile(np.concatenate([element.tau_sims for element in found.elements]), 0.025)
    assert row["rr_lower"] == pytest.approx(np.exp(0.91 * lower / deviation), rel=1e-9)
    assert found.summary().evalue().equals(found.evalue())
    assert found.summary().means().equals(means)
