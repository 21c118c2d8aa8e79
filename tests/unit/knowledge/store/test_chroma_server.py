"""The same store behind a Chroma server on loopback."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.build import add, open_store
from knowledge.retrieve.search import search


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    command = shutil.which("chroma", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("the chroma command is not installed beside this Python")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["run", "--path", str(tmp_path / "server"), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen([command, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.mark.slow
def test_a_server_gives_the_answers_of_the_embedded_store(base: Path, server: str, embedder, make_abstract) -> None:
    with open_store(base, embedder=embedder) as store:
        here = [hit.passage.id for hit in search(store, "BCL2 resistance").hits]
    with open_store(base, embedder=embedder, chroma_url=server) as store:
        assert len(store.rebuilt) == 1
        assert [hit.passage.id for hit in search(store, "BCL2 resistance").hits] == here
    with open_store(base, embedder=embedder, chroma_url=server) as store:
        assert store.rebuilt == []
    add(base, [make_abstract(9, "BCL2 again.")])
    with open_store(base, embedder=embedder, chroma_url=server) as store:
        assert len(store.rebuilt) == 2
        assert "pmid:9" in {hit.document.id for hit in search(store, "BCL2 again").hits}
