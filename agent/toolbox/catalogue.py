"""The tools as a table: name, what it is for, typed arguments. Chat agents and MCP take their schemas from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from agent.background.state import JOB_ID

_NAME = {"min_length": 1, "max_length": 120}
Drug = Annotated[str, Field(description="Drug: GDSC name, synonym or code, for example venetoclax or ABT-199", **_NAME)]
Gene = Annotated[str, Field(description="Gene: HGNC symbol or alias, for example BCL2", **_NAME)]
MaybeGene = Annotated[str | None, Field(description="Gene: HGNC symbol or alias", **_NAME)]
MaybeDrug = Annotated[str | None, Field(description="Drug: GDSC name, synonym or code", **_NAME)]
Own = Annotated[
    str | None, Field(description="Name of an own screen (see own_screens); the public one when left out", **_NAME)
]
Line = Annotated[str, Field(description="Cell line, for example MV-4-11", **_NAME)]
ModuleNumber = Annotated[int | None, Field(description="Number of a module, from 1", ge=1, le=999)]
JobId = Annotated[str | None, Field(description="Id of a job; the newest when left out", pattern=rf"^{JOB_ID}$")]


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NoArguments(_Arguments):
    """Takes nothing."""


class OfDrug(_Arguments):
    """A drug."""

    drug: Drug


class OfPair(_Arguments):
    """A drug and a gene."""

    drug: Drug
    gene: Gene


class OfDrugMaybeGene(_Arguments):
    """A drug, and a gene where one is meant."""

    drug: Drug
    gene: MaybeGene = None


class OfTwoDrugs(_Arguments):
    """Two drugs."""

    first: Drug
    second: Drug


class OfDraft(_Arguments):
    """A drug, and a gene or the number of a module where one is meant."""

    drug: Drug
    gene: MaybeGene = None
    module: ModuleNumber = None


class OfLine(_Arguments):
    """A drug and a cell line."""

    drug: Drug
    line: Line


class OfModules(_Arguments):
    """A drug, and the number of a module where one is meant."""

    drug: Drug
    number: ModuleNumber = None


class OfSearch(_Arguments):
    """Words, a drug, a gene, or all of them."""

    query: Annotated[str, Field(description="Words to look for", max_length=400)] = ""
    drug: MaybeDrug = None
    gene: MaybeGene = None
    k: Annotated[int, Field(description="Passages at most", ge=1, le=20)] = 5


class OfPassage(_Arguments):
    """A stored passage."""

    passage_id: Annotated[str, Field(description="Id of a passage, as answers give it", min_length=1, max_length=300)]


class OfDrugs(_Arguments):
    """A word that drugs must fit."""

    query: Annotated[str | None, Field(description="Part of a name, a target or a class", max_length=120)] = None


class OfWork(_Arguments):
    """A drug, and the user's own screen where that is meant."""

    drug: Drug
    own: Own = None


class OfExplain(_Arguments):
    """A drug and the further parts to run."""

    drug: Drug
    parts: Annotated[
        list[str],
        Field(
            description="Of: null, replication, interactions, modules, rules, verdicts, stability; or all", max_length=8
        ),
    ] = []
    null_runs: Annotated[int, Field(description="Null runs of the part null", ge=19, le=2000)] = 100
    own: Own = None


class OfNull(_Arguments):
    """A drug and the number of null runs."""

    drug: Drug
    runs: Annotated[int, Field(description="Null runs", ge=19, le=2000)] = 100
    own: Own = None


class OfJob(_Arguments):
    """A job."""

    job: JobId = None


@dataclass(frozen=True)
class ToolSpec:
    """One tool.

    Attributes
    ----------
    name
        Method of `agent.tools.Toolbox`.
    purpose
        What it is for, in the words that a model or a client reads.
    arguments
        Closed model of its arguments.
    works
        Whether it starts or stops background work.
    """

    name: str
    purpose: str
    arguments: type[BaseModel]
    works: bool = False


TOOLS: tuple[ToolSpec, ...] = (
    ToolSpec("overview", "Why some cell lines respond to a drug: score, best-ranked genes, verdicts.", OfDrug),
    ToolSpec("gene", "Whether a gene matters for a drug: rank, effect with interval, null, replication.", OfPair),
    ToolSpec("lineage", "Whether the effect of a gene on a drug's response is only lineage.", OfPair),
    ToolSpec("compare", "Two drugs side by side: shared and different genes.", OfTwoDrugs),
    ToolSpec("contradictions", "What speaks against a finding: passages, records, verdicts, screens.", OfDrugMaybeGene),
    ToolSpec("known", "Whether a drug-gene pair is on record, with passages; or all records.", OfDrugMaybeGene),
    ToolSpec("draft", "A checked hypothesis for a gene or module of a drug, or the best ones.", OfDraft),
    ToolSpec("lines_to_test", "Which cell lines a test of a hypothesis would use, and how many.", OfDrugMaybeGene),
    ToolSpec("why_line", "Why a cell line is sensitive or resistant: out-of-bag contributions.", OfLine),
    ToolSpec("modules", "Modules of genes that act together on the response.", OfModules),
    ToolSpec("interactions", "Pairs of genes whose joint effect differs from the sum.", OfDrug),
    ToolSpec("rules", "Rules that tell responders apart, and changes that flip the model's answer.", OfDrug),
    ToolSpec("null", "What null runs on permuted responses say.", OfDrug),
    ToolSpec("verdicts", "Whether the data recover the annotated targets.", OfDrug),
    ToolSpec("replication", "Whether leading genes hold in a second screen.", OfDrug),
    ToolSpec("stability", "How far the ranking stays the same on other samples of lines.", OfDrug),
    ToolSpec("literature", "Stored passages for words, a drug, a gene.", OfSearch),
    ToolSpec("show_passage", "One stored passage whole, with its source.", OfPassage),
    ToolSpec("drugs", "Drugs of the screen, those explained here first.", OfDrugs),
    ToolSpec("own_screens", "The user's own screens with the drugs that can be explained.", NoArguments),
    ToolSpec("runs", "Runs on record.", NoArguments),
    ToolSpec("jobs", "How background jobs stand.", OfJob),
    ToolSpec("explain", "Start explaining a drug in the background.", OfExplain, works=True),
    ToolSpec("run_null", "Start null runs for a drug in the background.", OfNull, works=True),
    ToolSpec("brief", "Start writing the brief of a drug in the background.", OfWork, works=True),
    ToolSpec("cancel_job", "Cancel a background job.", OfJob, works=True),
    ToolSpec("help", "What can be asked.", NoArguments),
)
