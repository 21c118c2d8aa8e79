"""Make an own screen of a user's checked tables, in a process of its own; also that process's main function."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from pydantic import ValidationError

from agent.errors import AgentError, InputError
from agent.own.model import OwnScreen, screen_name
from agent.own.store import OwnScreens, mark_of
from agent.workspace import open_workspace
from explain_engine.data.dataset import ResponseKind
from explain_engine.errors import EngineError

if TYPE_CHECKING:
    from agent.web.services import Services


async def make_screen(
    services: Services, user: str, *, name: str, expression: str, response: str, kind: str
) -> OwnScreen:
    """Make a screen of uploads of this user.

    Parameters
    ----------
    expression, response
        Ids of uploads; the public table where empty.
    kind
        ``ln_ic50``, ``auc``, or empty where the column tells.

    Raises
    ------
    agent.errors.InputError
        If the name does not fit, an upload is not the user's or not of that sort, or the tables do not fit together.
    """
    called = screen_name(name)
    if kind and kind not in get_args(ResponseKind):
        raise InputError(f"kind {kind!r}: give one of {', '.join(get_args(ResponseKind))}, or none")
    kinds = {u.id: u.report.table for u in services.uploads.all(user)}
    paths = []
    for upload, wanted in ((expression, "expression matrix"), (response, "response table")):
        if upload and kinds.get(upload) not in (None, wanted):
            raise InputError(f"the table chosen as {wanted} is an {kinds[upload]}; choose the other one")
        paths.append(str(services.uploads.file(user, upload)) if upload else "")
    asked = [str(services.workspace.root), called, *paths, kind, mark_of(user), str(services.options.max_upload)]
    out = await services.uploads.in_child("agent.web.making", asked)
    try:
        told = json.loads(out)
        made = None if "error" in told else OwnScreen.model_validate(told)
    except (ValueError, ValidationError):
        raise InputError("the screen could not be made; are the tables too large for this machine's memory?") from None
    if made is None:
        raise InputError(str(told["error"]))
    return made


def main() -> None:
    """Print the screen, or the error."""
    root, name, expression, response, kind, made_by, limit = sys.argv[1:8]
    try:
        made = OwnScreens(open_workspace(Path(root))).make(
            name,
            Path(expression) if expression else None,
            Path(response) if response else None,
            kind=cast("ResponseKind", kind) if kind else None,
            made_by=made_by,
            max_bytes=int(limit),
        )
    except (AgentError, EngineError) as error:
        sys.stdout.write(json.dumps({"error": str(error)}))
        return
    sys.stdout.write(made.model_dump_json())


if __name__ == "__main__":
    main()
