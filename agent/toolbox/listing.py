"""Lists: drugs of the screen, runs on record, and what can be asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agent.toolbox.records import Answer, AnswerSentence, Cell, Link, Table
from agent.toolbox.telling import Teller, Values, fact, words_cell
from knowledge.ids.model import name_key
from knowledge.starter.load import load_drugs

if TYPE_CHECKING:
    from pydantic import JsonValue

    from agent.toolbox.cards import BundleCard
    from agent.toolbox.desk import Desk
    from knowledge.starter.load import StarterDrug

DRUGS = "drugs"
RUNS = "runs"
HELP = "help"
_ROWS = 400
_RUNS = 50
EXAMPLES = (
    "why are some lines sensitive to venetoclax?",
    "does SLFN11 matter for topotecan, and is that lineage?",
    "compare gefitinib and erlotinib",
    "what contradicts this?",
    "is BCL2 and venetoclax known?",
    "draft a hypothesis for module 3",
    "which lines would you test?",
    "why is MV-4-11 sensitive to venetoclax?",
    "modules, interactions, rules, replication or null of a drug",
    "search the literature for BCL2 and venetoclax",
    "run a null; explain a drug; write the brief; show jobs; cancel the job",
    "which drugs are there? which runs are there?",
)


def drugs(desk: Desk, query: str | None = None) -> Answer:
    """Drugs of the screen and of the bundles, those explained here with score and best-ranked genes."""
    explained = {name_key(entry.drug): entry for entry in desk.shelf.speaking()}
    known = {name_key(d.name): d for d in load_drugs()}
    names = {key: entry.drug for key, entry in explained.items()} | {
        key: known[key].name for key in known if key not in explained
    }
    words = (query or "").strip()[:60]
    if words:
        names = {key: name for key, name in names.items() if _fits(words, key, name, known)}
    order = sorted(names, key=lambda key: (key not in explained, names[key].lower()))
    n_shared = sum(key in explained for key in names)
    facts: dict[str, JsonValue] = {"number": len(names), "n_shared": n_shared, "words": words}
    teller = Teller()
    rows: list[tuple[Cell, ...]] = []
    entries: list[JsonValue] = []
    for key in order[:_ROWS]:
        entry, drug = explained.get(key), known.get(key)
        entries.append(_scores(entry))
        rows.append(
            (
                words_cell(names[key], Link(kind="drug", target=names[key], label=names[key])),
                words_cell(drug.pathway if drug is not None else ""),
                words_cell(", ".join(drug.targets) if drug is not None else ""),
                words_cell("yes" if entry is not None else "no"),
                _score_cell(teller, entry, len(rows), entries),
                words_cell(", ".join(entry.leading) if entry is not None else ""),
                words_cell(", ".join(entry.parts) if entry is not None else ""),
            )
        )
    told: Values = {"number": fact("number", "d"), "n_shared": fact("n_shared", "d"), "words": words}
    sentence = teller.say("drugs_found" if words else "drugs_listed", told, facts=facts, origin="names and bundles")
    first = next((names[key] for key in order if key in explained), None)
    return Answer(
        kind=DRUGS,
        title="Drugs",
        sentences=(sentence,),
        table=Table(
            title="Drugs",
            columns=(
                "drug",
                "class of target",
                "targets",
                "explained",
                "Spearman, unseen lines",
                "best ranked",
                "parts",
            ),
            rows=tuple(rows),
            ref=teller.ref({"rows": entries}, "manifests of the bundles"),
        ),
        suggestions=(f"overview of {first}",) if first else ("explain venetoclax",),
    )


def runs(desk: Desk) -> Answer:
    """Runs on record, newest first, and the bundles that are there."""
    teller = Teller()
    rows: list[tuple[Cell, ...]] = []
    paths = sorted(desk.workspace.runs.glob("*.json"), reverse=True)
    listed = {card.folder: card for card in desk.shelf.cards()}
    for path in paths[:_RUNS]:
        try:
            run = json.loads(path.read_text(encoding="utf-8"))
            key = str(run.get("bundle_key") or "")
            drug = listed[key].drug if key in listed else "bundle not there"
            rows.append(
                (
                    words_cell(str(run["id"])),
                    words_cell(str(run["command"])),
                    words_cell(drug),
                    words_cell(str(run["started"])),
                    words_cell(str(run.get("snapshot") or "")),
                    words_cell(key[:12], Link(kind="run", target=key, label=key[:12]) if key else None),
                )
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            rows.append((words_cell(path.stem), words_cell("cannot be read"), *(words_cell("") for _ in range(4))))
    facts = {"number": len(paths)}
    sentence = (
        teller.say("runs_listed", {"number": fact("number", "d")}, facts=facts, origin="run records")
        if rows
        else teller.absent("runs_none")
    )
    return Answer(
        kind=RUNS,
        title="Runs",
        sentences=(sentence,),
        table=Table(
            title="Runs",
            columns=("run", "command", "drug", "started", "snapshot", "bundle"),
            rows=tuple(rows),
            ref=teller.ref({}, "run records"),
        )
        if rows
        else None,
        suggestions=("which drugs are there?",),
    )


def help_answer(said: str = "") -> Answer:
    """What can be asked, after a word on why that is shown."""
    lines = ([AnswerSentence(text=said, source="none-found")] if said else []) + [
        AnswerSentence(text=f"You can ask: {example}", source="none-found") for example in EXAMPLES
    ]
    return Answer(kind=HELP, title="What you can ask", sentences=tuple(lines), suggestions=EXAMPLES[:4])


def _fits(words: str, key: str, name: str, known: dict[str, StarterDrug]) -> bool:
    wanted = name_key(words)
    drug = known.get(key)
    held = (name,) if drug is None else (name, *drug.synonyms, *drug.targets, drug.pathway)
    return any(wanted in name_key(text) for text in held)


def _scores(entry: BundleCard | None) -> dict[str, JsonValue]:
    if entry is None or entry.spearman is None:
        return {}
    score = entry.spearman
    return {"rho": score.estimate, "low": score.low, "high": score.high}


def _score_cell(teller: Teller, entry: BundleCard | None, row: int, entries: list[JsonValue]) -> Cell:
    if entry is None or entry.spearman is None:
        return words_cell("")
    slots = {name: fact(f"rows[{row}].{name}") for name in ("rho", "low", "high")}
    return teller.cell("{rho} ({low} to {high})", slots, facts={"rows": entries})
