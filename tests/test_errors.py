"""What is refused, by which exception, and what the message must say."""

from __future__ import annotations

import inspect

import pytest
from refusals.arguments import COVARIATES, GROUPS, OPTIONS, VALUES
from refusals.models import ESTIMABLE, MODELS
from refusals.pairs import NAMES, PAIRS, ROLES

import pymediation as pm
from pymediation.errors import (
    ArgumentError,
    ArgumentTypeError,
    DataMismatchError,
    NotEstimableError,
    PymediationError,
    UnknownArgumentError,
    UnknownAttributeError,
    UnknownNameError,
    UnknownPositionError,
    UnsupportedModelError,
)

TABLES = {
    "names": NAMES,
    "roles": ROLES,
    "pairs": PAIRS,
    "models": MODELS,
    "estimable": ESTIMABLE,
    "values": VALUES,
    "covariates": COVARIATES,
    "groups": GROUPS,
    "options": OPTIONS,
}
CASES = {f"{table}: {name}": case for table, cases in TABLES.items() for name, case in cases.items()}


@pytest.mark.parametrize("name", CASES)
def test_refusal_names_the_culprit(name: str) -> None:
    call, error, words = CASES[name]
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    message = caught.value.message
    for word in words:
        assert word in message
    assert "np.float64(" not in message
    assert message.endswith((".", "?"))
    assert str(caught.value) == f"{message}\nSee docs/errors.md#{error.__name__.lower()}."
    assert "docs/errors.md" not in message  # also where it quotes another


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (ArgumentError, ValueError),
        (ArgumentTypeError, TypeError),
        (UnknownArgumentError, TypeError),
        (UnknownNameError, KeyError),
        (UnknownAttributeError, AttributeError),
        (UnknownPositionError, IndexError),
        (DataMismatchError, ValueError),
        (NotEstimableError, ValueError),
        (UnsupportedModelError, TypeError),
    ],
)
def test_errors_are_also_the_built_in_ones(error: type[Exception], builtin: type[Exception]) -> None:
    assert issubclass(error, builtin)
    assert issubclass(error, PymediationError)


def test_every_argument_has_a_refusal() -> None:
    silent = {"model_m", "model_y", "outcome", "control", "group_out", "unknown"}  # warned about, or above
    shown = " ".join([*OPTIONS, *VALUES, *GROUPS, *COVARIATES, *NAMES]) + " ".join(
        word for _, _, words in CASES.values() for word in words
    )
    for argument in set(inspect.signature(pm.mediate).parameters) - silent:
        assert argument in shown, argument
