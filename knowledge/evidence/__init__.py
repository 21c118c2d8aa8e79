"""Spans, direction, support."""
