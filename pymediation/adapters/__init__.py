"""From fitted objects of other libraries to :class:`~pymediation.fitted.FittedModel`.

Each library has a module with one function, ``adapt(result, role, follow)``, imported when the first object
of that library is met. Modules of libraries whose objects keep no data have another one,
``refuse_model(model, role)``, which refuses what no data could make usable.
"""

from __future__ import annotations

from importlib import import_module

import pandas as pd

from pymediation.errors import UnsupportedModelError
from pymediation.fitted import FittedModel, Role
from pymediation.models import is_learner
from pymediation.supplied import ModelWithData

__all__ = ["adapt", "data_of", "rows_of_data"]

# Module of the fitted object's class, or its top-level package -> module that adapts it.
_ADAPTERS = {
    "statsmodels": "pymediation.adapters.statsmodels",
    "pymediation": "pymediation.adapters.dialect",
    "pymediation.rmodels.statsmodels_fits": "pymediation.adapters.statsmodels",
    "pymediation.tobit_results": "pymediation.adapters.tobit",
    "pymediation.multilevel.ingredients": "pymediation.adapters.mixed",
}

# The same for objects that keep no data, which come as ModelWithData; of other libraries, learners.
_ADAPTERS_WITH_DATA = {
    "gpboost": "pymediation.adapters.gpboost",
    "lifelines": "pymediation.adapters.lifelines",
}
_LEARNERS = "pymediation.adapters.learners"

_ACCEPTED = (
    "Accepted are fitted statsmodels models (OLS, WLS, GLM, GLMGam, Logit, Probit, Poisson, OrderedModel, "
    "QuantReg, MNLogit, NegativeBinomial, NegativeBinomialP, GeneralizedPoisson, MixedLM), such as "
    "smf.ols('m ~ t', data=d).fit(); pymediation.Tobit and MixedFit; lm(), glm(), polr(), rq(), survreg(), "
    "vglm(), lmer() and glmer() of pymediation.r; and, as with_data(model, data, ...), WeibullAFTFitter, "
    "LogNormalAFTFitter and LogLogisticAFTFitter of lifelines, GPModel of gpboost, estimators of "
    "scikit-learn and mord, and any MediationModel"
)


def adapt(result: object, role: Role, follow: tuple[str, ...] = ()) -> FittedModel:
    """Read a fitted model into the form the engine uses.

    Parameters
    ----------
    result : object
        A fitted statsmodels result (OLS, WLS, GLM, GLMGam, Logit, Probit, Poisson, OrderedModel, QuantReg,
        MNLogit, NegativeBinomial, NegativeBinomialP, GeneralizedPoisson, MixedLM), from a formula or from a
        named DataFrame of regressors, a fit of :class:`pymediation.Tobit` or of :mod:`pymediation.r`, a
        :class:`~pymediation.MixedFit`; or in
        :func:`~pymediation.with_data` a fitted accelerated failure time model of lifelines, a GPModel of
        GPBoost, an estimator of scikit-learn or mord, or a :class:`~pymediation.MediationModel`.
    role : {"mediator", "outcome"}
        The model's part; named in messages.
    follow : tuple of str
        Treatment and mediator: in a model fitted from columns, products of these with other columns are
        recomputed when they change.

    Returns
    -------
    FittedModel

    Raises
    ------
    UnsupportedModelError
        The library, class or state of the object is not supported.
    """
    if isinstance(result, ModelWithData):
        return _adapt_with_data(result, role, follow)
    library = type(result).__module__.split(".")[0]
    if library in _ADAPTERS_WITH_DATA or is_learner(result):
        if library in _ADAPTERS_WITH_DATA:
            import_module(_ADAPTERS_WITH_DATA[library]).refuse_model(result, role)
        msg = (
            f"The {role} model is a {type(result).__qualname__} of {library}, which does not keep its data. "
            "Pass pymediation.with_data(model, data, ...) in its place."
        )
        raise UnsupportedModelError(msg)
    if _keeps_data(result):
        adapter = _ADAPTERS.get(type(result).__module__, _ADAPTERS[library])
        fitted: FittedModel = import_module(adapter).adapt(result, role, follow)
        return fitted
    if library in _ADAPTERS and hasattr(result, "fit") and not isinstance(result, type):
        msg = (
            f"The {role} model is an unfitted {type(result).__qualname__}: pass what its .fit() returns, "
            "such as smf.ols('m ~ t', data=d).fit()."
        )
        raise UnsupportedModelError(msg)
    raise UnsupportedModelError(f"The {role} model {_what_it_is(result)}. {_ACCEPTED}.")


def _adapt_with_data(result: ModelWithData, role: Role, follow: tuple[str, ...]) -> FittedModel:
    """Read a fitted model whose data came beside it."""
    library = type(result.model).__module__.split(".")[0]
    adapter = _ADAPTERS_WITH_DATA.get(library, _LEARNERS if is_learner(result.model) else None)
    if _keeps_data(result.model):
        msg = (
            f"The {role} model, given by with_data(), is a fit of {library}, which keeps its data. Pass the "
            "model itself, without with_data()."
        )
        raise UnsupportedModelError(msg)
    if adapter is None:
        msg = f"The {role} model, given by with_data(), {_what_it_is(result.model)}. {_ACCEPTED}."
        raise UnsupportedModelError(msg)
    fitted: FittedModel = import_module(adapter).adapt(result, role, follow)
    return fitted


def _keeps_data(result: object) -> bool:
    """Whether this is a fitted object that has what it was fitted to."""
    fitted = hasattr(result, "rows") or (hasattr(result, "params") and hasattr(result, "model"))
    return fitted and type(result).__module__.split(".")[0] in _ADAPTERS


def _what_it_is(result: object) -> str:
    """Say what was given in the place of a fitted model."""
    if result is None or isinstance(result, str):
        return f"is {result!r}, not a fitted model"
    name = type(result).__qualname__
    if type(result).__module__.split(".")[0] in _ADAPTERS and hasattr(result, "fit"):
        return f"is an unfitted {name}: pass what its .fit() returns"
    if isinstance(result, type) or callable(result):
        return f"is {getattr(result, '__qualname__', name)} itself, not a fitted model"
    library = type(result).__module__.split(".")[0]
    return f"is a {name}{'' if library == 'builtins' else f' of {library}'}, which is not supported"


def data_of(source: object) -> pd.DataFrame | None:
    """Return the data frame that a model was fitted to, if the fitted object keeps it.

    Parameters
    ----------
    source : object
        A fitted object that `adapt` has read.
    """
    if isinstance(source, ModelWithData):
        return source.data
    model = getattr(source, "model", None)
    dialect = getattr(source, "rows", getattr(model, "model_frame", None))
    kept = getattr(dialect, "data", None)
    frame = getattr(getattr(model, "data", None), "frame", None) if kept is None else kept
    return frame if isinstance(frame, pd.DataFrame) else None


def rows_of_data(source: object) -> int | None:
    """Return the number of rows of the data that a model was fitted to, unused ones included.

    Parameters
    ----------
    source : object
        A fitted object that `adapt` has read.
    """
    data = data_of(source)
    if data is not None:
        return len(data)
    model = getattr(source, "model", None)
    dialect = getattr(model, "model_frame", None)
    if dialect is not None:
        return len(dialect.positions) + dialect.n_missing
    missing = getattr(getattr(model, "data", None), "missing_row_idx", None)
    return None if missing is None else len(missing) + int(getattr(model, "nobs", 0))
