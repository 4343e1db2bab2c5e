"""Time one workload with each of the tools: the package, R and other packages."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from agreement import from_fits, from_recorded, from_run
from rside import r_package, timed_in_r
from studies import SEED, Study
from timing import in_use_mb, peak_mb, times_of, unit_seconds
from workloads import Workload

__all__ = ["TOOLS", "measure_case"]


def measure_case(case: Workload, tool: str) -> dict[str, Any]:
    """Time a workload with one of the tools; what fails is reported, not raised."""
    record: dict[str, Any] = {"tool": tool, "ok": True, "error": "", "draws": case.sims}
    unit = unit_seconds(case.n * case.sims)
    try:
        study = case.study()
        record["base_mb"] = in_use_mb()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            record |= TOOLS[tool](case, study)
        # The speed of a shared machine drifts; a unit from either side of the runs follows it.
        unit = (unit + unit_seconds(case.n * case.sims)) / 2
        record["units"] = record["seconds"] / unit
    except Exception as error:  # a failing peer is a result
        record |= {"ok": False, "error": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
    return record


def _timed(call: Callable[[], object], runs: int, draws: int, sims: int) -> dict[str, Any]:
    """Time a call with some draws, scaled to all."""
    processor, clock = times_of(call, runs)
    scale = sims / draws
    return {
        "seconds": processor * scale,
        "clock": clock * scale,
        "draws": draws,
        "runs": runs,
        "peak_mb": peak_mb(),
    }


def _ours(case: Workload, study: Study) -> dict[str, Any]:
    """Time the package on R's stream, then tell how far it is from recorded numbers of R."""
    from pymediation import RStream

    prepared = case.task.prepare(study)

    def call() -> None:
        case.task.run(prepared, case.sims, RStream(SEED), case.options)

    if case.runs > 1:
        call()  # what the first call imports and builds is not the workload
    timed = _timed(call, case.runs, case.sims, case.sims)
    if case.options.get("n_jobs", 1) > 1:  # the processor time of other processes is not this one's
        timed["seconds"] = timed["clock"]
    return timed | {
        "effects_apart": from_recorded(case),
        "effects_with": _recorded_words(case),
        "fits_apart": from_fits(case, study),
    }


def _recorded_words(case: Workload) -> str:
    """Tell what run of R the effects were compared with."""
    if case.recorded is None:
        return ""
    return f"{'same models' if case.recorded.same else 'same kinds'}, {case.recorded.sims} draws"


def _r(case: Workload, study: Study) -> dict[str, Any]:
    """Time R's own package, and tell how far its numbers are from ours with as many draws."""
    record = timed_in_r(case, study)
    apart = from_run(case, study, record.pop("numbers"), record["draws"])
    words = f"this workload, {record['draws']} draws"
    return record | {"runs": 1, "effects_apart": apart, "effects_with": words, "version": r_package()}


def _statsmodels(case: Workload, study: Study) -> dict[str, Any]:
    """Time statsmodels' own class with few draws."""
    from statsmodels.stats.mediation import Mediation

    method = "bootstrap" if case.options.get("boot") else "parametric"
    med, out = study.models
    peer = Mediation(out.model, med.model, study.treat, study.mediator)
    few = case.statsmodels or case.sims
    return _timed(lambda: peer.fit(method=method, n_rep=few), 1, few, case.sims)


def _pingouin(case: Workload, study: Study) -> dict[str, Any]:
    """Time pingouin's bootstrap of two linear models without interaction."""
    from pingouin import mediation_analysis

    covariates = [name for name in study.data if str(name).startswith("x")]
    few = case.pingouin or case.sims
    names = {"x": study.treat, "m": study.mediator, "y": study.models[1].model.endog_names}

    def call() -> None:
        mediation_analysis(study.data, **names, covar=covariates, n_boot=few, seed=SEED)

    return _timed(call, 1, few, case.sims)


Tool = Callable[[Workload, Study], dict[str, Any]]
TOOLS: dict[str, Tool] = {"pymediation": _ours, "R": _r, "statsmodels": _statsmodels, "pingouin": _pingouin}
