"""Effects averaged over other rows than those of the models, in one pass and in bounded memory."""

from __future__ import annotations

import pickle
import tracemalloc
import warnings
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from engine.cases import fitted, small_data
from engine.plain import Regression

import pymediation as pm
import pymediation.r as R
from pymediation import population
from pymediation.adapters import adapt
from pymediation.errors import ArgumentError, ArgumentTypeError, UnknownNameError, UnsupportedModelError
from pymediation.streams import NumPyStream

N, SIMS = 130, 30
# The same sums, divided by the weight at the end or at the beginning; effects are of order 1.
ROUNDING = 1e-12

BINARY = Regression("m_binary ~ t + x", "binomial", "logit")
PAIRS = {
    "closed form": (Regression("m ~ t + x"), Regression("y ~ t + m + x")),
    "lm, lm": (Regression("m ~ t + x + g"), Regression("y ~ t * m + g * m")),
    "lm, probit": (Regression("m ~ t + x"), Regression("y_binary ~ t + m + x", "binomial", "probit")),
    "logit, lm": (BINARY, Regression("y ~ t * m_binary + x")),
    "Gamma, square": (
        Regression("m_positive ~ t + x", "Gamma", "log"), Regression("y ~ t + m_positive + I(m_positive**2)")
    ),
    "weights": (Regression("m ~ t + x", weights="w"), Regression("y ~ t * m + x", weights="w")),
}  # fmt: skip
SHARED = ("closed form", "lm, lm", "lm, probit", "weights")  # one error of the mediator serves both arms
both_methods = pytest.mark.parametrize("boot", [False, True], ids=["draws", "boot"])
both_streams = pytest.mark.parametrize("make_stream", [pm.RStream, NumPyStream])


def mediate(models: tuple[Any, Any, str], seed: Any = 5, **options: Any) -> Any:
    """Call the function with few draws and without its opinion on that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.PymediationWarning)
        stream = pm.RStream(seed) if isinstance(seed, int) else seed
        names = {"treat": "t", "mediator": models[2], "sims": SIMS} | options
        return pm.mediate(*models[:2], rng=stream, **names)


def pair(name: str, data: pd.DataFrame) -> tuple[Any, Any, str]:
    """Fit a pair of models."""
    mediator, outcome = PAIRS[name]
    return fitted(mediator, data), fitted(outcome, data), mediator.response


def other_pair(name: str, data: pd.DataFrame) -> tuple[Any, Any, str]:
    """Fit a pair of models of other kinds."""
    grade = pd.cut(data["m"], [-np.inf, 0.0, 1.0, np.inf], labels=["low", "mid", "high"])
    data["grade"], data["time"] = grade, np.exp(0.2 * data["y"])
    data["level"] = pd.cut(data["y"], [-np.inf, 0.0, 1.0, np.inf], labels=["low", "mid", "high"])
    linear = R.lm("m ~ t + x", data=data)
    return {
        "ordered mediator": lambda: (R.polr("grade ~ t + x", data), R.lm("y ~ t + grade + x", data), "grade"),
        "ordered outcome": lambda: (linear, R.polr("level ~ t + m + x", data), "m"),
        "quantiles": lambda: (R.rq("m ~ t + x", data=data), R.rq("y ~ t + m + x", data=data), "m"),
        "survival": lambda: (linear, R.survreg("Surv(time) ~ t + m + x", data=data), "m"),
        "columns": lambda: (
            sm.OLS(data["m"], sm.add_constant(data[["t", "x"]])).fit(),
            sm.OLS(data["y"], sm.add_constant(data[["t", "m", "x"]])).fit(),
            "m",
        ),
    }[name]()


def draws(result: Any) -> np.ndarray:
    """Return all draws, shape (..., sims)."""
    return np.array([np.asarray(result[f"{name}_sims"]) for name in ("d1", "d0", "z1", "z0")])


def assert_same(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(draws(found), draws(expected), rtol=0, atol=ROUNDING)
    for name in ("d1", "z0", "tau_coef"):
        np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=ROUNDING)


@both_streams
@both_methods
@pytest.mark.parametrize("name", PAIRS)
def test_the_models_own_rows_give_the_result_without_newdata(name: str, boot: bool, make_stream: Any) -> None:
    data = small_data(N)
    models, streams = pair(name, data), (make_stream(5), make_stream(5))
    own = mediate(models, streams[0], boot=boot)
    weights = {"newdata_weights": "w"} if name == "weights" else {}
    given = mediate(models, streams[1], boot=boot, newdata=data, **weights)
    assert_same(given, own)
    assert streams[0].uniform()[0] == streams[1].uniform()[0]


@pytest.mark.parametrize(
    ("name", "boot"),
    [("ordered mediator", False), ("ordered mediator", True), ("ordered outcome", True), ("quantiles", True)]
    + [(name, boot) for name in ("survival", "columns") for boot in (False, True)],
)
def test_own_rows_of_other_kinds(name: str, boot: bool) -> None:
    data = small_data(N)
    models = other_pair(name, data)
    assert_same(mediate(models, boot=boot, newdata=data), mediate(models, boot=boot))


def test_own_rows_with_jackknife_intervals() -> None:
    data = small_data(N)
    own, given = (
        mediate(pair("lm, lm", data), boot=True, boot_ci_type="bca", newdata=newdata)
        for newdata in (None, data)
    )
    np.testing.assert_allclose(np.asarray(given.d1_ci), np.asarray(own.d1_ci), rtol=0, atol=ROUNDING)


@pytest.fixture
def short_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population, "_BLOCK_ROWS", 64)


@pytest.mark.usefixtures("short_blocks")
@both_streams
@pytest.mark.parametrize("name", SHARED)
def test_shared_errors_follow_the_rows_over_blocks(name: str, make_stream: Any) -> None:
    data = small_data(N)
    models = pair(name, data)
    own = mediate(models, make_stream(5))
    weights = {"newdata_weights": "w"} if name == "weights" else {}
    assert_same(mediate(models, make_stream(5), newdata=data, **weights), own)


@pytest.mark.usefixtures("short_blocks")
@both_methods
@pytest.mark.parametrize("name", PAIRS)
def test_how_the_rows_come_does_not_matter(name: str, boot: bool) -> None:
    rows, models = small_data(200, seed=8), pair(name, small_data(N))
    whole = mediate(models, boot=boot, newdata=rows)
    for cuts in ([7, 71, 72, 199], [64, 128]):
        parts = np.split(np.arange(200), cuts)
        pieces = mediate(models, boot=boot, newdata=(rows.iloc[part] for part in parts))
        np.testing.assert_array_equal(draws(pieces), draws(whole))


@pytest.mark.usefixtures("short_blocks")
def test_order_of_random_numbers_over_blocks() -> None:
    """The plain algorithm: coefficients, then for each block the treated arm before the control arm."""
    rows, models = small_data(150, seed=8), pair("logit, lm", small_data(N))
    found = mediate(models, newdata=rows)
    stream = pm.RStream(5)
    fits = [adapt(model, role).fit for model, role in zip(models, ("mediator", "outcome"), strict=False)]
    b_m, b_y = (stream.multivariate_normal(fit.coef, fit.cov, SIMS) for fit in fits)
    sums, one = np.zeros((4, SIMS)), np.ones
    for block in (rows[:64], rows[64:128], rows[128:]):
        n, x = len(block), block["x"].to_numpy()
        drawn = []
        for t in (1.0, 0.0):
            eta = b_m @ np.stack([one(n), t * one(n), x])
            drawn.append(stream.binomial(1, 1 / (1 + np.exp(-eta)), size=(SIMS, n), order="F"))
        for cell, (t, m) in enumerate([(1.0, 0), (1.0, 1), (0.0, 0), (0.0, 1)]):
            terms = dict(zip(("1", "t", "m", "x", "t:m"), b_y.T[:, :, None], strict=True))
            mean = terms["1"] + t * terms["t"] + x * terms["x"] + (terms["m"] + t * terms["t:m"]) * drawn[m]
            sums[cell] += mean.sum(axis=1)
    y11, y10, y01, y00 = sums / len(rows)
    expected = [y11 - y10, y01 - y00, y11 - y01, y10 - y00]
    np.testing.assert_allclose(draws(found), expected, rtol=0, atol=ROUNDING)


@both_methods
def test_weights_are_repeated_rows(boot: bool) -> None:
    rows, models = small_data(50, seed=8), pair("closed form", small_data(N))
    rows["times"] = np.arange(50) % 4
    weighted = mediate(models, boot=boot, newdata=rows, newdata_weights="times")
    assert_same(weighted, mediate(models, boot=boot, newdata=rows.loc[rows.index.repeat(rows["times"])]))


def test_columns_that_the_analysis_sets_need_not_be_there() -> None:
    rows, models = small_data(80, seed=8), pair("lm, lm", small_data(N))
    bare = mediate(models, newdata=rows[["g", "x"]])
    np.testing.assert_array_equal(draws(bare), draws(mediate(models, newdata=rows)))
    held = mediate(models, newdata=rows[["g"]], covariates={"x": 1.0})
    np.testing.assert_array_equal(draws(held), draws(mediate(models, newdata=rows.assign(x=1.0))))


def test_a_block_may_lack_levels_and_text_is_as_good_as_categories(short_blocks: None) -> None:
    rows, models = small_data(150, seed=8), pair("lm, lm", small_data(N))
    rows = rows.sort_values("g")
    texts = rows.assign(g=rows["g"].astype(str))
    np.testing.assert_array_equal(draws(mediate(models, newdata=texts)), draws(mediate(models, newdata=rows)))


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Path]:
    """Rows in the order of a factor, and a folder that holds them as Parquet in several ways."""
    pa = pytest.importorskip("pyarrow")
    from pyarrow import dataset, parquet

    rows = small_data(200, seed=8).sort_values("g", key=lambda g: g.astype(str), kind="stable")
    rows, folder = rows.reset_index(drop=True), tmp_path_factory.mktemp("rows")
    table = pa.Table.from_pandas(rows)
    short = {"max_rows_per_file": 70, "max_rows_per_group": 70}
    dataset.write_dataset(table, folder / "files", format="parquet", **short)
    parquet.write_to_dataset(table, folder / "hive", partition_cols=["g"])
    text = pa.array(rows["g"].astype(str)).dictionary_encode()
    encoded = table.set_column(table.schema.get_field_index("g"), "g", text)
    parquet.write_table(encoded.replace_schema_metadata(None), folder / "encoded.parquet", row_group_size=37)
    return rows, folder


def parquet_sources(folder: Path) -> dict[str, Any]:
    """Return the same rows in all the ways that pyarrow and Dask have."""
    frame = pytest.importorskip("dask.dataframe")
    from pyarrow import dataset, parquet

    table, discover = parquet.read_table(folder / "encoded.parquet"), dataset.HivePartitioning.discover
    return {
        "folder": str(folder / "files"),
        "path": folder / "files",
        "list of paths": sorted((folder / "files").glob("*.parquet")),
        "dataset": dataset.dataset(folder / "files"),
        "hive folder": folder / "hive",
        "hive dataset": dataset.dataset(folder / "hive", partitioning="hive"),
        "hive, categories": dataset.dataset(folder / "hive", partitioning=discover(infer_dictionary=True)),
        "categories": folder / "encoded.parquet",
        "file": parquet.ParquetFile(folder / "encoded.parquet"),
        "table": table,
        "record batch": table.combine_chunks().to_batches()[0],
        "record batches": iter(table.to_batches(max_chunksize=33)),
        "reader": table.to_reader(max_chunksize=33),
        "dask": frame.read_parquet(folder / "files"),
        "dask from pandas": frame.from_pandas(table.to_pandas(), npartitions=4),
    }


@both_methods
def test_dask_and_parquet(boot: bool, stored: tuple[pd.DataFrame, Path]) -> None:
    rows, folder = stored
    models = pair("lm, lm", small_data(N))
    whole = draws(mediate(models, boot=boot, newdata=rows))
    for name, source in parquet_sources(folder).items():
        found = draws(mediate(models, boot=boot, newdata=source))
        np.testing.assert_array_equal(found, whole, err_msg=name)


def test_columns_that_are_not_needed_are_not_read(
    stored: tuple[pd.DataFrame, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyarrow import dataset

    read: list[list[str]] = []

    class Watched:
        """A dataset that remembers which columns it was asked for."""

        def __init__(self, *args: Any, **options: Any) -> None:
            self._of = whole(*args, **options)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._of, name)

        def to_batches(self, columns: list[str]) -> Any:
            read.append(columns)
            return self._of.to_batches(columns=columns)

    whole = dataset.dataset
    monkeypatch.setattr(dataset, "dataset", Watched)
    mediate(pair("lm, lm", small_data(N)), newdata=stored[1] / "files", newdata_weights="w")
    assert read == [["g", "w", "x"]]


def test_decimals_are_numbers_and_folders_without_files_have_no_columns(tmp_path: Path) -> None:
    rows, models = small_data(80, seed=8).round({"x": 3}), pair("lm, lm", small_data(N))
    decimals = rows.assign(x=[Decimal(f"{x:.3f}") for x in rows["x"]])
    expected = draws(mediate(models, newdata=rows))
    np.testing.assert_array_equal(draws(mediate(models, newdata=decimals)), expected)
    pytest.importorskip("pyarrow")
    with pytest.raises(UnknownNameError, match=r"no column 'g', .* it has no columns at all"):
        mediate(models, newdata=tmp_path)


def test_the_summary_tells_and_the_result_pickles() -> None:
    rows, models = small_data(80, seed=8), pair("lm, lm", small_data(N))
    result = mediate(models, newdata=iter([rows]), newdata_weights="w")
    again = pickle.loads(pickle.dumps(result))
    assert "Effects averaged over 80 rows of newdata, weighted by 'w'." in str(again.summary())
    assert again.nobs == N


def test_an_iterator_cannot_be_read_again() -> None:
    rows, data = small_data(80, seed=8), small_data(N)
    models = fitted(Regression("m ~ t * x"), data), fitted(Regression("y ~ t * m + x"), data), "m"
    spent = mediate(models, newdata=iter([rows]))
    with pytest.raises(ArgumentError, match="has been read to its end"):
        pm.test_modmed(spent, {"x": 0.0}, {"x": 1.0}, SIMS)
    pm.test_modmed(mediate(models, newdata=rows), {"x": 0.0}, {"x": 1.0}, SIMS)


def with_value(column: str, value: Any) -> pd.DataFrame:
    """Return rows of which the seventh has another value."""
    rows = small_data(80, seed=8)
    rows[column] = rows[column].astype(object)
    rows.iloc[6, list(rows.columns).index(column)] = value
    return rows if isinstance(value, str) else rows.assign(**{column: rows[column].astype(float)})


REFUSED = {
    "missing": (with_value("x", np.nan), {}, ArgumentError, r"'x' of newdata is missing in row 6"),
    "infinite": (with_value("x", np.inf), {}, ArgumentError, r"'x' of newdata is not finite in row 6"),
    "level": (with_value("g", "d"), {}, UnknownNameError, r"'g' .* is 'd' in row 6 .* know 'b', 'a', 'c'"),
    "text": (with_value("x", "one"), {}, ArgumentTypeError, r"'x' of newdata must hold numbers"),
    "column": (small_data(80)[["g"]], {}, UnknownNameError, r"no column 'x'"),
    "rows": (small_data(80)[:0], {}, ArgumentError, r"newdata has no rows"),
    "nothing": (iter([]), {}, ArgumentError, r"newdata has no rows"),
    "kind": (3, {}, ArgumentTypeError, r"an iterator of DataFrames.*; got 3"),
    "item": (iter([[1, 2]]), {}, ArgumentTypeError, r"an item of it is a list"),
    "weight": (
        with_value("w", -1.0), {"newdata_weights": "w"}, ArgumentError, r"'w' of newdata is negative in row 6"
    ),
    "weights": (
        small_data(80).assign(w=0.0), {"newdata_weights": "w"}, ArgumentError, r"only weights of 0 .* 'w'"
    ),
    "no newdata": (None, {"newdata_weights": "w"}, ArgumentError, r"which was not given"),
    "weights column": (small_data(80), {"newdata_weights": 3}, ArgumentTypeError, r"name of a column"),
    "per row": (small_data(80), {"covariates": {"x": np.zeros(N)}}, ArgumentError, r"one value for each row"),
    "file": ("nowhere.parquet", {}, ArgumentError, r"nowhere.parquet"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    newdata, options, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        mediate(pair("lm, lm", small_data(N)), newdata=newdata, **options)


def test_the_row_is_counted_over_all_parts(short_blocks: None) -> None:
    parts = iter([small_data(100), with_value("x", np.nan)])
    with pytest.raises(ArgumentError, match="in row 106"):
        mediate(pair("lm, lm", small_data(N)), newdata=parts)


def with_offsets(name: str, data: pd.DataFrame) -> tuple[Any, Any, str]:
    """Fit pairs of models with an offset."""
    poisson = sm.families.Poisson()
    linear = fitted(Regression("m ~ t + x"), data)
    return {
        "offset": lambda: (
            smf.glm("m ~ t + x", data, offset=data["exposure"]).fit(),
            smf.glm("y_count ~ t + m", data, family=poisson, offset=data["exposure"]).fit(), "m",
        ),
        "exposure": lambda: (
            linear, smf.poisson("y_count ~ t * m", data, exposure=data["w"]).fit(disp=False), "m"
        ),
        "both linear": lambda: (
            smf.glm("m ~ t + x", data, offset=data["exposure"]).fit(),
            smf.glm("y ~ t + m", data, offset=data["z"]).fit(), "m",
        ),
        "formula": lambda: (
            linear,
            R.glm("y_count ~ t + m + offset(log(w) + exposure)", R.poisson, data=data), "m",
        ),
        "argument": lambda: (linear, R.lm("y ~ t + m", data=data, offset="log(w)"), "m"),
        "ordered": lambda: (
            linear, R.polr("level ~ t + m + offset(exposure)", data.assign(level=pd.cut(data["y"], 3))), "m"
        ),
        "curve": lambda: (
            linear,
            smf.glm("y_count ~ t + m + I(m**2)", data, family=poisson, offset=data["exposure"]).fit(), "m",
        ),
    }[name]()  # fmt: skip


OFFSETS = ("offset", "exposure", "both linear", "formula", "argument", "curve")


@pytest.mark.parametrize(
    ("name", "boot"), [(name, boot) for name in OFFSETS for boot in (False, True)] + [("ordered", True)]
)
def test_offsets_are_those_of_the_new_rows(name: str, boot: bool) -> None:
    data = small_data(N)
    models = with_offsets(name, data)
    own = mediate(models, boot=boot)
    assert_same(mediate(models, boot=boot, newdata=data), own)
    moved = data.assign(exposure=data["exposure"] + 1, w=2 * data["w"], z=data["z"] + 1)
    other = mediate(models, boot=boot, newdata=moved)
    linear = name in ("both linear", "argument")  # of which effects do not depend on the offset
    assert np.allclose(draws(other), draws(own)) == linear
    with pytest.raises(UnknownNameError, match="newdata has no column"):
        mediate(models, newdata=data[["t", "x"]], boot=boot)


def test_offsets_that_new_rows_do_not_have() -> None:
    data = small_data(N)
    linear = fitted(Regression("m ~ t"), data)
    nameless = smf.glm("y ~ t + m", data, offset=data["exposure"] ** 2).fit()
    with pytest.raises(UnsupportedModelError, match=r"outcome model .* no column of its data has its values"):
        mediate((linear, nameless, "m"), newdata=data)
    twice = data.assign(again=data["exposure"])
    outcome = smf.glm("y ~ t + m", twice, offset=twice["exposure"]).fit()
    with pytest.raises(UnsupportedModelError, match="columns 'exposure' and 'again' have the same values"):
        mediate((linear, outcome, "m"), newdata=twice)
    with pytest.raises(ArgumentError, match="'w' of newdata gives no finite offset in row 6"):
        mediate(with_offsets("exposure", data), newdata=with_value("w", 0.0))


@pytest.mark.filterwarnings(
    "ignore:.*optimization failed",
    "ignore:The MLE may be on the boundary",
    "ignore:The random effects covariance",
)
def test_models_that_other_rows_do_not_fit() -> None:
    data = small_data(N)
    grouped = [
        smf.mixedlm(formula, data, groups=data["g"].cat.codes).fit()
        for formula in ("m ~ t + x", "y ~ t + m + x")
    ]
    with pytest.raises(UnsupportedModelError, match=r"is a mixed model, .* Leave out newdata"):
        mediate((*grouped, "m"), newdata=data)


@both_methods
def test_memory_does_not_grow_with_the_rows(boot: bool) -> None:
    models, n = pair("closed form", small_data(N)), 65_536

    def blocks(count: int) -> Iterator[pd.DataFrame]:
        rng = np.random.default_rng(3)
        for _ in range(count):
            yield pd.DataFrame({"x": rng.normal(size=n)})

    peaks = []
    for count in (3, 12):
        tracemalloc.start()
        mediate(models, NumPyStream(1), boot=boot, newdata=blocks(count))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 8 * n  # nine more blocks are nine times as much


def test_sensitivity_is_that_of_the_rows_of_the_models() -> None:
    models = pair("lm, lm", small_data(N))
    with pytest.raises(ArgumentError, match="averaged over newdata"):
        pm.medsens(mediate(models, newdata=small_data(80)))
