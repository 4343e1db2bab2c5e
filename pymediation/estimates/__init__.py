"""Estimates as values: effects, their intervals and p-values. Results, reports and plots all know these."""
