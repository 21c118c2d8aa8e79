"""Train the coefficients of the citation checks on the training part: `python -m benchmarks.agent.citation_train`.

Writes knowledge/evidence/models/*.json. Sources: CIViC template claims and statements (CC0-1.0), SciFact claims
(CC BY 4.0) with the word statistics and titles of SciFact's abstracts (ODC-By). Of the held part only the document
names are read, to leave them out.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from benchmarks.agent.citation_data import REFERENCE, SEED, CachedEmbedder, Pair, load_pairs, spellings
from knowledge.evidence.direction import find_directions
from knowledge.evidence.linear import FOLDER, load_model, term_weights, turning_basis
from knowledge.evidence.mentions import find_names
from knowledge.evidence.polarity import turned, words
from knowledge.evidence.relevance import relevance_features
from knowledge.evidence.response import claim_direction, claim_variants, pair_features, response_features
from knowledge.evidence.statement import idf, statement_features
from knowledge.store.terms import terms

VERSION = 1
LICENCES = "CIViC claims CC0-1.0; SciFact claims CC BY 4.0, abstracts ODC-By"


def write(name: str, content: dict[str, object]) -> None:
    FOLDER.mkdir(exist_ok=True)
    head = {"name": name, "version": VERSION, "trained_on": LICENCES, "seed": SEED}
    (FOLDER / f"{name}.json").write_text(json.dumps(head | content, separators=(",", ":"), sort_keys=True) + "\n")
    load_model.cache_clear()
    term_weights.cache_clear()
    turning_basis.cache_clear()


def _platt(raw: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    fit = LogisticRegression(C=1e4).fit(raw[:, None], y)
    return float(fit.coef_[0, 0]), float(fit.intercept_[0])


def _threshold(probability: np.ndarray, y: np.ndarray, target: float) -> tuple[float, float, float]:
    """Smallest threshold at which the answered part is right often enough: (threshold, accuracy, coverage)."""
    best = (0.95, 0.0, 0.0)
    for threshold in np.arange(0.5, 0.951, 0.01):
        answered = np.maximum(probability, 1 - probability) >= threshold
        if answered.sum() < 0.05 * len(y):
            break
        right = float(((probability >= 0.5) == y)[answered].mean())
        best = (round(float(threshold), 2), right, float(answered.mean()))
        if right >= target:
            break
    return best


def out_of_fold(
    rows: Sequence[dict[str, float]], y: np.ndarray, groups: np.ndarray, folds: int, fit: Callable
) -> np.ndarray:
    raw = np.zeros(len(y))
    for train, test in GroupKFold(folds, shuffle=True, random_state=SEED).split(rows, y, groups):
        weights, intercept = fit([rows[i] for i in train], y[train])
        raw[test] = [intercept + sum(v * weights.get(k, 0.0) for k, v in rows[i].items()) for i in test]
    return raw


def _fit(minimum: int, c: float, scale: bool) -> Callable:
    def fit(rows: Sequence[dict[str, float]], y: np.ndarray) -> tuple[dict[str, float], float]:
        count = Counter(name for row in rows for name in row)
        names = sorted(name for name, n in count.items() if n >= minimum)
        place = {name: j for j, name in enumerate(names)}
        x = np.zeros((len(rows), len(names)), dtype=np.float32)
        for i, row in enumerate(rows):
            for name, value in row.items():
                if name in place:
                    x[i, place[name]] = value
        mean, spread = (x.mean(0), x.std(0) + 1e-9) if scale else (np.zeros(len(names)), np.ones(len(names)))
        model = LogisticRegression(C=c, max_iter=3000, class_weight="balanced" if scale else None)
        model.fit((x - mean) / spread, y)
        weights = model.coef_[0] / spread
        return dict(zip(names, map(float, weights), strict=True)), float(model.intercept_[0] - weights @ mean)

    return fit


def _finish(
    name: str, rows: list[dict[str, float]], y: np.ndarray, groups: np.ndarray, folds: int, fit: Callable, target: float
) -> None:
    raw = out_of_fold(rows, y, groups, folds, fit)
    slope, offset = _platt(raw, y)
    probability = 1 / (1 + np.exp(-(slope * raw + offset)))
    threshold, right, covered = _threshold(probability, y, target)
    weights, intercept = fit(rows, y)
    kept = {key: float(f"{value:.4g}") for key, value in weights.items() if abs(value) > 1e-6}
    auroc = roc_auc_score(y, raw)
    print(
        f"{name}: {len(y)} rows, {len(set(groups))} groups, {len(kept)} weights; {folds}-fold AUROC {auroc:.4f}; "
        f"threshold {threshold} answers {covered:.3f}, right {right:.3f}"
    )
    write(
        name,
        {
            "weights": kept,
            "intercept": intercept,
            "slope": slope,
            "offset": offset,
            "threshold": threshold,
            "cv_auroc": auroc,
        },
    )


def abstracts_for_training(pairs: Sequence[Pair]) -> dict[str, dict]:
    import gzip

    held = {p.document for p in pairs if p.held}
    with gzip.open(REFERENCE / "knowledge" / "benchmarks" / "scifact_corpus.jsonl.gz", "rt") as file:
        rows = [json.loads(line) for line in file]
    return {row["id"]: row for row in rows if row["id"] not in held}


def word_statistics(abstracts: dict[str, dict], pairs: Sequence[Pair]) -> None:
    texts = [" ".join(row["sentences"]) for row in abstracts.values()]
    texts += list({p.document: p.text for p in pairs if p.source == "civic"}.values())
    counts = Counter(term for text in texts for term in set(terms(text)))
    n = len(texts)
    table = {term: round(float(np.log((n + 0.5) / (c + 0.5))), 2) for term, c in sorted(counts.items()) if c >= 3}
    write("idf", {"weights": table, "unseen": round(float(np.log((n + 0.5) / 1.5)), 2), "documents": n})
    print(f"idf: {n} texts, {len(table)} terms")


def turning(abstracts: dict[str, dict], embedder: CachedEmbedder) -> None:
    """Principal directions of (turned sentence - sentence) over titles and the sentences that say the same."""
    rng = random.Random(5)
    order = sorted(abstracts)
    rng.shuffle(order)
    counts = Counter(t for row in abstracts.values() for t in set(terms(" ".join(row["sentences"]))))
    rows: list[tuple[str, str]] = []
    for document in order:
        title = (abstracts[document]["title"] or "").strip().rstrip(".")
        asked = set(terms(title))
        if len(asked) < 4 or not any(word.sign for word in words(title)):
            continue
        sentences = abstracts[document]["sentences"]
        best = max(sentences, key=lambda s: sum(1 / (1 + counts[t]) for t in asked & set(terms(s))))
        for text in (f"{title}.", best):
            other = rng.choice(turned(text))
            if not other.startswith("It is not true"):
                rows.append((text, other))
        if len(rows) >= 1600:
            break
    plain, other = embedder.embed([r[0] for r in rows]), embedder.embed([r[1] for r in rows])
    gap = other - plain
    length = np.linalg.norm(gap, axis=1)
    gap = gap[length > 1e-3] / length[length > 1e-3, None]
    basis = np.linalg.svd(gap, full_matrices=False)[2][:10]
    write("turning", {"basis": [[round(float(v), 5) for v in row] for row in basis], "pairs": len(gap)})
    print(f"turning: {len(gap)} sentence pairs")


def train_response(pairs: Sequence[Pair]) -> None:
    chosen = [p for p in pairs if p.source == "civic" and p.label != "NOT_ENOUGH_INFO" and p.drug]
    rows = []
    for p in chosen:
        drugs, genes = spellings("drug", p.drug), genes_of(p)
        found = find_directions(p.text, drug=drugs, gene=genes)
        features = response_features(p.text, found, drug=drugs, gene=genes, variants=claim_variants(p.claim))
        rows.append(pair_features(features, claim_direction(p.claim) or 0))
    y = np.array([p.label == "SUPPORT" for p in chosen]).astype(int)
    # Twice: original and flipped claim share a statement, so 8 rows are about 4 statements.
    _finish("response", rows, y, np.array([p.group for p in chosen]), 5, _fit(8, 0.03, False), 0.92)


def train_statement(pairs: Sequence[Pair], embedder: CachedEmbedder) -> None:
    chosen = [p for p in pairs if p.source == "scifact" and p.label != "NOT_ENOUGH_INFO"]
    rows = [statement_features(p.claim, p.sentences, embedder.embed(p.sentences), embedder) for p in chosen]
    y = np.array([p.label == "SUPPORT" for p in chosen]).astype(int)
    _finish("statement", rows, y, np.array([p.group for p in chosen]), 8, _fit(1, 0.001, True), 0.80)


def train_relevance(pairs: Sequence[Pair], embedder: CachedEmbedder, near: int = 8, far: int = 6) -> None:
    rng = np.random.default_rng(SEED)
    rows: list[dict[str, float]] = []
    y: list[int] = []
    groups: list[str] = []
    for source in ("scifact", "civic"):
        own = [
            p for p in pairs if p.source == source and (p.label != "NOT_ENOUGH_INFO") and p.variant in ("", "original")
        ]
        if len(own) > 300:
            own = [own[i] for i in sorted(rng.choice(len(own), 300, replace=False))]
        documents = {p.document: p for p in pairs if p.source == source}
        names = sorted(documents)
        vectors = {d: embedder.embed(documents[d].sentences) for d in names}
        held_terms = {d: set(terms(documents[d].text)) for d in names}
        cited: dict[str, set[str]] = {}
        for p in pairs:
            cited.setdefault(p.claim, set()).add(p.document)
        for p in own:
            vector = embedder.embed([p.claim])[0]
            asked = {term: idf(term) for term in set(terms(p.claim))}
            total = sum(asked.values()) or 1.0
            quick = np.array(
                [
                    float((vectors[d] @ vector).max()) + sum(w for t, w in asked.items() if t in held_terms[d]) / total
                    for d in names
                ]
            )
            wrong = [i for i in np.argsort(-quick) if names[i] not in cited[p.claim]]
            hard = [i for i in wrong[:60] if not speaks_of(documents[names[i]].text, p)][:near]
            picked = [names[i] for i in (*hard, *rng.choice(wrong[60:], far, replace=False))]
            for d in (p.document, *picked):
                features = relevance_features(p.claim, documents[d].text, vector, vectors[d])
                features |= missing_names(documents[d].text, p)
                rows.append(features)
                y.append(int(d == p.document))
                groups.append(f"{source}{p.group}")
    _finish("relevance", rows, np.array(y), np.array(groups), 5, _fit(1, 0.1, True), 0.9)


def genes_of(pair: Pair) -> tuple[str, ...]:
    """Spellings of the claim's gene, or of both partners of its fusion."""
    names = [pair.gene] if pair.gene else pair.claim.split(" confers ")[0].split(" ")[0].split("::")
    return tuple(dict.fromkeys(s for name in names for s in spellings("gene", name)))


def missing_names(text: str, pair: Pair) -> dict[str, float]:
    """Whether the text lacks the claim's drug or gene under all their spellings, as `score_relevance` asks it."""
    drug, gene = spellings("drug", pair.drug), spellings("gene", pair.gene)
    return {
        "drug_missing": float(bool(drug) and not find_names(text, drug)),
        "gene_missing": float(bool(gene) and not find_names(text, gene, gene=True)),
    }


def speaks_of(text: str, pair: Pair) -> bool:
    """Whether another document names the claim's drug and gene: it is then no wrong citation by its subject."""
    if not pair.drug:
        return False
    return not any(missing_names(text, pair).values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="file that keeps the embeddings between runs")
    parser.add_argument("--only", default="idf,turning,response,statement,relevance")
    args = parser.parse_args()
    steps = set(args.only.split(","))
    embedder = CachedEmbedder(args.cache)
    everything = load_pairs()
    pairs = [p for p in everything if not p.held]
    print(f"seed {SEED}; training part: {Counter((p.source, p.label) for p in pairs)}")
    abstracts = abstracts_for_training(everything)
    for name, step in (
        ("idf", lambda: word_statistics(abstracts, pairs)),
        ("response", lambda: train_response(pairs)),
        ("turning", lambda: turning(abstracts, embedder)),
        ("statement", lambda: train_statement(pairs, embedder)),
        ("relevance", lambda: train_relevance(pairs, embedder)),
    ):
        if name in steps:
            start = time.process_time()
            step()
            embedder.save()
            print(f"  {name}: {time.process_time() - start:.0f} CPU seconds")


if __name__ == "__main__":
    main()
