"""Hybrid search with reasons and abstention."""
