"""Check an answer against what it refers to: every number, every quote, every name that holds digits."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from agent.hypotheses.numbers import Sentence, untrue_numbers
from agent.toolbox.records import ComputedRef

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.hypotheses.numbers import Root
    from agent.toolbox.records import Answer, Cell, PassageRef
    from explain_engine.bundle import ExplanationBundle
    from knowledge.documents import Document, Passage

    FindBundle = Callable[[str], ExplanationBundle | None]
    FindPassage = Callable[[str], tuple[Document, Passage] | None]

_DIGITS = re.compile(r"\d[\d.,]*")


def faults_of(answer: Answer, bundle_of: FindBundle, passage_of: FindPassage) -> tuple[str, ...]:
    """What does not hold in an answer; empty where everything does.

    Parameters
    ----------
    bundle_of
        Bundle by key, None where there is none.
    passage_of
        Stored passage with its document by id, None where there is none.
    """
    faults: list[str] = []
    for sentence in answer.sentences:
        ref = sentence.ref
        if sentence.source == "passage":
            faults += ["passage sentence without a passage"] if ref is None else []
        if ref is None:
            continue
        if ref.kind == "passage":
            faults += _quote(ref, sentence.text, passage_of)
        else:
            faults += _numbers(sentence.text, ref, ref, bundle_of)
    if answer.table is not None and answer.table.ref is not None:
        for row in answer.table.rows:
            for cell in row:
                faults += _numbers(cell.text, cell, answer.table.ref, bundle_of)
    return tuple(faults)


def _numbers(text: str, told: Cell | ComputedRef, ref: ComputedRef, bundle_of: FindBundle) -> list[str]:
    bundle = bundle_of(ref.bundle) if ref.bundle is not None else None
    roots: dict[Root, object] = {"facts": ref.facts}
    for root in ("sheet", "counts"):
        if root in ref.facts:
            roots[root] = ref.facts[root]
    if bundle is not None:
        roots["bundle"] = bundle
    known = [n for n in told.numbers if n.root in roots]
    faults = [f"no {n.root} to read {n.path} from" for n in told.numbers if n.root not in roots]
    faults += untrue_numbers(Sentence(text=text, numbers=tuple(known), terms=told.terms), roots)
    masked = list(text)
    for number in told.numbers:
        masked[number.start : number.end] = " " * (number.end - number.start)
    rest = "".join(masked)
    for term in sorted(told.terms, key=len, reverse=True):
        rest = rest.replace(term, " ")
    faults += [f"number {found!r} comes from nowhere in {text[:80]!r}" for found in _DIGITS.findall(rest)]
    if isinstance(told, ComputedRef) and (bundle is not None or ref.facts):
        held = json.dumps(ref.facts, ensure_ascii=False) + (bundle.model_dump_json() if bundle is not None else "")
        faults += [
            f"{term!r} comes from neither bundle nor facts"
            for term in told.terms
            if any(found.strip(".,") not in held for found in _DIGITS.findall(term))
        ]
    return faults


def _quote(ref: PassageRef, text: str, passage_of: FindPassage) -> list[str]:
    faults = []
    if ref.quote not in text:
        faults.append(f"the sentence does not hold the quote of {ref.passage_id}")
    about = " ".join((ref.why, ref.document_id, str(ref.pmid), str(ref.year), *ref.failed))
    beside = _DIGITS.findall(text.replace(ref.quote, " "))
    faults += [
        f"number {found!r} beside the quote of {ref.passage_id}" for found in beside if found.strip(".,") not in about
    ]
    if hashlib.sha256(ref.quote.encode()).hexdigest() != ref.sha256:
        faults.append(f"hash of the quote of {ref.passage_id} does not fit")
    stored = passage_of(ref.passage_id)
    if stored is None:
        faults.append(f"no passage {ref.passage_id}")
    elif stored[0].text[ref.start : ref.end] != ref.quote or stored[0].id != ref.document_id:
        faults.append(f"{ref.passage_id} does not hold the quote at {ref.start}-{ref.end}")
    elif ref.pmid is not None and ref.pmid not in (stored[0].pmid, *re.findall(r"\d+", stored[0].model_dump_json())):
        faults.append(f"PMID {ref.pmid} is not that of {ref.document_id}")
    return faults
