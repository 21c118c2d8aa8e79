"""The review as a state machine: whatever reviewers do, no decision is lost and versions only grow."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent.database import open_database
from agent.database.errors import NotFoundError
from agent.errors import InputError
from agent.examples import ExampleEvidence, example_bundle, example_tables
from agent.pipeline import Tables, write_hypotheses
from agent.review.errors import ConflictError
from agent.review.model import STATUS_OF, Decision
from agent.review.reasons import FITTING
from agent.review.service import ReviewService
from agent.settings import BriefSettings
from agent.workspace import Workspace

made = example_tables()
BRIEF = write_hypotheses(
    example_bundle(),
    Tables(genes=made["genes"], lines=made["lines"], expression=made["expression"]),
    ExampleEvidence(),
    BriefSettings(hypotheses=2),
)
NAMES = st.sampled_from(["ada", "Zoë"])
NOTES = st.text(max_size=30)
WORDINGS = st.text(min_size=1, max_size=40)


class Review(RuleBasedStateMachine):
    """Reviewers act on two drafts and two decoys; a plain list of what was kept is the model."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="review-"))
        self.engine = open_database(Workspace(self.folder))
        self.service = ReviewService(self.engine)
        self.drafts = self.service.add_brief(BRIEF)
        content = self.service.show(self.drafts[0]).content
        self.decoys = self.service.add_decoys(
            dict.fromkeys(self.drafts, content), name="d" * 64, bundle=BRIEF.provenance.bundle_key, bundle_digest="e"
        )
        self.seen = {name: {i.id for i in self.service.queue(blinded=True, reviewer=name)} for name in ("ada", "Zoë")}
        self.kept: list[Decision] = []
        self.wordings = dict.fromkeys(self.drafts, 1)
        self.looked: dict[str, set[str]] = {}

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.dispose()
            shutil.rmtree(self.folder)

    def _open(self, item: str) -> list[Decision]:
        return [d for d in self.kept if d.item == item and d.view == "open"]

    @rule(
        k=st.integers(0, 1), who=NAMES, verb=st.sampled_from(["accept", "reject"]), pick=st.integers(0, 8), note=NOTES
    )
    def decide(self, k: int, who: str, verb: str, pick: int, note: str) -> None:
        reasons = FITTING[verb]  # type: ignore[index]
        reason = reasons[pick % len(reasons)]
        item = self.drafts[k]
        try:
            kept = getattr(self.service, verb)(item, who, reason, note, revision=len(self._open(item)))
        except InputError:
            assert reason == "other"
        else:
            assert kept.version == self.wordings[item]
            self.kept.append(kept)
        finally:
            if reason != "other" or note.strip():
                self.looked.setdefault(who, set()).add(item)

    @rule(k=st.integers(0, 1), who=NAMES, text=WORDINGS)
    def edit(self, k: int, who: str, text: str) -> None:
        item = self.drafts[k]
        before = self.service.show(item).item.statement
        try:
            kept = self.service.edit(item, who, text, "unclear")
        except InputError:
            assert self.service.show(item).item.statement == before
        else:
            self.wordings[item] += 1
            assert kept.made == self.wordings[item]
            self.kept.append(kept)
        self.kept_looks(who, item)

    def kept_looks(self, who: str, item: str) -> None:
        if any(u.reviewer == who and u.item == item for u in self.service.unblindings()):
            self.looked.setdefault(who, set()).add(item)

    @rule(k=st.integers(0, 1), who=NAMES, stale=st.integers(1, 3))
    def decide_on_an_outdated_view(self, k: int, who: str, stale: int) -> None:
        item = self.drafts[k]
        with pytest.raises(ConflictError):
            self.service.accept(item, who, revision=len(self._open(item)) + stale)
        self.kept_looks(who, item)

    @rule(k=st.integers(0, 3), who=NAMES, verb=st.sampled_from(["accept", "reject"]))
    def decide_blinded(self, k: int, who: str, verb: str) -> None:
        item = (*self.drafts, *self.decoys)[k]
        reason = {"accept": "good", "reject": "weak_data"}[verb]
        if item not in self.seen[who]:
            with pytest.raises(NotFoundError):
                self.service.accept(item, who, blinded=True)
            return
        kept = getattr(self.service, verb)(item, who, reason, blinded=True)
        assert kept.blind == (item not in self.looked.get(who, set()))
        self.kept.append(kept)

    @rule(k=st.integers(0, 1), who=NAMES)
    def decide_plainly_on_a_decoy(self, k: int, who: str) -> None:
        with pytest.raises(NotFoundError):
            self.service.reject(self.decoys[k], who, "known")
        self.kept_looks(who, self.decoys[k])

    @rule()
    def add_the_brief_again(self) -> None:
        assert self.service.add_brief(BRIEF) == self.drafts

    @rule()
    def close_and_open_again(self) -> None:
        self.engine.dispose()
        self.engine = open_database(Workspace(self.folder))
        self.service = ReviewService(self.engine)

    @invariant()
    def nothing_is_lost_and_versions_grow(self) -> None:
        for item in self.drafts:
            shown = self.service.show(item)
            assert list(shown.decisions) == [d for d in self.kept if d.item == item]
            assert [v.number for v in shown.versions] == list(range(1, self.wordings[item] + 1))
            assert [v.checked for v in shown.versions] == [True] + [False] * (self.wordings[item] - 1)
            opened = self._open(item)
            assert shown.item.revision == len(opened)
            assert shown.item.status == (STATUS_OF[opened[-1].verb] if opened else "open")
        sequences = [d.sequence for d in self.kept]
        assert sequences == sorted(set(sequences))
        assert [i.id for i in self.service.queue()] == list(self.drafts)

    @invariant()
    def a_blinded_reviewer_sees_only_their_own(self) -> None:
        seen = self.service.queue(blinded=True, reviewer="ada")
        assert {i.id for i in seen} == self.seen["ada"]
        assert all(len({*pair} & self.seen["ada"]) == 1 for pair in zip(self.drafts, self.decoys, strict=True))
        for item in seen:
            own = [d for d in self.kept if (d.item, d.reviewer, d.view) == (item.id, "ada", "blinded")]
            assert item.status == (STATUS_OF[own[-1].verb] if own else "open")
            assert item.revision == len(own)


Review.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestReview = Review.TestCase
