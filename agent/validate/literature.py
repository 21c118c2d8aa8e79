"""How often genes are written about: the order that fame alone would give."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE_FILE = "knowledge/documents.jsonl.gz"
REVIEWED_KINDS = frozenset({"card"})


def gene_popularity(knowledge: Path, reference: Path | None) -> tuple[dict[str, int], str] | None:
    """Gene -> number of documents that name it, and where they were counted.

    The reference corpus counts where it is at hand, as a knowledge base may hold little; else the documents of the
    workspace's current snapshot, the shipped cards left out (each names a known mechanism: they would turn fame into
    the answer).

    Returns
    -------
    dict, str
        None where there are no documents.
    """
    if reference is not None and (reference / REFERENCE_FILE).is_file():
        counts: dict[str, int] = {}
        n = 0
        with gzip.open(reference / REFERENCE_FILE, "rt", encoding="utf-8") as file:
            for line in file:
                n += 1
                for gene in set(json.loads(line).get("genes") or ()):
                    counts[gene] = counts.get(gene, 0) + 1
        return counts, f"{n:,} documents of the reference corpus"
    return _of_snapshot(knowledge)


def _of_snapshot(knowledge: Path) -> tuple[dict[str, int], str] | None:
    from knowledge.build import names_of
    from knowledge.store.snapshot import current_id, read_snapshot

    if current_id(knowledge) is None:
        return None
    snapshot = read_snapshot(knowledge)
    documents = [d for d in snapshot.documents if d.kind not in REVIEWED_KINDS]
    if not documents:
        return None
    lexicon = names_of(knowledge, snapshot).lexicon
    counts: dict[str, int] = {}
    for document in documents:
        found = set(document.genes)
        for mention in lexicon.find(document.text):
            if mention.kind == "gene" and len(mention.names) == 1:
                found.add(mention.names[0])
        for gene in found:
            counts[gene] = counts.get(gene, 0) + 1
    return counts, f"{len(documents):,} documents of snapshot {snapshot.id}"
