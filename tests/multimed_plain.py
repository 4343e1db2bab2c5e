"""``multimed`` done plainly: one regression after the other on rows that are really repeated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

SEARCH = np.arange(10_001) * 0.001
EFFECTS = ("d1", "d0", "d_ave", "z1", "z0", "z_ave")


def design(rows: pd.DataFrame, covariates: list[str]) -> np.ndarray:
    """Return the columns of covariates, with an indicator for all levels but the first that occur."""
    columns = []
    for name in covariates:
        if isinstance(rows[name].dtype, pd.CategoricalDtype):
            kept = [level for level in rows[name].cat.categories if (rows[name] == level).any()]
            columns += [(rows[name] == level).to_numpy(float) for level in kept[1:]]
        else:
            columns.append(rows[name].to_numpy(float))
    return np.array(columns).T.reshape(len(rows), len(columns))


def regress(y: np.ndarray, X: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return least-squares coefficients, of redundant columns the shortest solution."""
    root = np.sqrt(w)
    return np.linalg.lstsq(X * root[:, None], y * root, rcond=None)[0]


def pieces(rows: pd.DataFrame, call: dict[str, Any]) -> dict[str, Any]:
    """Return what one sample says: effects without sigma, and the spread that sigma multiplies."""
    single = call.get("design", "single") == "single"
    covariates, alternatives = (call.get(name, []) if single else [] for name in ("covariates", "med_alt"))
    if single:
        outcome_rows = other_rows = rows
    else:
        outcome_rows, other_rows = (rows[rows[call["experiment"]] == one] for one in (1, 0))

    def parts(some: pd.DataFrame) -> tuple[np.ndarray, ...]:
        y, t, m = (some[call[name]].to_numpy(float) for name in ("outcome", "treat", "med_main"))
        W = some[alternatives].to_numpy(float).reshape(len(some), len(alternatives))
        w = some[call["weight"]].to_numpy(float) if "weight" in call else np.ones(len(some))
        return y, t, m, W, w, design(some, covariates)

    y, t, m, W, w, X = parts(outcome_rows)
    D = np.column_stack((np.ones_like(t), t, m, W, X, t * m, t[:, None] * W))
    beta, K = regress(y, D, w), W.shape[1]
    found: dict[str, Any] = {}
    deviations = y - np.average(y, weights=w)
    weighted = "weight" in call
    found["VY"] = np.sum(w * deviations**2) / ((w.sum() if weighted else len(w)) - 1)
    found["ETM2"] = np.average(t * m**2, weights=w)
    found["s"] = np.sqrt(np.sum(w * (y - D @ beta) ** 2) / (len(w) - np.linalg.matrix_rank(D)))

    y, t, m, W, w, X = parts(other_rows)
    B = np.column_stack((np.ones_like(t), t, X))

    def at(coef: np.ndarray, value: float) -> float:
        moved = B.copy()
        moved[:, 1] = value
        return float(np.average(moved @ coef, weights=w))

    b3, kappa = beta[1], beta[-K - 1]
    xi, mu = beta[3 : 3 + K], beta[len(beta) - K :]
    gamma = regress(m, B, w)
    residual, tau = m - B @ gamma, regress(y, B, w)[1]
    through = 0.0
    for k in range(K):
        coef = regress(W[:, k], B, w)
        through += (xi[k] + mu[k]) * at(coef, 1) - xi[k] * at(coef, 0)
    c, q = [], []
    for value in (0, 1):
        e, v = residual[t == value], w[t == value]
        if weighted:
            variance = np.sum(v * (e - np.average(e, weights=v)) ** 2) / (v.sum() - 1)
        else:
            variance = np.sum(e**2) / (len(e) - B.shape[1])
        c.append(b3 + kappa * at(gamma, value) + through)
        q.append(np.sqrt(variance))
    everyone = rows[call["weight"]].to_numpy(float) if weighted else np.ones(len(rows))
    P = np.average(rows[call["treat"]].to_numpy(float), weights=everyone)
    return found | {"tau": tau, "c": c, "q": q, "P": P}


def bounds(piece: dict[str, Any], sigma: np.ndarray) -> dict[str, np.ndarray]:
    """Return lower and upper bounds over the grid."""
    tau, P = piece["tau"], piece["P"]
    found = {}
    for arm in (0, 1):
        found[f"z{arm}_lb"] = piece["c"][arm] - sigma * piece["q"][arm]
        found[f"z{arm}_ub"] = piece["c"][arm] + sigma * piece["q"][arm]
        found[f"d{1 - arm}_lb"] = tau - found[f"z{arm}_ub"]
        found[f"d{1 - arm}_ub"] = tau - found[f"z{arm}_lb"]
    for letter in "dz":
        for end in ("lb", "ub"):
            treated, control = found[f"{letter}1_{end}"], found[f"{letter}0_{end}"]
            found[f"{letter}_ave_{end}"] = P * treated + (1 - P) * control
    return found


def multimed(call: dict[str, Any], stream: Any) -> dict[str, np.ndarray]:
    """Return all components; one regression at a time, one resample at a time, one C* at a time."""
    used = [call.get(name) for name in ("outcome", "treat", "med_main", "weight", "experiment")]
    used = [*filter(None, used), *call.get("med_alt", []), *call.get("covariates", [])]
    rows, level = call["data"].dropna(subset=used).reset_index(drop=True), call.get("conf_level", 0.95)
    whole, sims, step = pieces(rows, call), call["sims"], call["R2_by"]
    star = np.array([j * step for j in range(int(1 / step + 1e-10) + 1)])
    sigma = whole["s"] * np.sqrt(star / whole["ETM2"])
    found = {"R2star": star, "sigma": sigma, "R2tilde": whole["ETM2"] * sigma**2 / whole["VY"]}
    found |= {"tau": np.array(whole["tau"]), "conf_level": np.array(level)} | bounds(whole, sigma)
    replicates, taus = [], []
    for _ in range(sims):
        piece = pieces(rows.iloc[stream.integers(len(rows), size=len(rows))], call)
        replicates.append(bounds(piece, sigma))
        taus.append(piece["tau"])
    stream.integers(len(rows), size=len(rows))
    found["tau_ci"] = np.quantile(taus, [(1 - level) / 2, (1 + level) / 2])
    for name in EFFECTS:
        below, above = (
            np.std([one[f"{name}_{end}"] for one in replicates], axis=0, ddof=1) for end in ("lb", "ub")
        )
        A = (found[f"{name}_ub"] - found[f"{name}_lb"]) / np.maximum(below, above)
        C = np.array([SEARCH[np.argmin(np.abs(ndtr(SEARCH + a) - ndtr(-SEARCH) - level))] for a in A])
        found[f"{name}_ci"] = np.stack((found[f"{name}_lb"] - C * below, found[f"{name}_ub"] + C * above))
    return found
