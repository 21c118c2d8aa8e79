"""An independent reader of a brief: does every factual sentence hold against the store and the bundle on disk?

It reads ``brief.json`` as any program would, the snapshot's ``documents.jsonl`` and the bundle's ``bundle.json`` as
plain JSON, and shares no code with the drafting: no prompt, no ledger check, no number formatter.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_ ]*)|\[(\d+)\]|\[([^\]\d][^\]]*)\]")


@dataclass
class Tally:
    """What was read of one brief: factual sentences, those that hold, and what was wrong with the others."""

    literature: int = 0
    measured: int = 0
    numbers: int = 0
    held: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def factual(self) -> int:
        """Literature and measured sentences."""
        return self.literature + self.measured


class Store:
    """Documents of a snapshot by id, as bytes."""

    def __init__(self, folder: Path) -> None:
        current = (folder / "current").read_text().strip()
        self.documents: dict[str, str] = {}
        self.retracted: set[str] = set()
        with (folder / current / "documents.jsonl").open(encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                self.documents[row["id"]] = row["text"]
                if row.get("retracted"):
                    self.retracted.add(row["id"])


def row_faults(row: dict[str, Any], store: Store) -> list[str]:
    """Faults of one ledger row: byte for byte against the document."""
    text = store.documents.get(row["document_id"])
    if text is None:
        return [f"{row['claim_id']}: no document {row['document_id']}"]
    found = text[row["start"] : row["end"]].encode()
    faults = []
    if found != row["quote"].encode():
        faults.append(f"{row['claim_id']}: bytes differ")
    if hashlib.sha256(found).hexdigest() != row["sha256"]:
        faults.append(f"{row['claim_id']}: hash differs")
    if row["document_id"] in store.retracted and all(c["passed"] for c in row["checks"]):
        faults.append(f"{row['claim_id']}: retracted, and not said so")
    if not row["checks"]:
        faults.append(f"{row['claim_id']}: never checked")
    return faults


def follow(root: Any, path: str) -> Any:
    """The value at a path of attribute names, [index] and [key]."""
    here = root
    for name, index, key in _STEP.findall(path):
        here = here[int(index)] if index else here[name or key]
    return here


def shown_as(value: float, spec: str) -> str:
    """A number written as the brief's specification says."""
    if spec.startswith("abs "):
        return shown_as(abs(value), spec[4:])
    if spec == "%":
        return f"{round(100 * value, 9):.0f}"
    if spec == "p":
        return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}".replace("-", "−")
    text = format(int(value), spec) if spec.endswith("d") else format(value, spec)
    return text.replace("-", "−") if re.search(r"[1-9]", text) else text.replace("-", "")


def sentence_faults(where: str, sentence: dict[str, Any], roots: dict[str, Any]) -> list[str]:
    """Faults of the numbers of one sentence: wrong value, wrong place, or a digit that is no reference and no name."""
    text, faults = sentence["text"], []
    masked = list(text)
    for ref in sentence["numbers"]:
        try:
            value = follow(roots[ref["root"]], ref["path"])
        except (KeyError, IndexError, TypeError):
            faults.append(f"{where}: {ref['path']} leads nowhere")
            continue
        shown = text[ref["start"] : ref["end"]]
        if value != ref["value"] or shown != shown_as(value, ref["spec"]):
            faults.append(f"{where}: {ref['path']} is {value}, the sentence says {shown}")
        masked[ref["start"] : ref["end"]] = " " * (ref["end"] - ref["start"])
    rest = "".join(masked)
    for term in sorted(sentence["terms"], key=len, reverse=True):
        rest = rest.replace(term, " " * len(term))
    if re.search(r"\d", rest):
        faults.append(f"{where}: a number of its own in {rest!r}")
    return faults


def check_brief(path: Path, store: Store, bundle: dict[str, Any]) -> Tally:
    """Read ``brief.json`` and check every claim that is rendered."""
    brief = json.loads(path.read_text(encoding="utf-8"))
    tally = Tally()
    groups = [(h["id"], h["sheet"], [*h["draft"]["claims"], *h["test"]]) for h in brief["hypotheses"]]
    first = brief["hypotheses"][0]["sheet"] if brief["hypotheses"] else None
    groups.append(("headline", first, brief["headline"]["grounds"]))
    for name, sheet, claims in groups:
        roots = {"bundle": bundle, "sheet": sheet, "counts": brief["depth"]["counts"]}
        for claim in claims:
            where = f"{name} {claim['id']}"
            if claim["kind"] == "literature":
                tally.literature += 1
                faults = [] if claim["rows"] else [f"{where}: no ledger row"]
                for row in claim["rows"]:
                    faults += row_faults(row, store)
                if not any(row["quote"] in claim["sentence"]["text"] for row in claim["rows"]):
                    faults.append(f"{where}: the sentence holds no quote of its rows")
            elif claim["kind"] == "measured":
                tally.measured += 1
                tally.numbers += len(claim["sentence"]["numbers"])
                faults = sentence_faults(where, claim["sentence"], roots)
                if not claim["sentence"]["numbers"] and re.search(r"\d", claim["sentence"]["text"]) and faults:
                    faults.append(f"{where}: no reference")
            else:
                continue
            tally.held += not faults
            tally.faults += faults
    for gene in brief["genes"]:
        for row in gene["rows"]:
            tally.faults += row_faults(row, store)
    return tally
