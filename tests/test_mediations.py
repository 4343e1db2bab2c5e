"""``mediations`` against R, against calls of ``mediate`` by hand, and what it refuses."""

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
from pymediation.batches.grid import Specification, mediator_formula, outcome_formula

# Rounding in 64 bits, and for proportions its division by a total effect near zero.
TOLERANCE = 1e-10
# The same models fitted in the same way: nothing but the order of sums may differ.
SAME = 1e-12

JOBS = batch_cases.data()["jobs"]
ONE = {"treat": JOBS}
CALLS: dict[str, dict[str, Any]] = {
    "mediations_2x2x2": {
        "datasets": {"treat": JOBS, "T_b": JOBS},
        "treatment": ["treat", "T_b"],
        "mediators": ["job_seek", "job_dep"],
        "outcome": ["depress2", "dep1b"],
        "covariates": "econ_hard + sex",
        "sims": 20,
    },
    "mediations_nocov": {"sims": 50},
    "mediations_interaction_conf90": {
        "mediators": ["job_seek", "job_dich"],
        "covariates": "econ_hard + sex + age",
        "interaction": True,
        "conf_level": 0.9,
        "sims": 50,
    },
    "mediations_binomial_m": {
        "mediators": "job_dich",
        "outcome": ["depress2", "depress1"],
        "covariates": "age",
        "families": ("binomial", "gaussian"),
        "sims": 50,
    },
    "mediations_binomial_y_robust": {
        "outcome": "work",
        "covariates": "econ_hard + age",
        "families": ("gaussian", "binomial"),
        "sims": 50,
        "robustSE": True,
    },
    "mediations_weights": {"covariates": "age", "weights": "weight", "sims": 50},
    "mediations_values": {"mediators": "econ_hard", "sims": 20, "control_value": 1, "treat_value": 3},
}

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    yield
    R.set_seed(None)
    plt.close("all")


def batch(function: Any = pm.mediations, **changes: Any) -> Any:
    """Run a batch on the jobs data, by default of one analysis."""
    usual = {"datasets": ONE, "treatment": "treat", "mediators": "job_seek", "outcome": "depress2"}
    return function(**usual | {"sims": 30} | changes)


def test_every_recorded_run_is_compared() -> None:
    assert list(CALLS) == batch_cases.names("mediations")


@pytest.mark.parametrize("function", [R.mediations, pm.mediations])
@pytest.mark.parametrize("name", CALLS)
def test_recorded_run(name: str, function: Any) -> None:
    case = batch_cases.cases()[name]
    R.set_seed(case["seed"])
    found = batch(function, **CALLS[name])
    assert list(found.names) == case["names"]
    for result, wanted in zip(found.values(), case["elements"], strict=True):
        assert wanted["INT"] == result.INT
        assert (result.conf_level, result.sims, result.nobs) == (
            *(wanted["conf.level"], wanted["sims"], wanted["nobs"]),
        )
        assert result.formulas == (wanted["formula_m"], wanted["formula_y"])
        for component, numbers in wanted["result"].items():
            ours = np.asarray(result[component.replace(".", "_")])
            np.testing.assert_allclose(ours, np.squeeze(numbers), rtol=TOLERANCE, atol=TOLERANCE)
    assert R.runif(1) == pytest.approx(case["next_runif"], abs=SAME)
    assert str(found.summary()) == case["printed"]


def test_the_dialect_takes_abbreviated_arguments() -> None:
    with pytest.warns(pm.PymediationWarning, match="`cov` is taken as `covariates`"):
        found = batch(R.mediations, cov="age", robustSE=True)
    assert found[0].formulas[0] == "job_seek ~ treat + age"
    assert found[0].robustSE


# Where R fails: the same as calls by hand, one after the other on one stream.


def assert_by_hand(found: Any, *analyses: tuple[Any, Any, dict[str, Any]]) -> None:
    """Compare a batch with calls of mediate()."""
    stream = pm.RStream(6)
    for result, (med, out, options) in zip(found.values(), analyses, strict=True):
        wanted = pm.mediate(med, out, treat="treat", sims=30, rng=stream, **options)
        np.testing.assert_allclose(result.d0_sims, wanted.d0_sims, rtol=SAME, atol=SAME)
        np.testing.assert_allclose(result.tau_sims, wanted.tau_sims, rtol=SAME, atol=SAME)
        assert str(result.summary()) == str(wanted.summary())


def linear(mediator: str = "job_seek", outcome: str = "depress2", **options: Any) -> tuple[Any, Any]:
    return (
        R.lm(f"{mediator} ~ treat + age", JOBS, **options),
        R.lm(f"{outcome} ~ treat + {mediator} + age", JOBS, **options),
    )


def test_bootstrap() -> None:
    found = batch(boot=True, mediators=["job_seek", "econ_hard"], covariates="age", rng=pm.RStream(6))
    assert_by_hand(
        found,
        (*linear(), {"mediator": "job_seek", "boot": True}),
        (*linear("econ_hard"), {"mediator": "econ_hard", "boot": True}),
    )


@pytest.mark.parametrize("cluster", ["occp", JOBS["occp"]])
def test_clusters_by_name_of_the_column_and_by_value(cluster: Any) -> None:
    found = batch(covariates="age", cluster=cluster, rng=pm.RStream(6))
    assert_by_hand(found, (*linear(), {"mediator": "job_seek", "cluster": JOBS["occp"]}))


def test_tobit_outcome() -> None:
    found = batch(families=("gaussian", "tobit"), LowerY=1, UpperY=3, covariates="age", rng=pm.RStream(6))
    data = JOBS
    out = R.vglm("depress2 ~ treat + job_seek + age", R.tobit(Lower=1, Upper=3), data)
    assert_by_hand(found, (linear()[0], out, {"mediator": "job_seek"}))
    one_sided = batch(families=("gaussian", "tobit"), LowerY=1, covariates="age")
    assert one_sided[0].model_y.upper == np.inf


def test_ordered_outcome() -> None:
    found = batch(
        outcome="dep4", families=("gaussian", "oprobit"), boot=True, covariates="age", rng=pm.RStream(6)
    )
    out = R.polr("dep4 ~ treat + job_seek + age", JOBS, method="probit")
    assert_by_hand(found, (linear()[0], out, {"mediator": "job_seek", "boot": True}))
    assert str(found.summary()).startswith("Specification dep4.treat.job_seek \n\nCausal Mediation Analysis")
    assert found.to_frame().index.names[-2:] == ["effect", "category"]


@pytest.mark.parametrize("boot", [True, False])
def test_ordered_mediator_given_as_a_number(boot: bool) -> None:
    found = batch(
        mediators="job_disc", families=("oprobit", "gaussian"), covariates="age", boot=boot, rng=pm.RStream(6)
    )
    levels = JOBS.assign(job_disc=R.factor(JOBS["job_disc"]))
    med = R.polr("job_disc ~ treat + age", levels, method="probit")
    out = R.lm("depress2 ~ treat + job_disc + age", JOBS)
    assert_by_hand(found, (med, out, {"mediator": "job_disc", "boot": boot}))


def test_quantile_regressions() -> None:
    found = batch(
        families=("quantile", "quantile"),
        tau_m=0.4,
        tau_y=0.6,
        boot=True,
        covariates="age",
        rng=pm.RStream(6),
    )
    med, out = R.rq("job_seek ~ treat + age", 0.4, JOBS), R.rq("depress2 ~ treat + job_seek + age", 0.6, JOBS)
    assert_by_hand(found, (med, out, {"mediator": "job_seek", "boot": True}))


def test_weights_of_any_name_without_a_column_called_weight() -> None:
    data = JOBS.rename(columns={"weight": "my weight"})
    found = batch(datasets={"a": data}, weights="my weight", covariates="age", rng=pm.RStream(6))
    assert_by_hand(found, (*linear(weights="weight"), {"mediator": "job_seek"}))


def test_a_covariate_called_weight_is_not_overwritten() -> None:
    found = batch(covariates=["age", "weight"], rng=pm.RStream(6))
    med, out = (
        R.lm(f"{formula} + age + weight", JOBS)
        for formula in ("job_seek ~ treat", "depress2 ~ treat + job_seek")
    )
    assert_by_hand(found, (med, out, {"mediator": "job_seek"}))


def test_columns_with_any_name_and_terms_of_covariates() -> None:
    data = JOBS.rename(columns={"job_seek": "job seek", "treat": "T.1"})
    found = batch(
        datasets={"a": data},
        treatment="T.1",
        mediators="job seek",
        covariates="log(age) + factor(sex)",
        rng=1,
    )
    assert found.names == ("depress2.T.1.job seek",)
    assert found[0].formulas[1] == "depress2 ~ T.1 + `job seek` + log(age) + factor(sex)"


def test_inputs_are_not_modified() -> None:
    data = JOBS.copy()
    batch(datasets={"a": data}, mediators="job_disc", families=("oprobit", "gaussian"), weights="weight")
    pd.testing.assert_frame_equal(data, JOBS)


@pytest.mark.parametrize("compat", ["R", "fixed"])
def test_a_column_called_weight_wins_in_r_only(compat: str) -> None:
    data = JOBS.assign(w=1.0)
    with pytest.warns(pm.CompatibilityWarning, match="weight-column"):
        found = batch(datasets={"a": data}, weights="w", covariates="age", rng=pm.RStream(6), compat=compat)
    weights = {"weights": "weight"} if compat == "R" else {}
    assert_by_hand(found, (*linear(**weights), {"mediator": "job_seek"}))


# Formulas and the result.


def test_formulas() -> None:
    one = Specification("d", "y", "t", "m")
    assert mediator_formula(one, None) == "m ~ t"
    assert outcome_formula(one, "a + b", interaction=False) == "y ~ t + m + a + b"
    assert outcome_formula(one, "a", interaction=True) == "y ~ t * m + a"


@pytest.fixture(scope="module")
def four() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return batch(
            datasets={"D1": JOBS, "D2": JOBS.iloc[50:]},
            treatment=["treat", "treat"],
            outcome=["depress2", "depress1"],
            covariates="age",
            rng=pm.RStream(1),
        )


def test_repeated_names_are_told_apart_by_position_or_data_set(four: Any) -> None:
    assert four.names == ("depress2.treat.job_seek", "depress1.treat.job_seek") * 2
    with pytest.raises(pm.UnknownNameError, match=r"2 analyses.*\(0, 2\)"):
        four["depress2.treat.job_seek"]
    of_one = four.select(dataset="D2")
    assert of_one["depress2.treat.job_seek"] is four[2] is four[-2]
    assert four.select(outcome="depress1", dataset="D1").values() == (four[1],)
    assert [one.nobs for one in four.values()] == [899, 899, 849, 849]


def test_it_behaves_as_a_dict_that_keeps_its_order(four: Any) -> None:
    one = four.select(dataset="D1")
    assert dict(one.items()) == dict(zip(one.names, one.values(), strict=True))
    assert list(one) == list(one.keys()) == list(one.names)
    assert (len(four), len(one)) == (4, 2)
    assert "depress1.treat.job_seek" in one
    assert "age.treat.job_seek" not in one


def test_table_tells_data_set_outcome_treatment_and_mediator(four: Any) -> None:
    table = four.to_frame()
    assert table.index.names == ["dataset", "outcome", "treatment", "mediator", "effect"]
    assert table.loc[("D2", "depress1", "treat", "job_seek", "ACME"), "estimate"] == four[3].d1


def test_summary_has_the_summaries_by_name(four: Any) -> None:
    summary = four.select(dataset="D1").summary()
    assert str(summary[0]) == str(four[0].summary())
    assert summary["depress1.treat.job_seek"].d0 == four[1].d0
    assert str(summary).count("Specification ") == 2
    assert summary._repr_html_().count("<table") == four.select(dataset="D1")._repr_html_().count("<h4>") == 2


def test_pickle_and_short_description(four: Any) -> None:
    again = pickle.loads(pickle.dumps(four))
    assert str(again.summary()) == str(four.summary())
    assert repr(four).splitlines()[:2] == [
        "<MediationsResult: 4 analyses>",
        "  [0] depress2.treat.job_seek  (data set D1)",
    ]
    assert four.call["datasets"] == ("D1", "D2")
    assert four.stream.position == 0


# The plot.


def drawn(ax: Any) -> list[list[float]]:
    """Return the intervals of a panel, from top to bottom."""
    lines = [line for line in ax.get_lines() if line.get_label().startswith("_treated")]
    return [list(line.get_xdata()) for line in sorted(lines, key=lambda line: -line.get_ydata()[0])]


def test_each_analysis_has_a_panel_under_its_name(four: Any) -> None:
    panels = four.plot()
    assert [ax.get_xlabel() for ax in panels] == list(four.names)
    assert len(panels[0].figure.axes) == 4
    for ax, result in zip(panels, four.values(), strict=True):
        shown = [
            [ci.lower, value, ci.upper]
            for value, ci in (
                (result.d1, result.d1_ci),
                (result.z1, result.z1_ci),
                (result.tau_coef, result.tau_ci),
            )
        ]
        assert drawn(ax) == shown


def test_which_selects_the_analyses_and_not_only_their_names(four: Any) -> None:
    (panel,) = four.plot(which=1, ask=False, effect_type="indirect")
    assert panel.get_xlabel() == "depress1.treat.job_seek"
    assert drawn(panel) == [[four[1].d1_ci.lower, four[1].d1, four[1].d1_ci.upper]]
    by_name = four.plot(which="depress1.treat.job_seek", xlab="standard deviations")
    assert [drawn(ax)[0][1] for ax in by_name] == [four[1].d1, four[3].d1]
    assert by_name[0].get_xlabel() == "standard deviations"
    assert len(R.plot(four.summary(), which=["depress2.treat.job_seek", 1])) == 3


def test_panels_may_be_given_and_empty_ones_are_left_out(four: Any) -> None:
    given = plt.subplots(1, 2)[1]
    assert list(four.plot(which=[0, 3], ax=given)) == list(given)
    assert len(four.plot(which=[0, 1, 2])[0].figure.axes) == 3
    with pytest.raises(pm.ArgumentError, match="2 Axes, but 4 analyses"):
        four.plot(ax=given)


def test_ordered_outcomes_are_plotted_by_category() -> None:
    found = batch(outcome="dep4", families=("gaussian", "oprobit"), boot=True, rng=1)
    (panel,) = found.plot()
    assert {"low", "vhigh"} <= {text.get_text() for text in panel.texts} | {
        label.get_text() for label in panel.get_yticklabels()
    }


# What is refused, and warnings.


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"datasets": JOBS}, pm.ArgumentTypeError, "one DataFrame without a name"),
        ({"datasets": [JOBS]}, pm.ArgumentTypeError, "'list'"),
        ({"datasets": {}}, pm.ArgumentError, "empty"),
        ({"datasets": {"a": 1}}, pm.ArgumentTypeError, r"datasets\['a'\].*int"),
        ({"treatment": ["treat", "sex"]}, pm.ArgumentError, "2 treatments .* 1 data sets"),
        ({"datasets": {"a": JOBS, "b": JOBS}}, pm.ArgumentError, "1 treatments .* 2 data sets"),
        ({"treatment": "treta"}, pm.UnknownNameError, "'treta' .* data set 'treat'.*'treat'"),
        ({"mediators": []}, pm.ArgumentTypeError, "mediators"),
        ({"outcome": ["depress2", "depres1"]}, pm.UnknownNameError, "outcome: 'depres1'.*'depress1'"),
        ({"covariates": "agee + sex"}, pm.UnknownNameError, "covariates: 'agee'"),
        ({"covariates": "y ~ age"}, pm.ArgumentError, "right-hand side"),
        ({"covariates": {"age": 4}}, pm.ArgumentTypeError, "covariates"),
        ({"families": "gaussian"}, pm.ArgumentTypeError, "families"),
        ({"families": ("poisson", "gaussian")}, pm.ArgumentError, "does not support .* for the mediator"),
        ({"families": ("gaussian", "poisson")}, pm.ArgumentError, "does not support .* for the outcome"),
        ({"families": ("tobit", "gaussian")}, pm.ArgumentError, "for the mediator"),
        ({"families": ("gaussian", "tobit")}, pm.ArgumentError, "LowerY"),
        ({"families": ("gaussian", "tobit"), "LowerY": "a"}, pm.ArgumentTypeError, "LowerY"),
        (
            {"families": ("gaussian", "tobit"), "LowerY": 5, "UpperY": 1},
            pm.ArgumentError,
            "LowerY must be below",
        ),
        ({"families": ("gaussian", "tobit"), "UpperY": np.nan}, pm.ArgumentError, "UpperY=nan"),
        (
            {"families": ("gaussian", "quantile"), "weights": "weight"},
            pm.ArgumentError,
            "quantile regression",
        ),
        ({"families": ("gaussian", "quantile"), "tau_y": 50}, pm.ArgumentError, "tau_y"),
        ({"weights": JOBS["weight"]}, pm.ArgumentTypeError, "name of a column"),
        ({"weights": "wieght"}, pm.UnknownNameError, "weights: 'wieght'"),
        ({"cluster": "ocp"}, pm.UnknownNameError, "cluster: 'ocp' is not a column.*'occp'"),
        ({"strata": "ocp", "boot": True}, pm.UnknownNameError, "strata: 'ocp' is not a column.*'occp'"),
        ({"interaction": "yes"}, pm.ArgumentTypeError, "interaction"),
        ({"robustse": True}, pm.UnknownArgumentError, "'robustSE'"),
        ({"rob": True}, pm.UnknownArgumentError, "'robustSE'"),
        ({"treat": "treat"}, pm.UnknownArgumentError, "treatment="),
        ({"unknown": 1}, pm.UnknownArgumentError, "'unknown'"),
        ({"sims": 0}, pm.ArgumentError, "at least 1"),
        ({"compat": "r"}, pm.ArgumentError, "compat"),
    ],
)
def test_refused_with_the_reason(changes: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        batch(**changes)


@pytest.mark.parametrize("unused", [{"LowerY": 1}, {"UpperY": 5}, {"tau_m": 0.3}, {"tau_y": 0.7}])
def test_arguments_of_other_families_are_told_not_to_be_used(unused: dict[str, Any]) -> None:
    ((name, value),) = unused.items()
    with pytest.warns(pm.PymediationWarning, match=f"{name}={value} is not used, because families"):
        batch(**unused, rng=1)


def test_an_error_tells_the_analysis_it_arose_in() -> None:
    data = JOBS.assign(constant=1.0)
    with pytest.raises(pm.NotEstimableError) as caught:
        batch(datasets={"a": data}, mediators=["job_seek", "constant"])
    assert caught.value.__notes__ == ["This is about depress2.treat.constant in the data set 'a'."]


@pytest.mark.parametrize(
    ("which", "error", "words"),
    [
        ("depress2.treat.jobseek", pm.UnknownNameError, "job_seek"),
        (4, IndexError, r"\[0\] to \[3\]"),
        ([], pm.ArgumentError, "which"),
        (None, pm.UnknownNameError, "no analysis with mediator='x'"),
    ],
)
def test_unknown_analyses(four: Any, which: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        four.select(mediator="x") if which is None else four.plot(which=which)


def test_what_all_analyses_share_is_warned_about_once() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        batch(outcome=["depress2", "depress1"], mediators=["job_seek", "job_dich"], rng=1)
    texts = [str(one.message) for one in caught]
    assert len([text for text in texts if "sims=30" in text]) == 1
    assert len([text for text in texts if "'job_dich' has two values" in text]) == 1
    assert {one.filename for one in caught} == {__file__}


def test_what_the_fits_warn_about_points_at_the_caller_too() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        batch(mediators="job_dich", families=("binomial", "gaussian"), weights="weight", rng=1)
    (whole,) = [one for one in caught if "whole number of successes" in str(one.message)]
    assert whole.filename == __file__
