"""Threads and block sizes change nothing: neither the draws nor where the stream stands afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tqdm.auto
from engine.cases import fitted, small_data
from engine.plain import Regression

import pymediation as pm
import pymediation.r as R
from pymediation.engine import blocks, quasi_bayes, replicates, resamples
from pymediation.engine.blocks import Running, run_blocks
from pymediation.engine.elsewhere import controller
from pymediation.errors import PymediationWarning
from pymediation.streams import NumPyStream

N, SIMS = 150, 40
# Matrix products of other shapes add in another order; effects are of order 1.
ROUNDING = 1e-13

MODELS = {
    "lm, errors cancel": (Regression("m ~ t + x"), Regression("y ~ t + m + x")),
    "lm, interaction": (Regression("m ~ t + x"), Regression("y ~ t * m + x")),
    "lm, probit": (Regression("m ~ t + x"), Regression("y_binary ~ t + m + x", "binomial", "probit")),
    "logit": (Regression("m_binary ~ t + x", "binomial", "logit"), Regression("y ~ t * m_binary + x")),
    "poisson": (Regression("m_count ~ t + x", "poisson", "log"), Regression("y ~ t + m_count + x")),
    "Gamma, square": (
        Regression("m_positive ~ t + x", "Gamma", "log"), Regression("y ~ t + m_positive + I(m_positive**2)")
    ),
}  # fmt: skip
both_methods = pytest.mark.parametrize("boot", [False, True], ids=["draws", "boot"])
every_model = pytest.mark.parametrize("models", MODELS)
both_streams = pytest.mark.parametrize("make_stream", [pm.RStream, NumPyStream])


def run(models: str, stream: Any, boot: bool, **options: Any) -> Any:
    """Return all draws, shape (4, sims), and the estimate of the ACME."""
    data = small_data(N)
    mediator, outcome = MODELS[models]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PymediationWarning)  # few draws
        result = pm.mediate(
            fitted(mediator, data),
            fitted(outcome, data),
            sims=SIMS,
            boot=boot,
            treat="t",
            mediator=mediator.response,
            rng=stream,
            **options,
        )
    return np.array([result[f"{name}_sims"] for name in ("d1", "d0", "z1", "z0")]), result.d1


def shrink(patch: pytest.MonkeyPatch) -> None:
    """Make all blocks small: several of rows, of replicates, and several passes over the indices."""
    patch.setattr(quasi_bayes, "_BLOCK_CELLS", 1)
    patch.setattr(replicates, "_BLOCK_CELLS", 7 * N)
    patch.setattr(resamples, "_BLOCK_COUNTS", 6 * N)
    patch.setattr(resamples, "_FEWEST_REPLICATES", 1)


def shrink_memory(patch: pytest.MonkeyPatch) -> None:
    """Forbid to keep the treated arm and to hold all indices or counts."""
    patch.setattr(quasi_bayes, "_KEPT_CELLS", 0)
    patch.setattr(resamples, "_HELD_INDICES", 17 * SIMS)
    patch.setattr(resamples, "_HELD_COUNTS", 9 * N)


def position(stream: Any) -> float:
    """Return a number that tells where a stream stands."""
    return float(stream.uniform()[0])


@both_methods
@every_model
@both_streams
def test_threads_change_nothing(
    models: str, boot: bool, make_stream: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrink(monkeypatch)
    streams = [make_stream(5) for _ in range(3)]
    serial, *threaded = (
        run(models, stream, boot, n_jobs=n_jobs) for stream, n_jobs in zip(streams, (1, 2, -1), strict=True)
    )
    for draws, estimate in threaded:
        np.testing.assert_array_equal(draws, serial[0])
        assert estimate == serial[1]
    assert len({position(stream) for stream in streams}) == 1


@both_methods
@every_model
@both_streams
def test_block_sizes_change_nothing(
    models: str, boot: bool, make_stream: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = [make_stream(5) for _ in range(3)]
    draws, estimate = run(models, streams[0], boot)
    for stream, change in zip(streams[1:], (shrink, shrink_memory), strict=True):
        change(monkeypatch)
        other, other_estimate = run(models, stream, boot)
        np.testing.assert_allclose(other, draws, rtol=0, atol=ROUNDING * max(1, np.abs(draws).max()))
        assert other_estimate == pytest.approx(estimate, abs=ROUNDING)
    assert len({position(stream) for stream in streams}) == 1


@both_streams
@pytest.mark.parametrize("limits", [{}, {"_HELD_INDICES": 30, "_HELD_COUNTS": 40}], ids=["held", "passes"])
def test_counts_are_those_of_the_index_matrix(
    make_stream: Any, limits: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    n, replicates, stream = 13, 11, make_stream(3)
    expected = [np.bincount(row, minlength=n) for row in make_stream(3).bootstrap_indices(n, replicates)]
    for name, value in limits.items():
        monkeypatch.setattr(resamples, name, value)
    monkeypatch.setattr(resamples, "_BLOCK_COUNTS", 2 * n)
    monkeypatch.setattr(resamples, "_FEWEST_REPLICATES", 1)
    parts = list(resamples.resample_counts(stream, n, replicates, None))
    assert [row for block, _, _ in parts for row in range(block.start, block.stop)] == list(range(replicates))
    np.testing.assert_array_equal(np.concatenate([counts for _, counts, _ in parts]), expected)
    for _, counts, drawn in parts:
        if drawn is not None:
            np.testing.assert_array_equal([np.bincount(row, minlength=n) for row in drawn], counts)
    reference = make_stream(3)
    reference.bootstrap_indices(n, replicates)
    assert position(stream) == position(reference)


def test_leave_out_counts_drop_every_row_once() -> None:
    parts = [resamples.leave_out_counts(np.arange(10), 4, slice(a, b)) for a, b in ((0, 3), (3, 4))]
    counts = np.concatenate(parts)
    np.testing.assert_array_equal(counts.sum(axis=0), np.full(10, 3))
    np.testing.assert_array_equal(np.flatnonzero(counts[1] == 0), [1, 5, 9])


class Bar(tqdm.auto.tqdm):
    """A progress bar that remembers all bars of its kind."""

    made: list[Bar] = []  # noqa: RUF012

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.closed = False
        self.steps: list[float] = []
        self.made.append(self)

    def update(self, n: float | None = 1) -> bool | None:
        self.steps.append(n or 0)
        return super().update(n)

    def close(self) -> None:
        self.closed = True
        super().close()


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> list[Bar]:
    monkeypatch.setattr(tqdm.auto, "tqdm", Bar)
    monkeypatch.setattr(Bar, "made", [])
    return Bar.made


@pytest.mark.parametrize(("boot", "totals"), [(False, [N]), (True, [SIMS, SIMS])])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_progress_counts_all_the_work(
    boot: bool, totals: list[int], n_jobs: int, bars: list[Bar], monkeypatch: pytest.MonkeyPatch
) -> None:
    shrink(monkeypatch)
    run("lm, probit", pm.RStream(5), boot, progress=True, n_jobs=n_jobs)
    assert [(bar.total, bar.n, bar.closed) for bar in bars] == [(total, total, True) for total in totals]


@pytest.mark.filterwarnings("ignore::pymediation.PymediationWarning")
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("kind", ["ordered", "quantile"])
def test_the_bar_moves_while_slow_models_are_refitted(kind: str, n_jobs: int, bars: list[Bar]) -> None:
    """The replicates of a few rows would fit into one block, and the bar would jump to its end."""
    rng, n, sims = np.random.default_rng(2), 90, 68
    data = pd.DataFrame({"t": np.tile([0.0, 1.0], n // 2), "m": rng.normal(size=n), "y": rng.normal(size=n)})
    data["grade"] = pd.cut(data["m"], [-np.inf, -0.4, 0.5, np.inf], labels=["low", "mid", "high"])
    if kind == "ordered":
        fits = R.polr("grade ~ t", data), R.lm("y ~ t + grade", data)
    else:
        fits = R.rq("m ~ t", data=data), R.rq("y ~ t + m", data=data)
    names = {"treat": "t", "mediator": "grade" if kind == "ordered" else "m"}
    pm.mediate(*fits, sims, boot=True, rng=pm.RStream(1), progress=True, n_jobs=n_jobs, **names)
    refits, evaluations = bars
    assert refits.steps == [17, 17, 17, 17]
    assert sum(evaluations.steps) == sims


def test_no_progress_bar_without_asking(capfd: pytest.CaptureFixture[str]) -> None:
    run("lm, probit", pm.RStream(5), boot=True)
    assert capfd.readouterr() == ("", "")


def slowly(seconds: float, progress: bool | None) -> None:
    """Run three blocks of which each takes a while by a clock that is made to jump."""
    blocks_of_one = ((slice(k, k + 1),) for k in range(3))
    for _ in run_blocks(blocks_of_one, lambda which: None, Running(1, progress), total=3, unit="rows"):
        blocks.time.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the clock that the bar looks at."""

    class Clock:
        now = 0.0

        @classmethod
        def monotonic(cls) -> float:
            return cls.now

    monkeypatch.setattr(blocks, "time", Clock)


@pytest.mark.usefixtures("clock")
def test_a_bar_appears_by_itself_when_work_takes_long(bars: list[Bar]) -> None:
    slowly(0.5, None)
    slowly(5.0, False)
    assert bars == []
    slowly(1.5, None)
    (bar,) = bars
    assert (bar.total, bar.steps, bar.closed) == (3, [1], True)
    assert bar.disable  # nobody is watching: this is no terminal


# Work of about a minute on two threads, and what is printed when it is interrupted.
INTERRUPTED = """
import threading, warnings
from engine.cases import fitted, small_data
from engine.plain import Regression
import pymediation as pm
data = small_data(4000)
models = [fitted(Regression(f), data) for f in ("m ~ t + x", "y ~ t + m + I(m**2) + x")]
print("ready", flush=True)
try:
    pm.mediate(*models, 20_000, treat="t", mediator="m", rng=1, n_jobs=2)
except KeyboardInterrupt:
    print("stopped", [t.name for t in threading.enumerate() if t.name.startswith("mediate")])
"""


def with_tests_on_path() -> dict[str, str]:
    """Return an environment in which other interpreters find these tests and the package under test."""
    here = [Path(__file__).resolve().parents[1], Path(pm.__file__).resolve().parents[1]]
    return os.environ | {"PYTHONPATH": os.pathsep.join([*map(str, here), *filter(None, sys.path)])}


def test_an_interrupt_from_the_keyboard_stops_soon() -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=with_tests_on_path()) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
    assert said == "stopped []\n"
    assert process.returncode == 0


def our_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("mediate")]


@pytest.mark.parametrize("place", ["drawing", "working", "consuming"])
def test_an_interrupt_leaves_no_threads_and_closes_the_bar(place: str, bars: list[Bar]) -> None:
    seen: list[int] = []

    def work() -> Iterator[tuple[slice]]:
        for start in range(50):
            if place == "drawing" and start == 20:
                raise KeyboardInterrupt
            yield (slice(start, start + 1),)

    def task(which: slice) -> int:
        if place == "working" and which.start == 20:
            raise KeyboardInterrupt
        return which.start

    def consume() -> None:
        for outcome in run_blocks(work(), task, Running(2, progress=True), total=50, unit="rows"):
            seen.append(outcome)
            if place == "consuming" and outcome == 15:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        consume()
    assert seen == list(range(len(seen)))
    assert 0 < len(seen) <= 20
    assert not our_threads()
    assert bars[0].closed


def test_outcomes_come_in_order_and_few_blocks_are_ahead() -> None:
    drawn: list[int] = []

    def work() -> Iterator[tuple[slice]]:
        for start in range(100):
            drawn.append(start)
            yield (slice(start, start + 1),)

    outcomes = run_blocks(
        work(), lambda which: which.start, Running(3, progress=False), total=100, unit="rows"
    )
    for k, outcome in enumerate(outcomes):
        assert outcome == k
        assert len(drawn) <= k + 8
    assert len(drawn) == 100


def test_blas_has_its_threads_back_afterwards() -> None:
    before = controller().info()
    with blocks.one_blas_thread():
        inside = [lib["num_threads"] for lib in controller().info() if lib["user_api"] == "blas"]
    assert all(count == 1 for count in inside)
    assert controller().info() == before
