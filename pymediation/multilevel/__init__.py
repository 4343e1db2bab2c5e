"""Mediation in grouped data: mixed models as mediator and outcome, effects by group."""
