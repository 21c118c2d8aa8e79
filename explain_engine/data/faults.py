"""The one shape every refusal of a table has: what is wrong, where, and the next step."""

from __future__ import annotations

from explain_engine.errors import InputError


class TableError(InputError):
    """A table that cannot be used as given.

    Parameters
    ----------
    what
        What is wrong, one clause.
    where
        The names or cells concerned; empty where it is the whole table.
    next_step
        What the user can do about it.
    """

    def __init__(self, what: str, *, next_step: str, where: str = "") -> None:
        super().__init__(what + (f": {where}" if where else "") + f"; {next_step}")
        self.what = what
        self.where = where
        self.next_step = next_step
