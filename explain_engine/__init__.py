"""Explanation engine: from an expression matrix and a drug screen to an explanation bundle."""
