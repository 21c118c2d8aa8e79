"""Names that only the passages know are found in any capitals."""

from knowledge.store.annotations import Annotations


def test_a_name_is_found_whatever_its_capitals_and_only_among_its_kind() -> None:
    found = Annotations([(("drug", "ABT-1"), ("gene", "Trp53")), (("gene", "TRP53"),), (("drug", "abt-1"),)])
    assert found.spelt("gene", "trp53") == ("TRP53", "Trp53")
    assert found.spelt("drug", "Abt-1") == ("ABT-1", "abt-1")
    assert found.spelt("drug", "TRP53") == ()
    assert found.spelt("gene", "nonesuch") == ()
