"""Genes, drugs and cell lines: names to identifiers."""
