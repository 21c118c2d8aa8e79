"""Questions in plain words: a router that needs no model, and a language model agent over the same tools."""
