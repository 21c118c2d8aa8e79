"""Routes about hypotheses under review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from agent.errors import InputError
from agent.report.model import HypothesisBrief
from agent.review.agreement import Agreement
from agent.review.calibration import Calibration
from agent.review.export import Format
from agent.review.model import Decision, QueueItem, ReviewItem, Status
from agent.review.reasons import Verb
from agent.web.api.system import session_of

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

    from agent.review.service import ReviewService
    from agent.web.services import Services

MEDIA: dict[Format, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "ris": "application/x-research-info-systems",
    "brief": "text/plain; charset=utf-8",
}
ENDINGS: dict[Format, str] = {"json": "json", "csv": "csv", "ris": "ris", "brief": "md"}


class NewDecision(BaseModel):
    """A decision on the newest wording; `text` is the new wording of an edit."""

    model_config = ConfigDict(extra="forbid")

    verb: Verb
    reason: str = Field(max_length=60)
    note: str = Field("", max_length=4000)
    text: str | None = Field(None, max_length=4000)
    revision: int | None = None
    blinded: bool = False


def add(app: FastAPI, services: Services) -> None:
    """Add them."""
    router = APIRouter(prefix="/api/review", tags=["review"])

    @router.get("")
    def queue(
        request: Request,
        status: Status | None = None,
        drug: str | None = Query(None, max_length=120),
        blinded: bool = False,
    ) -> list[QueueItem]:
        """The queue, in the plain or the blinded view."""
        who = session_of(request).name
        return list(services.review.queue(status, drug or None, blinded=blinded, reviewer=who))

    @router.get("/agreement")
    def agreement(drug: str | None = None) -> Agreement:
        """Agreement of reviewers beyond chance."""
        return services.review.agreement(drug=drug)

    @router.get("/calibration")
    def calibration(drug: str | None = None) -> Calibration:
        """Our ratings against verdicts."""
        return services.review.calibration(drug=drug)

    @router.get("/export/{form}")
    def export(form: Format) -> Response:
        """The reviewed hypotheses as a file; decoys never leave."""
        name = f"oncobrief-review.{ENDINGS[form]}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(services.review.export(form), media_type=MEDIA[form], headers=headers)

    @router.get("/{item}")
    def show(request: Request, item: str, blinded: bool = False) -> ReviewItem:
        """One hypothesis with its history."""
        return services.review.show(item, blinded=blinded, reviewer=session_of(request).name)

    @router.post("/{item}/decisions", status_code=201)
    def decide(request: Request, item: str, wanted: NewDecision) -> Decision:
        """Accept, reject or edit."""
        return take(services.review, item, session_of(request).name, wanted)

    app.include_router(router)


def take(review: ReviewService, item: str, reviewer: str, wanted: NewDecision) -> Decision:
    """Keep a decision.

    Raises
    ------
    agent.errors.InputError
        If it does not fit, or was taken on an outdated view.
    """
    at = {"revision": wanted.revision}
    if wanted.verb == "edit":
        if wanted.blinded:
            raise InputError("a wording is edited in the open view; the blinded one is for accepting and rejecting")
        return review.edit(item, reviewer, wanted.text or "", wanted.reason, wanted.note, **at)
    act = review.accept if wanted.verb == "accept" else review.reject
    return act(item, reviewer, wanted.reason, wanted.note, blinded=wanted.blinded, **at)


def queue_brief(review: ReviewService, folder: Path) -> tuple[str, ...]:
    """Queue the hypotheses of a written brief, each once.

    Raises
    ------
    agent.errors.InputError
        If the folder holds no brief that this version can read.
    """
    import json

    from pydantic import ValidationError

    try:
        raw = json.loads((folder / "brief.json").read_text(encoding="utf-8"))
        known = {key: raw[key] for key in HypothesisBrief.model_fields if key in raw}
        brief = HypothesisBrief.model_validate(known)
    except (OSError, ValueError, ValidationError) as error:
        what = "is of another version" if isinstance(error, ValidationError) else "cannot be read"
        raise InputError(f"brief {folder.name!r} {what}; write it again") from error
    return review.add_brief(brief)
