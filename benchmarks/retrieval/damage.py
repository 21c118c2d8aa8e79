"""Damaged stores and feeds: what the program says, on the starter cards and against a server of our own on loopback.

Run: ``python -m benchmarks.retrieval.damage``. Every case is also a test, named beside it.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.retrieval.common import RESULTS, header
from knowledge.errors import KnowledgeError
from knowledge.ingest import SourceSettings, ingest

STORE = "tests/unit/knowledge/store/test_store_rebuilding.py::"
FILES = "tests/unit/knowledge/store/test_snapshot_files.py::"
FEEDS = "tests/unit/knowledge/sources/test_literature_services.py::"
LOCAL = "tests/unit/knowledge/sources/test_local_files.py::"


def asked(workspace: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as a user would run it."""
    code = "from agent.cli.app import main; main()"
    command = [sys.executable, "-c", code, "--workspace", str(workspace), "knowledge", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def said(workspace: Path, *arguments: str) -> str:
    """What the command prints about damage, one line, and its exit code."""
    done = asked(workspace, *arguments)
    lines = [" ".join(line.split()) for line in [*done.stderr.splitlines(), *done.stdout.splitlines()]]
    marks = ("made again", "DAMAGED", "refused", "building", "added", "sha256 differs", "index:", "oncobrief:")
    told = [line for line in lines if any(mark in line for mark in marks)]
    return (
        "; ".join(told[:3])[:420].replace(str(workspace), "WORKSPACE").replace("|", "/") + f" (exit {done.returncode})"
    )


def answers(workspace: Path) -> list[str]:
    done = asked(workspace, "search", "BCL2 and venetoclax", "-k", "3", "--json")
    return [hit["passage"] for hit in json.loads(done.stdout)["hits"]]


def index_of(workspace: Path) -> Path:
    base = workspace / "knowledge"
    return base / (base / "current").read_text().strip() / "index"


def overwrite(path: Path) -> None:
    path.write_bytes(b"not a database")


def other_version(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE collection_metadata SET str_value = '0.4.0' WHERE key = 'chroma'")


def tear(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 + 100])


def one_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def chroma(index: Path) -> Path:
    return sorted((index / "chroma").iterdir())[-1]


WRECKS: tuple[tuple[str, Callable[[Path], None], str], ...] = (
    (
        "`chroma.sqlite3` overwritten",
        lambda index: overwrite(chroma(index) / "chroma.sqlite3"),
        STORE + "test_a_damaged_index_is_rebuilt_with_the_same_answers[wreck_sqlite]",
    ),
    (
        "Chroma folder gone",
        lambda index: shutil.rmtree(index / "chroma"),
        STORE + "test_a_damaged_index_is_rebuilt_with_the_same_answers[wreck_missing]",
    ),
    (
        "index of another Chroma version",
        lambda index: other_version(chroma(index) / "chroma.sqlite3"),
        STORE + "test_a_damaged_index_is_rebuilt_with_the_same_answers[wreck_version]",
    ),
    (
        "keyword annotations torn off",
        lambda index: tear(index / "words" / "annotations.jsonl"),
        STORE + "test_a_damaged_index_is_rebuilt_with_the_same_answers[wreck_words]",
    ),
)


@contextmanager
def server(*replies: tuple[int, str]) -> Iterator[str]:
    """A server that gives these answers in turn."""
    script = list(replies)

    class Handler(BaseHTTPRequestHandler):
        def reply(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            status, text = script.pop(0)
            body = text.encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = reply

        def log_message(self, *_: object) -> None:
            return None

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def fed(folder: Path, service: str, query: str, *replies: tuple[int, str]) -> str:
    with server(*replies) as url:
        try:
            outcome = ingest(folder, f"{service}:{query}", SourceSettings(bases={service: url}))
        except KnowledgeError as error:
            return f"{error} (exit {error.exit_code})".replace(url, "ADDRESS").replace("|", "/")
    report = outcome.report
    words = [f"{len(report.added)} added, {report.unchanged} unchanged, {len(outcome.refused)} refused"]
    words += [note for note in outcome.notes if "cursor" in note]
    return "; ".join(words) + " (exit 0)"


ARTICLE = (
    '<?xml version="1.0" ?><PubmedArticleSet><PubmedArticle><MedlineCitation><PMID Version="1">11</PMID><Article>'
    "<Journal><Title>J</Title></Journal><ArticleTitle>On BCL2.</ArticleTitle>"
    "<Abstract><AbstractText>BCL2 is high.</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
    "</PubmedArticleSet>"
)


def page(cursor: str, number: int) -> str:
    record = {"id": str(number), "source": "MED", "pmid": str(number), "title": "T", "abstractText": f"Text {number}."}
    return json.dumps({"hitCount": 9, "nextCursorMark": cursor, "resultList": {"result": [record]}})


def feeds(folder: Path) -> list[tuple[str, str, str]]:
    ids = json.dumps({"esearchresult": {"count": "1", "idlist": ["11"]}})
    archive = folder / "cut.jsonl.gz"
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps({"id": f"cut:{n}", "text": f"Text {n} {hash(n)}."}) + "\n" for n in range(2000))
    archive.write_bytes(gzip.compress(lines.encode())[:-600])
    cut = ingest(folder, str(archive))
    refused = f"{cut.refused[0].where}: {cut.refused[0].reason}" if cut.refused else "nothing refused"
    return [
        (
            "PubMed: XML cut off, then HTTP 429, then whole",
            fed(folder, "pubmed", "bcl2", (200, ids), (200, ARTICLE[:-40]), (429, ""), (200, ARTICLE)),
            FEEDS + "test_pubmed_xml_that_is_cut_off_is_fetched_again",
        ),
        (
            "CIViC: HTTP 200 with `errors`",
            fed(folder, "civic", "", (200, json.dumps({"errors": [{"message": "internal error"}]}))),
            FEEDS + "test_civic_errors_are_errors",
        ),
        (
            "Europe PMC: the last page repeats its cursor",
            fed(folder, "europepmc", "bcl2", (200, page("B", 1)), (200, page("B", 2))),
            FEEDS + "test_europe_pmc_ends_where_the_cursor_repeats",
        ),
        (
            "JSON lines archive cut off",
            f"{len(cut.report.added)} added, {len(cut.refused)} refused: {refused} (exit 0)".replace(str(folder), ""),
            LOCAL + "test_a_cut_off_archive_gives_what_is_whole",
        ),
    ]


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as name:
        workspace = Path(name) / "ws"
        said(workspace, "build")
        before = answers(workspace)
        for what, wreck, test in WRECKS:
            wreck(index_of(workspace))
            told = said(workspace, "search", "BCL2 and venetoclax", "-k", "1")
            told = told.split("; found")[0]
            same = "same three hits" if answers(workspace) == before else "OTHER HITS"
            rows.append((what, f"{told}; {same}", test))
        vectors = next((workspace / "knowledge" / "vectors").glob("*/vectors.f32"))
        tear(vectors)
        told = said(workspace, "build")
        rows.append(
            (
                "vector file torn in the middle",
                f"{told}; {'same three hits' if answers(workspace) == before else 'OTHER HITS'}",
                STORE + "test_vectors_survive_a_torn_tail_and_a_bad_row",
            )
        )
        one_byte(index_of(workspace).parent / "passages.jsonl")
        rows.append(
            (
                "one byte changed in `passages.jsonl`",
                f"search: {said(workspace, 'search', 'BCL2')}; verify: {said(workspace, 'verify')}; "
                f"build again: {said(workspace, 'build')}, then verify: {said(workspace, 'verify')}",
                FILES + "test_a_changed_file_is_found_and_not_opened",
            )
        )
        rows += feeds(Path(name) / "fed")
    text = header("Damaged stores and feeds", "python -m benchmarks.retrieval.damage", store="starter cards")
    text += "| damage | what the program says | test |\n|---|---|---|\n"
    text += "".join(f"| {what} | {told} | `{test}` |\n" for what, told, test in rows)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "retrieval_damage.md").write_text(text)


if __name__ == "__main__":
    main()
