"""Settings that every test shares."""

from __future__ import annotations

import os
from importlib.util import find_spec

# Before anything imports matplotlib: no test may need a screen.
os.environ["MPLBACKEND"] = "Agg"


def pytest_report_header() -> str:
    """Say which copy of the package is under test: a checkout or an installed wheel."""
    spec = find_spec("pymediation")
    return f"pymediation from {spec.origin if spec else 'nowhere: it is not installed'}"
