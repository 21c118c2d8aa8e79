"""Knowledge base: documents, passages, known mechanisms and the ways to find them again."""
