from pathlib import Path

import pytest

from knowledge.build import add
from knowledge.errors import InputError, StoreError
from knowledge.inspect import diff, stats, verify
from knowledge.store.snapshot import current_id, damage, list_snapshots, read_snapshot, resolve_id


def test_ingest_twice_changes_nothing(base: Path, literature: list) -> None:
    first = current_id(base)
    report = add(base, literature)
    assert report.snapshot == first == report.parent
    assert (report.added, report.changed, report.unchanged) == ((), (), len(literature))
    assert list_snapshots(base) == [first]


def test_the_id_depends_on_the_content_and_not_on_the_order(tmp_path: Path, literature: list) -> None:
    one = add(tmp_path / "a", literature).snapshot
    two = add(tmp_path / "b", reversed(literature)).snapshot
    assert one == two
    assert add(tmp_path / "c", literature[1:]).snapshot != one


def test_a_changed_document_is_a_new_version_and_the_old_one_stays(base: Path, literature: list) -> None:
    before = current_id(base)
    changed = literature[0].model_copy(update={"text": "BCL2 matters. Or not."})
    report = add(base, [changed])
    assert report.changed == ("pmid:1",)
    assert report.added == ()
    texts = {d.id: d.text for d in read_snapshot(base, before).documents}
    assert texts["pmid:1"] == literature[0].text
    assert {d.id: d.text for d in read_snapshot(base).documents}["pmid:1"] == changed.text
    assert {p.text for p in read_snapshot(base).passages if p.document_id == "pmid:1"} == {changed.text}
    found = diff(base, "parent")
    assert found.changed == ("pmid:1",)
    assert (found.documents_added, found.documents_removed) == ((), ())


def test_one_id_twice_with_different_content_is_reported(tmp_path: Path, make_abstract) -> None:
    report = add(tmp_path / "k", [make_abstract(1, "A."), make_abstract(1, "B."), make_abstract(1, "B.")])
    assert report.conflicts == ("pmid:1",)
    assert [d.text for d in read_snapshot(tmp_path / "k").documents] == ["B."]


def test_records_of_a_replaced_source_go_when_not_given_again(base: Path, make_abstract) -> None:
    report = add(base, [make_abstract(9, "New.")], replacing="test")
    assert report.removed == ("pmid:1", "pmid:2", "pmid:3", "pmid:4", "pmid:5", "pmid:6", "test:1")
    assert [d.id for d in read_snapshot(base).documents] == ["pmid:9"]


@pytest.mark.parametrize("name", ["documents.jsonl", "passages.jsonl", "mechanisms.jsonl"])
def test_a_changed_file_is_found_and_not_opened(base: Path, name: str) -> None:
    path = base / str(current_id(base)) / name
    path.write_bytes(path.read_bytes().replace(b"BCL2", b"BCL3", 1))
    assert name in damage(base, str(current_id(base)))[0]
    assert not verify(base).whole
    with pytest.raises(StoreError, match=name):
        read_snapshot(base)


def test_a_missing_file_and_a_broken_manifest_are_named(base: Path) -> None:
    folder = base / str(current_id(base))
    (folder / "passages.jsonl").unlink()
    assert damage(base, folder.name) == ["passages.jsonl is missing"]
    (folder / "manifest.json").write_text("{")
    with pytest.raises(StoreError, match=r"manifest\.json"):
        read_snapshot(base)


def test_ingesting_again_mends_a_damaged_snapshot(base: Path, literature: list, make_fact) -> None:
    folder = base / str(current_id(base))
    (folder / "documents.jsonl").write_text("{}\n")
    (base / "current").unlink()
    report = add(base, literature, [make_fact(1, "Venetoclax", "BCL2")])
    assert report.snapshot == folder.name
    assert verify(base).whole


def test_a_damaged_snapshot_tells_which_older_one_is_whole(base: Path, make_abstract) -> None:
    old = current_id(base)
    new = add(base, [make_abstract(8, "More.")]).snapshot
    (base / new / "documents.jsonl").write_text("")
    with pytest.raises(StoreError, match=str(old)):
        read_snapshot(base)
    assert len(read_snapshot(base, old).documents) == 6


def test_no_knowledge_base_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="knowledge build"):
        read_snapshot(tmp_path / "none")


def test_a_snapshot_is_found_by_prefix_only_when_unambiguous(base: Path) -> None:
    here = str(current_id(base))
    assert resolve_id(base, here[:6]) == here == resolve_id(base, "current")
    for wrong in ("zzzzzz", here[:3], "parent"):
        with pytest.raises(InputError):
            resolve_id(base, wrong)


def test_stats_count_what_is_there(base: Path) -> None:
    found = stats(base)
    assert (found.documents, found.mechanisms, found.retracted, found.with_year) == (6, 1, 1, 5)
    assert found.kinds == {"abstract": 6}
    assert found.licenses == {"not stated": 6}
    assert found.drugs == {"Venetoclax": 1}


def test_nothing_of_an_interrupted_write_is_left(base: Path, monkeypatch: pytest.MonkeyPatch, make_abstract) -> None:
    before = sorted(path.name for path in base.iterdir())
    here = current_id(base)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("knowledge.store.snapshot.write_text", fail)
    with pytest.raises(OSError, match="disk full"):
        add(base, [make_abstract(7, "New.")])
    assert sorted(path.name for path in base.iterdir()) == before
    assert current_id(base) == here
