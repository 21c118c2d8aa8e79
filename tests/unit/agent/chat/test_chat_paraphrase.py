"""Questions in words that no pattern knows: understood, offered as readings, or given back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from agent.chat.intents import BY_TOOL
from agent.chat.paraphrase import OFF_TOPIC, ParaphraseBank
from agent.chat.phrasings import load_phrasings, masked_form, spoken_form
from agent.chat.router import Context, Router
from agent.chat.spelling import mended
from agent.chat.understanding import Paraphraser
from agent.toolbox.records import Subject
from agent.tools import Toolbox
from knowledge.embed import Vectors, default_embedder
from knowledge.errors import StoreError

AFTER_GENE = Context(subject=Subject(drug="Examplinib", gene="GENA1"), tool="gene")


class Unused:
    """An embedder that must not be asked."""

    id = "unused"
    dimension = 2

    def embed(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError(f"embedded {texts}")


@pytest.fixture(scope="module")
def router(toolbox: Toolbox) -> Router:
    return Router(toolbox.desk)


@pytest.fixture
def without(toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch) -> Router:
    """A router whose embedder is missing."""

    def missing() -> Unused:
        raise StoreError("the offline embedding model is not installed")

    router = Router(toolbox.desk)
    monkeypatch.setattr(router, "_paraphraser", Paraphraser(missing))
    return router


PARAPHRASED = [
    ("halt the whole computation please", "cancel_job"),
    ("could everything we see for examplinib be luck or noise", "null"),
    ("would the top of examplinib change when I resample the cells", "stability"),
    ("shuffle the responses of examplinib and fit that again", "run_null"),
    ("which duo of genes is more than its sum for examplinib", "interactions"),
]


@pytest.mark.parametrize(("text", "tool"), PARAPHRASED)
def test_paraphrase_is_understood(router: Router, without: Router, text: str, tool: str) -> None:
    assert [call.tool for call in router.plan(text).calls] == [tool]
    # It's the examples that do it: without them the same words reach another tool or none.
    assert [call.tool for call in without.plan(text).calls] != [tool]


@pytest.mark.parametrize(
    "text", ["what shall we cook tonight", "is it raining over there", "how old is your grandmother", "sing a tune"]
)
def test_what_is_off_the_subject_goes_back(router: Router, text: str) -> None:
    for context in (Context(), AFTER_GENE):
        plan = router.plan(text, context)
        assert plan.calls == () and plan.ask is not None and plan.offers


def test_without_an_embedder_patterns_and_questions_back_are_as_before(without: Router) -> None:
    assert [call.tool for call in without.plan("does GENA1 matter for examplinib?").calls] == ["gene"]
    plan = without.plan("is there teamwork in there", AFTER_GENE)
    assert plan.calls == () and plan.ask == "I did not understand that."
    without.warm()


def test_patterns_come_first_and_bare_names_need_no_embedder(toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    router = Router(toolbox.desk)
    monkeypatch.setattr(router, "_paraphraser", Paraphraser(Unused))
    for text, tool in (
        ("examplinib", "overview"),
        ("GENA1 examplinib", "gene"),
        ("what contradicts GENA1 in examplinib?", "contradictions"),
        ("is GENA1 for examplinib only lineage?", "lineage"),
    ):
        assert [call.tool for call in router.plan(text).calls] == [tool]


def test_close_readings_are_offered_and_each_is_understood_by_patterns_alone(
    toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agent.chat.understanding import Understood

    router = Router(toolbox.desk)
    near = Understood(near=("stability", "replication"))
    monkeypatch.setattr(router._paraphraser, "read", lambda masked, among: near)
    plan = router.plan("would that come out once more", AFTER_GENE)
    assert plan.calls == () and plan.subject == AFTER_GENE.subject
    assert [router.plan(offer).calls[0].tool for offer in plan.offers] == ["stability", "replication"]


def test_a_reading_without_a_drug_asks_for_it(router: Router) -> None:
    plan = router.plan("would I get the same top genes if I resampled the cells")
    assert plan.calls == () and plan.offers
    assert all("xamplinib" in offer or "theramab" in offer for offer in plan.offers)


def test_every_tool_has_phrasings_and_every_reading_is_understood(router: Router, without: Router) -> None:
    bank = load_phrasings()
    assert set(bank.intents) == set(BY_TOOL)
    known = {"drug": "examplinib", "other": "otheramab", "gene": "GENA1", "line": "LINE-07", "module": "1"}
    for tool, phrased in bank.intents.items():
        for form in phrased.say:
            (call,) = without.plan(form.format_map(known)).calls
            # What is explained already is shown instead of being worked out again.
            assert call.tool == ("overview" if tool == "explain" else tool), form


def test_no_phrasing_stands_twice_or_for_two_tools() -> None:
    bank = load_phrasings()
    texts = [spoken_form(masked_form(t)) for p in bank.intents.values() for t in p.phrasings]
    texts += [spoken_form(masked_form(t)) for t in bank.off_topic]
    assert len(texts) == len(set(texts))


def test_most_phrasings_are_read_by_the_others() -> None:
    bank = ParaphraseBank(default_embedder())
    votes = bank.left_out()
    here = bank.owners != bank.tools.index(OFF_TOPIC)
    assert np.mean(votes.argmax(axis=1)[here] == bank.owners[here]) > 0.65


def test_left_out_votes_are_those_of_a_bank_without_the_example() -> None:
    shipped = load_phrasings()
    small = {tool: shipped.intents[tool] for tool in ("null", "brief", "help")}
    whole = ParaphraseBank(default_embedder(), shipped.model_copy(update={"intents": small}))
    _, rows, _ = whole._fit()
    kept = np.arange(len(rows)) != 3
    kernel = rows[kept] @ rows[kept].T + np.eye(kept.sum())
    expected = rows[3] @ rows[kept].T @ np.linalg.solve(kernel, np.eye(len(whole.tools))[whole.owners[kept]])
    np.testing.assert_allclose(whole.left_out()[3], expected, atol=1e-9)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("is this knwon for <drug>", "is this known for <drug>"),
        ("wich publicatoins on <gene>", "wich publications on <gene>"),
        ("the literatur on <drug>", "the literature on <drug>"),
        ("zzqqx <drug> blorp", "zzqqx <drug> blorp"),
        ("<drug> and <gene>", "<drug> and <gene>"),
    ],
)
def test_slips_in_plain_words_are_mended_and_names_left_alone(typed: str, read: str) -> None:
    assert mended(typed) == read


def test_a_slip_in_a_word_of_the_patterns_is_read(router: Router) -> None:
    plan = router.plan("is GENA1 in examplinib alredy descrbed?")
    assert [call.tool for call in plan.calls] == ["known"]
