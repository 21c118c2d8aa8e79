"""Every gold standard: what it reads, what it leaves out, and that refuted evidence is never a positive."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.validate.gold.alteration import alteration_of, direction_of
from agent.validate.gold.model import by_drug, is_visible
from agent.validate.gold.registry import load_gold, read_gold_file
from knowledge.errors import InputError


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("ERBB2 Amplification", "amplification"),
        ("EGFR Overexpression", "expression"),
        ("RRM1 Underexpression", "loss"),
        ("PTEN Loss", "loss"),
        ("PTEN Deletion", "loss"),
        ("EGFR Exon 19 Deletion", "mutation"),
        ("KIT P551_E554delPMYE", "mutation"),
        ("TP53 Deleterious Mutation", "mutation"),
        ("BCR::ABL1 Fusion", "fusion"),
        ("gain_cna_KRAS", "amplification"),
        ("", "mutation"),
    ],
)
def test_alterations_in_words(words: str, kind: str) -> None:
    assert alteration_of(words) == kind


@pytest.mark.parametrize(
    ("relation", "words", "direction"),
    [
        ("sensitivity", "ERBB2 Amplification", "higher_sensitises"),
        ("resistance", "ERBB2 Amplification", "higher_resists"),
        ("resistance", "PTEN Loss", "higher_sensitises"),
        ("sensitivity", "CDKN2A Loss", "higher_resists"),
        ("sensitivity", "BRAF V600E", "not_stated"),
        ("sensitivity", "FLT3 Overexpression AND FLT3LG Expression", "not_stated"),
        ("no_effect", "ERBB2 Amplification", "not_stated"),
        ("target", "ERBB2 Amplification", "not_stated"),
    ],
)
def test_what_a_higher_level_does(relation: str, words: str, direction: str) -> None:
    assert direction_of(relation, words) == direction  # type: ignore[arg-type]


def _civic(path: Path) -> Path:
    names = (
        "molecular_profile\tdisease\ttherapies\tevidence_type\tevidence_direction\tevidence_level\tsignificance\t"
        "evidence_statement\tcitation_id\tsource_type\tevidence_id\tevidence_status"
    )
    ends = "B\tSensitivity/Response\tS."
    rows = [
        f"ERBB2 Amplification\tBreast\tLapatinib\tPredictive\tSupports\t{ends}\t11\tPubMed\t1\taccepted",
        f"KRAS Mutation\tLung\tLapatinib\tPredictive\tDoes Not Support\t{ends}\t12\tPubMed\t2\taccepted",
    ]
    path.write_text("\n".join([names, *rows]) + "\n")
    return path


def test_civic_does_not_support_is_never_a_positive(tmp_path: Path) -> None:
    gold = read_gold_file(str(_civic(tmp_path / "export.tsv")))
    assert gold.name == "civic"
    assert [(f.entity, f.pmid) for f in gold.positives] == [("ERBB2", "11")]
    assert {f.entity: f.relation for f in gold.facts}["KRAS"] == "no_effect"
    assert is_visible(gold.positives[0])


def test_cgi_takes_single_genes_and_leaves_toxicity_out(tmp_path: Path) -> None:
    path = tmp_path / "cgi.tsv"
    path.write_text(
        "Alteration\tAssociation\tBiomarker\tDrug\tGene\tPrimary Tumor type\tSource\n"
        "ERBB2:amp\tResponsive\tERBB2 amplification\t[Lapatinib;Afatinib]\tERBB2\tBRCA\tPMID:123;ASCO\n"
        "RB1:del\tResistant\tRB1 deletion\tPalbociclib\tRB1\tBRCA\tPMID:9\n"
        "KRAS:G12\tNo Responsive\tKRAS (G12)\tLapatinib\tKRAS\tCOREAD\tPMID:5\n"
        "DPYD:x\tIncreased Toxicity\tDPYD mutation\t5-FU\tDPYD\tCANCER\tPMID:6\n"
        "A+B\tResponsive\tA + B\tLapatinib\tA;B\tCANCER\tPMID:7\n"
    )
    gold = read_gold_file(str(path))
    assert {(f.drug, f.entity, f.direction) for f in gold.positives} == {
        ("Lapatinib", "ERBB2", "higher_sensitises"),
        ("Afatinib", "ERBB2", "higher_sensitises"),
        ("Palbociclib", "RB1", "higher_sensitises"),
    }
    assert gold.positives[0].pmid == "123"
    assert gold.notes == ("2 rows on toxicity, several genes or no drug were left out",)


def test_moalmanac_reads_one_gene_one_drug(tmp_path: Path) -> None:
    base = {"feature_type": "Copy Number", "gene": "ERBB2", "direction": "Amplification", "disease": "Breast"}
    entries = [
        base | {"therapy_name": "Lapatinib", "therapy_sensitivity": 1, "therapy_resistance": "", "pmid": 77},
        base | {"therapy_name": "Lapatinib + Trastuzumab", "therapy_sensitivity": 1},
        base | {"therapy_name": "Erlotinib", "therapy_sensitivity": 0, "therapy_resistance": ""},
        base | {"therapy_name": "", "favorable_prognosis": 1},
        base | {"therapy_name": "Gefitinib", "therapy_sensitivity": 1, "_deprecated": True},
    ]
    path = tmp_path / "almanac.json"
    path.write_text(json.dumps(entries, indent=1))
    gold = read_gold_file(f"moalmanac:{path}")
    assert [(f.drug, f.direction, f.pmid) for f in gold.positives] == [("Lapatinib", "higher_sensitises", "77")]
    assert [f.relation for f in gold.facts] == ["sensitivity", "no_effect"]


@pytest.mark.parametrize(
    "header",
    [
        "drug_name,feature_name,feature_delta_mean_ic50,fdr",
        "DRUG_NAME,FEATURE,FEATURE_deltaMEAN_IC50,ANOVA_FEATURE_FDR_%",
    ],
)
def test_anova_of_both_generations(tmp_path: Path, header: str) -> None:
    scale = 100 if "%" in header else 1
    path = tmp_path / "anova.csv"
    path.write_text(
        f"{header}\nNutlin-3a (-),TP53_mut,2.0,{1e-9 * scale}\nGefitinib,EGFR_mut,-1.1,{0.01 * scale}\n"
        f"Gefitinib,KRAS_mut,0.5,{0.2 * scale}\nGefitinib,gain_cna_KRAS_X,-0.5,{0.001 * scale}\n"
    )
    gold = read_gold_file(str(path))
    assert {(f.drug, f.entity, f.relation) for f in gold.facts} == {
        ("Nutlin-3a (-)", "TP53", "resistance"),
        ("Gefitinib", "EGFR", "sensitivity"),
    }
    assert gold.notes[0].startswith("2 rows")


def test_user_table_and_two_files_of_one_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("drug,entity,relation,pmid\nLapatinib,ERBB2,target,1\n")
    sets = load_gold([str(path), str(path)])
    assert [s.name for s in sets] == ["targets", "cards", "mine", "mine 2"]


def test_a_file_of_no_format_is_refused_with_the_formats(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="looks like none of civic, cgi, anova, moalmanac, table"):
        read_gold_file(str(path))
    with pytest.raises(InputError, match="there is no file"):
        read_gold_file("absent.tsv")


def test_facts_reach_drugs_by_any_spelling(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("drug,entity,relation\nABT-199,BCL2,target\nunknownib,BCL2,target\n")
    gold = read_gold_file(str(path))
    assert list(by_drug(gold.facts, {"abt199": "Venetoclax"})) == ["Venetoclax"]


@pytest.mark.shared
def test_reference_gold_prefers_the_corrected_targets(reference_data: Path) -> None:
    sets = {s.name: s for s in load_gold((), reference_data)}
    assert {"targets-broad", "civic", "moalmanac", "cgi", "iorio"} <= set(sets)
    erk = {f.entity for f in sets["targets"].facts if f.drug in ("SCH772984", "VX-11e", "Ulixertinib")}
    assert erk == {"MAPK1", "MAPK3"}
    assert not any(f.entity == "GPSM2" for f in sets["targets-broad"].facts)
    assert all(f.relation == "no_effect" for f in sets["civic"].facts if f not in sets["civic"].positives)
    assert sum(f.relation == "no_effect" for f in sets["civic"].facts) > 10
