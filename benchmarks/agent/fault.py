"""One scripted fault: what the endpoint sends, and which words would be a lie if a brief showed them as supported."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.agent.scripted_endpoint import Reply, Seen, answer

Script = Callable[[Seen], Reply]
CONTROL = "control"
KEY = "sk-loopback-4f1c9a7e2b"
GENE = "BCL2"
# The sentence that carries a lie names the gene and the drug, as a good liar would.
HONEST_ALTERNATIVE = "The gene may only mark a cell state that is ready to die."
HONEST_EXPERIMENT = "Take the gene down in lines that hold much of it and see whether the drug still acts on them."
HONEST_MECHANISM = "The gene may hold these cells back from death, so that they depend on it."


@dataclass(frozen=True)
class Fault:
    """One scripted case.

    Attributes
    ----------
    lies
        Words that may stand in the brief only as a marked proposal; empty where the fault is one of the wire.
    documents
        Texts planted in the knowledge base.
    stream
        Whether the endpoint is asked for streams.
    """

    kind: str
    name: str
    script: Script
    lies: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    stream: bool = False
    timeout_s: float = 5.0


def slots(
    mechanism: str = HONEST_MECHANISM,
    passages: tuple[str, ...] = (),
    quotes: tuple[tuple[str, str], ...] = (),
    alternative: str = HONEST_ALTERNATIVE,
    experiment: str = HONEST_EXPERIMENT,
) -> dict[str, Any]:
    """A whole answer of the right form."""
    return {
        "mechanism": [
            {
                "text": mechanism,
                "passages": list(passages),
                "quotes": [{"passage": p, "text": t} for p, t in quotes],
            }
        ],
        "alternatives": [alternative],
        "experiment": experiment,
    }


def asked_about(seen: Seen, gene: str = GENE) -> bool:
    """Whether a request asks about this gene."""
    return f"Propose for {gene} and" in seen.text


def is_repair(seen: Seen) -> bool:
    """Whether a request asks for a better answer."""
    return any(m.get("role") == "assistant" for m in seen.body.get("messages", []))


def passages_shown(seen: Seen) -> dict[str, str]:
    """Passages as the prompt shows them: id -> text."""
    lines = seen.text.split("\n")
    return {
        line.rsplit(" ", 1)[1]: lines[i + 1]
        for i, line in enumerate(lines[:-1])
        if line.startswith("<<<") and " P" in line and not line.startswith("Lines between")
    }


def lying(make: Callable[[Seen], dict[str, Any]], *, persists: bool) -> Script:
    """Lie about one gene, once or each time it is asked; be honest about the others."""

    def script(seen: Seen) -> Reply:
        lie = asked_about(seen) and (persists or not is_repair(seen))
        return answer(json.dumps(make(seen) if lie else slots()), seen)

    return script


def in_slot(kind: str, name: str, text: str, i: int) -> Fault:
    """The text as mechanism, alternative or experiment in turn; persisting or mended in turn; streamed or not."""
    slot = ("mechanism", "alternative", "experiment", "cited")[i % 4]

    def make(seen: Seen) -> dict[str, Any]:
        if slot == "cited":
            return slots(text, tuple(passages_shown(seen))[:1])
        return slots(**{slot: text})  # type: ignore[arg-type]

    return Fault(kind, f"{name} ({slot})", lying(make, persists=bool((i // 2) % 2)), (text,), stream=bool(i % 2))


def garbled(
    kind: str,
    name: str,
    reply: Callable[[Seen], Reply],
    i: int,
    lies: tuple[str, ...] = (),
    *,
    stream: bool = False,
    timeout_s: float = 5.0,
) -> Fault:
    """A bad reply: to the first request only (even `i`), or to every one (odd)."""

    def script(seen: Seen) -> Reply:
        return reply(seen) if i % 2 or seen.number == 1 else answer(json.dumps(slots()), seen)

    return Fault(kind, f"{name}, {'always' if i % 2 else 'once'}", script, lies, stream=stream, timeout_s=timeout_s)
