"""How firmly a ranking stands: agreement measures, resampling, nulls, verdicts, replication."""
