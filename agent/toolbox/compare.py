"""Compare two drugs: what their rankings share, where they differ, and where they point opposite ways."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from agent.hypotheses.numbers import Sentence
from agent.report.assemble import score_sentences
from agent.toolbox.records import Answer, Cell, Link, Subject, Table
from agent.toolbox.telling import Teller, Values, fact, words_cell

if TYPE_CHECKING:
    from pydantic import JsonValue

    from agent.toolbox.desk import Desk
    from agent.toolbox.opened import Opened

KIND = "compare"
TOP = 50
NAMED = 12


def compare(desk: Desk, first: str, second: str, top: int = TOP) -> Answer:
    """Shared and different genes of two drugs, and the rank correlation of their whole rankings."""
    one, two = desk.opened(KIND, first), desk.opened(KIND, second)
    a, b = one.bundle, two.bundle
    teller = Teller(a, other=b.key)
    facts = _facts(one, two, top)
    origin = "genes.parquet of both bundles"
    shared, only_a, only_b = (_names(facts, key) for key in ("shared_genes", "only_first", "only_second"))
    sentences = [
        teller.say("compare_rank", {"n_shared": fact("n_genes", ",d"), "rho": fact("rho")}, facts=facts, origin=origin)
        if "rho" in facts
        else teller.absent("compare_shared_none", {"top": "best-ranked"}),
    ]
    if a.revision != b.revision:
        sentences.insert(0, teller.absent("compare_revisions"))
    told: Values
    if shared:
        told = {"top": fact("top", "d"), "shared": fact("shared", "d"), "subject": _listed(shared)}
        sentences.append(teller.say("compare_shared", told, facts=facts, origin=origin))
        if facts["settled"]:
            agree: Values = {"agree": fact("agree", "d")}
            sentences.append(teller.say("compare_direction", agree, facts=facts, origin=origin))
        opposed = _names(facts, "opposed")
        if opposed:
            sentences.append(teller.say("compare_opposed", {"subject": _listed(opposed)}, facts=facts, origin=origin))
    else:
        sentences.append(teller.say("compare_shared_none", {"top": fact("top", "d")}, facts=facts, origin=origin))
    for name, only in ((a.drug, only_a), (b.drug, only_b)):
        if only:
            told = {"drug": name, "subject": _listed(only)}
            sentences.append(teller.say("compare_only", told, facts=facts, origin=origin))
    for opened in (one, two):
        own = Teller(opened.bundle)
        score = score_sentences(opened.bundle)[:1]
        sentences += [own.computed(s.model_copy(update=_prefixed(s, f"{opened.bundle.drug}: "))) for s in score]
    return Answer(
        kind=KIND,
        title=f"{a.drug} and {b.drug}",
        sentences=tuple(sentences),
        table=_table(teller, a.drug, b.drug, facts),
        links=tuple(
            link
            for opened in (one, two)
            for link in (
                Link(kind="drug", target=opened.bundle.drug, label=opened.bundle.drug),
                Link(kind="run", target=opened.bundle.key, label=f"explanation {opened.bundle.key[:12]}"),
            )
        ),
        suggestions=(f"overview of {a.drug}", f"overview of {b.drug}"),
        missing="explanations of both drugs by the same revision of the method" if a.revision != b.revision else None,
        subject=Subject(drug=a.drug, other=b.drug),
    )


def _facts(one: Opened, two: Opened, top: int) -> dict[str, JsonValue]:
    from scipy.stats import spearmanr

    both = [gene for gene in one.ranks if gene in two.ranks]
    heads = [[g.gene for g in o.bundle.attribution.genes[:top]] for o in (one, two)]
    shared = [gene for gene in heads[0] if gene in heads[1]]
    only = [[g for g in head if g not in other][:NAMED] for head, other in (heads, heads[::-1])]
    ways = [{g.gene: g.direction for g in o.bundle.attribution.genes[:top]} for o in (one, two)]
    settled = [g for g in shared if "mixed" not in (ways[0][g], ways[1][g])]
    ranks = [dict(zip(o.ranks, (int(r) for r in o.tables.genes["rank"]), strict=True)) for o in (one, two)]
    leading = [*shared[:NAMED], *heads[0][:5], *heads[1][:5]]
    facts: dict[str, JsonValue] = {
        "n_genes": len(both),
        "top": min(top, len(heads[0]), len(heads[1])),
        "shared": len(shared),
        "shared_genes": [*shared],
        "only_first": [*only[0]],
        "only_second": [*only[1]],
        "settled": len(settled),
        "agree": sum(ways[0][g] == ways[1][g] for g in settled),
        "opposed": [g for g in settled if ways[0][g] != ways[1][g]],
        "rows": [
            {"gene": gene, **_side(one, gene, ranks[0], "first"), **_side(two, gene, ranks[1], "second")}
            for gene in dict.fromkeys(leading)
            if gene in one.ranks and gene in two.ranks
        ],
    }
    if len(both) > 2:
        rho = float(spearmanr([ranks[0][g] for g in both], [ranks[1][g] for g in both]).statistic)
        if math.isfinite(rho):
            facts["rho"] = rho
    return facts


def _side(opened: Opened, gene: str, ranks: dict[str, int], side: str) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {f"{side}_rank": ranks[gene]}
    if "effect" in opened.tables.genes.columns:
        found[f"{side}_effect"] = float(opened.tables.genes["effect"].to_numpy()[opened.ranks[gene]])
    return found


def _table(teller: Teller, first: str, second: str, facts: dict[str, JsonValue]) -> Table:
    rows = facts["rows"]
    cells: list[tuple[Cell, ...]] = []
    for i, row in enumerate(rows if isinstance(rows, list) else []):
        if not isinstance(row, dict):
            continue
        name = str(row["gene"])
        one = [words_cell(name, Link(kind="gene", target=f"{first}/{name}", label=name))]
        for side in ("first", "second"):
            one.append(teller.cell("{rank}", {"rank": fact(f"rows[{i}].{side}_rank", ",d")}, facts=facts))
            effect = f"{side}_effect"
            one.append(
                teller.cell("{effect}", {"effect": fact(f"rows[{i}].{effect}", ".3f")}, facts=facts)
                if effect in row
                else words_cell("not kept")
            )
        cells.append(tuple(one))
    return Table(
        title="Shared and leading genes of both",
        columns=("gene", f"rank, {first}", f"effect, {first}", f"rank, {second}", f"effect, {second}"),
        rows=tuple(cells),
        ref=teller.ref(facts, "genes.parquet of both bundles"),
    )


def _prefixed(sentence: Sentence, prefix: str) -> dict[str, object]:
    text, numbers = sentence.text, sentence.numbers
    shift = len(prefix)
    moved = tuple(n.model_copy(update={"start": n.start + shift, "end": n.end + shift}) for n in numbers)
    return {"text": prefix + text, "numbers": moved}


def _names(facts: dict[str, JsonValue], key: str) -> list[str]:
    found = facts[key]
    return [str(name) for name in found] if isinstance(found, list) else []


def _listed(names: list[str]) -> str:
    more = " and others" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
