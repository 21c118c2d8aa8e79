"""A user's own tables: checked, put together as a screen under a name, and its drugs explained in the background."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi import Request
from nicegui import ui

from agent.errors import AgentError, InputError
from agent.web.making import make_screen
from agent.web.pages.elements import Form, Markup, button, tag
from agent.web.pages.jobs import live_jobs
from agent.web.pages.layout import frame
from agent.web.uploads import ENDINGS
from explain_engine.data.fetch import GDSC_FOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from agent.own.model import OwnScreen
    from agent.web.services import Services
    from agent.web.sessions import Session
    from agent.web.uploads import Upload


def add(services: Services) -> None:
    """Add it."""

    @ui.page("/data", response_timeout=60)
    async def data(request: Request) -> None:
        session = request.state.session
        kept, screens = await asyncio.to_thread(lambda: (services.uploads.all(session.user), services.screens.all()))
        with frame("Your data", "/data", session):
            limit = services.options.max_upload >> 20
            Markup("data.jinja", endings=ENDINGS, limit=limit, n=len(kept))
            for upload in kept:
                _table(services, session, upload)
            usable = [upload for upload in kept if upload.ok]
            with tag("section", aria_labelledby="screens"):
                Markup("data_screens.jinja", n=len(screens), usable=len(usable))
                if usable:
                    _making(services, session, usable)
                for screen in screens:
                    _screen(services, session, screen)


def _table(services: Services, session: Session, upload: Upload) -> None:
    """One upload with what the check says of it."""

    async def delete(values: dict[str, str]) -> None:
        try:
            await asyncio.to_thread(services.uploads.delete, session.user, values.get("id", ""))
        except InputError as error:
            ui.notify(str(error))
            return
        ui.navigate.to("/data")

    with tag("article", classes="card", aria_label=f"Table {upload.id}"):
        Markup("upload.jinja", upload=upload)
        with Form("Delete this table", delete), tag("div", classes="buttons"):
            tag("input", type="hidden", name="id", value=upload.id)
            button("Delete", classes="no")


def _making(services: Services, session: Session, usable: Sequence[Upload]) -> None:
    """The form that puts tables together as a screen."""
    public = (services.workspace.data / GDSC_FOLDER).is_dir()

    async def make(values: dict[str, str]) -> None:
        _say(fault, "")
        _say(state, "Reading both tables …")
        try:
            await make_screen(
                services,
                session.user,
                **{key: values.get(key, "") for key in ("name", "expression", "response", "kind")},
            )
        except InputError as error:
            _say(state, "")
            _say(fault, str(error))
            return
        ui.navigate.to("/data")

    with Form("Make a screen", make), tag("div", classes="fields"):
        with tag("div", classes="field grow"):
            tag("label", "Name of the screen", for_="s-name")
            tag("input", id="s-name", name="name", maxlength="60", required=True, autocomplete="off",
                placeholder="Our screen, November")  # fmt: skip
        for key, words, wanted, stand_in in (
            ("expression", "Expression", "expression matrix", "GDSC expression (public)"),
            ("response", "Responses", "response table", "GDSC2 responses (public)"),
        ):
            own = [upload for upload in usable if upload.report.table == wanted]
            with tag("div", classes="field"):
                tag("label", words, for_=f"s-{key}")
                with tag("select", id=f"s-{key}", name=key):
                    for upload in own:
                        tag("option", upload.name, value=upload.id)
                    if public or not own:
                        tag("option", stand_in if public else f"none: upload an {wanted}"
                            if wanted.startswith("e") else f"none: upload a {wanted}", value="")  # fmt: skip
        with tag("div", classes="field"):
            tag("label", "Response values are", for_="s-kind")
            with tag("select", id="s-kind", name="kind"):
                for value, words in (("", "told by the column"), ("ln_ic50", "ln(IC50 in uM)"), ("auc", "AUC")):
                    tag("option", words, value=value)
        button("Make the screen", classes="main")
    state = tag("p", "", "small", role="status", aria_live="polite")
    fault = tag("p", "", "failed-line", role="alert")


def _screen(services: Services, session: Session, screen: OwnScreen) -> None:
    """One screen, the form that explains a drug of it, and its jobs."""

    async def explain(values: dict[str, str]) -> None:
        asked: dict[str, JsonValue] = {
            "drug": values.get("drug", ""),
            "own": screen.id,
            "explain": services.settings.explain.model_dump(mode="json"),
            "parts": ["all"] if values.get("parts") else [],
        }
        try:
            await asyncio.to_thread(services.jobs.submit, "explain", asked, user=session.user)
        except AgentError as error:
            ui.notify(str(error))

    async def delete(_: dict[str, str]) -> None:
        try:
            await asyncio.to_thread(services.screens.delete, screen.id, user=session.user)
        except InputError as error:
            ui.notify(str(error))
            return
        ui.navigate.to("/data")

    explained = [(card.drug, card.folder) for card in services.shelf.cards() if card.screen == screen.name]
    with tag("article", classes="card", aria_label=f"Screen {screen.name}"):
        Markup("own_screen.jinja", screen=screen, explained=sorted(dict(reversed(explained)).items()))
        with Form(f"Explain a drug of {screen.name}", explain), tag("div", classes="fields"):
            with tag("div", classes="field"):
                tag("label", "Drug", for_=f"d-{screen.id}")
                with tag("select", id=f"d-{screen.id}", name="drug"):
                    for drug in screen.drugs:
                        tag("option", f"{drug.name} ({drug.n_lines} lines)", value=drug.name)
            with tag("div", classes="field check"):
                tag("input", type="checkbox", id=f"p-{screen.id}", name="parts", value="all")
                tag("label", "with null runs and all further parts (takes longer)", for_=f"p-{screen.id}")
            button("Explain", classes="main")
        live_jobs(services, session.user, own=screen.id)
        if services.screens.mine(screen, session.user):
            with Form(f"Delete {screen.name}", delete), tag("div", classes="buttons"):
                button("Delete this screen", classes="no")


def _say(element: Any, words: str) -> None:
    element._text = words
    element.update()
