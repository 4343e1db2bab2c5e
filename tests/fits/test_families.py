from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from fits.cases import REFERENCE, family_of, label, link_of, numbers

from pymediation.errors import ArgumentError
from pymediation.families import FAMILY_NAMES, LINK_NAMES, get_family, get_link, power_link

# R's numbers are stored with 15 digits; Φ(-8) has a relative error of 1e-14 from rounding its argument.
LINK_TOLERANCE = 3e-14
MOMENT_TOLERANCE = 1e-14  # the 15 digits stored, and a rounding or two
DERIVATIVE_TOLERANCE = 1e-8  # central differences with a step of 1e-6
SLICED = 100_000  # elements: more than one slice of the blocked inverse link

GRID = numbers(REFERENCE["grid"])
LINKS = pytest.mark.parametrize("case", REFERENCE["links"], ids=label)


@LINKS
def test_inverse_link_has_r_clamps(case: dict[str, Any]) -> None:
    actual = link_of(case["name"]).inverse(GRID)
    np.testing.assert_allclose(actual, numbers(case["inverse"]), rtol=LINK_TOLERANCE, atol=0)


@LINKS
def test_derivative_has_r_bounds(case: dict[str, Any]) -> None:
    actual = link_of(case["name"]).derivative(GRID)
    np.testing.assert_allclose(actual, numbers(case["derivative"]), rtol=LINK_TOLERANCE, atol=0)


@LINKS
def test_link_equals_r(case: dict[str, Any]) -> None:
    actual = link_of(case["name"]).link(np.array(REFERENCE["means"]))
    np.testing.assert_allclose(actual, numbers(case["link"]), rtol=LINK_TOLERANCE, atol=1e-16)


@LINKS
def test_domain_of_the_predictor_equals_r(case: dict[str, Any]) -> None:
    link = link_of(case["name"])
    assert link.name == case["name"]
    assert link.valid_eta(GRID[:, None]).tolist() == case["valid"]


def test_loglog_mirrors_cloglog() -> None:
    eta = np.linspace(-3, 3, 15)
    mu = get_link("loglog").inverse(eta)
    np.testing.assert_allclose(mu, 1 - get_link("cloglog").inverse(-eta), rtol=0, atol=LINK_TOLERANCE)
    np.testing.assert_allclose(get_link("loglog").link(mu), eta, rtol=0, atol=LINK_TOLERANCE)


@pytest.mark.parametrize("name", LINK_NAMES)
def test_derivative_is_that_of_the_inverse(name: str) -> None:
    link, eta, h = get_link(name), np.linspace(0.3, 2.5, 12), 1e-6
    slope = (link.inverse(eta + h) - link.inverse(eta - h)) / (2 * h)
    np.testing.assert_allclose(
        link.derivative(eta), slope, rtol=DERIVATIVE_TOLERANCE, atol=DERIVATIVE_TOLERANCE
    )


@pytest.mark.parametrize("name", LINK_NAMES)
def test_inverse_in_place_and_in_slices_changes_nothing(name: str) -> None:
    link = get_link(name)
    eta = np.linspace(0.01, 50, SLICED)
    whole = np.concatenate([link.inverse(part) for part in np.array_split(eta, 7)])
    kept, buffer = eta.copy(), eta.reshape(100, -1).copy()
    np.testing.assert_array_equal(link.inverse(eta), whole)
    np.testing.assert_array_equal(eta, kept)
    assert link.inverse(buffer, out=buffer) is buffer
    np.testing.assert_array_equal(buffer.ravel(), whole)
    np.testing.assert_array_equal(link.inverse(np.asfortranarray(eta.reshape(100, -1))).ravel(), whole)


@pytest.mark.parametrize("case", REFERENCE["families"], ids=lambda c: f"{c['family']}-{c['variance_name']}")
def test_moments_equal_r(case: dict[str, Any]) -> None:
    family = family_of({**case, "variance": case["variance_name"]})
    y, w, mu = np.array([0.25, 0.7, 1]), np.array([1, 2, 0.5]), np.array([0.3, 0.6, 0.9])
    np.testing.assert_allclose(family.variance(mu), numbers(case["variance"]), rtol=MOMENT_TOLERANCE)
    np.testing.assert_allclose(
        family.unit_deviance(y, mu, w), numbers(case["deviance"]), rtol=0, atol=MOMENT_TOLERANCE
    )
    np.testing.assert_allclose(family.start_mean(y, w), numbers(case["start"]), rtol=MOMENT_TOLERANCE)
    means = np.array([-1, 0, 0.5, 1, 2, np.inf])[:, None]
    assert family.valid_mean(means).tolist() == case["valid"]
    assert get_family(case["family"], theta=family.theta).link.name == case["link"]


def test_deviance_of_zeros_and_ones_is_that_of_proportions() -> None:
    family, mu = get_family("binomial"), np.array([0.2, 0.7, 0.4])
    binary = family.unit_deviance(np.array([0.0, 1.0, 1.0]), mu, 2.0)
    mixed = family.unit_deviance(np.array([0.0, 1.0, 0.5]), mu, 2.0)
    np.testing.assert_allclose(binary[:2], mixed[:2], rtol=MOMENT_TOLERANCE)


@pytest.mark.parametrize("name", FAMILY_NAMES)
def test_families_pickle(name: str) -> None:
    family = get_family(name, theta=2.0 if name == "Negative Binomial" else None)
    again = pickle.loads(pickle.dumps(family))
    assert (again.name, again.link.name, again.theta) == (family.name, family.link.name, family.theta)
    assert again.variance(0.5) == family.variance(0.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("binomal",), "Did you mean 'binomial'"),
        (("Gamma", "logit"), "available links are inverse, identity, log"),
        (("quasi", "log", None, "mu^4"), "choose one of constant, mu"),
        (("Negative Binomial",), "needs theta"),
        (("poisson", None, 2.0), "theta goes with"),
        (("poisson", None, None, "mu"), "variance goes with"),
    ],
)
def test_refusals_say_what_is_accepted(arguments: tuple[Any, ...], message: str) -> None:
    name, link, theta, variance = (*arguments, None, None, None)[:4]
    with pytest.raises(ArgumentError, match=message.replace("^", r"\^")):
        get_family(name, link, theta=theta, variance=variance)


def test_unknown_links_are_refused() -> None:
    with pytest.raises(ArgumentError, match="Did you mean 'probit'"):
        get_link("probits")
    with pytest.raises(ArgumentError, match="finite number"):
        power_link(float("nan"))


def test_impossible_responses_are_named() -> None:
    with pytest.raises(ArgumentError, match="between 0 and 1; row 1 has 2"):
        get_family("binomial").check_response(np.array([0.0, 2.0]))
    with pytest.raises(ArgumentError, match="above 0; row 0"):
        get_family("Gamma").check_response(np.array([0.0, 2.0]))
