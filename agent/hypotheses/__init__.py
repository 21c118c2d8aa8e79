"""From bundle and evidence to ranked hypotheses with a ledger."""
