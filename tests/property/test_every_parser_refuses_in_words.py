"""Whatever a file holds, every parser returns or raises one of our own errors with words in it, in bounded time."""

import pytest

from benchmarks.scale.fuzz import fuzz
from benchmarks.scale.fuzz_targets import targets

CASES = 40


@pytest.mark.parametrize("name", targets())
def test_any_bytes_are_read_or_refused(name: str) -> None:
    tally = fuzz(name, targets()[name], CASES)
    print(f"{name}: {tally.cases} cases, {tally.refused} refused, slowest {tally.slowest:.3f} CPU-s")
    assert tally.cases >= CASES
