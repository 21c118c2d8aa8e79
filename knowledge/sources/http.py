"""One polite way to the network: rate limit, retries with back-off, bounded answers, a cache on disk."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from knowledge.errors import SourceError
from knowledge.files import write_text

MAX_BYTES = 64 * 1024 * 1024
_RETRY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_TOOL = "oncobrief"


class _TryAgainError(Exception):
    """A failure that may pass: a busy server, a broken connection, an answer that was cut off."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


@dataclass
class Fetcher:
    """Asks one service.

    Attributes
    ----------
    name
        Name of the service, for messages and the cache.
    per_second
        Requests a second at most.
    cache
        Folder of kept answers; None keeps none. An interrupted harvest goes on from what is kept.
    max_age
        Seconds after which a kept answer is asked for again.
    attempts
        Tries for one request.
    timeout
        Seconds for one request.
    email
        Contact that services ask for; sent as ``email`` by those that want it.
    sleep, clock
        Replaced in tests.
    """

    name: str
    per_second: float = 3.0
    cache: Path | None = None
    max_age: float = 7 * 24 * 3600.0
    attempts: int = 5
    timeout: float = 30.0
    email: str | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _next: float = field(default=0.0, init=False, repr=False)

    def text(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        form: Mapping[str, str] | None = None,
        body: Any = None,
        check: Callable[[str], object] | None = None,
    ) -> str:
        """Get an answer as text.

        Parameters
        ----------
        params
            Query parameters.
        form, body
            Makes it a POST of form fields or of JSON.
        check
            Called with the text; a `ValueError` from it (a cut-off answer) counts as a failure that may pass, and such
            an answer is not kept.

        Raises
        ------
        SourceError
            The service refused, or did not recover within the tries.
        """
        kept = self._kept(url, params, form, body)
        if kept is not None and kept.exists() and time.time() - kept.stat().st_mtime < self.max_age:
            return kept.read_text(encoding="utf-8")

        def ask() -> str:
            text = self._ask(url, params, form, body)
            if check is not None:
                try:
                    check(text)
                except ValueError as error:
                    raise _TryAgainError(f"the answer is broken ({error})") from error
            return text

        retrying = Retrying(
            retry=retry_if_exception_type(_TryAgainError),
            stop=stop_after_attempt(self.attempts),
            wait=_wait,
            sleep=self.sleep,
            reraise=True,
        )
        try:
            text: str = retrying(ask)
        except _TryAgainError as error:
            raise SourceError(
                f"{self.name}: {error}; gave up after {self.attempts} tries, run it again later"
            ) from error
        if kept is not None:
            write_text(kept, text)
        return text

    def json(self, url: str, params: Mapping[str, str] | None = None, *, body: Any = None) -> Any:
        """Get an answer as JSON; a GraphQL answer with ``errors`` is a failure whatever its status."""
        text = self.text(url, params, body=body, check=json.loads)
        data = json.loads(text)
        if isinstance(data, dict) and data.get("errors"):
            first = data["errors"][0]
            message = first.get("message", first) if isinstance(first, dict) else first
            raise SourceError(f"{self.name} answered with an error: {str(message)[:200]}")
        return data

    def xml(
        self, url: str, params: Mapping[str, str] | None = None, *, form: Mapping[str, str] | None = None
    ) -> ElementTree.Element:
        """Get an answer as XML."""
        return parse_xml(self.text(url, params, form=form, check=parse_xml))

    def _kept(
        self, url: str, params: Mapping[str, str] | None, form: Mapping[str, str] | None, body: Any
    ) -> Path | None:
        if self.cache is None:
            return None
        # Keys and mail addresses do not change the answer and must not end up in file names.
        public = {name: value for name, value in (params or {}).items() if name not in ("api_key", "email")}
        public_form = {name: value for name, value in (form or {}).items() if name not in ("api_key", "email")}
        text = json.dumps([url, public, public_form, body], sort_keys=True)
        return self.cache / self.name / hashlib.sha256(text.encode()).hexdigest()[:32]

    def _ask(self, url: str, params: Mapping[str, str] | None, form: Mapping[str, str] | None, body: Any) -> str:
        now = self.clock()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self.per_second
        method = "GET" if form is None and body is None else "POST"
        headers = {"User-Agent": f"{_TOOL} (research; {self.email or 'no contact given'})"}
        try:
            with httpx.stream(
                method,
                url,
                params=dict(params) if params else None,
                data=dict(form) if form else None,
                json=body,
                headers=headers,
                timeout=self.timeout,
                follow_redirects=False,
            ) as answer:
                if answer.status_code in _RETRY_STATUS:
                    raise _TryAgainError(f"answered {answer.status_code}", _retry_after(answer))
                pieces, size = [], 0
                for piece in answer.iter_bytes():
                    size += len(piece)
                    if size > MAX_BYTES:
                        raise SourceError(f"{self.name}: the answer is larger than {MAX_BYTES // 2**20} MiB; narrow it")
                    pieces.append(piece)
                content = b"".join(pieces)
                if answer.status_code != 200:
                    detail = content[:200].decode("utf-8", "replace")
                    raise SourceError(f"{self.name} refused the request ({answer.status_code}): {detail}")
        except httpx.TransportError as error:
            raise _TryAgainError(f"no answer ({type(error).__name__}: {error})") from error
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _TryAgainError("the answer is not UTF-8 text") from error


def _retry_after(answer: httpx.Response) -> float | None:
    value = answer.headers.get("retry-after", "")
    return min(float(value), 120.0) if value.isdigit() else None


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _TryAgainError) and error.wait is not None:
        return error.wait
    return float(min(2.0 ** (state.attempt_number - 1), 60.0))


def parse_xml(text: str) -> ElementTree.Element:
    """Parse XML that came from outside.

    Raises
    ------
    ValueError
        It is not whole, or it declares entities (the way of expansion bombs).
    """
    if "<!ENTITY" in text:
        raise ValueError("the XML declares entities, which no source here has reason to")
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"the XML is not whole: {error}") from error
