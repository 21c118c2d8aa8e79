"""Reading a source's words for an alteration: its kind, and what a higher level of the gene then does."""

from __future__ import annotations

import re

from knowledge.mechanisms.model import Alteration, Direction, Relation

_FUSION = re.compile(r"fusion|::|rearrangement|translocation|\bfus\b", re.IGNORECASE)
_LOSS = re.compile(
    r"\bloss\b|loss_cna|loss-of-function|underexpression|decreased\b.*\bexpression|\bdeletion\b|\bdel\b|"
    r"biallelic inactivation|low expression",
    re.IGNORECASE,
)
# A deletion inside a gene is a mutation, not less of the gene.
_INNER = re.compile(r"exon|inframe|in-frame|[A-Z]\d+_?[A-Z]?\d*del|p\.|deleterious", re.IGNORECASE)
_AMPLIFIED = re.compile(r"amplification|\bamp\b|gain_cna|copy number gain|\bgain\b", re.IGNORECASE)
_EXPRESSED = re.compile(r"expression", re.IGNORECASE)
_SEVERAL = re.compile(r"\b(?:AND|OR|NOT)\b|\+|;")


def alteration_of(words: str) -> Alteration:
    """Kind of an alteration in a source's words; ``mutation`` where nothing else is said."""
    if _FUSION.search(words):
        return "fusion"
    if _AMPLIFIED.search(words):
        return "amplification"
    if _EXPRESSED.search(words) and not _LOSS.search(words):
        return "expression"
    if _LOSS.search(words) and not _INNER.search(words):
        return "loss"
    return "mutation"


def direction_of(relation: Relation, words: str) -> Direction:
    """What a higher level of the gene does to the response, where the words speak of one gene's level at all."""
    kind = alteration_of(words)
    if relation not in ("sensitivity", "resistance") or kind in ("mutation", "fusion") or _SEVERAL.search(words):
        return "not_stated"
    sensitises = (relation == "sensitivity") != (kind == "loss")
    return "higher_sensitises" if sensitises else "higher_resists"
