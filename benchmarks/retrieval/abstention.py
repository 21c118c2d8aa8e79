"""When does a search say that nothing here is about the question?

Run: ``python -m benchmarks.retrieval.abstention FOLDER SCIFACT_FOLDER``: the stores of `questions` and `scifact`.
Good questions have an answer in the store (BioASQ questions with a gold abstract in it, SciFact claims); bad ones have
none (``off_topic.txt``: everyday life and other sciences; made-up words). All are split in halves by `SEED`; the
threshold is chosen on the first halves and reported on the second.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.retrieval.common import RESULTS, SEED, header, rows
from benchmarks.retrieval.corpus import open_reference
from benchmarks.retrieval.scifact import claims
from knowledge.build import open_store
from knowledge.retrieve.reasons import off_topic_below
from knowledge.retrieve.search import search
from knowledge.store.store import Store

# Good questions that may be turned away on the tuning half.
MOST_WRONG = 0.01
GRID = [round(0.01 * step, 2) for step in range(15, 61)]


@dataclass(frozen=True)
class Asked:
    """One question: cosine of the nearest passage, and whether it names something known to the store."""

    nearest: float
    named: bool

    def abstains(self, least: float) -> bool:
        """Whether the search answers nothing at this threshold."""
        return not self.named and self.nearest < least


def ask(store: Store, question: str, without: frozenset[str] = frozenset()) -> Asked:
    """Look at one question, with some documents (by PMID) taken out of the store."""
    similarity = np.asarray(store.vectors[store.rows] @ store.embedder.embed([question])[0])
    if without:
        hidden = {i for i, document in enumerate(store.snapshot.documents) if document.pmid in without}
        similarity[np.isin(store.document_of, list(hidden))] = -1
    tags = [(mention.kind, name) for mention in store.lexicon.find(question) for name in mention.names]
    return Asked(float(similarity.max()), any(len(store.annotations.rows(tag)) for tag in tags))


def made_up(count: int) -> list[str]:
    """Questions of three to seven words that no language has."""
    rng = np.random.default_rng(SEED)
    parts = ["ba", "ko", "ri", "tu", "me", "fal", "nor", "pil", "gex", "zan", "vor", "lim", "dru", "sho", "qua"]
    return [
        " ".join("".join(rng.choice(parts, rng.integers(2, 4))) for _ in range(rng.integers(3, 8)))
        for _ in range(count)
    ]


def halves(asked: list[Asked]) -> tuple[list[Asked], list[Asked]]:
    order = np.random.default_rng(SEED).permutation(len(asked))
    first = set(order[: len(asked) // 2].tolist())
    return [a for i, a in enumerate(asked) if i in first], [a for i, a in enumerate(asked) if i not in first]


def share(asked: list[Asked], least: float) -> float:
    return float(np.mean([one.abstains(least) for one in asked]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("scifact", type=Path)
    options = parser.parse_args()
    store = open_reference(options.folder, keywords_only=False)
    scifact = open_store(options.scifact, report=print)
    held = {document.pmid for document in store.snapshot.documents if document.pmid}
    questions = [
        (row["question"], frozenset(row["pmids"]) & held) for row in rows("benchmarks/bioasq12b_questions.jsonl.gz")
    ]
    questions = [(question, gold) for question, gold in questions if gold]
    stated = claims({document.id for document in scifact.snapshot.documents})
    off_topic = Path(__file__).with_name("off_topic.txt").read_text(encoding="utf-8").splitlines()
    good = {
        "BioASQ questions": [ask(store, question) for question, _ in questions],
        "SciFact claims": [ask(scifact, claim) for claim, _ in stated],
    }
    bad = {
        "off topic, reference documents": [ask(store, question) for question in off_topic],
        "off topic, SciFact abstracts": [ask(scifact, question) for question in off_topic],
        "made-up words, reference documents": [ask(store, question) for question in made_up(60)],
        "made-up words, SciFact abstracts": [ask(scifact, question) for question in made_up(60)],
    }
    removed = [ask(store, question, gold) for question, gold in questions]
    shipped = off_topic_below(store.embedder.id)
    tuning = {name: halves(asked)[0] for name, asked in (good | bad).items()}
    fits = [least for least in GRID if max(share(tuning[name], least) for name in good) <= MOST_WRONG]
    chosen = max(fits)
    text = header(
        "Abstention",
        "python -m benchmarks.retrieval.abstention FOLDER SCIFACT_FOLDER",
        stores=f"{len(store.snapshot.passages)} reference passages, {len(scifact.snapshot.passages)} SciFact passages",
        embedder=store.embedder.id,
        rule="abstain where the question names nothing known here and the nearest passage has a cosine below the "
        f"threshold; the largest that turns away at most {MOST_WRONG:.0%} of either good set of the tuning half",
    )
    text += f"Chosen on the tuning half: {chosen}. Shipped: {shipped}.\n\n"
    columns = sorted({0.25, chosen, shipped})
    text += "| questions of the other half that abstain | n | name something known |"
    text += "".join(f" threshold {least} |" for least in columns) + "\n|---|---|---|" + "---|" * len(columns) + "\n"
    for name, asked in (good | bad).items():
        other = halves(asked)[1]
        text += (
            f"| {'good' if name in good else 'bad'}: {name} | {len(other)} | {np.mean([a.named for a in other]):.1%} |"
        )
        text += "".join(f" {share(other, least):.1%} |" for least in columns) + "\n"
    text += f"\nAll {len(removed)} BioASQ questions with their gold abstracts taken out of the store: "
    text += ", ".join(f"{share(removed, least):.1%} abstain at {least}" for least in columns)
    text += ". What is left is mostly about the same subject, so that few should.\n\n"
    for question in ("how long should I boil an egg so that the yolk stays soft", "glioblastoma and temozolomide"):
        answer = search(store, question, k=3)
        text += f"`{question}`: " + (answer.reason or f"{len(answer.hits)} hits") + "\n\n"
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "retrieval_abstention.md").write_text(text.rstrip() + "\n")


if __name__ == "__main__":
    main()
