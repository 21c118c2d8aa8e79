"""From hypotheses to a brief: Markdown, HTML, JSON, RIS."""
