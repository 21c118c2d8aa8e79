"""Sources of a brief as RIS, for reference managers."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    return "".join(_entry(r) for r in distinct.values())


def _entry(reference: Reference) -> str:
    is_paper = reference.pmid is not None or reference.doi is not None
    fields = [("TY", "JOUR" if is_paper else "GEN")]
    if reference.title and not (is_paper and reference.is_card):
        fields.append(("TI", reference.title))
    if reference.journal:
        fields.append(("JO", reference.journal))
    if reference.year is not None:
        fields.append(("PY", str(reference.year)))
    if reference.doi:
        fields.append(("DO", reference.doi))
    if reference.pmid:
        fields += [("AN", reference.pmid), ("DB", "PubMed")]
    if reference.url:
        fields.append(("UR", reference.url))
    if reference.is_card:
        fields.append(("N1", f"Cited through our own summary, {reference.document_id}"))
    fields.append(("ID", reference.document_id))
    lines = [f"{tag}  - {' '.join(value.split())}" for tag, value in fields]
    return "\r\n".join([*lines, "ER  - ", ""]) + "\r\n"
