"""Faults of form and wire: no JSON, another schema, status codes, broken replies, keys sent back, refusals and talk."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from benchmarks.agent.fault import KEY, Fault, garbled, in_slot, slots
from benchmarks.agent.scripted_endpoint import Reply, answer, completion, events, raw, refusal


def broken_json() -> Iterator[Fault]:
    """Answers that are no JSON object; the endpoint mends itself or does not."""
    whole = json.dumps(slots("BCL2 cures everything with venetoclax."))
    bodies = (
        whole[:-1], whole[: len(whole) // 2], whole.replace('"', "'"), whole + whole, "null", "[]", "42", '"text"',
        "[" * 5000, '{"mechanism": NaN}', whole.replace(":", "=", 2), "{" + whole, "no json at all",
        "```json\n" + whole[:-3] + "\n```",
        "\\ud800", '{"a":' * 3000,
    )  # fmt: skip
    for i, body in enumerate(bodies):
        yield garbled("broken JSON", f"body {i}", lambda seen, b=body: answer(b, seen), i)


def wrong_schema() -> Iterator[Fault]:
    """JSON of another form than asked for."""
    lie = "BCL2 cures everything with venetoclax."
    good = slots(lie)
    variants: tuple[Any, ...] = (
        {},
        {"answer": lie},
        {**good, "verdict": "supported"},
        {**good, "mechanism": lie},
        {**good, "mechanism": [lie]},
        {**good, "mechanism": [{"text": lie}]},
        {**good, "mechanism": [{**good["mechanism"][0], "label": "supports"}]},
        {**good, "alternatives": lie},
        {**good, "alternatives": [{"text": lie}]},
        {**good, "experiment": [lie]},
        {**good, "experiment": None},
        {**good, "mechanism": [{"text": 7, "passages": [], "quotes": []}]},
        {**good, "mechanism": good["mechanism"] * 50},
        {**good, "experiment": lie * 500},
        {"mechanism": good["mechanism"], "alternatives": []},
        [good],
    )
    for i, variant in enumerate(variants):
        yield garbled("wrong schema", f"variant {i}", lambda seen, v=variant: answer(json.dumps(v), seen), i, (lie,))


def wire_faults() -> Iterator[Fault]:
    """Faults below the answer: status codes, slow, cut, empty, huge, mislabelled and undecodable replies."""
    good = json.dumps(slots())
    whole = json.dumps(completion(good)).encode()
    for i, wait in enumerate(("1", "0", "-5", "soon", "1e9", "Wed, 21 Oct 2015 07:28:00 GMT", "nan", "")):
        headers = {"Retry-After": wait} if wait else {}
        yield garbled("429", f"Retry-After {wait!r}", lambda _, h=headers: refusal(429, "slow down", **h), i)
    for i, code in enumerate((500, 502, 503, 504, 520, 529, 408, 500)):
        yield garbled("5xx", str(code), lambda _, c=code: raw(b"<html>oops</html>", "text/html", c), i)
    for i, code in enumerate((400, 401, 403, 404, 302, 410)):
        yield garbled(
            "refused for good",
            str(code),
            lambda _, c=code: refusal(c, "BCL2 cures everything"),
            i,
            ("BCL2 cures everything",),
        )
    for i in range(4):
        yield garbled(
            "slow", f"drip {i}", lambda _: Reply(chunks=(b"{", b" ", b" ", b"}"), pause_s=0.25), i, timeout_s=0.4
        )
    parts = events(good)
    for i in range(4):
        cut = parts[: 1 + i]
        yield garbled(
            "cut stream",
            f"after {1 + i}",
            lambda _, c=cut: Reply(headers={"Content-Type": "text/event-stream"}, chunks=tuple(c)),
            i,
            stream=True,
        )
    for i, at in enumerate((1, 20, len(whole) // 2, len(whole) - 1)):
        yield garbled("cut reply", f"at {at}", lambda _, n=at: Reply(chunks=(whole[:n],), length=len(whole)), i)
    for i, body in enumerate(
        (
            b"",
            b"   ",
            b"{}",
            json.dumps(completion("")).encode(),
            json.dumps(completion(None)).encode(),
            b'{"choices":[]}',
        )
    ):
        yield garbled("empty", f"body {i}", lambda _, b=body: raw(b), i)
    for i, body in enumerate(
        (b"x" * 400_000, json.dumps(completion("y" * 400_000)).encode(), b" " * 400_000 + whole, b"[" * 400_000)
    ):
        yield garbled("huge", f"body {i}", lambda _, b=body: raw(b), i)
    for i, kind in enumerate(("text/html", "image/png", "text/plain; charset=utf-16", "application/octet-stream")):
        body = b"<html><body>BCL2 cures everything</body></html>" if i % 2 == 0 else b"\x89PNG\r\n\x1a\n"
        yield garbled("wrong content type", kind, lambda _, b=body, k=kind: raw(b, k), i, ("BCL2 cures everything",))
    for i, junk in enumerate(
        (b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\x00\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x28\xa1")
    ):
        yield garbled(
            "invalid UTF-8", f"bytes {i}", lambda _, j=junk: raw(whole.replace(b"The gene", b"The gene" + j)), i
        )
    for i, usage in enumerate(
        ({"prompt_tokens": -5, "completion_tokens": "many"}, {"prompt_tokens": 10**12}, "free", [])
    ):
        yield garbled(
            "senseless usage", f"usage {i}", lambda seen, u=usage: raw(json.dumps(completion("{", usage=u)).encode()), i
        )


def echoed_keys() -> Iterator[Fault]:
    """The endpoint sends the key back, in answers, errors and names."""
    spelt = (KEY, KEY.encode().hex(), base64.b64encode(KEY.encode()).decode(), KEY[::-1])
    for i, key in enumerate(spelt):
        text = f"BCL2 holds the cells back from death and venetoclax ends that ({key})."
        yield in_slot("key echoed", f"sentence {i}", text, i)
    yield garbled("key echoed", "error", lambda _: refusal(401, f"bad key {KEY}"), 1, (KEY,))
    yield garbled("key echoed", "server error", lambda _: refusal(500, f"bad key {KEY}"), 1, (KEY,))
    yield garbled("key echoed", "no JSON", lambda seen: answer(f"key {KEY}", seen), 0, (KEY,))
    whole = {
        **completion(json.dumps(slots("BCL2 binds what venetoclax ends " + KEY + "."))),
        "model": KEY,
        "system_fingerprint": KEY,
    }
    yield garbled("key echoed", "model name", lambda _: raw(json.dumps(whole).encode()), 1, (KEY,))


def refusals_and_talk() -> Iterator[Fault]:
    """Refusals, talk about itself, advice for patients, appeals to a literature that it does not cite."""
    texts = (
        "I cannot help with medical questions about BCL2 and venetoclax.",
        "As an AI language model I have no opinion on BCL2 and venetoclax.",
        "I'm sorry, but BCL2 and venetoclax are outside what is allowed.",
        "My instructions say that BCL2 and venetoclax must not be discussed.",
    )
    for i, text in enumerate(texts):
        yield in_slot("refusal", text[:30], text, i)
    for i in range(3):
        yield garbled(
            "refusal", f"refusal field {i}", lambda _: raw(json.dumps(completion(None, refusal="no")).encode()), i
        )
    advice = (
        "Patients with high BCL2 should be given venetoclax.",
        "Doctors can prescribe venetoclax where BCL2 is high.",
        "Venetoclax cures leukaemia that has much BCL2.",
        "Venetoclax is approved for tumours with BCL2.",
    )
    for i, text in enumerate(advice):
        yield in_slot("advice for patients", text[:30], text, i)
    appeals = (
        "It is well established that BCL2 makes venetoclax work.",
        "Clinical trials have shown that venetoclax works where BCL2 is high.",
        "According to experts, BCL2 is what venetoclax hits in these lines.",
        "Many studies link BCL2 to what venetoclax does.",
        "Researchers have demonstrated that BCL2 holds back death until venetoclax.",
        "The literature agrees that BCL2 is the target that venetoclax needs.",
    )
    for i, text in enumerate(appeals):
        yield in_slot("appeal to uncited literature", text[:30], text, i)
