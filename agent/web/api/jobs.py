"""Routes about background jobs, recorded runs and written briefs."""

from __future__ import annotations

import glob
import json
import re
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from agent.background.state import Job
from agent.web.api.system import session_of

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

    from agent.web.services import Services

BRIEF_FILES = {
    "brief.html": "text/html; charset=utf-8",
    "brief.md": "text/plain; charset=utf-8",
    "brief.json": "application/json",
    "brief.ris": "application/x-research-info-systems",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")


class NewJob(BaseModel):
    """What to run: a kind and its arguments, at least the drug."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=40, description="explain, null or brief")
    arguments: dict[str, JsonValue]


def add(app: FastAPI, services: Services) -> None:
    """Add them."""
    router = APIRouter(prefix="/api", tags=["jobs"])

    @router.get("/jobs")
    def jobs() -> list[Job]:
        """All jobs, newest first."""
        return list(services.jobs.list())

    @router.post("/jobs", status_code=201)
    def submit(request: Request, wanted: NewJob) -> Job:
        """Start one."""
        return services.jobs.submit(wanted.kind, wanted.arguments, user=session_of(request).user)

    @router.get("/jobs/{job_id}")
    def job(job_id: str) -> Job:
        """State of one."""
        return services.jobs.get(job_id)

    @router.post("/jobs/{job_id}/cancel")
    def cancel(job_id: str) -> Job:
        """Stop one with everything it started."""
        return services.jobs.cancel(job_id)

    @router.post("/jobs/{job_id}/resume")
    def resume(job_id: str) -> Job:
        """Start one again that ended without a result."""
        return services.jobs.resume(job_id)

    @router.get("/runs/{run_id}")
    def run(run_id: str) -> FileResponse:
        """Record of a run: what it was made of."""
        return FileResponse(_file(services.workspace.runs, f"{run_id}.json"), media_type="application/json")

    app.include_router(router)

    @app.get("/briefs/{folder}/{name}", tags=["briefs"])
    def brief(folder: str, name: str) -> Response:
        """A file of a written brief."""
        if name not in BRIEF_FILES:
            raise HTTPException(404, "no such file")
        if not _NAME.fullmatch(folder):
            raise HTTPException(404, "no such brief")
        return FileResponse(_file(services.workspace.briefs / folder, name), media_type=BRIEF_FILES[name])


def briefs_of(folder: Path, drug: str, bundle_keys: set[str]) -> list[dict[str, Any]]:
    """Written briefs of a drug that were made from one of the bundles, newest first."""
    found: list[tuple[float, dict[str, Any]]] = []
    # Folders begin with the drug's name; only those are read.
    word = "".join(c if c.isalnum() else "-" for c in drug.lower())
    for path in folder.glob(f"{glob.escape(word)}-*/brief.json"):
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            bundle = raw["provenance"]["bundle_key"]
            if bundle not in bundle_keys:
                continue
            head, made = raw["headline"], path.stat().st_mtime
            entry = {
                "bundle": bundle,
                "screen": str(raw["screen"]),
                "headline": head["sentence"]["text"],
                "confidence": head["confidence"],
            }
            found.append((made, {"folder": path.parent.name, "made": made, **entry}))
        except (OSError, ValueError, KeyError, TypeError):
            # A brief that cannot be read is not offered; its bundle can be made into a new one.
            continue
    return [entry for _, entry in sorted(found, key=lambda pair: -pair[0])]


def _file(folder: Path, name: str) -> Path:
    """A plain file directly in `folder`.

    Raises
    ------
    HTTPException
        If there is none, or the name leads elsewhere.
    """
    path = folder / name
    if not _NAME.fullmatch(name) or not path.is_file() or path.resolve().parent != folder.resolve():
        raise HTTPException(404, "no such file")
    return path
