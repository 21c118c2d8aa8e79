"""Counts and times of requests and jobs for Prometheus; labels come from closed sets, never from what a user typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from collections.abc import Iterable

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)


class Metrics:
    """The server's own registry, so that two servers in one process (tests) do not share counts."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "oncobrief_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "oncobrief_request_seconds", "Time to answer", ("route",), buckets=_BUCKETS, registry=self._registry
        )
        self._refused = Counter("oncobrief_refused", "Requests refused", ("why",), registry=self._registry)
        self._jobs = Gauge("oncobrief_jobs", "Background jobs by state", ("state",), registry=self._registry)
        self._sockets = Gauge("oncobrief_open_sockets", "Open pages", registry=self._registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(method if method in METHODS else "other", route, f"{status // 100}xx").inc()
        self._seconds.labels(route).observe(seconds)

    def refused(self, why: str) -> None:
        """Count one request that the guard turned away."""
        self._refused.labels(why).inc()

    def socket(self, change: int) -> None:
        """Count a page's socket that opened (1) or closed (-1)."""
        self._sockets.inc(change)

    def text(self, job_states: Iterable[str]) -> bytes:
        """Everything in the text format of Prometheus."""
        self._jobs.clear()
        for state in job_states:
            self._jobs.labels(state).inc()
        return generate_latest(self._registry)
