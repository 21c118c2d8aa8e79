"""A real server over a made-up workspace, and a real Chromium in front of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.examples import example_tables
from agent.examples_depth import example_deep_bundle
from agent.jobs import brief_job
from agent.ops.trial import make_trial_workspace
from agent.pipeline import explain_or_reuse, load_dataset
from agent.settings import ExplainSettings, Settings
from agent.workspace import Workspace, open_workspace
from knowledge.build import add
from knowledge.documents import Document
from knowledge.mechanisms.model import KnownMechanism

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]
DRUG, BAGS = "Trialdrug-001", 4
WAIT_MS = 60_000


def note(number: int, text: str, title: str = "A made-up note") -> Document:
    """A document of the knowledge base."""
    return Document(id=f"note:{number}", text=text, kind="note", source="made-up notes", title=title)


@pytest.fixture(scope="session")
def trial_base(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str]:
    """Screen of two drugs, one of them explained and with a brief in review; a drug with every part; a few texts."""
    workspace = open_workspace(tmp_path_factory.mktemp("served") / "ws").ensure_writable()
    make_trial_workspace(workspace, n_lines=64, n_genes=20, n_drugs=2)
    settings = ExplainSettings(bags=BAGS)
    found = explain_or_reuse(load_dataset(workspace, DRUG, settings), settings, workspace.bundles)
    gene = found.bundle.attribution.genes[0].gene
    said = f"Cells with more {gene} died of {DRUG}."
    record = KnownMechanism.model_validate(
        {
            "id": f"card:{DRUG}-1", "drug": DRUG, "entity": gene, "entity_kind": "gene", "relation": "sensitivity",
            "alteration": "expression", "direction": "higher_sensitises", "context": "made-up cells", "summary": said,
            "level": "in vitro", "source": "made-up cards", "record_id": "example:1",
        }
    )  # fmt: skip
    card = Document(
        id=record.id,
        text=said,
        kind="card",
        source="made-up cards",
        title="Card: made up",
        drugs=(DRUG,),
        genes=(gene,),
    )
    texts = [card, note(1, f"Before it. {gene} and {DRUG} were seen together in made-up cells. After it.")]
    add(workspace.knowledge, texts, [record])
    example_deep_bundle().save(workspace.bundles, example_tables())
    brief_job(workspace, found, Settings(), out=None, command="brief", report=lambda _: None)
    return workspace, gene


class Server:
    """``oncobrief serve`` as a user starts it."""

    def __init__(self, workspace: Workspace, *more: str, env: dict[str, str] | None = None) -> None:
        command = [sys.executable, "-c", "from agent.cli.app import main; main()"]
        self.process = subprocess.Popen(
            [*command, "--workspace", str(workspace.root), "serve", "--port", "0", *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "ONCOBRIEF_EXPLAIN__BAGS": str(BAGS), **(env or {})},
        )
        self.said: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            found = re.search(r"open (http://\S+?)/ in a browser", line)
            if found:
                self.url = found[1]
                return
        raise AssertionError("".join(self.said))

    def stop(self) -> int:
        """Interrupt it as Ctrl+C does, and return its exit code."""
        self.process.send_signal(2)
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers and stops what is left of them."""
    started: list[Server] = []

    def start(workspace: Workspace, *more: str, env: dict[str, str] | None = None) -> Server:
        started.append(Server(workspace, *more, env=env))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; skips, by name, where it or its driver is absent.

    Its driver keeps an event loop open in this thread, which tests of other files must not find.
    """
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is absent: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install -e .[dev]")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


class Watch:
    """Everything a page did that it must not do."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.outside: list[str] = []
        self.dialogs: list[str] = []
        self.errors: list[str] = []

    def on(self, page: Any) -> Any:
        page.set_default_timeout(WAIT_MS)
        page.on("request", lambda r: self._request(r.url))
        page.on("websocket", lambda w: self._request(w.url))
        page.on("dialog", lambda d: (self.dialogs.append(d.message), d.dismiss()))
        page.on("pageerror", lambda e: self.errors.append(str(e)))
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        return page

    def _request(self, url: str) -> None:
        own = (self.base, self.base.replace("http", "ws", 1), "data:", "blob:")
        if not url.startswith(own):
            self.outside.append(url)

    def clean(self) -> None:
        """Nothing was asked of another machine, no dialog opened, nothing failed, no policy was broken."""
        assert self.outside == []
        assert self.dialogs == []
        assert self.errors == []


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., tuple[Any, Watch]]]:
    """Opens a new browser profile at a server: its page, and what it did."""
    contexts: list[Any] = []

    def make(base: str, **options: Any) -> tuple[Any, Watch]:
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        contexts.append(context)
        watch = Watch(base)
        return watch.on(context.new_page()), watch

    yield make
    for context in contexts:
        context.close()
