"""The engine: coefficient draws -> mediators -> four average potential outcomes.

Nothing in here knows where a model came from. Both methods of inference share one kernel and differ in where
coefficients come from and in the order of random numbers, which is R's and is fixed in :mod:`.quasi_bayes`
and :mod:`.bootstrap` alone.
"""
