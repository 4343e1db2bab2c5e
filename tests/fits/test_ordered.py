from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fits.cases import FloatArray, numbers

from pymediation import datasets
from pymediation.errors import ArgumentError, ArgumentTypeError, NotEstimableError
from pymediation.fits import ordered_replicates, ordered_search, replicates
from pymediation.fits.bfgs import minimise
from pymediation.fits.cumulative import category_probabilities, get_distribution
from pymediation.fits.ordered import OrderedFit, fit_ordered
from pymediation.fits.ordered_replicates import OrderedReplicates, fit_ordered_replicates

# Both programs take the same steps from the same start, and agree in most cases to rounding. The last step
# of a search, though, is shortened until the last digit of the log-likelihood decides, and that digit differs
# between mathematical libraries. LAST_STEP changes a log-likelihood of 200 by less than its last digit.
MOSTLY = 1e-10  # the median over cases
MOSTLY_COV = 1e-9  # likewise of covariances, which are differences
LAST_STEP = 5e-7  # any one case
LAST_STEP_COV = 5e-6
FLAT_STEP = 5e-6  # where a category without rows leaves the log-likelihood flat in its threshold
LAST_SHORTENINGS = 12
REFIT_TOLERANCE = 1e-12  # refits by counts against fits of repeated rows: steps, and likelihoods at the end
EXACT = 1e-14  # probabilities that add up to 1

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "r" / "ordered.json").read_text())
TOY = pd.DataFrame(REFERENCE["data"])
METHODS = ["logistic", "probit", "loglog", "cloglog", "cauchit"]
N = len(TOY)


def label(case: dict[str, Any]) -> str:
    parts = (case["response"], case["method"], case["weights"], case["offset"], case.get("absent"))
    return "-".join(str(part) for part in parts if part) + ("-start" if case.get("start") else "")


SINGLE = [case for case in REFERENCE["single"] if "error" not in case]
REFUSED = [case for case in REFERENCE["single"] if "error" in case]


def table(name: str) -> pd.DataFrame:
    if name == "toy":
        return TOY
    jobs = datasets.load_jobs()
    return jobs.assign(jd=jobs["job_disc"].astype(int) - 1)


def arguments(case: dict[str, Any], frame: pd.DataFrame) -> tuple[Any, ...]:
    """Return codes, design, levels, method, weights and offset of a case."""
    X = frame[case["design"]].to_numpy(float) if case["design"] else np.empty((len(frame), 0))
    priors = [
        None if case[key] is None else frame[case[key]].to_numpy(float) for key in ("weights", "offset")
    ]
    return frame[case["response"]].to_numpy(int), X, case["levels"], case["method"], *priors


def fit_case(case: dict[str, Any]) -> OrderedFit:
    return fit_ordered(*arguments(case, table(case["table"])), start=case["start"])


def worst(actual: FloatArray, expected: Any) -> float:
    theirs = numbers(expected)
    np.testing.assert_array_equal(np.isnan(actual), np.isnan(theirs))
    return float(np.nanmax(np.abs(actual - theirs)) / np.nanmax(np.abs(theirs))) if theirs.size else 0.0


def errors(case: dict[str, Any], fit: OrderedFit) -> tuple[float, float, float]:
    """Return the errors of coefficients, thresholds and covariance."""
    places = np.concatenate((~fit.aliased, np.ones(fit.zeta.size, bool)))
    cov = fit.cov[np.ix_(places, places)]
    return worst(fit.coef, case["coef"]), worst(fit.zeta, case["zeta"]), worst(cov, case["vcov"])


@pytest.mark.parametrize("case", SINGLE, ids=label)
def test_fit_equals_r(case: dict[str, Any]) -> None:
    fit = fit_case(case)
    coef, zeta, cov = errors(case, fit)
    assert max(coef, zeta) <= LAST_STEP
    assert cov <= LAST_STEP_COV
    assert fit.deviance == pytest.approx(case["deviance"], rel=MOSTLY)
    assert fit.df_residual == pytest.approx(case["df"])
    assert (fit.gradients, fit.converged) == (case["gradients"], case["converged"])
    assert abs(fit.evaluations - case["evaluations"]) <= LAST_SHORTENINGS


def test_most_fits_equal_r_to_rounding_and_to_the_last_evaluation() -> None:
    fits = [fit_case(case) for case in SINGLE]
    coef, zeta, cov = np.median([errors(*pair) for pair in zip(SINGLE, fits, strict=True)], axis=0)
    assert max(coef, zeta) <= MOSTLY
    assert cov <= MOSTLY_COV
    assert (
        np.median([fit.evaluations - case["evaluations"] for case, fit in zip(SINGLE, fits, strict=True)])
        == 0
    )


def test_aliased_columns_are_nan() -> None:
    fit = fit_case(next(case for case in SINGLE if "twin" in case["design"]))
    assert fit.aliased.tolist() == [False, True, False]
    np.testing.assert_array_equal(np.isnan(fit.coef_cov), fit.aliased[:, None] | fit.aliased[None, :])


@pytest.mark.parametrize("case", REFUSED, ids=label)
def test_what_r_cannot_fit_is_refused_with_the_remedy(case: dict[str, Any]) -> None:
    words = "choose another method" if "vmmin" in case["error"] else "separate the categories"
    with pytest.raises(NotEstimableError, match=words):
        fit_case(case)


@pytest.mark.parametrize("case", [c for c in SINGLE if c["probabilities"]], ids=label)
def test_fitted_probabilities_equal_r(case: dict[str, Any]) -> None:
    fit = fit_case(case)
    ours = category_probabilities(fit.linear_predictor, fit.zeta, case["method"])[:20]
    np.testing.assert_allclose(ours, case["probabilities"], atol=LAST_STEP)


@pytest.mark.parametrize("case", REFERENCE["search"], ids=lambda c: f"{c['start']}-{c['maxit']}")
def test_search_equals_r(case: dict[str, Any]) -> None:
    def value(b: FloatArray, which: Any, bound: FloatArray) -> FloatArray:
        return 100 * (b[:, 1] - b[:, 0] ** 2) ** 2 + (1 - b[:, 0]) ** 2

    def slope(b: FloatArray, which: Any) -> FloatArray:
        x, gap = b[:, 0], b[:, 1] - b[:, 0] ** 2
        return np.column_stack((-400 * x * gap - 2 * (1 - x), 200 * gap))

    # Three searches side by side: the others must not matter.
    found = minimise(value, slope, [[0.5, 0.5], case["start"], [-3.0, 4.0]], maxit=case["maxit"])
    np.testing.assert_allclose(found.point[1], case["point"], rtol=MOSTLY)
    np.testing.assert_allclose(found.value[1], case["value"], rtol=1e-6, atol=1e-20)
    counts = found.evaluations[1], found.gradients[1], found.converged[1]
    assert counts == (case["evaluations"], case["gradients"], case["converged"])


def test_search_from_nowhere_ends_at_once() -> None:
    found = minimise(lambda b, which, bound: np.full(len(b), np.inf), lambda b, which: b, np.ones((2, 3)))
    assert np.isinf(found.value).all()
    assert not found.converged.any()
    assert found.evaluations.tolist() == [1, 1]


def test_coefficient_covariance_is_the_leading_block() -> None:
    fit = fit_case(SINGLE[0])
    np.testing.assert_array_equal(fit.coef_cov, fit.cov[:3, :3])


def test_separation_is_flagged_where_r_warns() -> None:
    flagged = {label(case) for case in SINGLE if fit_case(case).separation}
    assert flagged == {"split-probit", "split-loglog"}


@pytest.mark.parametrize("method", METHODS)
def test_density_is_the_slope_of_the_distribution_function(method: str) -> None:
    law, x, h = get_distribution(method), np.linspace(-4, 4, 41), 1e-5
    slope = (law.cdf(x + h) - law.cdf(x - h)) / (2 * h)
    np.testing.assert_allclose(law.density(x), slope, atol=1e-9)  # differences have half the digits
    np.testing.assert_array_equal(law.cdf(np.array([-np.inf, np.inf])), [0.0, 1.0])
    assert np.isfinite(law.density(np.array([-1e300, -800.0, 800.0, 1e300]))).all()


# Resamples ------------------------------------------------------------------------------------------------

ROWS = np.array(REFERENCE["rows"])
COUNTS = np.array([np.bincount(rows, minlength=N) for rows in ROWS], dtype=np.int16)


def refit(case: dict[str, Any], counts: Any = COUNTS, **options: Any) -> OrderedReplicates:
    codes, X, levels, method, weights, offset = arguments(case, TOY)
    options.setdefault("absent", case["absent"])
    return fit_ordered_replicates(codes, X, levels, method, counts, weights, offset, **options)


@pytest.mark.parametrize("case", REFERENCE["refits"], ids=label)
def test_refits_equal_r(case: dict[str, Any]) -> None:
    fits, X, found = refit(case), TOY[case["design"]].to_numpy(float), []
    # R leaves the offset out of predictions for new rows.
    predicted = category_probabilities((fits.coef @ X.T)[:, :5], fits.zeta[:, None, :], case["method"])
    for r, theirs in enumerate(case["fits"]):
        assert fits.failed[r] == ("error" in theirs), (r, fits.reason.get(r))
        if fits.failed[r]:
            assert np.isnan(fits.coef[r]).all()
            assert np.isnan(fits.zeta[r]).all()
            continue
        np.testing.assert_array_equal(np.flatnonzero(fits.present[r]), theirs["present"])
        tolerance = LAST_STEP if fits.present[r].all() or case["absent"] == "fewer" else FLAT_STEP
        found.append(worst(fits.coef[r], theirs["coef"]))
        assert found[-1] <= tolerance, r
        assert fits.deviance[r] == pytest.approx(
            theirs["deviance"], rel=MOSTLY if tolerance == LAST_STEP else tolerance
        )
        if theirs["probabilities"] is not None:
            kept = fits.present[r] if case["absent"] == "fewer" else np.ones(case["levels"], dtype=bool)
            np.testing.assert_allclose(predicted[r][:, kept], theirs["probabilities"], atol=tolerance)
            assert not predicted[r][:, ~kept].any()
    assert np.median(found) <= MOSTLY


def refits_and_singles(method: str, weighted: bool) -> tuple[OrderedReplicates, list[Any]]:
    """Return refits of all resamples together, and each fitted alone to its repeated rows."""
    case = {"response": "y3", "design": ["x", "g", "z"], "levels": 3, "method": method, "absent": "fail"}
    case |= {"weights": "w0" if weighted else None, "offset": "off" if weighted else None}
    codes, X, levels, _, *priors = arguments(case, TOY)
    rests = ([None if p is None else p[rows] for p in priors] for rows in ROWS)
    singles = [
        fit_ordered(codes[rows], X[rows], levels, method, *rest)
        for rows, rest in zip(ROWS, rests, strict=True)
    ]
    return refit(case), singles


def gaps(fits: OrderedReplicates, singles: list[Any]) -> list[float]:
    pairs = zip(fits.coef, fits.zeta, singles, strict=True)
    return [max(worst(b, single.coef), worst(zeta, single.zeta)) for b, zeta, single in pairs]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("weighted", [False, True])
def test_refits_take_the_steps_of_fits_of_repeated_rows(
    method: str, weighted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for steps in (2, 5, 8):
        monkeypatch.setattr(ordered_search, "minimise", partial(minimise, maxit=steps))
        assert max(gaps(*refits_and_singles(method, weighted))) <= REFIT_TOLERANCE


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("weighted", [False, True])
def test_refits_equal_fits_of_repeated_rows(method: str, weighted: bool) -> None:
    fits, singles = refits_and_singles(method, weighted)
    np.testing.assert_allclose(fits.deviance, [single.deviance for single in singles], rtol=REFIT_TOLERANCE)
    np.testing.assert_array_equal(fits.converged, [single.converged for single in singles])
    found = gaps(fits, singles)
    assert max(found) <= LAST_STEP
    assert np.median(found) <= MOSTLY


PLAIN = {"response": "y4", "design": ["x", "g", "z"], "levels": 4, "method": "probit", "weights": None,
         "offset": None, "absent": "fail"}  # fmt: skip


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = refit(PLAIN)
    monkeypatch.setattr(replicates, "BLOCK_CELLS", 5 * N)
    monkeypatch.setattr(ordered_replicates, "SEARCH_CELLS", 7 * N)
    monkeypatch.setattr(ordered_search, "PASS_CELLS", 3 * N)
    parts = refit(PLAIN)
    np.testing.assert_allclose(parts.coef, whole.coef, rtol=LAST_STEP)
    np.testing.assert_allclose(parts.zeta, whole.zeta, rtol=LAST_STEP)


def test_no_replicates_give_empty_arrays() -> None:
    fits = refit(PLAIN, counts=np.empty((0, N), dtype=int))
    assert (fits.coef.shape, fits.zeta.shape, fits.failed.shape) == ((0, 3), (0, 3), (0,))


def without(*categories: int) -> Any:
    """Return one replicate that draws each row of the other categories once."""
    return (~TOY["y4"].isin(categories)).to_numpy().astype(np.int16)[None]


def test_an_absent_category_fails_and_is_named() -> None:
    fits = refit(PLAIN, counts=np.vstack((without(1), without(), without(0, 3))))
    assert fits.failed.tolist() == [True, False, True]
    assert fits.reason[0] == "category 1 (counted from 0) is absent from the resample"
    assert "categories 0, 3" in fits.reason[2]


@pytest.mark.parametrize("gone", [0, 1, 2, 3])
def test_a_category_left_out_has_probability_zero(gone: int) -> None:
    fits = refit(PLAIN, counts=without(gone), absent="fewer")
    codes, X, *_ = arguments(PLAIN, TOY)
    kept = codes != gone
    single = fit_ordered((codes - (codes > gone))[kept], X[kept], 3, "probit")
    probabilities = category_probabilities(X @ fits.coef[0], fits.zeta[0], "probit")
    expected = category_probabilities(X @ fits.coef[0], single.zeta, "probit")
    assert worst(fits.coef[0], single.coef) <= LAST_STEP
    assert not probabilities[:, gone].any()
    np.testing.assert_allclose(np.delete(probabilities, gone, axis=1), expected, atol=LAST_STEP)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=EXACT)


def test_two_categories_are_too_few() -> None:
    fits = refit(PLAIN, counts=without(0, 2), absent="fewer")
    assert fits.failed[0]
    assert fits.reason[0].endswith("an ordered model needs 3")


def test_a_lost_factor_level_fails_and_a_lost_column_is_aliased() -> None:
    counts = np.where(TOY["g"] == 1, 0, COUNTS[:2])  # the second column vanishes
    failed = refit(PLAIN, counts=counts)
    assert failed.failed.all()
    assert failed.reason[0].startswith("column(s) 1 of X are 0")
    aliased = refit(PLAIN, counts=counts, level_columns=[False, False, False])
    assert not aliased.failed.any()
    assert (aliased.coef[:, 1] == 0).all()
    assert aliased.coef[:, [0, 2]].all()


def test_inputs_are_not_modified() -> None:
    codes, X, levels, method, *_ = arguments(PLAIN, TOY)
    given = codes, X, COUNTS.copy(), TOY["w"].to_numpy(float).copy(), TOY["off"].to_numpy(float).copy()
    before = [array.copy() for array in given]
    fit_ordered_replicates(codes, X, levels, method, *given[2:])
    fit_ordered(codes, X, levels, method, *given[3:])
    for array, old in zip(given, before, strict=True):
        np.testing.assert_array_equal(array, old)


X2 = np.arange(6.0)[:, None]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"n_levels": 2}, ArgumentError, "binomial model for two"),
        ({"codes": [0, 1, 2, 0, 1, 3]}, ArgumentError, "from 0 to 2"),
        ({"codes": [0.0, 1, 2, 0, 1, 2]}, ArgumentTypeError, "integer type"),
        ({"method": "probti"}, ArgumentError, "Did you mean 'probit'"),
        ({"X": np.arange(6.0)}, ArgumentError, "must be a matrix"),
        ({"X": np.where(X2 == 2, np.nan, X2)}, ArgumentError, "row 2, column 0"),
        ({"weights": [1, 1, 1, 1, 1, -1]}, ArgumentError, "row 5"),
        ({"start": [0.0, 1.0, 1.0]}, ArgumentError, "ascending thresholds"),
    ],
)
def test_bad_arguments_are_named(change: dict[str, Any], error: type[Exception], words: str) -> None:
    given: dict[str, Any] = {"codes": [0, 1, 2, 0, 1, 2], "X": X2, "n_levels": 3}
    with pytest.raises(error, match=words):
        fit_ordered(**(given | change))


def test_unknown_treatment_of_absent_categories_is_refused() -> None:
    with pytest.raises(ArgumentError, match="'fail', 'keep', 'fewer'"):
        refit(PLAIN, absent="drop")
