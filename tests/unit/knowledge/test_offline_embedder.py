import numpy as np
import pytest

from knowledge.embed import MiniLMEmbedder, default_embedder, word_piece_tokenizer
from knowledge.embed_pool import embed_blocks
from knowledge.errors import InputError, StoreError


def test_vectors_are_unit_and_do_not_depend_on_the_company_they_keep() -> None:
    embedder = default_embedder()
    texts = ["BCL2 inhibition", "x", "A much longer text about the migration of birds over the sea. " * 5]
    together = embedder.embed(texts)
    assert together.shape == (3, 384)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for row, text in zip(together, texts, strict=True):
        np.testing.assert_allclose(row, embedder.embed([text])[0], atol=1e-4)
    assert embedder.embed([]).shape == (0, 384)


def test_near_meanings_are_nearer() -> None:
    a, b, c = default_embedder().embed(["venetoclax kills leukaemia", "BCL2 inhibitors in AML", "arctic birds migrate"])
    assert a @ b > a @ c + 0.2


def test_the_same_text_gives_the_published_model_s_vector() -> None:
    # First values of the 32-bit all-MiniLM-L6-v2 for this sentence; the 8-bit weights move them by up to 0.003.
    vector = default_embedder().embed(["This is an example sentence"])[0]
    assert vector[:3].tolist() == pytest.approx([0.0677, 0.0635, 0.0487], abs=4e-3)


def test_word_pieces_are_those_of_bert_uncased() -> None:
    tokenizer = word_piece_tokenizer()
    assert tokenizer.encode("Venetoclax, BCL-2!").tokens[:2] == ["[CLS]", "ve"]
    assert tokenizer.encode("hello world").ids == [101, 7592, 2088, 102]


def test_control_tokens_in_a_text_are_text() -> None:
    assert 102 not in word_piece_tokenizer().encode("a [SEP] b").ids[:-1]


def test_the_limit_is_part_of_the_id_and_checked() -> None:
    assert MiniLMEmbedder(16).id != default_embedder().id
    for wrong in (0, 7, 513):
        with pytest.raises(InputError):
            MiniLMEmbedder(wrong)


def test_two_processes_give_the_vectors_of_one_in_order() -> None:
    blocks = [["BCL2", "venetoclax kills leukaemia"], ["arctic birds"], ["HER2 and lapatinib", "é", "x " * 300]]
    apart = list(embed_blocks(default_embedder(), blocks, processes=2))
    for block, vectors in zip(blocks, apart, strict=True):
        np.testing.assert_allclose(vectors, default_embedder().embed(block), atol=1e-4)


def test_a_process_that_dies_is_an_error_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.embed_pool.sys.executable", "/bin/false")
    with pytest.raises(StoreError, match="run the command again"):
        list(embed_blocks(default_embedder(), [["a"], ["b"]], processes=2))
