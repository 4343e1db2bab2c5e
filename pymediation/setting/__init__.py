"""From a call and two fitted models to what is compared: arguments, roles, rows, counterfactual designs."""
