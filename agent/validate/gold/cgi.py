"""Biomarkers of the Cancer Genome Interpreter (``cgi_biomarkers_per_variant.tsv`` or ``cgi_biomarkers.tsv``)."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from agent.validate.gold.alteration import alteration_of, direction_of
from agent.validate.gold.model import GoldSet
from knowledge.errors import InputError
from knowledge.mechanisms.model import KnownMechanism, Relation

if TYPE_CHECKING:
    from pathlib import Path

_RELATIONS: dict[str, Relation] = {
    "responsive": "sensitivity",
    "resistant": "resistance",
    "no responsive": "no_effect",
}
_NEEDED = ("Association", "Biomarker", "Drug", "Gene")


def looks_like_cgi(path: Path, head: str) -> bool:
    """Whether a file's first line is that of the biomarker table."""
    return set(_NEEDED) <= set(head.rstrip("\r\n").split("\t"))


def read_cgi(path: Path) -> GoldSet:
    """Rows with one gene; toxicity and several genes at once are counted and left out.

    Raises
    ------
    knowledge.errors.InputError
        A needed column is missing.
    """
    facts: dict[str, KnownMechanism] = {}
    left_out = 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if missing := [name for name in _NEEDED if name not in (reader.fieldnames or [])]:
            raise InputError(f"{str(path)!r} is no CGI biomarker table: no column {', '.join(missing)}")
        for line, row in enumerate(reader, start=2):
            relation = _RELATIONS.get((row["Association"] or "").strip().lower())
            genes = {g.strip() for g in re.split(r"[;,]", row["Gene"] or "") if g.strip()}
            drugs = [d.strip() for d in re.split(r"[;,]", (row["Drug"] or "").strip("[] ")) if d.strip()]
            if relation is None or len(genes) != 1 or not drugs:
                left_out += 1
                continue
            gene, words = next(iter(genes)), (row["Biomarker"] or "").strip()
            pmids = re.findall(r"PMID:\s*(\d+)", row.get("Source") or "")
            for drug in drugs:
                key = f"{gene}|{words}|{drug}|{relation}"
                facts.setdefault(
                    key,
                    KnownMechanism(
                        id=f"cgi:{path.name}/{line}/{drug}",
                        drug=drug,
                        entity=gene,
                        entity_kind="gene",
                        relation=relation,
                        alteration=alteration_of(words),
                        direction=direction_of(relation, words),
                        context=f"{words} in {row.get('Primary Tumor type') or 'unstated disease'}",
                        summary=f"{words}: {relation} to {drug}.",
                        level="curated",
                        source="Cancer Genome Interpreter",
                        record_id=f"{path.name} line {line}",
                        pmid=pmids[0] if pmids else None,
                    ),
                )
    notes = (f"{left_out} rows on toxicity, several genes or no drug were left out",) if left_out else ()
    return GoldSet(name="cgi", source=f"CGI biomarkers {path.name}", facts=tuple(facts.values()), notes=notes)
