"""Rules and counterfactuals searched on the model."""
