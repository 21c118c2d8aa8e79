"""Logs as one JSON object a line, with the run's id and without secrets; off unless asked for."""

from __future__ import annotations

import io
import json
import logging
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LOGGER = "oncobrief"
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_LONGEST = 4_000


class JsonLines(logging.Formatter):
    """One JSON object a record: time (UTC), level, logger, message, run, process, and whatever was given as extra.

    Parameters
    ----------
    run
        Id of this run.
    mask
        Takes secrets out of a text.
    """

    def __init__(self, run: str, mask: Callable[[str], str]) -> None:
        super().__init__()
        self._run = run
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage()[:_LONGEST],
            "run": self._run,
            "process": record.process,
        }
        line |= {name: value for name, value in vars(record).items() if name not in _PLAIN and name not in line}
        if record.exc_info and record.exc_info[1] is not None:
            line["traceback"] = "".join(traceback.format_exception(record.exc_info[1]))[-_LONGEST:]
        # Masked as it is written, so that no field can be forgotten.
        return self._mask(json.dumps(line, ensure_ascii=False, default=str))


class _Active:
    """The handler of this process and when the command began."""

    handler: logging.Handler | None = None
    began: float = 0.0


def start_logging(*, level: str = "info", file: Path | None = None, secrets: Sequence[str] = (), command: str) -> str:
    """Send this program's log as JSON lines to stderr or to the end of `file`; return the run's id.

    Parameters
    ----------
    level
        ``debug``, ``info``, ``warning`` or ``error``.
    secrets
        Texts that never appear, in any of the spellings of `agent.llm.secret.KeyMask`.
    command
        Name of the command, without its arguments: they may hold what is private.

    Raises
    ------
    agent.errors.InputError
        If the file cannot be written to.
    """
    from agent.errors import InputError
    from agent.ops.secrets import masker
    from agent.records import new_run_id

    stop_logging()
    run = new_run_id()
    try:
        handler: logging.Handler = (
            logging.FileHandler(file, encoding="utf-8") if file is not None else logging.StreamHandler(sys.stderr)
        )
    except OSError as error:
        raise InputError(f"log file {str(file)!r} cannot be written to ({error.strerror}); choose another") from error
    handler.setFormatter(JsonLines(run, masker(secrets)))
    logger = logging.getLogger(LOGGER)
    logger.addHandler(handler)
    logger.setLevel(level.upper())
    logger.propagate = False
    _Active.handler, _Active.began = handler, time.monotonic()
    logger.info("command begins", extra={"command": command})
    return run


def stop_logging(exit_code: int | None = None) -> None:
    """Write the last line, with the exit code if there is one, and let go of the file."""
    handler = _Active.handler
    if handler is None:
        return
    logger = logging.getLogger(LOGGER)
    if exit_code is not None:
        seconds = round(time.monotonic() - _Active.began, 3)
        logger.info("command ends", extra={"exit_code": exit_code, "seconds": seconds})
    logger.removeHandler(handler)
    handler.close()
    _Active.handler = None


def logging_json() -> bool:
    """Whether what is told on stderr goes into the log instead."""
    return _Active.handler is not None


class LogStream(io.TextIOBase):
    """A text stream whose lines become log records: what a console would show."""

    def __init__(self) -> None:
        super().__init__()
        self._open = ""

    def write(self, text: str) -> int:
        """Take text; whole lines go to the log."""
        *lines, self._open = (self._open + text).split("\n")
        for line in lines:
            if line.strip():
                logging.getLogger(LOGGER).info(line.strip())
        return len(text)

    def flush(self) -> None:
        """Nothing is held back but an unfinished line."""
