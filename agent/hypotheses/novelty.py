"""Novelty of a drug-gene pair: what of it is on record, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.hypotheses.ledger import LedgerRow

NoveltyCode = Literal["on record", "mentioned", "not found", "not covered"]


class Novelty(Record):
    """How new a pair is to the snapshot at hand, which is not the same as new to science.

    Attributes
    ----------
    code
        ``on record``: a curated record of the pair; ``mentioned``: passages name both; ``not found``: neither, while
        the drug is covered; ``not covered``: the snapshot knows nothing of the drug.
    first_year
        Earliest stated publication year among the sources; None where none states it.
    why
        The reason in words.
    """

    code: NoveltyCode
    first_year: int | None
    why: str


def judge_novelty(
    rows: Iterable[LedgerRow], years: Iterable[int | None], *, n_records: int, drug_covered: bool
) -> Novelty:
    """Judge from what passed its checks.

    Parameters
    ----------
    rows, years
        Ledger rows and, one a row, the year of its source; rows with a failed check count for nothing.
    n_records
        Curated records of the pair with a valid row.
    """
    paired = list(zip(rows, years, strict=True))
    kept = [year for row, year in paired if row.valid]
    n_rows, n_failed = len(kept), len(paired) - len(kept)
    first = min((year for year in kept if year is not None), default=None)
    aside = f"; {n_failed} more failed a check and count for nothing" if n_failed else ""
    since = f", earliest dated source {first}" if first is not None else ", no source states its year"
    failed = f"; {n_failed} passage(s) failed a check and count for nothing" if n_failed else ""
    if n_records:
        return Novelty(
            code="on record", first_year=first, why=f"{n_records} curated record(s) of the pair{since}{aside}"
        )
    if n_rows:
        return Novelty(code="mentioned", first_year=first, why=f"{n_rows} passage(s) name both{since}{aside}")
    if drug_covered:
        return Novelty(code="not found", first_year=None, why=f"the snapshot covers the drug but not this pair{failed}")
    return Novelty(code="not covered", first_year=None, why=f"the snapshot holds nothing on this drug{failed}")
