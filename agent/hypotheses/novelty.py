"""Novelty of a drug and its gene or genes: what of them is on record, and since when, by stated years alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.hypotheses.ledger import LedgerRow

NoveltyCode = Literal["on record", "mentioned", "not found", "not covered", "retracted"]
# Years listed one by one; earlier ones are summed.
YEARS_SHOWN = 6


class CoMentions(Record):
    """Documents of the snapshot that name the drug and the gene (or all genes) in one passage.

    Attributes
    ----------
    by_year
        ``(year, documents)``, ascending; years as their sources state them, never guessed.
    undated
        Documents whose source states no year.
    """

    by_year: tuple[tuple[int, int], ...] = ()
    undated: int = 0

    @property
    def dated(self) -> int:
        """Documents with a stated year."""
        return sum(count for _, count in self.by_year)

    @property
    def total(self) -> int:
        """All documents."""
        return self.dated + self.undated

    @property
    def first_year(self) -> int | None:
        """Year of the first dated co-mention; None where none is dated."""
        return self.by_year[0][0] if self.by_year else None


class Novelty(Record):
    """How new a finding is to the snapshot at hand, which is not the same as new to science.

    Attributes
    ----------
    code
        ``on record``: a curated record of the pair; ``mentioned``: passages name all of it; ``not found``: neither,
        while the drug is covered; ``not covered``: the snapshot knows nothing of the drug; ``retracted``: all that is
        there was retracted.
    first_year
        Earliest stated publication year among what passed its checks and among `co_mentions`; None where none is
        stated.
    co_mentions
        All documents of the snapshot that name drug and gene in one passage.
    why
        The reason in words, years included; says "no dated record" where there is none.
    """

    code: NoveltyCode
    first_year: int | None
    co_mentions: CoMentions = CoMentions()
    why: str


def count_years(years: Iterable[int | None]) -> CoMentions:
    """Count documents by stated year; None counts as undated."""
    found = Counter(years)
    undated = found.pop(None, 0)
    return CoMentions(by_year=tuple(sorted((y, n) for y, n in found.items() if y is not None)), undated=undated)


def judge_novelty(
    rows: Iterable[LedgerRow],
    years: Iterable[int | None],
    *,
    n_records: int,
    drug_covered: bool,
    co_mentions: CoMentions | None = None,
) -> Novelty:
    """Judge from what passed its checks, and from the dated co-mentions of the whole snapshot.

    Parameters
    ----------
    rows, years
        Ledger rows and, one a row, the year of its source; rows with a failed check count for nothing.
    n_records
        Curated records of the pair with a valid row.
    co_mentions
        None takes it as if there were none.
    """
    together = co_mentions if co_mentions is not None else CoMentions()
    paired = list(zip(rows, years, strict=True))
    kept = [year for row, year in paired if row.valid]
    n_rows, n_failed = len(kept), len(paired) - len(kept)
    stated = [year for year in (*kept, together.first_year) if year is not None]
    first = min(stated, default=None)
    code, words = _found(n_records, n_rows, together, [row for row, _ in paired], drug_covered=drug_covered)
    reasons = [words, *_dates(first, together)] if code in ("on record", "mentioned") else [words]
    if n_failed:
        reasons.append(f"{n_failed} more failed a check and count for nothing")
    return Novelty(code=code, first_year=first, co_mentions=together, why="; ".join(reasons))


def _found(
    n_records: int, n_rows: int, together: CoMentions, rows: list[LedgerRow], *, drug_covered: bool
) -> tuple[NoveltyCode, str]:
    if n_records:
        return "on record", f"{n_records} curated record(s) of it with the drug"
    if n_rows or together.total:
        return "mentioned", f"sources that name it with the drug: {max(n_rows, together.total)}"
    if rows and all(row.retracted for row in rows):
        return "retracted", "what is on record was retracted"
    if drug_covered:
        return "not found", "the snapshot covers the drug but not this"
    return "not covered", "the snapshot holds nothing on this drug"


def _dates(first: int | None, together: CoMentions) -> list[str]:
    """First year and count by year, as stated; "no dated record" where none is."""
    if first is None:
        return ["no dated record"]
    said = [f"earliest dated source {first}"]
    if together.by_year:
        counts = ", ".join(f"{year}: {count}" for year, count in together.by_year[-YEARS_SHOWN:])
        before = sum(count for _, count in together.by_year[:-YEARS_SHOWN])
        said.append(f"documents by year {f'earlier: {before}, ' if before else ''}{counts}")
    if together.undated:
        said.append(f"{together.undated} without a year")
    return said
