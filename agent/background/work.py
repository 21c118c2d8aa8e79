"""The kinds of background work: what each is asked, and the pipeline functions it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from agent.errors import InputError
from agent.settings import ExplainSettings

if TYPE_CHECKING:
    from agent.pipeline import Explained
    from agent.workspace import Workspace

Progress = Callable[[str, float], None]
Run = Callable[["Workspace", dict[str, JsonValue], Progress], dict[str, str]]

_PARTS_FROM = 0.4
_BRIEF_FROM = 0.9


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


Drug = Annotated[str, Field(min_length=1, max_length=120)]
# Id of an own screen; the public one of the settings where empty.
Own = Annotated[str, Field(pattern=r"^([0-9a-f]{12})?$")]


class ExplainAsked(_Asked):
    """Explain a drug, with further parts where they are named."""

    drug: Drug
    own: Own = ""
    explain: ExplainSettings = ExplainSettings()
    parts: tuple[str, ...] = ()
    null_runs: Annotated[int, Field(ge=19, le=100_000)] = 100


class NullAsked(_Asked):
    """Run null responses for a drug."""

    drug: Drug
    own: Own = ""
    explain: ExplainSettings = ExplainSettings()
    runs: Annotated[int, Field(ge=19, le=100_000)] = 100


class BriefAsked(_Asked):
    """Write the brief of a drug, explaining it first where that was not done."""

    drug: Drug
    own: Own = ""
    explain: ExplainSettings = ExplainSettings()
    parts: tuple[str, ...] = ()
    null_runs: Annotated[int, Field(ge=19, le=100_000)] = 100
    llm: bool = False


@dataclass(frozen=True)
class Kind:
    """One kind of work.

    Attributes
    ----------
    model
        What it is asked, checked before the job starts.
    run
        Does it; returns what it left behind.
    """

    model: type[_Asked]
    run: Run

    def arguments(self, given: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """Checked arguments, defaults filled in.

        Raises
        ------
        agent.errors.InputError
            If they do not fit.
        """
        from explain_engine.deepen import read_parts

        try:
            checked = self.model.model_validate(given)
        except ValidationError as error:
            fault = error.errors(include_input=False)[0]
            raise InputError(f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}") from error
        read_parts(getattr(checked, "parts", ()))
        dumped: dict[str, JsonValue] = checked.model_dump(mode="json")
        return dumped


def run_explain(workspace: Workspace, arguments: dict[str, JsonValue], tell: Progress) -> dict[str, str]:
    """Explain, then add the parts asked for."""
    asked = ExplainAsked.model_validate(arguments)
    found = _explained(workspace, asked, asked.parts, asked.null_runs, tell, 1.0)
    return {"drug": found.bundle.drug, "bundle": found.bundle.key}


def run_null(workspace: Workspace, arguments: dict[str, JsonValue], tell: Progress) -> dict[str, str]:
    """Add the null, and with it the verdicts on annotated targets."""
    asked = NullAsked.model_validate(arguments)
    found = _explained(workspace, asked, ("null", "verdicts"), asked.runs, tell, 1.0)
    return {"drug": found.bundle.drug, "bundle": found.bundle.key}


def run_brief(workspace: Workspace, arguments: dict[str, JsonValue], tell: Progress) -> dict[str, str]:
    """Explain where needed, then write the brief."""
    from agent.jobs import brief_job
    from agent.settings import load_settings

    asked = BriefAsked.model_validate(arguments)
    settings = load_settings().model_copy(update={"explain": asked.explain})
    found = _explained(workspace, asked, asked.parts, asked.null_runs, tell, _BRIEF_FROM)
    tell("writing the brief", _BRIEF_FROM)
    written = brief_job(
        workspace,
        found,
        settings,
        out=None,
        command="brief (background)",
        report=lambda words: tell(words, _BRIEF_FROM),
        llm=asked.llm,
    )
    return {
        "drug": found.bundle.drug,
        "bundle": found.bundle.key,
        "brief": written.paths[0].parent.name,
        "record": written.record.stem,
    }


def _explained(
    workspace: Workspace,
    work: ExplainAsked | NullAsked | BriefAsked,
    parts: tuple[str, ...],
    null_runs: int,
    tell: Progress,
    until: float,
) -> Explained:
    from agent import deepening, pipeline
    from explain_engine.deepen import read_parts

    asked, settings = read_parts(parts), work.explain
    tell("reading the data", 0.0)
    dataset = pipeline.load_dataset(workspace, work.drug, settings, own=work.own)
    middle = until * (_PARTS_FROM if asked else 1.0)
    found = pipeline.explain_or_reuse(dataset, settings, workspace.bundles, progress=_within(tell, 0.0, middle))
    return deepening.deepen_or_reuse(
        workspace, dataset, found, settings, asked, null_runs=null_runs, progress=_within(tell, middle, until)
    )


def _within(tell: Progress, low: float, high: float) -> Callable[..., Any]:
    return lambda what, share: tell(what, low + (high - low) * share)


KINDS: dict[str, Kind] = {
    "explain": Kind(ExplainAsked, run_explain),
    "null": Kind(NullAsked, run_null),
    "brief": Kind(BriefAsked, run_brief),
}
