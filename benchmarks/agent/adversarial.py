"""A hostile endpoint against the language model step: `python -m benchmarks.agent.adversarial [--small] [--show KIND]`.

Every case runs over real HTTP on loopback, through the whole step: prompt, client, checks, ledger, rendered faces.
Writes benchmarks/results/agent_adversarial.md and .json. `--small` runs every sixth case and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.hypotheses.model_slots import read_slots
from agent.llm.errors import AnswerError, RetryableError
from agent.llm.secret import KeyMask
from agent.llm.session import Session
from agent.llm.wire import read_completion, read_stream
from agent.model_job import ModelWriter, with_model
from agent.pipeline import write_hypotheses
from agent.records import RunRecord, current_versions
from agent.report.files import brief_json
from agent.report.html import render_html
from agent.report.markdown import render_markdown
from agent.settings import BriefSettings, LLMSettings
from benchmarks.agent.fault import CONTROL, KEY, Fault
from benchmarks.agent.faults import all_faults, control
from benchmarks.agent.oracle import Faces, Finding, inspect
from benchmarks.agent.scripted_endpoint import Reply, ScriptedEndpoint, Seen
from benchmarks.agent.world import World, note, open_world

if TYPE_CHECKING:
    from agent.grounding import Entity
    from agent.hypotheses.ledger import EvidenceItem
    from agent.report.model import HypothesisBrief

RESULTS = Path(__file__).resolve().parents[1] / "results"
BRIEF = BriefSettings(hypotheses=2, passages=20)
SEED = 0
LARGEST = 100_000


@dataclass(frozen=True)
class Outcome:
    """What one case came to.

    Attributes
    ----------
    flagged
        The sentence with the lie was refused or labelled unverified, or a passage was withheld.
    retried, fell_back
        Another try or answer was asked for; a hypothesis stayed in template mode and the brief says so.
    labelled_only
        The lie stands in the brief as "the model's inference, not evidence", and nothing else was done about it.
    supported, lost, markup
        From the oracle.
    """

    fault: Fault
    flagged: bool
    retried: bool
    fell_back: bool
    labelled_only: bool
    supported: tuple[str, ...]
    lost: tuple[str, ...]
    markup: tuple[str, ...]
    crash: str
    leaked: bool
    requests: int

    @property
    def held(self) -> bool:
        """Whether the case was caught: flagged, retried or fallen back, and nothing broke."""
        caught = self.flagged or self.retried or self.fell_back
        return caught and not (self.supported or self.lost or self.markup or self.crash or self.leaked)


class Lens:
    """The world's evidence with only the planted documents of one case in sight."""

    def __init__(self, world: World, visible: frozenset[str]) -> None:
        self._world = world
        self._visible = visible

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world.source, name)

    def items(self, drug: str, entity: Entity, limit: int) -> tuple[EvidenceItem, ...]:
        """The pair's closed set without the other cases' documents."""
        found = self._world.source.items(drug, entity, 90)
        kept = [i for i in found if not i.document.id.startswith("note:planted") or i.document.id in self._visible]
        return tuple(kept)[:limit]


def faces_of(brief: HypothesisBrief) -> Faces:
    """Render a brief."""
    return Faces(render_markdown(brief), render_html(brief, {}), json.dumps(brief_json(brief), ensure_ascii=False))


def run(world: World, fault: Fault, ids: dict[str, str], plain: dict[tuple[str, ...], Faces]) -> Outcome:
    """Run one case from an empty cache."""
    lens = Lens(world, frozenset(ids[d] for d in fault.documents))
    if fault.documents not in plain:
        plain[fault.documents] = faces_of(write_hypotheses(world.bundle, world.tables, lens, BRIEF))
    sent: list[tuple[str, str]] = []

    def script(seen: Seen) -> Reply:
        reply = fault.script(seen)
        sent.extend(_sentences(reply))
        return reply

    with ScriptedEndpoint(script) as endpoint, tempfile.TemporaryDirectory() as cache:
        settings = LLMSettings.model_validate(
            {
                "base_url": endpoint.url,
                "model": "scripted-model",
                "api_key": KEY,
                "timeout_s": fault.timeout_s,
                "retries": 1,
                "stream": fault.stream,
                "max_response_bytes": LARGEST,
            }
        )
        try:
            with Session(settings, cache=Path(cache), sleep=lambda _: None) as session:
                writer = ModelWriter(world.source.mentions, session)
                brief = write_hypotheses(world.bundle, world.tables, lens, BRIEF, writer)
                faces = faces_of(brief)
                kept = "".join(p.read_text() for p in Path(cache).rglob("*.json"))
                record = _record(session, brief, settings)
                said = session.said
        except Exception:  # noqa: BLE001 - a crash of any kind is what is measured here
            return Outcome(fault, *(False,) * 4, (), (), (), traceback.format_exc(limit=-4), False, len(endpoint.seen))
    seen = inspect(plain[fault.documents], faces, fault.lies)
    everything = "".join((faces.markdown, faces.html, faces.json, kept, record, said))
    return _outcome(fault, brief, seen, session, sent, KEY in everything, len(endpoint.seen))


def _outcome(
    fault: Fault,
    brief: HypothesisBrief,
    seen: Finding,
    session: Session,
    sent: list[tuple[str, str]],
    leaked: bool,
    requests: int,
) -> Outcome:
    proposals = [h.proposal for h in brief.hypotheses if h.proposal is not None]
    accounted = {s.sentence.text for p in proposals for s in p.sentences} | {
        r.text for p in proposals for r in p.rejected
    }
    unread = tuple(f"sentence unaccounted for: {text[:80]}" for text, raw in sent if text not in accounted and raw)
    unverified = any(s.label == "unverified" and _lies(s.sentence.text, fault) for p in proposals for s in p.sentences)
    refused = any(_lies(r.text, fault) for p in proposals for r in p.rejected)
    use = brief.language_model
    return Outcome(
        fault=fault,
        flagged=refused or unverified or any(p.withheld for p in proposals),
        retried=session.tally.retries > 0 or any(p.answers > 1 for p in proposals),
        fell_back=use is not None and use.status != "used" and "template mode" in brief.language_model.notice,
        labelled_only=bool(seen.shown) and not unverified,
        supported=seen.supported,
        lost=(*seen.lost, *unread),
        markup=seen.markup,
        crash="",
        leaked=leaked,
        requests=requests,
    )


def _lies(text: str, fault: Fault) -> bool:
    return any(_clean(lie) in text for lie in fault.lies)


def _clean(text: str) -> str:
    """A sentence as the program keeps it: the key taken out, halves of characters replaced."""
    masked = KeyMask(LLMSettings.model_validate({"api_key": KEY}).api_key)(text)
    return masked.encode("utf-8", "replace").decode()


def _sentences(reply: Reply) -> list[tuple[str, str]]:
    """Sentences of a reply that is a whole answer of the right form, as the program must account for them."""
    if reply.status != 200 or reply.pause_s or (reply.length or 0) > sum(map(len, reply.chunks)):
        return []
    body = b"".join(reply.chunks)
    if len(body) > LARGEST:
        return []
    try:
        found = read_stream(body) if body.startswith(b"data:") else read_completion(body)
        slots = read_slots(found["choices"][0]["message"]["content"])
    except (AnswerError, RetryableError):
        return []
    texts = [m.text for m in slots.mechanism] + list(slots.alternatives) + [slots.experiment]
    return [(_clean(text), text) for text in texts]


def _record(session: Session, brief: HypothesisBrief, settings: LLMSettings) -> str:
    if brief.language_model is None:
        return ""
    plain = RunRecord(
        id="x",
        command="brief",
        started="",
        finished="",
        settings={"llm": settings.model_dump(mode="json")},
        versions={},
    )
    return with_model(plain, session, brief.language_model).model_dump_json()


def table(outcomes: list[Outcome]) -> str:
    """One line a kind."""
    head = (
        "| kind | cases | flagged | retried | fell back | caught | label only | rendered as supported | crashes | lost "
        "| new markup | key leaked |"
    )
    lines = [head, "|" + "---|" * 12]
    kinds: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        kinds[outcome.fault.kind].append(outcome)
    for kind, found in [*sorted(kinds.items()), ("**all**", outcomes)]:
        counts = [
            len(found),
            sum(o.flagged for o in found),
            sum(o.retried for o in found),
            sum(o.fell_back for o in found),
            sum(o.held for o in found),
            sum(o.labelled_only and not (o.flagged or o.retried or o.fell_back) for o in found),
            sum(bool(o.supported) for o in found),
            sum(bool(o.crash) for o in found),
            sum(bool(o.lost) for o in found),
            sum(bool(o.markup) for o in found),
            sum(o.leaked for o in found),
        ]
        lines.append(f"| {kind} | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(lines)


def main() -> int:
    """Run the benchmark; exit status 1 where anything got through."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--show", default="", help="print every case of this kind that was not caught")
    args = parser.parse_args()
    started = time.process_time()
    faults = all_faults(SEED)
    faults.append(control())
    documents = sorted({d for f in faults for d in f.documents})
    planted = tuple(note(i, text) for i, text in enumerate(documents))
    ids = {d.text: d.id for d in planted}
    with tempfile.TemporaryDirectory() as folder:
        world = open_world(Path(folder), planted)
        plain: dict[tuple[str, ...], Faces] = {}
        outcomes = [run(world, f, ids, plain) for f in (faults[-1::-6] if args.small else faults)]
        world.close()
    honest = next(o for o in outcomes if o.fault.kind == CONTROL)
    outcomes.remove(honest)
    print(
        f"control: an honest endpoint is retried {honest.retried}, flagged {honest.flagged}, "
        f"falls back {honest.fell_back}; its true sentence rendered as supported: {bool(honest.supported)}"
    )
    text = table(outcomes)
    print(text)
    for outcome in outcomes:
        if not outcome.held and (not args.show or args.show == outcome.fault.kind):
            what = outcome.crash or outcome.supported or outcome.lost or outcome.markup or "not caught"
            print(f"- {outcome.fault.kind} / {outcome.fault.name}: {what}")
    seconds = time.process_time() - started
    print(f"\n{len(outcomes)} cases, {sum(o.requests for o in outcomes)} requests, {seconds:.0f} s of CPU")
    if not args.small:
        _write(outcomes, text, seconds)
    return 0 if all(o.held for o in outcomes) else 1


def _write(outcomes: list[Outcome], text: str, seconds: float) -> None:
    RESULTS.mkdir(exist_ok=True)
    versions = current_versions(with_model=True)
    missed = [f"- {o.fault.kind} / {o.fault.name}" for o in outcomes if not o.held] or ["None."]
    lines = [
        "# Adversarial endpoint",
        "",
        f"`python -m benchmarks.agent.adversarial`, seed {SEED}, {len(outcomes)} cases, "
        f"{sum(o.requests for o in outcomes)} HTTP requests on loopback, {seconds:.0f} s of CPU.",
        f"Versions: {', '.join(f'{k} {v}' for k, v in versions.items())}.",
        "",
        "World: the shipped cards of one drug, made-up effects, planted documents; two hypotheses a brief, one repair, "
        "one retry. *Caught*: flagged, retried or fallen back, with nothing rendered as supported, lost, crashed or "
        'leaked. *Label only*: the sentence stands in the brief as "the model\'s inference, not evidence" and no check '
        "saw it. From *rendered as supported* on, the rendered faces alone decide (`benchmarks/agent/oracle.py`).",
        "",
        text,
        "",
        "Not caught:",
        "",
        *missed,
        "",
    ]
    (RESULTS / "agent_adversarial.md").write_text("\n".join(lines))
    kinds = Counter(o.fault.kind for o in outcomes)
    summary = {
        "seed": SEED,
        "cases": len(outcomes),
        "kinds": dict(kinds),
        "caught": sum(o.held for o in outcomes),
        "supported": sum(bool(o.supported) for o in outcomes),
        "crashes": sum(bool(o.crash) for o in outcomes),
        "lost": sum(bool(o.lost) for o in outcomes),
        "not_caught": [f"{o.fault.kind} / {o.fault.name}" for o in outcomes if not o.held],
        "versions": versions,
    }
    (RESULTS / "agent_adversarial.json").write_text(json.dumps(summary, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
