"""Sections on single targets: what became of them by reason, and the table to argue with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.validate.levels.verdicts import MEANING, counts
from agent.validate.report.blocks import Section, Table, number, rank_words
from agent.validate.report.figures import bar_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.validate.levels.verdicts import TargetRow
    from agent.validate.model import ValidationReport

_EXAMPLES = 4


def target_sections(report: ValidationReport) -> list[Section]:
    """Why targets are found or missed, and the table to argue with."""
    if not report.targets:
        return []
    number_of = counts(report.targets)
    figure = bar_figure("Annotated targets by what became of them", {w: n for w, n in number_of.items() if n})
    reasons = Table(
        caption=f"{len(report.targets)} annotated targets of the finished drugs, measured or not; each stands once",
        columns=("what became of it", "targets", "share", "what that means", "what would tell more", "for example"),
        rows=tuple(
            (
                why,
                str(n),
                f"{n / len(report.targets):.0%}",
                *MEANING[why],
                "; ".join(f"{t.drug} - {t.target}" for t in report.targets if t.why == why)
                if n <= _EXAMPLES
                else "; ".join(f"{t.drug} - {t.target}" for t in _examples(report.targets, why)),
            )
            for why, n in number_of.items()
            if n
        ),
        numeric=frozenset((1, 2)),
    )
    every = Table(
        caption="One row a drug and target; ranks are of the gene, ours, with tissue taken out, of its group, by "
        "correlation within tissues, by single TreeSHAP; r: correlation of expression and response; chosen: share of "
        "the models with it among their first 50; model (tissue): rank correlation out of the bag",
        columns=(
            "drug",
            "lines",
            "target",
            "what became of it",
            "rank",
            "adj.",
            "group",
            "within",
            "TreeSHAP",
            "effect (95 %)",
            "r",
            "chosen",
            "model (tissue)",
            "instead",
        ),
        rows=tuple(_target_row(t) for t in report.targets),
        numeric=frozenset((1, *range(4, 13))),
    )
    return [
        Section(
            title="Why targets are found or missed",
            paragraphs=(
                "Decided by the rules of the engine, without null runs; a missed target is looked at further. A family "
                "or pathway member counts only where more members stand among the first 50 than random genes would put "
                "there (p < 0.05 after Bonferroni over the target's sets).",
            ),
            figures=(figure,) if figure is not None else (),
            tables=(reasons,),
        ),
        Section(title="Every target", tables=(every,), folded=True),
    ]


def _examples(targets: Sequence[TargetRow], why: str) -> list[TargetRow]:
    """A few targets of one reason, spread evenly over the running order, so that none is picked by its look."""
    own = [t for t in targets if t.why == why]
    return [own[round(k * (len(own) - 1) / (_EXAMPLES - 1))] for k in range(_EXAMPLES)]


def _target_row(t: TargetRow) -> tuple[str, ...]:
    effect = "-" if t.effect is None else f"{t.effect:+.3f}"
    if t.effect_low is not None and t.effect_high is not None:
        effect += f" ({t.effect_low:+.3f} to {t.effect_high:+.3f})"
    return (
        t.drug,
        str(t.n_lines),
        t.target,
        t.why,
        rank_words(t.rank),
        rank_words(t.adjusted_rank),
        rank_words(t.group_rank),
        rank_words(t.within),
        rank_words(t.treeshap),
        effect,
        "-" if t.correlation is None else f"{t.correlation:+.2f}",
        "-" if t.selection is None else f"{t.selection:.0%}",
        f"{number(t.spearman)} ({number(t.tissue_spearman)})",
        t.instead or "-",
    )
