"""The engine against the plain algorithms: draw by draw, and where the stream stands afterwards."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from engine import plain
from engine.cases import fitted, small_data
from engine.plain import Comparison, Regression

from pymediation import RStream, mediate
from pymediation.errors import PymediationWarning

SIMS = 8
# Same numbers, sums in another order; effects are of order 0.1 to 10.
TOLERANCE = 1e-12
LM = Regression("m ~ t + x")
MEDIATORS = {
    "lm": LM,
    "lm-factor": Regression("m ~ t + g + x:t"),
    "gaussian-log": Regression("m_positive ~ t + x", "gaussian", "log"),
    "logit": Regression("m_binary ~ t + x", "binomial", "logit"),
    "probit": Regression("m_binary ~ t + x", "binomial", "probit"),
    "cloglog": Regression("m_binary ~ t + x", "binomial", "cloglog"),
    "cauchit": Regression("m_binary ~ t + x", "binomial", "cauchit"),
    "poisson": Regression("m_count ~ t + x", "poisson", "log"),
    "poisson-many": Regression("m_many ~ t + x", "poisson", "log"),
    "poisson-sqrt": Regression("m_count ~ t + x", "poisson", "sqrt"),
    "Gamma": Regression("m_positive ~ t + x", "Gamma", "log"),
    "Gamma-inverse": Regression("m_positive ~ t + x", "Gamma", "inverse"),
    "inverse.gaussian": Regression("m_positive ~ t + x", "inverse.gaussian", "log"),
}  # fmt: skip
OUTCOMES = {
    "lm": Regression("y ~ t + m + x"),
    "logit": Regression("y_binary ~ t + m + x", "binomial", "logit"),
    "probit": Regression("y_binary ~ t + m", "binomial", "probit"),
    "poisson": Regression("y_count ~ t + m + x", "poisson", "log"),
    "Gamma": Regression("y_positive ~ t + m + x", "Gamma", "log"),
    "inverse.gaussian": Regression("y_positive ~ t + m + x", "inverse.gaussian", "log"),
    "quasipoisson": Regression("y_count ~ t + m + x", "quasipoisson", "log"),
    "quasibinomial": Regression("y_binary ~ t + m + x", "quasibinomial", "logit"),
    "negative-binomial": Regression("y_count ~ t + m", "Negative Binomial", "log", theta=1.5),
    "gaussian-log": Regression("y_positive ~ t + m + x", "gaussian", "log"),
}  # fmt: skip
SHAPES = {
    "t:m": "y ~ t * m + x",
    "m:x": "y ~ t + m * x",
    "three-way": "y ~ t * m * x",
    "m:g": "y ~ t + m * g",
    "square": "y ~ t + m + I(m**2)",
    "square in one arm": "y ~ t * (m + I(m**2)) + x",
    "log": "y ~ t + np.log(m) + x",
    "spline": "y ~ t + bs(m, df=4, lower_bound=-4, upper_bound=6) + x",
    "scaled": "y ~ t + scale(m) + center(x)",
    "scaled, interacting": "y ~ t * center(m) + scale(x)",
    "no intercept needed": "y ~ x + m + t + t:m + g",
}
CURVES = ("I(m", "log(m", "bs(m")  # not estimable with a mediator of two values


def with_mediator(outcome: Regression, name: str) -> Regression:
    """Put the mediator `name` in the place of m."""
    left, right = outcome.formula.split("~")
    tokens = right.replace("(m", f"({name}").replace(" m", f" {name}").replace("m:", f"{name}:")
    return Regression(f"{left}~{tokens}", outcome.family, outcome.link, theta=outcome.theta)


def check(
    mediator: Regression,
    outcome: Regression,
    *,
    boot: bool,
    comparison: Comparison | None = None,
    data: Any = None,
    strata: Any = None,
    tolerance: float = TOLERANCE,
) -> None:
    data = small_data() if data is None else data
    comparison = comparison or Comparison(mediator=mediator.response)
    slow, fast = RStream(21), RStream(21)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PymediationWarning)  # few draws
        result = mediate(
            fitted(mediator, data),
            fitted(outcome, data),
            sims=SIMS,
            boot=boot,
            treat=comparison.treat,
            mediator=comparison.mediator,
            treat_value=comparison.treat_value,
            control_value=comparison.control_value,
            covariates=dict(comparison.covariates) or None,
            rng=fast,
            strata=strata,
        )
    if boot:
        rule = None if strata is None else plain.rows_within_strata(strata)
        draws, estimates = plain.bootstrap(mediator, outcome, data, comparison, slow, SIMS, rule)
    else:
        draws = plain.quasi_bayes(mediator, outcome, data, comparison, slow, SIMS)
        estimates = draws.mean(axis=1)
    tolerance *= max(1.0, np.abs(draws).max())
    for name, expected, estimate in zip(plain.EFFECTS, draws, estimates, strict=True):
        np.testing.assert_allclose(result[f"{name}_sims"], expected, rtol=0, atol=tolerance)
        assert result[name] == pytest.approx(estimate, rel=0, abs=tolerance)
    assert fast.consumed == slow.consumed
    assert result.n_failed == 0


def rounding_of_root(outcome: Regression) -> float:
    """Return how far the roots of a covariance V by two routines may be apart.

    The eigenvalues of V in double precision are those of V + E with ||E|| = eps ||V||, whose root is off by
    up to ||E|| / (2 sqrt(least eigenvalue)), in units of the root half its condition number times eps. The
    root of the exact covariance, rounded once, is off by as much here: a better fit would not give better
    draws.
    """
    values = np.linalg.eigvalsh(plain.fit(outcome, small_data()).cov)
    return float(plain.EPSILON * values[-1] / np.sqrt(values[0]))


both_methods = pytest.mark.parametrize("boot", [False, True], ids=["draws", "boot"])


@both_methods
@pytest.mark.parametrize("name", MEDIATORS)
def test_mediator_families(name: str, boot: bool) -> None:
    mediator = MEDIATORS[name]
    check(mediator, with_mediator(OUTCOMES["lm"], mediator.response), boot=boot)


@both_methods
@pytest.mark.parametrize("mediator", ["lm", "logit"])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_outcome_families(mediator: str, outcome: str, boot: bool) -> None:
    model = MEDIATORS[mediator]
    check(model, with_mediator(OUTCOMES[outcome], model.response), boot=boot)


@both_methods
@pytest.mark.parametrize(
    ("mediator", "shape"),
    [
        *(("lm", shape) for shape in SHAPES if shape != "log"),
        *(("logit", shape) for shape in SHAPES if not any(part in SHAPES[shape] for part in CURVES)),
        ("gaussian-log", "square"),
        ("poisson", "square in one arm"),
        ("Gamma", "log"),
    ],
)
def test_shapes_of_the_outcome_formula(mediator: str, shape: str, boot: bool) -> None:
    model = MEDIATORS[mediator]
    check(model, with_mediator(Regression(SHAPES[shape]), model.response), boot=boot)


@both_methods
def test_columns_that_nearly_depend_on_each_other(boot: bool) -> None:
    """Draws hold as many digits as a root of their covariance has, and no replicate loses any."""
    outcome = Regression("y ~ t + bs(m, df=4, lower_bound=-6, upper_bound=8) + x")
    check(LM, outcome, boot=boot, tolerance=TOLERANCE if boot else rounding_of_root(outcome))


@both_methods
@pytest.mark.parametrize("mediator", ["lm", "gaussian-log", "logit", "Gamma", "inverse.gaussian", "poisson"])
def test_weights(mediator: str, boot: bool) -> None:
    model = plain.weighted(MEDIATORS[mediator], "w")
    check(model, plain.weighted(with_mediator(Regression("y ~ t * m"), model.response), "w"), boot=boot)


@both_methods
@pytest.mark.parametrize(
    ("mediator", "outcome"),
    [
        (Regression("m_count ~ t + x", "poisson", "log", offset="exposure"), Regression("y ~ t + m_count")),
        (LM, Regression("y_count ~ t + m", "poisson", "log", offset="exposure")),
        (
            Regression("m ~ t", "gaussian", "identity", offset="exposure"),
            Regression("y ~ t + m + x", "gaussian", "identity", offset="exposure"),
        ),
        (
            Regression("m_binary ~ t", "binomial", "logit", offset="exposure"),
            Regression("y_count ~ t * m_binary", "poisson", "log", offset="exposure"),
        ),
    ],
    ids=["mediator", "outcome", "both linear", "both binary and count"],
)
@pytest.mark.filterwarnings("ignore::pymediation.errors.CompatibilityWarning")
def test_offsets(mediator: Regression, outcome: Regression, boot: bool) -> None:
    check(mediator, outcome, boot=boot)


@both_methods
def test_covariates_held_at_values(boot: bool) -> None:
    comparison = Comparison(covariates=(("x", 0.5), ("g", "c")))
    check(
        Regression("m ~ t * x + g"),
        Regression("y_binary ~ t + m * x + g", "binomial", "probit"),
        boot=boot,
        comparison=comparison,
    )


@both_methods
@pytest.mark.parametrize("direction", [("old", "new"), ("new", "old")])
def test_factor_treatment(direction: tuple[str, str], boot: bool) -> None:
    comparison = Comparison("arm", "m", direction[1], direction[0])
    check(Regression("m ~ arm + x"), Regression("y ~ arm * m + x"), boot=boot, comparison=comparison)


@both_methods
def test_treatment_of_other_values(boot: bool) -> None:
    comparison = Comparison("z", "m_binary", 0.8, -0.3)
    check(
        Regression("m_binary ~ z + x", "binomial", "probit"),
        Regression("y ~ z * m_binary + np.exp(z)"),
        boot=boot,
        comparison=comparison,
    )


def test_strata() -> None:
    data = small_data()
    strata = np.where(np.arange(len(data)) == 5, 9, np.arange(len(data)) % 3)
    check(MEDIATORS["logit"], Regression("y ~ t + m_binary + x"), boot=True, data=data, strata=strata)
