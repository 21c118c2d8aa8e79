"""Figures from a bundle and its tables; each function returns a matplotlib Figure and touches no global state."""
