"""Tasks on the workers of a Dask scheduler; workers, the scheduler or the client may die at any moment."""

from __future__ import annotations

import logging
import time
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.cluster.errors import BackendError
from agent.cluster.execute import Call, execute
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agent.cluster.task import TaskResult

    Report = Callable[[str], None]

_CONNECT_S = 10.0
_INSTALL = "pip install 'oncobrief[cluster]'"
_AGAIN = "run the same command again: what is finished is kept"


def run_on_dask(address: str, calls: Sequence[Call], report: Report, patience: float) -> Iterator[TaskResult]:
    """Yield results as they come.

    A worker that dies loses only the task it was at, which goes to another one. A scheduler that dies is waited for;
    when it is back under its address, what is unfinished is handed out again.

    Raises
    ------
    InputError
        If the address is none, or the extra is not installed.
    BackendError
        If there is no scheduler or no worker within the patience, or a task kills four workers.
    """
    _check_address(address)
    left = {call.task: call for call in calls}
    while left:
        client = _connect(address, patience)
        try:
            for result, name in _results(client, left, patience):
                del left[name]
                yield result
        except _LostError as error:
            report(f"the scheduler {address} went away ({error}); waiting up to {patience:.0f} s for it")
        finally:
            client.close(timeout=2)


class _LostError(Exception):
    """The scheduler is gone."""


def _results(client: Any, left: dict[str, Call], patience: float) -> Iterator[tuple[TaskResult, str]]:
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    _wait_for_worker(client, patience)
    futures = {
        # A key of its own for each client: a future of a dead client, or a failed one, is never taken for ours.
        client.submit(execute, call, key=f"oncobrief-{call.token}-{call.parsed().key}", pure=False): name
        for name, call in left.items()
    }
    try:
        finished = as_completed(list(futures), loop=client.loop, raise_errors=False)  # type: ignore[no-untyped-call]
        for future in finished:
            name = futures[future]
            try:
                result = future.result(timeout=_CONNECT_S)
            except KilledWorker as error:
                raise BackendError(
                    f"{left[name].parsed().name}: {error.allowed_failures + 1} workers died at it; "
                    f"is there enough memory? {_AGAIN}"
                ) from error
            yield result, name
    except (CancelledError, OSError, TimeoutError) as error:
        raise _LostError(type(error).__name__) from error


def _connect(address: str, patience: float) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError(f"--cluster needs dask.distributed; install it with: {_INSTALL}") from error
    # It reports through the log what we report in words of our own.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    until = time.monotonic() + patience
    while True:
        try:
            return Client(address, timeout=_CONNECT_S, set_as_default=False, name="oncobrief")  # type: ignore[no-untyped-call]
        except (OSError, TimeoutError, ValueError) as error:
            if isinstance(error, ValueError):
                raise InputError(f"--cluster {address!r}: {error}") from error
            if time.monotonic() >= until:
                raise BackendError(
                    f"no Dask scheduler answers at {address} ({type(error).__name__}); start one with "
                    f"`dask scheduler`, then {_AGAIN}"
                ) from error
            time.sleep(1.0)


def _wait_for_worker(client: Any, patience: float) -> None:
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError as error:
        address = client.scheduler.address if client.scheduler is not None else "the scheduler"
        raise BackendError(
            f"no worker has joined {address} within {patience:.0f} s; start some with "
            f"`dask worker {address} --nthreads 1`, then {_AGAIN}"
        ) from error
    except (CancelledError, OSError) as error:
        raise _LostError(type(error).__name__) from error


def _check_address(address: str) -> None:
    try:
        parts = urlsplit(address)
        whole = parts.scheme in ("tcp", "tls") and parts.hostname is not None and parts.port is not None
    except ValueError:
        whole = False
    if not whole:
        raise InputError(f"--cluster {address!r} is no address of a Dask scheduler; give tcp://HOST:PORT")
