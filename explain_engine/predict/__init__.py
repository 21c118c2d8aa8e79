"""Bagged, cross-fitted predictors and their scores."""
