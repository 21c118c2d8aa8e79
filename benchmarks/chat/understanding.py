"""How often the router, without a model, asks the right tool about the right object.

Run: ``python -m benchmarks.chat.understanding --workspace DIR [--held-out | --set NAME] [--result FILE]``. Questions
are in ``questions.yaml`` (used while building), ``held_out.yaml`` (written before the patterns), ``held_out_2.yaml``
to ``held_out_4.yaml`` (written later; each says when). A question is right if exactly the expected tools are asked
about the expected objects; one that no tool fits is right if a question goes back. Every answer is then checked
against the objects and passages it refers to: numbers, quotes, identifiers.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from agent.chat.router import Context, Plan, Router, subject_of
from agent.settings import Settings
from agent.tools import Answer, Toolbox
from agent.workspace import open_workspace

HERE = Path(__file__).parent
# Tools that would start work; they are planned but not run here.
STARTS = frozenset({"explain", "run_null", "brief", "cancel_job", "jobs"})


def right(entry: dict[str, Any], plan: Plan) -> bool:
    """Whether a plan is what the question asks for."""
    if entry.get("ask_back"):
        return not plan.calls or all(call.tool == "help" for call in plan.calls)
    if not plan.calls:
        return bool(entry.get("near")) and entry.get("gene", entry.get("drug")) in plan.offers
    if sorted(call.tool for call in plan.calls) != sorted(entry["tools"]):
        return False
    for call in plan.calls:
        subject = subject_of(call)
        for name in ("drug", "other", "gene", "line", "module"):
            if name in entry and getattr(subject, name) != entry[name]:
                return False
    return True


def plan_in_thread(router: Router, entry: dict[str, Any]) -> Plan:
    """The plan of a question after those asked before it."""
    context = Context()
    for earlier in entry.get("after", ()):
        for call in router.plan(earlier, context).calls:
            context = Context(subject=subject_of(call), tool=call.tool)
    return router.plan(entry["q"], context)


def answers_of(toolbox: Toolbox, plan: Plan) -> list[Answer]:
    """Answers of the plan's tools, without those that start work."""
    return [getattr(toolbox, call.tool)(**call.arguments) for call in plan.calls if call.tool not in STARTS]


def run(workspace: Path, name: str) -> tuple[list[str], dict[str, Any]]:
    """Score one set; returns the lines of the report and the figures."""
    toolbox = Toolbox(open_workspace(workspace), Settings())
    toolbox.warm()
    router = Router(toolbox.desk)
    entries = yaml.safe_load((HERE / f"{name}.yaml").read_text())
    wrong: list[str] = []
    faults: list[str] = []
    planning, answering = [], []
    n_answers = n_back = 0
    for entry in entries:
        started = time.perf_counter()
        plan = plan_in_thread(router, entry)
        planning.append(time.perf_counter() - started)
        if not right(entry, plan):
            said = ", ".join(f"{c.tool}{c.arguments}" for c in plan.calls) or f"asked back: {plan.ask}"
            n_back += not plan.calls
            wrong.append(f"{entry['q']!r}: {said}")
        started = time.perf_counter()
        for answer in answers_of(toolbox, plan):
            n_answers += 1
            faults += [f"{entry['q']!r}: {fault}" for fault in toolbox.faults(answer)]
        answering.append(time.perf_counter() - started)
    toolbox.close()
    figures = {
        "questions": len(entries),
        "right": len(entries) - len(wrong),
        "wrong_asked_back": n_back,
        "answers": n_answers,
        "faults": len(faults),
        "slowest_plan_s": max(planning),
        "slowest_answer_s": max(answering),
    }
    share = 100 * figures["right"] / figures["questions"]
    lines = [
        f"{name}: {figures['right']} of {figures['questions']} right ({share:.1f} %); of the wrong ones {n_back} got a "
        "question back",
        f"answers checked: {n_answers}, with {len(faults)} fault(s)",
        f"slowest plan {max(planning):.2f} s, slowest answer {max(answering):.2f} s (wall, checks included)",
        *(f"- wrong: {text}" for text in wrong),
        *(f"- fault: {text}" for text in faults),
    ]
    return lines, figures


def main() -> int:
    """Score a set of questions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--held-out", action="store_true")
    sets = ("questions", "held_out", "held_out_2", "held_out_3", "held_out_4")
    parser.add_argument("--set", choices=sets, default="questions")
    parser.add_argument("--result", type=Path)
    given = parser.parse_args()
    lines, _ = run(given.workspace, "held_out" if given.held_out else given.set)
    sys.stdout.write("\n".join(lines) + "\n")
    if given.result is not None:
        given.result.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
