from pathlib import Path

from agent.examples import example_bundle
from agent.examples_depth import example_deep_bundle
from agent.web.shelf import Shelf


def test_newest_method_speaks_for_a_drug_before_the_deepest_bundle(tmp_path: Path) -> None:
    old = example_deep_bundle().model_copy(update={"key": "old", "revision": 1})
    new = example_bundle().model_copy(update={"key": "new", "revision": 2})
    assert old.drug == new.drug
    for bundle in (old, new):
        bundle.save(tmp_path, {})
    cards = Shelf(tmp_path).of_drug(old.drug)
    assert [card.folder for card in cards] == ["new", "old"]
    assert len(cards[1].parts) > len(cards[0].parts)
