"""Documents and passages hold exactly what they were cut from."""

import pytest
from pydantic import ValidationError

from knowledge.documents import Document, Passage

DOC = Document(id="note:1", text="BCL2 high lines respond. MCL1 high lines do not.", kind="note", source="test")


def test_cut_is_the_exact_span() -> None:
    passage = Passage.cut(DOC, 0, 24)
    assert passage.text == "BCL2 high lines respond."
    assert DOC.text[passage.start : passage.end] == passage.text


def test_tampered_passage_is_refused() -> None:
    good = Passage.cut(DOC, 0, 24).model_dump()
    good["text"] = "BCL2 low lines respond.."
    with pytest.raises(ValidationError, match="sha256"):
        Passage(**good)


def test_changed_document_has_another_hash() -> None:
    assert DOC.sha256 != DOC.model_copy(update={"retracted": True}).sha256
