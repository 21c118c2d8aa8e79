"""``oncobrief chat``: ask in plain words, at a prompt or once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.context import print_json, say, state_of
from agent.cli.progress import note

if TYPE_CHECKING:
    from agent.chat.service import ChatService
    from agent.toolbox.records import Answer, Table

app = typer.Typer(rich_markup_mode=None)
_ROWS = 15
_LEAVE = frozenset({"exit", "quit", "bye", ":q"})


@app.command()
def chat(
    ctx: typer.Context,
    once: Annotated[str | None, typer.Option("--once", metavar="TEXT", help="Ask this and leave.")] = None,
    thread: Annotated[str | None, typer.Option("--thread", metavar="ID", help="Go on in this thread.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document a question to stdout.")] = False,
    export: Annotated[
        str | None, typer.Option("--export", metavar="FORM", help="Write the thread: markdown or json.")
    ] = None,
    threads: Annotated[bool, typer.Option("--threads", help="List your threads.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Never ask a language model.")] = False,
    user: Annotated[str, typer.Option("--user", help="Whose threads.")] = "local",
) -> None:
    """Ask about drugs, genes, cell lines and the literature; answers are computed, or quote checked passages."""
    from agent.chat.service import ChatService
    from agent.database import database_of
    from agent.database.threads import ThreadStore
    from agent.errors import InputError
    from agent.tools import Toolbox

    state = state_of(ctx)
    settings = state.settings()
    if export is not None and (thread is None or export not in ("markdown", "json")):
        raise InputError("--export takes markdown or json, with --thread ID (see --threads)")
    workspace = state.workspace(write=True)
    store = ThreadStore(database_of(workspace, settings))
    if threads:
        rows = store.threads(user)
        if as_json:
            print_json([row.model_dump(mode="json") for row in rows])
        else:
            for row in rows:
                say(f"{row.id}  {row.updated:%Y-%m-%d %H:%M}  {row.messages:>4}  {row.title}")
        return
    if export is not None and thread is not None:
        from agent.chat.export import export_thread

        found = next((row for row in store.threads(user) if row.id == thread), None)
        messages = store.messages(thread, user)
        if found is None:
            raise InputError(f"there is no thread {thread!r}; see --threads")
        sys.stdout.write(export_thread(found, messages, "json" if export == "json" else "markdown"))
        return
    toolbox = Toolbox(workspace, settings, user=user)
    service = ChatService(toolbox, store, offline=offline)
    try:
        if once is not None:
            here = thread if thread is not None else service.start(once)
            _ask(service, here, once, as_json=as_json)
            note(f"thread {here}")
            return
        _prompt(service, thread, as_json=as_json)
    finally:
        service.close()
        toolbox.close()


def _prompt(service: ChatService, thread: str | None, *, as_json: bool) -> None:
    here = thread
    if sys.stdin.isatty():
        note("Ask in plain words; “help” says what can be asked, “exit” leaves.")
    while True:
        if sys.stdin.isatty():
            sys.stderr.write("> ")
            sys.stderr.flush()
        line = sys.stdin.readline()
        if not line or line.strip().lower() in _LEAVE:
            break
        if not line.strip():
            continue
        if here is None:
            here = service.start(line)
        _ask(service, here, line, as_json=as_json)
    if here is not None:
        note(f"thread {here}: go on with oncobrief chat --thread {here}")


def _ask(service: ChatService, thread: str, text: str, *, as_json: bool) -> None:
    said: list[str] = []
    answers: list[Answer] = []
    by = "router"
    for event in service.ask(thread, text):
        if event.kind == "token":
            said.append(event.text)
            if not as_json:
                say(event.text)
        elif event.kind == "answer" and event.answer is not None:
            answers.append(event.answer)
            if not as_json:
                _show(event.answer)
        elif event.kind == "status" and not as_json and sys.stderr.isatty():
            note(event.text)
        elif event.kind == "done":
            by = event.by
    if as_json:
        print_json(
            {
                "thread": thread,
                "question": text.strip(),
                "by": by,
                "text": " ".join(said),
                "answers": [answer.model_dump(mode="json") for answer in answers],
            }
        )


def _show(answer: Answer) -> None:
    import textwrap

    say(plain(answer.title))
    for sentence in answer.sentences:
        say(textwrap.fill(plain(sentence.text), 100, initial_indent="  ", subsequent_indent="    "))
    if answer.table is not None and answer.table.rows:
        _show_table(answer.table)
    if answer.missing:
        say(f"  Missing: {plain(answer.missing)}")
    if answer.suggestions and answer.kind != "help":
        say("  Ask next: " + " | ".join(plain(s) for s in answer.suggestions))


def _show_table(table: Table) -> None:
    rows = [[plain(cell.text) for cell in row] for row in table.rows[:_ROWS]]
    widths = [max(len(c), *(len(row[i]) for row in rows)) for i, c in enumerate(table.columns)]
    widths = [min(width, 40) for width in widths]
    for row in ([*table.columns], *rows):
        say("  " + "  ".join(cell[:40].ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if len(table.rows) > _ROWS:
        say(f"  … {len(table.rows) - _ROWS} more rows")


def plain(text: str) -> str:
    """`text` without characters that a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)
