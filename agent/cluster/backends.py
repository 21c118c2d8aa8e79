"""Where tasks run: in this process, in local processes, or on the workers of a Dask scheduler."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agent.cluster.errors import BackendError
from agent.cluster.execute import Call, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agent.cluster.task import TaskResult

    Report = Callable[[str], None]

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
# A task that kills its worker each time (memory, most often) must not go round for ever.
_MAX_DEATHS = 3


class Backend(Protocol):
    """Does calls in any order and yields each result once."""

    def run(self, calls: Sequence[Call], report: Report) -> Iterator[TaskResult]:
        """Yield the results of all calls, in the order they finish."""
        ...


@dataclass(frozen=True)
class InProcess:
    """One after the other, here."""

    def run(self, calls: Sequence[Call], report: Report) -> Iterator[TaskResult]:
        """Yield each result as soon as it is there."""
        for call in calls:
            yield execute(call)


@dataclass(frozen=True)
class Processes:
    """Processes of this machine, one thread each (loky, as joblib uses it).

    Attributes
    ----------
    jobs
        Number of processes.
    memory_gb
        Cap on the address space of each process; None for none.
    """

    jobs: int = 2
    memory_gb: float | None = None

    def run(self, calls: Sequence[Call], report: Report) -> Iterator[TaskResult]:
        """Yield results; a process that dies is replaced, and the tasks it took with it are done again.

        Raises
        ------
        BackendError
            If processes die three times in a row without finishing anything.
        """
        from joblib.externals.loky import ProcessPoolExecutor

        left = {id(call): call for call in calls}
        deaths = 0
        while left:
            pool = ProcessPoolExecutor(
                max_workers=min(self.jobs, len(left)),
                env=_ONE_THREAD,
                initializer=_begin,
                initargs=(os.getpid(), self.memory_gb),
            )
            try:
                futures = {pool.submit(execute, call): name for name, call in left.items()}
                for future in as_completed(futures):
                    result = future.result()
                    del left[futures[future]]
                    deaths = 0
                    yield result
            except BrokenProcessPool as error:
                deaths += 1
                if deaths >= _MAX_DEATHS:
                    raise BackendError(
                        f"processes died {deaths} times without finishing a task, {len(left)} are left; is there "
                        "enough memory? Use fewer --jobs and run the same command again: what is finished is kept"
                    ) from error
                report(f"a process died; {len(left)} unfinished tasks go to a new one")
            finally:
                pool.shutdown(wait=True, kill_workers=True)


@dataclass(frozen=True)
class Dask:
    """The workers of a Dask scheduler.

    Attributes
    ----------
    address
        ``tcp://host:port`` or ``tls://host:port``.
    patience
        Seconds to wait for a scheduler that went away, and for a first worker.
    """

    address: str
    patience: float = 60.0

    def run(self, calls: Sequence[Call], report: Report) -> Iterator[TaskResult]:
        """Yield results; see `agent.cluster.dask_backend.run_on_dask`."""
        from agent.cluster.dask_backend import run_on_dask

        return run_on_dask(self.address, calls, report, self.patience)


def _begin(parent: int, memory_gb: float | None) -> None:
    """First thing in a worker process: leave when the client is gone, keep to the memory cap."""
    if memory_gb is not None:
        from agent.ops.limits import cap_memory

        cap_memory(memory_gb)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        # The client was killed: an orphan would hold memory and the locks of its tasks.
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="leave-with-client").start()
