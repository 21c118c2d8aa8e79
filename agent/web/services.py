"""Everything the pages and routes work on, made once for a server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from agent.chat.service import ChatService
from agent.database import database_of
from agent.database.threads import ThreadStore
from agent.errors import AgentError
from agent.own.store import OwnScreens
from agent.review.service import ReviewService
from agent.tools import Toolbox
from agent.web.catalogue import Catalogue
from agent.web.figures import Figures
from agent.web.metrics import Metrics
from agent.web.reading import Reading
from agent.web.sessions import Sessions
from agent.web.uploads import Uploads
from explain_engine.errors import EngineError
from knowledge.errors import KnowledgeError

if TYPE_CHECKING:
    import threading

    from agent.settings import Settings
    from agent.web.options import WebOptions
    from agent.workspace import Workspace


MOST_PENDING = 200


class Services:
    """Handles on the workspace.

    Parameters
    ----------
    workspace, settings, options
        What the server was started with.
    """

    def __init__(self, workspace: Workspace, settings: Settings, options: WebOptions) -> None:
        self.workspace = workspace
        self.settings = settings
        self.options = options
        self.sessions = Sessions(options.token, days=options.session_days)
        self.metrics = Metrics()
        self.toolbox = Toolbox(workspace, settings)
        self.shelf = self.toolbox.desk.shelf
        self.catalogue = Catalogue(self.shelf)
        self.figures = Figures()
        self.jobs = self.toolbox.desk.jobs
        self.reading = Reading(self.toolbox.desk.library)
        self.uploads = Uploads(workspace.root / "uploads", options.max_upload)
        self.screens = OwnScreens(workspace)
        self._engine = database_of(workspace, settings)
        self.threads = ThreadStore(self._engine)
        self.review = ReviewService(self._engine)
        self.chat = ChatService(self.toolbox, self.threads)
        # Questions that began a thread, until its page asks them.
        self.pending: dict[str, str] = {}
        self.degraded: dict[str, str] = {}
        self.is_warm = False

    @property
    def model_name(self) -> str | None:
        """Name of the language model that words answers; None without an endpoint."""
        return self.settings.llm.model if self.settings.llm.configured else None

    def ask_first(self, thread: str, question: str) -> None:
        """Keep the question that began a thread until the thread's page asks it; a page never opened loses its own."""
        self.pending[thread] = question
        while len(self.pending) > MOST_PENDING:
            self.pending.pop(next(iter(self.pending)))

    def chat_of(self, user: str) -> ChatService:
        """The chat of one user."""
        return self.chat.for_user(user)

    def warm(self, stopping: threading.Event) -> None:
        """Open what the first question would otherwise wait for; a fault is kept for `/health` to tell.

        Parameters
        ----------
        stopping
            Set when the server ends: what is left is then left out.
        """
        try:
            self.catalogue.rows()
            for _ in self.toolbox.warming():
                if stopping.is_set():
                    return
            self.chat.warm()
        except (AgentError, EngineError, KnowledgeError, OSError) as error:
            self.degraded["knowledge"] = str(error)
        self.is_warm = True

    def faults(self) -> dict[str, str]:
        """What works with less than it should, in words; nothing of it stops the pages."""
        found = dict(self.degraded)
        if not (self.workspace.data / "gdsc").is_dir():
            found["data"] = "no screen was fetched; new drugs cannot be explained (oncobrief data fetch)"
        if not os.access(self.workspace.root, os.W_OK):
            found["workspace"] = "cannot be written to"
        try:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            found["database"] = type(error).__name__
        return found

    def close(self) -> None:
        """Release what is open; background jobs go on."""
        self.chat.close()
        self.toolbox.close()
        self._engine.dispose()
