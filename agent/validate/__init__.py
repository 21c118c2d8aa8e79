"""Known-mechanism benchmark and null runs."""
