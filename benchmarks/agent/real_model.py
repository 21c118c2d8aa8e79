"""SmolLM2-135M on loopback against the language model step: `python -m benchmarks.agent.real_model [--seeds N]`.

The drug, the genes and the records are made up (`agent.examples`). Writes benchmarks/results/agent_real_model.md.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from agent.examples import ExampleEvidence, example_bundle, example_tables
from agent.llm.session import Session
from agent.model_job import ModelWriter
from agent.pipeline import Tables, write_hypotheses
from agent.records import current_versions
from agent.settings import BriefSettings, LLMSettings
from benchmarks.agent.local_model import MODEL, missing, served
from knowledge.ids.tables import load_names

RESULTS = Path(__file__).resolve().parents[1] / "results"
BRIEF = BriefSettings(hypotheses=1)


def main() -> int:
    """Run; exit status 1 where a brief changed outside the model's section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    if missing() is not None:
        print(missing())
        return 2
    tables = example_tables()
    made_up = Tables(genes=tables["genes"], lines=tables["lines"], expression=tables["expression"])
    find = load_names(Path(tempfile.mkdtemp())).lexicon.find
    bundle = example_bundle()
    plain = write_hypotheses(bundle, made_up, ExampleEvidence(), BRIEF)
    lines = ["| seed | answer | shown as inference | unverified | supports | not rendered | tokens | CPU s | s |"]
    lines.append("|" + "---|" * 9)
    intact = True
    with served() as url:
        for seed in range(args.seeds):
            cpu, wall = time.process_time(), time.monotonic()
            settings = LLMSettings(
                base_url=url,
                model=MODEL,
                seed=seed,
                temperature=0.7,
                timeout_s=300,
                max_output_tokens=250,
                repairs=0,
                retries=0,
                stream=bool(seed % 2),
            )
            with Session(settings) as session:
                brief = write_hypotheses(bundle, made_up, ExampleEvidence(), BRIEF, ModelWriter(find, session))
            found = brief.hypotheses[0]
            proposal = found.proposal
            if proposal is None:
                raise RuntimeError("the language model step did not run")
            intact &= found.model_copy(update={"proposal": None}) == plain.hypotheses[0]
            labels = Counter(s.label for s in proposal.sentences)
            lines.append(
                f"| {seed} | {proposal.status}{' (' + proposal.why + ')' if proposal.why else ''} | "
                f"{labels['inference']} | {labels['unverified']} | {labels['supports']} | {len(proposal.rejected)} | "
                f"{session.budget.used.tokens} | {time.process_time() - cpu:.0f} | {time.monotonic() - wall:.0f} |"
            )
            print(lines[-1], flush=True)
            for sentence in proposal.sentences:
                print(f"    shown ({sentence.label}): {sentence.sentence.text[:160]!r}")
            for refused in proposal.rejected:
                print(f"    refused: {refused.text[:100]!r}: {'; '.join(c.name for c in refused.checks)}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    text = [
        "# A real model on the real wire",
        "",
        f"`python -m benchmarks.agent.real_model --seeds {args.seeds}`: {MODEL} through xllamacpp on loopback, "
        "one thread, temperature 0.7, one hypothesis of the made-up example, odd seeds streamed, no repairs.",
        f"Versions: {', '.join(f'{k} {v}' for k, v in current_versions(with_model=True).items())}.",
        "",
        *lines,
        "",
        f"The rest of every brief is the template brief's: {'yes' if intact else 'NO'}. Peak memory of the whole "
        f"process, server included: {peak} MiB. Seconds were taken on a machine shared with other work.",
        "",
    ]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "agent_real_model.md").write_text("\n".join(text))
    print("\n".join(text[-3:]))
    return 0 if intact else 1


if __name__ == "__main__":
    sys.exit(main())
