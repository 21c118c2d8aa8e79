"""Which entities each passage names: found once at indexing, read by filters, expansion and hits."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import StoreError
from knowledge.ids.model import EntityKind

Tag = tuple[EntityKind, str]
Rows = NDArray[np.int64]


class Annotations:
    """Entities of passages, both ways.

    Parameters
    ----------
    tags
        For each passage the entities it names, ``(kind, preferred name)``.
    """

    def __init__(self, tags: Sequence[tuple[Tag, ...]]) -> None:
        self.tags = list(tags)
        rows: dict[Tag, list[int]] = defaultdict(list)
        for row, found in enumerate(tags):
            for tag in found:
                rows[tag].append(row)
        self._rows = {tag: np.array(places, dtype=np.int64) for tag, places in rows.items()}
        self._spellings: dict[Tag, list[str]] = defaultdict(list)
        for kind, name in sorted(self._rows):
            self._spellings[kind, name.lower()].append(name)

    def rows(self, tag: Tag) -> Rows:
        """Passages that name the entity, ascending."""
        return self._rows.get(tag, np.empty(0, dtype=np.int64))

    def names(self, row: int, kind: EntityKind) -> tuple[str, ...]:
        """Entities of one kind that a passage names, in order of first mention."""
        return tuple(name for found, name in self.tags[row] if found == kind)

    def known(self, kind: EntityKind) -> list[str]:
        """Preferred names of all entities of one kind that any passage names, sorted."""
        return sorted(name for found, name in self._rows if found == kind)

    def spelt(self, kind: EntityKind, name: str) -> tuple[str, ...]:
        """Preferred names among `known` that are `name` in capitals or small letters, sorted."""
        return tuple(self._spellings.get((kind, name.lower()), ()))

    def counts(self, kind: EntityKind) -> dict[str, int]:
        """Passages for each entity of one kind."""
        return {name: len(rows) for (found, name), rows in self._rows.items() if found == kind}

    def save(self, path: Path) -> None:
        """Write to `path` as JSON lines, one a passage."""
        path.write_text("".join(json.dumps(tags, ensure_ascii=False) + "\n" for tags in self.tags), encoding="utf-8")

    @classmethod
    def load(cls, path: Path, size: int) -> Annotations:
        """Read annotations of `size` passages.

        Raises
        ------
        StoreError
            The file is missing, damaged or of another size.
        """
        try:
            with path.open(encoding="utf-8") as file:
                tags = [tuple((kind, name) for kind, name in json.loads(line)) for line in file]
        except (OSError, ValueError, TypeError) as error:
            raise StoreError(f"the annotations {str(path)!r} cannot be read: {error}") from error
        if len(tags) != size:
            raise StoreError(f"the annotations cover {len(tags)} passages, the snapshot {size}")
        return cls(tags)


def entity_terms(tags: Iterable[Tag]) -> list[str]:
    """Index terms that stand for entities, whatever synonym the text uses; no word of a text looks like them."""
    return [f"@{kind}:{name.lower()}" for kind, name in tags]
