"""Whether a passage says what a general claim says, or the opposite: readable features of agreement.

No feature looks at the claim alone: each compares it with the sentences of the passage nearest to it, so that a claim
that sounds negative is not thereby contradicted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from knowledge.embed import Embedder, Vectors
from knowledge.evidence.linear import term_weights, turning_basis
from knowledge.evidence.polarity import ANTONYMS, Word, ratio_sign, turned, words
from knowledge.store.terms import stem, terms

# Sentences that are read, nearest first, and what each counts.
_RANK_WEIGHTS = (1.0, 0.6, 0.4)
# How far from a shared word its word of more or less may stand, in tokens.
_CLAIM_REACH, _SENTENCE_REACH, _NEGATION_REACH = 5, 6, 4
_NUMBER = re.compile(r"\d+(?:[.,·]\d+)*")
_NO_EFFECT = re.compile(
    r"\b(?:no (?:significant )?(?:difference|effect|association|evidence)"
    r"|not (?:significantly )?(?:associated|differ|affect|increase|decrease|reduce|improve))",
    re.IGNORECASE,
)


def idf(term: str) -> float:
    """Weight of an index term: how rare it is in the training abstracts."""
    table, unseen = term_weights()
    return table.get(term, unseen)


def overlap(claim: str, sentences: Sequence[str]) -> np.ndarray:
    """Share of the claim's terms, weighted by rarity, that each sentence holds; shape ``(len(sentences),)``."""
    wanted = set(terms(claim))
    total = sum(map(idf, wanted)) or 1.0
    return np.array([sum(map(idf, wanted & set(terms(sentence)))) / total for sentence in sentences])


def nearest(claim: str, sentences: Sequence[str], cosines: np.ndarray) -> np.ndarray:
    """Indexes of the sentences that speak most of the claim (meaning plus half the word overlap), at most three."""
    order: np.ndarray = np.argsort(-(cosines + 0.5 * overlap(claim, sentences)), kind="stable")
    return order[: len(_RANK_WEIGHTS)]


def _sign(found: Sequence[Word]) -> int:
    signs = [word.sign for word in found if word.sign]
    return int(np.prod(signs)) if signs else 0


def _negated(found: Sequence[Word]) -> bool:
    return sum(word.negates for word in found) % 2 == 1


def _alignment(claim: Sequence[Word], sentence: Sequence[Word]) -> float:
    """Agreement in [-1, 1] of the words of more and less that stand by the words both texts share."""
    places: dict[str, list[int]] = {}
    for index, word in enumerate(sentence):
        places.setdefault(word.stem, []).append(index)
    turn = -1 if _negated(claim) else 1
    score = weight = 0.0
    for i, polar in enumerate(claim):
        if not polar.sign:
            continue
        for k in range(max(0, i - _CLAIM_REACH), min(len(claim), i + _CLAIM_REACH + 1)):
            shared = claim[k]
            if k == i or shared.sign or shared.negates or not terms(shared.text):
                continue
            for j in places.get(shared.stem, ()):
                near = [
                    (abs(m - j), m)
                    for m in range(max(0, j - _SENTENCE_REACH), min(len(sentence), j + _SENTENCE_REACH + 1))
                    if sentence[m].sign
                ]
                if near:
                    gap, at = min(near)
                    denied = any(sentence[m].negates for m in range(max(0, at - _NEGATION_REACH), at))
                    part = idf(shared.stem) / (1 + abs(k - i)) / (1 + gap)
                    score += part * sentence[at].sign * polar.sign * (-1 if denied else 1) * turn
                    weight += part
    return score / weight if weight else 0.0


def statement_features(claim: str, sentences: Sequence[str], vectors: Vectors, embedder: Embedder) -> dict[str, float]:
    """Features of agreement between a claim and the sentences of a passage.

    Parameters
    ----------
    sentences, vectors
        Sentences of the passage and their embeddings, shape ``(len(sentences), dimension)``.

    Returns
    -------
    dict
        ``turned_*``: how much nearer the sentences are to the claim turned round than to the claim; ``turning_*``:
        share of the way from claim to sentence that lies in the directions of turning round; ``align*``, ``sign*``,
        ``negation*``, ``ratio``: agreement of more/less words, their products, negations and odds ratios;
        ``antonyms``/``same``: opposite and equal words of direction; ``numbers_*``: numbers of the claim found or not;
        ``no_effect``: sentences that report no effect; ``nearness``, ``unmatched``: how well the passage covers the
        claim at all; ``*_damped``, ``*_near``: the former, bounded or times the nearness.
    """
    flips = turned(claim)
    embedded = embedder.embed([claim, *flips])
    cosines = vectors @ embedded[0]
    order = nearest(claim, sentences, cosines)
    turned_cosines = vectors @ embedded[1:].T
    change = turned_cosines - cosines[:, None]
    room = float(np.sqrt(max(1e-3, 1.0 - float((embedded[1:] @ embedded[0]).max()))))
    asked = words(claim)
    asked_sign, asked_negated = _sign(asked), _negated(asked)
    features = {
        "turned_best": float(change[order[0]].max()),
        "turned_mean": float(change[order].mean()),
        "turned_scaled": float(change[order[0]].max()) / room,
        "turned_any": float(turned_cosines.max() - cosines.max()),
        "nearness": float(cosines[order].mean()),
    }
    gap = vectors[order[0]] - embedded[0]
    length = float(np.linalg.norm(gap)) or 1.0
    for count in (2, 5, 10):
        features[f"turning_{count}"] = float(np.linalg.norm(turning_basis()[:count] @ gap)) / length
    held = set(terms(" ".join(sentences)))
    features["unmatched"] = max((idf(term) for term in set(terms(claim)) if term not in held), default=0.0)
    sums = dict.fromkeys(("align", "negation", "sign", "antonyms", "same", "ratio", "no_effect"), 0.0)
    for rank, index in enumerate(order):
        weight, found = _RANK_WEIGHTS[rank], words(sentences[index])
        texts, stems = {word.text for word in found}, {word.stem for word in found}
        agree = 1 if _negated(found) == asked_negated else -1
        row = {
            "align": _alignment(asked, found),
            "negation": float(agree),
            "sign": float(asked_sign * _sign(found) * agree),
            "ratio": float(ratio_sign(sentences[index]) * (asked_sign or 1) * (-1 if asked_negated else 1)),
            "no_effect": float(bool(_NO_EFFECT.search(sentences[index]))) * (-1 if asked_negated else 1),
            "same": 0.0,
            "antonyms": 0.0,
        }
        for word in asked:
            opposite = ANTONYMS.get(word.text)
            if opposite is not None and word.stem in stems:
                row["same"] += 1
            elif opposite is not None and (opposite in texts or stem(opposite) in stems):
                row["antonyms"] += 1
        if rank == 0:
            features.update({f"{name}_first": row[name] for name in ("align", "negation", "sign")})
        for name, value in row.items():
            sums[name] += weight * value
    features.update(sums)
    # Agreement counts for more where the passage is near the claim.
    features["align_damped"] = float(np.tanh(2 * features["align"]))
    features["align_near"] = features["align_damped"] * features["nearness"]
    features["turned_near"] = features["turned_best"] * features["nearness"]
    features["turning_near"] = features["turning_2"] * features["nearness"]
    numbers, given = set(_NUMBER.findall(claim)), set(_NUMBER.findall(" ".join(sentences)))
    features["numbers_missing"] = float(len(numbers - given))
    features["numbers_found"] = float(len(numbers & given))
    return features
