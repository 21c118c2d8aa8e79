"""From a validation report to sections; every figure in the words is read from the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.validate import methods
from agent.validate.levels.verdicts import counts
from agent.validate.report.blocks import Section, Table, number, p_words, span
from agent.validate.report.levels import (
    class_sections,
    deep_sections,
    gene_section,
    group_sections,
    hypothesis_sections,
    set_section,
    sign_sections,
)
from agent.validate.report.targets import target_sections

if TYPE_CHECKING:
    from agent.validate.levels.genes import GeneLevel
    from agent.validate.model import ValidationReport

BAR_P = 0.01


def sections(report: ValidationReport) -> tuple[Section, ...]:
    """All sections, in order."""
    found = [
        summary_section(report),
        *(gene_section(level, first=i == 0) for i, level in enumerate(report.genes)),
        *sign_sections(report),
        *group_sections(report),
        *(set_section(level) for level in report.sets),
        *deep_sections(report),
        *class_sections(report),
        *hypothesis_sections(report),
        *target_sections(report),
        _drug_section(report),
        _made_of(report),
    ]
    return tuple(s for s in found if s.paragraphs or s.tables)


def summary_section(report: ValidationReport) -> Section:
    """The one page: coverage, the bar, sign, classes, why targets are missed."""
    return Section(
        title="In short",
        paragraphs=tuple(summary_lines(report, bars=False)),
        tables=tuple(table for level in _bar_levels(report) if (table := _bar_table(level)) is not None),
    )


def summary_lines(report: ValidationReport, *, bars: bool = True) -> list[str]:
    """Sentences of the summary; `bars`: which baselines are beaten too, which the page holds as tables."""
    c = report.coverage
    lines = [
        f"{c.finished_with_target} of {c.with_target} drugs with a measured target are in the figures "
        f"({c.finished} of {c.asked} asked for; {c.waiting} wait, {len(c.refused)} were refused; "
        f"{len(c.without_target)} of those asked for have no measured target and are in no target figure)."
    ]
    for gene in _bar_levels(report):
        lines += _bar_lines(gene)[: None if bars else 1]
    for sign in report.signs:
        row = sign.rows[0]
        lines.append(
            f"Sign, {sign.title}: {row.agree} of {row.n_pairs} pairs point the stated way "
            f"({row.low:.0%} to {row.high:.0%}; {row.expected:.1f} expected of random genes, p {p_words(row.p)})."
        )
    for level in report.classes:
        best = {r.similarity: r.map.value for r in level.rows}
        said = ", ".join(f"{name} {value:.3f}" for name, value in best.items())
        lines.append(
            f"Retrieval of drugs of one {level.title} (mean average precision, {level.n_queries} drugs): {said}."
        )
    for brief in report.hypotheses[:1]:
        order = brief.rows[0]
        lines.append(
            f"Briefs, {brief.title}: a known gene is among the first three hypotheses of {order.hits[3]} of "
            f"{brief.n_drugs} drugs ({brief.expected[3]:.2f} by chance); {len(brief.called_new)} of {brief.n_known} "
            f"known pairs shown are called new."
        )
    if report.targets:
        said = ", ".join(f"{why} {n}" for why, n in counts(report.targets).items() if n)
        lines.append(f"Targets one by one ({len(report.targets)}): {said}.")
    return lines


def _bar_levels(report: ValidationReport) -> list[GeneLevel]:
    """Gene levels that the bar is set for: all finished drugs, and the paper's."""
    more = [g for g in report.genes[1:2] if "paper" in g.title and "but" not in g.title]
    return [*report.genes[:1], *more]


def _bar_table(level: GeneLevel) -> Table | None:
    """Our ranking against each baseline, both measures of the bar in one row."""
    rows = []
    for other in dict.fromkeys(c.second for c in level.comparisons):
        of = {c.measure: c for c in level.comparisons if c.second == other}
        beaten = all(c.p < BAR_P and c.difference.value > 0 for c in of.values())
        cells = [
            w for c in of.values() for w in (span(c.difference, 3, signed=True), p_words(c.p), p_words(c.p_families))
        ]
        rows.append((other, str(max(c.n_drugs for c in of.values())), *cells, "yes" if beaten else "no"))
    if not rows:
        return None
    measures = list(dict.fromkeys(c.measure for c in level.comparisons))
    return Table(
        caption=f"{_capital(level.title)}: ours against each baseline; paired bootstrap over drugs, and over families "
        f"of drugs that share a target; beaten: ahead on both at p < {BAR_P:g} over drugs",
        columns=("against", "drugs", *(w for m in measures for w in (f"{m}, difference", "p", "p families")), "beaten"),
        rows=tuple(rows),
        numeric=frozenset(range(1, 2 + 3 * len(measures))),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _bar_lines(level: GeneLevel) -> list[str]:
    """Which baselines are beaten at p < 0.01 on both measures, and which are not."""
    rows = {r.method: r for r in level.rows}
    own = rows.get(methods.CONSENSUS)
    if own is None:
        return []
    lines = [
        f"{_capital(level.title)} ({own.n_drugs} drugs): consensus MRR {own.mrr.value:.3f} ({own.mrr.low:.3f} to "
        f"{own.mrr.high:.3f}; chance {level.chance_mrr:.4f}), a target among the first 50 of {level.n_genes:,} genes "
        f"for {own.hits[50]} drugs ({level.chance_hits[50]:.2f} expected by chance, p {p_words(own.p_hits)})."
    ]
    passed: list[str] = []
    failed: list[str] = []
    for other in dict.fromkeys(c.second for c in level.comparisons):
        of = [c for c in level.comparisons if c.second == other]
        words = (
            f"{other} ("
            + ", ".join(
                f"{c.measure} {c.difference.value:+.3f}, p {p_words(c.p)}, families {p_words(c.p_families)}" for c in of
            )
            + ")"
        )
        (passed if all(c.p < BAR_P and c.difference.value > 0 for c in of) else failed).append(words)
    if passed:
        lines.append(f"Better at p < {BAR_P:g} on both MRR and hits@50: {'; '.join(passed)}.")
    if failed:
        lines.append(f"Not better at p < {BAR_P:g} on both: {'; '.join(failed)}.")
    return lines


def _drug_section(report: ValidationReport) -> Section:
    c = report.coverage
    rows = [(r.drug, r.reason) for r in (*c.refused, *c.without_target)]
    if not rows:
        return Section(title="Drugs that are not in the target figures")
    return Section(
        title="Drugs that are not in the target figures",
        tables=(Table(caption="Every one, with the reason", columns=("drug", "reason"), rows=tuple(rows)),),
        folded=True,
    )


def _made_of(report: ValidationReport) -> Section:
    gold = Table(
        caption="Gold standards",
        columns=("name", "source", "facts", "positives", "with PMID", "drugs of the screen", "notes"),
        rows=tuple(
            (
                g.name,
                g.source,
                str(g.n_facts),
                str(g.n_positive),
                str(g.n_with_pmid),
                str(g.n_drugs),
                "; ".join(g.notes) or "-",
            )
            for g in report.gold
        ),
        numeric=frozenset(range(2, 6)),
    )
    ranked = Table(caption="Rankings", columns=("name", "what it is"), rows=tuple(report.methods.items()))
    cost = Table(
        caption="Median CPU seconds a drug",
        columns=("step", "seconds"),
        rows=tuple((k, number(v)) for k, v in report.seconds.items()),
    )
    settings = ", ".join(f"{k} {v}" for k, v in report.settings.items())
    words = [
        f"Screen {report.screen}, response {report.kind}; running order drawn with seed {report.order_seed}; results "
        f"{report.key}. A larger MRR, AUROC or MAP is better.",
        f"Settings: {settings}.",
        "Versions: " + ", ".join(f"{k} {v}" for k, v in report.versions.items()) + ".",
        "Data: " + ", ".join(f"{k} {v[:12]}" for k, v in report.files.items()) + ".",
        *(f"Not run: {m}." for m in report.missing),
    ]
    return Section(title="What this was made of", paragraphs=tuple(words), tables=(gold, ranked, cost))
