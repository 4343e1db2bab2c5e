"""Integration over the real line against QUADPACK: scipy's, integral by integral, and R's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import instrument_cases
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

import pymediation.r as R
from pymediation.compat import CompatLedger
from pymediation.instruments import gauss_kronrod, quadrature
from pymediation.instruments.continuous_mediator import _Integrand, normal_density
from pymediation.instruments.epsilon_algorithm import EpsilonTable
from pymediation.instruments.noncompliance_checks import Names
from pymediation.instruments.noncompliance_models import read_trio
from pymediation.instruments.quadrature import integrate_line

BY_R = json.loads((Path(__file__).parent / "r" / "quadrature.json").read_text(encoding="utf-8"))
# Sums of thirty products, in the same order: the last digit.
SAME = 1e-14
# R's exponential function differs in the last digit, which a pole magnifies.
AT_A_POLE = 1e-9
# Integrals of R's that end in another state for that reason.
FEW = 0.05

TOLERANCE = quadrature.TOLERANCE


def scipy_integral(integrand: Any, problem: int, effect: int, limit: int = 100) -> tuple[float, int, bool]:
    """Return value, number of intervals and whether there was a problem."""

    def at(x: float) -> float:
        return float(integrand(np.array([problem]), np.array([[x]]))[effect, 0, 0])

    settings = {"epsabs": TOLERANCE, "epsrel": TOLERANCE, "limit": limit, "full_output": 1}
    with np.errstate(all="ignore"):
        value, _, details, *message = quad(at, -np.inf, np.inf, **settings)
    return value, details["last"], bool(message)


def compared(integrand: Any, problems: int, count: int, limit: int = 100) -> dict[str, int]:
    """Compare all integrals with scipy's; return how many there were of which kind."""
    found = integrate_line(integrand, problems, count, limit=limit)
    seen = {"all": 0, "problem": 0, "hit": 0, "deep": 0}
    for effect in range(count):
        for problem in range(problems):
            value, last, problematic = scipy_integral(integrand, problem, effect, limit)
            seen["all"] += 1
            if not np.isfinite(value):  # a node hit the pole: scipy and R differ on what NaN compares to
                seen["hit"] += 1
                continue
            assert found.value[effect, problem] == pytest.approx(value, rel=SAME, abs=SAME), (effect, problem)
            assert (found.status[effect, problem] > 0) == problematic, (effect, problem)
            seen["problem"] += problematic
            seen["deep"] += last > 30
    return seen


def various(which: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return smooth, odd, singular and jumping integrands."""
    centre, sd = 2 * np.sin(which)[:, None], np.exp(np.cos(3 * which))[:, None]
    pole = centre + 4 * sd * np.sin(7 * which)[:, None]
    with np.errstate(all="ignore"):
        g = np.exp(-(((x - centre) / sd) ** 2) / 2)
        jumping = g * np.sqrt(np.abs(x - centre)) * np.sign(np.sin(3 * x))
        return np.stack([g, g * x, g / (x - pole), jumping, g / np.abs(x - centre) ** 0.9])


def test_rule_is_exact_for_polynomials() -> None:
    nodes = np.concatenate([-gauss_kronrod.NODES, gauss_kronrod.NODES, [0.0]])
    kronrod = np.concatenate([*[gauss_kronrod.KRONROD[:7]] * 2, gauss_kronrod.KRONROD[7:]])
    gauss = np.concatenate([*[gauss_kronrod.GAUSS[:7]] * 2, gauss_kronrod.GAUSS[7:]])
    for power in range(0, 24, 2):
        exact = 2 / (power + 1)
        assert kronrod @ nodes**power == pytest.approx(exact, rel=SAME)
        assert power > 12 or gauss @ nodes**power == pytest.approx(exact, rel=SAME)


def test_epsilon_algorithm_sums_an_alternating_series() -> None:
    sums = np.cumsum((-1.0) ** np.arange(12) / np.arange(1, 13))
    table = EpsilonTable.starting_at(np.full(3, sums[0]))
    table.table[2] = sums[1]
    for s in sums[2:]:
        result, error = table.extrapolate(np.array([0, 2]), np.array([s, s]))
    np.testing.assert_allclose(result, np.log(2), atol=1e-7)
    assert (np.abs(result - np.log(2)) <= error).all()
    assert table.n[1] == 2


@pytest.mark.parametrize("limit", [100, 12])
def test_integrals_are_those_of_scipy_whatever_the_integrand(limit: int) -> None:
    seen = compared(various, 16, 5, limit)
    assert seen["all"] == 80
    assert seen["problem"] > 10
    assert seen["hit"] < 8
    assert limit < 100 or seen["deep"] > 4  # the order of many intervals matters


def test_integrals_with_poles_are_those_of_r() -> None:
    centre, sd, pole = (np.array([float(row[part]) for row in BY_R]) for part in ("centre", "sd", "pole"))

    def integrand(which: np.ndarray, x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            z = (x - centre[which, None]) / sd[which, None]
            return np.nan_to_num(np.exp(-(z**2) / 2) / (x - pole[which, None]), nan=0.0)[None]

    found = integrate_line(integrand, len(BY_R), 1)
    expected = np.array([float(row["value"]) for row in BY_R])
    np.testing.assert_allclose(found.value[0], expected, rtol=AT_A_POLE, atol=AT_A_POLE)
    status = np.array([row["status"] for row in BY_R])
    assert np.mean(found.status[0] != status) < FEW
    assert len(np.unique(status)) > 2


def test_lanes_do_not_depend_on_their_company() -> None:
    alone = [integrate_line(lambda _, x, p=p: various(np.array([p]), x), 1, 5) for p in (3, 17)]
    together = integrate_line(various, 20, 5)
    for p, one in zip((3, 17), alone, strict=True):
        np.testing.assert_array_equal(together.value[:, p], one.value[:, 0])
        np.testing.assert_array_equal(together.status[:, p], one.status[:, 0])


def integrand_of(formulas: tuple[str, str, str], names: Names, data: Any) -> Any:
    """Return the integrand of the point estimates of a run, for every row."""
    models = tuple(R.lm(formula, data=data) for formula in formulas)
    trio = read_trio(models, names, dropobs=False, ledger=CompatLedger("fixed"))
    sd = np.array([np.sqrt(trio.mediator.fit.dispersion)])
    strata = trio.strata(tuple(model.fit.coef[None] for model in trio.models), sd)
    n = trio.outcome.n
    return _Integrand.of(strata, sd, np.zeros(n, dtype=np.intp), np.arange(n))


def test_rows_with_poles_near_the_mediator_are_those_of_scipy() -> None:
    formulas = ("t ~ z + x", "m ~ t * z + x", "y ~ m * (t + z) + x")
    integrand = integrand_of(formulas, Names("z", "t", "m"), instrument_cases.data_s())
    seen = compared(integrand, 12, 4)
    assert seen["all"] == 48
    assert seen["problem"] > 10
    assert seen["deep"] > 10


def test_rows_without_poles_are_those_of_scipy() -> None:
    formulas = (
        "comply ~ treat + age",
        "job_seek ~ comply + treat + age",
        "depress2 ~ job_seek * (comply + treat)",
    )
    integrand = integrand_of(formulas, Names("treat", "comply", "job_seek"), R.data("jobs").iloc[:60])
    seen = compared(integrand, 12, 4)
    assert seen == {"all": 48, "problem": 0, "hit": 0, "deep": 0}


def test_density_keeps_its_digits_in_the_tails() -> None:
    x, mean, sd = np.linspace(-30, 44, 2001)[None], np.array([[0.7]]), np.array([[1.3]])
    found = normal_density(x, mean, sd)
    u = (x - mean) / sd
    near = np.abs(u) < 38
    np.testing.assert_allclose(np.log(found[near]), norm.logpdf(u[near]) - np.log(1.3), rtol=1e-14)
    assert (found[np.abs(u) > 38.6] == 0).all()
    assert found.shape == x.shape
