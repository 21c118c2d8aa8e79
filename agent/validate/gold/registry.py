"""The gold standards in one table. A new one is one file and one line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.validate.gold.anova import looks_like_anova, read_anova
from agent.validate.gold.cgi import looks_like_cgi, read_cgi
from agent.validate.gold.civic import looks_like_civic, read_civic
from agent.validate.gold.moalmanac import looks_like_moalmanac, read_moalmanac
from agent.validate.gold.model import GoldSet
from agent.validate.gold.reference import FILE, reference_biomarkers, reference_targets
from agent.validate.gold.shipped import shipped_cards, shipped_targets
from agent.validate.gold.table import looks_like_table, read_table
from knowledge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


@dataclass(frozen=True)
class FilePlugin:
    """A gold standard that the user brings as a file.

    Attributes
    ----------
    name
        Name of the format, which may be written before the path: ``civic:export.tsv``.
    accepts
        Whether a file (path and first line) looks like the format.
    read
        The reader.
    """

    name: str
    accepts: Callable[[Path, str], bool]
    read: Callable[[Path], GoldSet]


# In this order a file without a named format is offered to them.
FILE_PLUGINS: tuple[FilePlugin, ...] = (
    FilePlugin("civic", looks_like_civic, read_civic),
    FilePlugin("cgi", looks_like_cgi, read_cgi),
    FilePlugin("anova", looks_like_anova, read_anova),
    FilePlugin("moalmanac", looks_like_moalmanac, read_moalmanac),
    FilePlugin("table", looks_like_table, read_table),
)


def read_gold_file(given: str) -> GoldSet:
    """Read one file, by the format named before a colon or by what it looks like.

    Raises
    ------
    InputError
        There is no such file, or it looks like none of the formats; the message lists them.
    """
    from pathlib import Path

    named = next((p for p in FILE_PLUGINS if given.startswith(f"{p.name}:")), None)
    path = Path(given[len(named.name) + 1 :] if named is not None else given)
    if not path.is_file():
        raise InputError(f"there is no file {str(path)!r}")
    if named is not None:
        return named.read(path)
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.readline()
    for plugin in FILE_PLUGINS:
        if plugin.accepts(path, head):
            return plugin.read(path)
    names = ", ".join(p.name for p in FILE_PLUGINS)
    raise InputError(f"{str(path)!r} looks like none of {names}; name the format before it, as in table:{path.name}")


def load_gold(files: Iterable[str] = (), reference: Path | None = None) -> tuple[GoldSet, ...]:
    """All gold standards at hand: what is shipped, the reference folder's where there is one, the user's files.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    sets = [shipped_targets(), shipped_cards()]
    if reference is not None and (reference / FILE).is_file():
        sets.append(reference_targets(reference))
        sets += [reference_biomarkers(reference, name) for name in ("civic", "moalmanac", "cgi", "iorio")]
    sets += [read_gold_file(given) for given in files]
    names = [s.name for s in sets]
    # Two files of one format keep both: the later one is numbered.
    return tuple(
        s if names[:i].count(s.name) == 0 else s.model_copy(update={"name": f"{s.name} {names[:i].count(s.name) + 1}"})
        for i, s in enumerate(sets)
    )
