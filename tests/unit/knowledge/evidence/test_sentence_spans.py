import pytest

from knowledge.evidence.spans import sentence_spans


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("Growth of E. coli fell. It rose.", ["Growth of E. coli fell.", "It rose."]),
        ("As shown by Smith et al. the drug works.", ["As shown by Smith et al. the drug works."]),
        ("IC50 was 0.5 uM (Fig. 2). p53 was lost.", ["IC50 was 0.5 uM (Fig. 2).", "p53 was lost."]),
        ("It fell vs. control. MTOR did not.", ["It fell vs. control.", "MTOR did not."]),
        ("Does it? Yes! It does.", ["Does it?", "Yes!", "It does."]),
        ("METHODS\n\nCells were treated", ["METHODS", "Cells were treated"]),
        ("mTOR rose. mTOR fell.", ["mTOR rose.", "mTOR fell."]),
        ("", []),
        (" \n\t ", []),
        ("No stop at the end", ["No stop at the end"]),
        ("He said “stop.” Then he left.", ["He said “stop.”", "Then he left."]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert split(text) == expected
