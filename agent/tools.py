"""Toolbox: the typed tools that chat, web and MCP expose, one method a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.toolbox.desk import Desk, NoAnswer
from agent.toolbox.records import Answer, AnswerSentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pydantic import JsonValue

    from agent.report.depth import DepthPart
    from agent.settings import Settings
    from agent.workspace import Workspace
    from explain_engine.bundle import ExplanationBundle
    from knowledge.documents import Document, Passage


class Toolbox:
    """Answers from computed objects and checked passages of one workspace.

    A name that means nothing or several things, a drug that was not explained and a part that was not run are answers
    too: they say what is missing and what to ask next. Warm answers need no disk but for a look whether files changed.

    Parameters
    ----------
    workspace, settings
        Where things lie, and which screen and response are meant.
    user
        Whose jobs are started.
    """

    def __init__(self, workspace: Workspace, settings: Settings, *, user: str = "local") -> None:
        self.workspace = workspace
        self.settings = settings
        self.user = user
        self.desk = Desk(workspace, settings)

    def for_user(self, user: str) -> Toolbox:
        """The same tools for another user, with everything in memory shared."""
        other = object.__new__(Toolbox)
        other.workspace, other.settings, other.user, other.desk = self.workspace, self.settings, user, self.desk
        return other

    def overview(self, drug: str) -> Answer:
        """Why some lines respond to a drug: score beside the tissue mean, best-ranked genes, verdicts."""
        from agent.toolbox.overview import overview

        return _told(lambda: overview(self.desk, drug))

    def gene(self, drug: str, gene: str) -> Answer:
        """Whether a gene matters for a drug: rank, effect, adjusted effect, selection, null, group, replication."""
        from agent.toolbox.gene import gene_matters

        return _told(lambda: gene_matters(self.desk, drug, gene))

    def lineage(self, drug: str, gene: str) -> Answer:
        """Whether the effect of a gene on the response to a drug is lineage: raw beside adjusted."""
        from agent.toolbox.gene import lineage

        return _told(lambda: lineage(self.desk, drug, gene))

    def compare(self, first: str, second: str) -> Answer:
        """Two drugs side by side: shared and different genes, correlation of the rankings."""
        from agent.toolbox.compare import compare

        return _told(lambda: compare(self.desk, first, second))

    def contradictions(self, drug: str, gene: str | None = None) -> Answer:
        """What speaks against a gene's finding, or against the best-ranked ones of a drug."""
        from agent.toolbox.contradictions import contradictions

        return _told(lambda: contradictions(self.desk, drug, gene))

    def known(self, drug: str, gene: str | None = None) -> Answer:
        """Whether a pair is on record: agrees, contradicts, new, or not covered; without a gene all records."""
        from agent.toolbox.literature import known

        return _told(lambda: known(self.desk, drug, gene))

    def draft(self, drug: str, gene: str | None = None, module: int | None = None) -> Answer:
        """A hypothesis for a gene, for a module by number, or the best ones of a drug."""
        from agent.toolbox.draft import draft

        return _told(lambda: draft(self.desk, drug, gene, module))

    def lines_to_test(self, drug: str, gene: str | None = None) -> Answer:
        """Which cell lines a test of the hypothesis would use, and how many it takes."""
        from agent.toolbox.draft import lines_to_test

        return _told(lambda: lines_to_test(self.desk, drug, gene))

    def why_line(self, drug: str, line: str) -> Answer:
        """Why a cell line is sensitive or resistant to a drug: out-of-bag contributions."""
        from agent.toolbox.lines import why_line

        return _told(lambda: why_line(self.desk, drug, line))

    def modules(self, drug: str, number: int | None = None) -> Answer:
        """Modules of genes that act together on the response, or one of them by number."""
        return self._part(drug, "modules", number)

    def interactions(self, drug: str) -> Answer:
        """Pairs of genes whose joint effect is more or less than the sum."""
        return self._part(drug, "interactions")

    def rules(self, drug: str) -> Answer:
        """Rules that tell which lines respond, and changes that would flip the model's answer."""
        return self._part(drug, "rules")

    def null(self, drug: str) -> Answer:
        """What the null runs of a drug say; `run_null` starts them."""
        return self._part(drug, "null")

    def verdicts(self, drug: str) -> Answer:
        """Whether the data recover the annotated targets of a drug."""
        return self._part(drug, "verdicts")

    def replication(self, drug: str) -> Answer:
        """Whether the leading genes hold in a second screen."""
        return self._part(drug, "replication")

    def stability(self, drug: str) -> Answer:
        """How far the ranking stays the same on other samples of lines."""
        return self._part(drug, "stability")

    def literature(self, query: str = "", drug: str | None = None, gene: str | None = None, k: int = 5) -> Answer:
        """Stored passages for words, a drug, a gene, or all of them."""
        from agent.toolbox.literature import literature

        return _told(lambda: literature(self.desk, query, drug, gene, k))

    def show_passage(self, passage_id: str) -> Answer:
        """One stored passage whole, with its source."""
        from agent.toolbox.literature import show_passage

        return _told(lambda: show_passage(self.desk, passage_id))

    def drugs(self, query: str | None = None) -> Answer:
        """Drugs of the screen, with those explained here; narrowed to those that fit a word."""
        from agent.toolbox.listing import drugs

        return _told(lambda: drugs(self.desk, query))

    def runs(self) -> Answer:
        """Runs on record."""
        from agent.toolbox.listing import runs

        return _told(lambda: runs(self.desk))

    def explain(self, drug: str, parts: Sequence[str] = (), null_runs: int = 100, own: str | None = None) -> Answer:
        """Start the explanation of a drug as a background job, with further parts where named."""
        from agent.toolbox.work import read_parts_of, start

        def begin() -> Answer:
            asked: dict[str, JsonValue] = {"parts": read_parts_of(parts), "null_runs": null_runs}
            return start(self.desk, "explain", drug, asked, self.user, own=own)

        return _told(begin)

    def run_null(self, drug: str, runs: int = 100, own: str | None = None) -> Answer:
        """Start null runs for a drug as a background job."""
        from agent.toolbox.work import start

        return _told(lambda: start(self.desk, "null", drug, {"runs": runs}, self.user, own=own))

    def brief(self, drug: str, own: str | None = None) -> Answer:
        """Start writing the brief of a drug as a background job."""
        from agent.toolbox.work import start

        return _told(lambda: start(self.desk, "brief", drug, {}, self.user, own=own))

    def own_screens(self) -> Answer:
        """The own screens of the workspace with their drugs."""
        from agent.toolbox.work import own_screens

        return own_screens(self.desk)

    def jobs(self, job: str | None = None) -> Answer:
        """How a background job stands, or all of them."""
        from agent.toolbox.work import show_jobs

        return _told(lambda: show_jobs(self.desk, job))

    def cancel_job(self, job: str | None = None) -> Answer:
        """Cancel a background job; without an id the newest that runs."""
        from agent.toolbox.work import cancel

        return _told(lambda: cancel(self.desk, job, self.user))

    def help(self) -> Answer:
        """What can be asked."""
        from agent.toolbox.listing import help_answer

        return help_answer()

    def passage(self, passage_id: str) -> tuple[Document, Passage] | None:
        """A stored passage with its document, for showing it; None where there is none."""
        return self.desk.library.passage(passage_id)

    def faults(self, answer: Answer) -> tuple[str, ...]:
        """What of an answer does not hold against the bundle, tables and passages it refers to."""
        from agent.toolbox.verify import faults_of

        def bundle_of(key: str) -> ExplanationBundle | None:
            opened = self.desk.shelf.get(key)
            return None if opened is None else opened.bundle

        return faults_of(answer, bundle_of, self.passage)

    def warm(self, drugs: int = 4) -> None:
        """Open the knowledge base and bundles, and work out the briefs of the first `drugs`, before anyone waits."""
        for _ in self.warming(drugs):
            pass

    def warming(self, drugs: int = 4) -> Iterator[None]:
        """The same, a step at a time, for whoever may have to leave off."""
        yield
        self.desk.library.symbols()
        yield
        self.desk.library.search("response", k=1)
        for drug in self.desk.shelf.drugs()[:drugs]:
            yield
            opened = self.desk.shelf.find(drug)
            if opened is not None:
                self.desk.brief(opened)

    def close(self) -> None:
        """Release the knowledge base; jobs go on."""
        self.desk.library.close()

    def _part(self, drug: str, name: DepthPart, number: int | None = None) -> Answer:
        from agent.toolbox.modules import part

        return _told(lambda: part(self.desk, drug, name, number))


def _told(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except NoAnswer as missing:
        return missing.answer


__all__ = ["Answer", "AnswerSentence", "Toolbox"]
