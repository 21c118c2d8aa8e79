"""The blinded view: drafts and decoys look alike, decisions are measurements, looks behind it are recorded."""

import re

import numpy as np
import pandas as pd
import pytest

from agent.database.errors import NotFoundError
from agent.errors import InputError
from agent.examples import ExampleEvidence, example_bundle, example_tables
from agent.examples_depth import example_deep_bundle
from agent.pipeline import Tables
from agent.report.model import HypothesisBrief
from agent.review.content import Content
from agent.review.decoys import decoy_name, draft_decoys, relabel, shuffled_labels
from agent.review.errors import ConflictError
from agent.review.model import ReviewItem
from agent.review.service import ReviewService
from agent.settings import BriefSettings
from explain_engine.bundle import ExplanationBundle

OTHERS = [f"OTHER{i}" for i in range(40)]


def wide_tables() -> Tables:
    """The example's tables with 40 further measured genes."""
    made = example_tables()
    extra = pd.DataFrame({"gene": OTHERS, "rank": np.arange(len(OTHERS)) + len(made["genes"]) + 1})
    genes = pd.concat([made["genes"], extra], ignore_index=True)
    return Tables(genes=genes, lines=made["lines"], expression=made["expression"])


def decoys(bundle: ExplanationBundle | None = None, **changes: object) -> tuple[tuple[str, Content], ...]:
    given = {"used": ("GENB",), "limit": 3, "seed": 5, **changes}
    return draft_decoys(bundle or example_bundle(), wide_tables(), ExampleEvidence(), BriefSettings(), **given)  # type: ignore[arg-type]


@pytest.fixture
def mixed(service: ReviewService, brief: HypothesisBrief) -> tuple[ReviewService, tuple[str, ...], tuple[str, ...]]:
    """A service with drafts and decoys; their ids."""
    drafts = service.add_brief(brief)
    made = brief.provenance
    hidden = service.add_decoys(decoys(), name="d" * 64, bundle=made.bundle_key, bundle_digest=made.bundle_digest)
    return service, drafts, hidden


Mixed = tuple[ReviewService, tuple[str, ...], tuple[str, ...]]


def test_decoys_speak_of_genes_that_the_model_did_not_list() -> None:
    made = decoys()
    assert len(made) == 3
    listed = {g.gene for g in example_bundle().attribution.genes}
    for _, content in made:
        assert set(content.genes) <= set(OTHERS)
        text = " ".join([content.statement, *(s.text for s in content.said), *content.members])
        assert listed.isdisjoint(re.findall(r"\w+", text))


def test_decoys_carry_numbers_of_the_model_but_none_of_a_draft() -> None:
    tables, bundle = wide_tables(), example_bundle()
    labels = shuffled_labels(bundle, tables, ExampleEvidence(), 5)
    true = {labels[g.gene]: g for g in bundle.attribution.genes}
    for _, content in decoys():
        assert content.kind != "gene" or f"{abs(true[content.gene].effect.estimate):.2f}" in content.said[0].text
    behind = {labels.get(gene, gene) for _, content in decoys() for gene in content.genes}
    assert "GENB" not in behind
    assert behind <= {g.gene for g in bundle.attribution.genes}


def test_decoys_are_the_same_for_the_same_seed_and_others_for_another() -> None:
    assert decoys() == decoys()
    assert [c.gene for _, c in decoys()] != [c.gene for _, c in decoys(seed=6)]
    names = {decoy_name(example_bundle(), "s", seed, used) for seed in (1, 2) for used in (("A",), ("B",))}
    assert len(names) == 4
    assert decoy_name(example_bundle(), "s", 1, ("A", "B")) == decoy_name(example_bundle(), "s", 1, {"B", "A"})


def test_labels_change_places_and_avoid_the_record() -> None:
    labels = shuffled_labels(example_bundle(), wide_tables(), ExampleEvidence(), 5)
    assert all(labels[label] == gene != label for gene, label in labels.items())
    assert {"GENX", "GENZ"}.isdisjoint(labels)


def test_relabelled_bundle_names_no_listed_gene_anywhere() -> None:
    bundle = example_deep_bundle()
    labels = {g.gene: f"OTHER{i}" for i, g in enumerate(bundle.attribution.genes)}
    raw = relabel(bundle, labels).model_dump_json(exclude={"unmapped"})
    words = set(re.findall(r"\w+", raw))
    assert words.isdisjoint(labels)
    assert words >= set(labels.values())
    for _, content in decoys(bundle, limit=8):
        assert content.kind != "module"
        assert set(labels).isdisjoint(re.findall(r"\w+", content.model_dump_json()))


def test_too_few_other_genes_are_refused() -> None:
    made = example_tables()
    tables = Tables(genes=made["genes"], lines=made["lines"], expression=made["expression"])
    with pytest.raises(InputError, match="at least as many"):
        draft_decoys(example_bundle(), tables, ExampleEvidence(), BriefSettings(), used=(), limit=2, seed=0)


def test_plain_views_and_exports_hold_no_decoy(mixed: Mixed) -> None:
    service, drafts, hidden = mixed
    assert [i.id for i in service.queue()] == list(drafts)
    for item in hidden:
        with pytest.raises(NotFoundError):
            service.show(item)
        with pytest.raises(NotFoundError):
            service.accept(item, "ada")
    for form in ("json", "csv", "ris", "brief"):
        text = service.export(form)  # type: ignore[arg-type]
        assert not any(item in text for item in hidden)
        assert "OTHER" not in text


def _shape(value: object) -> object:
    """Which fields are there and of what type; not what they say."""
    if isinstance(value, dict):
        return {key: _shape(entry) for key, entry in value.items()}
    return type(value).__name__


def test_blinded_view_shows_drafts_and_decoys_alike(mixed: Mixed) -> None:
    service, drafts, hidden = mixed
    service.accept(drafts[0], "bob")
    seen = service.queue(blinded=True, reviewer="ada")
    assert {i.id for i in seen} == {*drafts, *hidden}
    assert len({str(_shape(i.model_dump())) for i in seen}) == 1
    for item in seen:
        shown = service.show(item.id, blinded=True, reviewer="ada")
        assert shown.item == item
        assert (item.status, item.revision, item.brief, item.bundle, item.rating, item.added) == (
            "open", 0, None, None, None, None,
        )  # fmt: skip
        assert (shown.origin, shown.content.rating, shown.decisions, shown.same_pair) == (None, None, (), ())
        assert len(shown.versions) == 1 and shown.versions[0].created is None
    words = {
        w
        for i in seen
        for w in re.findall(r"decoy|drafted", service.show(i.id, blinded=True, reviewer="ada").model_dump_json())
    }
    assert words == set()
    assert [u.reviewer for u in service.unblindings()] == ["bob"]


def test_blinded_order_is_the_reviewers_own_and_does_not_sort_by_origin(mixed: Mixed) -> None:
    service, drafts, hidden = mixed
    order = [i.id for i in service.queue(blinded=True, reviewer="ada")]
    assert order == [i.id for i in service.queue(blinded=True, reviewer="ada")]
    orders = {tuple(i.id for i in service.queue(blinded=True, reviewer=f"r{k}")) for k in range(8)}
    assert len(orders) > 1
    assert all(re.fullmatch(r"[0-9a-f]{10}", item) for item in (*drafts, *hidden))


def test_blinded_decisions_are_measurements(mixed: Mixed) -> None:
    service, drafts, hidden = mixed
    item = drafts[0]
    for reviewer, verb in (("ada", "accept"), ("bob", "reject")):
        revision = service.show(item, blinded=True, reviewer=reviewer).item.revision
        reason = {"accept": "good", "reject": "weak_data"}[verb]
        kept = getattr(service, verb)(item, reviewer, reason, revision=revision, blinded=True)
        assert (kept.view, kept.blind, kept.version) == ("blinded", True, 1)
    plain = service.show(item)
    assert (plain.item.status, plain.item.revision) == ("open", 0)
    assert len(plain.decisions) == 2
    own = service.show(item, blinded=True, reviewer="ada")
    assert (own.item.status, own.item.revision, [d.reviewer for d in own.decisions]) == ("accepted", 1, ["ada"])
    with pytest.raises(ConflictError):
        service.accept(item, "ada", revision=0, blinded=True)
    assert service.accept(hidden[0], "ada", blinded=True).blind


def test_what_an_edit_changed_is_not_seen_blinded(mixed: Mixed) -> None:
    service, drafts, _ = mixed
    draft = service.queue()[0].statement
    service.edit(drafts[0], "bob", "my own words", "unclear")
    shown = service.show(drafts[0], blinded=True, reviewer="ada")
    assert (shown.item.statement, len(shown.versions)) == (draft, 1)
    assert service.accept(drafts[0], "ada", blinded=True).version == 1
    with pytest.raises(InputError, match="blinded view needs"):
        service.queue(blinded=True)


def test_a_look_behind_the_view_is_recorded_and_ends_blindness(mixed: Mixed) -> None:
    service, drafts, hidden = mixed
    assert service.accept(drafts[0], "ada", blinded=True).blind
    service.show(drafts[1], reviewer="ada")
    assert [(u.reviewer, u.item, u.how) for u in service.unblindings()] == [("ada", drafts[1], "shown")]
    assert not service.accept(drafts[1], "ada", blinded=True).blind
    assert service.accept(drafts[2], "ada", blinded=True).blind
    assert service.accept(drafts[1], "bob", blinded=True).blind
    service.queue(reviewer="ada")
    service.queue(reviewer="ada")
    assert [u.how for u in service.unblindings()] == ["shown", "listed"]
    assert not service.accept(hidden[0], "ada", blinded=True).blind


def test_unblinding_is_recorded_and_shows_decoys_as_such(mixed: Mixed) -> None:
    service, drafts, hidden = mixed
    kept = service.unblind("ada", "round closed")
    assert (kept.how, kept.item, kept.note) == ("asked", None, "round closed")
    found: ReviewItem = service.show(hidden[0], reviewer="ada")
    assert found.origin == "decoy"
    assert hidden[0] not in [i.id for i in service.queue(reviewer="ada")]
    with pytest.raises(NotFoundError):
        service.show(hidden[0], reviewer="bob")
    assert not service.reject(drafts[0], "ada", "known", blinded=True).blind


def test_decoys_are_queued_once(mixed: Mixed) -> None:
    service, _, hidden = mixed
    assert service.add_decoys(decoys(), name="d" * 64, bundle="b", bundle_digest="c") == hidden


def test_modules_have_no_decoys_and_are_not_in_the_blinded_view(
    sqlite_service: ReviewService, brief: HypothesisBrief
) -> None:
    first = brief.hypotheses[0]
    candidate = first.draft.candidate.model_copy(update={"kind": "module", "label": "GENA1 module"})
    module = first.model_copy(update={"draft": first.draft.model_copy(update={"candidate": candidate})})
    ids = sqlite_service.add_brief(brief.model_copy(update={"hypotheses": (module, *brief.hypotheses[1:])}))
    assert ids[0] in {i.id for i in sqlite_service.queue()}
    assert {i.id for i in sqlite_service.queue(blinded=True, reviewer="ada")} == set(ids[1:])
    ((_, (count, genes)),) = sqlite_service.genes_under_review().items()
    assert count == len(ids) - 1
    assert set(candidate.genes) <= genes
