"""Further parts in a workspace: run once, re-used when whole, shown by every face."""

import json
import shutil
from pathlib import Path

import pytest

from agent import deepening, pipeline
from agent.cli import app as cli
from agent.deepening import annotated_targets, bundles_of, deepen_or_reuse
from agent.errors import InputError
from agent.pipeline import Explained, explain_or_reuse
from agent.report.depth import LEVEL, depth_of
from agent.report.null import below, null_summary, null_text
from agent.settings import ExplainSettings
from agent.workspace import Workspace, open_workspace
from explain_engine.data.dataset import ResponseDataset
from explain_engine.deepen import first_key, parts_of
from explain_engine.synth import planted_cohort
from knowledge.build import add
from knowledge.starter.load import cards_as_documents, load_cards

SETTINGS = ExplainSettings(bags=4)


@pytest.fixture(scope="module")
def dataset() -> ResponseDataset:
    return planted_cohort("A", n_lines=120, n_genes=460, seed=2).dataset()


@pytest.fixture(scope="module")
def made(dataset: ResponseDataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Explained, Explained]:
    """A workspace with the plain bundle and one with a null."""
    workspace = open_workspace(tmp_path_factory.mktemp("ws"))
    plain = explain_or_reuse(dataset, SETTINGS, workspace.bundles)
    deep = deepen_or_reuse(workspace, dataset, plain, SETTINGS, ["null", "replication"], null_runs=19)
    return workspace, plain, deep


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch, dataset: ResponseDataset) -> None:
    monkeypatch.setattr(pipeline, "load_dataset", lambda workspace, drug, settings, own="": dataset)
    monkeypatch.setenv("ONCOBRIEF_EXPLAIN__BAGS", "4")


def run(capsys: pytest.CaptureFixture[str], workspace: Workspace, *args: str) -> tuple[int, str, str]:
    try:
        cli.main(["--workspace", str(workspace.root), *args])
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_parts_make_another_bundle_that_is_reused(dataset: ResponseDataset, made) -> None:  # type: ignore[no-untyped-def]
    workspace, plain, deep = made
    assert not deep.reused
    assert deep.bundle.key != plain.bundle.key == first_key(deep.bundle)
    assert deep.bundle.replication == ()
    again = deepen_or_reuse(workspace, dataset, plain, SETTINGS, ["null"], null_runs=19)
    assert again.reused
    assert again.bundle == deep.bundle
    assert explain_or_reuse(dataset, SETTINGS, workspace.bundles).bundle == plain.bundle


def test_deepest_whole_bundle_leads_and_a_damaged_one_is_passed_over(made, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    workspace, plain, deep = made
    root = tmp_path / "bundles"
    shutil.copytree(workspace.bundles, root)
    here = Explained(plain.bundle, root / plain.bundle.key, reused=True)
    assert [e.bundle.key for e in bundles_of(here, root)] == [deep.bundle.key, plain.bundle.key]
    (root / deep.bundle.key / "genes.parquet").write_bytes(b"no parquet")
    told: list[str] = []
    assert [e.bundle.key for e in bundles_of(here, root, report=told.append)] == [plain.bundle.key]
    assert "passed over" in told[0]


def test_interrupted_run_loses_one_part_at_most(  # type: ignore[no-untyped-def]
    dataset: ResponseDataset, made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = open_workspace(tmp_path)
    shutil.copytree(made[1].folder, workspace.bundles / made[1].bundle.key)
    plain = Explained(made[1].bundle, workspace.bundles / made[1].bundle.key, reused=True)

    def stop(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("explain_engine.rules.find.find_rules", stop)
        with pytest.raises(KeyboardInterrupt):
            deepen_or_reuse(workspace, dataset, plain, SETTINGS, ["verdicts", "replication", "rules"])
    left = bundles_of(plain, workspace.bundles)[0]
    assert parts_of(left.bundle) == ("replication", "verdicts")
    whole = deepen_or_reuse(workspace, dataset, plain, SETTINGS, ["verdicts", "replication"])
    assert whole.reused


def test_null_in_words_and_numbers(made) -> None:  # type: ignore[no-untyped-def]
    _, plain, deep = made
    genes, groups = (deep.bundle.array(deep.folder, name) for name in ("genes", "groups"))
    found = null_summary(deep.bundle, genes, groups)
    text = null_text(deep.bundle, genes, groups)
    null = deep.bundle.null
    assert f"{null.n_reached} of 19 null runs reached this" in text
    assert found["genes"]["q_at_most"] == below(genes)
    assert below(genes)["0.05"] == int((genes["q"] <= 0.05).sum()) <= below(genes)["0.10"]
    assert [row["q"] for row in found["groups"]["leading"]] == sorted(row["q"] for row in found["groups"]["leading"])
    counts = depth_of(deep.bundle, genes, groups).counts
    assert (counts.genes, counts.groups) == (int((genes["q"] <= LEVEL).sum()), int((groups["q"] <= LEVEL).sum()))
    with pytest.raises(InputError, match="no null was run"):
        null_text(plain.bundle, genes, groups)


@pytest.mark.usefixtures("planted")
def test_null_command_reuses_and_speaks_json(made, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    workspace, _, deep = made
    code, out, err = run(capsys, workspace, "null", "anything", "--runs", "19", "--json")
    assert code == 0
    assert "re-used" in err
    found = json.loads(out)
    assert found["null"]["n_reached"] == deep.bundle.null.n_reached
    assert found["digest"] == deep.bundle.digest
    assert run(capsys, workspace, "null", "anything", "--runs", "5")[0] == 2


@pytest.mark.usefixtures("planted")
def test_explain_and_brief_show_the_deepest_bundle(  # type: ignore[no-untyped-def]
    made, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    workspace = open_workspace(tmp_path / "ws")
    shutil.copytree(made[0].bundles, workspace.bundles)
    cards = [c for c in load_cards() if c.drug == "Venetoclax"][:2]
    add(workspace.knowledge, cards_as_documents(cards), cards)
    code, out, _ = run(capsys, workspace, "explain", "anything", "--json", "--parts", "verdicts")
    assert code == 0
    found = json.loads(out)
    assert found["null"]["n_runs"] == 19
    assert found["verdicts"] == []
    assert found["rules"] is None
    assert found["interactions"] is None
    assert found["modules"] is None
    code, out, _ = run(capsys, workspace, "brief", "anything", "--json", "--out", str(tmp_path / "out"))
    assert code == 0
    brief = json.loads(out)
    assert brief["provenance"]["bundle_digest"] == found["digest"]
    assert {line["part"] for line in brief["depth"]["lines"]} == {"null", "verdicts", "replication"}
    page = (tmp_path / "out" / "brief.html").read_text()
    assert "null runs reached the strongest gene group" in page
    assert "<script" not in page


@pytest.mark.usefixtures("planted")
def test_unknown_part_is_bad_usage(made, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run(capsys, made[0], "explain", "anything", "--parts", "nulls")
    assert code == 2
    assert "parts are null, replication" in err


def test_screen_without_a_second_one_says_so(dataset: ResponseDataset, tmp_path: Path) -> None:
    from dataclasses import replace

    told: list[str] = []
    gdsc = replace(dataset, screen="GDSC2")
    assert deepening.second_screens(open_workspace(tmp_path), gdsc, report=told.append) == ()
    assert "no replication in GDSC1" in told[0]
    assert deepening.gene_sets(open_workspace(tmp_path), report=told.append) is None
    assert "oncobrief data fetch genesets" in told[1]


def test_annotated_targets_by_any_spelling() -> None:
    assert annotated_targets("VENETOCLAX") == annotated_targets("Venetoclax")
    assert "BCL2" in annotated_targets("venetoclax")
    assert annotated_targets("no such drug") == ()
