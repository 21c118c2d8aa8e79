"""Prediction: bagged cross-fitting, naive baselines, how well lines outside the bag are predicted."""
