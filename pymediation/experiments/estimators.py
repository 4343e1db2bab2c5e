"""Point estimates of average causal mediation effects from cell counts.

Each function takes the counts of R samples at once and returns the effects under control and treatment.
What an empty cell leaves undefined is NaN.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pymediation.experiments.cells import Tally, share

__all__ = ["crossover_effects", "parallel_effect", "sequential_effects", "sequential_variances"]

FloatArray = NDArray[np.float64]


def sequential_effects(tally: Tally, arms: FloatArray | None = None) -> FloatArray:
    r"""Return the effects of a single experiment under sequential ignorability.

    .. math:: \hat\delta(0) = \sum_m \frac{n_{1m}}{n_1} \bar Y_{0m} - \bar Y_0, \qquad
              \hat\delta(1) = \bar Y_1 - \sum_m \frac{n_{0m}}{n_0} \bar Y_{1m}

    Parameters
    ----------
    tally : Tally
        Rows and sums of the outcome by treatment (0, 1) and mediator category, shape (R, 2, K).
    arms : ndarray of 2, optional
        Rows by treatment that weights of the mediator are shares of; by default those of each sample. R
        takes those of the data for all resamples.

    Returns
    -------
    ndarray, shape (R, 2)
        Under control and under treatment.
    """
    n, s = tally.counts, tally.sums
    rows = n.sum(axis=-1)
    fixed = rows if arms is None else np.broadcast_to(arms, rows.shape)
    mean = share(s.sum(axis=-1), rows)
    other = slice(None, None, -1)  # the arm that lends its mediator
    carried = share(n[:, other] * s, fixed[:, other, np.newaxis] * n).sum(axis=-1)
    return np.stack([carried[:, 0] - mean[:, 0], mean[:, 1] - carried[:, 1]], axis=-1)


def sequential_variances(tally: Tally, within: FloatArray, arms: FloatArray) -> FloatArray:
    r"""Return the variances of `sequential_effects` by the delta method.

    .. math:: \mathrm{Var}\,\hat\delta(0) = \frac{1}{n_0} \sum_m l_{1m}
              \Bigl[\bigl(\tfrac{l_{1m}}{l_{0m}} - 2\bigr) s^2_{0m}
              + \tfrac{n_0}{n_1} (1 - l_{1m}) \bar Y_{0m}^2\Bigr]
              - \frac{2}{n_1} \sum_{m < m'} l_{1m} l_{1m'} \bar Y_{0m} \bar Y_{0m'} + \frac{s^2_0}{n_0}

    with the shares :math:`l_{tm} = n_{tm} / n_t`; the other one with the arms exchanged.

    Parameters
    ----------
    tally : Tally
        As in `sequential_effects`, of one sample: shape (1, 2, K).
    within : ndarray, shape (2, K)
        Variances of the outcome in the cells; NaN for a cell with fewer than two rows.
    arms : ndarray of 2
        Variances of the outcome in the arms.

    Returns
    -------
    ndarray of 2
    """
    n, s = tally.counts[0], tally.sums[0]
    rows = n.sum(axis=-1)
    lent, own = (n / rows[:, np.newaxis])[::-1], n / rows[:, np.newaxis]
    other = rows[::-1]
    # The variance does not depend on the level of the outcome; taken off, it costs no digits.
    mean = share(s, n) - share(s.sum(axis=-1), rows)[:, np.newaxis]
    ratio = share(lent, own)
    squares = (rows / other)[:, np.newaxis] * (1.0 - lent) * mean**2
    spread = (lent * ((ratio - 2.0) * within + squares)).sum(axis=-1)
    pairs = ((lent * mean).sum(axis=-1) ** 2 - ((lent * mean) ** 2).sum(axis=-1)) / 2.0
    return spread / rows - 2.0 / other * pairs + arms / rows


def parallel_effect(tally: Tally) -> FloatArray:
    r"""Return the effect in a parallel design without interaction of treatment and mediator.

    .. math:: \hat\delta = \bar Y_{1}^{D=0} - \bar Y_{0}^{D=0}
              - \sum_m \hat P(M = m \mid D = 1) \bigl(\bar Y_{1m}^{D=1} - \bar Y_{0m}^{D=1}\bigr)

    Parameters
    ----------
    tally : Tally
        Rows by manipulation D, treatment, mediator and outcome, shape (R, 2, 2, 2, 2).

    Returns
    -------
    ndarray, shape (R, 2)
        The one effect, as that under control and that under treatment.
    """
    n = tally.counts
    observed = n[:, 0].sum(axis=2)  # (R, t, y)
    mean = share(observed[..., 1], observed.sum(axis=-1))
    held = n[:, 1]  # (R, t, m, y)
    direct = share(held[..., 1], held.sum(axis=-1))
    by_mediator = held.sum(axis=(1, 3))
    weight = share(by_mediator, by_mediator.sum(axis=-1, keepdims=True))
    effect = mean[:, 1] - mean[:, 0] - (weight * (direct[:, 1] - direct[:, 0])).sum(axis=-1)
    return np.stack([effect, effect], axis=-1)


def crossover_effects(tally: Tally) -> FloatArray:
    r"""Return the effects among pliable units in a crossover encouragement design.

    With A(t, m, v) the share of M2 = 1 and G(t, m, k, v) the mean outcome where M2 = k, among the rows with
    first treatment t, first mediator m and encouragement v, and H = A G(., 1) + (1 - A) G(., 0),

    .. math:: \hat\delta(1 - t) = \pm \frac{\sum_m Q(t, m) [H(t, m, 1) - H(t, m, 0)]}
              {[A(t, 0, 0) - A(t, 0, 1)] Q(t, 0) + [A(t, 1, 1) - A(t, 1, 0)] Q(t, 1)}

    where Q(t, m) is the share of M1 = m; the sign is + for t = 1.

    Parameters
    ----------
    tally : Tally
        Rows by treatment, first and second mediator, encouragement and outcome, shape (R, 2, 2, 2, 2, 2).

    Returns
    -------
    ndarray, shape (R, 2)
        Under control and under treatment.
    """
    n = np.moveaxis(tally.counts, 4, 3)  # (R, t, m1, v, m2, y)
    rows = n.sum(axis=-1)
    outcome = share(n[..., 1], rows)
    second = share(rows[..., 1], rows.sum(axis=-1))  # A, (R, t, m1, v)
    mean = second * outcome[..., 1] + (1.0 - second) * outcome[..., 0]
    by_first = rows.sum(axis=(3, 4))
    first = share(by_first, by_first.sum(axis=-1, keepdims=True))
    moved = (second[..., 1] - second[..., 0]) * np.array([-1.0, 1.0])
    effect = share((first * (mean[..., 1] - mean[..., 0])).sum(axis=-1), (first * moved).sum(axis=-1))
    return np.stack([effect[:, 1], -effect[:, 0]], axis=-1)
