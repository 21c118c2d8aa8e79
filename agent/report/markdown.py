"""The brief as Markdown: everything the HTML page says, for repositories, issues and electronic notebooks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.hypotheses.claims import InferenceClaim, LiteratureClaim, MeasuredClaim
from agent.hypotheses.mechanism_check import VERDICT_WORDS
from agent.hypotheses.numbers import show_interval, show_number
from agent.report.depth_markdown import depth_first_screen, depth_markdown
from agent.report.proposal import proposal_markdown
from agent.report.wording import (
    RESEARCH_USE,
    attribution_note,
    best_first,
    direction_words,
    ledger_of,
    missing_by_kind,
    missing_line,
    null_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.hypotheses.claims import Claim
    from agent.hypotheses.ledger import Check, LedgerRow
    from agent.hypotheses.model import RankedHypothesis
    from agent.report.model import GeneRow, HypothesisBrief, Reference

# Characters that Markdown or HTML inside Markdown would read; retrieved text is never trusted.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$])")
_LINES = re.compile(r"\s*\n\s*")
_WWW = re.compile(r"(www)\.", re.IGNORECASE)


def escape(text: str) -> str:
    """Return `text` for Markdown, on one line: no mark-up, entity, web address or mention in it is read as such.

    Line breaks, with the white space around them, become one space; leading and trailing white space is Markdown's to
    drop. All other characters are shown as they are. After each ``@`` stands an empty HTML comment, as GitHub links
    e-mail addresses and mentions after it has decoded entities and backslashes.
    """
    # The ampersand first: the entities that follow are ours.
    text = _LINES.sub(" ", text).replace("&", "&amp;")
    text = _SPECIAL.sub(r"\\\1", text).replace("://", ":&#47;&#47;")
    return _WWW.sub(r"\1&#46;", text).replace("@", "@<!-- -->")


def render_markdown(brief: HypothesisBrief) -> str:
    """Return the brief as Markdown."""
    parts = [
        *_first_screen(brief),
        *_genes(brief),
        *_hypotheses(brief),
        *depth_markdown(brief.depth, brief.screen, brief.unit, escape),
        *_missing(brief),
        *_left_out(brief),
        *_ledger(brief),
        *_sources(brief),
        *_methods(brief),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _first_screen(brief: HypothesisBrief) -> list[str]:
    head = brief.headline
    confidence = f" *({head.confidence})*" if head.confidence else ""
    out = [
        f"# {escape(brief.drug)}: hypothesis brief",
        "",
        f"{escape(brief.screen)}, {brief.n_lines} cell lines, {brief.n_genes:,d} genes; response: "
        f"{escape(brief.unit)}, lower is more sensitive.",
        "",
        f"**{escape(head.sentence.text)}**{confidence}",
        "",
    ]
    for claim in head.grounds:
        out += [_claim(claim), ""]
    if head.caveats:
        out += [f"Not rated higher because: {escape('; '.join(head.caveats))}.", ""]
    out += [" ".join(escape(s.text) for s in brief.scores), ""]
    out += depth_first_screen(brief.depth, escape)
    if brief.language_model is not None:
        out += [f"**Language model:** {escape(brief.language_model.notice)}", ""]
    if brief.not_found:
        out += [f"**Not found:** {escape(missing_line(brief))}", ""]
    provenance = brief.provenance
    return [
        *out,
        f"{RESEARCH_USE} Knowledge snapshot `{provenance.snapshot}`, bundle `{provenance.bundle_digest[:16]}`.",
        "",
    ]


def _genes(brief: HypothesisBrief) -> list[str]:
    out = [
        "## What the data put forward",
        "",
        "| gene | rank (interval) | effect (interval) | direction | Spearman | selected | on record |",
        "|---|---|---|---|---|---|---|",
    ]
    return [*out, *(_gene(row) for row in brief.genes), ""]


def _gene(row: GeneRow) -> str:
    a = row.attribution
    said = VERDICT_WORDS[row.verdict.code]
    best = best_first(row.rows)[:1]
    said += "".join(f": “{escape(r.quote)}” ({r.label}; {_source(r)}){_failed(r.checks)}" for r in best)
    name = escape(a.gene) + (" (ambiguous name)" if row.entity.how == "ambiguous" else "")
    selected = show_number(a.selection_frequency, "%")
    effect, low, high = show_interval(a.effect)
    return (
        f"| {name} | {a.rank} ({a.rank_low}–{a.rank_high}) | {effect} ({low} to {high}) | "
        f"{direction_words(row)} | {_n(a.correlation)} | {selected} % | {said} |"
    )


def _hypotheses(brief: HypothesisBrief) -> list[str]:
    out = ["## Hypotheses", "", brief.ranking_rule, ""]
    if not brief.hypotheses:
        out += ["No hypothesis could be put forward.", ""]
    for hypothesis in brief.hypotheses:
        out += _hypothesis(hypothesis)
    return out


def _hypothesis(hypothesis: RankedHypothesis) -> list[str]:
    draft, place = hypothesis.draft, hypothesis.place
    support, literature = draft.candidate.support, draft.literature
    null = null_words(draft.candidate)
    score, low, high = show_interval(support.score)
    why = f" ({escape('; '.join(support.why))})" if support.why else ""
    out = [
        f"### {hypothesis.id}. {escape(draft.statement.text)}",
        "",
        f"- Place {place.place} (interval {place.place_low} to {place.place_high}).",
        f"- **Data: {support.tier}**{why}; score {score} ({low} to {high}), rank {place.data_rank}; {null}.",
        f"- **Literature: {VERDICT_WORDS[draft.verdict.code]}**; {literature.tier} (tier {literature.score}), rank "
        f"{place.literature_rank}; {literature.supporting} supporting, {literature.contradicting} contradicting, "
        f"{literature.mentioning} mentioning.",
        f"- Novelty: {draft.novelty.code}; {escape(draft.novelty.why)}.",
        "",
    ]
    for title, kind in (("Measured", MeasuredClaim), ("On record", LiteratureClaim), ("Inference", InferenceClaim)):
        claims = [c for c in draft.claims if isinstance(c, kind)]
        if claims:
            out += [f"**{title}**", "", *(f"- {_claim(c)}" for c in claims), ""]
    if hypothesis.proposal is not None:
        out += proposal_markdown(hypothesis.proposal, escape, _source)
    if hypothesis.sheet is not None:
        scale = escape(hypothesis.sheet.scale)
        out += ["**How to test it, and what would kill it**", "", *(f"- {_claim(c)}" for c in hypothesis.test), ""]
        out += [
            f"| lineage | high line | {scale} | response | low line | {scale} | response |",
            "|---|---|---|---|---|---|---|",
        ]
        out += [
            f"| {escape(p.lineage)} | {escape(p.high_line)} | {_n(p.high_expression)} | {_n(p.high_response)} | "
            f"{escape(p.low_line)} | {_n(p.low_expression)} | {_n(p.low_response)} |"
            for p in hypothesis.sheet.pairs
        ]
        out.append("")
    out += [f"- Not rendered: {escape(r.claim_id)} ({escape(r.reason)})." for r in draft.refused]
    return out


def _claim(claim: Claim) -> str:
    if isinstance(claim, LiteratureClaim):
        rows = "".join(
            f" — **{row.label}**, {_source(row)}; {escape(row.why)}; ledger {escape(row.claim_id)}{_failed(row.checks)}"
            for row in claim.rows
        )
        return escape(claim.sentence.text) + rows
    text = escape(claim.sentence.text)
    return (f"*{text}*" if isinstance(claim, InferenceClaim) else text) + _failed(claim.checks)


def _failed(checks: Iterable[Check]) -> str:
    return "".join(f" **Check failed: {escape(c.name)} ({escape(c.detail)}).**" for c in checks if not c.passed)


def _source(row: LedgerRow) -> str:
    link = (
        f"[PMID {row.pmid}](https://pubmed.ncbi.nlm.nih.gov/{row.pmid}/)"
        if row.pmid is not None and row.pmid.isdigit()
        else escape(row.document_id)
    )
    return f"our summary of {link}" if row.is_card else link


def _missing(brief: HypothesisBrief) -> list[str]:
    out = ["## What was not found", ""]
    for title, items in missing_by_kind(brief):
        out += [f"**{title}**", "", *(f"- {escape(item.sentence.text)}" for item in items), ""]
    return out if len(out) > 2 else [*out, "Everything looked for was found.", ""]


def _left_out(brief: HypothesisBrief) -> list[str]:
    out = ["## Candidates left out", ""]
    out += [f"- {escape(x.label)}: {escape(x.reason)}" for x in brief.left_out] or ["None."]
    orders = [f"- {name}: {escape(', '.join(order[:8]))}" for name, order in brief.orders.items()]
    return [*out, "", "What one axis alone would have shown:", "", *orders, ""]


def _ledger(brief: HypothesisBrief) -> list[str]:
    rows = ledger_of(brief)
    out = [
        "## Evidence ledger",
        "",
        "Each quote was compared byte for byte with the span of its document (normalisation: none). A card is our own "
        "summary of the record it names, not a text of the paper.",
        "",
    ]
    if not rows:
        return [*out, "No literature sentence was rendered.", ""]
    out += ["| claim | label | passage | characters | sha256 | checks |", "|---|---|---|---|---|---|"]
    for row in rows:
        checks = f"{len(row.checks)} passed" if row.valid else "**failed**" + _failed(row.checks)
        out.append(
            f"| {escape(row.claim_id)} | {row.label} | {escape(row.passage_id)} | {row.start}–{row.end} | "
            f"`{row.sha256[:12]}` | {checks} |"
        )
    return [*out, ""]


def _sources(brief: HypothesisBrief) -> list[str]:
    return ["## Sources", "", *(_reference(i, r) for i, r in enumerate(brief.references, 1)), ""]


def _reference(number: int, reference: Reference) -> str:
    words = [f"{escape(reference.title.rstrip('.'))}." if reference.title else ""]
    words.append(f"{escape(reference.journal)}." if reference.journal else "")
    words.append(f"{reference.year}." if reference.year is not None else "")
    words.append(f"Our summary ({escape(reference.document_id)})." if reference.is_card else "")
    if reference.pmid is not None and reference.pmid.isdigit():
        words.append(f"[PMID {reference.pmid}]({reference.url})")
    elif not reference.is_card:
        words.append(escape(reference.document_id))
    return f"{number}. " + " ".join(w for w in words if w)


def _methods(brief: HypothesisBrief) -> list[str]:
    p, fit = brief.provenance, brief.fit
    share = show_number(fit.bag_fraction, "%")
    settings = ", ".join(f"{name} = {value}" for name, value in p.settings.items())
    return [
        "## Methods and reproduction",
        "",
        f"- Software: {p.software}",
        f"- Model: {fit.learner}, {fit.n_bags} bags of {share} % of the lines, seed {fit.seed}",
        f"- Attribution: {p.attribution}. {escape(attribution_note(p.attribution))}",
        f"- Bundle: `{p.bundle_key}`, digest `{p.bundle_digest}`",
        f"- Knowledge: snapshot `{p.snapshot}`, {p.n_documents:,d} documents, embedder {escape(p.embedder)}",
        *(f"- Data: {escape(name)} `{digest[:16]}`" for name, digest in p.sources.items()),
        *(f"- Not used: {count} {what}" for what, count in p.unused.items()),
        *(f"- Note on the data: {escape(text)}" for text in p.data_notes),
        *(f"- Template: {name} `{digest[:16]}`" for name, digest in p.templates.items()),
        f"- Versions: {', '.join(f'{name} {value}' for name, value in p.versions.items())}",
        f"- Settings: {escape(settings)}",
    ]


def _n(value: float) -> str:
    return show_number(value, ".2f")
