"""Interactions of one drug, from standardised expression to records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explain_engine.errors import InputError
from explain_engine.interactions.additive import centre_within
from explain_engine.interactions.calls import Calls, CallSettings, Candidate, search
from explain_engine.interactions.describe import (
    CONFIRM_LEVEL,
    classify,
    contrast,
    corners,
    held_out_p,
    pair_response,
    surface,
)
from explain_engine.interactions.forms import Forms, learn_forms
from explain_engine.interactions.records import Interaction, InteractionSet, Triple
from explain_engine.interactions.strata import lineage_strata
from explain_engine.interactions.triples import third_partners

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from explain_engine.attribution.groups import GeneGroups
    from explain_engine.interactions.model_view import ModelPairs

HELD_OUT_SHARE = 0.25
_OVERLAP = 100


def hold_out(strata: NDArray[np.intp], share: float, seed: int) -> NDArray[np.bool_]:
    """Lines to keep for confirmation, the same share of every stratum."""
    rng = np.random.default_rng([seed, 29])
    out = np.zeros(len(strata), dtype=bool)
    for s in range(int(strata.max()) + 1):
        rows = rng.permutation(np.flatnonzero(strata == s))
        out[rows[: round(share * len(rows))]] = True
    return out


def find_interactions(
    Z: NDArray[np.float64],
    y: NDArray[np.float64],
    codes: NDArray[np.intp],
    genes: Sequence[str],
    groups: GeneGroups,
    *,
    held_out: NDArray[np.bool_] | None = None,
    model: ModelPairs | None = None,
    settings: CallSettings | None = None,
    searched: Calls | None = None,
) -> InteractionSet:
    """Call pairs of gene groups that act beyond the additive model, and confirm them on held-out lines.

    Parameters
    ----------
    Z
        Standardised expression, lines x genes.
    y
        Response, one value a line.
    codes
        Tissue of each line as an integer from 0; one value where it is not known.
    genes, groups
        Gene names; groups of correlated genes.
    held_out
        Lines that the search must not see, True where held out: only what holds there is called. None holds out a
        quarter of each tissue; all False holds out none, and calls rest on a stricter search alone.
    model
        The model's view (`model_view.group_pairs`), to be ranked beside.
    searched
        A search already made on the same lines and settings, to be described.

    Raises
    ------
    InputError
        If shapes do not match, there is a single group, or fewer than 60 lines remain for the search.
    """
    settings = settings or CallSettings()
    if Z.shape != (len(y), len(genes)) or len(codes) != len(y) or len(groups.label) != len(genes):
        raise InputError(f"Z {Z.shape}, y {len(y)}, codes {len(codes)}, genes {len(genes)}: sizes do not match")
    if len(groups.names) < 2:
        raise InputError("all genes are in one group; interactions need at least two groups")
    strata = lineage_strata(Z, codes, settings.seed)
    away = hold_out(strata, HELD_OUT_SHARE, settings.seed) if held_out is None else np.asarray(held_out, dtype=bool)
    if away.shape != y.shape or (~away).sum() < 60:
        raise InputError(f"{int((~away).sum())} lines are left for the search; at least 60 are needed")
    seen = ~away
    inner = _renumber(strata[seen])
    confirms = bool(away.any())
    fdr = settings.search_fdr if confirms else settings.fdr
    calls = searched or search(Z[seen], y[seen], inner, groups.label, settings, held_out=confirms)
    forms = learn_forms(Z[seen])
    table = forms.transform(Z[seen]) if calls.called else {}
    records, missed = _records(calls, forms, table, Z, y, strata, seen, inner, groups, genes, model, settings)
    triples = tuple(
        Triple(genes=(genes[i], genes[j], genes[k]), third_group=groups.names[groups.label[k]], statistic=s, p=p)
        for i, j, k, s, p in third_partners(calls, table, inner, groups.label, settings.seed)
    )
    sizes = np.bincount(groups.label)
    return InteractionSet(
        n_pairs_screened=int((len(genes) ** 2 - (sizes**2).sum()) // 2),
        null_scheme=(
            f"residual of a cross-fitted additive model permuted within {int(inner.max()) + 1} "
            f"{'strata of expression' if np.ptp(codes) == 0 else 'tissues'}, "
            f"{calls.tail.runs} runs, group pairs "
            f"pooled; at most {fdr:g} expected false among those found"
            + (f", each then confirmed on held-out lines at {CONFIRM_LEVEL:g}" if away.any() else "")
        ),
        calls=records,
        unconfirmed=missed,
        overlap_data_model=None if model is None else _overlap(calls, model),
        n_group_pairs=calls.n_group_pairs,
        n_lines=int(seen.sum()),
        n_held_out=int(away.sum()),
        runner_up_expected=calls.ranking[0].expected if calls.ranking else None,
        triples=triples,
    )


def _records(
    calls: Calls,
    forms: Forms,
    table: dict[str, NDArray[np.float64]],
    Z: NDArray[np.float64],
    y: NDArray[np.float64],
    strata: NDArray[np.intp],
    seen: NDArray[np.bool_],
    inner: NDArray[np.intp],
    groups: GeneGroups,
    genes: Sequence[str],
    model: ModelPairs | None,
    settings: CallSettings,
) -> tuple[tuple[Interaction, ...], tuple[Interaction, ...]]:
    """Calls that stand, and calls that did not hold on the held-out lines."""
    if not calls.called:
        return (), ()
    away = ~seen
    centred = centre_within(Z[seen], inner)
    ranks = {} if model is None else model.ranks()
    outer_residual, outer_table = np.empty(0), {}
    if away.any():
        outer = _renumber(strata[away])
        expected = centre_within(Z[away], outer) @ calls.fit.coefficient
        outer_residual = centre_within(centre_within(y[away], outer) - expected, outer)
        outer_table = forms.transform(Z[away])
    standing: list[Interaction] = []
    missed: list[Interaction] = []
    chance = CONFIRM_LEVEL if away.any() else 1.0
    q = 0.0
    for rank, call in enumerate(calls.called, start=1):
        p = held_out_p(outer_table, table, call, outer_residual, calls.residual) if away.any() else None
        held = p is not None and p <= CONFIRM_LEVEL
        stands = held or p is None
        # where many found pairs fail on held-out lines, some of those that hold do so by luck, whatever the search says
        lucky = len(missed) * CONFIRM_LEVEL / (1.0 - CONFIRM_LEVEL)
        q = max(q, min(1.0, max(call.expected * chance, lucky) / (len(standing) + 1)))
        pair = [call.first, call.second]
        shares = Forms(forms.reference[:, pair]).shares(Z[:, pair])
        response = pair_response(calls, call, centred, groups.label)
        corner = corners(shares[seen], call.form)
        (standing if stands else missed).append(
            Interaction(
                first=groups.names[call.groups[0]],
                second=groups.names[call.groups[1]],
                first_gene=genes[call.first],
                second_gene=genes[call.second],
                kind=classify(response, shares[seen]),
                strength=contrast(corner, calls.residual, settings.seed),
                p=float(min(1.0, call.expected / calls.n_group_pairs)),
                q=q,
                confirmed=held,
                held_out_p=p,
                corner_counts=corner.counts,
                corner_means=corner.means(y[seen]),
                data_rank=rank,
                model_rank=ranks.get(_key(call)),
                form=call.form,
                held_out_strength=contrast(corners(shares[away], call.form), outer_residual, settings.seed)
                if away.any()
                else None,
                surface=surface(response, Z[seen][:, pair]),
            )
        )
    return tuple(standing), tuple(missed)


def _key(call: Candidate) -> tuple[int, int]:
    return min(call.groups), max(call.groups)


def _overlap(calls: Calls, model: ModelPairs) -> float:
    data = [_key(c) for c in (*calls.called, *calls.ranking)][:_OVERLAP]
    used = {(int(a), int(b)) for a, b in model.groups[:_OVERLAP]}
    size = min(len(data), len(used))
    return len(used.intersection(data)) / size if size else 0.0


def _renumber(label: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.asarray(np.unique(label, return_inverse=True)[1], dtype=np.intp)
