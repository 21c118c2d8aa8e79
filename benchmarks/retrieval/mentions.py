"""Mention finding against the annotations kept with the reference documents.

Run: ``python -m benchmarks.retrieval.mentions FOLDER [--full]`` with the folder of a knowledge base whose names were
fetched (``knowledge build --fetch-names``). Rules were adjusted on the ChemProt train part only.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from pathlib import Path

from benchmarks.retrieval.common import RESULTS, header, rows
from knowledge.ids.drugs import drug_entity
from knowledge.ids.model import name_key
from knowledge.ids.tables import Names, load_names
from knowledge.starter.load import load_drugs


def overlaps(found: str, wanted: str) -> bool:
    return name_key(found) == name_key(wanted)


def gene_of(names: Names, surface: str) -> set[str]:
    """Genes a surface names, by the table alone (not by the finder under test)."""
    found = names.genes.resolve(surface)
    return {found.entity.name} if found.entity else set(found.candidates) if found.status == "ambiguous" else set()


def measure(names: Names, full: bool) -> tuple[list[str], Counter[str], Counter[str]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    missed: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for number, row in enumerate(rows("documents.jsonl.gz")):
        meta = row["meta"] or {}
        text = f"{row['title'] or ''}\n{row['text']}"
        if not full and number % 5:
            continue
        mentions = names.lexicon.find(text) if {"chemprot", "bc5cdr"} & meta.keys() or row["source"] == "CIViC" else []
        genes = {name for mention in mentions if mention.kind == "gene" for name in mention.names}
        surfaces = {name_key(mention.surface) for mention in mentions if mention.kind == "gene"}
        drugs = {name_key(mention.surface): mention.surface for mention in mentions if mention.kind == "drug"}
        if "chemprot" in meta:
            split = "ChemProt train" if meta["chemprot"]["split"] == "train" else "ChemProt dev and test"
            count = counts[f"genes of relations, {split}"]
            for surface in {relation["gene"] for relation in meta["chemprot"]["relations"]}:
                known = gene_of(names, surface)
                count["gold"] += 1
                count["gold named in the table"] += bool(known)
                hit = name_key(surface) in surfaces or bool(known & genes)
                count["found"] += hit
                count["found of those in the table"] += hit and bool(known)
                if known and not hit:
                    missed[f"{surface}"] += 1
        if "bc5cdr" in meta:
            gold = {name_key(name) for name in meta["bc5cdr"]["chemicals"]}
            # A chemical that the title or text names inside a longer annotated one ("cisplatin" in "cisplatin-DDP").
            count = counts["drugs, BC5CDR chemicals"]
            for name in meta["bc5cdr"]["chemicals"]:
                resolved = names.drugs.resolve(name)
                if resolved.entity is not None and name_key(name) in name_key(text):
                    count["gold"] += 1
                    count["found"] += name_key(name) in drugs
                    if name_key(name) not in drugs:
                        missed[f"drug {name}"] += 1
            for key, surface in drugs.items():
                count["predicted"] += 1
                right = key in gold or any(key in other for other in gold)
                count["right"] += right
                if not right:
                    wrong[f"drug {surface}"] += 1
        if row["source"] == "CIViC":
            profile_genes = [name for name in row["genes"] if name in names.genes.entities]
            count = counts["genes of the profile that the statement names by symbol, CIViC"]
            words = {word.strip(".,;:()") for word in text.replace("-", " ").replace("/", " ").split()}
            for gene in profile_genes:
                if gene in words:
                    count["gold"] += 1
                    count["found"] += gene in genes
                    if gene not in genes:
                        missed[f"CIViC {gene}"] += 1
            stated = (meta.get("therapies") or "").split(",")
            count = counts["drugs of the therapy that the statement names, CIViC"]
            for name in filter(None, map(str.strip, stated)):
                resolved = names.drugs.resolve(name)
                if resolved.entity is not None and name.lower() in text.lower():
                    count["gold"] += 1
                    count["found"] += name_key(name) in drugs
    lines = []
    for title, count in sorted(counts.items()):
        recall = count["found"] / count["gold"] if count["gold"] else float("nan")
        cells = [title, str(count["gold"]), f"{recall:.3f}"]
        known = count["gold named in the table"]
        cells.append(f"{count['found of those in the table'] / known:.3f} ({known})" if known else "")
        cells.append(f"{count['right'] / count['predicted']:.3f} ({count['predicted']})" if count["predicted"] else "")
        lines.append("| " + " | ".join(cells) + " |")
    return lines, missed, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    shipped = [drug_entity(drug.name, drug.synonyms, drug.gdsc2_ids) for drug in load_drugs()]
    names = load_names(options.folder, (), (), shipped)
    lines, missed, wrong = measure(names, options.full)
    text = header(
        "Mention finding",
        "python -m benchmarks.retrieval.mentions FOLDER --full",
        names="; ".join(names.sources),
        documents="all" if options.full else "every fifth",
    )
    text += "| annotation | gold | recall | recall where the name table knows it (of) | precision (of) |\n"
    text += "|---|---|---|---|---|\n" + "\n".join(lines) + "\n\n"
    text += (
        "ChemProt and CIViC name only the genes of a relation or profile, so no precision can be computed from them; "
        "BC5CDR annotates every chemical, so the precision of drug mentions can. A drug mention counts as right when "
        "it is an annotated chemical or part of one.\n\n"
    )
    text += "Most frequent misses: " + ", ".join(f"{name} ({n})" for name, n in missed.most_common(25)) + "\n\n"
    text += "Most frequent wrong drugs: " + ", ".join(f"{name} ({n})" for name, n in wrong.most_common(15)) + "\n"
    print(text)
    if options.full:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "retrieval_mentions.md").write_text(text)


if __name__ == "__main__":
    main()
