"""Frozen spline bases, and columns computed from others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from statsmodels.gam.api import BSplines, CyclicCubicSplines

from pymediation.design.derived import follows_order_of, product_of
from pymediation.design.piecewise import PiecewiseBasis

# Values of order one by other arithmetic.
ROUNDING = 1e-12
# Central differences of piecewise polynomials of order one, step 1e-5.
DIFFERENCES = 1e-6

RNG = np.random.default_rng(3)
X = np.sort(RNG.normal(size=80))


def frozen(smoother: object, degree: int = 3) -> PiecewiseBasis:
    one = smoother.smoothers[0]  # type: ignore[attr-defined]
    return PiecewiseBasis.from_function(one.transform, one.knots[degree : len(one.knots) - degree], degree)


@pytest.mark.parametrize("degree", [2, 3, 4])
@pytest.mark.parametrize("spacing", ["quantile", "equal"])
def test_a_frozen_basis_is_that_of_the_library(degree: int, spacing: str) -> None:
    splines = BSplines(X, df=[9], degree=[degree], knot_kwds=[{"spacing": spacing}], constraints="center")
    np.testing.assert_allclose(frozen(splines, degree)(X), splines.basis, rtol=0, atol=ROUNDING)


def test_a_basis_goes_on_as_straight_lines() -> None:
    basis, step = frozen(BSplines(X, df=[8], degree=[3])), 1e-5
    for end, sign in ((X[0], -1.0), (X[-1], 1.0)):
        slope = (basis([end])[0] - basis([end - sign * step])[0]) / step
        for distance in (0.5, 3.0):
            expected = basis([end])[0] + distance * slope
            np.testing.assert_allclose(basis([end + sign * distance])[0], expected, rtol=0, atol=1e3 * step)
        inside, outside = (basis([end + s * step])[0] for s in (-sign, sign))
        assert np.abs(inside - outside).max() < 1e2 * step


def test_a_cyclic_basis_repeats_itself() -> None:
    from statsmodels.compat.patsy import get_all_sorted_knots

    one = CyclicCubicSplines(X, df=[7]).smoothers[0]
    breaks = get_all_sorted_knots(X, n_inner_knots=6)
    basis = PiecewiseBasis.from_function(one.transform, breaks, 3, periodic=True)
    np.testing.assert_allclose(basis(X), one.basis, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(basis(X + 2 * (X[-1] - X[0])), basis(X), rtol=0, atol=ROUNDING)


d = pd.DataFrame({"t": np.tile([0.0, 1.0], 40), "m": RNG.permutation(X), "x": RNG.normal(size=80)})
d["c"], d["arm"] = 1 - d.t, np.where(d.t == 1, "drug", "placebo")
FOLLOW = ("t", "m")


@pytest.mark.parametrize(
    ("values", "follow", "columns", "indicators"),
    [
        (d.m * d.t, FOLLOW, ("t", "m"), ()),
        (d.m * (1 - d.t), FOLLOW, ("m",), (("t", 0.0),)),
        (d.m * d.c, (*FOLLOW, "c"), ("m", "c"), ()),
        (d.m**2, FOLLOW, ("m", "m"), ()),
        (d.m * d.x, FOLLOW, ("m", "x"), ()),
        (d.t * d.m * d.x, FOLLOW, ("t", "m", "x"), ()),
        (d.m * (d.arm == "drug"), ("arm", "m"), ("m",), (("arm", "drug"),)),
        (d.x + 1, FOLLOW, ("v",), ()),
    ],
)
def test_products_are_found(
    values: pd.Series, follow: Sequence[str], columns: tuple[str, ...], indicators: tuple[object, ...]
) -> None:
    frame = d.assign(v=values)
    found = product_of("v", frame, follow)
    assert (found.columns, found.indicators) == (columns, indicators)
    np.testing.assert_allclose(found.values(frame), values, rtol=0, atol=ROUNDING)


def test_a_product_follows_its_factors() -> None:
    found = product_of("v", d.assign(v=d.m * (1 - d.t)), FOLLOW)
    np.testing.assert_array_equal(found.values(d.assign(t=0.0)), d.m)
    assert not found.values(d.assign(t=1.0)).any()


def test_functions_of_a_column_are_told_from_others() -> None:
    m, t = d.m.to_numpy(), d.t.to_numpy()
    assert follows_order_of(np.exp(-m), m, np.zeros(80))
    assert follows_order_of(np.where(t == 1, m**3, 0.0), m, t)
    assert not follows_order_of(d.x.to_numpy(), m, t)
    assert not follows_order_of(np.where(t == 1, 1.0, 0.0), m, t)
