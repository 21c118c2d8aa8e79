"""A thread as a document: Markdown for reading, JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from agent.chat.memory import read_said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.database.threads import Message, Thread
    from agent.toolbox.records import Answer, Table

Form = Literal["markdown", "json"]
_MARKS = "\\`*_{}[]<>#+!|&~"


def export_thread(thread: Thread, messages: Sequence[Message], form: Form) -> str:
    """The whole thread; JSON keeps every reference, Markdown shows source and span of each quote."""
    if form == "json":
        whole: dict[str, Any] = {
            "thread": thread.model_dump(mode="json"),
            "messages": [message.model_dump(mode="json") for message in messages],
        }
        return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
    out = [
        f"# {escape(thread.title)}",
        "",
        f"Thread {thread.id}, begun {thread.created.isoformat(timespec='seconds')}.",
        "",
    ]
    for message in messages:
        if message.role == "user":
            out += [f"## {escape(str(message.content.get('text', '')))}", ""]
            continue
        said = read_said(message.content)
        if said is None:
            out += ["This message was written by another version and cannot be shown.", ""]
            continue
        if said.text:
            who = f"Wording of the model {escape(said.model)}, checked: " if said.model else ""
            out += [who + escape(said.text), ""]
        for answer in said.answers:
            out += _answer(answer)
    out += ["Research use only. Statistical associations in cell lines; no statement about any patient.", ""]
    return "\n".join(out)


def _answer(answer: Answer) -> list[str]:
    out = [f"### {escape(answer.title)}", ""]
    out += [f"- {escape(sentence.text)}{_origin(sentence.ref)}" for sentence in answer.sentences]
    out.append("")
    if answer.table is not None and answer.table.rows:
        out += [*_table(answer.table), ""]
    if answer.missing:
        out += [f"Missing: {escape(answer.missing)}", ""]
    if answer.job:
        out += [f"Job: {escape(answer.job)}", ""]
    return out


def _origin(ref: Any) -> str:
    if ref is None:
        return ""
    if ref.kind == "passage":
        return f" ({escape(ref.passage_id)}, characters {ref.start}-{ref.end}, SHA-256 {ref.sha256[:16]})"
    parts = [f"bundle {ref.bundle[:16]}" if ref.bundle else "", escape(ref.origin)]
    said = "; ".join(part for part in parts if part)
    return f" ({said})" if said else ""


def _table(table: Table) -> list[str]:
    rows = [" | ".join(escape(cell.text) for cell in row) for row in table.rows]
    head = " | ".join(escape(column) or " " for column in table.columns)
    return [f"| {head} |", "|" + " --- |" * len(table.columns), *(f"| {row} |" for row in rows)]


def escape(text: str) -> str:
    """`text` on one line with every mark of Markdown and HTML made plain."""
    flat = " ".join(text.split())
    return "".join(f"\\{c}" if c in _MARKS else c for c in flat)
