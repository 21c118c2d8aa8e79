"""A back-up holds what cannot be made again; it is restored whole into an empty place or not at all."""

import io
import json
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from agent.cli import app as cli
from agent.errors import InputError, WorkspaceError
from agent.ops import archive as archives
from agent.ops.archive import MANIFEST, plain_name
from agent.ops.backup import restore_backup, write_backup
from agent.workspace import Workspace, open_workspace
from explain_engine.bundle import ExplanationBundle
from knowledge.build import open_store
from knowledge.store.snapshot import current_id


def content(workspace: Workspace, top: str) -> dict[str, bytes]:
    folder = workspace.root / top
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_everything_comes_back_and_works(copy, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    (workspace.root / "uploads" / "user").mkdir(parents=True)
    (workspace.root / "uploads" / "user" / "table.csv").write_text("line,A\n")
    (workspace.root / "recordings" / "run").mkdir(parents=True)
    (workspace.root / "recordings" / "run" / "copy").write_text("a copy of an input")
    (workspace.bundles / ".writing-x").mkdir()
    (workspace.bundles / ".writing-x" / "half").write_text("half")
    with closing(sqlite3.connect(workspace.root / "oncobrief.sqlite")) as open_elsewhere:
        # A reader and its journal do not disturb the copy.
        open_elsewhere.execute("SELECT * FROM trial").fetchall()
        made = write_backup(workspace, tmp_path / "b.tar.gz")
    target = open_workspace(tmp_path / "new")
    restored = restore_backup(tmp_path / "b.tar.gz", target, sha256=made.sha256)
    assert restored.files == made.files
    for top in ("data", "briefs", "runs", "uploads"):
        assert content(target, top) == content(workspace, top)
    [folder] = list(target.bundles.iterdir())
    assert ExplanationBundle.load(folder).digest
    with closing(sqlite3.connect(target.root / "oncobrief.sqlite")) as database:
        assert database.execute("SELECT word FROM trial").fetchall() == [("kept",)]
    assert current_id(target.knowledge) == current_id(workspace.knowledge)
    with open_store(target.knowledge) as store:
        assert len(store.snapshot.passages) == 2
    assert not list(tmp_path.glob(".*")) and not (target.root / "recordings").exists()


def test_without_data_says_so(copy, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    report = write_backup(copy(), tmp_path / "b.tar", data=False)
    assert any("data fetch" in line for line in report.left_out)
    with tarfile.open(tmp_path / "b.tar") as archive:
        assert not [name for name in archive.getnames() if name.startswith("data/")]


def test_nothing_is_written_over(copy, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    write_backup(workspace, tmp_path / "b.tar")
    with pytest.raises(InputError, match="never written over"):
        write_backup(workspace, tmp_path / "b.tar")
    with pytest.raises(WorkspaceError, match="not empty"):
        restore_backup(tmp_path / "b.tar", workspace)
    with pytest.raises(InputError, match="not the expected"):
        restore_backup(tmp_path / "b.tar", open_workspace(tmp_path / "n"), sha256="0" * 64)
    with pytest.raises(InputError, match="no workspace"):
        write_backup(open_workspace(tmp_path / "none"), tmp_path / "c.tar")
    assert not (tmp_path / "n").exists()


def rewritten(source: Path, target: Path, change) -> None:  # type: ignore[no-untyped-def]
    """A copy of a back-up with its members passed through `change(name, data) -> list of (TarInfo, data)`."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old:
            reader = old.extractfile(member)
            for info, data in change(member, reader.read() if reader else b""):
                new.addfile(info, io.BytesIO(data))


def renamed(name: str):  # type: ignore[no-untyped-def]
    def change(member: tarfile.TarInfo, data: bytes):  # type: ignore[no-untyped-def]
        if member.name == MANIFEST:
            found = json.loads(data)
            key = next(key for key in found["files"] if key.startswith("runs/"))
            found["files"][name] = found["files"].pop(key)
            data = json.dumps(found).encode()
        elif member.name.startswith("runs/"):
            member.name = name
        member.size = len(data)
        return [(member, data)]

    return change


def linked(member: tarfile.TarInfo, data: bytes):  # type: ignore[no-untyped-def]
    if member.name.startswith("runs/"):
        link = tarfile.TarInfo(member.name)
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        return [(link, b"")]
    return [(member, data)]


def flipped(member: tarfile.TarInfo, data: bytes):  # type: ignore[no-untyped-def]
    return [(member, data[:-1] + b"?" if member.name.startswith("runs/") else data)]


def without_list(member: tarfile.TarInfo, data: bytes):  # type: ignore[no-untyped-def]
    return [] if member.name == MANIFEST else [(member, data)]


def with_extra(member: tarfile.TarInfo, data: bytes):  # type: ignore[no-untyped-def]
    if member.name != MANIFEST:
        return [(member, data)]
    extra = tarfile.TarInfo("runs/extra.json")
    extra.size = 2
    return [(extra, b"{}"), (member, data)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (renamed("../outside"), "is not one that a back-up has"),
        (renamed("/tmp/outside"), "is not one that a back-up has"),
        (renamed("runs/../../outside"), "is not one that a back-up has"),
        (linked, "no plain file"),
        (flipped, "is damaged"),
        (without_list, "no list of files"),
        (with_extra, "differ"),
    ],
)
def test_a_manipulated_backup_restores_nothing(copy, tmp_path: Path, change, message: str) -> None:  # type: ignore[no-untyped-def]
    write_backup(copy(), tmp_path / "b.tar", data=False)
    rewritten(tmp_path / "b.tar", tmp_path / "bad.tar", change)
    before = {path.name for path in tmp_path.iterdir()}
    with pytest.raises(InputError, match=message):
        restore_backup(tmp_path / "bad.tar", open_workspace(tmp_path / "new"))
    assert {path.name for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("cut", [0, 1, 511, 5000])
def test_a_cut_off_backup_restores_nothing(copy, tmp_path: Path, cut: int) -> None:  # type: ignore[no-untyped-def]
    write_backup(copy(), tmp_path / "b.tar.gz", data=False)
    (tmp_path / "cut.tar.gz").write_bytes((tmp_path / "b.tar.gz").read_bytes()[:cut])
    with pytest.raises(InputError, match="nothing was restored"):
        restore_backup(tmp_path / "cut.tar.gz", open_workspace(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("runs/big.json")
        info.size = 64 << 20
        archive.addfile(info, io.BytesIO(bytes(info.size)))
    with pytest.raises(InputError, match="there is room for"):
        archives.read_manifest(tmp_path / "bomb.tar.gz", max_bytes=1 << 20)


def test_damage_in_the_workspace_is_told_and_not_backed_up(copy, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    workspace = copy()
    (workspace.root / "oncobrief.sqlite").write_bytes(b"no database" * 100)
    for beside in ("oncobrief.sqlite-wal", "oncobrief.sqlite-shm"):
        (workspace.root / beside).unlink(missing_ok=True)
    with pytest.raises(InputError, match="cannot be copied"):
        write_backup(workspace, tmp_path / "b.tar")
    assert not (tmp_path / "b.tar").exists()


def test_the_commands(copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    def run(*args: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            cli.main(list(args))
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    workspace = copy()
    code, out, _ = run("--workspace", str(workspace.root), "backup", str(tmp_path / "b.tar"), "--json")
    assert code == 0
    digest = json.loads(out)["sha256"]
    new = str(tmp_path / "new")
    code, out, _ = run("--workspace", new, "restore", str(tmp_path / "b.tar"), "--sha256", digest)
    assert code == 0 and digest in out
    code, _, err = run("--workspace", new, "restore", str(tmp_path / "b.tar"))
    assert code == 2 and "not empty" in err
    code, _, err = run("--workspace", new + "2", "restore", str(tmp_path / "absent.tar"))
    assert code == 2 and "there is no file" in err


@pytest.mark.parametrize("name", ["", "/a", "../a", "a/../b", "a//b", "./a", "a\\b", "a/.", "a\x00b"])
def test_names_that_could_leave_the_folder(name: str) -> None:
    assert not plain_name(name)
    assert plain_name("bundles/abc/bundle.json")
