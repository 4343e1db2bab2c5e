"""The functions that are timed: how each is called here and in R, and which of its numbers are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from studies import SEED, Study

__all__ = ["IVMEDIATE", "MEDIATE", "MEDSENS", "MULTIMED", "Effect", "Task", "numbers_of"]

Numbers = dict[str, NDArray[np.float64]]
Run = Callable[[Any, int, Any, dict[str, Any]], Any]
# Arguments that R does not have.
OURS_ALONE = ("n_jobs", "progress", "compat")


@dataclass(frozen=True, slots=True)
class Effect:
    """An estimate, and the ends of its interval, as R names them: one name for both ends, or two."""

    estimate: str
    ends: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """A function of the package.

    Attributes
    ----------
    prepare : callable
        ``prepare(study)`` makes what `run` takes; not timed.
    run : callable
        ``run(prepared, sims, rng, options)`` is what is timed.
    r_prepare, r_call : callable
        The same in R, for fitted models ``m1``, ``m2``, ``m3`` of data ``d``; the latter is
        ``r_call(study, sims, options)``.
    effects : tuple of Effect
    """

    prepare: Callable[[Study], Any]
    run: Run
    r_prepare: Callable[[Study], str]
    r_call: Callable[[Study, int, Mapping[str, Any]], str]
    effects: tuple[Effect, ...]


def numbers_of(result: Any, task: Task) -> Numbers:
    """Return the numbers of a result that are compared, flat, by R's names."""
    names = {name for effect in task.effects for name in (effect.estimate, *effect.ends)}
    found = {name: result[name.replace(".", "_")] for name in names}
    given = {name: value for name, value in found.items() if value is not None}
    return {name: np.ravel(np.asarray(value, dtype=float)) for name, value in given.items()}


def r_value(value: Any) -> str:
    """Return a value in R's words."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, list):
        return f"c({', '.join(map(r_value, value))})"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _r_call(function: str, given: list[str], options: Mapping[str, Any]) -> str:
    """Return a call in R's words; names of options have dots for underscores."""
    named = [
        f"{name.replace('_', '.')} = {r_value(value)}"
        for name, value in options.items()
        if name not in OURS_ALONE
    ]
    return f"{function}({', '.join([*given, *named])})"


def _mediate(study: Study, sims: int, rng: Any, options: dict[str, Any]) -> Any:
    """Analyse two models."""
    from pymediation import mediate

    return mediate(*study.models, treat=study.treat, mediator=study.mediator, sims=sims, rng=rng, **options)


def _r_mediate(study: Study, sims: int, options: Mapping[str, Any]) -> str:
    """Return the same call in R's words."""
    names = {"treat": study.treat, "mediator": study.mediator, "sims": sims}
    return _r_call("mediate", ["m1", "m2"], names | dict(options))


def _mediated(study: Study) -> Any:
    """Return a short analysis, whose models a sensitivity analysis reads."""
    from pymediation import RStream

    return _mediate(study, 10, RStream(SEED), {})


def _medsens(result: Any, sims: int, rng: Any, options: dict[str, Any]) -> Any:
    """Analyse the sensitivity of a result."""
    from pymediation import medsens

    return medsens(result, sims=sims, rng=rng, **options)


def _r_medsens(_study: Study, sims: int, options: Mapping[str, Any]) -> str:
    """Return the same call in R's words."""
    return _r_call("medsens", ["prepared"], {"sims": sims} | dict(options))


def _multimed(study: Study, sims: int, rng: Any, options: dict[str, Any]) -> Any:
    """Analyse two mechanisms of the JSS paper's first example."""
    from pymediation import multimed

    return multimed("immigr", "emo", "p_harm", "treat", data=study.data, sims=sims, rng=rng, **options)


def _r_multimed(_study: Study, sims: int, options: Mapping[str, Any]) -> str:
    """Return the same call in R's words."""
    given = ['"immigr"', '"emo"', '"p_harm"', '"treat"', "data = d"]
    return _r_call("multimed", given, {"sims": sims} | dict(options))


def _ivmediate(study: Study, sims: int, rng: Any, options: dict[str, Any]) -> Any:
    """Analyse three models of treatment noncompliance."""
    from pymediation import ivmediate

    names: dict[str, Any] = {"enc": "treat", "treat": study.treat, "mediator": study.mediator}
    return ivmediate(*study.models, sims=sims, boot=False, rng=rng, **names, **options)


def _r_ivmediate(study: Study, sims: int, options: Mapping[str, Any]) -> str:
    """Return the same call in R's words."""
    names = {"enc": "treat", "treat": study.treat, "mediator": study.mediator, "sims": sims, "boot": False}
    return _r_call("ivmediate", ["m1", "m2", "m3"], names | dict(options))


def _as_it_is(study: Study) -> Study:
    """Prepare nothing."""
    return study


def _nothing(_study: Study) -> str:
    """Prepare nothing in R."""
    return ""


_OF_MEDIATE = tuple(
    Effect(name, (f"{name.removesuffix('.coef')}.ci",))
    for name in ("d0", "d1", "d.avg", "z0", "z1", "z.avg", "tau.coef", "n0", "n1", "n.avg")
)
_OF_MULTIMED = tuple(
    Effect(f"{name}.{bound}", (f"{name}.ci",))
    for name in ("d0", "d1", "d.ave", "z0", "z1", "z.ave")
    for bound in ("lb", "ub")
)
MEDIATE = Task(_as_it_is, _mediate, _nothing, _r_mediate, _OF_MEDIATE)
MEDSENS = Task(
    _mediated,
    _medsens,
    lambda study: f"prepared <- {_r_mediate(study, 10, {})}",
    _r_medsens,
    tuple(Effect(name, (f"lower.{name}", f"upper.{name}")) for name in ("d0", "d1", "z0", "z1")),
)
MULTIMED = Task(_as_it_is, _multimed, _nothing, _r_multimed, (*_OF_MULTIMED, Effect("tau", ("tau.ci",))))
IVMEDIATE = Task(
    _as_it_is,
    _ivmediate,
    _nothing,
    _r_ivmediate,
    tuple(Effect(name, (f"{name}.ci",)) for name in ("dc1", "dc0", "zc1", "zc0", "tauc")),
)
