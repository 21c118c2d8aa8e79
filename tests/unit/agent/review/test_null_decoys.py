"""Decoys from permuted responses: drafted by the same chain, alike in every field, never shown as findings."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from agent.database import database_of
from agent.database.errors import NotFoundError
from agent.errors import InputError
from agent.examples import ExampleEvidence
from agent.jobs import brief_job
from agent.ops.trial import make_trial_workspace
from agent.pipeline import engine_settings, explain_or_reuse, load_dataset, load_tables
from agent.review.job import decoy_job
from agent.review.model import DECOYS
from agent.review.null_decoys import draft_null, explain_permuted, null_decoy_name
from agent.review.service import ReviewService
from agent.review.text import item_text
from agent.settings import BriefSettings, ExplainSettings, Settings
from agent.workspace import Workspace, open_workspace
from knowledge.build import add
from knowledge.documents import Document

CHOSEN = ExplainSettings(bags=4)
SETTINGS = Settings(explain=CHOSEN)


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, ReviewService]:
    """A made-up screen of 150 genes, one drug explained, its brief and null decoys in review."""
    workspace = open_workspace(tmp_path_factory.mktemp("null") / "ws").ensure_writable()
    make_trial_workspace(workspace, n_lines=90, n_genes=150, n_drugs=1)
    add(workspace.knowledge, [Document(id="note:1", text="Nothing of it.", kind="note", source="made up")], [])
    found = explain_or_reuse(load_dataset(workspace, "Trialdrug-001", CHOSEN), CHOSEN, workspace.bundles)
    brief_job(workspace, found, SETTINGS, out=None, command="brief", report=lambda _: None)
    service = ReviewService(database_of(workspace, SETTINGS))
    return workspace, service


@pytest.fixture(scope="module")
def made(reviewed: tuple[Workspace, ReviewService]) -> tuple[ReviewService, list[str], list[str], int]:
    """The service, ids of drafts, all ids that any of many reviewers sees beside them, and how many are of a null."""
    workspace, service = reviewed
    drafts = [item.id for item in service.queue()]
    (told,) = decoy_job(workspace, SETTINGS, service, drug=None, seed=3, null=True, report=lambda _: None)
    seen = {i.id for k in range(40) for i in service.queue(blinded=True, reviewer=f"r{k}")}
    assert told.decoys == len(seen - set(drafts))
    return service, drafts, sorted(seen - set(drafts)), told.from_null


def origin_of(service: ReviewService, item: str) -> str | None:
    return service.show(item, reviewer="opened").origin


def test_the_permuted_response_keeps_its_values_by_tissue_and_loses_the_genes(reviewed):
    workspace, _ = reviewed
    dataset = load_dataset(workspace, "Trialdrug-001", CHOSEN)
    found = explain_or_reuse(dataset, CHOSEN, workspace.bundles)
    engine = engine_settings(CHOSEN)
    null, tables = explain_permuted(dataset, found.bundle, engine, seed=3)
    again, _ = explain_permuted(dataset, found.bundle, engine, seed=3)
    other, _ = explain_permuted(dataset, found.bundle, engine, seed=4)
    assert null.digest == again.digest or null.attribution == again.attribution
    assert null.attribution != other.attribution
    real = found.bundle.fit.model.spearman
    chance = null.fit.model.spearman
    assert real is not None and (chance is None or chance.estimate < real.estimate - 0.2)
    lines = tables.lines
    for tissue, rows in lines.groupby("lineage"):
        assert sorted(rows["y"]) == pytest.approx(sorted(dataset.y[dataset.lineage == tissue]))
    assert not np.allclose(lines["y"], dataset.y)
    assert [p.name for p in workspace.bundles.iterdir() if not p.name.startswith(".")] == [found.bundle.key]
    changed = dataclasses.replace(dataset, y=dataset.y + 1)
    with pytest.raises(InputError, match="no longer"):
        explain_permuted(changed, found.bundle, engine, seed=3)


def test_drafts_get_decoys_of_their_kind_on_genes_that_the_model_did_not_put_forward(reviewed):
    workspace, _ = reviewed
    dataset = load_dataset(workspace, "Trialdrug-001", CHOSEN)
    found = explain_or_reuse(dataset, CHOSEN, workspace.bundles)
    null, tables = explain_permuted(dataset, found.bundle, engine_settings(CHOSEN), seed=3)
    brief = BriefSettings()
    asked = {"a": ("gene", "X"), "b": ("pair", "X × Y"), "c": ("gene", "Z"), "d": ("rule", "R"), "e": ("module", "M")}
    decoys = draft_null(found.bundle, null, tables, ExampleEvidence(), brief, drafts=asked)
    assert set(decoys) <= {"a", "c"} and decoys
    first = {g.gene for g in found.bundle.attribution.genes[: brief.candidates]}
    for content in decoys.values():
        assert content.kind == "gene" and content.gene not in first
        assert content.drug == found.bundle.drug and content.screen == found.bundle.screen
    assert null_decoy_name(found.bundle, "s", 1) != null_decoy_name(found.bundle, "s", 2)
    assert load_tables(found.bundle, found.folder).genes is not None


def test_a_null_decoy_cannot_be_told_by_its_fields(made):
    service, drafts, decoys, from_null = made
    assert from_null > 0
    shapes: dict[str, set[str]] = {}
    seen = [item for item in (*drafts, *decoys) if viewer_of(service, item)]
    assert set(decoys) < set(seen)
    for item in seen:
        assert re.fullmatch(r"[0-9a-f]{10}", item)
        viewer = viewer_of(service, item)
        shown = service.show(item, blinded=True, reviewer=viewer)
        text = shown.model_dump_json()
        assert not re.search(r"decoy|drafted|null_|permuted|shuffled", text)
        hidden = (shown.origin, shown.content.rating, shown.same_pair, shown.item.brief, shown.item.hypothesis,
                  shown.item.bundle, shown.item.added, shown.versions[0].created)  # fmt: skip
        assert all(value in (None, ()) for value in hidden)
        shapes.setdefault(shown.item.kind, set()).add(str(_shape(shown.model_dump(exclude={"content"}))))
        shapes.setdefault("content", set()).add(str(sorted(shown.content.model_dump())))
    assert all(len(kinds) == 1 for kinds in shapes.values())


def test_sentences_of_decoys_are_those_that_drafts_of_the_kind_have(made):
    service, drafts, decoys, _ = made
    forms: dict[bool, set[tuple[str, ...]]] = {True: set(), False: set()}
    for item in (*drafts, *decoys):
        viewer = viewer_of(service, item)
        if viewer is None:
            continue
        content = service.show(item, blinded=True, reviewer=viewer).content
        if content.kind == "gene" and not content.members:
            names = "|".join(map(re.escape, content.genes))
            words = (re.sub(r"[\d.,−-]+|" + names, "#", s.text) for s in content.said if s.kind == "measured")
            forms[item in decoys] |= set(words)
    # The templates alone speak: a decoy says nothing in words that no draft has.
    assert forms[True] and {w for w in forms[True] if w not in forms[False]} <= {
        w for w in forms[True] if "within lineages" in w or "opposed" in w
    }


def test_a_null_decoy_is_in_no_plain_view_and_no_export_and_is_marked_after_unblinding(made):
    service, drafts, decoys, from_null = made
    assert [i.id for i in service.queue()] == drafts
    for item in decoys:
        with pytest.raises(NotFoundError):
            service.show(item, reviewer="plain")
    for form in ("json", "csv", "ris", "brief"):
        assert not any(item in service.export(form) for item in decoys)
    service.unblind("opened", "round closed")
    origins = [origin_of(service, item) for item in decoys]
    assert set(origins) <= set(DECOYS) and origins.count("null_decoy") == from_null
    marked = decoys[origins.index("null_decoy")]
    assert "DECOY, no finding: drafted from an explanation of permuted responses" in item_text(
        service.show(marked, reviewer="opened")
    )
    assert [i.id for i in service.queue(reviewer="opened")] == drafts


def test_blind_decisions_on_null_decoys_are_counted_apart(made):
    service, _, decoys, _ = made
    service.unblind("opened")
    of_null = [item for item in decoys if origin_of(service, item) == "null_decoy"]
    given = 0
    for k in range(60):
        for item in set(_seen(service, f"judge{k}")) & set(of_null):
            service.reject(item, f"judge{k}", "weak_data", blinded=True)
            given += 1
        if given >= 12:
            break
    rates = service.calibration().decoys
    assert rates.null_decoys is not None and rates.null_decoys.estimate == 0.0
    assert rates.decoys is not None and rates.decoys.estimate == 0.0


def test_without_the_data_relabelled_twins_stand_in_and_it_is_said(reviewed, tmp_path: Path):
    import shutil

    workspace, _ = reviewed
    copy = open_workspace(tmp_path / "ws")
    shutil.copytree(workspace.root, copy.root)
    shutil.rmtree(copy.data)
    (copy.root / "oncobrief.sqlite").unlink(missing_ok=True)
    for left in copy.root.glob("oncobrief.sqlite-*"):
        left.unlink()
    service = ReviewService(database_of(copy, SETTINGS))
    found = explain_or_reuse(load_dataset(workspace, "Trialdrug-001", CHOSEN), CHOSEN, copy.bundles)
    brief_job(copy, found, SETTINGS, out=None, command="brief", report=lambda _: None)
    said: list[str] = []
    try:
        (told,) = decoy_job(copy, SETTINGS, service, drug=None, seed=3, null=True, report=said.append)
    except InputError as error:
        # Too few unlisted genes for relabelled ones in so small a screen is an answer too, and says so.
        assert "draw their names" in str(error)
    else:
        assert told.from_null == 0
    assert any("relabelled ones instead" in line and "no data" in line for line in said)


def viewer_of(service: ReviewService, item: str) -> str | None:
    """A reviewer to whom the item is assigned; None where its draft has no decoy."""
    return next((n for n in (f"r{k}" for k in range(40)) if item in _seen(service, n)), None)


def _seen(service: ReviewService, name: str) -> list[str]:
    return [i.id for i in service.queue(blinded=True, reviewer=name)]


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shape(entry) for key, entry in value.items()}
    return type(value).__name__
