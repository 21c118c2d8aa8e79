"""Sources of a brief as RIS, for reference managers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from knowledge.cite.model import Citation
from knowledge.cite.write import to_ris

if TYPE_CHECKING:
    from agent.report.model import HypothesisBrief, Reference


def render_ris(brief: HypothesisBrief) -> str:
    """One entry for each distinct PMID, DOI or document that a rendered sentence rests on."""
    distinct: dict[str, Reference] = {}
    for reference in brief.references:
        key = reference.pmid or reference.doi or reference.document_id
        held = distinct.get(key)
        # The paper's own record says more of the paper than our card of it.
        if held is None or (held.is_card and not reference.is_card):
            distinct[key] = reference
    return to_ris(_citation(r) for r in distinct.values())


def _citation(reference: Reference) -> Citation:
    return Citation(
        key=re.sub(r"[^A-Za-z0-9]+", "-", reference.document_id).strip("-") or "record",
        title=reference.title or f"{reference.source}, record {reference.document_id}",
        year=reference.year,
        journal=reference.journal,
        doi=reference.doi,
        pmid=reference.pmid,
        url=reference.url,
        note="cited through a summary written for oncobrief; not a quotation" if reference.is_card else None,
    )
