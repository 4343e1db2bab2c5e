"""Measure everything anew and write the report: `make bench-all`. On an idle machine, 25 minutes.

python benchmarks/everything.py
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
STEPS = (("run.py", "--report"), ("scaling.py",), ("simulate.py",), ("report.py",))


def main() -> None:
    """Run all steps, the timings first and alone; stop where one fails."""
    for script, *arguments in STEPS:
        began = time.perf_counter()
        subprocess.run([sys.executable, str(HERE / script), *arguments], check=True)
        print(f"--- {script}: {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
