from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.errors import InputError
from knowledge.mechanisms.civic import CivicEvidence, civic_mechanisms, profile_genes
from knowledge.mechanisms.match import match
from knowledge.mechanisms.table import read_mechanism_table

FAMILIES = {"BCL2 family": frozenset({"BCL2", "MCL1", "BCL2L1"})}
PATHWAYS = {"apoptosis": frozenset({"BCL2", "TP53", "CASP3"}), "everything": frozenset(f"G{n}" for n in range(500))}


def test_the_same_direction_agrees_and_the_opposite_contradicts(make_fact: Callable) -> None:
    facts = [make_fact(1, "Venetoclax", "BCL2"), make_fact(2, "Venetoclax", "MCL1", direction="higher_resists")]
    agreed = match("venetoclax", "BCL2", "higher_sensitises", facts)
    assert (agreed.verdict, [r.id for r in agreed.agreeing]) == ("agrees", ["test:1"])
    opposed = match("ABT-199", "MCL1", "higher_sensitises", facts, drug_names=["Venetoclax"])
    assert (opposed.verdict, [r.id for r in opposed.contradicting]) == ("contradicts", ["test:2"])


def test_divided_literature_contradicts_and_shows_both(make_fact: Callable) -> None:
    facts = [make_fact(1, "A1", "X"), make_fact(2, "A1", "X", direction="higher_resists")]
    found = match("A1", "X", "higher_resists", facts)
    assert (found.verdict, len(found.agreeing), len(found.contradicting)) == ("contradicts", 1, 1)
    assert "divided" in found.reason


def test_a_plain_target_or_a_null_result_does_not_decide(make_fact: Callable) -> None:
    facts = [
        make_fact(1, "A1", "X", relation="target", direction="not_stated", alteration="none"),
        make_fact(2, "A1", "X", relation="no_effect"),
    ]
    found = match("A1", "X", "higher_sensitises", facts)
    assert (found.verdict, len(found.undirected)) == ("new", 2)


def test_nothing_on_the_drug_is_not_the_same_as_new(make_fact: Callable) -> None:
    facts = [make_fact(1, "A1", "X")]
    assert match("B2", "X", "higher_resists", facts).verdict == "not_covered"
    assert match("A1", "Y", "higher_resists", facts).verdict == "new"


def test_a_finding_without_direction_never_agrees(make_fact: Callable) -> None:
    found = match("A1", "X", "not_stated", [make_fact(1, "A1", "X")])
    assert (found.verdict, found.agreeing, found.contradicting) == ("new", (), ())


def test_relatives_are_named_as_such_and_never_decide(make_fact: Callable) -> None:
    facts = [
        make_fact(1, "Venetoclax", "BCL2"),
        make_fact(2, "Venetoclax", "TP53"),
        make_fact(3, "Venetoclax", "apoptosis", entity_kind="pathway"),
    ]
    found = match("Venetoclax", "MCL1", "higher_sensitises", facts, FAMILIES, PATHWAYS)
    assert found.verdict == "new"
    assert [(r.record.entity, r.nearness, r.through) for r in found.related] == [
        ("BCL2", "target family", "BCL2 family")
    ]
    found = match("Venetoclax", "CASP3", "higher_sensitises", facts, FAMILIES, PATHWAYS)
    assert {(r.record.entity, r.nearness) for r in found.related} == {
        ("BCL2", "pathway neighbour"),
        ("TP53", "pathway neighbour"),
        ("apoptosis", "pathway"),
    }


def test_groups_that_hold_everything_make_no_neighbours(make_fact: Callable) -> None:
    assert match("A1", "G1", "higher_resists", [make_fact(1, "A1", "G2")], {}, PATHWAYS).related == ()


def evidence(profile: str, significance: str, direction: str = "Supports", therapies: tuple[str, ...] = ("A1",)):
    return CivicEvidence(1, profile, therapies, direction, significance, "B", "Disease", "Statement.", "5")


@pytest.mark.parametrize(
    ("profile", "significance", "direction", "expected"),
    [
        (
            "ERBB2 Amplification",
            "Sensitivity/Response",
            "Supports",
            "sensitivity amplification higher_sensitises",
        ),
        ("MET Amplification", "Resistance", "Supports", "resistance amplification higher_resists"),
        ("PTEN Loss", "Resistance", "Supports", "resistance loss higher_sensitises"),
        ("CDKN2A Deletion", "Sensitivity/Response", "Supports", "sensitivity loss higher_resists"),
        ("BCL2 Underexpression", "Resistance", "Supports", "resistance expression higher_sensitises"),
        ("BRAF V600E", "Sensitivity/Response", "Supports", "sensitivity mutation not_stated"),
        ("EGFR T790M", "Reduced Sensitivity", "Supports", "resistance mutation not_stated"),
        ("KRAS G12C", "Resistance", "Does Not Support", "no_effect mutation not_stated"),
    ],
)
def test_civic_evidence_says_what_its_level_does(
    profile: str, significance: str, direction: str, expected: tuple
) -> None:
    (record,), reason = civic_mechanisms(evidence(profile, significance, direction))
    assert reason is None
    assert f"{record.relation} {record.alteration} {record.direction}" == expected


def test_a_fusion_counts_for_both_partners() -> None:
    records, _ = civic_mechanisms(evidence("EML4::ALK Fusion", "Sensitivity/Response"))
    assert [(r.entity, r.alteration) for r in records] == [("EML4", "fusion"), ("ALK", "fusion")]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (evidence("KRAS G12D AND PIK3CA H1047R", "Resistance"), "joins several genes"),
        (evidence("BRAF V600E", "Better Outcome"), "says nothing of response"),
        (evidence("BRAF V600E", "Resistance", therapies=()), "no therapy"),
        (evidence("p16 Expression", "Resistance"), "no gene symbol"),
        (evidence("BRAF V600E", "Resistance", "Unknown"), "says nothing of response"),
    ],
)
def test_evidence_that_says_too_little_is_refused_with_the_reason(item: CivicEvidence, reason: str) -> None:
    records, why = civic_mechanisms(item)
    assert records == ()
    assert reason in str(why)


def test_profiles_of_one_gene_are_one_gene() -> None:
    assert profile_genes("EGFR T790M AND EGFR L858R") == ("EGFR",)
    assert profile_genes("NOT (BRAF V600E OR C11orf95)") == ("BRAF", "C11orf95")


TABLE = "drug,entity,relation,direction,alteration,pmid\n"


def test_a_users_table_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text(
        TABLE + "Venetoclax,BCL2,sensitivity,higher_sensitises,expression,123\n"
        "Venetoclax,,target,,,\n"
        "Venetoclax,MCL1,hates,,,\n"
        "Venetoclax,TP53,target,,,x12\n"
        "Venetoclax,MCL1,resistance,,,,,\n"
        "Venetoclax,BAX,target,,,\n"
    )
    batch = read_mechanism_table(path)
    assert [(m.entity, m.direction, m.record_id) for m in batch.mechanisms] == [
        ("BCL2", "higher_sensitises", "pmid:123"),
        ("BAX", "not_stated", "file:facts.csv"),
    ]
    assert [item.where for item in batch.refused] == [f"facts.csv line {n}" for n in (3, 4, 5, 6)]
    assert "entity is empty" in batch.refused[0].reason
    assert "relation" in batch.refused[1].reason
    again = read_mechanism_table(path)
    assert [m.id for m in again.mechanisms] == [m.id for m in batch.mechanisms]


@pytest.mark.parametrize(
    ("content", "message"),
    [("drug,entity\n", "no column relation"), ("drug,entity,relation,direktion\n", "unknown column 'direktion'")],
)
def test_wrong_columns_are_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_mechanism_table(path)
    with pytest.raises(InputError, match="no file"):
        read_mechanism_table(tmp_path / "none.csv")
