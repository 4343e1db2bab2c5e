"""Plots on Matplotlib axes: effects, path diagrams, and the style they share."""
