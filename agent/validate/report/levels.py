"""Sections of the levels: tables and figures out of the report's numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.validate import methods
from agent.validate.ranks import CUTS
from agent.validate.report.blocks import Section, Table, number, p_words, rank_words, span
from agent.validate.report.figures import curve_figure, interval_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.report.figures import Figure
    from agent.validate.compare import Comparison
    from agent.validate.levels.genes import GeneLevel
    from agent.validate.levels.sets import SetLevel
    from agent.validate.model import ValidationReport


def gene_section(level: GeneLevel, *, first: bool) -> Section:
    """Sections of this level."""
    rows = [
        (
            r.method,
            str(r.n_drugs),
            span(r.mrr, 3),
            *(str(r.hits[k]) for k in CUTS),
            span(r.auroc, 2),
            rank_words(r.median_rank),
            p_words(r.p_mrr),
            p_words(r.p_hits),
        )
        for r in level.rows
    ]
    chance = (
        methods.CHANCE,
        str(len(level.drugs)),
        f"{level.chance_mrr:.4f}",
        *(f"{level.chance_hits[k]:.2f}" for k in CUTS),
        "0.50",
        "-",
        "-",
        "-",
    )
    table = Table(
        caption=f"{len(level.drugs)} drugs, {level.n_genes:,} genes; rank of the best wanted gene, equal scores "
        "sharing their mean rank; p against genes drawn at random (MRR by Monte Carlo, hits@50 exact)",
        columns=(
            "ranking",
            "drugs",
            "MRR (95 %)",
            *(f"hits@{k}" for k in CUTS),
            "AUROC (95 %)",
            "median rank",
            "p MRR",
            "p hits@50",
        ),
        rows=(*rows, chance),
        numeric=frozenset(range(1, 11)),
    )
    figures: list[Figure | None] = []
    if first:
        figures = [
            interval_figure(
                "Mean reciprocal rank of the best target",
                "MRR",
                [(r.method, r.mrr) for r in level.rows],
                level.chance_mrr,
            ),
            curve_figure(
                "Share of drugs whose best target stands at this rank or above",
                {r.method: [d.ranks[r.method] for d in level.drugs if r.method in d.ranks] for r in level.rows},
                level.n_genes,
                methods.CONSENSUS,
            ),
        ]
    return Section(
        title=f"Genes: {level.title}",
        figures=tuple(f for f in figures if f is not None),
        tables=(table, *((_comparison_table(level.comparisons),) if level.comparisons else ())),
    )


def _comparison_table(comparisons: Sequence[Comparison], draw: str = "drugs that share a target") -> Table:
    """One row a comparison; the ranking compared is named where there is more than one of ours."""
    several = len({c.first for c in comparisons}) > 1
    names = ("measure", *(("ours",) if several else ()), "against")
    return Table(
        caption=f"Paired bootstrap over drugs, two-sided; families: {draw} drawn together; Holm over all rows of this "
        "table",
        columns=(*names, "drugs", "families", "difference (95 %)", "p", "p families", "p Holm"),
        rows=tuple(
            (
                c.measure,
                *((c.first,) if several else ()),
                c.second,
                str(c.n_drugs),
                str(c.n_families),
                span(c.difference, 3, signed=True),
                p_words(c.p),
                p_words(c.p_families),
                p_words(c.p_holm),
            )
            for c in comparisons
        ),
        numeric=frozenset(range(len(names), len(names) + 6)),
    )


def sign_sections(report: ValidationReport) -> list[Section]:
    """Sign agreement, and every pair."""
    out = []
    for level in report.signs:
        table = Table(
            caption="Pairs whose record states what a higher level does (expression, amplification, loss)",
            columns=("ranking", "pairs", "agree", "95 % (exact)", "expected of random genes", "p (exact)"),
            rows=tuple(
                (
                    r.method,
                    str(r.n_pairs),
                    str(r.agree),
                    f"{r.low:.0%} to {r.high:.0%}",
                    number(r.expected, 1),
                    p_words(r.p),
                )
                for r in level.rows
            ),
            numeric=frozenset(range(1, 6)),
        )
        strata = Table(
            caption="Consensus by rank of the gene: a gene the model does not use has a sign by accident; expected "
            "of random genes of the same drug in the same part of the ranking",
            columns=("rank", "pairs", "agree", "95 % (exact)", "expected of random genes", "p (exact)"),
            rows=tuple(
                (
                    r.ranks,
                    str(r.n_pairs),
                    str(r.agree),
                    f"{r.low:.0%} to {r.high:.0%}",
                    number(r.expected, 1),
                    p_words(r.p),
                )
                for r in level.strata
            ),
            numeric=frozenset(range(1, 6)),
        )
        pairs = Table(
            caption="Every pair",
            columns=("drug", "gene", "record", "effect", "rank", "clear", "agrees", "PMID"),
            rows=tuple(
                (
                    p.drug,
                    p.gene,
                    p.direction.replace("_", " "),
                    f"{p.effect:+.3f}",
                    rank_words(p.rank),
                    "yes" if p.clear else "no",
                    "yes" if p.agrees else "no",
                    ", ".join(p.pmids[:3]) or "-",
                )
                for p in level.pairs
            ),
            numeric=frozenset((3, 4)),
        )
        words = [f"{level.clear[0]} of {level.clear[1]} pairs with an effect clear of zero agree."]
        if level.contested:
            words.append(f"Left out, as records state both directions: {'; '.join(level.contested)}.")
        out.append(Section(title=f"Sign: {level.title}", paragraphs=tuple(words), tables=(table, strata, pairs)))
    return out


def group_sections(report: ValidationReport) -> list[Section]:
    """Groups beside what their sizes give by chance."""
    return [
        Section(
            title=f"Groups of correlated genes: {level.title}",
            tables=(
                Table(
                    caption="Drugs with a wanted gene in one of the first groups; in brackets what as many genes drawn "
                    "at random would give, group sizes taken into account, and the exact p",
                    columns=("ranking", "drugs", *(f"hits@{k}" for k in CUTS), "median rank"),
                    rows=tuple(
                        (
                            r.ranking,
                            str(r.n_drugs),
                            *(f"{r.hits[k]} ({r.expected[k]:.1f}; p {p_words(r.p[k])})" for k in CUTS),
                            rank_words(r.median_rank),
                        )
                        for r in level.rows
                    ),
                    numeric=frozenset(range(1, 7)),
                ),
            ),
        )
        for level in report.groups
    ]


def set_section(level: SetLevel) -> Section:
    """Sections of this level."""
    return Section(
        title=f"Sets: {level.title}",
        paragraphs=(
            f"{level.n_sets} sets. Place 0 is first, 1 last. Expected: the same sets in the rankings of the other "
            "drugs, so that sets which come up for any drug count for nothing.",
        ),
        tables=(
            Table(
                caption="Mean place of the drug's own sets; p: random assignments of rankings to drugs",
                columns=("ranking", "drugs", "place (95 %)", "other drugs", "gain (95 %)", "p"),
                rows=tuple(
                    (
                        r.ranking,
                        str(r.n_drugs),
                        span(r.place, 3),
                        number(r.others, 3),
                        span(r.gain, 3, signed=True),
                        p_words(r.p),
                    )
                    for r in level.rows
                ),
                numeric=frozenset(range(1, 6)),
            ),
        ),
    )


def deep_sections(report: ValidationReport) -> list[Section]:
    """Modules and called pairs, where bundles hold them."""
    level = report.deep
    if level is None:
        return []
    words = []
    if level.n_modules:
        words.append(
            f"A measured target is a member of a called module for {level.with_target} of {level.n_modules} drugs "
            f"({level.low:.0%} to {level.high:.0%}; {level.expected:.2f} expected of random genes, "
            f"p {p_words(level.p)})."
        )
    words.append(
        f"{level.n_pairs} pairs of gene groups were called, {level.n_known} of them with a known interaction "
        f"({level.known_expected:.2f} expected of random groups of their sizes)."
    )
    table = Table(
        caption="Drugs whose bundle holds modules or interactions",
        columns=("drug", "modules", "target inside", "by chance", "sets with a target", "pairs called", "known"),
        rows=tuple(
            (
                r.drug,
                "-" if r.modules is None else str(r.modules),
                "yes" if r.with_target else "no",
                "-" if r.by_chance < 0 else number(r.by_chance),
                "; ".join(r.target_sets[:3]) or "-",
                "-" if r.pairs is None else str(len(r.pairs)),
                "; ".join(r.known) or "-",
            )
            for r in level.rows
        ),
        numeric=frozenset((1, 3, 5)),
    )
    return [Section(title="Modules and called pairs", paragraphs=tuple(words), tables=(table,))]


def class_sections(report: ValidationReport) -> list[Section]:
    """Retrieval of drugs of one class."""
    out = []
    for level in report.classes:
        table = Table(
            caption="Mean average precision over query drugs",
            columns=("similarity", "MAP (95 %)"),
            rows=tuple((r.similarity, span(r.map, 3)) for r in level.rows),
            numeric=frozenset((1,)),
        )
        figure = interval_figure(
            "Retrieval of drugs of the same class", "MAP", [(r.similarity, r.map) for r in level.rows], None
        )
        out.append(
            Section(
                title=f"Drug classes: {level.title}",
                paragraphs=(
                    f"{level.n_queries} drugs with another of their class, {level.n_classes} classes, among "
                    f"{level.n_drugs} finished drugs that have one.",
                ),
                figures=(figure,) if figure is not None else (),
                tables=(table, _comparison_table(level.comparisons, "drugs of one class")),
            )
        )
    return out


def hypothesis_sections(report: ValidationReport) -> list[Section]:
    """What the briefs put first."""
    out = []
    for level in report.hypotheses:
        table = Table(
            caption=f"{level.n_drugs} briefs: a known gene among the first hypotheses, in brackets what as many random "
            "genes give; p of the brief's order " + ", ".join(f"{p_words(v)} at {k}" for k, v in level.p.items()),
            columns=("order", *(f"first {k}" for k in level.expected), "mean reciprocal place (95 %)"),
            rows=tuple(
                (r.order, *(f"{h} ({r.expected[k]:.2f})" for k, h in r.hits.items()), span(r.reciprocal, 3))
                for r in level.rows
            ),
            numeric=frozenset(range(1, 5)),
        )
        tiers = ", ".join(f"{n} {tier}" for tier, n in level.tiers.items())
        words = [
            f"{level.n_shown} hypotheses shown ({tiers}); the direction agrees with a record for {level.agrees} and "
            f"contradicts one for {level.contradicts}.",
            f"{level.n_known} of them are known to the gold standard; called new although known: "
            f"{'; '.join(level.called_new) or 'none'}.",
            "The brief's own order uses what the knowledge base says, so only the order of the data alone tests "
            "the data.",
        ]
        out.append(Section(title=f"Hypotheses of the brief: {level.title}", paragraphs=tuple(words), tables=(table,)))
    return out
