"""Language model access: client, budget, cache, prompts."""
