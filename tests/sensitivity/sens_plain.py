"""Plain, slow forms of the three analyses: one correlation, one draw, one regression at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from pymediation.adapters import adapt
from pymediation.fits import fit_ols, hc_cov


@dataclass
class Arrays:
    """Both designs with the positions of intercept, treatment, mediator and their product (None: absent)."""

    A: np.ndarray
    u: np.ndarray
    B: np.ndarray
    v: np.ndarray
    w: np.ndarray
    I: int  # noqa: E741 - the intercept
    T: int
    Ty: int
    M: int
    TM: int | None
    models: tuple[Any, Any]


def arrays(model_m: Any, model_y: Any, treat: str, mediator: str) -> Arrays:
    """Take apart two fits with a numeric or 0/1 treatment."""
    med, out = adapt(model_m, "mediator"), adapt(model_y, "outcome")
    names_m, names_y = list(med.design.names), list(out.design.names)
    products = [i for i, name in enumerate(names_y) if set(name.split(":")) == {treat, mediator}]
    return Arrays(
        A=med.X,
        u=med.y,
        B=out.X,
        v=out.y,
        w=np.ones(out.n) if out.weights is None else out.weights,
        I=0,
        T=names_m.index(treat),
        Ty=names_y.index(treat),
        M=names_y.index(mediator),
        TM=products[0] if products else None,
        models=(med, out),
    )


def wls(X, y, w):
    root = np.sqrt(w)
    return np.linalg.lstsq(X * root[:, None], y * root, rcond=None)[0]


def sur_path(a: Arrays, rho: float, eps: float, robust: bool = False, cluster: Any = None):
    """Iterate at one correlation on the stacked data; return coefficients, covariance, Omega, D and steps."""
    root = np.sqrt(a.w)
    n, k = a.A.shape
    Z = np.block(
        [[a.A * root[:, None], np.zeros((n, a.B.shape[1]))], [np.zeros((n, k)), a.B * root[:, None]]]
    )
    y = np.concatenate([a.u * root, a.v * root])
    theta = np.concatenate([wls(a.A, a.u, a.w), wls(a.B, a.v, a.w)])
    steps, distance = 0, 1.0
    while distance > eps:
        e = (y - Z @ theta).reshape(2, n)
        omega = np.diag(np.sum(e**2, axis=1) / (n - 1))
        omega[0, 1] = omega[1, 0] = rho * e[0].std(ddof=1) * e[1].std(ddof=1)
        P = np.linalg.inv(omega)
        stacked = np.kron(P, np.eye(n))
        H = Z.T @ stacked @ Z
        new = np.linalg.solve(H, Z.T @ stacked @ y)
        V = np.linalg.inv(H)
        if robust or cluster is not None:
            g = (Z * (stacked @ e.ravel())[:, None]).reshape(2, n, -1).sum(axis=0)
            if not robust:
                g = np.array([g[cluster == c].sum(axis=0) for c in np.unique(cluster)])
            V = V @ g.T @ g @ V
        distance = float(np.sum((new - theta) ** 2))
        theta, steps = new, steps + 1
    return theta, V, omega, distance, steps


def linear_linear(a: Arrays, rho: np.ndarray, eps: float, level: float = 0.95, **how: Any) -> dict[str, Any]:
    """Return estimates and limits of the four effects."""
    z = norm.ppf(1 - (1 - level) / 2)
    found: dict[str, list[Any]] = {name: [] for name in ("d0", "d1", "z0", "z1")}
    k = a.A.shape[1]
    C = [j for j in range(k) if j not in (a.I, a.T)]
    means = np.average(a.A, axis=0, weights=a.w)[C]
    for r in rho:
        theta, V, *_ = sur_path(a, r, eps, **how)
        alpha, beta, Va, Vb = theta[:k], theta[k:], V[:k, :k], V[k:, k:]
        at, c, g = alpha[a.T], beta[a.M], beta[a.Ty]
        effects = {"d0": (at * c, c**2 * Va[a.T, a.T] + at**2 * Vb[a.M, a.M])}
        effects |= {"d1": effects["d0"], "z0": (g, Vb[a.Ty, a.Ty]), "z1": (g, Vb[a.Ty, a.Ty])}
        if a.TM is not None:
            h = beta[a.TM]
            sum_var = Vb[a.M, a.M] + Vb[a.TM, a.TM] + 2 * Vb[a.M, a.TM]
            effects["d1"] = (at * (c + h), (c + h) ** 2 * Va[a.T, a.T] + at**2 * sum_var)
            m0 = alpha[a.I] + alpha[C] @ means
            v0 = Va[a.I, a.I] + means @ Va[np.ix_(C, C)] @ means
            v1 = v0 + Va[a.T, a.T] + 2 * (Va[a.I, a.T] + means @ Va[C, a.T] + means @ Va[C, a.I])
            for name, m, v in (("z0", m0, v0), ("z1", m0 + at, v1)):
                var = Vb[a.Ty, a.Ty] + m**2 * Vb[a.TM, a.TM] + h**2 * v + Vb[a.TM, a.TM] * v
                effects[name] = (g + h * m, var + 2 * m * Vb[a.Ty, a.TM])
        for name, (value, var) in effects.items():
            found[name].append((value, value - z * np.sqrt(var), value + z * np.sqrt(var)))
    return {name: np.array(rows).T for name, rows in found.items()}


def summarised(draws: np.ndarray, level: float) -> np.ndarray:
    tail = (1 - level) / 2
    return np.vstack([draws.mean(axis=1), np.quantile(draws, [tail, 1 - tail], axis=1)])


def coefficient_draws(model: Any, robust: bool, stream: Any, sims: int) -> np.ndarray:
    covariance = hc_cov(model.fit, model.X, "HC3") if robust else model.fit.cov
    return stream.multivariate_normal(model.fit.coef, covariance, sims)


def weighted_refits(
    a: Arrays, alpha: np.ndarray, rho: float, eps: float, divided: bool = False
) -> tuple[list[float], Any]:
    """Iterate the outcome regressions for one draw at one correlation; return sigmas and the last fit."""
    mu = a.A @ alpha
    lam = np.where(a.u == 1, norm.pdf(mu) / norm.cdf(mu), -norm.pdf(mu) / norm.cdf(-mu))
    delta, q = rho * lam, 1 - rho**2 * lam * (lam + mu)
    q = 1 / q if divided else q
    start = fit_ols(a.v, np.column_stack([a.B, delta]), q * a.w)
    sigmas = [start.scale]
    while True:
        fit = fit_ols(a.v - sigmas[-1] * delta, a.B, q * a.w)
        sigmas.append(fit.scale)
        if abs(sigmas[-1] - sigmas[-2]) <= eps:
            return sigmas, fit


def probit_linear(
    a: Arrays,
    rho: np.ndarray,
    eps: float,
    stream: Any,
    sims: int,
    *,
    level: float = 0.95,
    robust: bool = False,
    one_row: bool = True,
    divided: bool = False,
) -> dict[str, Any]:
    """Return estimates and limits; `one_row` is R's ADE with an interaction, `divided` has right weights."""
    alpha = coefficient_draws(a.models[0], robust, stream, sims)
    w, n = a.w / a.w.sum(), a.u.size
    A1, A0 = a.A.copy(), a.A.copy()
    A1[:, a.T], A0[:, a.T] = 1, 0
    mu = {1: A1 @ alpha.T, 0: A0 @ alpha.T}
    draws = {name: np.empty((rho.size, sims)) for name in ("d0", "d1", "z0", "z1")}
    for i, r in enumerate(rho):
        for k in range(sims):
            fit = weighted_refits(a, alpha[k], r, eps, divided)[1]
            covariance = hc_cov(fit, a.B, "HC3") if robust else fit.cov
            beta = stream.multivariate_normal(fit.coef, covariance, 1)[0]
            c, g = beta[a.M], beta[a.Ty]
            h = 0.0 if a.TM is None else beta[a.TM]
            gain = w @ (norm.cdf(mu[1][:, k]) - norm.cdf(mu[0][:, k]))
            draws["d0"][i, k], draws["d1"][i, k] = c * gain, (c + h) * gain
            for t in (0, 1):
                if a.TM is None:
                    draws[f"z{t}"][i, k] = g
                elif one_row:
                    single = mu[t][k % n, k // n]
                    draws[f"z{t}"][i, k] = w @ ((g + h) * norm.cdf(mu[t][:, k]) + g * norm.cdf(-single))
                else:
                    draws[f"z{t}"][i, k] = g + h * (w @ norm.cdf(mu[t][:, k]))
    return {name: summarised(values, level) for name, values in draws.items()}


def linear_probit(
    a: Arrays,
    rho: np.ndarray,
    stream: Any,
    sims: int,
    *,
    level: float = 0.95,
    robust: bool = False,
    published: bool = False,
    order: Any = slice(None),
) -> dict[str, Any]:
    """Return estimates and limits; `published` has the root in the denominator, R the sum;
    `order` pairs the mediator's coefficients with those of the outcome."""
    alpha = coefficient_draws(a.models[0], robust, stream, sims)
    fit = a.models[0].fit
    shape = fit.df_residual / 2
    s = 1 / np.sqrt(stream.gamma(shape, 2 / (fit.df_residual * fit.dispersion), sims))
    beta = coefficient_draws(a.models[1], robust, stream, sims)
    w = a.w / a.w.sum()
    Z = np.delete(a.B, a.M, axis=1)
    T = a.Ty - (a.Ty > a.M)
    Z1, Z0 = Z.copy(), Z.copy()
    Z1[:, T], Z0[:, T] = 1, 0
    names = ("d0", "d1", "z0", "z1", "tau", "nu0", "nu1")
    draws = {name: np.empty((rho.size, sims)) for name in names}
    for k in range(sims):
        x = s[k] * beta[k, a.M]
        r = x / (np.sqrt(1 + x**2) if published else 1 + abs(x))
        psi = np.delete(beta[k], a.M) * np.sqrt(1 - r**2) + alpha[k, order] * r / s[k]
        E1, E0, slope = Z1 @ psi, Z0 @ psi, alpha[k, a.T]
        tau = w @ (norm.cdf(E1) - norm.cdf(E0))
        for i, p in enumerate(rho):
            gamma = (-p + r * np.sqrt((1 - p**2) / (1 - r**2))) / s[k]
            scale = np.sqrt(gamma**2 * s[k] ** 2 + 2 * gamma * p * s[k] + 1)
            kappa, eta = gamma * slope / scale, (scale * psi[T] - slope * gamma) / scale
            d0 = w @ (norm.cdf(E0 + kappa) - norm.cdf(E0))
            d1 = w @ (norm.cdf(E1) - norm.cdf(E1 - kappa))
            z0 = w @ (norm.cdf(E0 + eta) - norm.cdf(E0))
            z1 = w @ (norm.cdf(E1) - norm.cdf(E1 - eta))
            for name, value in zip(names, (d0, d1, z0, z1, tau, d0 / tau, d1 / tau), strict=True):
                draws[name][i, k] = value
    return {name: summarised(values, level) for name, values in draws.items()}
