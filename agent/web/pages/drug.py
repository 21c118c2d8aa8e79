"""The page of one drug: what was computed, how firmly it stands, and what can be run next."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import Request
from nicegui import ui

from agent.errors import AgentError, InputError
from agent.own.model import is_own
from agent.report.assemble import score_sentences
from agent.web.api.jobs import briefs_of
from agent.web.api.review import queue_brief
from agent.web.figures import gene_names
from agent.web.pages.elements import Chart, Markup, button, tag
from agent.web.pages.jobs import live_jobs
from agent.web.pages.layout import frame, not_found
from explain_engine.data.dataset import RESPONSE_UNIT
from explain_engine.errors import EngineError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from agent.toolbox.cards import BundleCard
    from agent.toolbox.opened import Opened
    from agent.web.catalogue import DrugRow
    from agent.web.services import Services


def add(services: Services) -> None:
    """Add it."""

    @ui.page("/drug/{name:path}", response_timeout=60)
    async def drug(request: Request, name: str, bundle: str = "", gene: str = "") -> None:
        session = request.state.session
        try:
            # Reading a bundle takes a moment in which other pages must not stand still.
            row, cards, chosen, held, written = await asyncio.to_thread(_load, services, name, bundle)
        except InputError as error:
            not_found(str(error), "/", session)
            return
        unit = "" if held is None else RESPONSE_UNIT[held.bundle.kind]
        scores = () if held is None else score_sentences(held.bundle)
        with frame(row.name, "/", session):
            said = next((b for b in written if chosen is not None and b["bundle"] == chosen.folder), None)
            Markup(
                "drug_head.jinja",
                row=row,
                card=chosen,
                cards=cards,
                held=held,
                unit=unit,
                scores=scores,
                brief=said,
                own=held is not None and is_own(held.bundle.screen),
                others=_other_screens(cards, chosen),
            )
            Markup("drug_briefs.jinja", briefs=written, drug=row.name)
            _actions(services, row, held, written[0]["folder"] if written else "", session.user)
            if held is not None:
                _explained(services, held, unit, gene)


def _load(
    services: Services, name: str, bundle: str
) -> tuple[DrugRow, tuple[BundleCard, ...], BundleCard | None, Opened | None, list[dict[str, Any]]]:
    """The drug, its bundles, the one to show, and the briefs made from them."""
    row = services.catalogue.find(name)
    cards = services.shelf.of_drug(row.name)
    chosen = next((card for card in cards if card.folder == bundle), cards[0] if cards else None)
    held = None if chosen is None else services.shelf.open(chosen.folder)
    return row, cards, chosen, held, briefs_of(services.workspace.briefs, row.name, {card.folder for card in cards})


def _other_screens(cards: tuple[BundleCard, ...], chosen: BundleCard | None) -> list[BundleCard]:
    """The first bundle of every screen but the one that is shown."""
    found: dict[str, BundleCard] = {}
    for card in cards:
        if chosen is not None and card.screen != chosen.screen:
            found.setdefault(card.screen, card)
    return list(found.values())


def _own_id(services: Services, held: Opened | None) -> str | None:
    """Id of the own screen that a bundle is of; empty for a public one, None where its tables were deleted."""
    if held is None or not is_own(held.bundle.screen):
        return ""
    return next((s.id for s in services.screens.all() if s.name == held.bundle.screen), None)


def _actions(services: Services, row: DrugRow, held: Opened | None, newest: str, user: str) -> None:
    """Buttons that start work, and the jobs of this drug; `newest` is the folder of its newest brief, if any."""
    own = _own_id(services, held)
    settings = services.settings.explain.model_dump(mode="json")

    async def start(kind: str, arguments: dict[str, JsonValue], screen: str) -> None:
        asked = {"drug": row.name, "own": screen, "explain": settings, **arguments}
        try:
            await asyncio.to_thread(services.jobs.submit, kind, asked, user=user)
        except (AgentError, EngineError) as error:
            ui.notify(str(error))

    async def to_review() -> None:
        try:
            await asyncio.to_thread(queue_brief, services.review, services.workspace.briefs / newest)
        except AgentError as error:
            ui.notify(str(error))
            return
        ui.navigate.to(f"/review?drug={quote(row.name)}")

    with tag("section", aria_labelledby="work"):
        tag("h2", "Run", "minor", id="work")
        with tag("div", classes="buttons"):
            if held is None:
                button("Explain this drug", lambda: start("explain", {}, ""), "main")
                button("Write the brief", lambda: start("brief", {}, ""))
            elif own is not None:
                button("Null runs", lambda: start("null", {"runs": 100}, own))
                button("All further parts", lambda: start("explain", {"parts": ["all"]}, own))
                button("Write the brief", lambda: start("brief", {}, own))
            if row.ids and held is not None and row.card is not None and is_own(row.card.screen):
                button("Explain it from the public screen", lambda: start("explain", {}, ""))
            if newest:
                button("Review its hypotheses", to_review)
        if own is None:
            tag("p", "The tables of this screen are not here any more, so nothing further can be run on it.", "small")
        live_jobs(services, user, drug=row.name)


def _explained(services: Services, held: Opened, unit: str, gene: str) -> None:
    """Figures and tables of a bundle."""
    bundle = held.bundle
    for figure in services.figures.of(held, gene or None):
        with tag("section", aria_labelledby=figure.id):
            tag("h2", figure.title, id=figure.id)
            if figure.id == "gene":
                Markup("gene_choice.jinja", genes=gene_names(held), shown=figure.title.split(" ")[0], bundle=bundle.key)
            Chart(figure.drawing, figure.alt)
            Markup("figure_table.jinja", figure=figure)
    Markup("drug_depth.jinja", bundle=bundle, depth=held.depth, unit=unit)
