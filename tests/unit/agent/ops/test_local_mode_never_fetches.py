"""Reading the user's own documents opens no connection, whatever they hold; a service cannot send us elsewhere."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from agent.cli import app as cli
from knowledge.errors import SourceError
from knowledge.sources.http import Fetcher

ADDRESS = "http://169.254.169.254/latest/meta-data"


def test_documents_with_addresses_are_text(copy, tmp_path: Path, monkeypatch, capsys) -> None:  # type: ignore[no-untyped-def]
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError(f"a connection was opened: {args}")

    workspace = copy()
    (tmp_path / "a.jsonl").write_text(f'{{"id": "n:1", "text": "See {ADDRESS} on TG00001.", "url": "{ADDRESS}"}}\n')
    (tmp_path / "a.ris").write_text(f"TY  - JOUR\nTI  - T\nAB  - TG00002 at {ADDRESS}\nUR  - {ADDRESS}\nER  - \n")
    (tmp_path / "a.bib").write_text(f"@article{{k, title={{T}}, abstract={{TG00003 {ADDRESS}}}, url={{{ADDRESS}}}}}\n")
    (tmp_path / "a.md").write_text(f"![picture]({ADDRESS}) of TG00004\n")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    base = ["--workspace", str(workspace.root)]
    files = [str(tmp_path / name) for name in ("a.jsonl", "a.ris", "a.bib", "a.md")]
    for args in (["knowledge", "ingest", *files], ["knowledge", "search", "TG00001"], ["brief", "Trialdrug-001"]):
        monkeypatch.setenv("ONCOBRIEF_EXPLAIN__BAGS", "4")
        with pytest.raises(SystemExit) as stop:
            cli.main([*base, *args])
        assert not stop.value.code, capsys.readouterr().err
    page = next(workspace.briefs.rglob("brief.html")).read_text()
    assert f'src="{ADDRESS}' not in page


@pytest.fixture
def redirecting() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/inner")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            return None

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/outer", asked
    server.shutdown()
    server.server_close()


def test_a_service_cannot_send_us_elsewhere(redirecting: tuple[str, list[str]]) -> None:
    address, asked = redirecting
    with pytest.raises(SourceError, match="302"):
        Fetcher("made up", attempts=1).text(address)
    assert asked == ["/outer"]
