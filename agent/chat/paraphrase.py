"""What a question means that no pattern fits: example phrasings vote, the nearer the more."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agent.chat.phrasings import load_phrasings, masked_form, spoken_form
from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from agent.chat.phrasings import Phrasings
    from knowledge.embed import Embedder

Matrix = NDArray[np.float64]

OFF_TOPIC = "off_topic"
# How much a neighbour's vote is smoothed, and how much the kinds of names count beside the words: the best of 0.1,
# 0.3, 1 and of 0, 0.3 by leave-one-out over the phrasings (benchmarks/results/chat.md).
RIDGE = 1.0
NAMES_COUNT = 0.3


class Reading(Record):
    """One tool that a question may mean.

    Attributes
    ----------
    tool
        Name of the tool, or ``off_topic``.
    score
        Votes for it: about 1 for a question like many of its examples and unlike all others, about 0 for one that is
        like none.
    """

    tool: str
    score: float


class ParaphraseBank:
    """Example phrasings of every tool, and how they vote on a question.

    Each example votes for its tool in proportion to its similarity; votes of examples that say the same are
    discounted, and examples of other tools that are as near take them back (kernel ridge regression on one indicator
    a tool, with the cosine of centred sentence embeddings as kernel).

    Parameters
    ----------
    embedder
        The knowledge base's; nothing is loaded a second time.
    phrasings
        Examples of every tool; the shipped file when left out.

    Attributes
    ----------
    tools
        Tools in the order of the columns of votes; ``off_topic`` is the last.
    owners
        Column of the tool that each example belongs to.
    """

    def __init__(self, embedder: Embedder, phrasings: Phrasings | None = None) -> None:
        bank = phrasings or load_phrasings()
        self.embedder = embedder
        self.tools: tuple[str, ...] = (*bank.intents, OFF_TOPIC)
        texts = [phrased.phrasings for phrased in bank.intents.values()] + [bank.off_topic]
        self.owners = np.repeat(np.arange(len(texts)), [len(t) for t in texts])
        self._masked = [masked_form(text) for part in texts for text in part]
        self._lock = threading.Lock()
        self._fitted: tuple[Matrix, Matrix, Matrix] | None = None

    def readings(self, masked: str, among: Container[str] | None = None) -> tuple[Reading, ...]:
        """Tools by votes, best first.

        Parameters
        ----------
        masked
            The question with names as ``<drug>``, ``<gene>``, ``<line>``.
        among
            Tools that can be asked at all; ``off_topic`` is always among them.
        """
        centre, rows, weights = self._fit()
        votes = _features(self.embedder, [masked], centre)[0] @ rows.T @ weights
        found = [
            Reading(tool=tool, score=float(vote))
            for tool, vote in zip(self.tools, votes, strict=True)
            if among is None or tool == OFF_TOPIC or tool in among
        ]
        return tuple(sorted(found, key=lambda reading: -reading.score))

    def left_out(self) -> Matrix:
        """Votes on each example by all others, shape ``(examples, tools)``; in closed form, nothing is fitted again."""
        _, rows, _ = self._fit()
        kernel = rows @ rows.T
        hat = kernel @ np.linalg.inv(kernel + RIDGE * np.eye(len(kernel)))
        own = np.diag(hat)[:, None]
        return np.asarray((hat @ self._indicator() - own * self._indicator()) / (1.0 - own))

    def _indicator(self) -> Matrix:
        return np.asarray(np.eye(len(self.tools))[self.owners])

    def _fit(self) -> tuple[Matrix, Matrix, Matrix]:
        with self._lock:
            if self._fitted is None:
                vectors = self.embedder.embed([spoken_form(text) for text in self._masked]).astype(np.float64)
                centre = vectors.mean(axis=0)
                rows = np.hstack([_unit(vectors - centre), _names(self._masked)])
                kernel = rows @ rows.T + RIDGE * np.eye(len(rows))
                weights: Matrix = np.asarray(np.linalg.solve(kernel, self._indicator()), dtype=np.float64)
                self._fitted = centre, rows, weights
            return self._fitted


def _features(embedder: Embedder, masked: Sequence[str], centre: Matrix) -> Matrix:
    vectors = embedder.embed([spoken_form(text) for text in masked]).astype(np.float64)
    return np.hstack([_unit(vectors - centre), _names(masked)])


def _names(masked: Sequence[str]) -> Matrix:
    """Which kinds of names stand in a question: ``min(drugs, 2) / 2``, gene, line, module."""
    kinds = [[min(t.count("<drug>"), 2) / 2, "<gene>" in t, "<line>" in t, "module" in t] for t in masked]
    return NAMES_COUNT * np.array(kinds, dtype=np.float64)


def _unit(vectors: Matrix) -> Matrix:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))
