"""The one folder in which everything a user's runs leave behind is kept."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from agent.errors import WorkspaceError


@dataclass(frozen=True)
class Workspace:
    """Paths of a workspace; nothing is created until something is written.

    Attributes
    ----------
    root
        The folder itself.
    """

    root: Path

    @property
    def data(self) -> Path:
        """Cached data sets."""
        return self.root / "data"

    @property
    def bundles(self) -> Path:
        """Explanation bundles, one folder a key."""
        return self.root / "bundles"

    @property
    def knowledge(self) -> Path:
        """Snapshots of the knowledge base."""
        return self.root / "knowledge"

    @property
    def runs(self) -> Path:
        """Run records, one JSON file a run."""
        return self.root / "runs"

    @property
    def briefs(self) -> Path:
        """Briefs, one folder a drug and bundle."""
        return self.root / "briefs"

    @property
    def answers(self) -> Path:
        """Whole answers of language models, one file an answer."""
        return self.root / "answers"

    def ensure_writable(self) -> Workspace:
        """Create the folder if needed and prove that it can be written to.

        Raises
        ------
        WorkspaceError
            If it cannot; the message names the folder and the way out.
        """
        require_writable(self.root, "workspace", "choose another with --workspace DIR or ONCOBRIEF_WORKSPACE")
        return self


def require_writable(folder: Path, what: str, advice: str) -> None:
    """Create `folder` if needed and prove that files can be written into it.

    Raises
    ------
    WorkspaceError
        If they cannot; the message says which folder of what, why, and the advice.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, probe = tempfile.mkstemp(prefix=".probe-", dir=folder)
        os.close(handle)
        Path(probe).unlink()
    except OSError as error:
        raise WorkspaceError(
            f"{what} {str(folder)!r} cannot be written to ({error.strerror or error}); {advice}"
        ) from error


def open_workspace(folder: Path | None = None) -> Workspace:
    """Return the workspace at `folder`, by default the user's data folder."""
    root = folder if folder is not None else Path(platformdirs.user_data_dir("oncobrief", appauthor=False))
    return Workspace(root.expanduser().absolute())


def write_atomic(path: Path, text: str) -> None:
    """Write `text` to `path` in one step: a reader or a killed writer never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(scratch).chmod(0o644)
        Path(scratch).replace(path)
    finally:
        Path(scratch).unlink(missing_ok=True)
