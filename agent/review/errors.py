"""What the review refuses beside bad input."""

from agent.errors import AgentError


class ConflictError(AgentError):
    """Somebody decided between the look and the decision; nothing was written, look again and decide anew."""
