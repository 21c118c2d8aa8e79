"""Levels at which explanations are set beside the gold standards, one file a level."""
