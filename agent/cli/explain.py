"""``oncobrief explain``: fit the model for one drug or many and explain what it learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.context import print_json, say, state_of
from agent.cli.progress import note, progress_bar

if TYPE_CHECKING:
    from agent.pipeline import Explained
    from agent.settings import ExplainSettings, Settings

app = typer.Typer(rich_markup_mode=None)

NULL_RUNS = 100

DrugArgument = Annotated[str, typer.Argument(metavar="DRUG", help="GDSC name, synonym or drug id.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")]
SeedOption = Annotated[int | None, typer.Option("--seed", help="Seed of bags and learner.")]
BagsOption = Annotated[int | None, typer.Option("--bags", help="Number of bags, a multiple of 4.")]
ScreenOption = Annotated[str | None, typer.Option("--screen", help="GDSC2 or GDSC1.")]
KindOption = Annotated[str | None, typer.Option("--kind", help="Response: ln_ic50 or auc.")]
OwnOption = Annotated[
    str, typer.Option("--own", metavar="NAME", help="A screen of your own, made with: oncobrief data add.")
]
PartsOption = Annotated[
    str,
    typer.Option(
        "--parts",
        metavar="LIST",
        help="Further parts: null,replication,interactions,modules,rules,verdicts,stability; or all.",
    ),
]
NullRunsOption = Annotated[int, typer.Option("--null-runs", min=19, max=100_000, help="Null runs of the part null.")]


@app.command()
def explain(
    ctx: typer.Context,
    drugs: Annotated[
        list[str] | None, typer.Argument(metavar="DRUG...", help="GDSC names, synonyms or drug ids.")
    ] = None,
    as_json: JsonOption = False,
    seed: SeedOption = None,
    bags: BagsOption = None,
    screen: ScreenOption = None,
    kind: KindOption = None,
    own: OwnOption = "",
    parts: PartsOption = "",
    null_runs: NullRunsOption = NULL_RUNS,
    top: Annotated[int, typer.Option("--top", min=1, max=200, help="Genes to show as text.")] = 15,
    every: Annotated[bool, typer.Option("--all", help="Every drug of the screen.")] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, max=512, help="Processes for several drugs; 1 runs them in this one.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="ADDRESS", help="Dask scheduler, tcp://HOST:PORT.")
    ] = None,
    memory: Annotated[
        float | None, typer.Option("--memory", metavar="GB", help="Cap on the address space of each process.")
    ] = None,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="LIST", help="Go on with a task list that was interrupted.")
    ] = None,
    pending: Annotated[bool, typer.Option("--pending", help="Show the task lists that are not finished.")] = False,
) -> None:
    """Fit the model for a drug on unseen lines, rank genes, save the bundle; shows the parts that were run before.

    Several drugs, --all, --jobs or --cluster make a durable list of tasks: whatever is killed, the same command (or
    --resume) goes on from what is finished.
    """
    from agent.errors import InputError

    if pending or resume or every or cluster or jobs or len(drugs or ()) > 1:
        from agent.cli.explain_many import backend_of, explain_many, say_pending

        if pending:
            say_pending(ctx, as_json=as_json)
            return
        if sum((bool(drugs), every, resume is not None)) != 1:
            raise InputError("give DRUG names, or --all, or --resume LIST")
        if own:
            raise InputError(
                "--own explains one drug at a time, in this process; leave out --jobs, --cluster and --all"
            )
        settings = explain_settings(state_of(ctx).settings(), seed=seed, bags=bags, screen=screen, kind=kind)
        backend = backend_of(jobs, cluster, memory)
        explain_many(ctx, drugs or [], settings, parts, null_runs, backend, resume=resume, as_json=as_json)
        return
    if not drugs:
        raise InputError("give a DRUG, or --all for every drug of the screen")
    if memory is not None:
        from agent.ops.limits import cap_memory

        cap_memory(memory)
    settings = explain_settings(state_of(ctx).settings(), seed=seed, bags=bags, screen=screen, kind=kind)
    refuse_mixed(own, screen, kind)
    found = run_explain(ctx, drugs[0], settings, own=own, parts=parts, null_runs=null_runs)
    if as_json:
        from agent.report.summary import bundle_summary

        print_json(bundle_summary(found.bundle))
        return
    from agent.pipeline import load_tables
    from agent.report.depth import depth_of
    from agent.report.summary import bundle_text

    tables = load_tables(found.bundle, found.folder)
    say(bundle_text(found.bundle, top, depth_of(found.bundle, tables.genes, tables.groups)))
    note(f"bundle: {found.folder}")


def explain_settings(
    settings: Settings, *, seed: int | None, bags: int | None, screen: str | None, kind: str | None
) -> ExplainSettings:
    """Settings with the options that were given on the command line.

    Raises
    ------
    agent.errors.InputError
        If a value does not fit.
    """
    from pydantic import ValidationError

    from agent.errors import InputError

    given = {"seed": seed, "bags": bags, "screen": screen.upper() if screen else None, "kind": kind}
    values = settings.explain.model_dump() | {name: value for name, value in given.items() if value is not None}
    try:
        return type(settings.explain).model_validate(values)
    except ValidationError as error:
        fault = error.errors(include_input=False)[0]
        name = str(fault["loc"][0])
        raise InputError(f"--{name} {values[name]!r}: {fault['msg']}") from error


def refuse_mixed(own: str, screen: str | None, kind: str | None) -> None:
    """Raise InputError where options of the public screens stand beside a screen of the user's own."""
    from agent.errors import InputError

    if own and (screen or kind):
        raise InputError("--own has its own response: leave out --screen and --kind")


def run_explain(
    ctx: typer.Context,
    drug: str,
    settings: ExplainSettings,
    *,
    own: str = "",
    parts: str = "",
    null_runs: int = NULL_RUNS,
) -> Explained:
    """Load, explain or re-use, add the parts asked for, with progress on stderr."""
    from agent import deepening, pipeline
    from agent.ops.sweep import sweep
    from explain_engine.deepen import parts_of, read_parts

    pipeline.engine_settings(settings)
    asked = read_parts(parts.split(","))
    workspace = state_of(ctx).workspace(write=True)
    sweep(workspace)
    dataset = pipeline.load_dataset(workspace, drug, settings, own=own)
    with progress_bar(f"explaining {dataset.drug}") as tell:
        found = pipeline.explain_or_reuse(dataset, settings, workspace.bundles, progress=tell, report=note)
        found = deepening.deepen_or_reuse(
            workspace, dataset, found, settings, asked, null_runs=null_runs, progress=tell, report=note
        )
    held = ", ".join(parts_of(found.bundle))
    note(
        f"{dataset.drug}: {'re-used the bundle that was there' if found.reused else 'new bundle'}"
        + (f", with {held}" if held else "")
    )
    return found
