"""What was worked out, kept for the next who asks: the least recently asked for goes when there are too many."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_K = TypeVar("_K", bound="Hashable")
_V = TypeVar("_V")


class Kept(Generic[_K, _V]):
    """Values by key, at most `limit` of them; threads that ask for the same at once wait for the one that makes it.

    The key must name everything that the value depends on (a digest, a time of change, a snapshot), so that a value
    never has to be taken back.

    Parameters
    ----------
    limit
        Number of values kept, at least 1.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._values: OrderedDict[_K, Future[_V]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: _K, make: Callable[[], _V]) -> _V:
        """The value of `key`, made where it is not there; what `make` raises is raised and not kept."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            else:
                mine = self._values[key] = Future[_V]()
                while len(self._values) > self._limit:
                    self._values.popitem(last=False)
        if value is not None:
            return value.result()
        try:
            mine.set_result(make())
        except BaseException as error:
            with self._lock:
                self._values.pop(key, None)
            mine.set_exception(error)
            raise
        return mine.result()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
