"""Putting computed objects and passages into answer sentences; numbers come in by reference only."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from agent.hypotheses.ledger import EvidenceItem, LedgerRow, quote_hash, source_pmid
from agent.hypotheses.numbers import Num, compose, interval_spec
from agent.prompts import load_prompt
from agent.toolbox.records import AnswerSentence, Cell, ComputedRef, Link, PassageRef

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from agent.hypotheses.numbers import NumberRef, Root, Sentence
    from explain_engine.bundle import ExplanationBundle
    from explain_engine.record import Interval
    from knowledge.documents import Document, Passage

WORDS = ("chat/answers", 1)
Values = dict[str, str | Num]


class Teller:
    """Makes sentences and cells about one bundle, about facts read from its tables, or about neither.

    Parameters
    ----------
    bundle
        Root ``bundle`` of numbers; None where the answer needs none.
    other
        Key of a second bundle whose facts are spoken of.
    """

    def __init__(self, bundle: ExplanationBundle | None = None, other: str | None = None) -> None:
        self._bundle = bundle
        self._other = other
        self._template = load_prompt(*WORDS)

    def say(
        self, section: str, values: Mapping[str, str | Num], *, facts: object = None, origin: str = ""
    ) -> AnswerSentence:
        """One sentence of the answers' template."""
        roots = self._roots(facts)
        sentence = compose(self._template.section(section), values, roots)
        return self.computed(sentence, facts=facts, origin=origin)

    def computed(self, sentence: Sentence, *, facts: object = None, origin: str = "") -> AnswerSentence:
        """A sentence that another part of the house has put together."""
        return AnswerSentence(
            text=sentence.text,
            source="computed",
            ref=self.ref(facts, origin, numbers=sentence.numbers, terms=sentence.terms),
        )

    def absent(self, section: str, values: Mapping[str, str] | None = None) -> AnswerSentence:
        """A sentence that says what was not found."""
        sentence = compose(self._template.section(section), dict(values or {}), {})
        return AnswerSentence(text=sentence.text, source="none-found")

    def cell(
        self, template: str, values: Mapping[str, str | Num], *, facts: object = None, link: Link | None = None
    ) -> Cell:
        """One cell of a table with numbers."""
        sentence = compose(template, values, self._roots(facts))
        return Cell(text=sentence.text, numbers=sentence.numbers, terms=sentence.terms, link=link)

    def ref(
        self,
        facts: object = None,
        origin: str = "",
        *,
        numbers: tuple[NumberRef, ...] = (),
        terms: tuple[str, ...] = (),
    ) -> ComputedRef:
        """Reference of a sentence or a table."""
        return ComputedRef(
            bundle=None if self._bundle is None else self._bundle.key,
            other=self._other,
            origin=origin,
            facts=cast("dict[str, JsonValue]", facts) if isinstance(facts, dict) else {},
            numbers=numbers,
            terms=terms,
        )

    def _roots(self, facts: object) -> dict[Root, object]:
        roots: dict[Root, object] = {"facts": facts if facts is not None else {}}
        if self._bundle is not None:
            roots["bundle"] = self._bundle
        return roots


def words_cell(text: str, link: Link | None = None) -> Cell:
    """A cell that holds a name or words of an object, no number of ours."""
    return Cell(text=text, terms=(text,), link=link)


def fact(path: str, spec: str = ".2f") -> Num:
    """A number out of the facts that the answer carries."""
    return Num(root="facts", path=path, spec=spec)


def spread(path: str, interval: Interval, root: Root = "bundle") -> Values:
    """Slots ``estimate``, ``low`` and ``high`` of an interval, with decimals that fit its width."""
    spec = interval_spec(interval)
    return {name: Num(root=root, path=f"{path}.{name}", spec=spec) for name in ("estimate", "low", "high")}


def quoted(row: LedgerRow, document: Document | None = None) -> AnswerSentence:
    """A ledger row as an answer sentence: the quote, whose it is, and every check that failed."""
    failed = tuple(f"{check.name} ({check.detail})" for check in row.checks if not check.passed)
    source = f"PMID {row.pmid}" if row.pmid is not None else row.document_id
    whose = f"our summary of {source}" if row.is_card else source
    said = f"“{row.quote}” ({whose}; {row.label}: {row.why})"
    return AnswerSentence(
        text=said + "".join(f" Check failed: {words}." for words in failed),
        source="passage",
        ref=PassageRef(
            passage_id=row.passage_id,
            document_id=row.document_id,
            start=row.start,
            end=row.end,
            quote=row.quote,
            sha256=row.sha256,
            pmid=row.pmid,
            title=None if document is None else document.title,
            year=None if document is None else document.year,
            is_card=row.is_card,
            label=row.label,
            why=row.why,
            failed=failed,
        ),
    )


def passage_sentence(document: Document, passage: Passage, item: EvidenceItem | None = None) -> AnswerSentence:
    """A passage that was found but not judged on any finding."""
    pmid = source_pmid(item) if item is not None else document.pmid
    source = f"PMID {pmid}" if pmid is not None else document.id
    is_card = document.kind == "card"
    whose = f"our summary of {source}" if is_card else source
    dated = f", {document.year}" if document.year is not None else ""
    failed = () if document.text[passage.start : passage.end] == passage.text else ("quote is the exact span",)
    return AnswerSentence(
        text=f"“{passage.text}” ({whose}{dated})",
        source="passage",
        ref=PassageRef(
            passage_id=passage.id,
            document_id=document.id,
            start=passage.start,
            end=passage.end,
            quote=passage.text,
            sha256=quote_hash(passage.text),
            pmid=pmid,
            title=document.title,
            year=document.year,
            is_card=is_card,
            failed=failed,
        ),
    )
