"""Linear and generalised linear models with coefficients that vary between groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import numpy as np

from pymediation.engine.mediators import law_of
from pymediation.errors import UnsupportedModelError
from pymediation.families import Family, get_family
from pymediation.fits.mixed import MixedEstimates
from pymediation.fits.mixed_rows import fit_mixed
from pymediation.kinds.base import (
    CoefficientLaw,
    Counts,
    Drawn,
    ModelKind,
    Refitted,
    all_coefficients,
)
from pymediation.rows import ModelRows

__all__ = ["fitted_mixed_kind", "mixed_kind"]

# Their distributions are known but for the residual standard deviation, which the fit has.
_DRAWN = ("gaussian", "binomial", "poisson")


def mixed_kind(family: Family, fit: Callable[[ModelRows], MixedEstimates] | None = None) -> ModelKind:
    """Return the kind of a mixed model with one grouping factor.

    Parameters
    ----------
    family : Family
        Distribution of the response given the coefficients of its group.
    fit : callable, optional
        ``fit(rows)``; None for estimates that were made elsewhere.
    """
    gaussian = family.name == "gaussian"
    linear = gaussian and family.link.name == "identity"
    law = law_of(family) if family.name in _DRAWN else None
    return ModelKind(
        name="mixed linear" if linear else f"mixed glm ({family.name}, {family.link.name})",
        fit=_no_fit if fit is None else fit,
        refit=_no_refit,
        scale=family.link,
        centre=family.link,
        law=None if law is None else lambda rows: law,
        parameter=lambda rows, found: np.asarray(found.sigma),
        coefficients=lambda rows, found, choice: CoefficientLaw(found.coef, found.cov),
        split=all_coefficients,
        one_set=linear,
        binary=family.name == "binomial",
        gaussian=gaussian,
        mean="real" if gaussian else "positive",
        robust="its groups are part of the model, whose own covariance is used",
        grouped=True,
    )


def fitted_mixed_kind(family: Family | None, *, reml: bool = True) -> ModelKind:
    """Return the kind of a mixed model that is fitted here.

    Parameters
    ----------
    family : Family or None
        None for a linear model.
    reml : bool
        Whether a linear one is fitted by restricted maximum likelihood.
    """
    law = get_family("gaussian", "identity") if family is None else family
    return mixed_kind(law, lambda rows: fit_mixed(rows, family, reml=reml))


def _no_fit(rows: ModelRows) -> NoReturn:
    """Refuse to fit again what was fitted elsewhere."""
    msg = (
        "A MixedFit holds estimates that were made elsewhere, so that it cannot be refitted to other rows, "
        "as dropobs=True asks for. Fit both models to the same complete rows."
    )
    raise UnsupportedModelError(msg)


def _no_refit(rows: ModelRows, counts: Counts, drawn: Drawn) -> Refitted:  # pragma: no cover - refused before
    """Refuse resamples of rows."""
    raise NotImplementedError
