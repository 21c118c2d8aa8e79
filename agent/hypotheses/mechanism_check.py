"""What the curated records say of a candidate's direction: agrees, contradicts, new, or not comparable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explain_engine.attribution.result import Direction
    from knowledge.mechanisms.model import KnownMechanism

VerdictCode = Literal[
    "agrees",
    "contradicts",
    "contested",
    "not_comparable",
    "retracted",
    "new",
    "not_covered",
    "joint",
    "each_known",
    "one_known",
    "neither_known",
    "members_known",
    "members_unknown",
]
RecordVerdict = Literal["agrees", "contradicts", "not_comparable"]

VERDICT_WORDS: dict[VerdictCode, str] = {
    "agrees": "agrees with the record",
    "contradicts": "contradicts the record",
    "contested": "records disagree with each other",
    "not_comparable": "known, but not comparable",
    "retracted": "its record was retracted",
    "new": "no record of this pair",
    "not_covered": "drug not covered by the records",
    "joint": "named together with the drug",
    "each_known": "each known, pair unknown",
    "one_known": "one known, pair unknown",
    "neither_known": "neither known",
    "members_known": "genes of it known, not the whole",
    "members_unknown": "no leading gene of it known",
}
# States of a gene that rise and fall with its expression, so that their direction can be set beside ours.
_COMPARABLE = frozenset({"expression", "amplification", "loss"})


class MechanismVerdict(Record):
    """How a candidate stands to the curated records.

    Attributes
    ----------
    code
        ``agrees`` / ``contradicts``: at least one record with a comparable direction, all on that side; ``contested``:
        records on both sides; ``not_comparable``: records of the pair, none with a comparable direction;
        ``retracted``: every record or passage of the pair was retracted; ``new``: the drug has records, this pair has
        none; ``not_covered``: the drug has no record at all. Of a pair of genes: ``joint``: a passage names both with
        the drug; ``each_known``, ``one_known``, ``neither_known``: none does, and so many of the two are known with
        the drug alone. Of a group, module or rule: ``members_known``, ``members_unknown``.
    agreeing, contradicting, others
        Ids of the records on each side.
    why
        One sentence.
    """

    code: VerdictCode
    agreeing: tuple[str, ...] = ()
    contradicting: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    why: str


def check_record(record: KnownMechanism, direction: Direction) -> tuple[RecordVerdict, str]:
    """Compare one record with the data's direction and say why."""
    if record.relation == "no_effect":
        if direction == "mixed":
            return "not_comparable", "the record found no association; the direction in the data is not settled"
        if record.alteration in _COMPARABLE:
            return "contradicts", "the record found no association"
        return "not_comparable", f"the record found no association of {_state(record)}, not of expression"
    if record.direction == "not_stated":
        what = "names it as the drug's target" if record.relation == "target" else f"speaks of {_state(record)}"
        return "not_comparable", f"the record {what} and states no direction"
    if record.alteration not in _COMPARABLE:
        return "not_comparable", f"the record speaks of {_state(record)}, the data of expression"
    if direction == "mixed":
        return "not_comparable", "the direction in the data is not settled"
    if record.direction == direction:
        return "agrees", "same direction as in the data"
    return "contradicts", "opposite direction to the data"


def check_mechanism(
    direction: Direction, of_pair: Sequence[KnownMechanism], *, drug_has_records: bool, n_retracted: int = 0
) -> MechanismVerdict:
    """Set a candidate's direction beside all records of its drug-gene pair.

    Parameters
    ----------
    of_pair
        Sound records alone.
    n_retracted
        Records and passages of the pair that were retracted; with no sound record beside them they are the verdict.
    """
    sides: dict[RecordVerdict, list[str]] = {"agrees": [], "contradicts": [], "not_comparable": []}
    whys: dict[RecordVerdict, str] = {}
    for record in of_pair:
        verdict, why = check_record(record, direction)
        sides[verdict].append(record.id)
        whys.setdefault(verdict, why)
    code: VerdictCode
    if sides["agrees"] and sides["contradicts"]:
        code, why = "contested", "records stand on both sides"
    elif sides["agrees"]:
        code, why = "agrees", whys["agrees"]
    elif sides["contradicts"]:
        code, why = "contradicts", whys["contradicts"]
    elif sides["not_comparable"]:
        code, why = "not_comparable", whys["not_comparable"]
    elif n_retracted:
        code, why = "retracted", "what is on record for this pair was retracted, and counts for nothing"
    elif drug_has_records:
        code, why = "new", "the drug has records in this snapshot, this pair has none"
    else:
        code, why = "not_covered", "this snapshot holds no record of the drug, so nothing can be said about novelty"
    return MechanismVerdict(
        code=code,
        agreeing=tuple(sides["agrees"]),
        contradicting=tuple(sides["contradicts"]),
        others=tuple(sides["not_comparable"]),
        why=why,
    )


def _state(record: KnownMechanism) -> str:
    words = {"pathway": "pathway activity", "other": "another state of the gene", "none": "no particular state"}
    return words.get(record.alteration, record.alteration)
