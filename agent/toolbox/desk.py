"""What all tools share: bundles, knowledge, names, jobs; and the answer when one of them is not there."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from agent.kept import Kept
from agent.toolbox.cell_lines import match_line
from agent.toolbox.genes import match_gene
from agent.toolbox.library import Library
from agent.toolbox.names import Match, NameIndex, drug_index
from agent.toolbox.records import Answer, AnswerSentence, Link, Subject
from agent.toolbox.shelf import BundleShelf
from knowledge.ids.model import name_key

if TYPE_CHECKING:
    from agent.evidence import EvidenceSource
    from agent.report.model import HypothesisBrief
    from agent.settings import Settings
    from agent.toolbox.opened import Opened
    from agent.workspace import Workspace

LEADING = 30
# Briefs kept in memory, about 0.5 MB each.
_BRIEFS = 96


class NoAnswer(Exception):
    """The question cannot be answered as it is; `answer` says why and what to do."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.title)
        self.answer = answer


class Desk:
    """Everything a tool works with.

    Parameters
    ----------
    workspace, settings
        Where things lie, and which screen and response are meant.
    """

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        from agent.background import Jobs

        self.workspace = workspace
        self.settings = settings
        self.shelf = BundleShelf(workspace.bundles, settings.explain)
        self.library = Library(workspace.knowledge)
        self.jobs = Jobs(workspace)
        self._lock = threading.RLock()
        self._drugs: tuple[tuple[str, ...], NameIndex] | None = None
        self._briefs: Kept[tuple[str, str], HypothesisBrief] = Kept(_BRIEFS)

    def drugs(self) -> NameIndex:
        """Names of drugs: the screen's and those of bundles."""
        explained = self.shelf.drugs()
        with self._lock:
            if self._drugs is None or self._drugs[0] != explained:
                self._drugs = (explained, drug_index(explained))
            return self._drugs[1]

    def drug(self, kind: str, text: str) -> str:
        """The drug a name means; NoAnswer with near names where it means none or several."""
        match = self.drugs().match(text)
        if match.name is None:
            raise NoAnswer(unclear(kind, "drug", match, tuple(match.candidates)))
        return match.name

    def opened(self, kind: str, text: str) -> Opened:
        """The bundle of a drug; NoAnswer with the job to run where there is none."""
        drug = self.drug(kind, text)
        found = self.shelf.find(drug)
        if found is None:
            raise NoAnswer(not_explained(kind, drug))
        return found

    def gene(self, kind: str, opened: Opened | None, text: str, *, drug: str | None = None) -> Match:
        """The gene a name means; NoAnswer with candidates where it means none or several."""
        match = match_gene(text, self.library, opened, self.favoured(opened, drug))
        if match.name is None:
            name = opened.bundle.drug if opened is not None else drug
            raise NoAnswer(unclear(kind, "gene", match, match.candidates, drug=name))
        return match

    def favoured(self, opened: Opened | None, drug: str | None = None) -> frozenset[str]:
        """Genes that a question about this drug is likely to be about."""
        names: set[str] = set()
        if opened is not None:
            names |= {gene.gene for gene in opened.bundle.attribution.genes[:LEADING]}
            drug = opened.bundle.drug
        if drug is not None:
            names |= set(self.library.targets(drug))
            names |= {r.entity for r in self.library.records(drug) if r.entity_kind == "gene"}
        return frozenset(names)

    def line(self, kind: str, opened: Opened, text: str) -> str:
        """The cell line a name means; NoAnswer with near names where it is not among those of the bundle."""
        found = match_line(text, self.library, opened)
        if found.name is not None:
            return found.name
        match = Match(
            query=text, name=None, how="ambiguous" if found.candidates else "unknown", candidates=found.candidates
        )
        if found.known and not any(name_key(text) == name_key(name) for name in found.candidates):
            raise NoAnswer(not_screened(kind, text, opened.bundle.drug, found.candidates))
        raise NoAnswer(unclear(kind, "cell line", match, found.candidates, drug=opened.bundle.drug))

    def brief(self, opened: Opened) -> HypothesisBrief:
        """The brief of a bundle with everything in the current snapshot, worked out once and kept."""
        from agent.pipeline import write_hypotheses

        def write(source: EvidenceSource) -> HypothesisBrief:
            return write_hypotheses(opened.bundle, opened.tables, source, self.settings.brief)

        return self._briefs.get((opened.digest, self.library.snapshot), lambda: self.library.ask(write))


def unclear(kind: str, what: str, match: Match, candidates: tuple[str, ...], drug: str | None = None) -> Answer:
    """The answer to a name that means nothing, or several things, here."""
    shown = match.query.strip()[:60]
    if candidates:
        said = f"There is no {what} “{shown}” here. Did you mean {_either(candidates)}?"
    else:
        said = f"There is no {what} “{shown}” here, and no name is near it."
    return Answer(
        kind=kind,
        title=f"Which {what}?",
        sentences=(AnswerSentence(text=said, source="none-found"),),
        suggestions=candidates,
        missing=f"a {what} that is known here",
        subject=Subject(drug=drug),
    )


def not_screened_words(line: str, drug: str) -> str:
    """That a cell line is known but not among those of a drug."""
    return f"{line.strip()[:60]} is a cell line, but not among those with expression and a response to {drug} here."


def not_screened(kind: str, line: str, drug: str, near: tuple[str, ...]) -> Answer:
    """The answer where a line is known but the bundle does not have it."""
    return Answer(
        kind=kind,
        title=f"{line.strip()[:60]}: not in this screen",
        sentences=(AnswerSentence(text=not_screened_words(line, drug), source="none-found"),),
        suggestions=near,
        missing=f"a cell line with expression and a response to {drug}",
        subject=Subject(drug=drug),
    )


def not_explained(kind: str, drug: str) -> Answer:
    """The answer where a drug has no bundle yet."""
    said = f"{drug} has not been explained in this workspace, so nothing was computed for it."
    return Answer(
        kind=kind,
        title=f"{drug}: not explained yet",
        sentences=(AnswerSentence(text=said, source="none-found"),),
        links=(Link(kind="drug", target=drug, label=drug),),
        suggestions=(f"explain {drug}", f"what is on record for {drug}?"),
        missing=f"a bundle of {drug}: say “explain {drug}” to start the job, or run oncobrief explain {drug!r}",
        subject=Subject(drug=drug),
    )


def _either(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
