"""Add further parts to a bundle: nulls, verdicts, replication, interactions, modules, rules, stability."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from explain_engine.bundle import SCHEMA_VERSION
from explain_engine.engine import Prepared, bundle_key, prepare
from explain_engine.errors import InputError
from explain_engine.predict.bags import draw_bags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd

    from explain_engine.bundle import ExplanationBundle
    from explain_engine.data.dataset import ResponseDataset
    from explain_engine.interactions.records import InteractionSet
    from explain_engine.rules.records import Counterfactual, Rule
    from explain_engine.settings import ExplainSettings

    GeneSets = Mapping[str, Mapping[str, Sequence[str]]]
    Progress = Callable[[str, float], None]

Part = Literal["null", "replication", "interactions", "modules", "rules", "verdicts", "stability"]
PARTS: tuple[Part, ...] = get_args(Part)
# What a part takes over from another: it is made anew when that one is.
_RESTS_ON: dict[Part, Part] = {"verdicts": "null", "modules": "interactions"}
# Order of work: what rests on another part comes after it.
_ORDER: tuple[Part, ...] = ("null", "verdicts", "replication", "interactions", "modules", "rules", "stability")

MIN_SEARCHED = 60
RULE_MODELS = 5
SHOWN_LINES = 6
STABILITY_REPEATS = 5
_OF = "parts.of"


def read_parts(words: Iterable[str]) -> tuple[Part, ...]:
    """Parts by name, in the order of `PARTS`; ``all`` stands for every one.

    Raises
    ------
    InputError
        If a word names no part.
    """
    asked = {word.strip().lower() for word in words} - {""}
    if unknown := sorted(asked - {*PARTS, "all"}):
        raise InputError(f"unknown part {unknown[0]!r}; parts are {', '.join(PARTS)}, or all")
    return tuple(part for part in PARTS if part in asked or "all" in asked)


def first_key(bundle: ExplanationBundle) -> str:
    """Key of the bundle without further parts that this one was made from (its own where it has none)."""
    return str(bundle.settings.get(_OF, bundle.key))


def parts_of(bundle: ExplanationBundle) -> tuple[Part, ...]:
    """Further parts a bundle holds."""
    return tuple(part for part in PARTS if f"part.{part}" in bundle.settings)


def part_settings(
    parts: Iterable[Part],
    settings: ExplainSettings,
    *,
    second_screens: Sequence[ResponseDataset] = (),
    gene_sets: GeneSets | None = None,
    targets: Sequence[str] = (),
    n_null: int = 100,
) -> dict[str, str]:
    """What each part is made with, in words: ``part.<name>`` -> settings and digests of what came from outside."""
    asked = set(parts)
    named = f"targets={','.join(targets) or 'none'}"
    words: dict[Part, Callable[[], str]] = {
        "null": lambda: f"runs={n_null}",
        "verdicts": lambda: named,
        "replication": lambda: ",".join(f"{d.screen}:{d.digest[:16]}" for d in second_screens) or "no second screen",
        "interactions": lambda: _fields(_call_settings(settings)),
        "modules": lambda: f"{_fields(_module_settings(settings))} gene_sets={_digest(gene_sets)} {named}",
        "rules": lambda: f"{_fields(_rule_settings(settings))} models={RULE_MODELS} lines={SHOWN_LINES}",
        "stability": lambda: f"repeats={STABILITY_REPEATS}",
    }
    return {f"part.{part}": words[part]() for part in PARTS if part in asked}


def deepen(
    dataset: ResponseDataset,
    bundle: ExplanationBundle,
    arrays: Mapping[str, pd.DataFrame],
    settings: ExplainSettings,
    parts: Iterable[Part],
    *,
    second_screens: Sequence[ResponseDataset] = (),
    gene_sets: GeneSets | None = None,
    targets: Sequence[str] = (),
    n_null: int = 100,
    progress: Progress | None = None,
    keep: Callable[[ExplanationBundle, dict[str, pd.DataFrame]], None] | None = None,
) -> tuple[ExplanationBundle, dict[str, pd.DataFrame]]:
    """Add parts to a bundle; those it holds already with the same settings are kept as they are.

    The result has a key of its own, made of the first bundle's key and the settings of all its parts. A part that was
    run and found nothing is empty; one that was not run is None.

    Parameters
    ----------
    dataset, settings
        What the bundle was made of.
    arrays
        The bundle's tables; a null adds columns ``p`` and ``q`` to ``genes`` and ``groups``.
    parts
        Names out of `PARTS`. Verdicts use the null and modules the interactions that the bundle holds by then.
    second_screens
        The same drug in other screens, for the replication; none leads to an empty replication.
    gene_sets
        Collection -> set -> genes, for the enrichment of modules.
    targets
        Genes to judge, measured or not.
    n_null
        Null runs, at least 19.
    progress
        Called with what is being done and the share of the whole done so far, in [0, 1].
    keep
        Called after each part but the last with the bundle and tables so far, whole and under a key of their own, so
        that an interrupted run loses one part at most.

    Raises
    ------
    InputError
        If the bundle was not made of this dataset and these settings, or a part cannot be run on it.
    """
    if first_key(bundle) != bundle_key(dataset, settings):
        raise InputError(
            f"{bundle.drug}: the bundle was not made of this dataset and these settings; run explain first"
        )
    asked, held = set(parts), parts_of(bundle)
    words = part_settings(
        asked, settings, second_screens=second_screens, gene_sets=gene_sets, targets=targets, n_null=n_null
    )
    todo: list[Part] = []
    for part in _ORDER:
        stale = part in asked and bundle.settings.get(f"part.{part}") != words[f"part.{part}"]
        if stale or ((part in held or part in asked) and _RESTS_ON.get(part) in todo):
            todo.append(part)
    if not todo:
        return bundle, dict(arrays)
    # A part made anew only because it rests on another keeps the settings it had.
    words = {f"part.{part}": words.get(f"part.{part}") or str(bundle.settings[f"part.{part}"]) for part in todo}
    bundle = _without(bundle, todo)
    data = prepare(dataset, settings)
    tables = dict(arrays)
    for place, part in enumerate(todo):
        tell = _share(progress, part, place, len(todo))
        tell("starting", 0.0)
        if part == "null":
            bundle, tables = _null(dataset, bundle, tables, settings, n_null, tell)
        else:
            found = _run(part, dataset, data, bundle, tables, settings, second_screens, gene_sets, targets, tell)
            bundle = bundle.model_copy(update=found)
        bundle = _named(bundle, part, words)
        if keep is not None and part != todo[-1]:
            keep(bundle, tables)
    if progress is not None:
        progress("done", 1.0)
    return bundle, tables


def _without(bundle: ExplanationBundle, parts: Sequence[Part]) -> ExplanationBundle:
    """The bundle as if these parts had not been run, so that a stage never holds what rests on an older part."""
    fields: dict[str, Any] = dict.fromkeys(parts)
    if "rules" in fields:
        fields["counterfactuals"] = None
    settings = {k: v for k, v in bundle.settings.items() if k not in {f"part.{part}" for part in parts}}
    return bundle.model_copy(update={**fields, "settings": {**settings, _OF: first_key(bundle)}})


def _named(bundle: ExplanationBundle, part: Part, words: Mapping[str, str]) -> ExplanationBundle:
    """The bundle with the part's settings, under the key that all its parts' settings give."""
    settings = {**bundle.settings, f"part.{part}": words[f"part.{part}"]}
    parts = {k: v for k, v in settings.items() if k.startswith("part.")}
    content = json.dumps([SCHEMA_VERSION, settings[_OF], parts], sort_keys=True)
    key = hashlib.sha256(content.encode()).hexdigest()[:32]
    return bundle.model_copy(update={"settings": settings, "key": key})


def _null(
    dataset: ResponseDataset,
    bundle: ExplanationBundle,
    tables: dict[str, pd.DataFrame],
    settings: ExplainSettings,
    n_null: int,
    tell: Progress,
) -> tuple[ExplanationBundle, dict[str, pd.DataFrame]]:
    from explain_engine.stability.attach import attach_null
    from explain_engine.stability.nulls import null_run

    return attach_null(bundle, tables, null_run(dataset, settings, n_null, progress=tell))


def _run(
    part: Part,
    dataset: ResponseDataset,
    data: Prepared,
    bundle: ExplanationBundle,
    tables: Mapping[str, pd.DataFrame],
    settings: ExplainSettings,
    second_screens: Sequence[ResponseDataset],
    gene_sets: GeneSets | None,
    targets: Sequence[str],
    tell: Progress,
) -> dict[str, Any]:
    """Fields of the bundle that one part fills."""
    if part == "verdicts":
        from explain_engine.stability.verdict import verdicts

        return {"verdicts": verdicts(bundle, tables["genes"], tables["groups"], dataset.X.std(), targets)}
    if part == "replication":
        from explain_engine.stability.replicate import replicate

        lines = tables["lines"].index
        return {"replication": tuple(replicate(bundle, tables["genes"], lines, other) for other in second_screens)}
    if part == "interactions":
        return {"interactions": _interactions(data, settings)}
    if part == "modules":
        from explain_engine.modules.find import find_modules

        found = find_modules(
            data.Z,
            data.y,
            data.codes,
            data.genes,
            interactions=bundle.interactions,
            gene_sets=_as_lists(gene_sets),
            targets=targets,
            settings=_module_settings(settings),
        )
        return {"modules": found}
    if part == "rules":
        rules, flips = _rules(data, [str(line) for line in dataset.X.index], settings)
        return {"rules": rules, "counterfactuals": flips}
    from explain_engine.stability.resample import stability_report

    return {"stability": stability_report(dataset, settings, repeats=STABILITY_REPEATS, progress=tell)[0]}


def _interactions(data: Prepared, settings: ExplainSettings) -> InteractionSet:
    """Pairs the data support, with the rank that the model of one repeat of the folds gives them beside it."""
    from explain_engine.interactions.find import HELD_OUT_SHARE, find_interactions
    from explain_engine.interactions.model_view import bagged_interactions, group_pairs

    n = len(data.y)
    bags = draw_bags(n, settings.folds, 1, settings.seed)
    used = bagged_interactions(data.trees, data.Z, data.y, bags, settings.seed)
    # Rounding takes at most half a line a tissue more; with too few lines the stricter search alone must do.
    few = n * (1 - HELD_OUT_SHARE) - len(np.unique(data.codes)) < MIN_SEARCHED
    return find_interactions(
        data.Z,
        data.y,
        data.codes,
        data.genes,
        data.groups,
        held_out=np.zeros(n, dtype=bool) if few else None,
        model=group_pairs(used, data.groups.label),
        settings=_call_settings(settings),
    )


def _rules(
    data: Prepared, lines: Sequence[str], settings: ExplainSettings
) -> tuple[tuple[Rule, ...], tuple[Counterfactual, ...]]:
    """Rules and counterfactuals of the boosted models of one bag, scored and shown on the lines outside of it.

    The lines shown are spread evenly over the order of their predictions.
    """
    from explain_engine.rules.find import find_counterfactuals, find_rules, mean_prediction

    inside, outside = next(iter(draw_bags(len(data.y), settings.folds, 1, settings.seed)))
    trees = data.trees
    models = [trees.fit(data.y, inside, settings.seed + k) for k in range(RULE_MODELS)]
    importance = np.mean([np.abs(trees.contributions(m, inside)[:, :-1]).mean(axis=0) for m in models], axis=0)
    predict = mean_prediction(models)
    if np.ptp(predict(data.Z[inside])) == 0:
        return (), ()
    held = data.Z[outside]
    rules = find_rules(
        models,
        data.Z[inside],
        data.genes,
        importance,
        held,
        measured=data.y[outside],
        settings=_rule_settings(settings),
    )
    order = np.argsort(predict(held), kind="stable")
    places = np.unique(np.linspace(0, len(order) - 1, SHOWN_LINES).round().astype(int))
    shown = order[places]
    flips = find_counterfactuals(
        models, data.Z[inside], data.genes, held[shown], [lines[i] for i in np.asarray(outside)[shown]]
    )
    return rules, flips


def _call_settings(settings: ExplainSettings) -> Any:
    from explain_engine.interactions.calls import CallSettings

    return CallSettings(seed=settings.seed)


def _module_settings(settings: ExplainSettings) -> Any:
    from explain_engine.modules.find import ModuleSettings

    return ModuleSettings(seed=settings.seed)


def _rule_settings(settings: ExplainSettings) -> Any:
    from explain_engine.rules.search import RuleSettings

    return RuleSettings(seed=settings.seed)


def _fields(record: Any) -> str:
    return " ".join(f"{name}={value}" for name, value in vars(record).items())


def _digest(gene_sets: GeneSets | None) -> str:
    if not gene_sets:
        return "none"
    return hashlib.sha256(json.dumps(_as_lists(gene_sets), sort_keys=True).encode()).hexdigest()[:16]


def _as_lists(gene_sets: GeneSets | None) -> dict[str, dict[str, list[str]]] | None:
    if gene_sets is None:
        return None
    return {c: {name: list(genes) for name, genes in sets.items()} for c, sets in gene_sets.items()}


def _share(progress: Progress | None, part: str, place: int, total: int) -> Progress:
    if progress is None:
        return lambda _what, _share: None
    return lambda what, share: progress(f"{part}: {what}", (place + share) / total)
