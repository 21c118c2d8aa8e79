"""Everything the pages and routes work on, made once for a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.background import Jobs
from agent.toolbox.library import Library
from agent.web.metrics import Metrics
from agent.web.reading import Reading
from agent.web.sessions import Sessions
from agent.web.shelf import Shelf

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
        self.jobs = Jobs(workspace)
        self.library = Library(workspace.knowledge)
        self.reading = Reading(self.library)

    def close(self) -> None:
        """Release what is open; background jobs go on."""
        self.library.close()
