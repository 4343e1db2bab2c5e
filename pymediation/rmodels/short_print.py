"""What R prints of a fit of ``lm`` or ``glm`` that is not summarised: its call and its coefficients."""

from __future__ import annotations

import numpy as np

from pymediation.report.numbers import format_numbers
from pymediation.rmodels.likelihood import akaike
from pymediation.rmodels.printing import missing_lines, named_lines, significant
from pymediation.rmodels.view import FitView, null_deviance

__all__ = ["short_text"]

_DIGITS = 4  # three fewer than R's option `digits`, which is 7


def short_text(view: FitView) -> str:
    """Return R's text of ``print(fit)``.

    Parameters
    ----------
    view : FitView

    Returns
    -------
    str
    """
    call = ["Call:", view.call] if view.linear else [f"Call:  {view.call}"]
    lines = ["", *call, "", *_coefficient_lines(view), ""]
    return "\n".join(lines if view.linear else [*lines, *_deviance_lines(view)])


def _coefficient_lines(view: FitView) -> list[str]:
    """Write the coefficients, NA where one could not be estimated."""
    texts = format_numbers(view.fit.coef, _DIGITS, na=view.fit.aliased)
    return ["Coefficients:", *named_lines(view.names, texts, gap=2)]


def _deviance_lines(view: FitView) -> list[str]:
    """Write degrees of freedom, deviances and Akaike's criterion of a generalised linear model."""
    total = int(np.count_nonzero(view.prior_weights)) - view.intercept
    null, residual, aic = (
        "NA" if np.isnan(value) else format_numbers([significant(value, _DIGITS)])[0]
        for value in (null_deviance(view), view.fit.deviance, akaike(view))
    )
    return [
        f"Degrees of Freedom: {total} Total (i.e. Null);  {view.fit.df_residual} Residual",
        *missing_lines(view.n_missing, "  "),
        f"Null Deviance:\t    {null} ",
        f"Residual Deviance: {residual} \tAIC: {aic}",
    ]
