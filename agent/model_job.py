"""The language model as one step of the brief: opened from the settings, asked, and put on record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.errors import InputError
from agent.hypotheses.model_draft import Asked, prepare, propose_all
from agent.llm.budget import Estimate, estimate
from agent.llm.session import Session
from agent.records import Record, RunRecord, current_versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from agent.evidence import EvidenceSource
    from agent.grounding import Entity
    from agent.hypotheses.ledger import EvidenceItem
    from agent.hypotheses.model_checks import Finder
    from agent.hypotheses.model_record import ModelUse
    from agent.hypotheses.select import Selection
    from agent.settings import LLMSettings
    from explain_engine.bundle import ExplanationBundle


class DryRun(Record):
    """What a run would send, and what it would use at most.

    Attributes
    ----------
    prompts
        Hypothesis -> its messages as ``role: text``.
    """

    model: str
    estimate: Estimate
    prompts: dict[str, tuple[str, ...]]


@dataclass
class ModelWriter:
    """Adds a model's proposals to the hypotheses shown on single genes; `agent.pipeline.Writer`.

    Attributes
    ----------
    session
        None for a dry run: everything is laid out and nothing sent.
    asked
        What was laid out, in the order of the hypotheses.
    """

    find: Finder
    session: Session | None
    asked: dict[str, Asked] = field(default_factory=dict)

    def __call__(
        self,
        bundle: ExplanationBundle,
        selection: Selection,
        evidence: Mapping[str, Sequence[EvidenceItem]],
        entities: Mapping[str, Entity],
        source: EvidenceSource,
    ) -> tuple[Selection, ModelUse | None]:
        """Return the selection with proposals, and how the model was used."""
        drug_names = source.drug_names(bundle.drug)
        self.asked = {
            h.id: prepare(
                bundle,
                h,
                evidence[h.draft.candidate.gene],
                drug_names,
                entities[h.draft.candidate.gene],
                self.find,
            )
            for h in selection.shown
            if h.draft.candidate.kind == "gene"
        }
        if self.session is None:
            return selection, None
        return propose_all(self.session, selection, self.asked)

    def dry_run(self, settings: LLMSettings) -> DryRun:
        """What was laid out, with the estimate of its use."""
        return DryRun(
            model=settings.model or "",
            estimate=estimate([a.messages for a in self.asked.values()], settings),
            prompts={name: tuple(f"{m.role}: {m.content}" for m in one.messages) for name, one in self.asked.items()},
        )


def open_session(settings: LLMSettings, cache: Path | None) -> Session:
    """A session with the endpoint of the settings.

    Raises
    ------
    InputError
        If none is set up.
    """
    if not settings.configured:
        raise InputError(
            "no language model is set up: set ONCOBRIEF_LLM__BASE_URL and ONCOBRIEF_LLM__MODEL, or leave out --llm"
        )
    return Session(settings, cache=cache)


def with_model(record: RunRecord, session: Session, use: ModelUse) -> RunRecord:
    """The run record with what a session asked, used and waited for."""
    used = session.budget.used
    return record.model_copy(
        update={
            "prompts": {**record.prompts, **use.prompts},
            "models": {**record.models, "language model": use.model},
            "seeds": {**record.seeds, "language model": use.seed},
            "versions": current_versions(with_model=True),
            "tokens": used.tokens,
            "cost_usd": used.usd or 0.0,
            "language_model": {
                **use.model_dump(mode="json"),
                "used": used.model_dump(mode="json"),
                "tally": session.tally.model_dump(mode="json"),
            },
        }
    )
