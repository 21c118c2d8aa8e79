"""Everything a fit leaves behind, and the explanations drawn from it; all lines in standard units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explain_engine.attribution.illume import counterfactual, rules
from explain_engine.attribution.illume.arrays import FloatArray, IntArray
from explain_engine.attribution.illume.fitted import FittedEncoder
from explain_engine.attribution.illume.refine import Agreeing, Refinement, refine, refined_slopes
from explain_engine.attribution.illume.similarity import Bandwidths
from explain_engine.attribution.illume.surrogate import Surrogate
from explain_engine.attribution.illume.training import History


@dataclass(frozen=True, slots=True)
class Model:
    """A trained encoder with its surrogate.

    Attributes
    ----------
    encoder
        Encoder that gives latents and slopes.
    surrogate
        Fitted on the latents of the training lines.
    agreeing, agreeing_rows
        Training lines on which surrogate and black box agree (class head; else empty) and their rows in the matrix
        handed to ``fit``.
    pairs
        Candidate steps of latent refinement, in order.
    held_out, held_out_label
        Lines not trained on and the black box's label on them (class head): rules are scored here.
    names
        m gene names.
    history, widths
        Course of the training; kernel widths used.
    """

    encoder: FittedEncoder
    surrogate: Surrogate
    agreeing: Agreeing
    agreeing_rows: IntArray
    pairs: FloatArray
    held_out: FloatArray
    held_out_label: IntArray
    names: list[str]
    history: History
    widths: Bandwidths

    def refinement(self, standard: FloatArray, z: FloatArray, wanted: IntArray) -> Refinement:
        """Latent refinement of every line towards the label the black box gives."""
        return refine(self.encoder, self.surrogate, standard, z, wanted, self.agreeing, self.pairs)

    def slopes(self, standard: FloatArray, wanted: IntArray | None) -> FloatArray:
        """Local slopes (n, m), refined where ``wanted`` labels are given and the surrogate contradicts them."""
        weights = self.surrogate.weights
        if wanted is None:
            return self.encoder.slopes(standard, weights)
        found = self.refinement(standard, self.encoder.latents(standard), wanted)
        return refined_slopes(self.encoder, weights, standard, found, self.agreeing)

    def decision_rules(self, standard: FloatArray, wanted: IntArray | None) -> list[rules.DecodedRule]:
        """One decoded rule a line."""
        by_leaf = rules.leaf_premises(self.surrogate)
        z = self.encoder.latents(standard)
        found = None if wanted is None else self.refinement(standard, z, wanted)
        # Latents after refinement; the tree is asked once for all lines.
        partners = np.full(len(z), -1) if found is None else found.partner
        moved = z.copy()
        if found is not None and (partners >= 0).any():
            some = np.flatnonzero(partners >= 0)
            under = self.encoder.cross_latents(self.agreeing.lines[partners[some]], standard[some])
            moved[some] += found.a_w[some, None] * (under - z[some]) + found.shift[some]
            whole = some[(found.a_w[some] == 1.0) & (found.a_x[some] == 1.0)]
            moved[whole] = self.agreeing.z[partners[whole]]
        leaf_of, labels = rules.leaves(self.surrogate, moved), self.surrogate.label(moved)
        return [
            self._decision_rule(
                i, standard[i], by_leaf[int(leaf_of[i])], int(labels[i]), found if partners[i] >= 0 else None
            )
            for i in range(len(z))
        ]

    def _decision_rule(
        self, row: int, line: FloatArray, premises: rules.Premises, label: int, found: Refinement | None
    ) -> rules.DecodedRule:
        slopes = self.encoder.rows(line, premises.latents)
        shift = np.zeros(premises.latents.size)
        if found is not None:
            other = self.encoder.rows(self.agreeing.lines[found.partner[row]], premises.latents)
            slopes = slopes + found.a_w[row] * (other - slopes)
            # The refined premise reads slopes @ x + shift <= t: the shift stands on the latent side.
            shift = found.shift[row, premises.latents]
        box = rules.decode(premises, slopes, line, slopes @ line + shift)
        coordinates = self.encoder.coordinates
        return rules.DecodedRule(
            line=row,
            label=label,
            premises=rules.latent_bounds(premises),
            bounds=rules.gene_bounds(box, self.names, coordinates.mean, coordinates.scale),
            refined=found is not None,
            score=rules.scored(box, label, self.held_out, self.held_out_label),
        )

    def counterfactual_rules(
        self, standard: FloatArray, black_box: Callable[[FloatArray], IntArray] | None
    ) -> list[list[counterfactual.CounterfactualRule]]:
        """Counterfactual rules with the fewest violated genes, for every line."""
        by_leaf = rules.leaf_premises(self.surrogate)
        z = self.encoder.latents(standard)
        labels = self.surrogate.label(z)
        coordinates = self.encoder.coordinates
        out = []
        for i in range(standard.shape[0]):
            found = counterfactual.counterfactual_boxes(
                self.encoder, self.surrogate, by_leaf, standard[i], z[i], int(labels[i]), self.agreeing
            )
            out.append(
                counterfactual.as_records(
                    found,
                    row=i,
                    line=standard[i],
                    label=int(labels[i]),
                    training_rows=self.agreeing_rows,
                    names=self.names,
                    mean=coordinates.mean,
                    scale=coordinates.scale,
                    black_box=black_box,
                )
            )
        return out
