"""Penalised fits against statsmodels' and, with the penalty as rows, against least squares."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.gam.api import BSplines, GLMGam

from pymediation.families import get_family
from pymediation.fits.additive import fit_additive, fit_additive_replicates, penalty_root

# Both programs stop when the deviance settles to 1e-8; coefficients are of order one.
STOPPING = 1e-5
# The same numbers by other arithmetic.
ROUNDING = 1e-12

FAMILIES: dict[str, tuple[Any, Any]] = {
    "gaussian": (sm.families.Gaussian(), get_family("gaussian", "identity")),
    "logit": (sm.families.Binomial(), get_family("binomial", "logit")),
    "probit": (
        sm.families.Binomial(sm.families.links.Probit()),
        get_family("binomial", "probit"),
    ),
    "poisson": (sm.families.Poisson(), get_family("poisson", "log")),
    "gamma": (sm.families.Gamma(sm.families.links.Log()), get_family("Gamma", "log")),
}

# With other links statsmodels counts effective degrees of freedom with the observed information, we, like
# mgcv, with the expected.
CANONICAL = ("gaussian", "logit", "poisson")


def data(n: int = 160) -> pd.DataFrame:
    g = np.random.default_rng(5)
    d = pd.DataFrame({"t": g.integers(0, 2, n).astype(float), "m": g.normal(size=n), "x": g.normal(size=n)})
    eta = 0.4 * d.t + np.sin(d.m)
    d["gaussian"] = eta + g.normal(size=n)
    d["logit"] = d["probit"] = (d.gaussian > 0.2).astype(float)
    d["poisson"] = g.poisson(np.exp(eta)).astype(float)
    d["gamma"] = g.gamma(3.0, np.exp(eta) / 3)
    return d


d = data()
KNOTS = BSplines(d[["m", "x"]], df=[8, 6], degree=[3, 3])


def gam(name: str, rows: Any = slice(None), **options: Any) -> Any:
    """Fit with the knots of the full sample, whatever the rows are."""
    part = d.iloc[rows].reset_index(drop=True)
    smoother = BSplines(
        part[["m", "x"]],
        df=[8, 6],
        degree=[3, 3],
        knot_kwds=[{"all_knots": one.knots} for one in KNOTS.smoothers],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GLMGam.from_formula(
            f"{name} ~ t", data=part, smoother=smoother, alpha=[2.0, 0.5], family=FAMILIES[name][0], **options
        )
        return model.fit()


def arrays(result: Any) -> tuple[Any, Any, Any]:
    penalty = 2 * result.model.penal.penalty_matrix(alpha=result.model.alpha)
    return result.model.endog, result.model.exog, penalty_root(penalty)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_fit_is_that_of_statsmodels(name: str) -> None:
    result = gam(name)
    y, X, root = arrays(result)
    fit = fit_additive(y, X, root, FAMILIES[name][1])
    np.testing.assert_allclose(fit.coef, result.params, rtol=0, atol=STOPPING)
    if name in CANONICAL:
        assert fit.df_residual == pytest.approx(len(d) - result.edf.sum(), abs=STOPPING)
    if name == "gaussian":
        assert fit.dispersion == pytest.approx(result.scale, rel=STOPPING)
    elif name == "gamma":
        # Working weights of a gamma model with log link are 1.
        freedom = np.trace(np.linalg.solve(X.T @ X + root.T @ root, X.T @ X))
        expected = np.sum((y / fit.fitted - 1) ** 2) / (len(d) - freedom)
        assert fit.dispersion == pytest.approx(expected, rel=STOPPING)


@pytest.mark.parametrize("name", FAMILIES)
def test_refits_are_fits_to_repeated_rows(name: str) -> None:
    g = np.random.default_rng(1)
    drawn = g.integers(0, len(d), size=(3, len(d)))
    counts = np.array([np.bincount(rows, minlength=len(d)) for rows in drawn])
    y, X, root = arrays(gam(name))
    fits = fit_additive_replicates(y, X, root, FAMILIES[name][1], counts)
    for r, rows in enumerate(drawn):
        np.testing.assert_allclose(fits.coef[r], gam(name, rows).params, rtol=0, atol=STOPPING)
        alone = fit_additive(y[rows], X[rows], root, FAMILIES[name][1])
        np.testing.assert_allclose(fits.coef[r], alone.coef, rtol=0, atol=ROUNDING)
        assert fits.dispersion[r] == pytest.approx(alone.dispersion, rel=ROUNDING)
        assert fits.converged[r] == alone.converged


def test_weights_and_offset() -> None:
    """With integer weights, a weighted fit is one to repeated rows."""
    weights = np.random.default_rng(2).integers(1, 4, len(d))
    y, X, root = arrays(gam("poisson"))
    offset = 0.3 * d.x.to_numpy()
    family = FAMILIES["poisson"][1]
    weighted = fit_additive(y, X, root, family, weights, offset)
    rows = np.repeat(np.arange(len(d)), weights)
    repeated = fit_additive(y[rows], X[rows], root, family, None, offset[rows])
    np.testing.assert_allclose(weighted.coef, repeated.coef, rtol=0, atol=ROUNDING)
    counted = fit_additive_replicates(y, X, root, family, weights[None], None, offset)
    np.testing.assert_allclose(counted.coef[0], repeated.coef, rtol=0, atol=ROUNDING)


def test_a_replicate_with_a_lost_column_goes_the_single_way() -> None:
    """Where no row of the treated is drawn their column is aliased, and the others are fitted without it."""
    y, X, root = arrays(gam("gaussian"))
    counts = (2 * (d.t == 0)).to_numpy(dtype=int)[None]
    family = FAMILIES["gaussian"][1]
    fits = fit_additive_replicates(y, X, root, family, counts)
    rest = np.delete(np.arange(X.shape[1]), 1)
    other = fit_additive(y, X[:, rest], root[:, rest], family, counts[0].astype(float))
    assert fits.coef[0, 1] == 0
    np.testing.assert_allclose(fits.coef[0, rest], other.coef, rtol=0, atol=ROUNDING)
    assert np.isfinite(fits.dispersion[0])
