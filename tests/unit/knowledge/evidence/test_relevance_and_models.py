"""Relevance of a passage to a claim; model files that name themselves; claims turned round."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge.embed import default_embedder
from knowledge.errors import StoreError
from knowledge.evidence import linear
from knowledge.evidence.polarity import ratio_sign, turned
from knowledge.evidence.relevance import relevance
from knowledge.evidence.response import claim_direction, pair_features, response_features

OWN = "Birth weight was recorded in 12 cohorts. Women with a higher birth weight had more breast cancer."
OTHER = "Venetoclax induced apoptosis in chronic lymphocytic leukaemia cells with high BCL2."


def test_the_cited_passage_beats_another() -> None:
    claim, embedder = "High birth weight raises the risk of breast cancer.", default_embedder()
    own, other = relevance(claim, OWN, embedder), relevance(claim, OTHER, embedder)
    assert own.probability > 0.5 > other.probability
    assert own.model.startswith("relevance-v")


def test_a_missing_drug_lowers_relevance() -> None:
    claim, embedder = "BCL2 makes leukaemia cells sensitive to navitoclax.", default_embedder()
    plain = relevance(claim, OTHER, embedder)
    named = relevance(claim, OTHER, embedder, drug=["navitoclax"], gene=["BCL2"])
    assert named.features["drug_missing"] == 1.0
    assert named.features["gene_missing"] == 0.0
    assert named.probability < plain.probability


@pytest.mark.parametrize("name", ["response", "statement", "relevance"])
def test_models_name_themselves_and_their_licences(name: str) -> None:
    model = linear.load_model(name)
    stored = json.loads((linear.FOLDER / f"{name}.json").read_text())
    assert model.id.startswith(f"{name}-v{stored['version']}-")
    assert "CC0" in stored["trained_on"] and "CC BY" in stored["trained_on"]
    assert 0.5 <= model.threshold < 1


def test_the_response_model_knows_no_drug_or_gene_by_name() -> None:
    words = {key.rsplit(":", 1)[-1].lower() for key in linear.load_model("response").weights if key.startswith("x:")}
    assert not words & {"egfr", "braf", "kras", "t790m", "v600e", "gefitinib", "vemurafenib", "cetuximab", "imatinib"}


def test_a_damaged_model_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "response.json").write_text("{")
    monkeypatch.setattr(linear, "FOLDER", tmp_path)
    linear.load_model.cache_clear()
    try:
        with pytest.raises(StoreError, match=r"response\.json"):
            linear.load_model("response")
    finally:
        linear.load_model.cache_clear()


def test_pair_features_enter_with_the_claims_sign() -> None:
    features = response_features("BCL2 resisted.", (), drug=["venetoclax"], gene=["BCL2"])
    up, down = pair_features(features, 1), pair_features(features, -1)
    assert {k: -v for k, v in up.items()} == down


@pytest.mark.parametrize(
    ("claim", "direction"),
    [
        ("X confers sensitivity to Y.", 1),
        ("X confers resistance to Y.", -1),
        ("Loss of X overcomes resistance to Y.", None),
        ("X reduces sensitivity to Y.", None),
        ("X and Y were measured.", None),
        ("Sensitive and resistant lines differ in X.", None),
    ],
)
def test_direction_of_a_claim(claim: str, direction: int | None) -> None:
    assert claim_direction(claim) == direction


def test_turned_claims() -> None:
    assert "X decreases Y." in turned("X increases Y.")
    assert "X is associated with Y." in turned("X is not associated with Y.")
    assert "X is not a kinase." in turned("X is a kinase.")


def test_sign_of_ratios() -> None:
    assert ratio_sign("The odds ratio was 2.77 (1.04 to 7.97).") == 1
    assert ratio_sign("HR 0.49 [0.38, 0.63]") == -1
    assert ratio_sign("HR 0.49 in men and HR 1.9 in women") == 0
