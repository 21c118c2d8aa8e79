"""The shelf shows the bundles as the files are now, and opens each only once."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from agent.errors import InputError
from agent.examples import example_bundle, example_tables
from agent.examples_depth import example_deep_bundle
from agent.settings import ExplainSettings
from agent.toolbox.shelf import BundleShelf


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    example_deep_bundle().save(tmp_path, example_tables())
    return tmp_path


def shelf_of(folder: Path) -> BundleShelf:
    return BundleShelf(folder, ExplainSettings())


def rewrite(folder: Path, key: str, **changes: object) -> None:
    """Replace a bundle by another whole one of the same name."""
    bundle = example_deep_bundle().model_copy(update=changes)
    shutil.rmtree(folder / key)
    bundle.save(folder, example_tables())


def test_newest_method_speaks_for_a_drug_before_the_deepest_bundle(tmp_path: Path) -> None:
    old = example_deep_bundle().model_copy(update={"key": "old", "revision": 1})
    new = example_bundle().model_copy(update={"key": "new", "revision": 2})
    assert old.drug == new.drug
    for bundle in (old, new):
        bundle.save(tmp_path, {} if bundle is old else example_tables())
    shelf = shelf_of(tmp_path)
    cards = shelf.of_drug(old.drug)
    assert [card.folder for card in cards] == ["new", "old"]
    assert len(cards[1].parts) > len(cards[0].parts)
    assert [card.folder for card in shelf.speaking()] == ["new"]
    found = shelf.find(old.drug)
    assert found is not None
    assert found.bundle.key == "new"


def test_the_screen_asked_for_stands_before_others_and_answers_alone(tmp_path: Path) -> None:
    for key, screen, revision in (("asked", "GDSC2", 1), ("other", "GDSC1", 2), ("own", "own:mine", 2)):
        example_bundle().model_copy(update={"key": key, "screen": screen, "revision": revision}).save(
            tmp_path, example_tables()
        )
    shelf = shelf_of(tmp_path)
    drug = example_bundle().drug
    assert shelf.of_drug(drug)[0].folder == "asked"
    assert {card.folder for card in shelf.of_drug(drug)} == {"asked", "other", "own"}
    found = shelf.find(drug)
    assert found is not None
    assert found.bundle.key == "asked"
    shutil.rmtree(tmp_path / "asked")
    found = shelf.find(drug)
    assert found is not None
    assert found.bundle.key == "own"
    shutil.rmtree(tmp_path / "own")
    assert shelf.find(drug) is None


def test_an_unchanged_bundle_is_opened_once_and_its_card_read_once(folder: Path) -> None:
    shelf = shelf_of(folder)
    assert shelf.cards() is shelf.cards()
    assert shelf.open("example1") is shelf.open("example1") is shelf.find("examplinib")


def test_a_changed_bundle_is_read_anew(folder: Path) -> None:
    shelf = shelf_of(folder)
    before = shelf.open("example1")
    assert before.bundle.revision != 7
    rewrite(folder, "example1", revision=7)
    assert shelf.open("example1") is not before
    assert shelf.open("example1").bundle.revision == 7
    assert [card.revision for card in shelf.cards()] == [7]


def test_new_and_removed_bundles_are_seen_at_once(folder: Path) -> None:
    shelf = shelf_of(folder)
    assert shelf.drugs() == ("Examplinib",)
    example_bundle().model_copy(update={"key": "new", "drug": "Otheramab"}).save(folder, example_tables())
    assert shelf.drugs() == ("Examplinib", "Otheramab")
    assert shelf.get("new") is not None
    shutil.rmtree(folder / "new")
    assert shelf.drugs() == ("Examplinib",)
    assert shelf.get("new") is None
    with pytest.raises(InputError, match="no bundle 'new'"):
        shelf.open("new")


def test_a_damaged_bundle_is_named_passed_over_and_read_again_once_it_is_whole(folder: Path) -> None:
    shelf = shelf_of(folder)
    manifest = folder / "example1" / "bundle.json"
    whole = manifest.read_text()
    content = json.loads(whole)
    content["bundle"]["fit"]["n_lines"] = 4
    manifest.write_text(json.dumps(content))
    assert shelf.find("Examplinib") is None
    assert "digest" in shelf.damaged["example1"]
    with pytest.raises(InputError, match="digest"):
        shelf.open("example1")
    manifest.write_text("{")
    assert shelf.cards() == ()
    assert "example1" in shelf.damaged
    manifest.write_text(whole)
    assert shelf.find("Examplinib") is not None
    assert shelf.damaged == {}


def test_a_bundle_half_written_and_files_beside_bundles_are_no_bundles(folder: Path) -> None:
    shutil.copytree(folder / "example1", folder / ".writing-x")
    (folder / "note.txt").write_text("x")
    (folder / "empty").mkdir()
    assert [card.folder for card in shelf_of(folder).cards()] == ["example1"]
    assert shelf_of(folder / "nowhere").cards() == ()


def test_a_change_of_the_time_alone_is_a_change(folder: Path) -> None:
    shelf = shelf_of(folder)
    before = shelf.open("example1")
    os.utime(folder / "example1" / "bundle.json", ns=(1, 1))
    assert shelf.open("example1") is not before


def test_lookups_of_an_open_bundle(folder: Path) -> None:
    opened = shelf_of(folder).open("example1")
    gene = opened.bundle.attribution.genes[0]
    assert opened.rank(gene.gene) == gene.rank
    assert opened.rank("NOSUCHGENE") is None
    assert opened.symbols[gene.gene.upper()] == gene.gene
    names = {str(name) for name in opened.tables.lines.index}
    assert set(opened.lines.values()) == names
    assert opened.digest == opened.bundle.digest
