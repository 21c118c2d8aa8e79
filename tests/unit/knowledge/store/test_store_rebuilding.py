"""Damaged, foreign or absent indexes are made again from plain files; nothing is lost and nothing is embedded twice."""

import json
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from knowledge.build import add, open_store
from knowledge.errors import InputError
from knowledge.retrieve.search import search
from knowledge.store.chroma import ChromaIndex, split_url
from knowledge.store.snapshot import current_id
from knowledge.store.vectors import VectorCache


def hits(folder: Path, embedder) -> list[str]:
    with open_store(folder, embedder=embedder) as store:
        return [hit.passage.id for hit in search(store, "BCL2 resistance to venetoclax").hits]


def index_of(folder: Path) -> Path:
    return folder / str(current_id(folder)) / "index"


def test_a_second_opening_builds_and_embeds_nothing(base: Path, embedder) -> None:
    first = hits(base, embedder)
    embedded = embedder.texts
    with open_store(base, embedder=embedder) as store:
        assert store.rebuilt == []
    assert embedder.texts == embedded
    assert hits(base, embedder) == first


def test_only_new_texts_are_embedded(base: Path, embedder, make_abstract) -> None:
    hits(base, embedder)
    before = embedder.texts
    add(base, [make_abstract(7, "A new finding on EGFR."), make_abstract(8, "Another on KRAS.")])
    open_store(base, embedder=embedder).close()
    assert embedder.texts == before + 2


def wreck_sqlite(index: Path) -> None:
    (index / "chroma" / "1" / "chroma.sqlite3").write_bytes(b"not a database")


def wreck_missing(index: Path) -> None:
    shutil.rmtree(index / "chroma")


def wreck_empty(index: Path) -> None:
    (index / "chroma" / "1" / "chroma.sqlite3").write_bytes(b"")


def wreck_tables(index: Path) -> None:
    with sqlite3.connect(index / "chroma" / "1" / "chroma.sqlite3") as connection:
        connection.execute("DROP TABLE collections")


def wreck_version(index: Path) -> None:
    with sqlite3.connect(index / "chroma" / "1" / "chroma.sqlite3") as connection:
        changed = connection.execute("UPDATE collection_metadata SET str_value = '0.4.0' WHERE key = 'chroma'").rowcount
    assert changed == 1


def wreck_words(index: Path) -> None:
    (index / "words" / "annotations.jsonl").write_text("[")


def wreck_bm25(index: Path) -> None:
    for path in (index / "words" / "bm25").glob("*.npy"):
        path.write_bytes(b"")


def wreck_lexicon(index: Path) -> None:
    made = json.loads((index / "words" / "made.json").read_text())
    (index / "words" / "made.json").write_text(json.dumps(made | {"lexicon": "other"}))


WRECKS = [wreck_sqlite, wreck_missing, wreck_empty, wreck_tables, wreck_version, wreck_words, wreck_bm25, wreck_lexicon]


@pytest.mark.parametrize("wreck", WRECKS, ids=lambda function: function.__name__)
def test_a_damaged_index_is_rebuilt_with_the_same_answers(base: Path, embedder, wreck) -> None:
    good = hits(base, embedder)
    embedded = embedder.texts
    wreck(index_of(base))
    with open_store(base, embedder=embedder) as store:
        assert len(store.rebuilt) == 1
    assert embedder.texts == embedded
    assert hits(base, embedder) == good


def test_another_embedder_gets_its_own_vectors(base: Path, embedder, make_embedder) -> None:
    hits(base, embedder)
    other = make_embedder("other-64")
    with open_store(base, embedder=other) as store:
        assert "embedder" in store.rebuilt[0]
    assert other.texts == 6


def test_an_index_of_other_passages_is_refused(tmp_path: Path) -> None:
    vectors = np.eye(4, dtype=np.float32)
    index = ChromaIndex(tmp_path / "c", "aaaa", "e", 4)
    index.build(vectors)
    assert index.fault(4) is None
    assert "holds 4" in str(index.fault(5))
    index.close()
    assert ChromaIndex(tmp_path / "c", "bbbb", "e", 4).fault(4) is not None


def test_nearest_is_cosine_and_sorted(tmp_path: Path) -> None:
    vectors = np.array([[1, 0], [0, 1], [-1, 0], [0.8, 0.6]], dtype=np.float32)
    index = ChromaIndex(tmp_path / "c", "aaaa", "e", 2)
    index.build(vectors)
    rows, similarity = index.nearest(np.array([1, 0], dtype=np.float32), 4)
    assert rows.tolist() == [0, 3, 1, 2]
    np.testing.assert_allclose(similarity, [1, 0.8, 0, -1], atol=1e-5)


def test_vectors_survive_a_torn_tail_and_a_bad_row(tmp_path: Path, embedder) -> None:
    texts = ["one", "two", "three"]
    hashes = [f"{number:064x}" for number in range(3)]
    cache = VectorCache(tmp_path, embedder)
    rows = cache.rows(hashes, texts)
    expected = np.array(cache.vectors[rows])
    file = tmp_path / "vectors" / embedder.id / "vectors.f32"
    content = bytearray(file.read_bytes())
    content[0:4] = np.float32(50).tobytes()
    file.write_bytes(bytes(content) + b"torn")
    again = VectorCache(tmp_path, embedder)
    assert len(again) == 2
    before = embedder.texts
    rows = again.rows(hashes, texts)
    assert embedder.texts == before + 1
    np.testing.assert_allclose(again.vectors[rows], expected, atol=1e-6)


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://x", "http://", "http://x:notaport", "http://x:99999"])
def test_a_bad_server_address_is_refused(url: str) -> None:
    with pytest.raises(InputError):
        split_url(url)


def test_a_server_address_is_split() -> None:
    assert split_url("http://127.0.0.1:8100") == ("127.0.0.1", 8100, False)
    assert split_url("https://chroma.example") == ("chroma.example", 443, True)


def test_a_server_that_is_not_there_is_a_fault_not_a_crash() -> None:
    fault = ChromaIndex("http://127.0.0.1:1", "aaaa", "e", 2).fault(1)
    assert fault is not None
