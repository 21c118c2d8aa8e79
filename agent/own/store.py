"""Own screens of a workspace: kept under ``screens/<id>``, listed, opened as datasets, deleted."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from typing import TYPE_CHECKING

from pydantic import ValidationError

from agent.errors import InputError
from agent.own.model import OwnScreen, screen_id, screen_name
from agent.own.tables import drugs_of, read_own
from agent.records import utc_now
from agent.workspace import write_atomic
from explain_engine.data.gdsc import UNKNOWN_TISSUE
from explain_engine.data.readers import DEFAULT_MAX_BYTES
from knowledge.ids.model import name_key

if TYPE_CHECKING:
    from pathlib import Path

    from agent.workspace import Workspace
    from explain_engine.data.dataset import ResponseDataset, ResponseKind

MOST = 50
_HEAD, _EXPRESSION, _RESPONSE, _TISSUE = "screen.json", "expression.parquet", "response.parquet", "tissue.parquet"


class OwnScreens:
    """The own screens of one workspace; everybody who may use the workspace sees them.

    Parameters
    ----------
    workspace
        Its ``screens`` folder is made when a screen is kept.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.folder: Path = workspace.root / "screens"

    def make(
        self,
        name: str,
        expression: Path | None,
        response: Path | None,
        *,
        kind: ResponseKind | None = None,
        made_by: str = "",
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> OwnScreen:
        """Keep a screen; both tables are read, joined by line and written in a form of our own.

        Parameters
        ----------
        name
            See `agent.own.model.screen_name`; no two screens of a workspace have one name.
        expression, response, kind, max_bytes
            See `agent.own.tables.read_own`.
        made_by
            From `mark_of`.

        Raises
        ------
        agent.errors.InputError, explain_engine.errors.InputError
            If the name does not fit or is taken, or the tables cannot be used together.
        """
        called = screen_name(name)
        there = self.all()
        if any(name_key(screen.name) == name_key(called) for screen in there):
            raise InputError(f"a screen called {called!r} is there already; choose another name or delete that one")
        if len(there) >= MOST:
            raise InputError(f"{MOST} screens are kept; delete one first")
        tables = read_own(self._workspace.data, expression, response, kind=kind, max_bytes=max_bytes)
        drugs, too_few = drugs_of(tables)
        screen = OwnScreen(
            id=secrets.token_hex(6),
            name=called,
            kind=tables.kind,
            expression="own" if expression is not None else "GDSC",
            response="own" if response is not None else "GDSC2",
            n_lines=tables.expression.shape[0],
            n_genes=tables.expression.shape[1],
            n_tissues=int((tables.tissue != UNKNOWN_TISSUE).sum()),
            drugs=drugs,
            too_few=too_few,
            notes=tables.notes,
            sources=tables.sources,
            made=utc_now(),
            made_by=made_by,
        )
        scratch = self.folder / f".making-{screen.id}"
        scratch.mkdir(parents=True)
        try:
            tables.expression.to_parquet(scratch / _EXPRESSION)
            tables.response.to_parquet(scratch / _RESPONSE)
            tables.tissue.rename("tissue").to_frame().to_parquet(scratch / _TISSUE)
            write_atomic(scratch / _HEAD, screen.model_dump_json(indent=1) + "\n")
            scratch.rename(self.folder / screen.id)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return screen

    def all(self) -> tuple[OwnScreen, ...]:
        """All that can be read, newest first."""
        found = []
        for path in self.folder.glob(f"*/{_HEAD}"):
            if path.parent.name.startswith("."):
                continue
            try:
                found.append(OwnScreen.model_validate_json(path.read_bytes()))
            except (OSError, ValidationError):
                # Half deleted or of another version: opening it by its id says so.
                continue
        return tuple(sorted(found, key=lambda s: (s.made, s.id), reverse=True))

    def get(self, screen: str) -> OwnScreen:
        """A screen by its id.

        Raises
        ------
        agent.errors.InputError
            If there is none, or it cannot be read.
        """
        path = self.folder / screen_id(screen) / _HEAD
        try:
            return OwnScreen.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise InputError(f"there is no own screen {screen!r} in this workspace; was it deleted?") from None
        except (OSError, ValidationError) as error:
            raise InputError(f"own screen {screen!r} cannot be read ({type(error).__name__}); make it again") from error

    def named(self, name: str) -> OwnScreen:
        """A screen by its name, whatever case and punctuation, or by its id.

        Raises
        ------
        agent.errors.InputError
            If there is none; the message lists those that are there.
        """
        there = self.all()
        for fits in (lambda s: s.id == name, lambda s: name_key(s.name) == name_key(name)):
            found = next(filter(fits, there), None)
            if found is not None:
                return found
        known = ", ".join(repr(screen.name) for screen in there[:8]) or "none was made yet"
        raise InputError(f"no own screen {name[:80]!r}; there are: {known}")

    def dataset(self, screen: str, drug: str) -> ResponseDataset:
        """Expression, response and tissue of one drug of a screen.

        Parameters
        ----------
        drug
            As the screen's list has it, or as its table spells it.

        Raises
        ------
        agent.errors.InputError
            If there is no such screen or drug.
        explain_engine.errors.InputError
            If the tables are not fit to be explained.
        """
        import pandas as pd

        from explain_engine.data.dataset import ResponseDataset

        held = self.get(screen)
        key = name_key(drug)
        entry = next((d for d in held.drugs if key in (name_key(d.name), name_key(d.spelt))), None)
        if entry is None:
            known = ", ".join(d.name for d in held.drugs[:8]) + (" …" if len(held.drugs) > 8 else "")
            raise InputError(f"{drug[:80]!r} is no drug of {held.name!r} with enough lines; it has {known}")
        folder = self.folder / held.id
        try:
            rows = pd.read_parquet(folder / _RESPONSE, filters=[("drug", "==", entry.spelt)])
            expression = pd.read_parquet(folder / _EXPRESSION)
            tissue = pd.read_parquet(folder / _TISSUE)["tissue"]
        except (OSError, ValueError) as error:
            raise InputError(f"tables of {held.name!r} cannot be read; make the screen again") from error
        notes = list(held.notes)
        if entry.name != entry.spelt:
            notes.append(f"the table calls the drug {entry.spelt}")
        return ResponseDataset.from_frames(
            expression,
            rows.set_index("line")["value"],
            drug=entry.name,
            kind=held.kind,
            screen=held.name,
            lineage=tissue,
            # A gene may be constant in the lines that have this drug; that is counted in the report.
            constant_genes="drop",
            sources=held.sources,
            notes=notes,
        )

    def delete(self, screen: str, *, user: str | None = None) -> None:
        """Remove a screen; explanations made from it stay.

        Parameters
        ----------
        user
            Who asks; only who made it may. None for whoever holds the workspace's folder.

        Raises
        ------
        agent.errors.InputError
            If there is none, or another user made it.
        """
        held = self.get(screen)
        if user is not None and held.made_by != mark_of(user):
            raise InputError(f"{held.name!r} was made by another user, who alone can delete it")
        gone = self.folder / f".gone-{held.id}-{secrets.token_hex(4)}"
        (self.folder / held.id).rename(gone)
        shutil.rmtree(gone, ignore_errors=True)

    def mine(self, screen: OwnScreen, user: str) -> bool:
        """Whether this user made it."""
        return screen.made_by == mark_of(user)


def mark_of(user: str) -> str:
    """What stands for a user in a screen: from it nobody learns the name or key."""
    return hashlib.sha256(f"own screen\n{user}".encode()).hexdigest()[:24]
