"""The fallback of the router: paraphrase by example phrasings, and what to offer where two readings are close."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from agent.chat.paraphrase import OFF_TOPIC, ParaphraseBank
from agent.chat.phrasings import load_phrasings
from agent.records import Record
from knowledge.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from knowledge.embed import Embedder

# Chosen by leave-one-out over the phrasings and by questions off the subject (benchmarks/chat/phrasing_threshold.py).
LEAST_SCORE = 0.20
LEAST_LEAD = 0.08
OFFERED_FROM = 0.12
# What a wrong guess would start or stop has to be clearer.
WORK = frozenset({"explain", "run_null", "brief", "cancel_job"})
WORK_LEAD = 0.12


class Understood(Record):
    """What the example phrasings say of a question.

    Attributes
    ----------
    tool
        The tool that is meant; None where that is not clear.
    near
        The one or two readings to offer instead, best first; empty where the question is like nothing here.
    """

    tool: str | None = None
    near: tuple[str, ...] = ()


class Paraphraser:
    """Reads questions that no pattern fits.

    Parameters
    ----------
    embedder
        Hands over the embedder of the knowledge base; raises `knowledge.errors.StoreError` where there is none. Then
        nothing is understood here, and the router does what it does without.
    """

    def __init__(self, embedder: Callable[[], Embedder]) -> None:
        self._embedder = embedder
        self._lock = threading.Lock()
        self._bank: ParaphraseBank | None = None

    def read(self, masked: str, among: Container[str]) -> Understood:
        """What a question with masked names means, among the tools that can be asked."""
        bank = self._current()
        if bank is None:
            return Understood()
        first, second, *_ = bank.readings(masked, among)
        if first.tool == OFF_TOPIC or first.score < OFFERED_FROM:
            return Understood()
        lead = WORK_LEAD if first.tool in WORK else LEAST_LEAD
        if first.score >= LEAST_SCORE and first.score - second.score >= lead:
            return Understood(tool=first.tool)
        return Understood(near=tuple(r.tool for r in (first, second) if r.tool != OFF_TOPIC))

    def warm(self) -> None:
        """Embed the phrasings before anyone waits, about a second of one core."""
        bank = self._current()
        if bank is not None:
            bank.readings("")

    def in_words(self, tool: str, known: dict[str, str]) -> str | None:
        """A reading in plain words about the objects known; None where one is missing."""
        phrased = load_phrasings().intents.get(tool)
        return phrased.reading(known) if phrased is not None else None

    def _current(self) -> ParaphraseBank | None:
        try:
            embedder = self._embedder()
        except StoreError:
            # The other ways to answer do not need it; `oncobrief doctor` says what is missing.
            return None
        with self._lock:
            if self._bank is None or self._bank.embedder.id != embedder.id:
                self._bank = ParaphraseBank(embedder)
            return self._bank
