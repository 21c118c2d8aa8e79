"""Two processes write to one SQLite file at once: nothing is lost, nothing is counted twice, conflicts are told."""

import json
import subprocess
import sys
from pathlib import Path

from agent.database import open_database
from agent.database.threads import ThreadStore
from agent.examples import ExampleEvidence, example_bundle, example_tables
from agent.pipeline import Tables, write_hypotheses
from agent.review.service import ReviewService
from agent.settings import BriefSettings
from agent.workspace import Workspace

ROUNDS = 25
WRITER = """
import json, sys
from pathlib import Path
from agent.database import open_database
from agent.database.threads import ThreadStore
from agent.review.errors import ConflictError
from agent.review.service import ReviewService
from agent.workspace import Workspace

folder, name, thread, item = sys.argv[1:]
engine = open_database(Workspace(Path(folder)))
store, service = ThreadStore(engine), ReviewService(engine)
numbers, kept, conflicts = [], 0, 0
print("ready", flush=True)
sys.stdin.readline()
for i in range(ROUNDS):
    numbers.append(store.append(thread, "user", {"from": name, "i": i}))
    revision = service.show(item).item.revision
    try:
        service.accept(item, name, revision=revision)
        kept += 1
    except ConflictError:
        conflicts += 1
print(json.dumps({"numbers": numbers, "kept": kept, "conflicts": conflicts}))
"""


def test_nothing_is_lost(tmp_path: Path) -> None:
    made = example_tables()
    tables = Tables(genes=made["genes"], lines=made["lines"], expression=made["expression"])
    engine = open_database(Workspace(tmp_path))
    store, service = ThreadStore(engine), ReviewService(engine)
    item = service.add_brief(write_hypotheses(example_bundle(), tables, ExampleEvidence(), BriefSettings()))[0]
    thread = store.create("ada", "shared")
    code = WRITER.replace("ROUNDS", str(ROUNDS))
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), name, thread, item],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    found = []
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        out, said = process.communicate(timeout=200)
        assert process.returncode == 0, said
        found.append(json.loads(out))

    messages = store.messages(thread, "ada")
    assert [m.number for m in messages] == list(range(1, 2 * ROUNDS + 1))
    for name, said in zip(("one", "two"), found, strict=True):
        own = [m for m in messages if m.content["from"] == name]
        assert [m.number for m in own] == said["numbers"]
        assert [m.content["i"] for m in own] == list(range(ROUNDS))

    shown = service.show(item)
    assert sum(f["kept"] + f["conflicts"] for f in found) == 2 * ROUNDS
    assert len(shown.decisions) == shown.item.revision == sum(f["kept"] for f in found)
    engine.dispose()
