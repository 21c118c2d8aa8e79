"""Known mechanisms: records, loading and matching."""
