"""Causal mediation analysis, compatible with R's ``mediation`` package."""
