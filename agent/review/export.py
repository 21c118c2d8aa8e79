"""Reviewed hypotheses as JSON, CSV, RIS or a brief in Markdown; decoys never leave."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Literal, get_args

from sqlalchemy import select

from agent.database.session import reading
from agent.database.tables import ItemRow
from agent.errors import InputError
from agent.report.wording import RESEARCH_USE
from agent.review.queue import plain_item
from agent.review.rows import decisions_of, versions_of
from knowledge.cite.model import Citation
from knowledge.cite.write import to_ris

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Engine

    from agent.review.content import Source
    from agent.review.model import ReviewItem, Status

Format = Literal["json", "csv", "ris", "brief"]
EXPORT_SCHEMA = 1
COLUMNS = (
    "id",
    "drug",
    "screen",
    "kind",
    "label",
    "statement",
    "wording",
    "status",
    "reviewer",
    "reason",
    "note",
    "decided",
    "decisions",
    "tier",
    "data_score",
    "score_low",
    "score_high",
    "null_q",
    "literature",
    "mechanism",
    "novelty",
    "brief",
    "bundle",
)
# What a spreadsheet takes for the beginning of a formula; full-width signs are read alike by some.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


def export_items(
    engine: Engine, form: Format, *, status: Status | None = None, drug: str | None = None
) -> tuple[ReviewItem, ...]:
    """Drafted hypotheses with their whole history, oldest first.

    Raises
    ------
    InputError
        If the format is unknown, or a brief or RIS of others than accepted hypotheses is asked for.
    """
    if form not in get_args(Format):
        raise InputError(f"format {form!r}: give one of {', '.join(get_args(Format))}")
    if form in ("ris", "brief"):
        if status not in (None, "accepted"):
            raise InputError(f"{form!r} holds accepted hypotheses only; export {status!r} ones as json or csv")
        status = "accepted"
    wanted = select(ItemRow).where(ItemRow.origin == "drafted").order_by(ItemRow.added)
    with reading(engine) as session:
        rows = [
            row
            for row in session.scalars(wanted)
            if (status is None or row.status == status) and (drug is None or row.drug.casefold() == drug.casefold())
        ]
        ids = [row.id for row in rows]
        versions, decisions = versions_of(session, ids), decisions_of(session, ids)
        return tuple(plain_item(row, versions[row.id], decisions.get(row.id, [])) for row in rows)


def render(form: Format, items: Sequence[ReviewItem]) -> str:
    """The text of an export."""
    if form == "json":
        return as_json(items)
    if form == "csv":
        return as_csv(items)
    if form == "ris":
        return as_ris(items)
    from agent.review.markdown import as_markdown

    return as_markdown(items)


def as_json(items: Sequence[ReviewItem]) -> str:
    """Everything: content, wordings, decisions."""
    body = {
        "schema_version": EXPORT_SCHEMA,
        "notice": RESEARCH_USE,
        "items": [item.model_dump(mode="json", exclude={"same_pair"}) for item in items],
    }
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"


def as_csv(items: Sequence[ReviewItem]) -> str:
    """One row a hypothesis with its last open decision; no cell of text begins as a formula does."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for item in items:
        writer.writerow([_cell(value) for value in _row(item)])
    return out.getvalue()


def _row(found: ReviewItem) -> tuple[str | int | float | None, ...]:
    item, rating = found.item, found.content.rating
    opened = [d for d in found.decisions if d.view == "open"]
    last = opened[-1] if opened else None
    return (
        item.id,
        item.drug,
        item.screen,
        item.kind,
        item.label,
        item.statement,
        "drafted and checked" if item.checked else f"own words of {found.versions[-1].author}, not checked",
        item.status,
        last.reviewer if last else None,
        last.reason if last else None,
        last.note if last else None,
        last.created.isoformat(timespec="seconds") if last else None,
        len(opened),
        rating.tier if rating else None,
        rating.score.estimate if rating else None,
        rating.score.low if rating else None,
        rating.score.high if rating else None,
        rating.q if rating else None,
        rating.literature if rating else None,
        item.verdict,
        item.novelty,
        item.brief,
        item.bundle,
    )


def _cell(value: str | int | float | None) -> str:
    """Text of a cell: numbers as they are, text that a spreadsheet would run after an apostrophe."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    return f"'{value}" if _FORMULA.match(value) else value


def as_ris(items: Sequence[ReviewItem]) -> str:
    """The sources that the hypotheses' quotes are from, each once."""
    distinct: dict[str, Source] = {}
    for source in (source for item in items for source in item.content.sources):
        key = source.pmid or source.doi or source.document
        held = distinct.get(key)
        # The paper's own record says more of the paper than our card of it.
        if held is None or (held.is_card and not source.is_card):
            distinct[key] = source
    return to_ris(_citation(source) for source in distinct.values())


def _citation(source: Source) -> Citation:
    url = f"https://pubmed.ncbi.nlm.nih.gov/{source.pmid}/" if source.pmid is not None else None
    return Citation(
        key=re.sub(r"[^A-Za-z0-9]+", "-", source.document).strip("-") or "record",
        title=source.title or f"{source.source}, record {source.document}",
        year=source.year,
        journal=source.journal,
        doi=source.doi,
        pmid=source.pmid,
        url=url if url is not None or source.doi is None else f"https://doi.org/{source.doi}",
        note="cited through a summary written for oncobrief; not a quotation" if source.is_card else None,
    )
