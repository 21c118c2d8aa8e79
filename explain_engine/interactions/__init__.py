"""Pair screens, exact sparse TreeSHAP interactions, calls."""
