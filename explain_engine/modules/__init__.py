"""Gene groups, signed graph, communities, enrichment."""
