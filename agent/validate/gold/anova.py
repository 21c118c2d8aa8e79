"""Feature associations of the GDSC ANOVA tables (Iorio et al. 2016, doi:10.1016/j.cell.2016.06.017)."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from agent.validate.gold.alteration import alteration_of, direction_of
from agent.validate.gold.model import GoldSet
from knowledge.errors import InputError
from knowledge.mechanisms.model import KnownMechanism, Relation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MAX_FDR = 0.05
_PMID = "27397505"
_NAMES = {
    "drug": ("drug_name",),
    "feature": ("feature_name", "feature"),
    "delta": ("feature_delta_mean_ic50", "feature_deltamean_ic50"),
    "fdr": ("fdr", "anova_feature_fdr"),
}


def looks_like_anova(path: Path, head: str) -> bool:
    """Whether a file's first line is that of an ANOVA table, of either generation."""
    return _columns(re.split(r"[,\t]", head.strip())) is not None


def read_anova(path: Path) -> GoldSet:
    """Associations of one gene's mutation at FDR below 5 %; segments of many genes are left out.

    The table was computed on the cell lines that the screen's models are trained on: agreement with it is no
    independent evidence.

    Raises
    ------
    knowledge.errors.InputError
        A needed column is missing or holds no number.
    """
    delimiter = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
    facts: list[KnownMechanism] = []
    left_out = 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter=delimiter)
        columns = _columns(reader.fieldnames or [])
        if columns is None:
            raise InputError(
                f"{str(path)!r} is no ANOVA table: needed are a drug name, a feature, the difference of mean "
                "ln IC50 and the FDR"
            )
        for line, row in enumerate(reader, start=2):
            fact = _fact(row, columns, path.name, line)
            if fact is None:
                left_out += 1
            else:
                facts.append(fact)
    notes = (
        f"{left_out} rows at FDR of {MAX_FDR:g} or more, or on segments of several genes, were left out",
        "computed on the screen's own cell lines: no independent evidence",
    )
    return GoldSet(name="anova", source=f"GDSC ANOVA {path.name}", facts=tuple(facts), notes=notes)


def _fact(row: Mapping[str, str], columns: Mapping[str, str], file: str, line: int) -> KnownMechanism | None:
    try:
        delta, fdr = float(row[columns["delta"]]), float(row[columns["fdr"]])
    except ValueError as error:
        raise InputError(f"{file}, line {line}: {error}; expected numbers") from error
    share = fdr / 100 if "%" in columns["fdr"] else fdr
    feature = row[columns["feature"]].strip()
    found = re.fullmatch(r"([A-Za-z0-9-]+)_mut", feature)
    if share >= MAX_FDR or found is None:
        return None
    relation: Relation = "sensitivity" if delta < 0 else "resistance"
    drug = row[columns["drug"]].strip()
    return KnownMechanism(
        id=f"anova:{file}/{line}",
        drug=drug,
        entity=found[1],
        entity_kind="gene",
        relation=relation,
        alteration=alteration_of(feature),
        direction=direction_of(relation, feature),
        context=f"{feature}, pan-cancer or as the table says",
        summary=f"{feature}: {relation} to {drug} (FDR {share:.2g}).",
        level="in vitro",
        source="GDSC ANOVA",
        record_id=f"{file} line {line}",
        pmid=_PMID,
    )


def _columns(header: Iterable[str]) -> dict[str, str] | None:
    given = {name.strip().lower().rstrip("_% ").replace(" ", "_"): name for name in header}
    found = {key: next((given[n] for n in names if n in given), "") for key, names in _NAMES.items()}
    return found if all(found.values()) else None
