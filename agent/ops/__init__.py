"""Keeping it running: trial workspaces, logs, limits, back-up and restore, recordings."""
