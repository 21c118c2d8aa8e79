"""A replay server on loopback: real HTTP, scripted answers, every request kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from knowledge.sources.http import Fetcher


@dataclass
class Answer:
    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass
class Replay:
    """Scripted answers in order; each request is kept as (method, path, parameters)."""

    answers: list[Answer] = field(default_factory=list)
    requests: list[tuple[str, str, dict]] = field(default_factory=list)
    url: str = ""

    def then(
        self, body: object = "", status: int = 200, headers: dict[str, str] | None = None, cut: bool = False
    ) -> Replay:
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        self.answers.append(Answer(text, status, headers or {}, cut))
        return self


@pytest.fixture
def replay() -> Iterator[Replay]:
    script = Replay()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            sent = self.rfile.read(length).decode()
            parameters: dict = dict(parse_qsl(parts.query))
            if sent.startswith("{"):
                parameters |= json.loads(sent)
            elif sent:
                parameters |= dict(parse_qsl(sent))
            script.requests.append((self.command, parts.path, parameters))
            if not script.answers:
                self.send_error(599, "no answer left in the script")
                return
            answer = script.answers.pop(0)
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body) + (50 if answer.cut else 0)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    yield script
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Clock:
    """Time that passes only by sleeping."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def read(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fetcher(clock: Clock) -> Fetcher:
    return Fetcher("Test service", per_second=2.0, sleep=clock.sleep, clock=clock.read, timeout=5, email="a@b.example")


@pytest.fixture
def cached(clock: Clock, tmp_path: Path) -> Fetcher:
    return Fetcher("Test", per_second=1000.0, cache=tmp_path, sleep=clock.sleep, clock=clock.read, timeout=5)
