"""How well the citation checks do on held documents: `python -m benchmarks.agent.citation_support [--small]`.

Prints and writes benchmarks/results/citation_support.json. `--small` measures on some TRAINING documents instead (no
held document is read, nothing is written): for trying the script, never for reporting.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import rankdata
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.agent.citation_data import SEED, CachedEmbedder, Pair, load_pairs, spellings
from benchmarks.agent.citation_train import genes_of, missing_names, speaks_of
from knowledge.documents import Document, Passage
from knowledge.evidence.direction import find_directions
from knowledge.evidence.linear import load_model
from knowledge.evidence.relevance import relevance_features
from knowledge.evidence.response import claim_direction, claim_variants, response_features, response_score
from knowledge.evidence.statement import idf, statement_features
from knowledge.evidence.support import assess
from knowledge.store.terms import terms

RESULTS = Path(__file__).resolve().parents[1] / "results"
TWIN = 0.8  # claims nearer than this are versions of one statement: their documents are no wrong citations


def interval(value: Callable[[np.ndarray], float], groups: Sequence[str], draws: int) -> tuple[float, float, float]:
    """Value on all rows with a 95 % bootstrap interval over document groups."""
    rng = np.random.default_rng(SEED)
    rows: dict[str, list[int]] = {}
    for i, g in enumerate(groups):
        rows.setdefault(g, []).append(i)
    names = list(rows)
    found = []
    for _ in range(draws):
        picked = np.concatenate([rows[names[k]] for k in rng.integers(0, len(names), len(names))])
        try:
            found.append(value(picked.astype(int)))
        except ValueError:  # one class alone in this draw
            continue
    low, high = np.nanquantile(found, [0.025, 0.975])
    return value(np.arange(len(groups))), float(low), float(high)


def auroc(y: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve from mid-ranks (equals scikit-learn's, some ten times faster on small draws)."""
    positive = int(y.sum())
    if positive in (0, len(y)):
        raise ValueError("one class alone")
    ranks = rankdata(score)
    return float((ranks[y == 1].sum() - positive * (positive + 1) / 2) / (positive * (len(y) - positive)))


def auroc_row(name: str, y: np.ndarray, score: np.ndarray, groups: Sequence[str], draws: int) -> dict[str, object]:
    value, low, high = interval(lambda i: auroc(y[i], score[i]), groups, draws)
    return {"measure": name, "n": len(y), "auroc": round(value, 4), "low": round(low, 4), "high": round(high, 4)}


def our_scores(pairs: Sequence[Pair], embedder: CachedEmbedder) -> np.ndarray:
    """P(supports) of the model that `assess` uses for this kind of claim, before any abstention."""
    response, statement = load_model("response"), load_model("statement")
    scores = []
    for p in pairs:
        sign = claim_direction(p.claim) if p.drug else None
        if sign is not None:
            drug, gene = spellings("drug", p.drug), genes_of(p)
            found = find_directions(p.text, drug=drug, gene=gene)
            features = response_features(p.text, found, drug=drug, gene=gene, variants=claim_variants(p.claim))
            scores.append(response_score(response, features, sign))
        else:
            features = statement_features(p.claim, p.sentences, embedder.embed(p.sentences), embedder)
            scores.append(statement.probability(features))
    return np.array(scores)


def similarity(pairs: Sequence[Pair], embedder: CachedEmbedder) -> np.ndarray:
    return np.array([float((embedder.embed(p.sentences) @ embedder.embed([p.claim])[0]).max()) for p in pairs])


def text_baseline(train: Sequence[Pair], test: Sequence[Pair], view: Callable[[Pair], str]) -> np.ndarray:
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    x = vectorizer.fit_transform([view(p) for p in train])
    model = LogisticRegression(C=1.0, max_iter=2000).fit(x, [p.label == "SUPPORT" for p in train])
    return np.asarray(model.decision_function(vectorizer.transform([view(p) for p in test])))


def crossed(p: Pair) -> str:
    """Claim words crossed with the claim's direction: what a model could know by heart, without reading."""
    return " ".join(f"{w}_{claim_direction(p.claim)}" for w in p.claim.replace(".", "").split())


def support_tables(
    train: list[Pair], test: list[Pair], embedder: CachedEmbedder, draws: int
) -> list[dict[str, object]]:
    tables = []
    for source in ("civic", "scifact"):
        fit = [p for p in train if p.source == source and p.label != "NOT_ENOUGH_INFO"]
        held = [p for p in test if p.source == source and p.label != "NOT_ENOUGH_INFO"]
        y = np.array([p.label == "SUPPORT" for p in held]).astype(int)
        groups = [p.group for p in held]
        ours = our_scores(held, embedder)
        rows = [auroc_row("ours", y, ours, groups, draws)]
        if source == "civic":
            for sign, name in ((1, "claims of sensitivity"), (-1, "claims of resistance")):
                at = np.array([i for i, p in enumerate(held) if claim_direction(p.claim) == sign])
                rows.append(auroc_row(f"ours, {name} only", y[at], ours[at], [groups[i] for i in at], draws))
            at = np.array([i for i, p in enumerate(held) if p.variant != "evidence does not support"])
            rows.append(
                auroc_row("ours, without 'does not support' items", y[at], ours[at], [groups[i] for i in at], draws)
            )
        rows.append(auroc_row("similarity (best sentence cosine)", y, similarity(held, embedder), groups, draws))
        rows.append(
            auroc_row(
                "bag of words of claim and passage",
                y,
                text_baseline(fit, held, lambda p: f"{p.claim} {p.text}"),
                groups,
                draws,
            )
        )
        rows.append(
            auroc_row("claim alone, bag of words", y, text_baseline(fit, held, lambda p: p.claim), groups, draws)
        )
        if source == "civic":
            rows.append(
                auroc_row(
                    "claim alone, names x direction (by heart)", y, text_baseline(fit, held, crossed), groups, draws
                )
            )
        majority = max(np.mean(y), 1 - np.mean(y))
        curve = []
        sure = np.maximum(ours, 1 - ours)
        for coverage in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3):
            kept = np.argsort(-sure)[: max(1, round(coverage * len(y)))]
            curve.append((coverage, round(float(((ours >= 0.5) == y)[kept].mean()), 4)))
        tables.append(
            {
                "source": source,
                "rows": rows,
                "majority_accuracy": round(float(majority), 4),
                "accuracy_at_coverage": curve,
            }
        )
    return tables


def misattribution(test: list[Pair], embedder: CachedEmbedder, draws: int) -> list[dict[str, object]]:
    """Own document against a random other and against the other with the highest score, among the same documents."""
    model = load_model("relevance")
    tables = []
    for source in ("scifact", "civic"):
        documents = {p.document: p for p in test if p.source == source}
        names = sorted(documents)
        vectors = {d: embedder.embed(documents[d].sentences) for d in names}
        claims = [
            p for p in test if p.source == source and p.label != "NOT_ENOUGH_INFO" and p.variant in ("", "original")
        ]
        claim_vectors = embedder.embed([p.claim for p in claims])
        held_terms = {d: set(terms(documents[d].text)) for d in names}
        every = [p for p in test if p.source == source]
        every_vectors = embedder.embed([p.claim for p in every])
        scores: dict[str, list[tuple[float, float, float, float]]] = {}
        for p, vector in zip(claims, claim_vectors, strict=True):
            near = every_vectors @ vector >= TWIN
            strict_own = {q.document for q in every if q.claim == p.claim}
            own = strict_own | {q.document for q, twin in zip(every, near, strict=True) if twin and source == "scifact"}
            # All features of the documents that words or meaning put first, and of a few others for the random draw.
            asked = {term: idf(term) for term in set(terms(p.claim))}
            cosine = np.array([float((vectors[d] @ vector).max()) for d in names])
            cover = np.array([sum(w for t, w in asked.items() if t in held_terms[d]) for d in names]) / (
                sum(asked.values()) or 1.0
            )
            draw = np.random.default_rng(len(scores.get("own", ())))
            short = {*np.argsort(-cosine)[:12], *np.argsort(-cover)[:12], *np.argsort(-cosine - cover)[:25]}
            drawn = [int(i) for i in draw.permutation(len(names)) if names[int(i)] != p.document][:6]
            rows = {}
            for d in sorted({names[int(i)] for i in (*short, *drawn)} | {p.document}):
                if d != p.document and speaks_of(documents[d].text, p):
                    continue
                features = relevance_features(p.claim, documents[d].text, vector, vectors[d]) | missing_names(
                    documents[d].text, p
                )
                rows[d] = (model.raw(features), features["cos_best"], features["cover"], features["bm25"])
            scores.setdefault("own", []).append(rows[p.document])
            for name, out in (("others", own), ("others_strict", strict_own)):
                rest = np.array([v for d, v in rows.items() if d not in out])
                scores.setdefault(f"{name}_max", []).append(tuple(rest.max(axis=0)))
            free = [names[i] for i in drawn if names[i] in rows and names[i] not in own]
            scores.setdefault("others_random", []).append(rows[free[0]])
        groups = [p.group for p in claims] * 2
        y = np.r_[np.ones(len(claims)), np.zeros(len(claims))].astype(int)
        rows_out = []
        for kind in ("others_random", "others_max", "others_strict_max"):
            for k, name in enumerate(("ours", "cosine, best sentence", "tf-idf cover", "BM25")):
                s = np.array([v[k] for v in scores["own"]] + [v[k] for v in scores[kind]])
                title = {
                    "others_random": "random other",
                    "others_max": "hardest other",
                    "others_strict_max": "hardest other, documents of twin claims counted as wrong",
                }[kind]
                if k == 0 or kind != "others_strict_max":
                    rows_out.append(auroc_row(f"{title}: {name}", y, s, groups, draws))
        tables.append({"source": source, "documents": len(names), "claims": len(claims), "rows": rows_out})
    return tables


def passage_of(text: str, identifier: str) -> Passage:
    document = Document(id=identifier, text=text, kind="abstract", source="benchmark")
    return Passage.cut(document, 0, len(text))


def answers(test: list[Pair], embedder: CachedEmbedder) -> list[dict[str, object]]:
    """What `assess` answers, end to end, by source and true label."""
    tables = []
    for source in ("civic", "scifact"):
        table: Counter[tuple[str, str]] = Counter()
        tiers: Counter[tuple[str, bool]] = Counter()
        start, n = time.process_time(), 0
        for p in test:
            if p.source != source:
                continue
            got = assess(
                p.claim,
                passage_of(p.text, p.document),
                drug=p.drug,
                gene=p.gene,
                drug_names=spellings("drug", p.drug)[1:],
                gene_names=spellings("gene", p.gene)[1:],
                embedder=embedder,
            )
            n += 1
            table[p.label, got.label] += 1
            if got.label in ("supports", "contradicts"):
                tiers[
                    got.tier, (got.label == "supports") == (p.label == "SUPPORT") and p.label != "NOT_ENOUGH_INFO"
                ] += 1
        seconds = (time.process_time() - start) / n
        rows = {
            label: {a: table[label, a] for a in ("supports", "contradicts", "mentions", "unverified")}
            for label in ("SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO")
        }
        decided = sum(rows[k][a] for k in ("SUPPORT", "CONTRADICT") for a in ("supports", "contradicts"))
        right = rows["SUPPORT"]["supports"] + rows["CONTRADICT"]["contradicts"]
        total = sum(sum(rows[k].values()) for k in ("SUPPORT", "CONTRADICT"))
        tables.append(
            {
                "source": source,
                "answers": rows,
                "coverage": round(decided / total, 4),
                "accuracy_when_answered": round(right / decided, 4) if decided else None,
                "contradicting_passed_as_supporting": rows["CONTRADICT"]["supports"],
                "by_tier": {f"{tier} {'right' if ok else 'wrong'}": c for (tier, ok), c in sorted(tiers.items())},
                "cpu_ms_per_pair": round(1000 * seconds, 1),
            }
        )
    return tables


def cards() -> dict[str, dict[str, int]]:
    """Our own summaries against the direction stated beside them (a sanity check, no bar)."""
    from knowledge.starter.load import load_cards

    table: dict[str, Counter[str]] = {}
    for card in load_cards():
        if card.direction == "not_stated" or card.entity_kind != "gene":
            continue
        got = assess(
            f"{card.entity} {card.direction}",
            passage_of(card.summary, card.id),
            drug=card.drug,
            gene=card.entity,
            direction=card.direction,
        )
        table.setdefault(card.direction, Counter())[got.label] += 1
    return {direction: dict(count) for direction, count in table.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="file that keeps the embeddings between runs")
    parser.add_argument("--small", action="store_true")
    parser.add_argument(
        "--only", default="support,answers,misattribution,cards", help="steps; the others' results stay"
    )
    args = parser.parse_args()
    draws = 100 if args.small else 1000
    embedder = CachedEmbedder(args.cache)
    pairs = load_pairs()
    train, test = [p for p in pairs if not p.held], [p for p in pairs if p.held]
    if args.small:
        some = set(sorted({p.group for p in train})[::12])
        train, test = [p for p in train if p.group not in some], [p for p in train if p.group in some]
    path = RESULTS / "citation_support.json"
    before = json.loads(path.read_text()) if path.exists() else {"looks_at_held_part": {}}
    steps = args.only.split(",")
    looks = {**before["looks_at_held_part"]}
    for name in steps:
        looks[name] = looks.get(name, 0) + 1
    report: dict[str, object] = before | {
        "seed": SEED,
        "looks_at_held_part": looks,
        "models": [load_model(name).id for name in ("response", "statement", "relevance")],
        "embedder": embedder.id,
        "train": {f"{s} {k}": n for (s, k), n in sorted(Counter((p.source, p.label) for p in train).items())},
        "held": {f"{s} {k}": n for (s, k), n in sorted(Counter((p.source, p.label) for p in test).items())},
        "bootstrap": f"{draws} draws over document groups, 95 %",
    }
    for name, step in (
        ("support", lambda: support_tables(train, test, embedder, draws)),
        ("answers", lambda: answers(test, embedder)),
        ("misattribution", lambda: misattribution(test, embedder, draws)),
        ("cards", cards),
    ):
        if name not in steps:
            continue
        start = time.process_time()
        report[name] = step()
        embedder.save()
        print(name, f"{time.process_time() - start:.0f} CPU s", json.dumps(report[name], indent=1), flush=True)
    if not args.small:
        RESULTS.mkdir(exist_ok=True)
        path.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
