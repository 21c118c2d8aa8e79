"""Databases for tests: SQLite in a temporary folder, and a PostgreSQL server started for the session."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import OperationalError

from agent.database import open_database
from agent.workspace import Workspace

PASSWORD = "p@ss:w/rd %41"
_NUMBERS = count(1)


def _binaries() -> Path | None:
    """Folder of initdb and postgres: Debian keeps them off the path, one folder a version."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    folders = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(folders, key=lambda p: int(p.parent.name)) if folders else None


def _account() -> dict[str, object]:
    """How to start the server: it refuses to run as root, so that root hands over to an ordinary account."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL does not run as root and no ordinary account was found")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A PostgreSQL server of this test session on loopback, with a password; skipped, by name, where it is missing."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed (extra postgres)")
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="oncobrief-pg-"))
    secret = folder / "password"
    secret.write_text(PASSWORD)
    if account:
        for path in (folder, secret):
            os.chown(path, int(str(account["user"])), int(str(account["group"])))
    data, port = folder / "data", _free_port()
    process = None
    try:
        initdb = [binaries / "initdb", "-D", data, "-U", "oncobrief", "-A", "scram-sha-256", f"--pwfile={secret}"]
        subprocess.run(
            [*initdb, "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=folder,
            **account,  # type: ignore[call-overload]
        )
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder), "fsync": "off"}
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-p", str(port), *flags],
                stdout=log,
                stderr=log,
                cwd=folder,
                **account,  # type: ignore[call-overload]
            )
        url = URL.create("postgresql", "oncobrief", PASSWORD, "127.0.0.1", port, "postgres")
        _wait_for(url.set(drivername="postgresql+psycopg"), process, folder / "log")
        yield url
    finally:
        if process is not None:
            process.terminate()
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(url: URL, process: subprocess.Popen[bytes], log: Path) -> None:
    engine = create_engine(url)
    until = time.monotonic() + 60
    while True:
        try:
            with engine.connect():
                break
        except OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
            time.sleep(0.1)
    engine.dispose()


@pytest.fixture
def postgres_url(postgres_server: URL) -> Iterator[str]:
    """URL, password included, of an empty database of its own."""
    name = f"test_{next(_NUMBERS)}"
    admin = create_engine(postgres_server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield postgres_server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Opens the same database, again and again: the contract is run on both kinds."""
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    opened: list[Engine] = []

    def open_again() -> Engine:
        engine = open_database(Workspace(tmp_path / "workspace"), url)
        opened.append(engine)
        return engine

    yield open_again
    for engine in opened:
        engine.dispose()


@pytest.fixture
def engine(reopen: Callable[[], Engine]) -> Engine:
    """An open database, empty but for its tables; once on SQLite, once on PostgreSQL."""
    return reopen()


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """An open SQLite database, where the kind does not matter."""
    engine = open_database(Workspace(tmp_path / "workspace"))
    yield engine
    engine.dispose()
