"""Gold standards: what is known of drugs, one file a source, and one table that lists them."""
