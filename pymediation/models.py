"""The protocol by which a model of any kind takes part in an analysis."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["MediationModel", "is_learner"]

FloatArray = NDArray[np.float64]


@runtime_checkable
class MediationModel(Protocol):
    """A fitted model that can be refitted, and that predicts an outcome or draws a mediator.

    :func:`mediate` bootstraps such a model: `fit` on each resample, then `draw` (mediator model) or `predict`
    (outcome model) for the rows of the data with treatment and mediator set to counterfactual values. The
    estimates come from the fitted object that was handed over, with :func:`with_data`.

    Derive from this class and define `fit` and one of the others, or write a class that has all three.
    Objects must not be changed by any of the methods: they run side by side with ``n_jobs``. What a method
    raises fails the replicate, with the reason; failed replicates are counted and left out.

    Notes
    -----
    The DataFrames have the columns named by ``columns=`` of :func:`with_data`, with their types, and those
    of `fit` the response too. Estimators of scikit-learn are adapted to this protocol by the package.

    Examples
    --------
    A mediator whose spread differs between men and women, drawn with its own residuals in each group:

    >>> import numpy as np
    >>> import pymediation as pm
    >>> class ByGroup(pm.MediationModel):
    ...     def __init__(self, coef=None, residuals=None):
    ...         self.coef, self.residuals = coef, residuals
    ...
    ...     def design(self, data):
    ...         return np.column_stack([np.ones(len(data)), data["treat"], data["female"]])
    ...
    ...     def fit(self, data, weights, rng):
    ...         X, y = self.design(data), data["m"].to_numpy()
    ...         coef = np.linalg.lstsq(X, y, rcond=None)[0]
    ...         left = y - X @ coef
    ...         return ByGroup(coef, [left[data["female"] == group] for group in (0, 1)])
    ...
    ...     def draw(self, treated, control, rng):
    ...         pools = [rng.choice(pool, len(treated)) for pool in self.residuals]
    ...         error = np.where(treated["female"] == 1, pools[1], pools[0])
    ...         return self.design(treated) @ self.coef + error, self.design(control) @ self.coef + error

    Its data, and an outcome that the mediator raises with the square:

    >>> import pandas as pd
    >>> import statsmodels.formula.api as smf
    >>> rng = np.random.default_rng(2)
    >>> d = pd.DataFrame({"treat": rng.integers(0, 2, 500), "female": rng.integers(0, 2, 500)})
    >>> d["m"] = d["treat"] + (1 + d["female"]) * rng.normal(size=500)
    >>> d["y"] = d["m"] ** 2 + rng.normal(size=500)
    >>> by_group = ByGroup().fit(d, None, rng)
    >>> result = pm.mediate(
    ...     pm.with_data(by_group, d, "m", columns=["treat", "female"]),
    ...     smf.ols("y ~ treat + female + m + I(m**2)", d).fit(),
    ...     **{"treat": "treat", "mediator": "m", "boot": True, "sims": 500, "rng": 1},
    ... )
    >>> bool(result.acme.average.lower < 1 < result.acme.average.upper)
    True
    """

    @abstractmethod
    def fit(self, data: pd.DataFrame, weights: FloatArray | None, rng: np.random.Generator) -> MediationModel:
        """Return a new model of this kind, fitted to other rows.

        Parameters
        ----------
        data : DataFrame, n rows
            A resample: regressors and response.
        weights : ndarray, shape (n,), or None
            Sampling weights of the rows; None where :func:`with_data` was given none.
        rng : numpy.random.Generator
            Random numbers for fits that need them. With these, and no others, a result depends on ``rng=`` of
            :func:`mediate` alone.
        """
        ...

    def predict(self, data: pd.DataFrame) -> NDArray[Any]:
        """Return the mean outcome of each row; what an outcome model needs.

        Parameters
        ----------
        data : DataFrame, n rows
            Rows with treatment and mediator set to counterfactual values.

        Returns
        -------
        ndarray, shape (n,) or (n, K)
            Mean outcomes; or probabilities of the K values that the response takes in the data, in their
            order (that of the categories, else sorted). With K = 2 effects are on the probability of the
            second, with more on each.
        """
        msg = f"{type(self).__qualname__} has no predict(), which a model of the outcome needs."
        raise NotImplementedError(msg)

    def draw(
        self, treated: pd.DataFrame, control: pd.DataFrame, rng: np.random.Generator
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Draw both potential mediators of each row; what a mediator model needs.

        Parameters
        ----------
        treated, control : DataFrame, n rows
            The same rows under treatment and under control.
        rng : numpy.random.Generator
            The only source of random numbers to use.

        Returns
        -------
        tuple of two ndarrays, shape (n,)
            Under treatment and under control: numbers, or categories of the response if it is categorical or
            text. An error that both potential mediators of a row have in common, as in a model with additive
            errors, is drawn once and added to both: that leaves less simulation noise.
        """
        msg = f"{type(self).__qualname__} has no draw(), which a model of the mediator needs."
        raise NotImplementedError(msg)


def is_learner(model: object) -> bool:
    """Whether an object is one of the user's own models or has the interface of scikit-learn's estimators.

    Parameters
    ----------
    model : object
    """
    if isinstance(model, type):
        return False
    estimator = all(callable(getattr(model, name, None)) for name in ("get_params", "fit", "predict"))
    return estimator or isinstance(model, MediationModel)
