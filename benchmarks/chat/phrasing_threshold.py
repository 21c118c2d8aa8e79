"""The example phrasings of the chat against each other, and against questions off the subject.

Run: ``python -m benchmarks.chat.phrasing_threshold``. Each phrasing of ``prompts/chat/phrasings.v1.yaml`` is read by
all others (leave-one-out), each question of ``off_topic.yaml`` by all. Printed for a grid of thresholds: how many are
taken as understood, how many of these rightly, and how many questions off the subject would get an answer.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import yaml

from agent.chat.paraphrase import OFF_TOPIC, ParaphraseBank
from agent.chat.phrasings import masked_form
from agent.chat.understanding import LEAST_LEAD, LEAST_SCORE, OFFERED_FROM, WORK_LEAD
from knowledge.embed import default_embedder

HERE = Path(__file__).parent


def main() -> int:
    """Print the table."""
    bank = ParaphraseBank(default_embedder())
    started = time.process_time()
    votes = bank.left_out()
    sys.stdout.write(
        f"bank of {len(votes)} phrasings embedded and fitted in {time.process_time() - started:.2f} CPU-s\n"
    )
    off = yaml.safe_load((HERE / "off_topic.yaml").read_text(encoding="utf-8"))
    started = time.process_time()
    among = set(bank.tools) - {"compare", "why_line"}
    asked = [bank.readings(masked_form(q), among | ({"why_line"} if "LINE" in q else set())) for q in off]
    sys.stdout.write(f"one question {1000 * (time.process_time() - started) / len(off):.1f} CPU-ms\n")
    here = bank.owners != bank.tools.index(OFF_TOPIC)
    order = np.argsort(-votes, axis=1)
    best, second = order[:, 0], order[:, 1]
    score = np.take_along_axis(votes, order, axis=1)
    first_right = best == bank.owners
    either = first_right | (second == bank.owners)
    sys.stdout.write(
        f"leave-one-out: first reading right {first_right[here].mean():.3f}, among the first two "
        f"{either[here].mean():.3f}; off-topic phrasings told {first_right[~here].mean():.3f}"
        f"; off-topic questions told {np.mean([r[0].tool == OFF_TOPIC for r in asked]):.3f} of {len(off)}\n"
    )
    sys.stdout.write("| score | lead | taken | of them right | off-topic questions answered |\n|---|---|---|---|---|\n")
    for least in (0.12, 0.16, 0.20, 0.25, 0.30):
        for lead in (0.0, 0.04, 0.08, 0.12, 0.16):
            taken = here & (best != len(bank.tools) - 1) & (score[:, 0] >= least) & (score[:, 0] - score[:, 1] >= lead)
            wrong = [r[0].tool != OFF_TOPIC and r[0].score >= least and r[0].score - r[1].score >= lead for r in asked]
            cells = (least, lead, f"{taken.sum()} of {here.sum()}", f"{first_right[taken].mean():.3f}")
            sys.stdout.write(f"| {' | '.join(map(str, cells))} | {sum(wrong)} of {len(off)} |\n")
    sys.stdout.write(
        f"in force: score {LEAST_SCORE}, lead {LEAST_LEAD} (work {WORK_LEAD}), offered from {OFFERED_FROM}\n"
    )
    for q, r in zip(off, asked, strict=True):
        if r[0].tool != OFF_TOPIC and r[0].score >= LEAST_SCORE:
            sys.stdout.write(f"- off-topic {q!r}: {r[0].tool} {r[0].score:.2f}, then {r[1].tool} {r[1].score:.2f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
