"""A table of entities of one kind, asked by any of their names."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping

from knowledge.ids.model import Entity, EntityKind, MappingReport, NameStatus, Resolution, name_key


class NameTable:
    """Entities by preferred name, former name and synonym.

    Parameters
    ----------
    kind
        Kind of all the entities.
    entities
        With their synonyms.
    previous
        Former names: name to preferred names.
    usual
        Name key to the one preferred name that is usually meant, for ambiguous names.
    """

    def __init__(
        self,
        kind: EntityKind,
        entities: Iterable[Entity],
        previous: Mapping[str, Iterable[str]] | None = None,
        usual: Mapping[str, str] | None = None,
    ) -> None:
        self.kind = kind
        self.entities = {entity.name: entity for entity in entities}
        self._usual = dict(usual or {})
        self._by_key: dict[str, set[str]] = defaultdict(set)
        self._preferred: dict[str, set[str]] = defaultdict(set)
        self._former: dict[str, set[str]] = defaultdict(set)
        self._by_curie: dict[str, str] = {}
        for entity in self.entities.values():
            self._preferred[name_key(entity.name)].add(entity.name)
            for name in entity.synonyms:
                self._by_key[name_key(name)].add(entity.name)
            for curie in (entity.curie, *entity.xrefs):
                self._by_curie[curie.lower()] = entity.name
        for name, owners in (previous or {}).items():
            self._former[name_key(name)].update(owner for owner in owners if owner in self.entities)

    def __len__(self) -> int:
        return len(self.entities)

    def resolve(self, name: str, *, suggest: bool = True) -> Resolution:
        """What `name` stands for: a CURIE, a preferred name, a synonym or a former name, in this order.

        Case, hyphens and blanks do not matter, except that a preferred name written exactly wins. Two former names or
        synonyms that point to different entities make the name ambiguous. An unknown name comes with the preferred
        names near it, unless `suggest` is off: looking for them takes longer than all the rest.
        """
        key = name_key(name)
        if (owner := self._by_curie.get(name.strip().lower())) is not None:
            return self._one(name, owner, "approved")
        if name.strip() in self.entities:
            return self._one(name, name.strip(), "approved")
        if not key:
            return Resolution(query=name, status="unknown", entity=None)
        preferred = self._preferred.get(key, set())
        if len(preferred) == 1:
            return self._one(name, next(iter(preferred)), "approved")
        former, others = self._former.get(key, set()), self._by_key.get(key, set())
        owners = preferred | former | others
        if not owners:
            candidates = self._near(key) if suggest else ()
            return Resolution(query=name, status="unknown", entity=None, candidates=candidates)
        if len(owners) == 1:
            return self._one(name, next(iter(owners)), "previous" if former else "alias")
        usual = self._usual.get(key)
        return Resolution(query=name, status="ambiguous", entity=None, candidates=tuple(sorted(owners)), usual=usual)

    def _one(self, query: str, owner: str, status: NameStatus) -> Resolution:
        return Resolution(query=query, status=status, entity=self.entities[owner])

    def _near(self, key: str) -> tuple[str, ...]:
        if len(key) < 4:
            return ()
        close = difflib.get_close_matches(key, list(self._preferred), n=3, cutoff=0.8)
        return tuple(sorted({owner for match in close for owner in self._preferred[match]}))

    def map(self, names: Iterable[str]) -> MappingReport:
        """Resolve many names; every one ends up in exactly one of the three lists."""
        mapped: dict[str, str] = {}
        ambiguous: dict[str, tuple[str, ...]] = {}
        unmapped: dict[str, None] = {}
        for name in dict.fromkeys(names):
            found = self.resolve(name)
            if found.entity is not None:
                mapped[name] = found.entity.name
            elif found.status == "ambiguous":
                ambiguous[name] = found.candidates
            else:
                unmapped[name] = None
        return MappingReport(mapped=mapped, ambiguous=ambiguous, unmapped=tuple(unmapped))
