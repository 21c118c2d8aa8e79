"""The keyword index: BM25 over the terms of every passage, its title and the entities it names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import StoreError

# Usual values; k1 and b were tuned on the training half of the retrieval benchmark.
K1, B = 1.2, 0.75


class KeywordIndex:
    """BM25 scores of all passages for a list of terms.

    References
    ----------
    Robertson and Zaragoza 2009, The Probabilistic Relevance Framework, doi:10.1561/1500000019.
    """

    def __init__(self, scorer: Any, size: int) -> None:
        self._scorer = scorer
        self._size = size

    @classmethod
    def build(cls, term_lists: Sequence[Sequence[str]]) -> KeywordIndex:
        """Index passages given as lists of terms."""
        import bm25s

        scorer = bm25s.BM25(method="lucene", k1=K1, b=B)
        if any(term_lists):
            scorer.index([list(terms) for terms in term_lists], show_progress=False)
            return cls(scorer, len(term_lists))
        return cls(None, len(term_lists))

    def save(self, folder: Path) -> None:
        """Write the index to `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        if self._scorer is not None:
            self._scorer.save(str(folder), show_progress=False)
        (folder / "size.json").write_text(json.dumps({"size": self._size, "empty": self._scorer is None}))

    @classmethod
    def load(cls, folder: Path, size: int) -> KeywordIndex:
        """Read an index of `size` passages.

        Raises
        ------
        StoreError
            It is missing, damaged or of another size.
        """
        import bm25s

        try:
            facts = json.loads((folder / "size.json").read_text())
            scorer = None if facts["empty"] else bm25s.BM25.load(str(folder), load_corpus=False)
            stored = int(facts["size"])
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise StoreError(f"the keyword index {str(folder)!r} cannot be read: {error}") from error
        if stored != size:
            raise StoreError(f"the keyword index holds {stored} passages, the snapshot {size}")
        return cls(scorer, size)

    def scores(self, terms: Sequence[str]) -> NDArray[np.float32]:
        """BM25 score of every passage, shape (passages,); 0 where no term occurs."""
        known = [] if self._scorer is None else [term for term in terms if term in self._scorer.vocab_dict]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        scores: NDArray[np.float32] = np.asarray(self._scorer.get_scores(known), dtype=np.float32)
        return scores
