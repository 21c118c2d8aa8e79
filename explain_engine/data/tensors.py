"""Float tensors out of a pickle without torch and without running what the pickle asks for.

A pickle may name any importable callable. The unpickler here resolves exactly five names, each to a function of this
file that only collects plain values; every other name is refused. The layout decoded is torch's legacy (non-zip)
serialisation: five pickles (magic number, protocol, system information, the storage by persistent id, the storage
keys), then for each storage an 8-byte element count and the raw little-endian float32 values.
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from explain_engine.errors import DataUnavailableError

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
# What C's unpickler raises on bytes that are no pickle, or only half of one.
_FAILURES = (
    pickle.UnpicklingError, EOFError, ValueError, TypeError, LookupError, AttributeError, MemoryError, OverflowError,
)  # fmt: skip


def load_tensor_dict(content: bytes) -> dict[str, npt.NDArray[np.float32]]:
    """Decode a pickled ``{name: 1-d float32 tensor}``.

    Parameters
    ----------
    content
        The pickle's bytes.

    Returns
    -------
    dict
        Name -> 1-d float32 array, in the order of the pickle.

    Raises
    ------
    DataUnavailableError
        The pickle names anything outside the allow-list, is damaged, or holds something other than such a mapping.
    """
    try:
        loaded = _Restricted(io.BytesIO(content), _OUTER).load()
    except _FAILURES as error:
        raise DataUnavailableError(f"the tensor file cannot be decoded: {error}") from error
    if not isinstance(loaded, dict):
        raise DataUnavailableError(f"the tensor file holds a {type(loaded).__name__}, expected names -> tensors")
    for key, value in loaded.items():
        if not isinstance(key, str) or not isinstance(value, np.ndarray):
            raise DataUnavailableError(f"the tensor file holds {key!r} -> {type(value).__name__}, expected a tensor")
    return loaded


@dataclass(frozen=True)
class _FloatStorage:
    """Stands for torch.FloatStorage inside the storage's own pickles; it is only ever compared, never called."""


class _Restricted(pickle.Unpickler):
    """Unpickler that resolves nothing but the names it was given."""

    def __init__(self, stream: io.BytesIO, allowed: Mapping[tuple[str, str], object]) -> None:
        super().__init__(stream)
        self._allowed = allowed

    def find_class(self, module: str, name: str) -> object:
        try:
            return self._allowed[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"refused the name {module}.{name}") from None

    def persistent_load(self, pid: object) -> object:
        if isinstance(pid, tuple) and len(pid) >= 5 and pid[0] == "storage" and isinstance(pid[1], _FloatStorage):
            key, count = pid[2], pid[4]
            if isinstance(key, str) and isinstance(count, int) and count >= 0:
                return (key, count)
        raise pickle.UnpicklingError("refused a storage that is not a plain float32 storage")


def _load_storage(content: object) -> npt.NDArray[np.float32]:
    if not isinstance(content, bytes):
        raise ValueError("a storage without bytes")
    stream = io.BytesIO(content)

    def load() -> object:
        return _Restricted(stream, _INNER).load()

    if load() != _MAGIC or load() != _PROTOCOL:
        raise ValueError("not torch's legacy serialisation")
    system = load()
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise ValueError("a storage that is not little-endian")
    storage, keys = load(), load()
    if not isinstance(storage, tuple) or keys != [storage[0]]:
        raise ValueError("more than one storage, or none")
    count = int.from_bytes(stream.read(8), "little", signed=True)
    raw = stream.read()
    if count != storage[1] or len(raw) != 4 * count:
        raise ValueError(f"a storage that promises {storage[1]} values and holds {len(raw) / 4:g}")
    return np.frombuffer(raw, dtype="<f4").astype(np.float32)


def _rebuild_tensor(
    storage: npt.NDArray[np.float32],
    offset: int,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    _requires_grad: bool,
    _hooks: object,
) -> npt.NDArray[np.float32]:
    # Only whole contiguous vectors are accepted: strides into shared memory are never needed here.
    if not isinstance(storage, np.ndarray) or offset != 0 or stride != (1,) or size != (storage.size,):
        raise ValueError("a tensor that is not one whole contiguous vector")
    return storage


_Callables = Mapping[tuple[str, str], Callable[..., object] | type | object]
_OUTER: _Callables = {
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch.storage", "_load_from_bytes"): _load_storage,
    ("collections", "OrderedDict"): OrderedDict,
}
_INNER: _Callables = {
    ("torch", "FloatStorage"): _FloatStorage(),
    ("collections", "OrderedDict"): OrderedDict,
}
