"""What every page has: title, skip link, header with navigation, main part, footer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from nicegui import ui

from agent.report.wording import RESEARCH_USE
from agent.web.pages.elements import Markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.web.sessions import Session

NAVIGATION = (
    ("Drugs", "/"),
    ("Chat", "/chat"),
    ("Search", "/search"),
    ("Review", "/review"),
    ("Your data", "/data"),
    ("Jobs", "/jobs"),
    ("Settings", "/settings"),
    ("Help", "/help"),
)


@contextmanager
def frame(title: str, here: str, session: Session | None, *, wide: bool = False) -> Iterator[None]:
    """The page around what is made within the block.

    Parameters
    ----------
    here
        Address of the navigation entry that this page belongs to.
    wide
        Use the whole width, for pages that are one large table.
    """
    ui.page_title(f"{title} – oncobrief")
    client = ui.context.client
    # NiceGUI's page element is the <main>; header and footer stand beside it, not in it.
    slot = client.content.parent_slot
    if slot is None:
        raise RuntimeError("the page has no element around its content")
    page = slot.parent
    page.props["id"] = "main"
    page.props["tabindex"] = "-1"
    if wide:
        page.classes("wide")
    with client.layout:
        name = session.name if session else ""
        head = Markup("header.jinja", tag="header", items=NAVIGATION, here=here, user=name).classes("site")
        Markup("footer.jinja", tag="footer", words=RESEARCH_USE).classes("site")
    head.move(target_index=0)
    yield


def not_found(message: str, here: str, session: Session | None) -> None:
    """A page that says that something is not there, and answers as such."""
    ui.context.client.status_code = 404
    with frame("Not found", here, session):
        Markup("message.jinja", title="Not found", message=message)
