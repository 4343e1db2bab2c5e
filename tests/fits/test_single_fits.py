from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fits.cases import (
    REFERENCE,
    column,
    condition,
    design,
    family_of,
    fit_case,
    is_linear,
    label,
    numbers,
    worst,
)

from pymediation.errors import ArgumentError, NotEstimableError
from pymediation.families import get_family
from pymediation.fits import cluster_cov, fit_glm, fit_ols, gamma_shape, hat_values, hc_cov

# Both programs take the same steps; what remains is rounding, which a long path amplifies.
COEF_TOLERANCE = 1e-10
COV_TOLERANCE = 1e-9
ROBUST_TOLERANCE = 1e-12
SHAPE_TOLERANCE = 1e-12
CONDITION_SHARE = 1e-14  # error per unit of the design's condition number
SEPARATED_DEVIANCE = 1e-12  # the deviance of a separated fit is rounding noise around 1e-9
EQUAL = 1e-12  # two ways to the same fit

CASES = REFERENCE["ols"] + REFERENCE["glm"]
ALL = pytest.mark.parametrize("case", CASES, ids=label)
ROBUST = pytest.mark.parametrize("case", [c for c in CASES if c.get("hc")], ids=label)
WITH_ZEROS = pytest.mark.parametrize("case", [c for c in CASES if c["weights"] == "w0"], ids=label)
SHAPES = pytest.mark.parametrize("case", [c for c in CASES if c.get("shape")], ids=label)


@ALL
def test_estimates_equal_r(case: dict[str, Any]) -> None:
    fit = fit_case(case)
    allowance = CONDITION_SHARE * condition(case)
    assert worst(fit.coef, case["coef"]) <= max(COEF_TOLERANCE, allowance)
    assert worst(fit.cov, case["vcov"]) <= max(COV_TOLERANCE, allowance)
    assert fit.deviance == pytest.approx(
        case["deviance"], rel=COEF_TOLERANCE + allowance, abs=SEPARATED_DEVIANCE
    )
    assert fit.dispersion == pytest.approx(case["dispersion"], rel=COV_TOLERANCE + allowance)
    assert fit.scale**2 == pytest.approx(fit.dispersion)


@ALL
def test_path_equals_r(case: dict[str, Any]) -> None:
    fit = fit_case(case)
    assert fit.iterations == case["iterations"]
    assert fit.converged == case["converged"]
    assert (fit.rank, fit.df_residual) == (case["rank"], case["df"])
    np.testing.assert_array_equal(fit.aliased, np.isnan(numbers(case["coef"])))


@ROBUST
def test_hc_covariances_equal_sandwich(case: dict[str, Any]) -> None:
    fit, X = fit_case(case), design(case)
    errors = {kind: worst(hc_cov(fit, X, kind), expected) for kind, expected in case["hc"].items()}
    assert max(errors.values()) <= ROBUST_TOLERANCE, errors


@ROBUST
def test_cluster_covariance_equals_r(case: dict[str, Any]) -> None:
    cov = cluster_cov(fit_case(case), design(case), column("cluster"), linear_model=is_linear(case))
    assert worst(cov, case["cluster"]) <= ROBUST_TOLERANCE


@SHAPES
def test_gamma_shape_equals_r(case: dict[str, Any]) -> None:
    fit = fit_case(case)
    shape = gamma_shape(
        column(case["response"]), fit.fitted, column(case["weights"]), fit.deviance, fit.df_residual
    )
    assert shape == pytest.approx(case["shape"], rel=SHAPE_TOLERANCE)


@WITH_ZEROS
def test_rows_of_weight_zero_count_nowhere(case: dict[str, Any]) -> None:
    w = column("w0")
    keep, offset = w > 0, column(case["offset"])
    y, X = column(case["response"])[keep], design(case)[keep]
    rest = (y, X, w[keep], None if offset is None else offset[keep])
    short = fit_ols(*rest) if is_linear(case) else fit_glm(rest[0], rest[1], family_of(case), *rest[2:])
    whole = fit_case(case)
    assert worst(whole.coef, short.coef) <= EQUAL
    assert worst(whole.cov, short.cov) <= EQUAL
    assert worst(hc_cov(whole, design(case), "HC1"), hc_cov(short, X, "HC1")) <= EQUAL


def test_separation_is_flagged() -> None:
    flags = {label(c): fit_case(c).separation for c in CASES if c["response"] in ("split", "binary")}
    assert all(flag == name.startswith("split") for name, flag in flags.items()), flags


def test_leverages_sum_to_the_rank() -> None:
    for case in CASES[:12]:
        fit = fit_case(case)
        assert hat_values(fit, design(case)).sum() == pytest.approx(fit.rank, rel=EQUAL)


def test_aliased_columns_are_nan_in_every_covariance() -> None:
    case = next(c for c in REFERENCE["ols"] if "twin" in c["design"])
    fit, X = fit_case(case), design(case)
    for cov in (fit.cov, hc_cov(fit, X), cluster_cov(fit, X, column("cluster"), linear_model=True)):
        np.testing.assert_array_equal(np.isnan(cov), fit.aliased[:, None] | fit.aliased[None, :])


def test_more_columns_than_rows_are_aliased() -> None:
    X = np.vander([1.0, 2.0, 3.0], 5, increasing=True)
    fit = fit_ols([1.0, 2.0, 4.0], X)
    assert fit.rank == 3
    assert np.isnan(fit.dispersion)
    np.testing.assert_array_equal(fit.aliased, [False, False, False, True, True])


def test_unused_levels_count_as_clusters_when_asked() -> None:
    case = REFERENCE["ols"][0]
    fit, X, codes = fit_case(case), design(case), column("cluster")
    ten = cluster_cov(fit, X, codes, linear_model=True, n_clusters=10)
    np.testing.assert_allclose(
        ten / cluster_cov(fit, X, codes, linear_model=True), (10 / 9) / (8 / 7), rtol=EQUAL
    )


def test_inputs_are_not_modified() -> None:
    case = next(c for c in CASES if c["weights"] == "w0" and c["family"] == "binomial")
    arrays = column(case["response"]), design(case), column("w0"), column("off")
    before = [a.copy() for a in arrays]
    fit_glm(arrays[0], arrays[1], family_of(case), *arrays[2:])
    for array, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, old)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": [1.0, np.nan, 2.0]}, "y has a value that is not finite in row 1"),
        ({"X": [[1, 0], [1, np.inf], [1, 2]]}, "X has a value that is not finite in row 1, column 1"),
        ({"weights": [1.0, -1.0, 2.0]}, "weights must be 0 or more; row 1 has -1"),
        ({"weights": [0.0, 0.0, 0.0]}, "weights are all 0"),
        ({"offset": [0.0, 0.0]}, r"offset must have shape \(3,\)"),
        ({"X": np.empty((3, 0))}, "at least one row and one column"),
    ],
)
def test_unusable_arrays_are_refused_by_name(change: dict[str, Any], message: str) -> None:
    arguments = {"y": [1.0, 3.0, 2.0], "X": [[1, 0], [1, 1], [1, 2]], **change}
    with pytest.raises(ArgumentError, match=message):
        fit_ols(**arguments)


def test_glm_refusals() -> None:
    X = np.column_stack([np.ones(4), [0.0, 1.0, 2.0, 3.0]])
    with pytest.raises(NotEstimableError, match="the response 0 of row 1 has no image"):
        fit_glm([1.0, 0.0, 1.0, 2.0], X, get_family("gaussian", "log"))
    with pytest.raises(NotEstimableError, match="starting values leave the domain"):
        fit_glm([1.0, 0.0, 1.0, 2.0], X, get_family("poisson", "identity"), start=[-1.0, 0.0])
    with pytest.raises(NotEstimableError, match="no valid coefficients"):
        fit_glm(column("binary"), design(REFERENCE["ols"][0]), get_family("binomial", "log"))
    with pytest.raises(ArgumentError, match="start must be 2 finite coefficients"):
        fit_glm([1.0, 0.0, 1.0, 2.0], X, get_family("poisson"), start=[1.0])
    with pytest.raises(ArgumentError, match="maxit must be 1 or more"):
        fit_glm([1.0, 0.0, 1.0, 2.0], X, get_family("poisson"), maxit=0)


def test_robust_refusals() -> None:
    X = np.column_stack([np.ones(5), [1.0, 0.0, 0.0, 0.0, 0.0]])
    fit = fit_ols([1.0, 2.0, 4.0, 3.0, 3.5], X)
    with pytest.raises(NotEstimableError, match="row 0 has leverage 1"):
        hc_cov(fit, X, "HC3")
    assert np.isfinite(hc_cov(fit, X, "HC1")).all()
    with pytest.raises(ArgumentError, match="Did you mean 'HC3'"):
        hc_cov(fit, X, "HC33")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="design matrix of the fit"):
        hc_cov(fit, X[:, :1])
    with pytest.raises(NotEstimableError, match="needs two clusters"):
        cluster_cov(fit, X, np.zeros(5), linear_model=True)
    with pytest.raises(ArgumentError, match="one cluster per row"):
        cluster_cov(fit, X, np.zeros(4), linear_model=True)


def test_gamma_shape_of_a_perfect_fit_is_refused() -> None:
    with pytest.raises(NotEstimableError, match="gamma shape cannot be estimated"):
        gamma_shape([1.0, 2.0], [1.0, 2.0], None, 0.0, 1)
