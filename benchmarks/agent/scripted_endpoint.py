"""An OpenAI-compatible chat endpoint on loopback that answers by a script: real HTTP, real faults.

A script is a function from the request seen to a `Reply`. Used by the tests and by the adversarial benchmark.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = "scripted-model"
FINGERPRINT = "fp_scripted"


@dataclass(frozen=True)
class Seen:
    """One request as it arrived.

    Attributes
    ----------
    number
        From 1, over the life of the endpoint.
    headers
        Names in lower case.
    body
        Parsed JSON of the request.
    """

    number: int
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def text(self) -> str:
        """All messages as one text."""
        return "\n".join(str(m.get("content", "")) for m in self.body.get("messages", []))

    @property
    def streams(self) -> bool:
        """Whether a stream was asked for."""
        return bool(self.body.get("stream"))


@dataclass(frozen=True)
class Reply:
    """What goes back.

    Attributes
    ----------
    chunks
        Pieces of the body, each sent after `pause_s`.
    length
        Value of Content-Length; None sends none and closes at the end; a number above the body's size makes the reply
        look cut.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    chunks: tuple[bytes, ...] = ()
    pause_s: float = 0.0
    length: int | None = None


def completion(content: str | None, *, finish: str = "stop", usage: object = ..., **message: object) -> dict[str, Any]:
    """A chat completion around `content`."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "system_fingerprint": FINGERPRINT,
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150} if usage is ... else usage,
    }


def answer(content: str, seen: Seen | None = None, **more: Any) -> Reply:
    """A well-formed reply, as a stream where one was asked for."""
    if seen is not None and seen.streams:
        return Reply(headers={"Content-Type": "text/event-stream"}, chunks=tuple(events(content)))
    return raw(json.dumps(completion(content, **more)).encode())


def raw(body: bytes, kind: str = "application/json", status: int = 200, **headers: str) -> Reply:
    """A reply with exactly this body."""
    return Reply(status=status, headers={"Content-Type": kind, **headers}, chunks=(body,), length=len(body))


def refusal(status: int, message: str = "no", **headers: str) -> Reply:
    """An error of the endpoint."""
    return raw(json.dumps({"error": {"message": message, "type": "error"}}).encode(), status=status, **headers)


def events(content: str, pieces: int = 4, *, done: bool = True) -> list[bytes]:
    """Server-sent events of a streamed answer; without `done` the stream ends before its end."""
    step = max(1, -(-len(content) // pieces))
    head = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": MODEL,
        "system_fingerprint": FINGERPRINT,
    }
    chunks: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": {"content": content[i : i + step]}, "finish_reason": None}]}
        for i in range(0, len(content), step)
    ]
    out = [f"data: {json.dumps(c)}\n\n".encode() for c in chunks]
    if done:
        end = {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        use = {**head, "choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}}
        out += [f"data: {json.dumps(end)}\n\n".encode(), f"data: {json.dumps(use)}\n\n".encode(), b"data: [DONE]\n\n"]
    return out


class ScriptedEndpoint:
    """The server; use as a context manager.

    Parameters
    ----------
    script
        Called once a request; may be replaced while the server runs.
    """

    def __init__(self, script: Callable[[Seen], Reply]) -> None:
        self.script = script
        self.seen: list[Seen] = []
        self._lock = threading.Lock()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", "0"))
                endpoint._serve(self, self.rfile.read(size))

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        # A client that gave up is part of the script, not an error to print.
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Base address for ONCOBRIEF_LLM__BASE_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> ScriptedEndpoint:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _serve(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        with self._lock:
            seen = Seen(
                len(self.seen) + 1,
                handler.path,
                {k.lower(): v for k, v in handler.headers.items()},
                json.loads(body or b"{}"),
            )
            self.seen.append(seen)
        reply = self.script(seen)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            handler.send_response(reply.status)
            for name, value in reply.headers.items():
                handler.send_header(name, value)
            if reply.length is not None:
                handler.send_header("Content-Length", str(reply.length))
            handler.send_header("Connection", "close")
            handler.end_headers()
            for chunk in reply.chunks:
                if reply.pause_s:
                    time.sleep(reply.pause_s)
                handler.wfile.write(chunk)
                handler.wfile.flush()
        handler.close_connection = True
