"""The quasi-Bayesian method for two linear mixed models, written out draw by draw and group by group."""

from __future__ import annotations

from typing import Any

import numpy as np

import pymediation as pm


def simulate(
    mediator: Any, outcome: Any, stream: pm.RStream, sims: int, columns: dict[str, Any], n: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the draws of the ACME under control and of the total effect for each row, both (sims, n).

    `columns` has functions of the arm (1 treated, 0 control) and, for the outcome, the mediator that give the
    columns: ``x_m(t)``, ``z_m(t)``, ``x_y(t, m)``, ``z_y(t, m)``.
    """
    drawn = [_coefficients(fit, stream, sims) for fit in (mediator, outcome)]
    noise = stream.normal(0.0, mediator.fit.sigma, size=(sims, n))
    acme, total = np.empty((sims, n)), np.empty((sims, n))
    for r in range(sims):
        (a, u), (b, v) = (((fixed[r], [by[r] for by in groups])) for fixed, groups in drawn)
        rows_u, rows_v = (_of_rows(fit, by) for fit, by in ((mediator, u), (outcome, v)))
        m = [columns["x_m"](t) @ a + np.sum(columns["z_m"](t) * rows_u, axis=1) + noise[r] for t in (0, 1)]

        def mean(t: int, m: np.ndarray, b: np.ndarray = b, rows_v: np.ndarray = rows_v) -> np.ndarray:
            return columns["x_y"](t, m) @ b + np.sum(columns["z_y"](t, m) * rows_v, axis=1)

        acme[r] = mean(0, m[1]) - mean(0, m[0])
        total[r] = mean(1, m[1]) - mean(0, m[0])
    return acme, total


def _coefficients(fit: Any, stream: pm.RStream, sims: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Draw fixed effects, then the coefficients of all groups, column by column."""
    fixed = stream.multivariate_normal(fit.fit.coef, fit.fit.cov, sims)
    by_group = []
    for modes, sds in zip(fit.fit.modes.T, fit.fit.cond_sd.T, strict=True):
        z = stream.normal(size=(sims, modes.size), order="C")
        by_group.append(modes + sds * z)
    return fixed, by_group


def _of_rows(fit: Any, by_group: list[np.ndarray]) -> np.ndarray:
    """Return each row's coefficients."""
    return np.column_stack([values[fit.rows.grouping.codes] for values in by_group])
