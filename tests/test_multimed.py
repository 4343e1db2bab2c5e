"""``multimed`` against R, against a plain computation, and against populations whose effects are known."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import multimed_cases
import multimed_plain
import numpy as np
import pandas as pd
import pytest

import pymediation as pm
import pymediation.r as R
from pymediation.multiple.bounds import first_crossing, sensitivity_grid

# Rounding: the recorded numbers agree to 3e-14.
TOLERANCE = 1e-12
# Standard errors that an estimate may be away from the truth of its population.
FAR = 4.0
# Relative error of a standard deviation estimated from the population's rows, several of them.
LARGE_SAMPLE = 0.02

pytestmark = pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")


@pytest.fixture(autouse=True)
def unseeded() -> Iterator[None]:
    yield
    R.set_seed(None)


def assert_components(result: Any, wanted: dict[str, np.ndarray]) -> None:
    assert set(result.keys()) == set(wanted)
    for name, value in wanted.items():
        np.testing.assert_allclose(np.asarray(result[name]), value, rtol=0, atol=TOLERANCE, err_msg=name)


# Against R.


@pytest.mark.parametrize("name", multimed_cases.names(failing=False))
def test_components_stream_and_text_are_those_of_r(name: str) -> None:
    case, stream = multimed_cases.cases()[name], pm.RStream(multimed_cases.cases()[name]["seed"])
    result = pm.multimed(**multimed_cases.arguments(name), rng=stream)
    assert result.keys() == tuple(component.replace(".", "_") for component in case["components"])
    assert_components(result, multimed_cases.recorded(name))
    assert result.tau_ci.names == tuple(case["names"]["tau.ci"])
    assert str(result.summary()).split("\n") == case["summary"]
    assert stream.uniform()[0] == pytest.approx(case["next_uniform_after_call"], abs=TOLERANCE)


def test_the_dialect_draws_from_the_global_stream_and_completes_names() -> None:
    case = multimed_cases.cases()["single_framing"]
    given = multimed_cases.arguments("single_framing")
    R.set_seed(case["seed"])
    with pytest.warns(pm.PymediationWarning, match="`med_m` is taken as `med_main`"):
        result = R.multimed(given.pop("outcome"), med_m=given.pop("med_main"), **given)
    assert str(R.summary(result)).split("\n") == case["summary"]
    assert R.runif(1) == pytest.approx(case["next_uniform_after_call"], abs=TOLERANCE)


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("error_no_alternative", pm.ArgumentError, "design='single' needs med_alt="),
        (
            "error_weight",
            pm.ArgumentTypeError,
            r"weight must be the name of the column of case weights.*\[1, 265\]",
        ),
        (
            "error_design",
            pm.ArgumentError,
            "design must be one of 'single', 'parallel', or an unamb.*got 'x'",
        ),
    ],
)
def test_what_r_refuses_is_refused_with_the_reason(name: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        pm.multimed(**multimed_cases.arguments(name))


def test_every_refused_run_is_compared() -> None:
    assert multimed_cases.names(failing=True) == ["error_no_alternative", "error_weight", "error_design"]


# Against a plain computation.


def simulated(n: int, seed: int) -> pd.DataFrame:
    """Return rows with two alternative mediators, covariates, gaps, weights and an experiment."""
    rng = np.random.default_rng(seed)
    t, x = rng.integers(0, 2, n), rng.standard_normal(n)
    g = pd.Categorical(rng.choice(list("abc"), n))
    w1 = 0.4 * t + 0.3 * x + rng.standard_normal(n)
    w2 = 2 - 0.5 * t + rng.standard_normal(n)
    m = 3 + 0.5 * t + 0.6 * w1 + 0.2 * (g == "b") + rng.standard_normal(n)
    y = 0.3 * t + 0.5 * m + 0.2 * t * m + 0.4 * w1 - 0.3 * t * w2 + x + rng.standard_normal(n)
    w2[3] = np.nan
    columns = {"t": t, "x": x, "g": g, "w1": w1, "w2": w2, "m": m, "y": y}
    return pd.DataFrame(columns | {"e": rng.integers(0, 2, n), "w": rng.uniform(0.5, 1.5, n)})


NAMES = {"outcome": "y", "med_main": "m", "treat": "t"}
TWO = {**NAMES, "med_alt": ["w1", "w2"]}


@pytest.mark.parametrize(
    "call",
    [
        TWO | {"sims": 12, "R2_by": 0.1},
        TWO | {"covariates": ["x", "g"], "sims": 12, "R2_by": 0.07, "conf_level": 0.8},
        TWO | {"covariates": ["g"], "weight": "w", "sims": 12, "R2_by": 0.25},
        NAMES | {"design": "parallel", "experiment": "e", "sims": 12, "R2_by": 0.5},
        NAMES | {"design": "parallel", "experiment": "e", "weight": "w", "sims": 12, "R2_by": 1 / 3},
    ],
    ids=["two", "covariates", "weights", "parallel", "parallel-weights"],
)
def test_a_plain_computation_gives_the_same(call: dict[str, Any]) -> None:
    call = call | {"data": simulated(90, seed=7)}
    ours, theirs = pm.RStream(5), pm.RStream(5)
    assert_components(pm.multimed(**call, rng=ours), multimed_plain.multimed(call, theirs))
    assert ours.uniform() == theirs.uniform()


def test_resamples_in_blocks_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from pymediation.engine import resamples

    call = TWO | {"data": simulated(90, seed=7), "sims": 40}
    whole = pm.multimed(**call, rng=3)
    monkeypatch.setattr(resamples, "_BLOCK_COUNTS", 1)
    parts = pm.multimed(**call, rng=3)
    np.testing.assert_allclose(parts.d_ave_ci, whole.d_ave_ci, rtol=0, atol=TOLERANCE)
    assert parts.tau_ci.lower == pytest.approx(whole.tau_ci.lower, abs=TOLERANCE)


# Populations whose effects are known.


def population(n: int, seed: int, sigma: float, parallel: bool) -> tuple[pd.DataFrame, dict[str, float]]:
    """Draw from the varying-coefficient model and return the true effects, averages over potential outcomes.

    The coefficient of T M is as high as possible where M(0) is: its part beyond the mean is `sigma` times the
    standardised residual of M(0), which the data cannot show, as M(0) is not seen together with Y(1).
    """
    rng = np.random.default_rng(seed)
    t, x = rng.integers(0, 2, n), rng.standard_normal(n)
    e0, e1, u0, u1 = (rng.standard_normal(n) for _ in range(4))
    W = np.stack([1 + 0.5 * x + u0, 1.8 + 0.5 * x + u1])
    M = np.stack([2 + x + 1.5 * e0, 2.7 + x + 0.8 * W[1] + 0.5 * e1])
    kappa = 0.4 + sigma * e0
    noise = 0.5 * rng.standard_normal(n)

    def outcome(arm: int, m: np.ndarray, w: np.ndarray) -> np.ndarray:
        return 1 + 0.6 * arm + 0.7 * m + kappa * arm * m + 1.2 * w - 0.5 * arm * w + x + noise

    truth = {
        **{f"d{a}": np.mean(outcome(a, M[1], W[a]) - outcome(a, M[0], W[a])) for a in (0, 1)},
        **{f"z{a}": np.mean(outcome(1, M[a], W[1]) - outcome(0, M[a], W[0])) for a in (0, 1)},
        "tau": np.mean(outcome(1, M[1], W[1]) - outcome(0, M[0], W[0])),
    }
    m, w = np.where(t, M[1], M[0]), np.where(t, W[1], W[0])
    e = np.zeros(n, dtype=int)
    if parallel:
        e = rng.integers(0, 2, n)
        m = np.where(e, 2 + 2 * rng.standard_normal(n), m)
    y = np.where(t, outcome(1, m, w), outcome(0, m, w))
    data = pd.DataFrame({"t": t, "x": x, "w1": w, "m": m, "y": y, "e": e})
    return data, {name: float(value) for name, value in truth.items()}


DESIGNS = {
    "single": {"med_alt": "w1", "covariates": "x"},
    "parallel": {"design": "parallel", "experiment": "e"},
}


@pytest.mark.parametrize("design", DESIGNS)
def test_effects_of_a_homogeneous_interaction_are_found(design: str) -> None:
    data, truth = population(20_000, 11, sigma=0.0, parallel=design == "parallel")
    result = pm.multimed(**NAMES, **DESIGNS[design], data=data, sims=60, R2_by=0.5, rng=1)
    for name, effect in {**result.effects, "tau": result.total}.items():
        if name in truth:
            assert abs(effect.estimate - truth[name]) < FAR * effect.std_error, name
    assert result.d_ave_lb[0] == pytest.approx((truth["d0"] + truth["d1"]) / 2, abs=0.1)
    assert truth["d1"] - truth["d0"] > 0.5  # the arms differ: taking one for the other would be seen


@pytest.mark.parametrize("design", DESIGNS)
def test_the_bound_at_the_true_sigma_is_reached(design: str) -> None:
    sigma = 0.8
    data, truth = population(40_000, 12, sigma=sigma, parallel=design == "parallel")
    result = pm.multimed(**NAMES, **DESIGNS[design], data=data, sims=30, R2_by=0.02, rng=1)
    # M(0) is 2 + x + 1.5 e0: with x in the regression its residual standard deviation is 1.5.
    spread = 1.5 if design == "single" else np.hypot(1.5, 1)
    at = {name: float(np.interp(sigma, result.sigma, result[name])) for name in ("z0_lb", "z0_ub", "d1_lb")}
    assert (at["z0_ub"] - at["z0_lb"]) / (2 * sigma) == pytest.approx(spread, rel=LARGE_SAMPLE)
    # E[kappa_i M(0)] exceeds kappa E[M(0)] by sigma * 1.5: the effect is that far from the estimate.
    error = FAR * result.ade.control.std_error
    assert abs(truth["z0"] - (result.z0_lb[0] + sigma * 1.5)) < error
    assert abs(truth["d1"] - (result.d1_lb[0] - sigma * 1.5)) < error
    assert at["z0_lb"] - error < truth["z0"] < at["z0_ub"] + error
    assert abs(truth["z0"] - result.z0_lb[0]) > 2 * error  # which a homogeneous interaction misses
    if design == "single":
        assert abs(truth["z0"] - at["z0_ub"]) < error
        assert abs(truth["d1"] - at["d1_lb"]) < error


def test_ignoring_the_confounding_mechanism_would_be_seen() -> None:
    data, truth = population(20_000, 11, sigma=0.0, parallel=False)
    other = data.assign(w1=np.random.default_rng(1).standard_normal(len(data)))
    result = pm.multimed(**NAMES, **DESIGNS["single"], data=other, sims=60, R2_by=0.5, rng=1)
    assert abs(result.z1_lb[0] - truth["z1"]) > 2 * FAR * result.ade.treated.std_error


# Properties of the estimators.


def test_the_grid_stops_at_one_and_short_of_it() -> None:
    np.testing.assert_allclose(sensitivity_grid(0.1, 1, 1, 1).R2star, np.arange(11) / 10, atol=1e-15)
    np.testing.assert_allclose(sensitivity_grid(0.3, 1, 1, 1).R2star, [0, 0.3, 0.6, 0.9], atol=1e-15)
    assert sensitivity_grid(1.0, 1, 1, 1).R2star.tolist() == [0, 1]
    assert sensitivity_grid(1 / 49, 1, 1, 1).R2star.size == 50
    assert sensitivity_grid(1 / 49, 1, 1, 1).R2star.max() <= 1


def test_effects_add_up_and_bounds_mirror_each_other() -> None:
    result = pm.multimed(**TWO, data=simulated(200, 1), sims=20, rng=1)
    np.testing.assert_allclose(result.d1_lb + result.z0_ub, result.tau, atol=TOLERANCE)
    np.testing.assert_allclose(result.d0_ub + result.z1_lb, result.tau, atol=TOLERANCE)
    np.testing.assert_allclose(result.d_ave_lb[0] + result.z_ave_lb[0], [
        *(np.mean(simulated(200, 1).dropna()["t"]) * (result.d1_lb[:1] + result.z1_lb[:1])
          + (1 - np.mean(simulated(200, 1).dropna()["t"])) * (result.d0_lb[:1] + result.z0_lb[:1])),
    ], atol=TOLERANCE)  # fmt: skip
    for name in multimed_plain.EFFECTS:
        lower, upper = result[f"{name}_ci"]
        assert (np.diff(upper - lower) > 0).all()
        assert (lower < result[f"{name}_lb"]).all()
        assert (upper > result[f"{name}_ub"]).all()


def test_the_way_covariates_are_coded_does_not_matter() -> None:
    data = simulated(150, 2)
    other = data.assign(
        g=data["g"].astype(str), x=5 - 3 * data["x"], t=data["t"] == 1, m=data["m"].astype("Float64")
    )
    one = pm.multimed(**TWO, covariates=["x", "g"], data=data, sims=20, rng=1)
    two = pm.multimed(**TWO, covariates=["g", "x"], data=other.set_index(other.index * 0), sims=20, rng=1)
    for name in one.keys():  # noqa: SIM118 - not a mapping
        np.testing.assert_allclose(np.asarray(two[name]), np.asarray(one[name]), atol=1e-11, err_msg=name)


def test_units_of_the_variables_scale_the_effects() -> None:
    data = simulated(150, 2)
    other = data.assign(y=10 * data["y"] + 3, m=data["m"] / 4, w1=7 * data["w1"])
    one, two = (pm.multimed(**TWO, data=table, sims=20, rng=1) for table in (data, other))
    np.testing.assert_allclose(two.d1_ci, 10 * one.d1_ci, rtol=1e-10)
    np.testing.assert_allclose(two.sigma, 40 * one.sigma, rtol=1e-10)
    np.testing.assert_allclose(two.R2tilde, one.R2tilde, rtol=1e-10)


def test_weights_of_one_change_no_estimate_and_whole_weights_are_repeated_rows() -> None:
    data = simulated(120, 3).dropna().reset_index(drop=True)
    data["k"] = np.resize([1, 2, 3], len(data))
    plain = pm.multimed(**TWO, data=data, sims=5, rng=1)
    ones = pm.multimed(**TWO, data=data.assign(k=1.0), weight="k", sims=5, rng=1)
    assert ones.d1_lb[0] == pytest.approx(plain.d1_lb[0], abs=TOLERANCE)
    np.testing.assert_allclose(ones.sigma, plain.sigma, atol=TOLERANCE)
    weighted = pm.multimed(**TWO, data=data, weight="k", sims=5, rng=1)
    repeated = pm.multimed(**TWO, data=data.loc[data.index.repeat(data["k"])], sims=5, rng=1)
    for name in ("d1_lb", "d0_lb", "d_ave_lb", "z1_lb", "z0_lb", "z_ave_lb"):
        assert weighted[name][0] == pytest.approx(repeated[name][0], abs=TOLERANCE)
    assert weighted.tau == pytest.approx(repeated.tau, abs=TOLERANCE)


def test_where_effects_cross_zero() -> None:
    lower, upper = np.array([0.2, 0.1, 0.0, -0.1]), np.array([0.2, 0.3, 0.4, 0.5])
    assert first_crossing(lower, upper) == 2
    assert first_crossing(-upper, -lower) == 2
    assert first_crossing(lower - 1, upper) == 0
    assert first_crossing(lower[:2], upper[:2]) is None
    assert first_crossing(lower, np.append(upper[:3], np.nan)) is None


def test_numpy_streams_repeat_and_differ_from_r_by_monte_carlo_error() -> None:
    data = simulated(200, 4)
    one, two = (pm.multimed(**TWO, data=data, sims=400, rng=9) for _ in range(2))
    np.testing.assert_array_equal(one.z_ave_ci, two.z_ave_ci)
    other = pm.multimed(**TWO, data=data, sims=400, rng=pm.RStream(9))
    np.testing.assert_array_equal(one.z_ave_lb, other.z_ave_lb)
    assert one.ade.average.std_error == pytest.approx(other.ade.average.std_error, rel=0.15)


def test_the_data_are_left_alone_and_rows_with_gaps_counted() -> None:
    data = simulated(90, 5)
    before = data.copy()
    result = pm.multimed(**TWO, data=data, sims=3, rng=1)
    pd.testing.assert_frame_equal(data, before)
    assert (result.nobs, result.n_dropped) == (89, 1)
    assert "n = 89 (1 with missing values left out), 3 resamples" in repr(result)


# Resamples that determine less.


def test_missing_intervals_are_counted_and_said() -> None:
    name = "single_small_dropped_levels"
    with pytest.warns(pm.PymediationWarning, match=r"In \d+ of 30 resamples an arm has too few rows"):
        result = pm.multimed(**multimed_cases.arguments(name), rng=pm.RStream(6))
    assert 0 < result.n_failed < 30
    assert np.isnan(result.d0_ci).all()
    assert np.isfinite(result.d1_ci).all()
    assert np.isfinite(result.tau_ci).all()


def test_a_level_that_is_alone_in_a_resample_leaves_the_covariate_out_where_r_stops() -> None:
    data = simulated(60, 6).assign(g=pd.Categorical(["a"] * 58 + ["b"] * 2))
    result = pm.multimed(**TWO, covariates="g", data=data, sims=60, rng=pm.RStream(1))
    assert result.n_failed == 0
    assert np.isfinite(result.d_ave_ci).all()


def test_one_resample_gives_no_interval() -> None:
    with pytest.warns(pm.PymediationWarning, match=r"sims=1 there is no bootstrap variance"):
        result = pm.multimed(**TWO, data=simulated(90, 5), sims=1, rng=1)
    assert np.isnan(result.d1_ci).all()
    assert str(result.summary()).count("NA") > 6


def test_an_arm_without_rows_in_a_resample_is_missing() -> None:
    data = simulated(40, 8).assign(t=[1] * 2 + [0] * 38).dropna()
    call = NAMES | {"med_alt": "w1"}
    with pytest.raises(pm.NotEstimableError, match=r"'t x w1'.*too few rows"):
        pm.multimed(**call, data=data, sims=20, rng=1)
    data["t"] = [1] * 4 + [0] * (len(data) - 4)
    result = pm.multimed(**call, data=data, sims=200, rng=pm.RStream(2))
    assert result.n_failed > 0
    assert np.isnan(result.z1_ci).all()
    assert np.isfinite(result.tau_ci).all()
    without = next(seed for seed in range(99) if data["t"].iloc[pm.RStream(seed).integers(39, 39)].max() == 0)
    single = pm.multimed(**call, data=data, sims=1, rng=pm.RStream(without))
    assert np.isnan(single.tau_ci).all()
    assert single.tau == result.tau


# What is returned.


@pytest.fixture(scope="module")
def result() -> Any:
    framing = pm.datasets.load_framing()
    return pm.multimed("immigr", "emo", "p_harm", "treat", "age", data=framing, sims=50, rng=pm.RStream(1))


def test_words_and_components_are_the_same_numbers(result: Any) -> None:
    assert result.acme.treated.estimate == result.d1_lb[0] == result.d1_ub[0]
    assert [result.ade.average.lower, result.ade.average.upper] == result.z_ave_ci[:, 0].tolist()
    assert (result.acme.estimate, result.acme.lower) == (result.d_ave_lb[0], result.d_ave_ci[0, 0])
    assert result.total.estimate == result["tau"]
    assert result.d1_ci.shape == (2, 101)
    with pytest.raises(pm.UnknownNameError, match="'d_ave_lb'"):
        result["d.ave.lb"]


def test_tables(result: Any) -> None:
    estimates = result.to_frame()
    assert list(estimates.index) == [
        *("ACME (treated)", "ACME (control)", "ACME (average)"),
        *("ADE (treated)", "ADE (control)", "ADE (average)", "Total Effect"),
    ]
    assert list(estimates.columns) == ["estimate", "std_error", "lower", "upper"]
    low, high = estimates.loc["ACME (control)", ["lower", "upper"]]
    # At sigma = 0 the region is the normal interval, with R's three decimals of its quantile.
    assert high - low == pytest.approx(2 * 1.96 * estimates.loc["ACME (control)", "std_error"], rel=1e-12)
    bounds = result.to_frame("bounds")
    assert bounds.index.names == ["effect", "sigma"]
    assert len(bounds) == 6 * 101
    np.testing.assert_array_equal(bounds.loc["ADE (control)", "upper"], result.z0_ci[1])
    np.testing.assert_array_equal(bounds.loc["ADE (control)", "R2tilde"], result.R2tilde)
    crossings = result.summary().to_frame("crossings")
    place = int(np.sum(result.z1_lb > 0))
    assert crossings.loc["ADE (treated)", "R2s(bounds)"] == result.R2star[place]
    with pytest.raises(pm.ArgumentError, match=r"'bounds'.*got 'bound'"):
        result.to_frame("bound")


def test_results_pickle_have_html_and_show_themselves(result: Any) -> None:
    again = pickle.loads(pickle.dumps(result))
    assert str(again.summary()) == str(result.summary()) == repr(result.summary())
    assert result._repr_html_().count("<table") == 3
    assert "ADE first crosses zero" in result._repr_html_()
    assert repr(result).splitlines()[0] == (
        "<MultimedResult: treat -> emo -> immigr, beside p_harm; single design, n = 265, 50 resamples>"
    )
    assert result.summary().keys() == result.keys()
    assert result.stream.seed == 1


# What is refused or warned about.

FRAMING = {"outcome": "immigr", "med_main": "emo", "med_alt": "p_harm", "treat": "treat", "sims": 2}


def framing(**changed: Any) -> pd.DataFrame:
    data = pm.datasets.load_framing()
    return data.assign(**{name: value(data) if callable(value) else value for name, value in changed.items()})


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"treat": None}, pm.ArgumentTypeError, "needs treat=, the name of a column"),
        ({"data": None}, pm.ArgumentTypeError, "data must be a DataFrame .*got None"),
        (
            {"outcome": 3},
            pm.ArgumentTypeError,
            "outcome must be the name of one column in data, a text; got 3",
        ),
        ({"med_alt": ["p_harm", 2]}, pm.ArgumentTypeError, r"med_alt must be .*got \['p_harm', 2\]"),
        ({"med_alt": []}, pm.ArgumentError, "design='single' needs med_alt="),
        ({"med_main": "emot"}, pm.UnknownNameError, "med_main='emot': data has no such column.*'emo'"),
        (
            {"covariates": ["age", "log(age)"]},
            pm.UnknownNameError,
            "'log.age.'.*Columns are named, not computed",
        ),
        ({"weight": "nothing"}, pm.UnknownNameError, "weight='nothing'"),
        ({"covariates": "emo"}, pm.ArgumentError, "'emo' is given as both med_main and covariates"),
        ({"med_alt": ["p_harm", "p_harm"]}, pm.ArgumentError, "'p_harm' is given as med_alt twice"),
        ({"design": "Single"}, pm.ArgumentError, "Did you mean 'single'"),
        ({"design": "parallel"}, pm.ArgumentError, "design='parallel' needs experiment="),
        ({"sims": 0}, pm.ArgumentError, "sims must be a whole number of at least 1; got 0"),
        ({"sims": 2.5}, pm.ArgumentError, "got 2.5"),
        ({"R2_by": 0}, pm.ArgumentError, "R2_by must lie between 0 and 1; got 0"),
        ({"R2_by": "x"}, pm.ArgumentTypeError, "R2_by must be a number between 0 and 1"),
        ({"conf_level": 95}, pm.ArgumentError, "Did you mean 0.95"),
        ({"conf_level": (0.9, 0.95)}, pm.ArgumentTypeError, "conf_level must be a number"),
        ({"covariate": "age"}, pm.UnknownArgumentError, "no argument 'covariate'. Did you mean 'covariates'"),
    ],
)
def test_arguments_are_refused_with_what_was_given_and_what_is_accepted(
    given: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        pm.multimed(**{**FRAMING, "data": framing(), **given})


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ({"immigr": "high"}, pm.ArgumentTypeError, "outcome='immigr' must be a column of numbers.*'high'"),
        ({"emo": lambda d: pd.cut(d["emo"], 3)}, pm.ArgumentTypeError, "med_main.*a factor.*Interval"),
        ({"p_harm": lambda d: d["p_harm"] + 1j}, pm.ArgumentTypeError, "med_alt='p_harm'.*complex128"),
        ({"treat": lambda d: d["treat"] + 1}, pm.ArgumentError, r"of 0 and 1.*are 1\.0, 2\.0\. Recode.*== 2"),
        ({"treat": lambda d: d["age"]}, pm.ArgumentError, "treat='treat'.*values.*and .* more"),
        ({"treat": 1}, pm.ArgumentError, "of 0 and 1, of both, but its values in complete rows are 1"),
        ({"treat": lambda d: d["treat"].astype("category")}, pm.ArgumentTypeError, "treat.*a factor.*0, 1"),
        ({"treat": lambda d: d["treat"].map({0: "no", 1: "yes"})}, pm.ArgumentTypeError, "'no', 'yes'"),
        ({"immigr": 2.0}, pm.NotEstimableError, r"outcome='immigr' is constant \(2 in all 265"),
        ({"emo": 0}, pm.NotEstimableError, "med_main='emo' is constant"),
        ({"emo": lambda d: d["emo"].astype(float).where(d.index != d.index[7], np.inf)}, pm.ArgumentError,
         "med_main='emo' must be finite, but 1 of 265 values are not"),
        ({"w": lambda d: d["age"] - 50}, pm.ArgumentError, r"weight='w' must be 0 or more, but .* negative"),
        ({"w": "a"}, pm.ArgumentTypeError, "weight='w' must be a column of numbers, 0 or more"),
        ({"w": 0.0}, pm.NotEstimableError, "weight='w' is 0 in every row"),
        ({"w": 1e-6}, pm.NotEstimableError, "must sum to more than 1"),
        ({"g": "only"}, pm.NotEstimableError, r"factor 'g' has one level only.*'only'"),
        ({"g": pd.Timestamp("2020-01-01")}, pm.ArgumentTypeError, "'g' must be numbers.*datetime64"),
        ({"g": np.nan}, pm.NotEstimableError, "No row of data has a value.*'g' 265"),
        ({"p_harm": lambda d: 2 * d["emo"] + 1}, pm.NotEstimableError, "of 'p_harm', 'treat x p_harm'"),
    ],
)  # fmt: skip
def test_columns_are_refused_with_what_was_found_and_what_is_accepted(
    data: dict[str, Any], error: type[Exception], words: str
) -> None:
    further = ({"weight": "w"} if "w" in data else {}) | ({"covariates": "g"} if "g" in data else {})
    with pytest.raises(error, match=words):
        pm.multimed(**FRAMING, **further, data=framing(**data), rng=1)


def test_what_a_design_does_not_use_is_said() -> None:
    data = simulated(200, 1)
    with pytest.warns(
        pm.PymediationWarning, match="experiment='e' is not used in the single design.*parallel"
    ):
        single = pm.multimed(**TWO, experiment="e", data=data, sims=20, rng=1)
    assert single.d1_lb[0] == pm.multimed(**TWO, data=data, sims=20, rng=1).d1_lb[0]
    call = NAMES | {"design": "par", "experiment": "e", "data": data.dropna(), "sims": 20, "rng": 1}
    with pytest.warns(pm.PymediationWarning, match="med_alt is not used in the parallel design"):
        parallel = pm.multimed(**call, med_alt="w1")
    assert parallel.design == "parallel"  # an unambiguous beginning, as R takes
    assert parallel.d1_lb[0] == pm.multimed(**call).d1_lb[0]
    with pytest.raises(pm.ArgumentError, match=r"needs med_alt=.*experiment= belongs to design='parallel'"):
        pm.multimed(**NAMES, experiment="e", data=data)


def test_experiments_are_refused_with_what_was_found() -> None:
    call = NAMES | {"design": "parallel", "experiment": "e", "sims": 2, "rng": 1}
    data = simulated(60, 1)
    with pytest.raises(pm.ArgumentError, match=r"experiment='e' must be a column of 0 and 1, of both.*1, 2"):
        pm.multimed(**call, data=data.assign(e=data["e"] + 1))
    with pytest.raises(pm.NotEstimableError, match="rows with e = 1 the treatment 't' is always 0"):
        pm.multimed(**call, data=data.assign(t=data["t"].where(data["e"] == 0, 0)))


def test_too_few_rows() -> None:
    data = framing().iloc[:12]
    with pytest.raises(pm.NotEstimableError, match=r"variance of 'emo' where treat = 1.*from the 4 rows"):
        pm.multimed(**FRAMING, covariates=["age", "educ", "income"], data=data, rng=1)
    few = simulated(30, 9).dropna().assign(t=lambda d: [1] * 7 + [0] * (len(d) - 7))
    few = few.assign(**{f"z{j}": np.random.default_rng(j).standard_normal(len(few)) for j in range(6)})
    with pytest.raises(pm.NotEstimableError, match=r"variance of 'm' where t = 1.*7 rows"):
        pm.multimed(**NAMES, med_alt="w1", covariates=[f"z{j}" for j in range(6)], data=few, sims=2, rng=1)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("parallel_covariates_ignored", "covariates currently cannot be used for the parallel design"),
        ("single_collinear", "The covariates 'age2' repeat what others say"),
        ("single_weights", "The weights 'income' have mean .* divide the weights by their mean"),
        ("parallel", r"sims=10 is few: interval limits vary from run to run\. Use 500"),
    ],
)
def test_warned_about_at_the_line_of_the_caller(name: str, words: str) -> None:
    with pytest.warns(pm.PymediationWarning, match=words) as caught:
        pm.multimed(**multimed_cases.arguments(name), rng=1)
    assert {one.filename for one in caught} == {__file__}


def test_a_usual_call_is_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pm.multimed(**(FRAMING | {"sims": 500}), data=framing(), rng=1)
