"""``oncobrief review``: look through drafted hypotheses, decide on them, and learn from the decisions."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agent.cli.context import print_json, say, state_of
from agent.cli.progress import note as progress_note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.review.model import Decision
    from agent.review.service import ReviewService

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ReviewerOption = Annotated[
    str | None, typer.Option("--reviewer", metavar="NAME", help="Who decides; recorded. The login name when unset.")
]
BlindedOption = Annotated[
    bool, typer.Option("--blinded", help="Without our ratings and others' decisions, decoys among the drafts.")
]
DrugOption = Annotated[
    str | None, typer.Option("--drug", metavar="DRUG", help="Only this drug, as its brief spells it.")
]
NoteOption = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why, in your own words.")]
RevisionOption = Annotated[
    int | None,
    typer.Option("--revision", metavar="N", help="Revision that 'list' or 'show' gave; refused if it has moved on."),
]
ItemArgument = Annotated[str, typer.Argument(metavar="ID", help="Id that 'review list' shows.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Seed of the draw.")]
StatusOption = Annotated[
    Literal["open", "accepted", "rejected", "edited"] | None,
    typer.Option("--status", help="Only those of this status."),
]


@contextmanager
def _service(ctx: typer.Context) -> Iterator[ReviewService]:
    from agent.database import database_of
    from agent.review.service import ReviewService

    state = state_of(ctx)
    engine = database_of(state.workspace(write=True), state.settings())
    try:
        yield ReviewService(engine)
    finally:
        engine.dispose()


def _reviewer(given: str | None) -> str:
    from agent.errors import InputError

    if given is not None:
        return given
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise InputError(f"no login name was found ({error}); give --reviewer NAME") from error


@app.command("list")
def list_(
    ctx: typer.Context,
    status: StatusOption = None,
    drug: DrugOption = None,
    blinded: BlindedOption = False,
    reviewer: ReviewerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the hypotheses under review."""
    with _service(ctx) as service:
        items = service.queue(status, drug, blinded=blinded, reviewer=_reviewer(reviewer))
    if as_json:
        print_json({"blinded": blinded, "items": [item.model_dump(mode="json") for item in items]})
        return
    if not items:
        say("nothing to review here; 'oncobrief brief DRUG' queues what it puts forward")
    for item in items:
        tier = f"  {item.rating.tier}" if item.rating is not None else ""
        own = "" if item.checked else "  [reviewer's own words, not checked]"
        say(f"{item.id}  {item.status:<8}  {item.drug}  {item.label}{tier}  {item.novelty}  r{item.revision}{own}")
        say(f"    {item.statement}")
    if blinded and items:
        say("Some of these may be decoys: no findings, drafted by the same code.")


@app.command()
def show(
    ctx: typer.Context,
    item: ItemArgument,
    blinded: BlindedOption = False,
    reviewer: ReviewerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one hypothesis: its sentences, quotes and checks, wordings and decisions."""
    from agent.review.text import item_text

    with _service(ctx) as service:
        found = service.show(item, blinded=blinded, reviewer=_reviewer(reviewer))
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        say(item_text(found))


@app.command()
def accept(
    ctx: typer.Context,
    item: ItemArgument,
    reason: Annotated[str, typer.Option("--reason", help="good, known or other.")] = "good",
    note: NoteOption = "",
    revision: RevisionOption = None,
    blinded: BlindedOption = False,
    reviewer: ReviewerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accept a hypothesis."""
    with _service(ctx) as service:
        kept = service.accept(item, _reviewer(reviewer), reason, note, revision=revision, blinded=blinded)
    _say_decision(kept, as_json)


@app.command()
def reject(
    ctx: typer.Context,
    item: ItemArgument,
    reason: Annotated[
        str,
        typer.Option(
            "--reason",
            help="known, lineage_artefact, implausible_mechanism, not_testable, weak_data, wrong_evidence, overstated, "
            "unclear or other.",
        ),
    ],
    note: NoteOption = "",
    revision: RevisionOption = None,
    blinded: BlindedOption = False,
    reviewer: ReviewerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Reject a hypothesis."""
    with _service(ctx) as service:
        kept = service.reject(item, _reviewer(reviewer), reason, note, revision=revision, blinded=blinded)
    _say_decision(kept, as_json)


@app.command()
def edit(
    ctx: typer.Context,
    item: ItemArgument,
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="The statement in your own words.")],
    reason: Annotated[
        str,
        typer.Option("--reason", help="overstated, unclear, wrong_evidence, lineage_artefact, not_testable or other."),
    ],
    note: NoteOption = "",
    revision: RevisionOption = None,
    reviewer: ReviewerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Reword a hypothesis: a version of its own, marked as yours and unchecked."""
    with _service(ctx) as service:
        kept = service.edit(item, _reviewer(reviewer), text, reason, note, revision=revision)
    _say_decision(kept, as_json)


@app.command()
def unblind(
    ctx: typer.Context, note: NoteOption = "", reviewer: ReviewerOption = None, as_json: JsonOption = False
) -> None:
    """Ask to see behind the blinded view; recorded, and your later decisions are not blind."""
    with _service(ctx) as service:
        kept = service.unblind(_reviewer(reviewer), note)
    if as_json:
        print_json(kept.model_dump(mode="json"))
    else:
        say(f"{kept.reviewer} is unblinded from now on (recorded, {kept.created:%Y-%m-%d %H:%M} UTC)")


@app.command()
def agreement(
    ctx: typer.Context,
    drug: DrugOption = None,
    blind: Annotated[bool, typer.Option("--blind", help="Only blind decisions.")] = False,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """How far reviewers agree beyond chance: Cohen's and Fleiss' kappa."""
    from agent.review.text import agreement_text

    with _service(ctx) as service:
        found = service.agreement(scope="blind" if blind else "all", drug=drug, seed=seed)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        say(agreement_text(found))


@app.command()
def calibration(ctx: typer.Context, drug: DrugOption = None, seed: SeedOption = 0, as_json: JsonOption = False) -> None:
    """Whether our ratings foretell the verdicts, and how many decoys were accepted."""
    from agent.review.text import calibration_text

    with _service(ctx) as service:
        found = service.calibration(drug=drug, seed=seed)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        say(calibration_text(found))


@app.command()
def export(
    ctx: typer.Context,
    form: Annotated[
        Literal["json", "csv", "ris", "brief"],
        typer.Argument(metavar="FORMAT", help="json or csv: all; ris or brief (Markdown): what was accepted."),
    ],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="File to write; stdout when unset.")] = None,
    status: StatusOption = None,
    drug: DrugOption = None,
) -> None:
    """Export reviewed hypotheses; decoys never leave."""
    import sys

    from agent.workspace import require_writable, write_atomic

    with _service(ctx) as service:
        text = service.export(form, status=status, drug=drug)
    if out is None:
        sys.stdout.write(text)
        return
    require_writable(out.absolute().parent, "folder", "choose another with --out FILE")
    write_atomic(out, text)
    say(str(out))


@app.command()
def decoys(
    ctx: typer.Context,
    drug: DrugOption = None,
    seed: SeedOption = 0,
    null: Annotated[
        bool,
        typer.Option(
            "--null", help="From permuted responses, explained anew (minutes a drug); relabelled where that gives none."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Draft a decoy for every draft: its numbers said of a gene drawn at random or, with --null, those of chance."""
    from agent.review.job import decoy_job

    state = state_of(ctx)
    with _service(ctx) as service:
        made = decoy_job(
            state.workspace(write=True),
            state.settings(),
            service,
            drug=drug,
            seed=seed,
            null=null,
            report=progress_note,
        )
    if as_json:
        print_json([entry.model_dump(mode="json") for entry in made])
        return
    for entry in made:
        how = (
            f"{entry.from_null} from permuted responses, {entry.decoys - entry.from_null} relabelled; " if null else ""
        )
        say(f"{entry.drug}: decoys for {entry.decoys} of {entry.drafts} drafts ({how}bundle {entry.bundle})")
    say("The blinded view shows a reviewer one of each draft and its decoys: oncobrief review list --blinded")


def _say_decision(kept: Decision, as_json: bool) -> None:
    if as_json:
        print_json(kept.model_dump(mode="json"))
        return
    made = f"; version {kept.made} is your wording, marked as unchecked" if kept.made is not None else ""
    view = " (blinded)" if kept.view == "blinded" else ""
    say(f"{kept.item}: {kept.verb} by {kept.reviewer}{view}, {kept.reason}{made}")
