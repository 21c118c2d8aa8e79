"""Benchmarks of ILLUME+."""
