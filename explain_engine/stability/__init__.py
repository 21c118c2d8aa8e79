"""Resampling, agreement measures, nulls, replication."""
