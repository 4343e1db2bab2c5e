"""Simulations of statistical validity: each module has ``simulated(runs)``, the cells of its table."""

from __future__ import annotations

Cell = tuple[str, str, float]
"""Row, column and value."""
