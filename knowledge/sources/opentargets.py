"""Open Targets Platform: mechanisms of action of a drug, by ChEMBL id or name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from knowledge.errors import InputError, SourceError
from knowledge.mechanisms.model import KnownMechanism
from knowledge.sources.http import Fetcher
from knowledge.sources.model import Refusal, SourceBatch

BASE = "https://api.platform.opentargets.org/api/v4/graphql"
_SEARCH = """query Find($name: String!) {
  search(queryString: $name, entityNames: ["drug"], page: {index: 0, size: 5}) { hits { id name entity } }
}"""
_MECHANISMS = """query Mechanisms($id: String!) {
  drug(chemblId: $id) {
    id name synonyms tradeNames
    mechanismsOfAction {
      rows { mechanismOfAction actionType targetName targets { id approvedSymbol } references { source ids urls } }
    }
  }
}"""
_PMID = re.compile(r"\d{1,9}")


@dataclass(frozen=True)
class OpenTargets:
    """The GraphQL service.

    Attributes
    ----------
    fetcher
        How it is asked.
    base
        Address of the service or of a mirror.
    """

    fetcher: Fetcher
    base: str = BASE

    def _ask(self, query: str, variables: dict[str, str], field: str) -> Any:
        answer = self.fetcher.json(self.base, body={"query": query, "variables": variables})
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict) or field not in data:
            raise SourceError(f"Open Targets answered without {field!r}: {str(answer)[:120]}")
        return data[field]

    def find(self, name: str) -> str:
        """ChEMBL id of the drug with exactly this name.

        Raises
        ------
        InputError
            No drug of that name; near matches are listed.
        """
        hits = (self._ask(_SEARCH, {"name": name}, "search") or {}).get("hits") or []
        exact = [hit["id"] for hit in hits if str(hit.get("name", "")).lower() == name.lower()]
        if not exact:
            near = ", ".join(f"{hit.get('name')} ({hit.get('id')})" for hit in hits) or "none"
            raise InputError(f"Open Targets has no drug named {name!r}; near matches: {near}")
        return str(exact[0])

    def mechanisms(self, drug: str) -> SourceBatch:
        """Targets of a drug given by ChEMBL id or name, one record for each target of each mechanism."""
        chembl = drug if re.fullmatch(r"CHEMBL\d+", drug) else self.find(drug)
        answer = self._ask(_MECHANISMS, {"id": chembl}, "drug")
        if not answer:
            raise InputError(f"Open Targets has no drug {chembl!r}")
        name = drug if drug != chembl else str(answer.get("name") or chembl).capitalize()
        records: dict[str, KnownMechanism] = {}
        refused = []
        for row in (answer.get("mechanismsOfAction") or {}).get("rows") or []:
            pmids = [
                str(number)
                for reference in row.get("references") or []
                if str(reference.get("source", "")).lower() == "pubmed"
                for number in reference.get("ids") or []
                if _PMID.fullmatch(str(number))
            ]
            targets = row.get("targets") or []
            if not targets:
                where = f"{chembl} {row.get('mechanismOfAction')!r}"
                refused.append(Refusal(where=where, reason=f"no gene for the target {row.get('targetName')!r}"))
            for target in targets:
                symbol = str(target.get("approvedSymbol") or "")
                action = str(row.get("mechanismOfAction") or row.get("actionType") or "acts on it")
                own = f"opentargets:{chembl}-{symbol}"
                records[own] = KnownMechanism(
                    id=own,
                    drug=name,
                    entity=symbol,
                    entity_kind="gene",
                    relation="target",
                    alteration="none",
                    direction="not_stated",
                    context="mechanism of action",
                    summary=f"{name}: {action}.",
                    level="curated",
                    source="Open Targets",
                    record_id=f"chembl:{chembl}",
                    pmid=pmids[0] if pmids else None,
                )
        return SourceBatch(
            mechanisms=tuple(records.values()), refused=tuple(refused), notes=("Open Targets Platform, CC0-1.0",)
        )
