"""Plain-file snapshots and the vector index built from them."""
