"""Errors of the knowledge base, grouped by who must act."""


class KnowledgeError(Exception):
    """Anything the knowledge base refuses or fails to do."""

    exit_code = 1


class InputError(KnowledgeError, ValueError):
    """The caller's query, file or arguments must change; the message says what, where and the next step."""

    exit_code = 2


class SourceError(KnowledgeError):
    """A literature source failed, answered nonsense or ran out of retries."""


class StoreError(KnowledgeError):
    """A snapshot or an index is damaged in a way that a rebuild from plain files cannot mend."""
