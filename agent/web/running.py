"""Start the server, say where it is, stop it in good order."""

from __future__ import annotations

import gc
import signal
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from agent.errors import AgentError
from agent.web.options import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.settings import Settings
    from agent.web.options import WebOptions
    from agent.web.services import Services
    from agent.workspace import Workspace

GRACE_S = 5


class _Server(uvicorn.Server):
    """Stops in good order on Ctrl+C and SIGTERM, and counts that as done: uvicorn would raise the signal once more."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def run_server(workspace: Workspace, settings: Settings, options: WebOptions, say: Callable[[str], None]) -> None:
    """Serve until interrupted; open requests get a few seconds to end, background jobs go on.

    Raises
    ------
    agent.errors.AgentError
        If the address cannot be listened at.
    """
    from agent.web.server import web_app
    from agent.web.services import Services

    listener = _listen(options)
    port = listener.getsockname()[1]
    services = Services(workspace, settings, options)
    app = web_app(services)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        ws_max_size=1 << 20,
        forwarded_allow_ips="",
        proxy_headers=False,
    )
    say(f"workspace: {workspace.root}")
    say(f"open {_address(options.host, port)} in a browser; Ctrl+C stops the server")
    if not is_loopback(options.host):
        say("This address is open to others and is not encrypted: put a TLS proxy in front of it.")
    stopping = threading.Event()
    warming = threading.Thread(target=_warm, args=(services, stopping), name="warm")
    warming.start()
    try:
        _Server(config).run(sockets=[listener])
    finally:
        # A thread within a native library when the interpreter ends would take the process down with an abort.
        stopping.set()
        warming.join()
        services.close()
        listener.close()


def _warm(services: Services, stopping: threading.Event) -> None:
    services.warm(stopping)
    if stopping.is_set():
        return
    # The knowledge base and the catalogue stay; each full collection that walks them again stops all pages for 0.3 s.
    gc.collect()
    gc.freeze()


def _listen(options: WebOptions) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((options.host.strip("[]"), options.port))
        # From here on a browser that comes early waits instead of being turned away.
        listener.listen(128)
    except OSError as error:
        listener.close()
        why = error.strerror or str(error)
        raise AgentError(
            f"cannot listen at {options.host} port {options.port} ({why}); choose another with --port or --host"
        ) from error
    return listener


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
