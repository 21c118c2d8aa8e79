"""The table of the benchmarks: how each is run, small and full. A new one is one line here."""

from __future__ import annotations

from agent.records import Record

FOLDER = "{folder}"
WORKSPACE = "{workspace}"


class Benchmark(Record):
    """How one benchmark is run.

    Attributes
    ----------
    module
        Below ``benchmarks``.
    small, full
        Arguments; ``{folder}`` stands for a new path, ``{workspace}`` for a workspace with data. None: not run in that
        size, for the reason in `why_not`.
    needs_reference
        Whether it reads the reference data.
    """

    module: str
    small: tuple[str, ...] | None
    full: tuple[str, ...] | None
    needs_reference: bool = False
    why_not: str = ""

    @property
    def area(self) -> str:
        """First part of the module's name."""
        return self.module.split(".")[0]


def _entry(
    module: str, small: str | None, full: str | None, *, reference: bool = False, why_not: str = ""
) -> Benchmark:
    return Benchmark(
        module=module,
        small=None if small is None else tuple(small.split()),
        full=None if full is None else tuple(full.split()),
        needs_reference=reference,
        why_not=why_not,
    )


BENCHMARKS: tuple[Benchmark, ...] = (
    _entry("agent.adversarial", "--small", ""),
    _entry("agent.briefs20", None, None, why_not="needs bundles of the paper's drugs and a place for the briefs"),
    _entry("agent.citation_support", "--small", "", reference=True),
    _entry("agent.drugs20", None, f"--workspace {WORKSPACE}", why_not="explains twenty drugs"),
    _entry(
        "agent.null_briefs",
        f"--rows {FOLDER}.jsonl --signal 1",
        f"--rows {FOLDER}.jsonl --workspace {WORKSPACE} --cohort 60 --drug 60 --labels 60 --signal 20 --report",
    ),
    _entry("agent.real_model", None, "--seeds 5", why_not="starts a language model of 100 MB"),
    _entry("attribution.calibration", "--cohorts 2", "--cohorts 200"),
    _entry("attribution.cost", "--genes 1000", "--genes 1000,6000,18000"),
    _entry("attribution.fit", None, WORKSPACE, why_not="explains ten drugs"),
    _entry("attribution.group_calls", None, "", why_not="one cohort takes minutes"),
    _entry("attribution.local", "--seeds 20", "--seeds 20,21,22,23,24"),
    _entry("attribution.replicated", None, WORKSPACE, reference=True, why_not="reads what validate has stored"),
    _entry("attribution.stability", None, "", why_not="one cohort takes minutes"),
    _entry("chat.latency", None, f"--workspace {WORKSPACE}", why_not="times questions over a workspace"),
    _entry("chat.understanding", f"--workspace {WORKSPACE}", f"--workspace {WORKSPACE} --held-out"),
    _entry("illume.cost", "--small", ""),
    _entry("illume.drugs20", "--small", "", reference=True),
    _entry("illume.planted", "--small", ""),
    _entry("illume.seneca", "--small", ""),
    _entry("illume.shared", "--small", "", reference=True),
    _entry("interactions.beyond", "--small", "--full"),
    _entry("interactions.cost", "--small", "--full"),
    _entry("interactions.illume_rules", "--small", "--full"),
    _entry("interactions.pairs", "--small", "--full"),
    _entry("interactions.real", "--small", "--full", reference=True),
    _entry("retrieval.abstention", None, None, why_not="needs the stores of retrieval.questions and retrieval.scifact"),
    _entry("retrieval.damage", "", ""),
    _entry("retrieval.mentions", None, None, why_not="needs a knowledge base whose names were fetched"),
    _entry(
        "retrieval.questions", None, f"{FOLDER} --keywords-only", reference=True, why_not="indexes 26,000 documents"
    ),
    _entry("retrieval.scale", f"{FOLDER} --no-model --passages 2000", f"{FOLDER} --no-model"),
    _entry("retrieval.scifact", f"{FOLDER} --small", FOLDER, reference=True),
    _entry("scale.fuzz", "--cases 20", "--cases 2000 --write"),
    _entry("scale.kills", "--kills 2", "--kills 100 --write"),
    _entry("scale.law", "--small", "--write"),
    _entry("scale.serve_kills", "--kills 2", "--kills 25 --write"),
    _entry("scale.two_workers", None, "--write", why_not="only an idle machine tells"),
    _entry("validate.error_control", "--small", ""),
    _entry("validate.known_mechanisms", None, WORKSPACE, reference=True, why_not="explains a whole screen"),
    _entry("web.load", f"--workspace {WORKSPACE} --small", f"--workspace {WORKSPACE}"),
)
# Runnable modules of the checkout that measure nothing.
TOOLS = frozenset(
    {
        "agent.citation_report",
        "agent.citation_train",
        "illume.torch_recipe",
        "scale.keep_artefacts",
        "scale.oncobrief_main",
        "web.pictures",
    }
)
