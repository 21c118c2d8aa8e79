from pathlib import Path

import pytest

from knowledge.errors import InputError
from knowledge.ids.aliases import gene_aliases
from knowledge.ids.drugs import drug_entity, drug_table, read_drug_names
from knowledge.ids.genes import gene_table, read_hgnc, silent_loci, text_entities
from knowledge.ids.lexicon import Lexicon
from knowledge.ids.model import name_key
from knowledge.ids.names import NameTable

HGNC = (
    "HGNC ID\tApproved symbol\tApproved name\tStatus\tAlias symbols\tPrevious symbols\tLocus type\n"
    "HGNC:990\tBCL2\tBCL2 apoptosis regulator\tApproved\tBcl-2, PPP1R50\t\tgene with protein product\n"
    "HGNC:1785\tCDKN1B\tcyclin dependent kinase inhibitor 1B\tApproved\tKIP1, P27KIP1\t\tgene with protein product\n"
    "HGNC:24964\tDCTN6\tdynactin subunit 6\tApproved\tp27, WS-3\t\tgene with protein product\n"
    "HGNC:3430\tERBB2\terb-b2 receptor tyrosine kinase 2\tApproved\tNEU, HER2\tNGL\tgene with protein product\n"
    "HGNC:7132\tKMT2A\tlysine methyltransferase 2A\tApproved\tHRX\tMLL\tgene with protein product\n"
    "HGNC:15840\tKMT2B\tlysine methyltransferase 2B\tApproved\tMLL2, MLL4\t\tgene with protein product\n"
    "HGNC:7133\tKMT2D\tlysine methyltransferase 2D\tApproved\tALR, MLL4\tMLL2\tgene with protein product\n"
    "HGNC:108\tACHE\tacetylcholinesterase (Yt blood group)\tApproved\tYT\t\tgene with protein product\n"
    "HGNC:7029\tMET\tMET proto-oncogene\tApproved\tHGFR\t\tgene with protein product\n"
    "HGNC:9\tXYZ-AS1\tXYZ antisense\tApproved\tFLJ1\t\tRNA, long non-coding\n"
    "HGNC:8\tOLD\tgone\tEntry Withdrawn\tGONE1\t\t\n"
)


@pytest.fixture
def genes(tmp_path: Path) -> NameTable:
    path = tmp_path / "hgnc.tsv"
    path.write_text(HGNC)
    return gene_table(read_hgnc(path))


@pytest.mark.parametrize(
    ("name", "status", "symbol"),
    [
        ("BCL2", "approved", "BCL2"),
        ("bcl-2", "approved", "BCL2"),
        ("hgnc:990", "approved", "BCL2"),
        ("HER2", "alias", "ERBB2"),
        ("HER-2/neu", "alias", "ERBB2"),
        ("p53", "alias", "TP53"),
        ("BCL-XL", "alias", "BCL2L1"),
        ("MLL", "previous", "KMT2A"),
        ("NGL", "previous", "ERBB2"),
        ("acetylcholinesterase", "alias", "ACHE"),
    ],
)
def test_a_gene_is_known_by_all_its_names(genes: NameTable, name: str, status: str, symbol: str) -> None:
    found = genes.resolve(name)
    assert found.entity is not None
    assert (found.status, found.entity.name) == (status, symbol)


def test_an_ambiguous_name_is_kept_ambiguous(genes: NameTable) -> None:
    found = genes.resolve("MLL2")
    assert (found.status, found.entity, found.candidates) == ("ambiguous", None, ("KMT2B", "KMT2D"))
    assert found.usual is None
    custom = genes.resolve("p27")
    assert (custom.status, custom.candidates, custom.usual) == ("ambiguous", ("CDKN1B", "DCTN6"), "CDKN1B")


def test_withdrawn_and_unknown_names_are_unknown_with_near_matches(genes: NameTable) -> None:
    assert genes.resolve("OLD").status == "unknown"
    assert genes.resolve("GONE1").status == "unknown"
    assert genes.resolve("ERBB22").candidates == ("ERBB2",)
    assert genes.resolve("").status == "unknown"
    assert genes.resolve("!!").status == "unknown"


def test_near_matches_are_not_looked_for_where_nobody_reads_them(genes: NameTable) -> None:
    unknown = "BCL2L1X"
    assert genes.resolve(unknown).candidates
    found = genes.resolve(unknown, suggest=False)
    assert (found.status, found.entity, found.candidates) == ("unknown", None, ())
    assert genes.resolve("BCL2", suggest=False) == genes.resolve("BCL2")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("BCL-2", "bcl2"),
        ("NF-κB p65", "nfkappabp65"),
        ("β_catenin", "betacatenin"),
        ("µ-opioid", "µopioid"),
        ("Ångström 5′", "ångström5"),
        ("²H", "²h"),
        ("--", ""),
    ],
)
def test_key_of_a_name_keeps_letters_and_digits_alone(name: str, key: str) -> None:
    assert name_key(name) == key


def test_mapping_many_names_loses_none(genes: NameTable) -> None:
    names = ["BCL2", "HER2", "MLL4", "nonsense", "BCL2"]
    report = genes.map(names)
    assert report.mapped == {"BCL2": "BCL2", "HER2": "ERBB2"}
    assert report.ambiguous == {"MLL4": ("KMT2B", "KMT2D")}
    assert report.unmapped == ("nonsense",)


def test_without_a_table_symbols_have_no_registry_id() -> None:
    table = gene_table((), ["SLFN11", "NEWGENE1"])
    entity = table.resolve("NEWGENE1").entity
    assert entity is not None
    assert entity.curie == "gene:NEWGENE1"
    her2 = table.resolve("HER2").entity
    assert her2 is not None
    assert her2.name == "ERBB2"


@pytest.mark.parametrize(
    ("content", "message"),
    [("a\tb\n", "no column for hgnc_id"), (HGNC.splitlines()[0] + "\n", "no approved gene")],
)
def test_a_file_that_is_no_gene_table_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "x.tsv"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_hgnc(path)


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    path = tmp_path / "hgnc.tsv"
    path.write_text(HGNC)
    rows = read_hgnc(path)
    drugs = [
        drug_entity("Venetoclax", ["ABT-199", "GDC-0199"], [1909]),
        drug_entity("5-Fluorouracil", ["5-FU"], [1073]),
        drug_entity("Nutlin-3a (-)", ["nutlin-3a"], [1047]),
    ]
    return Lexicon([*drugs, *text_entities(gene_table(rows), silent_loci(rows))])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BCL-2, Bcl 2 and bcl2", [("BCL-2", "BCL2"), ("Bcl 2", "BCL2"), ("bcl2", "BCL2")]),
        ("ABT199 and ABT-199.", [("ABT199", "Venetoclax"), ("ABT-199", "Venetoclax")]),
        ("with 5-FU or nutlin-3a", [("5-FU", "5-Fluorouracil"), ("nutlin-3a", "Nutlin-3a (-)")]),
        ("HER2/neu-positive", [("HER2/neu", "ERBB2")]),
        ("p27 fell", [("p27", "CDKN1B")]),
        ("we met MET", [("MET", "MET")]),
        ("all cells and the was of p5 BCL20 xBCL2", []),
        ("FLJ1 is not looked for", []),
        ("MLL2 mutations", [("MLL2", "KMT2B|KMT2D")]),
        ("Met amplification of Acetylcholinesterase", [("Acetylcholinesterase", "ACHE")]),
        ("", []),
    ],
)
def test_mentions(lexicon: Lexicon, text: str, expected: list[tuple[str, str]]) -> None:
    found = lexicon.find(text)
    assert [(mention.surface, "|".join(mention.names)) for mention in found] == expected
    assert all(text[mention.start : mention.end] == mention.surface for mention in found)


def test_the_digest_changes_with_the_names(lexicon: Lexicon) -> None:
    assert Lexicon([drug_entity("A1")]).digest != Lexicon([drug_entity("A2")]).digest
    assert Lexicon([drug_entity("A1")]).digest == Lexicon([drug_entity("A1")]).digest


def test_drugs_merge_by_name_and_keep_all_ids() -> None:
    table = drug_table([drug_entity("Nutlin-3a", ["x1"], [1047]), drug_entity("nutlin 3a", ["x2"], [9], "CHEMBL1")])
    (entity,) = table.entities.values()
    assert entity.name == "Nutlin-3a"
    assert (entity.curie, entity.xrefs) == ("gdsc:1047", ("chembl.compound:CHEMBL1", "gdsc:9"))
    for name in ("x1", "X2", "gdsc:9", "NUTLIN3A"):
        assert table.resolve(name).entity == entity


def test_a_users_drug_names_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "drugs.csv"
    path.write_text("drug,synonym,gdsc_drug_id\nVenetoclax,Venclexta,1909\nVenetoclax,RG7601,\n")
    (entity,) = read_drug_names(path)
    assert entity.synonyms == ("Venclexta", "RG7601")
    for content, message in [
        ("drug\nA\n", "no column synonym"),
        ("drug,synonym\n,B\n", "line 2"),
        ("drug,synonym,gdsc_drug_id\nA,B,x\n", "not a whole number"),
    ]:
        path.write_text(content)
        with pytest.raises(InputError, match=message):
            read_drug_names(path)


def test_hand_written_names_are_distinct_from_their_symbol() -> None:
    table = gene_aliases()
    assert len(table) >= 150
    for symbol, (aliases, previous) in table.items():
        assert symbol not in aliases
        assert symbol not in previous


@pytest.mark.shared
def test_hand_written_symbols_and_former_symbols_are_hgncs(reference_data: Path) -> None:
    import pandas as pd

    official = pd.read_parquet(reference_data / "knowledge" / "hgnc_genes.parquet")
    former = {
        (name, symbol)
        for symbol, names in zip(official["symbol"], official["previous"], strict=True)
        for name in names.split(", ")
    }
    symbols = set(official["symbol"])
    assert [symbol for symbol in gene_aliases() if symbol not in symbols] == []
    stated = {(name, symbol) for symbol, (_, previous) in gene_aliases().items() for name in previous}
    assert sorted(stated - former) == []
    clashes = [(name, symbol) for symbol, (names, _) in gene_aliases().items() for name in names if name in symbols]
    assert clashes == []
