"""Everything the pages and routes work on, made once for a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.database import database_of
from agent.database.threads import ThreadStore
from agent.review.service import ReviewService
from agent.tools import Toolbox
from agent.web.metrics import Metrics
from agent.web.reading import Reading
from agent.web.sessions import Sessions
from agent.web.shelf import Shelf
from agent.web.uploads import Uploads

if TYPE_CHECKING:
    from agent.settings import Settings
    from agent.web.options import WebOptions
    from agent.workspace import Workspace


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
        self.shelf = Shelf(workspace.bundles)
        self.toolbox = Toolbox(workspace, settings)
        self.jobs = self.toolbox.desk.jobs
        self.reading = Reading(self.toolbox.desk.library)
        self.uploads = Uploads(workspace.root / "uploads", options.max_upload)
        self._engine = database_of(workspace, settings)
        self.threads = ThreadStore(self._engine)
        self.review = ReviewService(self._engine)

    def close(self) -> None:
        """Release what is open; background jobs go on."""
        self.toolbox.close()
        self._engine.dispose()
