"""Bounds on what a process may take, what it says when there is no more room, and how it stops."""

from __future__ import annotations

import errno
import resource
import signal
import sys
from typing import TYPE_CHECKING

from agent.errors import InputError

if TYPE_CHECKING:
    from types import FrameType

STOPPED = 143
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_ROOM_WORDS = ("no space left", "disk is full", "file too large", "disk quota")
_GB = 1 << 30
_MOST_GB = 1_000_000


def check_cap(gigabytes: float) -> None:
    """Refuse a cap that cannot work.

    Raises
    ------
    InputError
        If it is below 2 GB, out of all bounds, or above what the system allows.
    """
    if not 2 <= gigabytes <= _MOST_GB:
        raise InputError(
            f"a memory cap of {gigabytes:g} GB: give from 2, below which no library loads, to {_MOST_GB:,}"
        )
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY and gigabytes * _GB > hard:
        raise InputError(f"a memory cap of {gigabytes:g} GB is above the system's own of {hard / _GB:.1f} GB")


def cap_memory(gigabytes: float) -> None:
    """Cap the address space of this process and those it starts; beyond it, work fails with `MemoryError`.

    The address space is larger than the memory in use, as libraries reserve it. Errors as `check_cap`.
    """
    check_cap(gigabytes)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (int(gigabytes * _GB), hard))


def no_room(error: BaseException) -> str | None:
    """What to tell where work failed for want of disk space, None where it failed for another reason.

    Libraries wrap such errors in types of their own, so the whole chain is looked at.
    """
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        words = str(link).lower()
        if (isinstance(link, OSError) and link.errno in _NO_ROOM) or any(word in words for word in _NO_ROOM_WORDS):
            where = f" for {str(link.filename)!r}" if isinstance(link, OSError) and link.filename else ""
            return (
                f"there is no room left on the disk{where} ({' '.join(str(link).split())[:200]}); make some, or choose "
                "another place with --workspace, and run the same command again: what was finished is kept"
            )
        link = link.__cause__ or link.__context__
    return None


def stop_gracefully() -> None:
    """Make SIGTERM leave through every clean-up: temporary files go, worker processes end, exit code 143.

    Only the main thread may set this; elsewhere it does nothing.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        # A second signal while leaving must not break into the clean-up.
        signal.signal(number, signal.SIG_IGN)
        sys.exit(STOPPED)

    try:
        signal.signal(signal.SIGTERM, leave)
    except ValueError:
        # Not the main thread: whoever owns it decides.
        return
