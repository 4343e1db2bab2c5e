"""Designs: from rows of data to columns of a design matrix."""
