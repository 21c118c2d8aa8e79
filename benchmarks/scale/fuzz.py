"""Damaged and made-up input for every parser: it returns or refuses in one of our error types, in bounded time.

    python -m benchmarks.scale.fuzz --cases 2000

Cases are drawn by hypothesis: valid input with bytes flipped, cut, repeated or replaced by pieces of the format, and
input made of such pieces alone. Prints the number of cases run for each parser.
"""

from __future__ import annotations

import argparse
import logging
import platform
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks.scale.fuzz_targets import Target, targets

LIMIT_S = 5.0
_RESULTS = Path(__file__).resolve().parents[1] / "results"


@dataclass
class Tally:
    """What was run for one parser; seconds are CPU time."""

    cases: int = 0
    refused: int = 0
    slowest: float = 0.0


@st.composite
def damaged(draw: st.DrawFn, target: Target) -> bytes:
    """Bytes that are nearly, partly or not at all what the parser expects."""
    piece = st.one_of(st.sampled_from(target.tokens or (b"\x00",)), st.binary(max_size=8))
    if draw(st.integers(0, 4)) == 0:
        return b"".join(draw(st.lists(piece, max_size=12)))
    data = bytearray(draw(st.sampled_from(target.seeds)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        how = draw(st.integers(0, 4))
        if how == 0:
            data[at:at] = draw(piece)
        elif how == 1:
            del data[at : at + draw(st.integers(1, 40))]
        elif how == 2 and at < len(data):
            data[at] ^= draw(st.integers(1, 255))
        elif how == 3:
            end = min(len(data), at + draw(st.integers(1, 60)))
            data[end:end] = data[at:end] * draw(st.integers(1, 4))
        else:
            data[at : at + 4] = draw(piece)
    return bytes(data)


@contextmanager
def _quiet() -> Iterator[None]:
    # The readers' own libraries comment on every fault they meet.
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def fuzz(name: str, target: Target, cases: int, *, limit: float = LIMIT_S) -> Tally:
    """Run `cases` inputs through one parser.

    Raises
    ------
    AssertionError
        If it takes longer than `limit` seconds of CPU.
    BaseException
        Whatever else than its refusals it raises.
    """
    tally = Tally()

    @settings(
        max_examples=cases,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(damaged(target))
    def run(data: bytes) -> None:
        began = time.process_time()
        tally.cases += 1
        try:
            with _quiet():
                target.read(data)
        except target.refusals as error:
            tally.refused += 1
            if not str(error).strip():
                raise AssertionError(f"{name}: refused without a word") from error
        took = time.process_time() - began
        tally.slowest = max(tally.slowest, took)
        if took > limit:
            raise AssertionError(f"{name}: {took:.1f} s of CPU for {len(data)} bytes")

    run()
    return tally


def main() -> None:
    """Fuzz every parser and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--only", help="names, comma-separated")
    parser.add_argument("--write", action="store_true", help="write benchmarks/results/scale_fuzz.md")
    given_ = parser.parse_args()
    chosen = {n: t for n, t in targets().items() if given_.only is None or n in given_.only.split(",")}
    rows, wrong = [], 0
    for name, target in chosen.items():
        try:
            tally = fuzz(name, target, given_.cases)
        except BaseException as error:
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
            wrong += 1
            rows.append(f"| {name} | - | - | {type(error).__name__}: {str(error)[:160]} |")
        else:
            rows.append(f"| {name} | {tally.cases} | {tally.refused} | {tally.slowest:.3f} |")
        print(rows[-1], flush=True)
    head = [
        "# Fuzzing of the parsers",
        "",
        f"`python -m benchmarks.scale.fuzz --cases {given_.cases}`, Python {platform.python_version()}, derandomised.",
        "",
        "| parser | cases | refused | slowest case, CPU-s |",
        "|---|---|---|---|",
    ]
    if given_.write:
        (_RESULTS / "scale_fuzz.md").write_text("\n".join([*head, *rows]) + "\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
