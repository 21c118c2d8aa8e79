"""The Molecular Oncology Almanac as its repository publishes it: one JSON list of assertions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.validate.gold.alteration import alteration_of, direction_of
from agent.validate.gold.model import GoldSet
from knowledge.errors import InputError
from knowledge.mechanisms.model import KnownMechanism, Relation

if TYPE_CHECKING:
    from pathlib import Path

_WORDS = ("rearrangement_type", "variant_annotation", "protein_change", "direction", "feature_type")


def looks_like_moalmanac(path: Path, head: str) -> bool:
    """Whether a file may be the almanac's JSON."""
    return path.suffix.lower() == ".json" and head.lstrip().startswith("[")


def read_moalmanac(path: Path) -> GoldSet:
    """Assertions on one gene and one drug; prognostic, deprecated and multi-drug ones are counted and left out.

    Raises
    ------
    knowledge.errors.InputError
        The file is no list of assertions.
    """
    try:
        entries: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{str(path)!r} cannot be read as JSON: {error}") from error
    if not isinstance(entries, list) or not all(isinstance(e, dict) and "feature_type" in e for e in entries):
        raise InputError(f"{str(path)!r} is not the almanac's list of assertions (each needs 'feature_type')")
    facts: list[KnownMechanism] = []
    left_out = 0
    for number, entry in enumerate(entries):
        found = _fact(number, entry)
        if found is None:
            left_out += 1
        else:
            facts.append(found)
    notes = (f"{left_out} assertions without one drug, one gene and a response were left out",) if left_out else ()
    return GoldSet(name="moalmanac", source=f"MOAlmanac {path.name}", facts=tuple(facts), notes=notes)


def _fact(number: int, entry: dict[str, Any]) -> KnownMechanism | None:
    genes = [str(entry[k]).strip() for k in ("gene", "gene1", "gene2") if str(entry.get(k) or "").strip()]
    drug = str(entry.get("therapy_name") or "").strip()
    relation = _relation(entry)
    if entry.get("_deprecated") or not drug or " + " in drug or len(set(genes)) != 1 or relation is None:
        return None
    words = " ".join(str(entry[k]) for k in _WORDS if entry.get(k))
    pmid = str(entry.get("pmid") or "")
    return KnownMechanism(
        id=f"moalmanac:{number}",
        drug=drug,
        entity=genes[0],
        entity_kind="gene",
        relation=relation,
        alteration=alteration_of(words),
        direction=direction_of(relation, words),
        context=f"{words or 'unstated alteration'} in {entry.get('disease') or 'unstated disease'}",
        summary=f"{genes[0]} {words}: {relation} to {drug}.",
        level="curated",
        source="MOAlmanac",
        record_id=f"moalmanac:{number}",
        pmid=pmid if pmid.isdigit() else None,
    )


def _relation(entry: dict[str, Any]) -> Relation | None:
    for key, relation in (("therapy_sensitivity", "sensitivity"), ("therapy_resistance", "resistance")):
        value = entry.get(key)
        if value in (1, "1", True):
            return relation  # type: ignore[return-value]
        if value in (0, "0") and value is not False and value != "":
            return "no_effect"
    return None
