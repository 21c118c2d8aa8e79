"""The page of one drug: what was computed, how firmly it stands, and what can be run next."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import Request
from nicegui import ui

from agent.errors import AgentError, InputError
from agent.report.assemble import score_sentences
from agent.web.api.jobs import briefs_of
from agent.web.api.review import queue_brief
from agent.web.catalogue import find_drug
from agent.web.figures import drug_figures, gene_names
from agent.web.pages.elements import Chart, Markup, button, tag
from agent.web.pages.jobs import live_jobs
from agent.web.pages.layout import frame, not_found
from explain_engine.data.dataset import RESPONSE_UNIT
from explain_engine.errors import EngineError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from agent.web.catalogue import DrugRow
    from agent.web.services import Services
    from agent.web.shelf import BundleCard, Held


def add(services: Services) -> None:
    """Add it."""

    @ui.page("/drug/{name}", response_timeout=60)
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
                "drug_head.jinja", row=row, card=chosen, cards=cards, held=held, unit=unit, scores=scores, brief=said
            )
            Markup("drug_briefs.jinja", briefs=written, drug=row.name)
            _actions(services, row, held, written[0]["folder"] if written else "", session.user)
            if held is not None:
                _explained(held, unit, gene)


def _load(
    services: Services, name: str, bundle: str
) -> tuple[DrugRow, tuple[BundleCard, ...], BundleCard | None, Held | None, list[dict[str, Any]]]:
    """The drug, its bundles, the one to show, and the briefs made from them."""
    row = find_drug(services.shelf, name)
    cards = services.shelf.of_drug(row.name)
    chosen = next((card for card in cards if card.folder == bundle), cards[0] if cards else None)
    held = None if chosen is None else services.shelf.held(chosen.folder)
    return row, cards, chosen, held, briefs_of(services.workspace.briefs, row.name, {card.folder for card in cards})


def _actions(services: Services, row: DrugRow, held: Held | None, newest: str, user: str) -> None:
    """Buttons that start work, and the jobs of this drug; `newest` is the folder of its newest brief, if any."""

    async def start(kind: str, arguments: dict[str, JsonValue]) -> None:
        try:
            await asyncio.to_thread(services.jobs.submit, kind, {"drug": row.name, **arguments}, user=user)
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
                button("Explain this drug", lambda: start("explain", {}), "main")
            else:
                button("Null runs", lambda: start("null", {"runs": 100}))
                button("All further parts", lambda: start("explain", {"parts": ["all"]}))
            button("Write the brief", lambda: start("brief", {}))
            if newest:
                button("Review its hypotheses", to_review)
        live_jobs(services, user, drug=row.name)


def _explained(held: Held, unit: str, gene: str) -> None:
    """Figures and tables of a bundle."""
    bundle = held.bundle
    for figure in drug_figures(held, gene or None):
        with tag("section", aria_labelledby=figure.id):
            tag("h2", figure.title, id=figure.id)
            if figure.id == "gene":
                Markup("gene_choice.jinja", genes=gene_names(held), shown=figure.title.split(" ")[0], bundle=bundle.key)
            Chart(figure.plot, figure.alt)
            Markup("figure_table.jinja", figure=figure)
    Markup("drug_depth.jinja", bundle=bundle, depth=held.depth, unit=unit)
