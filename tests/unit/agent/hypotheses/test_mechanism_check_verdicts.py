"""What the records say is set beside the data only where the two can be compared."""

import pytest

from agent.hypotheses.mechanism_check import check_mechanism, check_record
from knowledge.mechanisms.model import KnownMechanism


def record(relation: str, alteration: str, direction: str) -> KnownMechanism:
    return KnownMechanism.model_validate(
        {
            "id": f"card:{relation}-{alteration}-{direction}",
            "drug": "d",
            "entity": "G",
            "entity_kind": "gene",
            "relation": relation,
            "alteration": alteration,
            "direction": direction,
            "context": "",
            "summary": "s",
            "level": "in vitro",
            "source": "t",
            "record_id": "r",
        }
    )


@pytest.mark.parametrize(
    ("relation", "alteration", "direction", "verdict"),
    [
        ("sensitivity", "expression", "higher_sensitises", "agrees"),
        ("resistance", "loss", "higher_sensitises", "agrees"),
        ("resistance", "expression", "higher_resists", "contradicts"),
        ("sensitivity", "amplification", "higher_resists", "contradicts"),
        ("sensitivity", "mutation", "higher_sensitises", "not_comparable"),
        ("sensitivity", "activity", "higher_sensitises", "not_comparable"),
        ("sensitivity", "mutation", "not_stated", "not_comparable"),
        ("target", "none", "not_stated", "not_comparable"),
        ("no_effect", "expression", "not_stated", "contradicts"),
        ("no_effect", "mutation", "not_stated", "not_comparable"),
    ],
)
def test_one_record(relation: str, alteration: str, direction: str, verdict: str) -> None:
    found, why = check_record(record(relation, alteration, direction), "higher_sensitises")
    assert found == verdict
    assert why


@pytest.mark.parametrize(
    ("records", "covered", "code"),
    [
        (
            [record("sensitivity", "expression", "higher_sensitises"), record("target", "none", "not_stated")],
            True,
            "agrees",
        ),
        ([record("resistance", "expression", "higher_resists")], True, "contradicts"),
        (
            [
                record("resistance", "expression", "higher_resists"),
                record("sensitivity", "expression", "higher_sensitises"),
            ],
            True,
            "contested",
        ),
        ([record("target", "none", "not_stated")], True, "not_comparable"),
        ([], True, "new"),
        ([], False, "not_covered"),
    ],
)
def test_all_records_of_a_pair(records: list[KnownMechanism], covered: bool, code: str) -> None:
    verdict = check_mechanism("higher_sensitises", records, drug_has_records=covered)
    assert verdict.code == code
    named = (*verdict.agreeing, *verdict.contradicting, *verdict.others)
    assert sorted(named) == sorted(r.id for r in records)


def test_unsettled_direction_agrees_with_nothing() -> None:
    known = record("sensitivity", "expression", "higher_sensitises")
    assert check_mechanism("mixed", [known], drug_has_records=True).code == "not_comparable"
