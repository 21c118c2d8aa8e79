"""Plots of what a bundle holds."""
