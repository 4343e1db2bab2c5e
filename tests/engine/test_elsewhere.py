"""Workers in other processes change nothing: neither the numbers nor where the stream stands afterwards."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import tqdm.auto
from engine.cases import fitted, small_data
from engine.plain import Regression

import pymediation as pm
import pymediation.r as R
from pymediation import inference
from pymediation.engine import blocks, quasi_bayes, replicates, resamples
from pymediation.engine.blocks import Running, run_blocks
from pymediation.engine.elsewhere import backend_elsewhere, packed
from pymediation.errors import PymediationWarning
from pymediation.streams import NumPyStream

N, SIMS = 90, 24
MODELS = {
    "lm, lm": (Regression("m ~ t + x"), Regression("y ~ t * m + g")),
    "lm, probit": (Regression("m ~ t + x"), Regression("y_binary ~ t + m + x", "binomial", "probit")),
    "logit, lm": (Regression("m_binary ~ t + x", "binomial", "logit"), Regression("y ~ t * m_binary + x")),
    "curve": (
        Regression("m ~ t + x"), Regression("y ~ t * np.exp(m) + bs(m, df=4, lower_bound=-9, upper_bound=9)")
    ),
    "Gamma, lm": (Regression("m_positive ~ t + x", "Gamma", "log"), Regression("y ~ t * m_positive")),
}  # fmt: skip
ORDERED, QUANTILES = "ordered, lm", "quantiles"


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut so little work into blocks at all."""
    monkeypatch.setattr(quasi_bayes, "_BLOCK_CELLS", 1)
    monkeypatch.setattr(replicates, "_BLOCK_CELLS", 5 * N)
    monkeypatch.setattr(resamples, "_FEWEST_REPLICATES", 1)


@contextmanager
def processes() -> Iterator[None]:
    """Configure joblib with two processes."""
    with joblib.parallel_config(backend="loky", n_jobs=2):
        yield


@contextmanager
def dask() -> Iterator[None]:
    """Configure joblib with the cluster that there is."""
    with joblib.parallel_config(backend="dask"):
        yield


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two workers of Dask on this machine."""
    distributed = pytest.importorskip("distributed")
    from dask import config

    quiet = {"distributed.worker.daemon": True, "distributed.logging.distributed": "critical"}
    with (
        config.set(quiet),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as local,
        distributed.Client(local) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def ray_cluster() -> Iterator[None]:
    """Two workers of Ray on this machine."""
    ray = pytest.importorskip("ray")
    from joblib import pool
    from ray.util.joblib import register_ray

    bases = pool.PicklingPool.__bases__  # which the backend puts another class into
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    register_ray()
    yield
    ray.shutdown()
    pool.PicklingPool.__bases__ = bases


def models_of(name: str, data: pd.DataFrame) -> tuple[Any, Any, str]:
    """Return both fits and the name of the mediator."""
    if name == ORDERED:
        data["grade"] = pd.cut(data["m"], [-np.inf, 0.0, 1.0, np.inf], labels=["low", "mid", "high"])
        return R.polr("grade ~ t + x", data), R.lm("y ~ t + grade + x", data), "grade"
    if name == QUANTILES:
        return R.rq("m ~ t + x", data=data), R.rq("y ~ t + m + x", data=data), "m"
    mediator, outcome = MODELS[name]
    return fitted(mediator, data), fitted(outcome, data), mediator.response


def run(name: str, boot: bool, stream: Any, **options: Any) -> tuple[np.ndarray, float]:
    """Return all draws and a number that tells where the stream stands."""
    mediator, outcome, mediates = models_of(name, small_data(N))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PymediationWarning)
        warnings.filterwarnings("error", "A part of this analysis cannot be sent")
        result = pm.mediate(
            mediator, outcome, SIMS, boot=boot, treat="t", mediator=mediates, rng=stream, **options
        )
    draws = np.array([result[f"{effect}_sims"] for effect in ("d1", "d0", "z1", "z0")])
    return draws, float(stream.uniform()[0])


def check_same(name: str, boot: bool, make_stream: Callable[[int], Any], there: Any, **options: Any) -> None:
    """Require the numbers of a run in this process."""
    draws, position = run(name, boot, make_stream(5), **options)
    with there:
        assert backend_elsewhere()
        others, other_position = run(name, boot, make_stream(5), **options)
    np.testing.assert_array_equal(others, draws)
    assert other_position == position


both_streams = pytest.mark.parametrize("make_stream", [pm.RStream, NumPyStream])
every_case = pytest.mark.parametrize(
    ("name", "boot"),
    [(name, boot) for name in (*MODELS, ORDERED) for boot in (False, True)] + [(QUANTILES, True)],
)


@both_streams
@every_case
def test_processes_change_nothing(name: str, boot: bool, make_stream: Any) -> None:
    check_same(name, boot, make_stream, processes())


@both_streams
@every_case
def test_a_cluster_changes_nothing(name: str, boot: bool, make_stream: Any, cluster: Any) -> None:
    check_same(name, boot, make_stream, dask())


@pytest.mark.filterwarnings("ignore::FutureWarning:ray")
@pytest.mark.parametrize(("name", "boot"), [("lm, lm", False), ("lm, probit", True)])
def test_a_cluster_of_ray_changes_nothing(name: str, boot: bool, ray_cluster: None) -> None:
    check_same(name, boot, pm.RStream, joblib.parallel_config(backend="ray"))


def test_jackknife_intervals_on_a_cluster(cluster: Any) -> None:
    check_same("lm, lm", True, pm.RStream, dask(), boot_ci_type="bca")


def test_a_worker_is_killed_on_the_way(cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draws, _ = run("lm, probit", True, pm.RStream(5))
    marker, real = str(tmp_path / "killed"), inference.refitter_of

    def killing(pair: Any) -> Any:
        refit = real(pair)

        def once(counts: Any, drawn: Any) -> Any:
            if not os.path.exists(marker):
                with open(marker, "w"):
                    os.kill(os.getpid(), signal.SIGKILL)
            return refit(counts, drawn)

        return once

    monkeypatch.setattr(inference, "refitter_of", killing)
    with dask():
        others, _ = run("lm, probit", True, pm.RStream(5))
    assert Path(marker).exists()
    np.testing.assert_array_equal(others, draws)


def test_learners_run_on_the_workers() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    data = small_data(N)
    mediator, outcome = (
        pm.with_data(linear_model.LinearRegression().fit(data[columns], data[response]), data, response)
        for response, columns in (("m", ["t", "x"]), ("y", ["t", "m", "x"]))
    )
    names = {"treat": "t", "mediator": "m", "boot": True}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PymediationWarning)
        here = pm.mediate(mediator, outcome, 6, rng=pm.RStream(5), **names)
        with processes():
            there = pm.mediate(mediator, outcome, 6, rng=pm.RStream(5), **names)
    np.testing.assert_array_equal(there.d1_sims, here.d1_sims)


def test_what_cannot_travel_is_done_here_and_said() -> None:
    lock = threading.Lock()  # of this process alone

    def task(which: slice) -> int:
        with lock:
            return which.start

    outcomes = run_blocks(numbered(5), task, Running(1, progress=False), total=5, unit="rows")
    with processes(), pytest.warns(PymediationWarning, match="cannot be sent to other processes"):
        assert list(outcomes) == list(range(5))


def test_tasks_do_not_carry_fitted_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []

    def recorded(thing: object) -> bytes:
        sent.append(packed(thing))
        return sent[-1]

    monkeypatch.setattr(blocks, "packed", recorded)
    with processes():
        for name in ("curve", "lm, probit", ORDERED):
            run(name, True, pm.RStream(5))
    assert sent
    assert not any(b"statsmodels" in part for part in sent)


def test_all_workers_are_used_unless_a_number_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int | None] = []

    class Recorded(joblib.Parallel):
        def __init__(self, n_jobs: int | None, prefer: str) -> None:
            asked.append(n_jobs)
            super().__init__(n_jobs=1)

    monkeypatch.setattr(joblib, "Parallel", Recorded)
    for configured, n_jobs in (({}, 1), ({"n_jobs": 3}, 1), ({"n_jobs": 3}, 2)):
        with joblib.parallel_config(backend="loky", **configured):
            list(run_blocks(numbered(2), lambda which: 0, Running(n_jobs, progress=False), total=2, unit="x"))
    assert asked == [-1, 3, 2]


def test_an_analysis_keeps_its_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    pools: list[str] = []

    class Recorded(joblib.Parallel):
        def __enter__(self) -> Any:
            pools.append("opened")
            return super().__enter__()

        def __exit__(self, *reason: Any) -> None:
            pools.append("closed")
            super().__exit__(*reason)

    monkeypatch.setattr(joblib, "Parallel", Recorded)
    with processes():
        for _ in range(2):
            run("lm, probit", True, pm.RStream(5))  # refits, then evaluations
    assert pools == ["opened", "closed"] * 2


@both_streams
def test_long_paths_of_quantiles_are_left_to_processes(
    make_stream: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []

    class Recorded(joblib.Parallel):
        def __enter__(self) -> Any:
            used.append(type(self._backend).__name__)
            return super().__enter__()

    monkeypatch.setattr(joblib, "Parallel", Recorded)
    draws, position = run(QUANTILES, True, make_stream(5), n_jobs=2)
    assert used == []  # a short one
    monkeypatch.setattr(replicates, "_LONG_PATHS", 0)
    run(QUANTILES, True, make_stream(5))
    assert used == []  # of one job
    others, other_position = run(QUANTILES, True, make_stream(5), n_jobs=2)
    with joblib.parallel_config(backend="threading"):
        run(QUANTILES, True, make_stream(5), n_jobs=2)
    assert used == ["LokyBackend", "ThreadingBackend"]
    np.testing.assert_array_equal(others, draws)
    assert other_position == position


@pytest.mark.parametrize(("boot", "totals"), [(False, [N]), (True, [SIMS, SIMS])])
def test_progress_counts_what_workers_have_done(
    boot: bool, totals: list[int], cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[list[float]] = []

    class Bar(tqdm.auto.tqdm):
        def __init__(self, *args: Any, **options: Any) -> None:
            counted.append([])
            super().__init__(*args, **options)

        def update(self, n: float | None = 1) -> bool | None:
            counted[-1].append(n or 0)
            return super().update(n)

    monkeypatch.setattr(tqdm.auto, "tqdm", Bar)
    with dask():
        run("lm, probit", boot, pm.RStream(5), progress=True)
    assert [sum(steps) for steps in counted] == totals
    assert min(len(steps) for steps in counted) > 1  # bars move on the way


def numbered(count: int) -> Iterator[tuple[slice]]:
    """Yield blocks of one each."""
    for start in range(count):
        yield (slice(start, start + 1),)


def test_an_error_of_a_worker_is_raised_here() -> None:
    def task(which: slice) -> float:
        return 1 / (which.start - 3)

    outcomes = run_blocks(numbered(5), task, Running(1, progress=False), total=5, unit="rows")
    with processes(), pytest.raises(ZeroDivisionError):
        list(outcomes)


def test_blocks_are_drawn_in_order_and_few_are_ahead() -> None:
    drawn: list[int] = []

    def work() -> Iterator[tuple[slice]]:
        for block in numbered(24):
            drawn.append(block[0].start)
            yield block

    with processes():
        outcomes = run_blocks(
            work(), lambda which: which.start, Running(1, progress=False), total=24, unit="rows"
        )
        for k, outcome in enumerate(outcomes):
            assert outcome == k
            assert len(drawn) <= k + 9
    assert drawn == list(range(24))


def test_threads_are_not_elsewhere() -> None:
    assert not backend_elsewhere()
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert not backend_elsewhere()
    with joblib.parallel_config(n_jobs=2):
        assert not backend_elsewhere()
