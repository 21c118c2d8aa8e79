"""Databases that earlier versions wrote stay readable: each file is opened, compared with its list, and used.

A file is made once by the version that its list names, with ``ONCOBRIEF_MAKE_GOLDEN=1 pytest tests/golden``, when there
is a new revision of the tables; files that are there are never made again.
"""

import json
import os
import shutil
from pathlib import Path

import pytest

from agent.database import open_database
from agent.database.migrations import HEAD
from agent.database.threads import ThreadStore
from agent.examples import ExampleEvidence, example_bundle, example_tables
from agent.pipeline import Tables, write_hypotheses
from agent.review.service import ReviewService
from agent.settings import BriefSettings
from agent.workspace import Workspace
from oncobrief import __version__

ARTEFACTS = Path(__file__).parent.parent / "data" / "artefacts"
USERS = ("ada", "bob")


def contents(folder: Path) -> dict[str, object]:
    """Everything that the database in `folder` gives back."""
    engine = open_database(Workspace(folder))
    store, service = ThreadStore(engine), ReviewService(engine)
    items = [service.show(i.id).model_dump(mode="json") for i in service.queue()]
    found: dict[str, object] = {
        "threads": {
            user: [
                t.model_dump(mode="json") | {"said": [m.model_dump(mode="json") for m in store.messages(t.id, user)]}
                for t in store.threads(user)
            ]
            for user in USERS
        },
        "items": items,
        "blinded": sorted(i.id for i in service.queue(blinded=True, reviewer="cy")),
        "unblindings": [u.model_dump(mode="json") for u in service.unblindings()],
    }
    engine.dispose()
    return found


def make(folder: Path) -> None:
    """Threads of two users, three drafts with a twin each, every kind of decision, a look behind the blinded view."""
    made = example_tables()
    tables = Tables(genes=made["genes"], lines=made["lines"], expression=made["expression"])
    brief = write_hypotheses(example_bundle(), tables, ExampleEvidence(), BriefSettings(hypotheses=3))
    engine = open_database(Workspace(folder))
    store, service = ThreadStore(engine), ReviewService(engine)
    for user in USERS:
        thread = store.create(user, f"Thread of {user}: α")
        store.append(thread, "user", {"text": "Why are some lines sensitive?"})
        store.append(thread, "assistant", {"kind": "answer", "sentences": [{"text": "…", "n": 1.5, "ref": None}]})
    first, second, third = service.add_brief(brief)
    service.accept(first, "ada", blinded=True)
    service.reject(first, "bob", "weak_data", "few lines", blinded=True)
    twins = {item: service.show(item).content for item in (first, second, third)}
    service.add_decoys(twins, name="d" * 64, bundle=brief.provenance.bundle_key, bundle_digest="e" * 64)
    service.accept(first, "ada", "known", "on record")
    service.edit(second, "bob", "GENB may mark response", "overstated", "softer")
    service.reject(second, "ada", "other", "not mine to say")
    service.unblind("bob", "round closed")
    # Closing the last connection writes the log back into the file.
    engine.dispose()


def test_this_revision_has_its_file() -> None:
    target = ARTEFACTS / f"database-{HEAD}.sqlite"
    if os.environ.get("ONCOBRIEF_MAKE_GOLDEN") and not target.exists():
        scratch = ARTEFACTS / "scratch"
        make(scratch)
        shutil.copy(scratch / "oncobrief.sqlite", target)
        listed = {"made by": f"oncobrief {__version__}", "revision": HEAD, **contents(scratch)}
        target.with_suffix(".json").write_text(json.dumps(listed, indent=1, ensure_ascii=False) + "\n")
        shutil.rmtree(scratch)
    assert target.is_file() and target.with_suffix(".json").is_file()


@pytest.mark.parametrize("path", sorted(ARTEFACTS.glob("database-*.sqlite")), ids=lambda p: p.stem)
def test_earlier_databases_hold_what_their_lists_say_and_can_be_used(path: Path, tmp_path: Path) -> None:
    listed = json.loads(path.with_suffix(".json").read_text())
    shutil.copy(path, tmp_path / "oncobrief.sqlite")
    found = contents(tmp_path)
    for part in ("threads", "items", "blinded", "unblindings"):
        assert found[part] == listed[part], part
    engine = open_database(Workspace(tmp_path))
    service = ReviewService(engine)
    item = service.queue()[0]
    service.accept(item.id, "grace", revision=item.revision)
    assert service.show(item.id).decisions[-1].reviewer == "grace"
    assert "Accepted hypotheses" in service.export("brief")
    engine.dispose()
