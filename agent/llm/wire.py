"""What is let through from an endpoint: replies of bounded size and time, of the documented form, and nothing else.

A reply is read whole, checked, and written anew from the few fields that are used, before any library parses it. So a
hostile or broken server can make a try fail, but not more.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies, proxy_bypass

import httpx2

from agent.llm.errors import AnswerError, RetryableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SENT = frozenset({"host", "content-type", "content-length", "accept", "authorization", "connection"})
_TOKENS_AT_MOST = 10**9


class GuardedTransport(httpx2.BaseTransport):
    """Send through `inner`, and let only well-formed replies back.

    Parameters
    ----------
    inner
        The transport that does the work.
    max_bytes, deadline_s
        A reply that is longer, or takes longer from first to last byte, is given up.
    clean
        Takes secrets out of any text that came back.

    Raises
    ------
    RetryableError
        From `handle_request`: the reply was cut, too long, too slow, or no completion.
    """

    def __init__(
        self, inner: httpx2.BaseTransport, *, max_bytes: int, deadline_s: float, clean: Callable[[str], str]
    ) -> None:
        self._inner = inner
        self._max_bytes = max_bytes
        self._deadline_s = deadline_s
        self._clean = clean

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; see the class."""
        end = time.monotonic() + self._deadline_s
        # Other headers say things about this machine or come from the environment; the endpoint needs none of them.
        headers = [(k, v) for k, v in request.headers.items() if k.lower() in _SENT]
        sent = httpx2.Request(
            request.method,
            request.url,
            headers=[*headers, ("Accept-Encoding", "identity")],
            content=request.read(),
            extensions=request.extensions,
        )
        reply = self._inner.handle_request(sent)
        try:
            body = self._read(reply, end)
        finally:
            reply.close()
        if reply.status_code != 200:
            return self._refusal(reply, body)
        if reply.headers.get("content-encoding", "identity").lower() != "identity":
            raise RetryableError("the reply is compressed although that was not asked for", billed=True)
        start = body.lstrip()[:5]
        streamed = start in (b"data:", b"event") or start[:1] == b":"
        completion = _cleaned(self._completion(body, streamed=streamed), self._clean)
        # Handed on in the form that was asked for, whichever the endpoint chose.
        if json.loads(sent.content).get("stream"):
            return _respond(_as_stream(completion), "text/event-stream")
        return _respond(json.dumps(completion).encode(), "application/json")

    def _completion(self, body: bytes, *, streamed: bool) -> dict[str, Any]:
        """The completion that a reply holds, made anew from the fields that are used."""
        return read_stream(body) if streamed else read_completion(body)

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()

    def _read(self, reply: httpx2.Response, end: float) -> bytes:
        taken = bytearray()
        stream = reply.stream
        if not isinstance(stream, httpx2.SyncByteStream):
            raise RetryableError("the reply has no readable body")
        try:
            for chunk in stream:
                taken += chunk
                if len(taken) > self._max_bytes:
                    raise RetryableError(f"the reply is longer than {self._max_bytes} bytes", billed=True)
                if time.monotonic() > end:
                    raise RetryableError(f"the reply took longer than {self._deadline_s:g} s", billed=True)
        except (httpx2.RemoteProtocolError, httpx2.ReadError) as error:
            raise RetryableError("the reply was cut before its end", billed=True) from error
        return bytes(taken)

    def _refusal(self, reply: httpx2.Response, body: bytes) -> httpx2.Response:
        said = self._clean(_printable(_fault_words(body[:4000])))[:200]
        headers = {"content-type": "application/json"}
        if "retry-after" in reply.headers:
            headers["retry-after"] = reply.headers["retry-after"]
        content = json.dumps({"error": {"message": said}}).encode()
        return httpx2.Response(reply.status_code, headers=headers, content=content)


def open_transport(url: str) -> httpx2.BaseTransport:
    """The plain transport to `url`, through the proxy that the environment names for it, if any."""
    parts = httpx2.URL(url)
    proxy = None if proxy_bypass(parts.host) else getproxies().get(parts.scheme)
    return httpx2.HTTPTransport(proxy=proxy)


def parse_json(text: str) -> Any:
    """Parse JSON as the standard has it.

    Raises
    ------
    ValueError
        If it is not JSON, nested without end, or holds numbers that JSON does not know.
    """
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def read_completion(body: bytes) -> dict[str, Any]:
    """The fields of a chat completion that are used.

    Raises
    ------
    RetryableError
        If the body is no chat completion.
    """
    found = reply_object(body)
    choice = first_choice(found)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise RetryableError("the reply is no chat completion (no message)", billed=True)
    return _completion(found, choice, message.get("content"), message.get("refusal"), found.get("usage"))


def read_stream(body: bytes) -> dict[str, Any]:
    """The fields of a streamed chat completion that are used, put together.

    Raises
    ------
    RetryableError
        If an event is no JSON object, or the stream ends before the answer does.
    """
    content: list[str] = []
    refusal: list[str] = []
    usage: object = None
    last: dict[str, Any] = {}
    finish: object = None
    done = False
    for event in _events(body):
        if event == "[DONE]":
            done = True
            break
        found = reply_object(event.encode())
        last = {**last, **{k: found[k] for k in ("model", "system_fingerprint", "id") if k in found}}
        usage = found.get("usage") or usage
        if not found.get("choices"):
            continue
        choice = first_choice(found)
        delta = choice.get("delta")
        if isinstance(delta, dict):
            content += [delta["content"]] if isinstance(delta.get("content"), str) else []
            refusal += [delta["refusal"]] if isinstance(delta.get("refusal"), str) else []
        finish = choice.get("finish_reason") or finish
    if finish is None or not done:
        raise RetryableError("the stream was cut before the answer ended", billed=True)
    return _completion(last, {"finish_reason": finish}, "".join(content) or None, "".join(refusal) or None, usage)


def _events(body: bytes) -> Iterator[str]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RetryableError("the reply is not UTF-8", billed=True) from error
    # Only line feeds part events; splitlines() would also cut at characters that JSON allows inside strings.
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line.startswith("data:"):
            yield line[5:].strip()


def reply_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a reply.

    Raises
    ------
    RetryableError
        If it is none, or reports an error.
    """
    try:
        found = parse_json(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise RetryableError("the reply is not UTF-8", billed=True) from error
    except ValueError as error:
        raise RetryableError("the reply is not JSON", billed=True) from error
    if not isinstance(found, dict):
        raise RetryableError("the reply is no JSON object", billed=True)
    if "error" in found and "choices" not in found:
        raise RetryableError("the endpoint reports an error in a reply of status 200")
    return found


def first_choice(found: dict[str, Any]) -> dict[str, Any]:
    """The first choice of a completion.

    Raises
    ------
    RetryableError
        If there is none.
    """
    choices = found.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise RetryableError("the reply is no chat completion (no choices)", billed=True)
    return choices[0]


def _completion(
    found: dict[str, Any], choice: dict[str, Any], content: object, refusal: object, usage: object
) -> dict[str, Any]:
    if isinstance(refusal, str) and refusal and not content:
        raise AnswerError("the model refused to answer")
    if not isinstance(content, str) or not content.strip():
        raise RetryableError("the reply holds no text", billed=True)
    counts = usage if isinstance(usage, dict) else {}
    finish = choice.get("finish_reason")
    fingerprint = found.get("system_fingerprint")
    kept: dict[str, Any] = {
        "id": "completion",
        "object": "chat.completion",
        "created": 0,
        "model": _short(found.get("model")),
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": _valid_text(content)},
                "finish_reason": finish if finish in ("stop", "length") else "stop",
            }
        ],
    }
    if isinstance(fingerprint, str) and fingerprint:
        kept["system_fingerprint"] = _short(fingerprint)
    sent, received = _count(counts.get("prompt_tokens")), _count(counts.get("completion_tokens"))
    if sent is not None and received is not None:
        kept["usage"] = {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}
    return kept


def _as_stream(completion: dict[str, Any]) -> bytes:
    """One event with the whole text, one with its end and use: what is left of the stream after checking."""
    choice = completion["choices"][0]
    head = {k: v for k, v in completion.items() if k not in ("choices", "usage")} | {"object": "chat.completion.chunk"}
    events: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": choice["message"], "finish_reason": None}]},
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]},
    ]
    if "usage" in completion:
        events.append({**head, "choices": [], "usage": completion["usage"]})
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    return "".join([*lines, "data: [DONE]\n\n"]).encode()


def _cleaned(completion: dict[str, Any], clean: Callable[[str], str]) -> dict[str, Any]:
    choice = completion["choices"][0]
    message = _clean_values(choice["message"], clean)
    out = {**completion, "model": clean(completion["model"]), "choices": [{**choice, "message": message}]}
    if "system_fingerprint" in completion:
        out["system_fingerprint"] = clean(completion["system_fingerprint"])
    return out


def _clean_values(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: _clean_values(held, clean) for key, held in value.items()}
    return [_clean_values(held, clean) for held in value] if isinstance(value, list) else value


def _fault_words(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    try:
        found = parse_json(text)
    except ValueError:
        return text
    fault = found.get("error") if isinstance(found, dict) else None
    words = fault.get("message") if isinstance(fault, dict) else fault
    return words if isinstance(words, str) else text


def _respond(content: bytes, kind: str) -> httpx2.Response:
    return httpx2.Response(200, headers={"content-type": kind}, content=content)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _TOKENS_AT_MOST else None


def _short(value: object) -> str:
    return _printable(value)[:100] if isinstance(value, str) else ""


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in _valid_text(text))


def _valid_text(text: str) -> str:
    # JSON can spell half of a surrogate pair, which no file or hash can hold.
    return text.encode("utf-8", "replace").decode("utf-8")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
