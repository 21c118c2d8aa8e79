"""BioASQ oncology questions (recall@20 of their gold PMIDs) and GDSC drugs (is the target in the top 5?).

Run: ``python -m benchmarks.retrieval.questions FOLDER [--keywords-only]``. FOLDER keeps the store. With
``--keywords-only`` no model runs: the cosine has weight 0 and what is measured is BM25 with name expansion.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.retrieval.common import RESULTS, header, paired_bootstrap, reference, rows
from benchmarks.retrieval.corpus import open_reference
from knowledge.build import names_of
from knowledge.retrieve.search import DEFAULT_FUSION, Fusion, search
from knowledge.store.store import Store
from knowledge.store.terms import terms


def pmids_of(store: Store, query: str, fusion: Fusion, expand: bool, k: int) -> list[str]:
    # Without a model the cosine means nothing, so it must not make the search abstain either.
    least = None if fusion.weight else -1.0
    found = search(store, query, k=100, per_document=1, fusion=fusion, expand=expand, min_similarity=least).hits
    return list(dict.fromkeys(hit.document.pmid for hit in found if hit.document.pmid))[:k]


def bm25_pmids(store: Store, query: str, k: int) -> list[str]:
    scores = store.keywords.scores(terms(query))
    found: dict[str, None] = {}
    for row in np.argsort(-scores, kind="stable")[:400]:
        pmid = store.snapshot.documents[store.document_of[row]].pmid
        if pmid:
            found[pmid] = None
    return list(found)[:k]


def bioasq(store: Store, fusion: Fusion) -> str:
    held = {document.pmid for document in store.snapshot.documents if document.pmid}
    recall: dict[str, list[float]] = {"search": [], "search without name expansion": [], "BM25 alone": []}
    reachable = total = 0
    for row in rows("benchmarks/bioasq12b_questions.jsonl.gz"):
        if not row["oncology"]:
            continue
        gold = set(row["pmids"]) & held
        total += len(row["pmids"])
        reachable += len(gold)
        if not gold:
            continue
        lists = {
            "search": pmids_of(store, row["question"], fusion, True, 20),
            "search without name expansion": pmids_of(store, row["question"], fusion, False, 20),
            "BM25 alone": bm25_pmids(store, row["question"], 20),
        }
        for name, found in lists.items():
            recall[name].append(len(gold & set(found)) / min(len(gold), 20))
    text = f"BioASQ 12b, {len(recall['search'])} oncology questions; {reachable} of {total} gold PMIDs are held.\n\n"
    text += (
        "| | recall@20 (of at most 20 gold PMIDs held) | search minus this, 95 % paired bootstrap |\n|---|---|---|\n"
    )
    ours = np.array(recall["search"])
    for name, values in recall.items():
        mean, low, high = paired_bootstrap(ours, np.array(values))
        text += f"| {name} | {np.mean(values):.4f} | {mean:+.4f} ({low:+.4f} to {high:+.4f}) |\n"
    return text


def gdsc(store: Store, fusion: Fusion) -> str:
    """Drugs with at least 5 PMIDs: does a passage of the top 5 name drug and annotated target?"""
    least = None if fusion.weight else -1.0
    coverage = pd.read_csv(reference() / "coverage.csv")
    lines = []
    tried = reachable = direct = family = 0
    for row in coverage.itertuples():
        targets = [name for name in str(row.gdsc_targets).split("|") if name and name != "nan"]
        if int(row.pmids) < 5 or not targets:
            continue
        tried += 1
        drugs = store.lexicon.names("drug", str(row.drug)) or (str(row.drug),)
        of_drug = {place for name in drugs for place in store.annotations.rows(("drug", name)).tolist()}
        somewhere = any(of_drug.intersection(store.annotations.rows(("gene", name)).tolist()) for name in targets)
        reachable += somewhere
        # One question a target, as the pipeline asks: drug and gene by name, no filter.
        by_gene = by_family = False
        for target in targets:
            query = f"{row.drug} {target} inhibition mechanism of action"
            families = set(store.lexicon.families_of(target))
            for hit in search(store, query, k=5, fusion=fusion, min_similarity=least).hits:
                if set(drugs) & set(hit.drugs):
                    by_gene = by_gene or target in hit.genes
                    by_family = by_family or bool(families & set(hit.families))
        direct += by_gene
        family += by_gene or by_family
        if not by_gene:
            why = "its family is named" if by_family else "not found"
            why += "" if somewhere else "; no passage here names both"
            lines.append(f"| {row.drug} | {', '.join(targets)} | {row.pmids} | {why} |")
    text = f"GDSC drugs with 5 or more PMIDs and an annotated target: {tried}. A passage of the top 5 names\n\n"
    text += f"- drug and target: {direct} ({direct / max(tried, 1):.1%}); {reachable} have such a passage at all\n"
    text += f"- drug and target, or the target's family or complex: {family} ({family / max(tried, 1):.1%})\n\n"
    if lines:
        text += "| drug without a passage that names the target itself | targets | PMIDs | |\n|---|---|---|---|\n"
        text += "\n".join(lines) + "\n"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keywords-only", action="store_true")
    options = parser.parse_args()
    store = open_reference(options.folder, options.keywords_only)
    fusion = Fusion(weight=0.0) if options.keywords_only else DEFAULT_FUSION
    text = header(
        "Questions over the reference documents" + (" (keywords only)" if options.keywords_only else ""),
        "python -m benchmarks.retrieval.questions FOLDER" + (" --keywords-only" if options.keywords_only else ""),
        corpus=f"{len(store.snapshot.documents)} documents, {len(store.snapshot.passages)} passages",
        embedder=store.embedder.id,
        weight=f"{fusion.weight}, cover {fusion.cover}",
        names="; ".join(names_of(options.folder, store.snapshot).sources),
    )
    text += bioasq(store, fusion) + "\n" + gdsc(store, fusion)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    name = "retrieval_questions_keywords.md" if options.keywords_only else "retrieval_questions.md"
    (RESULTS / name).write_text(text)


if __name__ == "__main__":
    main()
