"""Whether a passage speaks of a claim at all: the check for citations that were swapped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from knowledge.documents import Record
from knowledge.embed import Embedder, Vectors
from knowledge.evidence.linear import LinearModel, load_model
from knowledge.evidence.mentions import find_names
from knowledge.evidence.spans import sentence_spans
from knowledge.evidence.statement import idf
from knowledge.store.terms import terms

# Okapi BM25's saturation and length constants, and the mean length in terms of the training abstracts.
_K1, _B, _MEAN_LENGTH = 1.2, 0.75, 151.0
# Two terms whose letter trigrams overlap this much are taken for forms of one word.
_SAME_WORD = 0.4


class RelevanceScore(Record):
    """How much a passage speaks of a claim.

    Attributes
    ----------
    probability
        Calibrated chance, in (0, 1), that the passage is one the claim was written about rather than the nearest
        passage of another subject.
    features
        What it was computed from.
    model
        Id of the coefficients.
    """

    probability: float
    features: dict[str, float]
    model: str


def _trigrams(term: str) -> frozenset[str]:
    padded = f"^{term}$"
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))


def _likeness(term: str, held: dict[str, frozenset[str]]) -> float:
    """1 for a term the passage holds, else the trigram overlap (Jaccard) with its likest term, 0 below the bar."""
    if term in held:
        return 1.0
    if len(term) < 5:
        return 0.0
    own = _trigrams(term)
    best = max((len(own & other) / len(own | other) for other in held.values()), default=0.0)
    return best if best >= _SAME_WORD else 0.0


def relevance_features(claim: str, text: str, claim_vector: np.ndarray, vectors: Vectors) -> dict[str, float]:
    """Features of nearness; `vectors` are the embeddings of the passage's sentences.

    ``cover``/``soft``: rarity-weighted share of the claim's terms in the passage, exact and with other forms of the
    word; ``bm25``: its BM25 score over that of the rarest weights; ``sentence``: best share within one sentence;
    ``cos_best``/``cos_three``/``cos_all``: cosines with the nearest sentence, the nearest three, and the mean sentence.
    """
    wanted = list(dict.fromkeys(terms(claim)))
    weight = np.array([idf(term) for term in wanted])
    total = float(weight.sum()) or 1.0
    counts = Counter(terms(text))
    held = {term: _trigrams(term) for term in counts}
    length = sum(counts.values())
    exact = np.array([float(term in counts) for term in wanted])
    soft = np.array([_likeness(term, held) for term in wanted])
    damp = _K1 * (1 - _B + _B * length / _MEAN_LENGTH)
    bm25 = np.array([counts[term] * (_K1 + 1) / (counts[term] + damp) for term in wanted])
    sentences = [set(terms(text[start:end])) for start, end in sentence_spans(text)]
    shares = [sum(w for term, w in zip(wanted, weight, strict=True) if term in held_) for held_ in sentences]
    cosines = np.sort(vectors @ claim_vector)[::-1]
    centre = vectors.mean(axis=0)
    return {
        "cover": float(weight @ exact) / total,
        "soft": float(weight @ soft) / total,
        "bm25": float(weight @ bm25) / total,
        "sentence": max(shares, default=0.0) / total,
        "cos_best": float(cosines[0]),
        "cos_three": float(cosines[:3].mean()),
        "cos_all": float(centre @ claim_vector / np.linalg.norm(centre)),
    }


def relevance(
    claim: str, text: str, embedder: Embedder, *, drug: Sequence[str] = (), gene: Sequence[str] = ()
) -> RelevanceScore:
    """Score how much `text` speaks of `claim`.

    Parameters
    ----------
    drug, gene
        Spellings of the claim's drug and gene, where it has them; a passage that lacks all spellings of one speaks
        less of the claim.
    """
    spans = sentence_spans(text)
    vectors = embedder.embed([claim, *(text[start:end] for start, end in spans)])
    return score_relevance(claim, text, vectors[0], vectors[1:], drug=drug, gene=gene)


def score_relevance(
    claim: str,
    text: str,
    claim_vector: np.ndarray,
    vectors: Vectors,
    *,
    drug: Sequence[str] = (),
    gene: Sequence[str] = (),
    model: LinearModel | None = None,
) -> RelevanceScore:
    """`relevance` with the embeddings given."""
    model = model or load_model("relevance")
    features = relevance_features(claim, text, claim_vector, vectors)
    for kind, names in (("drug", drug), ("gene", gene)):
        features[f"{kind}_missing"] = float(bool(names) and not find_names(text, names, gene=kind == "gene"))
    return RelevanceScore(probability=model.probability(features), features=features, model=model.id)
