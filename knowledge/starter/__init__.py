"""Mechanism cards that the project wrote itself."""
