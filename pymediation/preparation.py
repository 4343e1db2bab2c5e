"""Two fitted models and the request of a call, made ready for estimation; everything is checked here."""

from __future__ import annotations

from typing import Any

from pymediation.adapters import adapt
from pymediation.compat import CompatLedger
from pymediation.setting.checks import check_models, suited_to
from pymediation.setting.contrast import fixed_columns, read_contrast
from pymediation.setting.control import with_control
from pymediation.setting.counterfactual import Scenario
from pymediation.setting.grouped_pairing import has_groups, pair_grouped
from pymediation.setting.outcome_scale import on_scale
from pymediation.setting.pairing import Pair, pair_models
from pymediation.setting.request import Request
from pymediation.setting.roles import read_roles
from pymediation.setting.settings import Settings, read_settings
from pymediation.setting.units import column_value

__all__ = ["prepare"]


def prepare(
    model_m: Any, model_y: Any, request: Request, ledger: CompatLedger
) -> tuple[Request, Pair, Scenario, Settings]:
    """Read the models and check everything that depends on them."""
    names = (request.treat, request.mediator, request.control)
    follow = tuple(name for name in names if isinstance(name, str))
    given_m, given_y = adapt(model_m, "mediator", follow), adapt(model_y, "outcome", follow)
    given_y = on_scale(given_y, request.outcome_scale)
    request = suited_to(request, given_m, given_y)
    if has_groups(given_m, given_y):
        pair: Pair = pair_grouped(given_m, given_y, dropobs=request.dropobs, group_out=request.group_out)
    else:
        pair = pair_models(given_m, given_y, dropobs=request.dropobs)
    pair, treat, mediator = read_roles(pair, request.treat, request.mediator, ledger)
    control_value, treat_value = (
        column_value(pair.outcome, str(request.treat), treat, value)
        for value in (request.control_value, request.treat_value)
    )
    contrast = read_contrast(pair, treat, mediator, control_value, treat_value, ledger)
    contrast = with_control(contrast, pair.outcome, request.control)
    fixed = fixed_columns(request.covariates, pair, contrast, ledger)
    check_models(pair, contrast, boot=request.boot)
    setting = Scenario(contrast, fixed, simulated=not request.boot, ledger=ledger)
    return request, pair, setting, read_settings(request, pair, ledger)
