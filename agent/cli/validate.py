"""``oncobrief validate``: explanations set beside known mechanisms, on all drugs and with every baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.context import print_json, say, state_of
from agent.cli.explain import BagsOption, JsonOption, KindOption, ScreenOption, SeedOption, explain_settings
from agent.cli.progress import note

app = typer.Typer(rich_markup_mode=None)

DEFAULT_LEVELS = "gene,sign,group,pathway,module,interaction,class,verdict"


@app.command()
def validate(
    ctx: typer.Context,
    drugs: Annotated[
        str, typer.Option("--drugs", metavar="A,B", help="Drugs by name, synonym or id; default: the paper's 20.")
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="All drugs of the screen.")] = False,
    most: Annotated[
        int | None, typer.Option("--most", min=1, metavar="N", help="Only the first N of the running order.")
    ] = None,
    gold: Annotated[
        list[str] | None,
        typer.Option("--gold", metavar="FILE", help="Facts to test against: CIViC, CGI, MOAlmanac, GDSC ANOVA, table."),
    ] = None,
    classes: Annotated[
        list[Path] | None, typer.Option("--classes", metavar="FILE", help="CSV with the columns drug and class.")
    ] = None,
    gene_sets: Annotated[
        list[Path] | None, typer.Option("--gene-sets", metavar="FILE", help="GMT file of pathways.")
    ] = None,
    level: Annotated[
        str,
        typer.Option(
            "--level",
            metavar="LIST",
            help="Of gene,sign,group,pathway,module,interaction,class,hypothesis,verdict; or all.",
        ),
    ] = DEFAULT_LEVELS,
    illume: Annotated[
        str, typer.Option("--illume", metavar="WHICH", help="Run ILLUME+ as published on: paper, all or none.")
    ] = "paper",
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=64, help="Worker processes, one drug each.")] = 1,
    only_report: Annotated[bool, typer.Option("--report", help="Evaluate what is finished; run nothing.")] = False,
    as_json: JsonOption = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the report (default: in the workspace).")
    ] = None,
    seed: SeedOption = None,
    bags: BagsOption = None,
    screen: ScreenOption = None,
    kind: KindOption = None,
) -> None:
    """Set explanations beside known targets, biomarkers, pathways and classes; finished drugs are kept and re-used."""
    from agent.validate.job import read_choice, read_levels, validate_job
    from agent.validate.report.files import write_report
    from agent.validate.report.summary import summary_text

    state = state_of(ctx)
    settings = state.settings()
    levels = read_levels(level)
    workspace = state.workspace(write=True)
    try:
        report = validate_job(
            workspace,
            explain_settings(settings, seed=seed, bags=bags, screen=screen, kind=kind),
            settings.brief,
            drugs=[word.strip() for word in drugs.split(",") if word.strip()],
            every=every,
            most=most,
            levels=levels,
            files=gold or (),
            class_files=classes or (),
            set_files=gene_sets or (),
            illume=read_choice(illume),
            jobs=jobs,
            only_report=only_report,
            report=note,
        )
    except KeyboardInterrupt:
        note("stopped; finished drugs are kept: the same command goes on from here, --report shows what there is")
        raise typer.Exit(130) from None
    folder = out if out is not None else workspace.root / "validate" / report.key / "report"
    paths = write_report(report, folder)
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    say(summary_text(report))
    for path in paths:
        say(str(path))
