"""Summaries as R prints them, and as HTML."""
