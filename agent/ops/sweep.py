"""Removing what killed writers left: temporary files and folders under names that nothing reads."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from agent.workspace import Workspace

# Folder of the workspace -> beginnings of the temporary names that its writers use.
_LEFTOVERS: dict[str, tuple[str, ...]] = {
    "": (".probe-", ".writing-", ".restoring-"),
    "bundles": (".writing-",),
    "runs": (".writing-",),
    "answers": (".writing-",),
    "screens": (".making-", ".gone-"),
    "briefs/*": (".writing-",),
    "knowledge": (".",),
    "knowledge/*": (".words.", ".index."),
    "data/*": (".",),
    "tasks/done": (".writing-",),
    "tasks/lists": (".writing-",),
}
_KEPT = (".lock",)
MIN_AGE_S = 24 * 3600.0


def sweep(workspace: Workspace, *, min_age_s: float = MIN_AGE_S) -> tuple[Path, ...]:
    """Remove temporary files and folders that nobody has touched for `min_age_s` seconds; return what went.

    What is in use is younger than that. A clock that was set back only makes leftovers stay longer.
    """
    now = time.time()
    gone = []
    for place, beginnings in _LEFTOVERS.items():
        folders = [workspace.root] if not place else sorted(workspace.root.glob(place))
        for folder in folders:
            if not folder.is_dir() or folder.is_symlink():
                continue
            for path in sorted(folder.iterdir()):
                if path.name in _KEPT or not path.name.startswith(beginnings):
                    continue
                if now - _touched(path) < min_age_s:
                    continue
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
                gone.append(path)
    return tuple(gone)


def _touched(path: Path) -> float:
    """Newest time of change of a file, or of a folder and the files in it."""
    try:
        times = [path.lstat().st_mtime]
        if path.is_dir() and not path.is_symlink():
            times += [inner.lstat().st_mtime for inner in path.rglob("*")]
    except OSError:
        # It is being moved into place right now.
        return time.time()
    return max(times)
