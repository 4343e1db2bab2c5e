"""Learners averaged over other rows than their own, in one block and in several."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import pymediation as pm
from pymediation import inference, population
from pymediation.streams import NumPyStream

pytest.importorskip("sklearn")

from joblib import parallel_config
from learners.learner_cases import (
    REGRESSORS_M,
    REGRESSORS_Y,
    SIMS,
    data,
    difference,
    learner,
    ols,
    run,
)
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression

# The same sums, in another order or divided by the weight at another place.
ROUNDING = 1e-12
BLOCK = 64

D = data()
ROWS = data(200).assign(x=lambda frame: frame["x"] + 0.5)


@pytest.fixture
def short_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population, "_BLOCK_ROWS", BLOCK)


def pairs(name: str) -> tuple[Any, Any, dict[str, Any]]:
    """Return two models of which at least one is a learner, and options."""
    linear_m = learner(LinearRegression(), D, "m", REGRESSORS_M)
    grade = D.assign(k=np.digitize(D["y"], [-0.3, 0.8]))
    forest = RandomForestClassifier(3, min_samples_leaf=5)
    return {
        "both": lambda: (linear_m, learner(LinearRegression(), D, "y", REGRESSORS_Y), {}),
        "mediator": lambda: (linear_m, ols("y ~ t + m + I(m**2) + x", D), {}),
        "outcome": lambda: (ols("m ~ t + x", D), learner(LogisticRegression(), D, "c", REGRESSORS_Y), {}),
        "classes": lambda: (
            learner(LogisticRegression(), D, "b", REGRESSORS_M),
            learner(LinearRegression(), D, "y", ["t", "b", "x"]),
            {"mediator": "b"},
        ),
        "forests": lambda: (
            learner(RandomForestRegressor(3, min_samples_leaf=5), D, "m", REGRESSORS_M),
            learner(forest, grade, "k", REGRESSORS_Y),
            {},
        ),
        "weights": lambda: (
            smf.wls("m ~ t + x", D, weights=D["w"]).fit(),
            learner(LinearRegression(), D, "y", REGRESSORS_Y, weights="w"),
            {},
        ),
    }[name]()


def draws(result: Any) -> np.ndarray:
    """Return the draws of the direct and indirect effects."""
    return np.array([np.asarray(result[f"{name}_sims"]) for name in ("d0", "d1", "z0", "z1")])


@pytest.mark.parametrize("make_stream", [pm.RStream, NumPyStream])
@pytest.mark.parametrize("name", ["both", "mediator", "outcome", "classes", "forests", "weights"])
def test_the_models_own_rows_give_the_result_without_newdata(name: str, make_stream: Any) -> None:
    mediator, outcome, options = pairs(name)
    weights = {"newdata_weights": "w"} if name == "weights" else {}
    own = run(mediator, outcome, rng=make_stream(5), **options)
    given = run(mediator, outcome, rng=make_stream(5), newdata=D, **weights, **options)
    np.testing.assert_allclose(draws(given), draws(own), rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(given["d0"], own["d0"], rtol=0, atol=ROUNDING)
    assert f"Effects averaged over {len(D)} rows of newdata" in given.notes[-1]


@pytest.mark.usefixtures("short_blocks")
@pytest.mark.parametrize("weights", [{}, {"newdata_weights": "w"}])
def test_linear_learners_give_over_several_blocks_what_linear_models_give(weights: Any) -> None:
    expected = run(ols("m ~ t + x", D), ols("y ~ t + m + x", D), newdata=ROWS, **weights)
    found = run(
        ols("m ~ t + x", D), learner(LinearRegression(), D, "y", REGRESSORS_Y), newdata=ROWS, **weights
    )
    assert difference(found, expected) < ROUNDING
    assert found.d_avg == pytest.approx(expected.d_avg, abs=ROUNDING)


def coefficients(X: pd.DataFrame, y: pd.Series) -> np.ndarray:
    """Return those of least squares, the intercept first."""
    return np.linalg.lstsq(np.column_stack([np.ones(len(X)), X]), y, rcond=None)[0]


def blocks() -> list[pd.DataFrame]:
    """Return the blocks of the rows."""
    return [ROWS[start : start + BLOCK] for start in range(0, len(ROWS), BLOCK)]


@pytest.mark.usefixtures("short_blocks")
def test_order_of_random_numbers_over_blocks() -> None:
    """A generator for each replicate serves the first block, and its children those that follow."""
    found = run(*pairs("mediator")[:2], newdata=ROWS)
    stream = NumPyStream(3)
    indices = stream.bootstrap_indices(len(D), SIMS)
    noise = stream.spawn(SIMS + 2)
    for r, chosen in enumerate(indices):
        rows = D.iloc[np.sort(chosen)]
        a = coefficients(rows[REGRESSORS_M], rows["m"])
        b = coefficients(rows[["t", "m", "x"]].assign(square=rows["m"] ** 2), rows["y"])
        residuals = (rows["m"] - a[0] - rows[REGRESSORS_M] @ a[1:]).to_numpy()
        total = 0.0
        for place, block in enumerate(blocks()):
            generator = (noise[r + 1].spawn(1)[0] if place else noise[r + 1]).generator
            m0 = a[0] + a[2] * block["x"] + generator.choice(residuals, len(block))
            m1 = m0 + a[1]
            total += (b[2] * (m1 - m0) + b[4] * (m1**2 - m0**2)).sum()
        assert found.d0_sims[r] == pytest.approx(total / len(ROWS), abs=ROUNDING)


class Square(pm.MediationModel):
    """An outcome that is the square of the mediator; there is nothing to fit."""

    def fit(self, data: Any, weights: Any, rng: Any) -> Square:
        return self

    def predict(self, data: Any) -> Any:
        return data["m"].to_numpy() ** 2


@pytest.mark.usefixtures("short_blocks")
def test_order_of_r_s_random_numbers_over_blocks() -> None:
    """In each batch block by block, and in a block replicate by replicate; before and after, the original."""
    outcome = pm.with_data(Square(), D, "y", columns=["t", "m", "x"])
    found = run(ols("m ~ t + x", D), outcome, newdata=ROWS, rng=pm.RStream(3), sims=20)
    stream = pm.RStream(3)
    indices = stream.bootstrap_indices(len(D), 20)
    assert len(blocks()) > 1
    original = smf.ols("m ~ t + x", D).fit()
    stream.normal(size=len(ROWS))
    fits = [smf.ols("m ~ t + x", D.iloc[chosen]).fit() for chosen in indices]
    assert inference._HELD_REPLICATES == 16
    batches = [range(16), range(16, 20)]

    def acme(fit: Any, block: pd.DataFrame) -> float:
        error = np.sqrt(fit.scale) * stream.normal(size=len(block))
        m1, m0 = (fit.predict(block.assign(t=t)) + error for t in (1, 0))
        return float((m1**2 - m0**2).sum()) / len(ROWS)

    expected = np.zeros(20)
    for batch in batches:
        for block in blocks():
            for r in batch:
                expected[r] += acme(fits[r], block)
    np.testing.assert_allclose(found.d0_sims, expected, rtol=0, atol=1e-10)  # least squares by two routes
    assert found.d0 == pytest.approx(sum(acme(original, block) for block in blocks()), abs=1e-10)


@pytest.mark.usefixtures("short_blocks")
@pytest.mark.parametrize("name", ["outcome", "forests"])
def test_neither_jobs_nor_batches_nor_the_cut_of_the_rows_matter(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mediator, outcome, _ = pairs(name)
    expected = draws(run(mediator, outcome, newdata=ROWS))
    pieces = [ROWS[:7], ROWS[7:130], ROWS[130:]]
    np.testing.assert_array_equal(draws(run(mediator, outcome, newdata=pieces)), expected)
    np.testing.assert_array_equal(draws(run(mediator, outcome, newdata=ROWS, n_jobs=2)), expected)
    with parallel_config(backend="loky"):
        np.testing.assert_array_equal(draws(run(mediator, outcome, newdata=ROWS, n_jobs=2)), expected)
    monkeypatch.setattr(inference, "_HELD_REPLICATES", 3)
    np.testing.assert_array_equal(draws(run(mediator, outcome, newdata=ROWS)), expected)


@pytest.mark.usefixtures("short_blocks")
def test_dask_and_parquet_are_read_again(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    frame = pytest.importorskip("dask.dataframe")
    from pyarrow import dataset, parquet

    table = pa.Table.from_pandas(ROWS)
    short = {"max_rows_per_file": 70, "max_rows_per_group": 70}
    dataset.write_dataset(table, tmp_path / "files", format="parquet", **short)
    parquet.write_table(table, tmp_path / "one.parquet")
    mediator, outcome, _ = pairs("both")
    expected = draws(run(mediator, outcome, newdata=ROWS))
    for source in (
        tmp_path / "files",
        sorted((tmp_path / "files").glob("*.parquet")),
        dataset.dataset(tmp_path / "files"),
        table,
        parquet.ParquetFile(tmp_path / "one.parquet"),
        frame.from_pandas(ROWS, npartitions=3),
    ):
        np.testing.assert_array_equal(draws(run(mediator, outcome, newdata=source)), expected)


def test_an_iterator_of_one_block_is_as_good_as_a_frame() -> None:
    mediator, outcome, _ = pairs("both")
    pieces = (ROWS[start : start + 50] for start in range(0, 200, 50))
    found = run(mediator, outcome, newdata=pieces)
    np.testing.assert_array_equal(draws(found), draws(run(mediator, outcome, newdata=ROWS)))


@pytest.mark.usefixtures("short_blocks")
def test_an_iterator_of_several_blocks_is_refused() -> None:
    mediator, outcome, _ = pairs("outcome")
    with pytest.raises(
        pm.ArgumentError, match=r"more than 64 rows, .* outcome model .* a learner, .* Give a"
    ):
        run(mediator, outcome, newdata=iter([ROWS]))


class Growing:
    """Rows that become more."""

    times = 0

    def __iter__(self) -> Iterator[pd.DataFrame]:
        self.times += 1
        return iter([ROWS] * self.times)


class Spent:
    """Rows that can be read once, which does not show."""

    def __init__(self, frames: list[pd.DataFrame]) -> None:
        self.frames = iter(frames)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return self.frames


@pytest.mark.usefixtures("short_blocks")
@pytest.mark.parametrize("make", [Growing, lambda: Spent([ROWS]), lambda: Spent([ROWS[:64]] * 5)])
def test_rows_that_are_others_when_read_again_are_refused(make: Any) -> None:
    with pytest.raises(
        pm.ArgumentError, match=r"had \d+ rows or more when it was read first, and \d+ when read"
    ):
        run(*pairs("both")[:2], newdata=make())


@pytest.mark.usefixtures("short_blocks")
def test_learners_held_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "_HELD_REPLICATES", 4)
    alive = weakref.WeakSet[Any]()
    most = 0

    class Counted(Square):
        """A model that knows how many of its kind there are."""

        def fit(self, data: Any, weights: Any, rng: Any) -> Counted:
            nonlocal most
            fitted = Counted()
            alive.add(fitted)
            gc.collect()
            most = max(most, len(alive))
            return fitted

    run(ols("m ~ t + x", D), pm.with_data(Counted(), D, "y", columns=REGRESSORS_Y), newdata=ROWS, sims=40)
    assert most <= 2 * 4  # those of a batch are there while those of the next are fitted


class Seeing(Square):
    """A model that notes what it is given, and fails where it is told to."""

    def __init__(self, seen: list[Any], fails: bool = False) -> None:
        self.seen, self.fails = seen, fails

    def fit(self, data: Any, weights: Any, rng: Any) -> Seeing:
        return self

    def predict(self, data: Any) -> Any:
        if self.fails and len(data) == 4 * len(ROWS):
            raise RuntimeError("not today.")
        self.seen.append(data)
        return super().predict(data)


def test_columns_keep_order_and_type_and_may_lack_values_where_the_data_do() -> None:
    own = D.assign(size=np.float32(1.5), group=pd.Categorical(["a", None, "b"] * 50), count=3)
    rows = ROWS.assign(size=2.5, group=[None, "b"] * 100, count=np.arange(200.0))
    seen: list[Any] = []
    names = ["x", "size", "t", "m", "group", "count"]
    outcome = pm.with_data(Seeing(seen), own, "y", columns=names)
    run(ols("m ~ t + x", D), outcome, newdata=rows)
    frame = seen[-1]
    assert list(frame) == names
    pd.testing.assert_series_equal(frame.dtypes, own[names].dtypes)
    assert frame["group"].isna().sum() == 400
    with pytest.raises(pm.ArgumentError, match="'x' of newdata is missing in row 0"):
        run(ols("m ~ t", D), outcome, newdata=rows.assign(x=np.nan))
    with pytest.raises(pm.UnknownNameError, match="'group' of newdata is 'c' in row 0"):
        run(ols("m ~ t", D), outcome, newdata=rows.assign(group="c"))


def test_what_cannot_be_predicted_is_said_before_anything_is_fitted() -> None:
    outcome = pm.with_data(Seeing([], fails=True), D, "y", columns=["t", "m", "x"])
    with pytest.raises(
        pm.DataMismatchError, match=r"cannot be evaluated on the rows .* RuntimeError: not tod"
    ):
        run(ols("m ~ t + x", D), outcome, newdata=ROWS)


class Third(Square):
    """A model of which some fits fail."""

    def fit(self, data: Any, weights: Any, rng: Any) -> Third:
        if rng.random() < 0.04:
            raise RuntimeError("unlucky")
        return self

    def draw(self, treated: Any, control: Any, rng: Any) -> Any:
        error = rng.normal(size=len(treated))
        return 1 + error, error


@pytest.mark.parametrize("rows", [None, ROWS])
def test_failed_fits_are_left_out(rows: Any, short_blocks: None) -> None:
    mediator = pm.with_data(Third(), D, "m", columns=REGRESSORS_M)
    outcome = pm.with_data(Third(), D, "y", columns=REGRESSORS_Y)
    with pytest.warns(pm.PymediationWarning, match=r"of 40 bootstrap replicates failed .* RuntimeError: unl"):
        result = run(mediator, ols("y ~ t + m + x", D), newdata=rows, sims=40, rng=1)
    assert result.n_failed > 0
    with pytest.warns(pm.PymediationWarning, match=r"outcome model: RuntimeError: unlucky"):
        again = run(ols("m ~ t + x", D), outcome, newdata=rows, sims=40, rng=1)
    assert 40 - len(again.d0_sims) == again.n_failed > 0
    assert np.isfinite(again.d0_sims).all()
