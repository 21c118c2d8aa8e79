"""The queue of drafted hypotheses, and one of them with its evidence, history and decision."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast, get_args

from fastapi import Request
from nicegui import ui
from pydantic import ValidationError

from agent.errors import AgentError, InputError
from agent.review.content import KIND_WORDS
from agent.review.model import DECOY_WORDS, Status
from agent.review.reasons import FITTING, REASON_WORDS, Verb
from agent.web.api.review import NewDecision, take
from agent.web.pages.elements import Form, Markup, button, tag
from agent.web.pages.layout import frame, not_found

if TYPE_CHECKING:
    from agent.review.model import ReviewItem
    from agent.web.services import Services
    from agent.web.sessions import Session

STATUSES = get_args(Status)
CHIPS = {"open": "quiet", "accepted": "supports", "rejected": "contradicts", "edited": "contested"}
_WORDS: dict[Verb, tuple[str, str]] = {
    "accept": ("Accept", "main"),
    "reject": ("Reject", "no"),
    "edit": ("Save as new version", ""),
}


def add(services: Services) -> None:
    """Add both."""

    @ui.page("/review", response_timeout=60)
    async def queue(request: Request, status: str = "", drug: str = "", blinded: str = "") -> None:
        session: Session = request.state.session
        wanted = cast("Status", status) if status in STATUSES else None
        blind = bool(blinded)
        items = await asyncio.to_thread(
            lambda: services.review.queue(wanted, drug.strip() or None, blinded=blind, reviewer=session.name)
        )
        agreement, calibration = await asyncio.to_thread(
            lambda: (services.review.agreement(), services.review.calibration())
        )
        with frame("Review", "/review", session):
            Markup(
                "review_queue.jinja",
                items=items,
                status=status,
                drug=drug,
                blinded=blind,
                statuses=STATUSES,
                chips=CHIPS,
                agreement=agreement,
                calibration=calibration,
            )

    @ui.page("/review/{item}", response_timeout=60)
    async def one(request: Request, item: str, blinded: str = "") -> None:
        session: Session = request.state.session
        blind = bool(blinded)
        try:
            shown = await asyncio.to_thread(lambda: services.review.show(item, blinded=blind, reviewer=session.name))
        except InputError as error:
            not_found(str(error), "/review", session)
            return
        with frame(f"{shown.content.gene} and {shown.content.drug}", "/review", session):
            _Item(services, session, shown, blind)


class _Item:
    """A hypothesis and the forms to decide on it."""

    def __init__(self, services: Services, session: Session, shown: ReviewItem, blinded: bool) -> None:
        self._services, self._session, self._blinded = services, session, blinded
        self._id = shown.item.id
        self._revision = shown.item.revision
        self._head = Markup("review_item.jinja", **self._values(shown))
        with tag("section", aria_labelledby="decide"):
            tag("h2", "Decide", id="decide")
            tag("p", f"Kept under the name {session.name}, with the time.", "small")
            self._fault = tag("p", "", "failed-line", role="alert")
            self._form("accept", open_=True)
            self._form("reject")
            if not blinded:
                self._form("edit", text=shown.item.statement)
        self._history = Markup("review_history.jinja", **self._values(shown))

    def _form(self, verb: Verb, *, open_: bool = False, text: str = "") -> None:
        words, look = _WORDS[verb]
        details = tag("details", classes="card decide")
        if open_:
            details.props["open"] = True
        with details:
            tag("summary", {"accept": "Accept", "reject": "Reject", "edit": "Edit the wording"}[verb])
            form = Form(words, lambda values: self._decide(verb, values))
        with form, tag("div", classes="fields"):
            if verb == "edit":
                with tag("div", classes="field grow wide-field"):
                    tag("label", "New wording; it is marked as yours and unchecked", for_=f"{verb}-text")
                    tag("textarea", text, id=f"{verb}-text", name="text", maxlength="4000", required=True)
            with tag("div", classes="field"):
                tag("label", "Reason", for_=f"{verb}-reason")
                with tag("select", id=f"{verb}-reason", name="reason"):
                    for reason in FITTING[verb]:
                        tag("option", REASON_WORDS[reason], value=reason)
            with tag("div", classes="field grow"):
                tag("label", "Note", for_=f"{verb}-note")
                tag("input", id=f"{verb}-note", name="note", maxlength="4000", autocomplete="off")
            button(words, classes=look)

    async def _decide(self, verb: Verb, values: dict[str, str]) -> None:
        try:
            wanted = NewDecision(
                verb=verb,
                reason=values.get("reason", ""),
                note=values.get("note", ""),
                text=values.get("text") if verb == "edit" else None,
                revision=self._revision,
                blinded=self._blinded,
            )
            await asyncio.to_thread(take, self._services.review, self._id, self._session.name, wanted)
            shown = await asyncio.to_thread(
                lambda: self._services.review.show(self._id, blinded=self._blinded, reviewer=self._session.name)
            )
        except (AgentError, ValidationError) as error:
            self._fault._text = str(error) if isinstance(error, AgentError) else "a field is too long"
            self._fault.update()
            return
        self._fault._text = ""
        self._fault.update()
        self._revision = shown.item.revision
        self._head.show(**self._values(shown))
        self._history.show(**self._values(shown))

    def _values(self, shown: ReviewItem) -> dict[str, Any]:
        return {
            "shown": shown,
            "blinded": self._blinded,
            "chips": CHIPS,
            "kinds": KIND_WORDS,
            "decoy_words": DECOY_WORDS,
            "reasons": REASON_WORDS,
        }
