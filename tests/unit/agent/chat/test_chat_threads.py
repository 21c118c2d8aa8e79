"""The chat without a model: what is asked, kept, remembered, handed out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.chat.events import ChatEvent, Said
from agent.chat.export import export_thread
from agent.chat.service import ChatService
from agent.database import open_database
from agent.database.errors import NotFoundError
from agent.database.threads import ThreadStore
from agent.errors import InputError
from agent.toolbox.records import Answer
from agent.tools import Toolbox
from agent.workspace import Workspace


def answers(events: list[ChatEvent]) -> list[Answer]:
    return [e.answer for e in events if e.answer is not None]


def ask(chat: ChatService, thread: str, text: str) -> list[ChatEvent]:
    return list(chat.ask(thread, text))


def test_an_answer_is_streamed_and_kept_whole(chat: ChatService, store: ThreadStore) -> None:
    thread = chat.start("a title")
    events = ask(chat, thread, "does GENA1 matter for examplinib, and is that lineage?")
    assert [a.kind for a in answers(events)] == ["gene", "lineage"]
    assert events[-1].kind == "done"
    assert events[-1].by == "router"
    kept = store.messages(thread, "local")
    assert [m.role for m in kept] == ["user", "assistant"]
    assert events[-1].message == kept[1].number
    said = Said.model_validate(kept[1].content)
    assert list(said.answers) == answers(events)
    assert [c.tool for c in said.calls] == ["gene", "lineage"]


def test_what_was_spoken_of_is_remembered_across_a_restart(toolbox: Toolbox, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    first = ChatService(toolbox, ThreadStore(open_database(workspace)))
    thread = first.start()
    ask(first, thread, "does GENB matter for examplinib?")
    second = ChatService(toolbox, ThreadStore(open_database(workspace)))
    (found,) = answers(ask(second, thread, "what contradicts this?"))
    assert found.kind == "contradictions"
    assert (found.subject.drug, found.subject.gene) == ("Examplinib", "GENB")
    (found,) = answers(ask(second, thread, "and GENA1?"))
    assert (found.kind, found.subject.gene) == ("contradictions", "GENA1")
    (found,) = answers(ask(second, thread, "overview of otheramab"))
    (found,) = answers(ask(second, thread, "and examplinib?"))
    assert (found.kind, found.subject.drug) == ("overview", "Examplinib")


def test_the_leading_gene_of_a_draft_is_what_is_tested(chat: ChatService) -> None:
    thread = chat.start()
    (drafted,) = answers(ask(chat, thread, "draft a hypothesis for examplinib"))
    (tested,) = answers(ask(chat, thread, "which lines would you test?"))
    assert tested.kind == "lines_to_test"
    assert tested.subject.gene == drafted.subject.gene


def test_a_question_back_does_not_forget_the_thread(chat: ChatService) -> None:
    thread = chat.start()
    ask(chat, thread, "does GENA1 matter for examplinib?")
    (back,) = answers(ask(chat, thread, "blorp"))
    assert back.kind == "help"
    assert back.suggestions
    (found,) = answers(ask(chat, thread, "is that lineage?"))
    assert (found.kind, found.subject.gene) == ("lineage", "GENA1")


def test_threads_are_their_users(chat: ChatService) -> None:
    thread = chat.start()
    other = chat.for_user("someone else")
    with pytest.raises(NotFoundError):
        other.ask(thread, "overview of examplinib")
    assert other.threads.threads("someone else") == ()


@pytest.mark.parametrize("text", ["", "   ", "x" * 5000])
def test_questions_that_are_none_are_refused(chat: ChatService, text: str) -> None:
    with pytest.raises(InputError):
        chat.ask(chat.start(), text)


def test_a_reader_that_goes_away_leaves_what_was_said(chat: ChatService, store: ThreadStore) -> None:
    thread = chat.start()
    events = chat.ask(thread, "does GENA1 matter for examplinib, and is that lineage?")
    while next(events).kind != "answer":
        pass
    events.close()
    said = Said.model_validate(store.messages(thread, "local")[-1].content)
    assert [a.kind for a in said.answers] == ["gene"]


def test_misspellings_are_said(chat: ChatService) -> None:
    events = ask(chat, chat.start(), "overview of examplnib")
    assert any(e.kind == "token" and "I read “examplnib” as Examplinib" in e.text for e in events)
    assert answers(events)[0].subject.drug == "Examplinib"


def test_a_thread_is_exported_with_its_sources(chat: ChatService, store: ThreadStore) -> None:
    thread = chat.start("why *this* <b>?")
    ask(chat, thread, "is GENA1 and examplinib known?")
    row = store.threads("local")[0]
    messages = store.messages(thread, "local")
    text = export_thread(row, messages, "markdown")
    assert "characters 0-" in text
    assert "SHA-256" in text
    assert "\\<and\\>" in text
    assert "<b>" not in text.replace("\\<b\\>", "")
    whole = json.loads(export_thread(row, messages, "json"))
    assert [m["role"] for m in whole["messages"]] == ["user", "assistant"]
    assert whole["messages"][1]["content"]["answers"][0]["kind"] == "known"


def test_a_message_of_another_version_does_not_break_the_thread(chat: ChatService, store: ThreadStore) -> None:
    thread = chat.start()
    store.append(thread, "assistant", {"shape": "of the future"})
    (found,) = answers(ask(chat, thread, "overview of examplinib"))
    assert found.kind == "overview"
    assert "another version" in export_thread(store.threads("local")[0], store.messages(thread, "local"), "markdown")
