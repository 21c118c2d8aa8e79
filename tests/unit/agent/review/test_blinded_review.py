"""The blinded view: drafts and decoys look alike, decisions are measurements, looks behind it are recorded."""

import re

import numpy as np
import pandas as pd
import pytest

from agent.database.errors import NotFoundError
from agent.errors import InputError
from agent.examples import ExampleEvidence, example_bundle, example_tables
from agent.examples_depth import example_deep_bundle
from agent.pipeline import Tables, write_hypotheses
from agent.report.model import HypothesisBrief
from agent.review.content import Content, content_of
from agent.review.decoys import decoy_name, draft_twins, relabel, renamer, shuffled_labels
from agent.review.errors import ConflictError
from agent.review.model import ReviewItem
from agent.review.service import ReviewService
from agent.settings import BriefSettings
from explain_engine.bundle import ExplanationBundle

OTHERS = [f"OTHER{i}" for i in range(40)]
Mixed = tuple[ReviewService, tuple[str, ...], tuple[str, ...]]


def wide_tables() -> Tables:
    """The example's tables with 40 further measured genes."""
    made = example_tables()
    extra = pd.DataFrame({"gene": OTHERS, "rank": np.arange(len(OTHERS)) + len(made["genes"]) + 1})
    genes = pd.concat([made["genes"], extra], ignore_index=True)
    return Tables(genes=genes, lines=made["lines"], expression=made["expression"])


def drafted_from(bundle: ExplanationBundle) -> HypothesisBrief:
    return write_hypotheses(bundle, wide_tables(), ExampleEvidence(), BriefSettings())


def twins_of(brief: HypothesisBrief, bundle: ExplanationBundle, seed: int = 5) -> dict[str, Content]:
    """Hypothesis id of the brief -> its twin."""
    drafts = {h.id: (h.draft.candidate.kind, h.draft.candidate.label) for h in brief.hypotheses}
    return draft_twins(bundle, wide_tables(), ExampleEvidence(), BriefSettings(), drafts=drafts, seed=seed)


@pytest.fixture
def mixed(service: ReviewService, brief: HypothesisBrief) -> Mixed:
    """A service with drafts, each with a twin; ids of both, in the brief's order."""
    drafts = service.add_brief(brief)
    twins = twins_of(brief, example_bundle())
    named = {item: twins[h.id] for item, h in zip(drafts, brief.hypotheses, strict=True)}
    made = brief.provenance
    hidden = service.add_decoys(named, name="d" * 64, bundle=made.bundle_key, bundle_digest=made.bundle_digest)
    return service, drafts, hidden


def seer(service: ReviewService, item: str, skip: int = 0) -> str:
    """A reviewer to whose blinded view `item` is assigned."""
    names = (f"reviewer{k}" for k in range(200))
    found = [n for n, _ in zip((n for n in names if item in seen_by(service, n)), range(skip + 1), strict=False)]
    return found[skip]


def seen_by(service: ReviewService, name: str) -> list[str]:
    return [i.id for i in service.queue(blinded=True, reviewer=name)]


@pytest.mark.parametrize("bundle", [example_bundle(), example_deep_bundle()], ids=["plain", "deep"])
def test_a_twin_says_the_same_numbers_of_genes_that_the_model_did_not_list(bundle: ExplanationBundle) -> None:
    brief = drafted_from(bundle)
    twins = twins_of(brief, bundle)
    assert set(twins) == {h.id for h in brief.hypotheses if h.draft.candidate.kind != "module"}
    assert len(twins) > 2
    labels = shuffled_labels(bundle, wide_tables(), ExampleEvidence(), 5)
    back = renamer(labels)
    for hypothesis in brief.hypotheses:
        if hypothesis.id not in twins:
            continue
        draft = content_of(hypothesis, drug=brief.drug, screen=brief.screen, unit=brief.unit, references=())
        twin = twins[hypothesis.id]
        assert (twin.kind, twin.direction) == (draft.kind, draft.direction)
        assert set(twin.genes) == {labels[gene] for gene in draft.genes} <= set(OTHERS)
        for kind in ("measured", "test"):
            own = [s.text for s in draft.said if s.kind == kind]
            assert [back(s.text) for s in twin.said if s.kind == kind] == own
            assert own or kind == "test"
        assert twin.rating is not None and draft.rating is not None
        assert twin.rating.score == draft.rating.score
        text = twin.model_dump_json()
        assert {g.gene for g in bundle.attribution.genes}.isdisjoint(re.findall(r"\w+", text))


def test_twins_are_the_same_for_the_same_seed_and_others_for_another() -> None:
    brief, bundle = drafted_from(example_bundle()), example_bundle()
    assert twins_of(brief, bundle) == twins_of(brief, bundle)
    one, other = (twins_of(brief, bundle, seed) for seed in (5, 6))
    assert [c.gene for c in one.values()] != [c.gene for c in other.values()]
    names = {decoy_name(bundle, snapshot, seed) for seed in (1, 2) for snapshot in ("a", "b")}
    assert len(names) == 4


def test_of_two_drafts_on_one_candidate_the_later_has_the_twin() -> None:
    found = draft_twins(
        example_bundle(),
        wide_tables(),
        ExampleEvidence(),
        BriefSettings(),
        drafts={"first": ("gene", "GENB"), "second": ("gene", "GENB"), "other": ("gene", "NOSUCH")},
        seed=1,
    )
    assert list(found) == ["second"]


def test_labels_change_places_and_avoid_the_record() -> None:
    labels = shuffled_labels(example_bundle(), wide_tables(), ExampleEvidence(), 5)
    assert all(labels[label] == gene != label for gene, label in labels.items())
    assert {"GENX", "GENZ"}.isdisjoint(labels)


def test_relabelled_bundle_names_no_listed_gene_anywhere() -> None:
    bundle = example_deep_bundle()
    labels = {g.gene: f"OTHER{i}" for i, g in enumerate(bundle.attribution.genes)}
    words = set(re.findall(r"\w+", relabel(bundle, labels).model_dump_json(exclude={"unmapped"})))
    assert words.isdisjoint(labels)
    assert words >= set(labels.values())


def test_too_few_other_genes_are_refused() -> None:
    made = example_tables()
    tables = Tables(genes=made["genes"], lines=made["lines"], expression=made["expression"])
    with pytest.raises(InputError, match="at least as many"):
        draft_twins(example_bundle(), tables, ExampleEvidence(), BriefSettings(), drafts={}, seed=0)


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


def test_blinded_view_shows_one_of_each_two_and_both_alike(mixed: Mixed) -> None:
    service, drafts, hidden = mixed
    service.accept(drafts[0], "bob")
    shapes = set()
    for name in ("ada", "cy", "dee"):
        seen = service.queue(blinded=True, reviewer=name)
        chosen = {i.id for i in seen}
        assert all(len({draft, twin} & chosen) == 1 for draft, twin in zip(drafts, hidden, strict=True))
        assert len(seen) == len(drafts)
        for item in seen:
            shown = service.show(item.id, blinded=True, reviewer=name)
            assert shown.item == item
            hidden_fields = (item.brief, item.hypothesis, item.bundle, item.rating, item.added)
            assert (item.status, item.revision, *hidden_fields) == ("open", 0, None, None, None, None, None)
            assert (shown.origin, shown.content.rating, shown.decisions, shown.same_pair) == (None, None, (), ())
            assert len(shown.versions) == 1 and shown.versions[0].created is None
            assert not re.search(r"decoy|drafted", shown.model_dump_json())
            shapes.add(str(_shape(item.model_dump())))
    assert len(shapes) == 1
    assert [u.reviewer for u in service.unblindings()] == ["bob"]


def test_each_of_the_two_is_as_likely_and_the_choice_stays(mixed: Mixed) -> None:
    service, drafts, hidden = mixed
    views = [seen_by(service, f"r{k}") for k in range(60)]
    assert views[:5] == [seen_by(service, f"r{k}") for k in range(5)]
    counts = [sum(draft in view for view in views) for draft in drafts]
    # 60 draws with one half: fewer than 15 or more than 45 in less than one of 10,000 cases.
    assert all(15 <= count <= 45 for count in counts)
    orders = {tuple(drafts.index(i) if i in drafts else hidden.index(i) for i in view) for view in views}
    assert len(orders) > 10
    assert all(re.fullmatch(r"[0-9a-f]{10}", item) for item in (*drafts, *hidden))


def test_the_other_of_the_two_is_not_to_be_had(mixed: Mixed) -> None:
    service, drafts, hidden = mixed
    for draft, twin in zip(drafts, hidden, strict=True):
        other = draft if twin in seen_by(service, "ada") else twin
        for act in (
            lambda item: service.show(item, blinded=True, reviewer="ada"),
            lambda item: service.accept(item, "ada", blinded=True),
        ):
            with pytest.raises(NotFoundError):
                act(other)


def test_blinded_decisions_are_measurements(mixed: Mixed) -> None:
    service, drafts, hidden = mixed
    item = drafts[0]
    ada, bob = seer(service, item), seer(service, item, 1)
    for reviewer, verb, reason in ((ada, "accept", "good"), (bob, "reject", "weak_data")):
        revision = service.show(item, blinded=True, reviewer=reviewer).item.revision
        kept = getattr(service, verb)(item, reviewer, reason, revision=revision, blinded=True)
        assert (kept.view, kept.blind, kept.version) == ("blinded", True, 1)
    plain = service.show(item)
    assert (plain.item.status, plain.item.revision) == ("open", 0)
    assert len(plain.decisions) == 2
    own = service.show(item, blinded=True, reviewer=ada)
    assert (own.item.status, own.item.revision, [d.reviewer for d in own.decisions]) == ("accepted", 1, [ada])
    with pytest.raises(ConflictError):
        service.accept(item, ada, revision=0, blinded=True)
    assert service.accept(hidden[0], seer(service, hidden[0]), blinded=True).blind


def test_what_was_decided_before_there_were_twins_stays(service: ReviewService, brief: HypothesisBrief) -> None:
    drafts = service.add_brief(brief)
    assert set(seen_by(service, "ada")) == set(drafts)
    for item in drafts:
        service.reject(item, "ada", "weak_data", blinded=True)
    twins = twins_of(brief, example_bundle())
    service.add_decoys(
        {drafts[0]: twins[brief.hypotheses[0].id]},
        name="d" * 64,
        bundle=brief.provenance.bundle_key,
        bundle_digest="e" * 64,
    )
    assert set(seen_by(service, "ada")) == set(drafts)
    assert len(seen_by(service, "bob")) == 1


def test_what_an_edit_changed_is_not_seen_blinded(mixed: Mixed) -> None:
    service, drafts, _ = mixed
    draft, ada = service.queue()[0].statement, seer(service, drafts[0])
    service.edit(drafts[0], "bob", "my own words", "unclear")
    shown = service.show(drafts[0], blinded=True, reviewer=ada)
    assert (shown.item.statement, len(shown.versions)) == (draft, 1)
    assert service.accept(drafts[0], ada, blinded=True).version == 1
    with pytest.raises(InputError, match="blinded view needs"):
        service.queue(blinded=True)


def test_a_look_behind_the_view_is_recorded_and_ends_blindness(mixed: Mixed) -> None:
    service, drafts, _ = mixed
    # Who sees a draft and who its twin hangs on ids drawn anew each time: ada is somebody who sees the first draft.
    looked, ada = drafts[0], seer(service, drafts[0])
    one, other, *_ = (item for item in seen_by(service, ada) if item != looked)
    assert service.accept(one, ada, blinded=True).blind
    service.show(looked, reviewer=ada)
    assert [(u.reviewer, u.item, u.how) for u in service.unblindings()] == [(ada, looked, "shown")]
    assert not service.accept(looked, ada, blinded=True).blind
    assert service.accept(looked, seer(service, looked, 1), blinded=True).blind
    rest = next(i for i in seen_by(service, ada) if i != looked)
    assert service.accept(rest, ada, blinded=True).blind
    service.queue(reviewer=ada)
    service.queue(reviewer=ada)
    assert [u.how for u in service.unblindings()] == ["shown", "listed"]
    assert not service.accept(other, ada, blinded=True).blind


def test_unblinding_is_recorded_and_shows_decoys_as_such(mixed: Mixed) -> None:
    service, _, hidden = mixed
    kept = service.unblind("ada", "round closed")
    assert (kept.how, kept.item, kept.note) == ("asked", None, "round closed")
    found: ReviewItem = service.show(hidden[0], reviewer="ada")
    assert found.origin == "decoy"
    assert hidden[0] not in [i.id for i in service.queue(reviewer="ada")]
    with pytest.raises(NotFoundError):
        service.show(hidden[0], reviewer="bob")
    assert not service.reject(seen_by(service, "ada")[0], "ada", "known", blinded=True).blind


def test_decoys_are_queued_once(mixed: Mixed, brief: HypothesisBrief) -> None:
    service, drafts, hidden = mixed
    content = twins_of(brief, example_bundle())[brief.hypotheses[0].id]
    again = service.add_decoys({drafts[0]: content}, name="d" * 64, bundle="b", bundle_digest="c")
    assert again == hidden[:1]


def test_a_draft_without_a_twin_is_left_out_where_others_have_one(
    sqlite_service: ReviewService, brief: HypothesisBrief
) -> None:
    first = brief.hypotheses[0]
    candidate = first.draft.candidate.model_copy(update={"kind": "module", "label": "GENA1 module"})
    module = first.model_copy(update={"draft": first.draft.model_copy(update={"candidate": candidate})})
    ids = sqlite_service.add_brief(brief.model_copy(update={"hypotheses": (module, *brief.hypotheses[1:])}))
    ((_, drafts),) = sqlite_service.drafts_by_bundle().items()
    assert list(drafts) == list(ids) and drafts[ids[0]] == ("module", "GENA1 module")
    made = draft_twins(example_bundle(), wide_tables(), ExampleEvidence(), BriefSettings(), drafts=drafts, seed=1)
    assert list(made) == list(ids[1:])
    sqlite_service.add_decoys(made, name="d" * 64, bundle=brief.provenance.bundle_key, bundle_digest="e")
    assert ids[0] in {i.id for i in sqlite_service.queue()}
    assert ids[0] not in seen_by(sqlite_service, "ada")
    assert len(seen_by(sqlite_service, "ada")) == len(ids) - 1
