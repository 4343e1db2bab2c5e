from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fits.cases import FloatArray, worst
from scipy.optimize import linprog

from pymediation import datasets
from pymediation.errors import ArgumentError, ArgumentTypeError, NotEstimableError
from pymediation.fits import quantile_lockstep, quantile_path, quantile_walk
from pymediation.fits.quantile import bandwidth, fit_quantile, nid_cov
from pymediation.fits.quantile_path import quantile_at_levels_replicates
from pymediation.fits.quantile_replicates import QuantileReplicates, fit_quantile_replicates

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "r" / "quantile.json").read_text())
COEF_TOLERANCE = 1e-10  # the same vertex as R: what remains is the rounding of a k x k system
COV_TOLERANCE = 1e-9  # its middle matrix is inverted twice
OBJECTIVE_TOLERANCE = 1e-9  # the tolerance at which HiGHS stops
REFIT_TOLERANCE = 1e-12  # two of our ways to the same vertex: other pivots, the same final system
MOVED = 1e-3  # coefficients of another vertex are at least this far off

CASES = pytest.mark.parametrize(
    "case",
    REFERENCE["cases"],
    ids=lambda c: f"{c['response']}-{np.atleast_1d(c['design'])[0]}-{c['tau']}-{c['weights']}",
)
REFITS = pytest.mark.parametrize(
    "case", REFERENCE["refits"], ids=lambda c: f"{c['response']}-{c['design'][0]}-{c['tau']}"
)


def table(name: str) -> dict[str, FloatArray]:
    """Return the columns of a data set, those R derived included."""
    if name == "d":
        return {key: np.array(values, dtype=float) for key, values in REFERENCE["data"].items()}
    jobs = datasets.load_jobs()
    used = ("depress2", "treat", "job_seek", "econ_hard", "age", "sex")
    columns = {key: jobs[key].to_numpy(dtype=float) for key in used}
    return columns | {"female": columns["sex"], "product": columns["treat"] * columns["job_seek"]}


def model(case: dict[str, Any]) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Return response, design with the intercept first, and weights."""
    columns, design = table(case.get("data", "d")), np.atleast_1d(case["design"])
    y, weights = columns[case["response"]], case.get("weights")
    X = np.column_stack([np.ones(y.size), *(columns[name] for name in design)])
    return y, X, None if weights is None else columns[weights]


def resampled() -> tuple[Any, Any]:
    """Return the rows that R drew, and how often each occurs."""
    rows = np.array(REFERENCE["rows"])
    return rows, np.array([np.bincount(r, minlength=rows.shape[1]) for r in rows])


def loss(y: FloatArray, X: FloatArray, coef: FloatArray, tau: float) -> float:
    residuals = y - X @ coef
    return float(np.sum(residuals * (tau - (residuals < 0))))


def sample(seed: int, n: int, *, whole: bool = False) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.normal(size=n), rng.integers(0, 2, n), np.arange(n) % 3 == 1])
    y = X @ [1.0, 0.5, -0.5, 1.0] + rng.normal(size=n)
    return np.round(2 * y) if whole else y, X


@CASES
def test_coefficients_equal_r_also_where_others_are_optimal(case: dict[str, Any]) -> None:
    fit = fit_quantile(*model(case)[:2], case["tau"], model(case)[2])
    assert worst(fit.coef, case["coef"]) <= COEF_TOLERANCE
    assert fit.converged
    assert fit.unique or not case["silent"]
    np.testing.assert_array_equal(fit.residuals[fit.basis], 0.0)


@CASES
def test_covariance_equals_r(case: dict[str, Any]) -> None:
    y, X, weights = model(case)
    if case["cov"] == "singular":
        with pytest.raises(NotEstimableError, match=r"density of y at quantile 0\.01 cannot be estimated"):
            nid_cov(y, X, case["tau"], weights)
    else:
        assert worst(nid_cov(y, X, case["tau"], weights), case["cov"]) <= COV_TOLERANCE


def test_bandwidth_equals_r() -> None:
    ours = [bandwidth(tau, 60) for tau in (0.02, 0.1, 0.5, 0.93)]
    # R gives it before halving.
    expected = np.array(REFERENCE["bandwidth"], dtype=float)
    halvings = np.log2(expected / ours)
    np.testing.assert_allclose(halvings, np.round(halvings), atol=COEF_TOLERANCE)
    assert all(tau - h >= 0 for tau, h in zip((0.02, 0.1, 0.5, 0.93), ours, strict=True))


@REFITS
def test_refits_of_rows_as_drawn_equal_r(case: dict[str, Any]) -> None:
    y, X, _ = model(case)
    rows, counts = resampled()
    fits = fit_quantile_replicates(y, X, case["tau"], counts, rows=rows)
    assert worst(fits.coef, case["coef"]) <= COEF_TOLERANCE
    assert not fits.failed.any()
    assert fits.unique[np.array(case["silent"])].all()


def test_reference_has_optima_that_are_not_unique() -> None:
    assert sum(case["silent"].count(False) for case in REFERENCE["refits"]) > 50


def at_levels(y: Any, X: Any, taus: Any, counts: Any = None, weights: Any = None) -> FloatArray:
    """Fit one sample at many quantiles."""
    times = np.ones(len(y), dtype=int) if counts is None else counts
    fits = quantile_at_levels_replicates(y, X, np.asarray(taus)[None], times[None], weights)
    assert not fits.failed[0]
    return fits.coef[0]


@pytest.mark.parametrize("which", ["sample", "resample"])
def test_many_quantiles_equal_r(which: str) -> None:
    case = REFERENCE["levels"] | {"response": "y"}
    y, X, _ = model(case)
    counts = None if which == "sample" else resampled()[1][0]
    ours = at_levels(y, X, case["taus"], counts)
    assert worst(ours, case[which]) <= COEF_TOLERANCE


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("tau", [0.02, 0.5, 0.77])
def test_objective_is_the_least_there_is(tau: float, whole: bool) -> None:
    y, X = sample(1, 80, whole=whole)
    n, k = X.shape
    programme = linprog(
        np.concatenate((np.zeros(k), np.full(n, tau), np.full(n, 1 - tau))),
        A_eq=np.hstack((X, np.eye(n), -np.eye(n))),
        b_eq=y,
        bounds=[(None, None)] * k + [(0, None)] * (2 * n),
    )
    fit = fit_quantile(y, X, tau)
    assert fit.objective == pytest.approx(programme.fun, rel=OBJECTIVE_TOLERANCE)
    assert loss(y, X, fit.coef, tau) == pytest.approx(fit.objective, rel=REFIT_TOLERANCE)


def test_uniqueness_is_about_coefficients_and_not_about_ties() -> None:
    one = np.ones((4, 1))
    assert not fit_quantile([1.0, 2.0, 3.0, 4.0], one).unique
    assert fit_quantile([1.0, 2.0, 2.0, 4.0], one).unique
    assert fit_quantile([1.0, 2.0, 3.0, 4.0], one, 0.4).unique
    x = np.column_stack([np.ones(5), np.arange(5.0)])
    assert fit_quantile(x @ [1.0, 2.0], x).unique


@pytest.mark.parametrize("whole", [False, True])
def test_other_coefficients_have_the_same_objective_just_where_not_unique(whole: bool) -> None:
    y, X = sample(2, 24, whole=whole)
    seen = set()
    for tau in np.arange(1, 16) / 16:
        fit = fit_quantile(y, X, tau)
        reversed_ = fit_quantile(y[::-1], X[::-1], tau).coef
        if np.abs(reversed_ - fit.coef).max() > MOVED:
            assert not fit.unique
            assert loss(y, X, reversed_, tau) == pytest.approx(fit.objective, rel=OBJECTIVE_TOLERANCE)
        seen.add(fit.unique)
    assert seen == {True, False}


def test_equivariance() -> None:
    y, X = sample(3, 90)
    shift, A = np.array([3.0, -1.0, 0.5, 2.0]), np.triu(np.ones((4, 4)))
    coef = fit_quantile(y, X, 0.3).coef
    np.testing.assert_allclose(
        fit_quantile(y + X @ shift, X, 0.3).coef, coef + shift, rtol=0, atol=REFIT_TOLERANCE
    )
    np.testing.assert_allclose(fit_quantile(-5 * y, X, 0.7).coef, -5 * coef, rtol=0, atol=REFIT_TOLERANCE)
    np.testing.assert_allclose(A @ fit_quantile(y, X @ A, 0.3).coef, coef, rtol=0, atol=REFIT_TOLERANCE)


def test_whole_weights_are_repeated_rows() -> None:
    y, X = sample(4, 50)
    weights = np.random.default_rng(4).integers(0, 4, y.size)
    rows = np.repeat(np.arange(y.size), weights)
    weighted, repeated = fit_quantile(y, X, 0.37, weights), fit_quantile(y[rows], X[rows], 0.37)
    np.testing.assert_allclose(weighted.coef, repeated.coef, rtol=0, atol=REFIT_TOLERANCE)
    assert weighted.objective == pytest.approx(repeated.objective, rel=REFIT_TOLERANCE)


def draw(seed: int, n: int, R: int) -> tuple[Any, Any]:
    rows = np.random.default_rng(seed).integers(0, n, (R, n))
    return rows, np.array([np.bincount(r, minlength=n) for r in rows])


def check_refits(fits: QuantileReplicates, coef: list[FloatArray]) -> None:
    np.testing.assert_allclose(fits.coef, coef, rtol=REFIT_TOLERANCE, atol=REFIT_TOLERANCE)
    assert not fits.failed.any()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("tau", [0.04, 0.5])
def test_refits_equal_fits_of_repeated_rows(tau: float, whole: bool, weighted: bool) -> None:
    y, X = sample(5, 120, whole=whole)
    weights = np.random.default_rng(5).choice([0.0, 0.5, 1.0, 1.7], y.size) if weighted else np.ones(y.size)
    rows, counts = draw(6, y.size, 25)
    singles = [fit_quantile(y[r], X[r], tau, weights[r]) for r in rows]
    fits = fit_quantile_replicates(y, X, tau, counts, weights, rows=rows)
    check_refits(fits, [single.coef for single in singles])
    np.testing.assert_array_equal(fits.unique, [single.unique for single in singles])
    ascending = [fit_quantile(y[r], X[r], tau, weights[r]).coef for r in np.sort(rows)]
    check_refits(fit_quantile_replicates(y, X, tau, counts, weights), ascending)


@pytest.mark.parametrize(
    "setting", [{}, {"WATCHED": 4}, {"LANES": 1}, {"LANES": 200, "SHORTEST": 1}, {"LOOK": 3}]
)
@pytest.mark.parametrize("whole", [False, True])
def test_paths_pass_through_all_fits(
    whole: bool, setting: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in setting.items():
        monkeypatch.setattr(quantile_path if hasattr(quantile_path, name) else quantile_walk, name, value)
    y, X = sample(7, 150, whole=whole)
    rows, counts = draw(8, y.size, 3)
    taus = np.random.default_rng(9).random((3, 40))
    taus[:, :3] = 0.5, 0.25, 0.999
    fits = quantile_at_levels_replicates(y, X, taus, counts, rows=rows)
    singles = [[fit_quantile(y[r], X[r], t) for t in line] for r, line in zip(rows, taus, strict=True)]
    check_refits(fits, [np.stack([single.coef for single in line]) for line in singles])
    np.testing.assert_array_equal(fits.unique, [[single.unique for single in line] for line in singles])


def test_walks_seldom_fall_back_on_single_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    y, X = sample(10, 200)
    monkeypatch.setattr(quantile_path, "refit_single", None)  # to call it would raise
    monkeypatch.setattr(quantile_walk, "WATCHED", 8)
    ours = at_levels(y, X, np.random.default_rng(10).random(300))
    assert np.isfinite(ours).all()


def test_weighted_paths() -> None:
    y, X = sample(11, 60)
    weights = np.random.default_rng(11).choice([0.0, 0.5, 1.3], y.size)
    taus = [0.9, 0.1, 0.1, 0.63]
    singles = [fit_quantile(y, X, tau, weights).coef for tau in taus]
    np.testing.assert_allclose(at_levels(y, X, taus, weights=weights), singles, rtol=0, atol=REFIT_TOLERANCE)


@pytest.mark.parametrize("y", [np.zeros(30), np.full(30, 7.0), np.arange(30.0)])
def test_perfect_fits(y: FloatArray) -> None:
    X = np.column_stack([np.ones(30), np.arange(30.0)])
    expected = np.linalg.lstsq(X, y, rcond=None)[0]
    _, counts = draw(12, 30, 5)
    for coef in (
        fit_quantile(y, X, 0.2).coef,
        *fit_quantile_replicates(y, X, 0.2, counts).coef,
        *at_levels(y, X, [0.2, 0.7]),
    ):
        np.testing.assert_allclose(coef, expected, rtol=0, atol=REFIT_TOLERANCE)


def test_badly_scaled_columns_keep_their_digits() -> None:
    y, X = sample(13, 80)
    scale = np.array([1.0, 1e6, 1.0, 1e-6])
    taus = [0.2, 0.55]
    ours = at_levels(y, X * scale, taus) * scale
    np.testing.assert_allclose(ours, [fit_quantile(y, X, tau).coef for tau in taus], rtol=REFIT_TOLERANCE)


def test_resamples_without_a_level_fail_alone() -> None:
    y, X = sample(14, 12)
    counts = np.ones((3, 12), dtype=int)
    counts[1, X[:, 3] == 1] = 0
    for fits in (
        fit_quantile_replicates(y, X, 0.4, counts),
        quantile_at_levels_replicates(y, X, np.full((3, 2), 0.4), counts),
    ):
        assert fits.failed.tolist() == [False, True, False]
        assert "column(s) 3 of X are 0 in every resampled row" in fits.reason[1]
        assert np.isnan(fits.coef[1]).all()
        assert np.isfinite(fits.coef[[0, 2]]).all()


def test_pivots_that_run_out_leave_it_to_single_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    y, X = sample(15, 60)
    _, counts = draw(15, 60, 4)
    expected = fit_quantile_replicates(y, X, 0.4, counts).coef
    monkeypatch.setattr(quantile_lockstep, "PIVOT_LIMIT", 0)
    np.testing.assert_allclose(
        fit_quantile_replicates(y, X, 0.4, counts).coef, expected, rtol=0, atol=REFIT_TOLERANCE
    )
    ours = quantile_at_levels_replicates(y, X, np.full((4, 1), 0.4), counts).coef[:, 0]
    np.testing.assert_allclose(ours, expected, rtol=0, atol=REFIT_TOLERANCE)


def test_vertices_of_other_responses_do_not_hold() -> None:
    y, X = sample(18, 30)
    shared = quantile_lockstep.share(y, X)
    block, _ = quantile_lockstep.start(shared, np.ones((1, 30)), np.array([0.43]), y)
    block, reached, strict = quantile_lockstep.optimise(shared, block)
    assert reached.all()
    assert strict.all()
    assert quantile_lockstep.holds(shared, block).all()
    assert not quantile_lockstep.holds(replace(shared, y=y[::-1]), block).any()


def test_inputs_are_not_modified() -> None:
    y, X = sample(16, 40)
    weights, (rows, counts) = np.full(40, 2.0), draw(16, 40, 3)
    taus = np.full((3, 2), 0.4)
    arrays = (y, X, weights, rows, counts, taus)
    before = [a.copy() for a in arrays]
    nid_cov(y, X, 0.4, weights)
    fit_quantile_replicates(y, X, 0.4, counts, weights, rows=rows)
    quantile_at_levels_replicates(y, X, taus, counts, weights, rows=rows)
    for array, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_no_replicates_and_no_quantiles() -> None:
    y, X = sample(17, 20)
    assert fit_quantile_replicates(y, X, 0.5, np.empty((0, 20), dtype=int)).coef.shape == (0, 4)
    assert at_levels(y, X, []).shape == (0, 4)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"tau": 1.0}, ArgumentError, "tau must be a quantile between 0 and 1, both excluded, not 1.0"),
        ({"y": [1.0, np.inf, 2.0]}, ArgumentError, "y has a value that is not finite in row 1"),
        ({"weights": [0.0, 0.0, 0.0]}, ArgumentError, "weights are all 0"),
        ({"X": [[1, 2], [1, 2], [1, 2]]}, NotEstimableError, "column\\(s\\) 1 of X depend linearly"),
        ({"X": [[1, 2, 3, 4]] * 3}, NotEstimableError, "column\\(s\\) 1, 2, 3 of X"),
    ],
)
def test_unusable_arguments_are_refused_by_name(
    change: dict[str, Any], error: type[Exception], message: str
) -> None:
    arguments = {"y": [1.0, 3.0, 2.0], "X": [[1, 0], [1, 1], [1, 2]], **change}
    for function in (fit_quantile, nid_cov):
        with pytest.raises(error, match=message):
            function(**arguments)


def test_unusable_resamples_are_refused_by_name() -> None:
    y, X, once = [1.0, 3.0, 2.0], np.ones((3, 1)), np.ones((1, 3), dtype=int)
    with pytest.raises(ArgumentTypeError, match="counts must be whole numbers"):
        fit_quantile_replicates(y, X, 0.5, once * 1.0)
    for rows in ([[0, 1, 1]], [[0, 1, 3]], [[0, 1, -1]], [0, 1, 2]):
        with pytest.raises(ArgumentError, match="rows must hold, for each of the 1 replicates"):
            fit_quantile_replicates(y, X, 0.5, once, rows=rows)
    with pytest.raises(ArgumentError, match=r"taus must have shape \(1, m\)"):
        quantile_at_levels_replicates(y, X, [0.5], once)
    with pytest.raises(ArgumentError, match=r"both excluded; .*1\.5.* was given"):
        at_levels(y, X, [0.5, 1.5])
