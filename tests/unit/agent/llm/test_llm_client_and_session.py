"""The wire, through real HTTP on loopback: what is tried again, what is refused, and what never comes back."""

import json
import time

import pytest

from agent.hypotheses.model_slots import read_slots
from agent.llm.client import Message, retry_after
from agent.llm.errors import AnswerError, BudgetError, EndpointError
from agent.llm.session import Session
from agent.prompts import load_prompt
from agent.settings import LLMSettings
from benchmarks.agent.scripted_endpoint import Reply, ScriptedEndpoint, answer, completion, events, raw, refusal

KEY = "sk-unit-0123456789"
GOOD = json.dumps({"mechanism": [], "alternatives": [], "experiment": "Lower it and look."})
ASKED = (Message(role="system", content="rules"), Message(role="user", content="question"))
SCHEMA = load_prompt("hypothesis/propose", 1).answer or {}


def ask(script, *, waits=None, cache=None, **settings):
    """Ask once; returns (answer or error, endpoint, session)."""
    waits = waits if waits is not None else []
    with ScriptedEndpoint(script) as endpoint:
        chosen = LLMSettings.model_validate(
            {"base_url": endpoint.url, "model": "m", "api_key": KEY, "timeout_s": 5.0, "retries": 2, **settings}
        )
        with Session(chosen, cache=cache, sleep=waits.append) as session:
            try:
                found, _ = session.ask(ASKED, SCHEMA, read_slots)
            except (AnswerError, BudgetError, EndpointError) as error:
                return error, endpoint, session
            return found, endpoint, session


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_comes_back_with_what_the_endpoint_reports(stream):
    found, endpoint, session = ask(lambda seen: answer(GOOD, seen), stream=stream)
    assert found.text == GOOD
    assert (found.prompt_tokens, found.output_tokens, found.fingerprint) == (100, 50, "fp_scripted")
    body = endpoint.seen[0].body
    assert body["seed"] == 0
    assert body["temperature"] == 0.0
    assert body["response_format"]["type"] == "json_schema"
    assert body["response_format"]["json_schema"]["strict"] is True
    assert bool(body.get("stream")) is stream
    assert session.budget.used.tokens == 150


def test_only_what_the_endpoint_needs_is_sent(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-service")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-another-service")
    with ScriptedEndpoint(lambda seen: answer(GOOD, seen)) as endpoint:
        with Session(LLMSettings(base_url=endpoint.url, model="m")) as session:
            session.ask(ASKED, SCHEMA, read_slots)
        headers = endpoint.seen[0].headers
    assert set(headers) <= {
        "host", "content-type", "content-length", "accept", "authorization", "connection", "accept-encoding"
    }  # fmt: skip
    assert "another-service" not in json.dumps(headers)


def test_429_waits_as_long_as_asked_but_never_longer_than_set():
    waits = []

    def script(seen):
        return (
            refusal(429, **{"Retry-After": "7" if seen.number == 1 else "9999"})
            if seen.number < 3
            else answer(GOOD, seen)
        )

    found, endpoint, session = ask(script, waits=waits, max_wait_s=20.0)
    assert found.text == GOOD
    assert waits == [7.0, 20.0]
    assert session.tally.retries == 2
    assert len(endpoint.seen) == 3


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3.0), ("0.5", 0.5), ("-1", None), ("nan", None), ("inf", None), ("soon", None), (None, None),
     ("Wed, 21 Oct 2015 07:28:10 GMT", 10.0)],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_date(value, seconds):
    assert retry_after(value, 1445412480.0) == seconds


WIRE = {
    "server error": lambda _: refusal(503),
    "not JSON": lambda _: raw(b"<html>", "text/html"),
    "not UTF-8": lambda _: raw(b'{"choices": [{"message": {"content": "\xff"}}]}'),
    "no choices": lambda _: raw(b'{"choices": null}'),
    "endless nesting": lambda _: raw(b"[" * 50_000),
    "no JSON number": lambda _: raw(b'{"choices": [{"message": {"content": "{}"}}], "usage": NaN}'),
    "cut": lambda _: Reply(chunks=(b'{"id"',), length=500),
    "empty": lambda _: raw(b""),
    "no text": lambda _: raw(json.dumps(completion(None)).encode()),
    "too long": lambda _: raw(b"x" * 60_000),
    "compressed": lambda _: raw(b"\x1f\x8b", **{"Content-Encoding": "gzip"}),
    "drip": lambda _: Reply(chunks=(b" ",) * 6, pause_s=0.2),
}


@pytest.mark.parametrize("name", WIRE)
@pytest.mark.parametrize("stream", [False, True])
def test_a_broken_reply_is_tried_again_and_then_given_up_with_one_clear_error(name, stream):
    found, endpoint, session = ask(
        WIRE[name], stream=stream, retries=1, max_response_bytes=50_000, timeout_s=0.5 if name == "drip" else 5.0
    )
    assert isinstance(found, EndpointError)
    assert "given up after 2 tries" in str(found)
    assert len(endpoint.seen) == 2
    assert session.ended == str(found)


def test_a_stream_that_ends_before_its_end_is_no_answer():
    cut = tuple(events(GOOD, done=False))
    found, endpoint, _ = ask(
        lambda _: Reply(headers={"Content-Type": "text/event-stream"}, chunks=cut), stream=True, retries=1
    )
    assert "stream was cut" in str(found)
    assert len(endpoint.seen) == 2


def test_a_reply_that_drips_is_given_up_at_the_deadline():
    started = time.monotonic()
    found, _, _ = ask(lambda _: Reply(chunks=(b" ",) * 100, pause_s=0.1), retries=0, timeout_s=0.5)
    assert "took longer than 0.5 s" in str(found)
    assert time.monotonic() - started < 8.0


@pytest.mark.parametrize("code", [401, 403, 404, 302])
def test_what_no_further_try_can_mend_is_asked_once(code):
    found, endpoint, session = ask(lambda _: refusal(code, "no such model"))
    assert isinstance(found, EndpointError)
    assert len(endpoint.seen) == 1
    assert "ONCOBRIEF_LLM__BASE_URL" in str(found)
    # Words of the endpoint are for the user's eyes, and never part of an error that a brief may show.
    assert "no such model" not in str(found)
    assert session.said == "no such model"


def test_an_endpoint_that_is_down_is_said_to_be_down():
    settings = LLMSettings(base_url="http://127.0.0.1:9/v1", model="m", retries=1)
    with Session(settings, sleep=lambda _: None) as session, pytest.raises(EndpointError, match="cannot be reached"):
        session.ask(ASKED, SCHEMA, read_slots)


def test_auto_steps_down_where_the_schema_is_refused_and_stays_there():
    def script(seen):
        kind = seen.body.get("response_format", {}).get("type")
        return (
            refusal(400, "unknown response_format")
            if kind == "json_schema"
            else answer(f"Sure!\n```json\n{GOOD}\n```", seen)
        )

    with ScriptedEndpoint(script) as endpoint:
        with Session(LLMSettings(base_url=endpoint.url, model="m", retries=0)) as session:
            first, _ = session.ask(ASKED, SCHEMA, read_slots)
            session.ask((*ASKED, ASKED[1]), SCHEMA, read_slots)
        kinds = [s.body.get("response_format", {}).get("type") for s in endpoint.seen]
    assert kinds == ["json_schema", "json_object", "json_object"]
    assert read_slots(first.text).experiment == "Lower it and look."
    with_schema, _, _ = ask(script, structured="json_schema")
    assert isinstance(with_schema, EndpointError)


def test_answers_of_another_form_are_asked_for_again_as_often_as_repairs_allow():
    found, endpoint, session = ask(lambda seen: answer("no object", seen), repairs=2)
    assert isinstance(found, AnswerError)
    assert len(endpoint.seen) == 3
    assert session.ended is None
    assert isinstance(ask(lambda _: raw(json.dumps(completion(None, refusal="no")).encode()))[0], AnswerError)


def test_an_answer_ended_by_the_limit_is_no_answer():
    found, _, _ = ask(lambda _: raw(json.dumps(completion(GOOD, finish="length")).encode()), repairs=0)
    assert isinstance(found, AnswerError)


@pytest.mark.parametrize("spelt", [KEY, KEY[::-1], KEY.encode().hex()])
def test_the_key_never_comes_back(spelt, tmp_path):
    text = json.dumps({"mechanism": [], "alternatives": [], "experiment": f"the key is {spelt}"})
    reply = {**completion(text), "model": spelt, "system_fingerprint": spelt}
    found, _, session = ask(lambda _: raw(json.dumps(reply).encode()), cache=tmp_path)
    kept = "".join(p.read_text() for p in tmp_path.rglob("*.json"))
    for where in (found.model_dump_json(), kept, *session.reported):
        assert spelt not in where
        assert "[key removed]" in where
    refused, _, session = ask(lambda _: refusal(401, f"bad key {spelt}"))
    assert spelt not in str(refused) + session.said
    assert "[key removed]" in session.said


def test_a_kept_answer_is_not_asked_for_again_and_a_damaged_one_is(tmp_path):
    with ScriptedEndpoint(lambda seen: answer(GOOD, seen)) as endpoint:
        settings = LLMSettings(base_url=endpoint.url, model="m")

        def once(chosen=settings):
            with Session(chosen, cache=tmp_path) as session:
                session.ask(ASKED, SCHEMA, read_slots)
                return session.tally.asked, session.tally.kept, session.budget.used.tokens

        assert once() == (1, 0, 150)
        assert once() == (0, 1, 0)
        assert once(settings.model_copy(update={"seed": 1})) == (1, 0, 150)
        for path in tmp_path.rglob("*.json"):
            path.write_text(path.read_text().replace("Lower it", "Raise it"))
        assert once() == (1, 0, 150)
        assert len(endpoint.seen) == 3


def test_a_cut_answer_is_never_kept(tmp_path):
    ask(lambda _: raw(json.dumps(completion(GOOD, finish="length")).encode()), cache=tmp_path, repairs=0)
    ask(lambda seen: answer("no object", seen), cache=tmp_path, repairs=0)
    assert list(tmp_path.rglob("*.json")) == []
