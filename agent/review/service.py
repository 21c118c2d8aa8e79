"""The review as one object: what command line, web page and jobs call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.review import analysis, blinding, queue
from agent.review.deciding import decide
from agent.review.export import export_items, render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import Engine

    from agent.report.model import HypothesisBrief
    from agent.review.agreement import Agreement
    from agent.review.analysis import Scope
    from agent.review.calibration import Calibration
    from agent.review.content import Content
    from agent.review.export import Format
    from agent.review.model import Decision, QueueItem, ReviewItem, Status, Unblinding


class ReviewService:
    """Queue, decisions and what can be learnt from them, over a database of `agent.database.open_database`.

    Reviewers are named by the caller, which answers for who they are. All records are frozen.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add_brief(self, brief: HypothesisBrief) -> tuple[str, ...]:
        """Queue the hypotheses of a brief, each once, and return their ids in the brief's order."""
        return queue.add_brief(self._engine, brief)

    def add_decoys(
        self,
        decoys: Mapping[str, Content],
        *,
        name: str,
        bundle: str,
        bundle_digest: str,
        origin: Literal["decoy", "null_decoy"] = "decoy",
    ) -> tuple[str, ...]:
        """Queue decoys beside drafts, each once; only the blinded view shows them.

        Parameters
        ----------
        decoys
            Id of the draft -> its decoy, of `agent.review.decoys.draft_twins` or `agent.review.null_decoys.draft_null`.
        name
            Of the set (`decoy_name` or `null_decoy_name` there).
        origin
            Which of the two they are.
        """
        return queue.add_items(
            self._engine,
            list(decoys.items()),
            origin=origin,
            brief=name,
            bundle=bundle,
            bundle_digest=bundle_digest,
        )

    def drafts_by_bundle(self, drug: str | None = None) -> dict[tuple[str, str], dict[str, tuple[str, str]]]:
        """Drug and bundle -> id of each of its drafts -> kind and label."""
        return queue.drafts_by_bundle(self._engine, drug)

    def queue(
        self,
        status: Status | None = None,
        drug: str | None = None,
        *,
        blinded: bool = False,
        reviewer: str | None = None,
    ) -> tuple[QueueItem, ...]:
        """List the queue; see `agent.review.queue.queue`."""
        return queue.queue(self._engine, status=status, drug=drug, blinded=blinded, reviewer=reviewer)

    def show(self, item: str, *, blinded: bool = False, reviewer: str | None = None) -> ReviewItem:
        """One hypothesis with its history; see `agent.review.queue.show`."""
        return queue.show(self._engine, item, blinded=blinded, reviewer=reviewer)

    def accept(
        self,
        item: str,
        reviewer: str,
        reason: str = "good",
        note: str = "",
        *,
        revision: int | None = None,
        blinded: bool = False,
    ) -> Decision:
        """Accept the newest wording (blinded: the draft); see `agent.review.deciding.decide`."""
        return decide(self._engine, item, reviewer, "accept", reason, note, revision=revision, blinded=blinded)

    def reject(
        self,
        item: str,
        reviewer: str,
        reason: str,
        note: str = "",
        *,
        revision: int | None = None,
        blinded: bool = False,
    ) -> Decision:
        """Reject it; see `agent.review.deciding.decide`."""
        return decide(self._engine, item, reviewer, "reject", reason, note, revision=revision, blinded=blinded)

    def edit(
        self,
        item: str,
        reviewer: str,
        text: str,
        reason: str,
        note: str = "",
        *,
        revision: int | None = None,
    ) -> Decision:
        """Add a wording of the reviewer's own, marked as unchecked; see `agent.review.deciding.decide`."""
        return decide(self._engine, item, reviewer, "edit", reason, note, text=text, revision=revision)

    def unblind(self, reviewer: str, note: str = "") -> Unblinding:
        """Record that a reviewer asks to see behind the blinded view; later decisions of theirs are not blind."""
        return blinding.unblind(self._engine, reviewer, note)

    def unblindings(self) -> tuple[Unblinding, ...]:
        """All looks behind the blinded view, in order."""
        return blinding.unblindings(self._engine)

    def agreement(self, *, scope: Scope = "all", drug: str | None = None, seed: int = 0) -> Agreement:
        """Agreement of reviewers beyond chance; see `agent.review.analysis.agreement`."""
        return analysis.agreement(self._engine, scope=scope, drug=drug, seed=seed)

    def calibration(self, *, drug: str | None = None, seed: int = 0) -> Calibration:
        """Our ratings against verdicts, and decoys accepted; see `agent.review.analysis.calibration`."""
        return analysis.calibration(self._engine, drug=drug, seed=seed)

    def export(self, form: Format, *, status: Status | None = None, drug: str | None = None) -> str:
        """The reviewed hypotheses as ``json``, ``csv``, ``ris`` or ``brief``; decoys never leave.

        ``json`` and ``csv`` hold every status unless one is given; ``ris`` and ``brief`` hold the accepted ones.
        """
        return render(form, export_items(self._engine, form, status=status, drug=drug))
