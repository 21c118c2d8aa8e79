"""A user's own tables: choose a file, see everything the check says of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import Request
from nicegui import ui

from agent.errors import InputError
from agent.web.pages.elements import Form, Markup, button, tag
from agent.web.pages.layout import frame
from agent.web.uploads import ENDINGS

if TYPE_CHECKING:
    from agent.web.services import Services


def add(services: Services) -> None:
    """Add it."""

    @ui.page("/data", response_timeout=60)
    async def data(request: Request) -> None:
        session = request.state.session
        kept = await asyncio.to_thread(services.uploads.all, session.user)

        async def delete(values: dict[str, str]) -> None:
            try:
                await asyncio.to_thread(services.uploads.delete, session.user, values.get("id", ""))
            except InputError as error:
                ui.notify(str(error))
                return
            ui.navigate.to("/data")

        with frame("Your data", "/data", session):
            limit = services.options.max_upload >> 20
            Markup("data.jinja", endings=ENDINGS, limit=limit, n=len(kept))
            for upload in kept:
                with tag("article", classes="card", aria_label=f"Table {upload.id}"):
                    Markup("upload.jinja", upload=upload)
                    with Form("Delete this table", delete), tag("div", classes="buttons"):
                        tag("input", type="hidden", name="id", value=upload.id)
                        button("Delete", classes="no")
