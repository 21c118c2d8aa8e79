"""The closed list of reasons, and which of them fit which decision."""

from __future__ import annotations

from typing import Literal, get_args

from agent.errors import InputError

Verb = Literal["accept", "reject", "edit"]
Reason = Literal[
    "good",
    "known",
    "lineage_artefact",
    "implausible_mechanism",
    "not_testable",
    "weak_data",
    "wrong_evidence",
    "overstated",
    "unclear",
    "other",
]

REASON_WORDS: dict[Reason, str] = {
    "good": "Plausible and worth testing",
    "known": "Already known",
    "lineage_artefact": "Reflects lineage, not the gene",
    "implausible_mechanism": "No plausible mechanism",
    "not_testable": "Cannot be tested as proposed",
    "weak_data": "The data do not carry it",
    "wrong_evidence": "The cited evidence does not fit",
    "overstated": "Says more than the data show",
    "unclear": "Unclear wording",
    "other": "Another reason, given in the note",
}
FITTING: dict[Verb, tuple[Reason, ...]] = {
    "accept": ("good", "known", "other"),
    "reject": (
        "known",
        "lineage_artefact",
        "implausible_mechanism",
        "not_testable",
        "weak_data",
        "wrong_evidence",
        "overstated",
        "unclear",
        "other",
    ),
    "edit": ("overstated", "unclear", "wrong_evidence", "lineage_artefact", "not_testable", "other"),
}


def check_reason(verb: Verb, reason: str, note: str) -> Reason:
    """Return `reason` as one of the list.

    Raises
    ------
    InputError
        If it is not on the list, does not fit the decision, or is ``other`` without a note.
    """
    for known in get_args(Reason):
        if known == reason and known in FITTING[verb]:
            if known == "other" and not note:
                raise InputError("reason 'other' needs a note that says which")
            return known  # type: ignore[no-any-return]
    raise InputError(f"reason {reason!r} does not fit {verb!r}; give one of {', '.join(FITTING[verb])}")
