"""Faces of a validation report: Markdown, HTML with inline figures, JSON, one-page summary."""
