"""E-values against published numbers and against the bounding factor they come from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pymediation as pm
from pymediation.results.evalues import evalue

# Six decimals were published.
PRINTED = 5e-7


@pytest.mark.parametrize(
    ("estimate", "options", "ratio", "expected"),
    [
        (1.5, {}, 1.5, 2.366025),
        (0.8, {}, 0.8, 1.809017),
        (1.0, {}, 1.0, 1.0),
        (3.9, {}, 3.9, 7.263034),
        (2.25, {"measure": "or", "rare": False}, 1.5, 2.366025),
        (2.25, {"measure": "or", "rare": True}, 2.25, 3.927051),
        (1.8, {"measure": "hr", "rare": False}, 1.500519, 2.367143),
        (0.3, {"measure": "difference", "sd": 1.0}, 1.313900, 1.956110),
        (3.0, {"measure": "difference", "sd": 10.0}, 1.313900, 1.956110),
        (1.5, {"true": 1.2}, 1.5, 1.809017),
        (0.8, {"true": 0.9}, 0.8, 1.5),
    ],
)
def test_published_numbers(estimate, options, ratio, expected):
    result = evalue(estimate, **options)
    assert result.rr == pytest.approx(ratio, abs=PRINTED)
    assert result.evalue == pytest.approx(expected, abs=PRINTED)


def test_the_example_of_the_article_with_its_interval():
    # VanderWeele and Ding (2017): breastfeeding and respiratory death, RR 3.9 (1.8 to 8.7).
    result = evalue(3.9, 1.8, 8.7)
    assert (round(result.evalue, 1), round(result.evalue_limit, 1)) == (7.3, 3.0)


@pytest.mark.parametrize(("estimate", "lower", "upper"), [(1.4, 0.9, 2.0), (0.8, 0.6, 1.1), (1.0, 0.9, 1.1)])
def test_an_interval_that_contains_no_effect_needs_no_confounding(estimate, lower, upper):
    assert evalue(estimate, lower, upper).evalue_limit == 1


def test_below_one_the_upper_limit_counts():
    assert evalue(0.5, 0.3, 0.8).evalue_limit == pytest.approx(evalue(0.8).evalue)


def test_without_limits_there_is_no_e_value_of_a_limit():
    assert np.isnan(evalue(2.0).evalue_limit)
    assert evalue(2.0, lower=1.5).evalue_limit == evalue(1.5).evalue


@given(st.floats(1.01, 50))
def test_a_confounder_of_that_strength_just_explains_the_ratio(ratio):
    a = evalue(ratio).evalue
    assert a * a / (2 * a - 1) == pytest.approx(ratio, rel=1e-12)


@given(st.floats(0.02, 50).filter(lambda x: abs(np.log(x)) > 0.01))
def test_all_pairs_of_the_contour_explain_the_ratio(ratio):
    curve = evalue(ratio).contour(25)
    factor = curve["a"] * curve["b"] / (curve["a"] + curve["b"] - 1)
    np.testing.assert_allclose(factor, max(ratio, 1 / ratio), rtol=1e-9)
    assert evalue(1 / ratio).evalue == pytest.approx(evalue(ratio).evalue, rel=1e-12)


def test_nothing_to_explain_has_no_contour():
    assert evalue(1.0).contour().empty


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"estimate": -1.0},
            pm.ArgumentError,
            "estimate must be positive; got -1. Ratios are not logarithms",
        ),
        ({"estimate": 2.0, "lower": 0.0}, pm.ArgumentError, "lower must be positive"),
        ({"estimate": 2.0, "lower": 3.0, "upper": 1.0}, pm.ArgumentError, "lower=3 is above upper=1"),
        ({"estimate": 2.0, "measure": "or"}, pm.ArgumentError, "odds ratio.*rare=True.*or rare=False"),
        ({"estimate": 2.0, "measure": "hr"}, pm.ArgumentError, "hazard ratio"),
        ({"estimate": 2.0, "measure": "difference"}, pm.ArgumentError, "needs sd="),
        ({"estimate": 2.0, "measure": "difference", "sd": 0}, pm.ArgumentError, "sd must be positive"),
        ({"estimate": 2.0, "measure": "irr"}, pm.ArgumentError, "'rr', 'or', 'hr', 'difference'"),
        ({"estimate": "2"}, pm.ArgumentTypeError, "estimate must be a number"),
        ({"estimate": "2", "lower": 1.0}, pm.ArgumentTypeError, "estimate must be a number"),
        ({"estimate": float("nan")}, pm.ArgumentError, "estimate must be finite"),
        ({"estimate": 2.0, "true": 0}, pm.ArgumentError, "true must be positive"),
    ],
)
def test_what_is_not_accepted(arguments, error, message):
    with pytest.raises(error, match=message):
        evalue(**arguments)


def test_the_repr_shows_the_e_values():
    assert repr(evalue(3.9, 1.8, 8.7)) == (
        "EValue(evalue=7.26303, evalue_limit=3, rr=3.9, rr_lower=1.8, rr_upper=8.7, true=1)"
    )


@pytest.mark.parametrize(
    ("estimate", "options"),
    [(1.5, {"lower": 2, "upper": 3}), (1.5, {"lower": 2}), (0.4, {"lower": -0.2, "upper": 0.3})],
)
def test_an_estimate_outside_its_interval_is_refused(estimate, options):
    with pytest.raises(pm.ArgumentError, match=r"estimate=.* lies outside its interval"):
        evalue(estimate, **options, measure="difference", sd=1)


def test_messages_about_deviations_do_not_speak_of_logarithms():
    with pytest.raises(pm.ArgumentError, match=r"^sd must be positive; got 0\.\n"):
        evalue(1.0, measure="difference", sd=0)
    with pytest.raises(pm.ArgumentError, match="sd= is in the units of the difference"):
        evalue(1e5, measure="difference", sd=1)


def test_large_ratios_do_not_overflow():
    assert evalue(1e200).evalue == pytest.approx(2e200, rel=PRINTED)
