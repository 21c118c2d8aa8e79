"""Background work from a question: explain, null, brief; how a job stands; stopping one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.background.state import Job
from agent.errors import InputError
from agent.toolbox.desk import NoAnswer, unclear
from agent.toolbox.names import Match
from agent.toolbox.records import Answer, AnswerSentence, Link, Subject, Table
from agent.toolbox.telling import Teller, Values, fact, words_cell
from knowledge.ids.model import name_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from agent.own.model import OwnScreen
    from agent.toolbox.desk import Desk

EXPLAIN, NULL, BRIEF, JOBS, CANCEL, OWN = "explain", "run_null", "brief", "jobs", "cancel_job", "own_screens"
_SHOWN = 20


def start(
    desk: Desk, kind: str, drug: str, arguments: dict[str, JsonValue], user: str, *, own: str | None = None
) -> Answer:
    """Start a job for a drug and say how to follow it.

    Parameters
    ----------
    own
        Name of an own screen of the workspace; the public one where None.
    """
    tool = NULL if kind == "null" else kind
    screen = None if own is None else _own_screen(desk, tool, own)
    name = desk.drug(tool, drug) if screen is None else _own_drug(tool, screen, drug)
    asked: dict[str, JsonValue] = {
        "drug": name,
        "own": "" if screen is None else screen.id,
        "explain": desk.settings.explain.model_dump(mode="json"),
        **arguments,
    }
    running = next(
        (j for j in desk.jobs.list() if not j.ended and j.kind == kind and j.arguments == _checked(kind, asked)), None
    )
    job = running or desk.jobs.submit(kind, asked, user=user)
    return Answer(
        kind=tool,
        title=f"{name}: {kind} runs" if screen is None else f"{name} in {screen.name}: {kind} runs",
        sentences=(
            Teller().say("job_started", {"kind": kind, "drug": name}, origin="job"),
            *_state(job)[1:],
        ),
        links=(Link(kind="job", target=job.id, label=f"{kind} for {name}"), Link(kind="drug", target=name, label=name)),
        suggestions=("how is the job?", "cancel the job"),
        job=job.id,
        subject=Subject(drug=name),
    )


def _own_screen(desk: Desk, tool: str, name: str) -> OwnScreen:
    """The own screen of that name; NoAnswer with those that are there."""
    from agent.own.store import OwnScreens

    screens = OwnScreens(desk.workspace)
    try:
        return screens.named(name)
    except InputError:
        there = tuple(screen.name for screen in screens.all()[:5])
        match = Match(query=name, name=None, how="ambiguous" if there else "unknown", candidates=there)
        raise NoAnswer(unclear(tool, "own screen", match, there)) from None


def _own_drug(tool: str, screen: OwnScreen, drug: str) -> str:
    """A drug of an own screen by either of its names; NoAnswer with some that are there."""
    key = name_key(drug)
    found = next((d.name for d in screen.drugs if key in (name_key(d.name), name_key(d.spelt))), None)
    if found is None:
        there = tuple(d.name for d in screen.drugs[:5])
        raise NoAnswer(unclear(tool, "drug", Match(query=drug, name=None, how="ambiguous", candidates=there), there))
    return found


def own_screens(desk: Desk) -> Answer:
    """The own screens of the workspace with their drugs."""
    from agent.own.store import OwnScreens

    screens, teller = OwnScreens(desk.workspace).all(), Teller()
    if not screens:
        return Answer(kind=OWN, title="Own screens", sentences=(teller.absent("own_none"),), suggestions=("help",))
    entries: list[JsonValue] = [{"lines": s.n_lines, "genes": s.n_genes, "drugs": len(s.drugs)} for s in screens]
    facts: dict[str, JsonValue] = {"rows": entries, "number": len(screens)}
    rows = []
    for i, screen in enumerate(screens[:_SHOWN]):
        cells = (
            teller.cell(f"{{{key}}}", {key: fact(f"rows[{i}].{key}", ",d")}, facts=facts)
            for key in ("lines", "genes", "drugs")
        )
        named = ", ".join(drug.name for drug in screen.drugs[:8]) + (" …" if len(screen.drugs) > 8 else "")
        rows.append((words_cell(screen.name), *cells, words_cell(named)))
    origin = "own screens of the workspace"
    return Answer(
        kind=OWN,
        title="Own screens",
        sentences=(teller.say("own_listed", {"number": fact("number", "d")}, facts=facts, origin=origin),),
        table=Table(
            title="Own screens, newest first",
            columns=("screen", "lines", "genes", "drugs", "among them"),
            rows=tuple(rows),
            ref=teller.ref(facts, origin),
        ),
        suggestions=("which drugs are explained?",),
    )


def show_jobs(desk: Desk, job_id: str | None = None) -> Answer:
    """One job, or all of them, newest first."""
    if job_id is not None:
        job = desk.jobs.get(job_id)
        return _one(JOBS, job)
    jobs = desk.jobs.list()
    if not jobs:
        return Answer(kind=JOBS, title="Jobs", sentences=(Teller().absent("jobs_none"),), suggestions=("help",))
    teller = Teller()
    rows = []
    entries: list[JsonValue] = []
    for i, job in enumerate(jobs[:_SHOWN]):
        entries.append({"progress": job.progress})
        share = teller.cell("{share} %", {"share": fact(f"rows[{i}].progress", "%")}, facts={"rows": entries})
        words = (job.kind, _drug(job), job.status)
        link = Link(kind="job", target=job.id, label=job.id)
        rows.append((words_cell(job.id, link), *(words_cell(w) for w in words), share, words_cell(job.message)))
    return Answer(
        kind=JOBS,
        title="Jobs",
        sentences=_state(jobs[0]),
        table=Table(
            title="Jobs, newest first",
            columns=("job", "kind", "drug", "state", "done", "message"),
            rows=tuple(rows),
            ref=teller.ref({"rows": entries}, "state files of the jobs"),
        ),
        links=tuple(Link(kind="job", target=job.id, label=f"{job.kind} for {_drug(job)}") for job in jobs[:5]),
        suggestions=("cancel the job",) if not jobs[0].ended else (),
        job=jobs[0].id,
        subject=Subject(drug=_drug(jobs[0]) or None),
    )


def cancel(desk: Desk, job_id: str | None, user: str) -> Answer:
    """Stop a job of the user; without an id the newest of theirs that still runs.

    Raises
    ------
    agent.errors.InputError
        If there is no such job, or it is another user's.
    """
    if job_id is not None and desk.jobs.get(job_id).user != user:
        raise InputError(f"job {job_id} was started by another user, who alone can cancel it")
    if job_id is None:
        running = next((job for job in desk.jobs.list() if not job.ended and job.user == user), None)
        if running is None:
            sentence = Teller().absent("jobs_none")
            return Answer(kind=CANCEL, title="No job runs", sentences=(sentence,), missing="a job that still runs")
        job_id = running.id
    return _one(CANCEL, desk.jobs.cancel(job_id))


def _one(kind: str, job: Job) -> Answer:
    target = job.result.get("bundle")
    drug = _drug(job)
    return Answer(
        kind=kind,
        title=f"Job: {job.kind} for {drug}",
        sentences=_state(job),
        links=(
            Link(kind="job", target=job.id, label=job.id),
            *((Link(kind="run", target=target, label=f"explanation {target[:12]}"),) if target else ()),
            *((Link(kind="brief", target=job.result["brief"], label="brief"),) if "brief" in job.result else ()),
        ),
        suggestions=(f"overview of {drug}",) if job.status == "done" else (),
        job=job.id,
        subject=Subject(drug=drug or None),
    )


def _state(job: Job) -> tuple[AnswerSentence, AnswerSentence]:
    teller = Teller()
    facts: dict[str, JsonValue] = {
        "id": job.id,
        "progress": job.progress,
        "message": job.message,
        "arguments": job.arguments,
    }
    told: Values = {"job": job.id, "kind": job.kind, "drug": _drug(job), "words": job.status}
    at: Values = {"number": fact("progress", "%"), "why": job.message or "no message yet"}
    return (
        teller.say("job_state", told, facts=facts, origin="state file of the job"),
        teller.say("job_progress", at, facts=facts, origin="state file of the job"),
    )


def _drug(job: Job) -> str:
    return str(job.arguments.get("drug", ""))


def _checked(kind: str, arguments: dict[str, JsonValue]) -> dict[str, JsonValue]:
    from agent.background.work import KINDS

    return KINDS[kind].arguments(arguments)


def read_parts_of(words: Sequence[str]) -> list[JsonValue]:
    """Names of parts, checked before a job is started.

    Raises
    ------
    agent.errors.InputError
        If one is unknown.
    """
    from explain_engine.deepen import read_parts
    from explain_engine.errors import InputError as EngineInputError

    try:
        return list(read_parts(words))
    except EngineInputError as error:
        raise InputError(str(error)) from error
