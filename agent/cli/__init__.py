"""Command line: parses arguments, calls plain functions."""
