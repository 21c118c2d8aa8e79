"""The page of one drug: what was computed, how firmly it stands, and what can be run next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request
from nicegui import ui

from agent.errors import InputError
from agent.report.assemble import score_sentences
from agent.web.catalogue import find_drug
from agent.web.figures import drug_figures
from agent.web.pages.elements import Chart, Markup, tag
from agent.web.pages.layout import frame
from explain_engine.data.dataset import RESPONSE_UNIT

if TYPE_CHECKING:
    from agent.web.catalogue import DrugRow
    from agent.web.services import Services
    from agent.web.shelf import BundleCard, Held


def add(services: Services) -> None:
    """Add it."""

    @ui.page("/drug/{name}")
    def drug(request: Request, name: str, bundle: str = "") -> None:
        session = request.state.session
        try:
            row = find_drug(services.shelf, name)
            cards = services.shelf.of_drug(row.name)
            chosen = next((card for card in cards if card.folder == bundle), cards[0] if cards else None)
            held = None if chosen is None else services.shelf.held(chosen.folder)
        except InputError as error:
            with frame("Not found", "/", session):
                Markup("message.jinja", title="Not found", message=str(error))
            return
        with frame(row.name, "/", session):
            if held is None or chosen is None:
                Markup("drug_head.jinja", row=row, card=None, cards=(), held=None, unit="", scores=())
            else:
                _explained(row, cards, chosen, held)


def _explained(row: DrugRow, cards: tuple[BundleCard, ...], chosen: BundleCard, held: Held) -> None:
    bundle = held.bundle
    unit = RESPONSE_UNIT[bundle.kind]
    scores = score_sentences(bundle)
    Markup("drug_head.jinja", row=row, card=chosen, cards=cards, held=held, unit=unit, scores=scores)
    for figure in drug_figures(held):
        with tag("section", aria_labelledby=figure.id):
            tag("h2", figure.title, id=figure.id)
            Chart(figure.plot, figure.alt)
            Markup("figure_table.jinja", figure=figure)
    Markup("drug_depth.jinja", bundle=bundle, depth=held.depth, unit=unit)
