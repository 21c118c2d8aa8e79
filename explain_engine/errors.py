"""Errors of the engine, grouped by who must act."""


class EngineError(Exception):
    """Anything the engine refuses or fails to do."""

    exit_code = 1


class InputError(EngineError, ValueError):
    """The caller's data or arguments must change; the message says what, where and the next step."""

    exit_code = 2


class DataUnavailableError(EngineError):
    """A data source could not be reached or did not hold what its hash promised."""


class BundleError(EngineError):
    """A stored bundle is damaged, half-written or of a schema this version cannot read."""
