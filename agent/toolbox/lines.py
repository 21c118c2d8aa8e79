"""Why a cell line is sensitive or resistant: its out-of-bag contributions beside what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.toolbox.desk import NoAnswer
from agent.toolbox.records import Answer, Link, Subject, Table
from agent.toolbox.telling import Teller, Values, fact, words_cell
from explain_engine.data.dataset import RESPONSE_UNIT
from explain_engine.errors import BundleError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from agent.toolbox.desk import Desk
    from agent.toolbox.opened import Opened

KIND = "why_line"
SHOWN = 8
_OTHER = "(other genes)"


def why_line(desk: Desk, drug: str, line: str) -> Answer:
    """What the models that had not seen a line made of it, gene by gene."""
    opened = desk.opened(KIND, drug)
    name = desk.line(KIND, opened, line)
    bundle, teller = opened.bundle, Teller(opened.bundle)
    facts = _facts(opened, name)
    origin = f"lines.parquet and phi.parquet, row {name}"
    base: Values = {"line": name, "drug": bundle.drug, "unit": RESPONSE_UNIT[bundle.kind]}
    seen: Values = {
        **base,
        "lineage": str(facts["lineage"]),
        "y": fact("y"),
        "prediction": fact("prediction"),
        "tissue": fact("tissue_mean") if "tissue_mean" in facts else "not known",
    }
    sentences = [
        teller.say("line_seen", seen, facts=facts, origin=origin),
        teller.say(
            "line_place",
            {**base, "place": fact("place", "d"), "n_lines": fact("n_lines", "d")},
            facts=facts,
            origin=origin,
        ),
    ]
    pushes = facts["contributions"]
    rows = []
    for i, push in enumerate(pushes if isinstance(pushes, list) else []):
        if not isinstance(push, dict):
            continue
        gene = str(push["gene"])
        cells = [
            words_cell(gene, Link(kind="gene", target=f"{bundle.drug}/{gene}", label=gene)),
            teller.cell("{phi}", {"phi": fact(f"contributions[{i}].phi", "+.3f")}, facts=facts),
            words_cell(str(push["way"])),
        ]
        if "expression" in push:
            cells.append(teller.cell("{z}", {"z": fact(f"contributions[{i}].expression", "+.2f")}, facts=facts))
        else:
            cells.append(words_cell("not kept"))
        rows.append(tuple(cells))
    for section, way in (("line_for", "sensitive"), ("line_against", "resistant")):
        named = (
            [str(p["gene"]) for p in pushes if isinstance(p, dict) and p["way"] == way]
            if isinstance(pushes, list)
            else []
        )
        if named:
            sentences.append(teller.say(section, {**base, "subject": ", ".join(named)}, facts=facts, origin=origin))
    if "other" in facts:
        sentences.append(teller.say("line_other", {"estimate": fact("other", "+.3f")}, facts=facts, origin=origin))
    sentences.append(teller.say("line_note", {}))
    return Answer(
        kind=KIND,
        title=f"Why does {name} respond to {bundle.drug} as it does?",
        sentences=tuple(sentences),
        table=Table(
            title=f"Largest contributions to the prediction for {name}",
            columns=("gene", f"contribution ({RESPONSE_UNIT[bundle.kind]})", "towards", "expression (z)"),
            rows=tuple(rows),
            ref=teller.ref(facts, origin),
        ),
        links=(
            Link(kind="line", target=name, label=name),
            Link(kind="drug", target=bundle.drug, label=bundle.drug),
            Link(kind="plot", target=f"{bundle.key}/waterfall/{name}", label=f"waterfall of {name}"),
        ),
        suggestions=tuple(f"does {row[0].text} matter for {bundle.drug}?" for row in rows[:2]),
        subject=Subject(drug=bundle.drug, line=name),
    )


def _facts(opened: Opened, line: str) -> dict[str, JsonValue]:
    tables = opened.tables
    at = [str(name) for name in tables.lines.index].index(line)
    row = tables.lines.iloc[at].to_dict()
    y = float(row["y"])
    facts: dict[str, JsonValue] = {
        "y": y,
        "prediction": float(row["prediction"]),
        "lineage": str(row["lineage"]).replace("_", " "),
        "n_lines": len(tables.lines),
        "place": int((tables.lines["y"] <= y).sum()),
    }
    if "tissue_mean" in tables.lines.columns:
        facts["tissue_mean"] = float(row["tissue_mean"])
    try:
        table = opened.phi()
        phi = dict(zip((str(c) for c in table.columns), (float(v) for v in table.to_numpy()[at]), strict=True))
    except (BundleError, IndexError) as error:
        drug = opened.bundle.drug
        raise NoAnswer(
            Answer(
                kind=KIND,
                title=f"{line} and {drug}: no contributions kept",
                sentences=(Teller().absent("literature_none", {"why": "this bundle keeps no contributions by line"}),),
                missing=f"contributions by line ({error}); say “explain {drug}” to make the bundle anew",
                suggestions=(f"explain {drug}",),
                subject=Subject(drug=drug, line=line),
            )
        ) from error
    other = phi.pop(_OTHER, None)
    if other is not None:
        facts["other"] = other
    contributions: list[JsonValue] = []
    for gene in sorted(phi, key=lambda name: -abs(phi[name]))[:SHOWN]:
        one: dict[str, JsonValue] = {
            "gene": gene,
            "phi": phi[gene],
            "way": "sensitive" if phi[gene] < 0 else "resistant",
        }
        if gene in tables.expression.columns:
            one["expression"] = float(tables.expression[gene].to_numpy()[at])
        contributions.append(one)
    facts["contributions"] = contributions
    return facts
