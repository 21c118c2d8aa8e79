"""Progress on stderr: a bar where someone watches, a few plain lines where nobody does."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.cli.context import console
from agent.ops.logs import LOGGER, logging_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[str, float], None]]:
    """Yield a function that takes what is being done and the share done so far, in [0, 1]."""
    if logging_json() or not sys.stderr.isatty():
        yield _plain(title)
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.fields[title]}"), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console(), transient=True) as bar:
        task = bar.add_task("", total=1.0, title=title)
        yield lambda what, share: bar.update(task, completed=share, description=what)


def _plain(title: str) -> Callable[[str, float], None]:
    told: dict[str, str] = {}
    started = time.monotonic()

    def tell(what: str, share: float) -> None:
        if told.get("what") != what:
            told["what"] = what
            line = f"{title}: {what} ({time.monotonic() - started:.0f} s)"
            if logging_json():
                logging.getLogger(LOGGER).info(line, extra={"share": round(share, 4)})
            else:
                sys.stderr.write(line + "\n")

    return tell


def note(text: str) -> None:
    """One line on stderr."""
    console().print(text, markup=False, soft_wrap=True)
