"""A database of the first revision comes forward with every row kept; on both databases."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine

from agent.database import open_database
from agent.database.address import address_of
from agent.database.migrations import HEAD, REVISIONS, VERSION_TABLE
from agent.database.migrations.upgrade import upgrade
from agent.database.threads import ThreadStore
from agent.review.service import ReviewService
from agent.workspace import Workspace

MOMENT = datetime(2026, 11, 22, 22, 45, tzinfo=UTC)


def _first_revision(engine: Engine) -> None:
    """Make the tables of the first revision and fill them as that version did."""
    with engine.begin() as connection:
        upgrade(connection, REVISIONS[0])
        for number, owner in ((1, "ada"), (2, "bob")):
            connection.execute(
                text(
                    "INSERT INTO chat_threads (id, owner, title, created, updated, touched) "
                    "VALUES (:id, :owner, :title, :at, :at, :touched)"
                ),
                {"id": f"t{number}", "owner": owner, "title": f"title {number}", "at": MOMENT, "touched": number},
            )
        for number in range(1, 6):
            connection.execute(
                text(
                    "INSERT INTO chat_messages (tick, thread, number, role, content, created) "
                    "VALUES (:tick, 't1', :number, 'user', :content, :at)"
                ),
                {"tick": number + 2, "number": number, "content": f'{{"n":{number}}}', "at": MOMENT},
            )
        connection.execute(text("UPDATE oncobrief_tick SET value = 7"))
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_first_revision_comes_forward(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = None if kind == "sqlite" else str(request.getfixturevalue("postgres_url"))
    workspace = Workspace(tmp_path)
    _first_revision(create_engine(address_of(workspace, url)))
    engine = open_database(workspace, url)
    with engine.connect() as connection:
        assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().all() == [HEAD]
    store = ThreadStore(engine)
    assert [(t.id, t.title, t.messages) for t in store.threads("ada")] == [("t1", "title 1", 5)]
    assert [t.id for t in store.threads("bob")] == ["t2"]
    assert [m.content for m in store.messages("t1", "ada")] == [{"n": n} for n in range(1, 6)]
    assert {m.created for m in store.messages("t1", "ada")} == {MOMENT}
    assert store.append("t1", "assistant", {}) == 6
    assert ReviewService(engine).queue() == ()
    engine.dispose()
