"""The bridge: matches explanation bundles against the knowledge base and drafts cited hypotheses."""
