"""From fitted objects of other libraries to :class:`~pymediation.fitted.FittedModel`.

Each library has a module with one function, ``adapt(result, role, follow)``, imported when the first object
of that library is met.
"""

from __future__ import annotations

from importlib import import_module

from pymediation.errors import UnsupportedModelError
from pymediation.fitted import FittedModel, Role

__all__ = ["adapt"]

# Top-level module of the fitted object's class -> module that adapts it.
_ADAPTERS = {
    "statsmodels": "pymediation.adapters.statsmodels",
    "pymediation": "pymediation.adapters.statsmodels",
}

_UNFITTED_ADVICE = "pass the fitted result, that is model.fit(), not the model"


def adapt(result: object, role: Role, follow: tuple[str, ...] = ()) -> FittedModel:
    """Read a fitted model into the form the engine uses.

    Parameters
    ----------
    result : object
        A fitted statsmodels result (OLS, WLS, GLM, Logit, Probit, Poisson), from a formula or from a named
        DataFrame of regressors, or a fit of :mod:`pymediation.r`.
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
    if isinstance(result, str) or result is None:
        msg = f"The {role} model must be a fitted model, such as smf.ols(...).fit(); got {result!r}."
        raise UnsupportedModelError(msg)
    library = type(result).__module__.split(".")[0]
    if library not in _ADAPTERS:
        given = f"{type(result).__module__}.{type(result).__qualname__}"
        msg = f"The {role} model is a {given}; supported are fitted models of: statsmodels, pymediation.r."
        raise UnsupportedModelError(msg)
    if not hasattr(result, "params") and hasattr(result, "fit"):
        msg = f"The {role} model is an unfitted {type(result).__qualname__}: {_UNFITTED_ADVICE}."
        raise UnsupportedModelError(msg)
    fitted: FittedModel = import_module(_ADAPTERS[library]).adapt(result, role, follow)
    return fitted
