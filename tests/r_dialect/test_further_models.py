"""What fits of polr, rq, survreg and vglm have in common: R's printed text, and a way through pickle."""

import pickle

import pandas as pd
import pytest
from r_dialect.further_models import FITS, RECORDED, fit_of, table

import pymediation.r as R

NAMES = [(kind, name) for kind, fits in FITS.items() for name in fits]


def comparable(kind, lines):
    """Leave out the number of iterations of survreg: the search starts elsewhere than R's."""
    return [
        "" if kind == "survival" and line.startswith("Number of Newton-Raphson") else line for line in lines
    ]


@pytest.mark.parametrize("kind", FITS)
def test_every_recorded_fit_is_tested(kind):
    assert set(FITS[kind]) == set(RECORDED[kind])


@pytest.mark.filterwarnings("ignore:Other coefficients fit")
@pytest.mark.parametrize(("kind", "name"), NAMES)
def test_printed_summary_is_rs_text(kind, name):
    lines = str(R.summary(fit_of(kind, name))).split("\n")
    assert comparable(kind, lines) == comparable(kind, RECORDED[kind][name]["summary"])


@pytest.mark.filterwarnings("ignore:Other coefficients fit")
@pytest.mark.parametrize(
    ("kind", "name", "data"),
    [
        ("ordered", "logistic", "framing"),
        ("quantile", "factors", "jobs"),
        ("survival", "loglogistic", "jobs"),
        ("censored", "both", "jobs"),
    ],
)
def test_fits_pickle(kind, name, data):
    fit = fit_of(kind, name)
    copy = pickle.loads(pickle.dumps(fit))
    assert str(copy.summary()) == str(fit.summary())
    new = table(data)
    pd.testing.assert_frame_equal(pd.DataFrame(copy.predict(new)), pd.DataFrame(fit.predict(new)))
