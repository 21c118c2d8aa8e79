"""BibTeX, RIS, CSL-JSON."""
