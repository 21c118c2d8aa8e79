"""Background jobs with progress, and the record of past runs."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from fastapi import Request
from nicegui import ui

from agent.errors import InputError
from agent.web.pages.elements import Markup, button, tag
from agent.web.pages.layout import frame

if TYPE_CHECKING:
    from pathlib import Path

    from agent.background.state import Job
    from agent.web.services import Services

EVERY_S = 1.0
_SHOWN = 40


def add(services: Services) -> None:
    """Add them."""

    @ui.page("/jobs")
    def jobs(request: Request) -> None:
        session = request.state.session
        with frame("Jobs", "/jobs", session):
            tag("h1", "Jobs")
            tag("p", "Work that runs in the background; it goes on when this page is closed.", "meta")
            live_jobs(services, session.user)
            Markup("runs.jinja", runs=recorded_runs(services.workspace.runs)[:_SHOWN])


def live_jobs(services: Services, user: str, *, drug: str | None = None, own: str | None = None) -> None:
    """The list of jobs, brought up to date every second while the page is open.

    Parameters
    ----------
    drug, own
        Only jobs on this drug, or on this own screen, and nothing where there are none.
    """
    every = drug is None and own is None
    box = tag("div", classes="jobs", aria_live="polite")
    rows: dict[str, _Row] = {}

    async def refresh() -> None:
        found = await asyncio.to_thread(services.jobs.list)
        wanted = [
            job
            for job in found[:_SHOWN]
            if (drug is None or _is_on(job, drug)) and (own is None or job.arguments.get("own") == own)
        ]
        if not rows and not wanted and every:
            empty.props.pop("hidden", None)
        else:
            empty.props["hidden"] = True
        for job in reversed(wanted):
            if job.id not in rows:
                with box:
                    rows[job.id] = _Row(services, job, user, refresh)
                rows[job.id].box.move(target_index=0)
            rows[job.id].show(job)

    empty = tag("p", "No job has been started.", "small", hidden=True)
    ui.timer(EVERY_S, refresh)


class _Row:
    """One job: state, progress bar, cancel or resume."""

    def __init__(self, services: Services, job: Job, user: str, refresh: Any) -> None:
        self._services = services
        self._refresh = refresh
        self._last: Job | None = None
        self.box = tag("div", classes="card job")
        with self.box:
            self._screen = _screen_of(services, job)
            self._words = Markup("job.jinja", job=job, screen=self._screen)
            self._bar = tag("progress", max="100", aria_label=f"Progress of {job.kind}")
            with tag("div", classes="buttons"):
                self._cancel = button("Cancel", lambda: self._act("cancel"), "no")
                self._resume = button("Resume", lambda: self._act("resume"))

    def show(self, job: Job) -> None:
        if job == self._last:
            return
        self._last = job
        self._words.show(job=job, screen=self._screen)
        self._bar.props["value"] = str(round(100 * job.progress))
        _hide(self._bar, job.ended)
        _hide(self._cancel, job.ended)
        _hide(self._resume, job.status not in ("interrupted", "cancelled", "failed"))

    async def _act(self, what: str) -> None:
        if self._last is None:
            return
        act = self._services.jobs.cancel if what == "cancel" else self._services.jobs.resume
        try:
            await asyncio.to_thread(act, self._last.id)
        except InputError as error:
            ui.notify(str(error))
        await self._refresh()


def recorded_runs(folder: Path) -> list[dict[str, Any]]:
    """Run records, newest first; one that cannot be read is named as such."""
    runs: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.json"), reverse=True):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            runs.append(
                {key: record[key] for key in ("id", "command", "started", "finished", "bundle_key", "snapshot")}
            )
        except (OSError, ValueError, KeyError, TypeError):
            runs.append({"id": path.stem, "command": "cannot be read", "started": "", "finished": "",
                         "bundle_key": "", "snapshot": ""})  # fmt: skip
    return runs


def _is_on(job: Job, drug: str) -> bool:
    return str(job.arguments.get("drug", "")).casefold() == drug.casefold()


def _screen_of(services: Services, job: Job) -> str:
    """Name of the own screen that a job works on; empty for a public one."""
    own = str(job.arguments.get("own") or "")
    if not own:
        return ""
    try:
        return services.screens.get(own).name
    except InputError:
        return "an own screen that was deleted"


def _hide(element: Any, hidden: bool) -> None:
    if hidden:
        element.props["hidden"] = True
    else:
        element.props.pop("hidden", None)
