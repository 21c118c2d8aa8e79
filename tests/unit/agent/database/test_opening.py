"""Opening a database: made where there is none, brought forward, and refused, unchanged, where it cannot be kept."""

import hashlib
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import URL, Engine, make_url

from agent.database import address, open_database
from agent.database.errors import DatabaseDamagedError, DatabaseError
from agent.database.migrations import HEAD, REVISIONS, VERSION_TABLE
from agent.database.migrations.upgrade import configuration
from agent.database.state import database_state
from agent.database.tables import Base
from agent.database.threads import ThreadStore
from agent.errors import InputError, WorkspaceError
from agent.workspace import Workspace


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A closed database file with one thread in it."""
    engine = open_database(Workspace(tmp_path))
    store = ThreadStore(engine)
    for i in range(40):
        store.append(store.create("ada", f"thread {i}"), "user", {"text": "x" * 500})
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return tmp_path / "oncobrief.sqlite"


def test_listed_revisions_are_those_of_the_scripts() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    assert tuple(s.revision for s in reversed(list(scripts.walk_revisions()))) == REVISIONS
    assert scripts.get_heads() == [HEAD]


def test_migrated_tables_are_those_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_sqlite_is_set_up_for_several_processes(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 15_000}


def test_no_alembic_is_loaded_to_open_an_up_to_date_database(made: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from agent.workspace import Workspace; "
        "from agent.database import open_database; "
        f"open_database(Workspace(Path({str(made.parent)!r}))); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def _flip(raw: bytes, start: int, size: int) -> bytes:
    return raw[:start] + bytes(255 - b for b in raw[start : start + size]) + raw[start + size :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: b"PK\x03\x04" + raw[4:],
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:100],
        lambda raw: _flip(raw, 4096, 600),
        lambda raw: _flip(raw, 100, 200),
        lambda raw: _flip(raw, len(raw) - 4096, 64),
    ],
    ids=["head", "half", "first bytes", "second page", "schema", "last page"],
)
def test_damaged_file_is_named_and_left_as_it_is(made: Path, damage: Callable[[bytes], bytes]) -> None:
    made.write_bytes(damage(made.read_bytes()))
    before = hashlib.sha256(made.read_bytes()).hexdigest()
    with pytest.raises(DatabaseDamagedError, match=re.escape(str(made))) as caught:
        open_database(Workspace(made.parent))
    assert "oncobrief restore" in str(caught.value)
    assert caught.value.exit_code == 2
    assert hashlib.sha256(made.read_bytes()).hexdigest() == before


def test_empty_file_is_a_new_database_but_not_beside_a_log_with_content(tmp_path: Path) -> None:
    path = tmp_path / "oncobrief.sqlite"
    path.touch()
    path.with_name(path.name + "-wal").write_bytes(b"left over")
    with pytest.raises(DatabaseDamagedError, match="write-ahead log"):
        open_database(Workspace(tmp_path))
    path.with_name(path.name + "-wal").unlink()
    assert ThreadStore(open_database(Workspace(tmp_path))).threads("ada") == ()


def test_newer_revision_is_refused_and_unchanged(made: Path) -> None:
    with sqlite3.connect(made) as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    connection.close()
    with pytest.raises(DatabaseError, match=r"9999.*Update oncobrief"):
        open_database(Workspace(made.parent))
    with sqlite3.connect(made) as connection:
        assert connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall() == [("9999",)]
    connection.close()


def test_newer_revision_is_refused_on_postgres(postgres_url: str, tmp_path: Path) -> None:
    engine = open_database(Workspace(tmp_path), postgres_url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DatabaseError, match="9999") as caught:
        open_database(Workspace(tmp_path), postgres_url)
    _no_password(str(caught.value), postgres_url)


def test_database_of_another_program_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "oncobrief.sqlite") as connection:
        connection.execute("CREATE TABLE invoices (id INTEGER)")
    connection.close()
    with pytest.raises(DatabaseError, match=r"not oncobrief's \(invoices\)"):
        open_database(Workspace(tmp_path))


def test_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "oncobrief.sqlite").mkdir()
    with pytest.raises(DatabaseError, match="not a file"):
        open_database(Workspace(tmp_path))


def test_unusable_workspace_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError):
        open_database(Workspace(tmp_path / "file"))


def test_url_may_name_another_file(tmp_path: Path) -> None:
    open_database(Workspace(tmp_path / "w"), f"sqlite:///{tmp_path}/a b/x.sqlite").dispose()
    assert (tmp_path / "a b" / "x.sqlite").is_file()
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    "url",
    [
        "nonsense hunter2",
        "mysql://u:hunter2@h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///x?mode=hunter2",
        "postgresql://u:hunter2@h:notaport/d",
        "postgresql+asyncpg://u:hunter2@h/d",
    ],
)
def test_other_urls_are_refused_without_showing_them(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match="ONCOBRIEF_DATABASE_URL") as caught:
        open_database(Workspace(tmp_path), url)
    shown = str(caught.value) + repr(caught.value.__cause__)
    assert "hunter2" not in shown
    assert list(tmp_path.iterdir()) == []


def test_missing_driver_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "find_spec", lambda _name: None)
    with pytest.raises(InputError, match=r"oncobrief\[postgres\]"):
        open_database(Workspace(tmp_path), "postgresql://u:hunter2@127.0.0.1/d")


def _no_password(said: str, url: str) -> None:
    secret = make_url(url).password
    assert secret
    assert secret not in said
    assert url.split("://")[1].split("@")[0].partition(":")[2] not in said


def test_unreachable_or_refusing_server_is_one_message_without_the_password(
    postgres_server: URL, tmp_path: Path
) -> None:
    import traceback

    for wrong in (
        postgres_server.set(port=1),
        postgres_server.set(password="wr0ng pass/word"),
        postgres_server.set(database="nowhere"),
    ):
        url = wrong.render_as_string(hide_password=False)
        with pytest.raises(DatabaseError, match=r"database postgresql\+psycopg://oncobrief:\*\*\*@") as caught:
            open_database(Workspace(tmp_path), url)
        _no_password(str(caught.value), url)
        _no_password("".join(traceback.format_exception(caught.value)), url)


def test_two_processes_may_make_the_database_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from agent.workspace import Workspace; "
        "from agent.database import open_database; from agent.database.threads import ThreadStore; "
        f"e = open_database(Workspace(Path({str(tmp_path)!r}))); ThreadStore(e).create(sys.argv[1], 't')"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, f"user{i}"], stderr=subprocess.PIPE, text=True) for i in range(3)
    ]
    for process in running:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    store = ThreadStore(open_database(Workspace(tmp_path)))
    assert [len(store.threads(f"user{i}")) for i in range(3)] == [1, 1, 1]


def test_a_failed_migration_leaves_nothing(reopen: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    import agent.database.migrations.upgrade as steps

    whole = steps.upgrade

    def fail(connection: object) -> None:
        whole(connection)  # type: ignore[arg-type]
        raise RuntimeError("killed")

    monkeypatch.setattr(steps, "upgrade", fail)
    with pytest.raises(RuntimeError, match="killed"):
        reopen()
    monkeypatch.undo()
    assert ThreadStore(reopen()).threads("ada") == ()


def test_engine_does_not_show_its_password(postgres_url: str, tmp_path: Path) -> None:
    engine = open_database(Workspace(tmp_path), postgres_url)
    _no_password(f"{engine!r} {engine.url!r} {engine.url}", postgres_url)
    engine.dispose()


def test_state_is_told_without_touching_anything(made: Path, tmp_path: Path) -> None:
    before = made.read_bytes()
    state = database_state(Workspace(made.parent))
    assert (state.where, state.revision, state.newest) == (str(made), HEAD, HEAD)
    assert made.read_bytes() == before
    new = Workspace(tmp_path / "new")
    assert database_state(new).revision is None
    assert not new.root.exists()
    made.write_bytes(b"x" * 5000)
    with pytest.raises(DatabaseDamagedError):
        database_state(Workspace(made.parent))


def test_state_on_postgres_makes_no_tables(postgres_url: str, tmp_path: Path) -> None:
    for _ in range(2):
        state = database_state(Workspace(tmp_path), postgres_url)
        assert state.revision is None
        _no_password(state.where, postgres_url)
    open_database(Workspace(tmp_path), postgres_url).dispose()
    assert database_state(Workspace(tmp_path), postgres_url).revision == HEAD
