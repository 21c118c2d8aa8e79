"""The restricted unpickler: reads what torch wrote, and nothing else."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable

import numpy as np
import pytest

from explain_engine.data.tensors import load_tensor_dict
from explain_engine.errors import DataUnavailableError


def test_values_and_order_are_kept(make_tensor_pickle: Callable[..., bytes]) -> None:
    given = {"B": np.array([1.5, -2.25, 1e-30], np.float32), "A": np.array([0.0, 3.0], np.float32)}
    loaded = load_tensor_dict(make_tensor_pickle(given))
    assert list(loaded) == ["B", "A"]
    for name, values in given.items():
        np.testing.assert_array_equal(loaded[name], values)
        assert loaded[name].dtype == np.float32


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("exit 0",)


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps({"a": _Evil()}),
        b"cbuiltins\neval\n(V1+1\ntR.",
        b"\x80\x02ctorch._utils\n_rebuild_tensor\n.",
        b"\x80\x02cos\nsystem\n.",
    ],
)
def test_every_other_name_is_refused(content: bytes) -> None:
    with pytest.raises(DataUnavailableError, match="refused the name"):
        load_tensor_dict(content)


def test_names_inside_a_storage_are_refused_too(make_tensor_pickle: Callable[..., bytes]) -> None:
    with pytest.raises(DataUnavailableError, match=r"refused the name nt\.system|refused the name posix\.system"):
        load_tensor_dict(make_tensor_pickle({"a": np.zeros(2)}, storage=lambda _: pickle.dumps(_Evil(), 2)))


def test_a_name_allowed_outside_is_refused_inside(make_tensor_pickle: Callable[..., bytes]) -> None:
    inner = b"\x80\x02ctorch.storage\n_load_from_bytes\n."
    with pytest.raises(DataUnavailableError, match=r"refused the name torch\.storage"):
        load_tensor_dict(make_tensor_pickle({"a": np.zeros(2)}, storage=lambda _: inner))


@pytest.mark.parametrize(
    ("storage", "reason"),
    [
        (lambda make, values: make(values)[:-4], "holds 2"),
        (lambda make, values: make(values) + b"\0" * 4, "holds 4"),
        (lambda make, values: make(values, little_endian=False), "little-endian"),
        (lambda make, values: make(values, kind="DoubleStorage"), "refused the name torch.DoubleStorage"),
        (lambda _make, _values: pickle.dumps(1, 2), "legacy"),
        (lambda _make, _values: b"", "decoded"),
    ],
)
def test_damaged_storages_are_refused(
    make_tensor_pickle: Callable[..., bytes],
    make_storage: Callable[..., bytes],
    storage: Callable[..., bytes],
    reason: str,
) -> None:
    content = make_tensor_pickle({"a": np.zeros(3)}, storage=lambda values: storage(make_storage, values))
    with pytest.raises(DataUnavailableError, match=reason):
        load_tensor_dict(content)


@pytest.mark.parametrize(
    "content", [b"", b"\x8d\x00\x00\x00\x00\x00\x00\x00\x80", b"\x80\x04.", b"h\xff.", b"\x80\x09N."]
)
def test_bytes_that_are_no_pickle_are_refused(content: bytes) -> None:
    with pytest.raises(DataUnavailableError, match="cannot be decoded"):
        load_tensor_dict(content)


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, {1: None}, "text"])
def test_a_pickle_of_something_else_is_refused(value: object) -> None:
    with pytest.raises(DataUnavailableError, match="expected"):
        load_tensor_dict(pickle.dumps(value))
