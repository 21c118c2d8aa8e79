"""Expert review of drafted hypotheses."""
