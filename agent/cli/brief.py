"""``oncobrief brief``: write the cited hypothesis brief for a drug."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.context import print_json, say, state_of
from agent.cli.explain import (
    NULL_RUNS,
    BagsOption,
    JsonOption,
    KindOption,
    NullRunsOption,
    OwnOption,
    PartsOption,
    ScreenOption,
    SeedOption,
    explain_settings,
    refuse_mixed,
    run_explain,
)
from agent.cli.progress import note

if TYPE_CHECKING:
    from agent.jobs import Written
    from agent.model_job import DryRun

app = typer.Typer(rich_markup_mode=None)


@app.command()
def brief(
    ctx: typer.Context,
    drug: Annotated[str | None, typer.Argument(metavar="DRUG", help="GDSC name, synonym or drug id.")] = None,
    as_json: JsonOption = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for the files; in the workspace when unset.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="DIR", help="Write from this bundle, without DRUG.")
    ] = None,
    seed: SeedOption = None,
    bags: BagsOption = None,
    screen: ScreenOption = None,
    kind: KindOption = None,
    own: OwnOption = "",
    parts: PartsOption = "",
    null_runs: NullRunsOption = NULL_RUNS,
    llm: Annotated[
        bool, typer.Option("--llm", help="Let the language model of ONCOBRIEF_LLM__BASE_URL add checked proposals.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --llm: show what would be sent and its cost; send nothing.")
    ] = False,
) -> None:
    """Write the brief as HTML, Markdown, JSON and RIS; explains the drug first where that was not done."""
    from agent.errors import InputError
    from agent.jobs import brief_job, dry_run_job
    from agent.pipeline import open_bundle
    from agent.workspace import require_writable

    state = state_of(ctx)
    settings = state.settings()
    if (drug is None) == (bundle is None):
        raise InputError("give either a DRUG or --bundle DIR")
    if bundle is not None and parts:
        raise InputError("--parts needs the data: give a DRUG and leave out --bundle")
    if dry_run and not llm:
        raise InputError("--dry-run shows what a language model would be sent: give it with --llm")
    workspace = state.workspace(write=True)
    if out is not None:
        require_writable(out, "folder", "choose another with --out DIR")
    if bundle is not None:
        explained = open_bundle(bundle)
    else:
        chosen = explain_settings(settings, seed=seed, bags=bags, screen=screen, kind=kind)
        refuse_mixed(own, screen, kind)
        explained = run_explain(ctx, str(drug), chosen, own=own, parts=parts, null_runs=null_runs)
    if dry_run:
        show_dry_run(dry_run_job(workspace, explained, settings, report=note), as_json=as_json)
        return
    written = brief_job(workspace, explained, settings, out=out, command="brief", report=note, llm=llm)
    show(written, as_json=as_json)


def show_dry_run(planned: DryRun, *, as_json: bool) -> None:
    """Print the prompts and the estimate."""
    if as_json:
        print_json(planned.model_dump(mode="json"))
        return
    for name, messages in planned.prompts.items():
        say(f"== {name}")
        for message in messages:
            say(message)
            say("")
    use = planned.estimate
    cost = "no prices set" if use.usd is None else f"at most {use.usd:.4f} US dollars"
    say(
        f"Nothing was sent. {use.requests} request(s), about {use.prompt_tokens} tokens out and at most "
        f"{use.output_tokens} back, without repairs; {cost}."
    )


def show(written: Written, *, as_json: bool) -> None:
    """Print the brief: JSON, or the first screen as text and where the files are."""
    if as_json:
        from agent.report.files import brief_json

        print_json(brief_json(written.brief))
        return
    from agent.report.text import render_text

    say(render_text(written.brief))
    say("")
    for path in written.paths:
        say(str(path))
