"""What is true of a simulated screen, and whether a hypothesis of its brief is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.hypotheses.candidates import Candidate
    from explain_engine.synth import Truth as Planted

Verdict = Literal["planted", "its block", "false"]


@dataclass(frozen=True)
class Truth:
    """Planted genes and blocks of a screen, under the names it goes by.

    Attributes
    ----------
    blocks
        Gene -> block of 20 genes that run together by construction.
    roles
        Planted gene -> ``additive``, ``module``, or the kind of its pair.
    pairs
        Planted pairs.
    """

    blocks: Mapping[str, int]
    roles: Mapping[str, str]
    pairs: tuple[frozenset[str], ...]

    @classmethod
    def nothing(cls, blocks: Mapping[str, int]) -> Truth:
        """No gene acts."""
        return cls(blocks, {}, ())

    @classmethod
    def of(cls, planted: Planted, new: Mapping[str, str]) -> Truth:
        """What was planted, under new names."""

        def name(gene: str) -> str:
            return new.get(gene, gene)

        roles = {name(gene): "additive" for gene in planted.additive}
        roles |= {name(gene): pair.kind for pair in planted.pairs for gene in (pair.first, pair.second)}
        roles |= {name(gene): "module" for gene in planted.module}
        blocks = {name(gene): block for gene, block in planted.blocks.items()}
        return cls(blocks, roles, tuple(frozenset((name(p.first), name(p.second))) for p in planted.pairs))

    @property
    def acting(self) -> frozenset[str]:
        """Genes of the blocks that hold a planted gene: those that the data can show to go with the response."""
        held = {self.blocks[gene] for gene in self.roles}
        return frozenset(gene for gene, block in self.blocks.items() if block in held)

    def judge(self, candidate: Candidate) -> Verdict:
        """Whether a hypothesis names what was planted, what runs with it, or neither.

        A gene: it is planted; it shares a block with a planted one. A group or module: a planted gene is among its
        members; at least half of them are in planted blocks. A pair: it is a planted pair; its blocks are those of a
        planted pair. Anything else is false, and everything is where nothing was planted. Tissue alone makes genes
        of other blocks run with planted ones in setting B: they are false here.
        """
        if candidate.kind == "pair":
            named = frozenset(candidate.genes)
            if named in self.pairs:
                return "planted"
            blocks = {self.blocks[gene] for gene in named}
            return "its block" if any(blocks == {self.blocks[g] for g in pair} for pair in self.pairs) else "false"
        members = {candidate.gene} if candidate.kind == "gene" else {candidate.gene, *candidate.members}
        if members & self.roles.keys():
            return "planted"
        return "its block" if 2 * len(members & self.acting) >= len(members) else "false"
