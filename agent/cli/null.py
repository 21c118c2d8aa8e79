"""``oncobrief null``: how often responses permuted within tissue reach what the data show."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli.context import print_json, say, state_of
from agent.cli.explain import (
    NULL_RUNS,
    BagsOption,
    DrugArgument,
    JsonOption,
    KindOption,
    OwnOption,
    ScreenOption,
    SeedOption,
    explain_settings,
    refuse_mixed,
    run_explain,
)
from agent.cli.progress import note

app = typer.Typer(rich_markup_mode=None)


@app.command()
def null(
    ctx: typer.Context,
    drug: DrugArgument,
    runs: Annotated[int, typer.Option("--runs", min=19, max=100_000, help="Null runs.")] = NULL_RUNS,
    as_json: JsonOption = False,
    seed: SeedOption = None,
    bags: BagsOption = None,
    screen: ScreenOption = None,
    kind: KindOption = None,
    own: OwnOption = "",
) -> None:
    """Run the chain on permuted responses and say how many runs reach this; kept in the bundle and re-used."""
    from agent.report.null import null_summary, null_text

    settings = explain_settings(state_of(ctx).settings(), seed=seed, bags=bags, screen=screen, kind=kind)
    refuse_mixed(own, screen, kind)
    found = run_explain(ctx, drug, settings, own=own, parts="null", null_runs=runs)
    genes, groups = (found.bundle.array(found.folder, name) for name in ("genes", "groups"))
    if as_json:
        print_json(null_summary(found.bundle, genes, groups))
        return
    say(null_text(found.bundle, genes, groups))
    note(f"bundle: {found.folder}")
