"""From a data set to a brief on disk: re-use, damage, what is recorded, and the commands around it."""

import json
from pathlib import Path

import pytest

from agent import pipeline
from agent.cli import app as cli
from agent.errors import InputError
from agent.pipeline import explain_or_reuse, load_dataset, load_tables, open_bundle
from agent.records import RunRecord
from agent.settings import ExplainSettings
from agent.workspace import Workspace, open_workspace
from benchmarks.agent.scripted_endpoint import ScriptedEndpoint, refusal
from explain_engine.bundle import ExplanationBundle
from explain_engine.data.dataset import ResponseDataset
from explain_engine.synth import planted_cohort
from knowledge.build import add
from knowledge.starter.load import cards_as_documents, load_cards

SETTINGS = ExplainSettings(bags=4)


@pytest.fixture(scope="module")
def dataset() -> ResponseDataset:
    return planted_cohort("B", n_lines=120, n_genes=460, seed=1).dataset()


@pytest.fixture(scope="module")
def made(dataset: ResponseDataset, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with one bundle and a small knowledge base."""
    workspace = open_workspace(tmp_path_factory.mktemp("ws"))
    explain_or_reuse(dataset, SETTINGS, workspace.bundles)
    cards = [c for c in load_cards() if c.drug == "Venetoclax"][:3]
    add(workspace.knowledge, cards_as_documents(cards), cards)
    return workspace


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch, dataset: ResponseDataset) -> None:
    monkeypatch.setattr(pipeline, "load_dataset", lambda workspace, drug, settings, own="": dataset)
    monkeypatch.setattr("explain_engine.data.fetch.fetch_gdsc", lambda folder, progress: None)
    monkeypatch.setenv("ONCOBRIEF_EXPLAIN__BAGS", "4")


def run(capsys: pytest.CaptureFixture[str], workspace: Workspace, *args: str) -> tuple[int, str, str]:
    try:
        cli.main(["--workspace", str(workspace.root), *args])
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_whole_bundle_is_reused_and_a_damaged_one_made_anew(dataset: ResponseDataset, made: Workspace) -> None:
    first = explain_or_reuse(dataset, SETTINGS, made.bundles)
    assert first.reused
    (first.folder / "lines.parquet").write_bytes(b"no parquet")
    told: list[str] = []
    again = explain_or_reuse(dataset, SETTINGS, made.bundles, report=told.append)
    assert not again.reused
    assert "damaged" in told[0]
    assert again.bundle.digest == first.bundle.digest
    assert load_tables(again.bundle, again.folder).lines.shape[0] == dataset.n_lines


def test_other_settings_are_another_bundle(dataset: ResponseDataset, made: Workspace) -> None:
    other = explain_or_reuse(dataset, ExplainSettings(bags=4, seed=5), made.bundles)
    assert not other.reused
    assert other.bundle.key != explain_or_reuse(dataset, SETTINGS, made.bundles).bundle.key


def test_interrupted_explanation_leaves_nothing_behind(
    dataset: ResponseDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(self: ExplanationBundle) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(ExplanationBundle, "digest", property(stop))
    with pytest.raises(KeyboardInterrupt):
        explain_or_reuse(dataset, SETTINGS, tmp_path / "bundles")
    assert list((tmp_path / "bundles").iterdir()) == []


def test_no_data_names_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="oncobrief data fetch gdsc"):
        load_dataset(open_workspace(tmp_path), "venetoclax", SETTINGS)


@pytest.mark.usefixtures("planted")
def test_explain_command_speaks_json_on_stdout_alone(made: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, made, "explain", "anything", "--json")
    assert code == 0
    found = json.loads(out)
    assert [g["rank"] for g in found["genes"]] == list(range(1, len(found["genes"]) + 1))
    assert found["null"] is None
    assert "re-used" in err


@pytest.mark.usefixtures("planted")
def test_brief_command_writes_every_face_and_a_record(
    made: Workspace, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, _ = run(capsys, made, "brief", "anything", "--json", "--out", str(tmp_path / "out"))
    assert code == 0
    found = json.loads(out)
    assert json.loads((tmp_path / "out" / "brief.json").read_text()) == found
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"brief.html", "brief.md", "brief.json", "brief.ris"}
    records = [RunRecord.model_validate_json(p.read_text()) for p in made.runs.iterdir()]
    record = next(r for r in records if r.bundle_digest == found["provenance"]["bundle_digest"])
    assert record.snapshot == found["provenance"]["snapshot"]
    assert record.prompts == found["provenance"]["templates"]
    assert set(record.outputs) == {"brief.html", "brief.md", "brief.json", "brief.ris"}
    queued = json.loads(run(capsys, made, "review", "list", "--json")[1])["items"]
    assert [i["statement"] for i in queued] == [h["draft"]["statement"]["text"] for h in found["hypotheses"]]
    assert {i["bundle"] for i in queued} <= {found["provenance"]["bundle_key"]}


@pytest.mark.usefixtures("planted")
def test_dry_run_on_a_computed_bundle_lays_everything_out_and_sends_nothing(
    made: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedEndpoint(lambda seen: refusal(500, "nothing may be asked")) as endpoint:
        monkeypatch.setenv("ONCOBRIEF_LLM__BASE_URL", endpoint.url)
        monkeypatch.setenv("ONCOBRIEF_LLM__MODEL", "some-model")
        before = {p.name for p in made.root.rglob("*")}
        code, out, _ = run(capsys, made, "brief", "anything", "--parts", "rules", "--llm", "--dry-run", "--json")
        plain_code, plain, _ = run(capsys, made, "brief", "anything", "--parts", "rules", "--llm", "--dry-run")
    assert (code, plain_code) == (0, 0)
    assert endpoint.seen == []
    planned = json.loads(out)
    assert planned["model"] == "some-model"
    assert planned["estimate"]["requests"] == len(planned["prompts"])
    assert "Nothing was sent." in plain
    # The hypotheses of the same brief on single genes, and no others, are laid out.
    code, out, _ = run(capsys, made, "brief", "anything", "--parts", "rules", "--json", "--out", str(made.root / "b"))
    kinds = {h["id"]: h["draft"]["candidate"]["kind"] for h in json.loads(out)["hypotheses"]}
    assert set(planned["prompts"]) == {name for name, kind in kinds.items() if kind == "gene"}
    assert all(any("Finding:" in m for m in messages) for messages in planned["prompts"].values())
    written = {p.name for p in made.root.rglob("*")} - before
    assert not any(name.endswith(".jsonl") for name in written)


@pytest.mark.usefixtures("planted")
def test_demo_says_where_the_brief_is(made: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, made, "demo", "--drug", "anything")
    assert code == 0
    page = Path(next(line for line in out.splitlines() if line.endswith("brief.html")))
    assert page.is_file()
    assert "Research use only." in out
    assert not list(made.root.rglob(".writing-*"))


@pytest.mark.usefixtures("planted")
def test_brief_from_a_bundle_that_is_not_whole(
    made: Workspace, dataset: ResponseDataset, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = run(capsys, made, "brief", "--bundle", str(tmp_path))
    assert (code, out) == (2, "")
    assert "not a whole bundle" in err
    with pytest.raises(InputError):
        open_bundle(tmp_path)


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("explain", "x", "--bags", "7"), "--bags 7: give a multiple of 4"),
        (("explain", "x", "--bags", "0"), "--bags 0"),
        (("explain", "x", "--kind", "ic50"), "--kind 'ic50'"),
        (("explain", "x", "--screen", "ctrp"), "--screen 'CTRP'"),
        (("brief",), "give either a DRUG or --bundle DIR"),
        (("brief", "x", "--bundle", "y"), "give either a DRUG or --bundle DIR"),
        (("brief", "x", "--out", "/proc/nowhere"), "cannot be written to"),
    ],
)
def test_bad_arguments_are_one_message_and_code_2(
    made: Workspace, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], message: str
) -> None:
    code, out, err = run(capsys, made, *args)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.strip().splitlines()) == 1


def test_doctor_tells_what_is_missing_and_contacts_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("doctor opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    code, out, _ = run(capsys, open_workspace(tmp_path / "new"), "doctor", "--json")
    assert code == 0
    found = {f["what"]: f for f in json.loads(out)["findings"]}
    assert found["data"]["status"] == "missing"
    assert "data fetch" in found["data"]["advice"]
    assert found["language model"]["status"] == "off"
    assert found["embedder"]["status"] == "works"
    assert found["database"]["status"] == "missing"
    assert not (tmp_path / "new").exists()


def test_doctor_says_broken_with_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = open_workspace(tmp_path)
    (workspace.bundles / "abc").mkdir(parents=True)
    (tmp_path / "oncobrief.sqlite").write_text("no database")
    monkeypatch.setenv("ONCOBRIEF_LLM__BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("ONCOBRIEF_LLM__MODEL", "tiny")
    monkeypatch.setenv("ONCOBRIEF_LLM__API_KEY", "sk-very-secret")
    code, out, _ = run(capsys, workspace, "doctor")
    assert code == 1
    assert "broken   database" in out
    assert "broken   bundles" in out
    assert "broken   language model" in out
    assert "very-secret" not in out
