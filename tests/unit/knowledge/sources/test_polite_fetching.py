import httpx
import pytest

import knowledge.sources.http as http
from knowledge.errors import SourceError
from knowledge.sources.http import Fetcher, parse_xml


def test_requests_keep_their_distance(replay, fetcher: Fetcher, clock) -> None:
    for _ in range(3):
        replay.then("ok")
        fetcher.text(replay.url)
    assert clock.slept == [pytest.approx(0.5), pytest.approx(0.5)]


def test_a_busy_server_is_asked_again_when_it_says(replay, fetcher: Fetcher, clock) -> None:
    replay.then("", 429, {"Retry-After": "7"}).then("", 500).then("", 503).then("fine")
    assert fetcher.text(replay.url) == "fine"
    assert len(replay.requests) == 4
    assert clock.slept[0] == 7.0
    assert sum(clock.slept) > 7 + 2


def test_it_gives_up_with_the_next_step(replay, fetcher: Fetcher) -> None:
    for _ in range(5):
        replay.then("", 500)
    with pytest.raises(SourceError, match=r"answered 500; gave up after 5 tries, run it again later"):
        fetcher.text(replay.url)
    assert len(replay.requests) == 5


@pytest.mark.parametrize("status", [400, 403, 404, 302])
def test_a_refusal_is_not_repeated(replay, fetcher: Fetcher, status: int) -> None:
    replay.then("bad query", status, {"Location": "http://127.0.0.1:1/"})
    with pytest.raises(SourceError, match=str(status)):
        fetcher.text(replay.url)
    assert len(replay.requests) == 1


def test_a_connection_that_breaks_off_is_tried_again(replay, fetcher: Fetcher) -> None:
    replay.then("half", cut=True).then("whole")
    assert fetcher.text(replay.url) == "whole"


def test_no_server_is_a_source_error(fetcher: Fetcher) -> None:
    with pytest.raises(SourceError, match="no answer"):
        fetcher.text("http://127.0.0.1:1/")


def test_json_errors_behind_status_200_are_errors(replay, fetcher: Fetcher) -> None:
    replay.then({"errors": [{"message": "Field 'x' doesn't exist"}], "data": None})
    with pytest.raises(SourceError, match="Field 'x'"):
        fetcher.json(replay.url, body={"query": "{x}"})


def test_broken_json_is_tried_again_and_not_kept(replay, cached: Fetcher) -> None:
    replay.then('{"a": 1').then({"a": 2})
    assert cached.json(replay.url) == {"a": 2}
    assert cached.json(replay.url) == {"a": 2}
    assert len(replay.requests) == 2


def test_kept_answers_do_not_depend_on_keys_and_age(replay, cached: Fetcher) -> None:
    replay.then("one").then("two")
    assert cached.text(replay.url, {"q": "x", "api_key": "secret-a"}) == "one"
    assert cached.text(replay.url, {"q": "x", "api_key": "secret-b"}) == "one"
    cached.max_age = 0
    assert cached.text(replay.url, {"q": "x"}) == "two"
    assert "secret" not in "".join(str(path) for path in cached.cache.rglob("*"))


def test_answers_are_bounded(replay, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BYTES", 100)
    replay.then("x" * 101)
    with pytest.raises(SourceError, match="larger than"):
        fetcher.text(replay.url)


def test_text_that_is_not_utf8_is_refused(replay, fetcher: Fetcher) -> None:
    for _ in range(5):
        replay.then(b"\xff\xfe")
    with pytest.raises(SourceError, match="UTF-8"):
        fetcher.text(replay.url)


def test_entity_bombs_are_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    with pytest.raises(ValueError, match="declares entities"):
        parse_xml(bomb)
    with pytest.raises(ValueError, match="not whole"):
        parse_xml("<x><y></x>")


def test_the_contact_is_sent(replay, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    real = httpx.stream
    monkeypatch.setattr(httpx, "stream", lambda *a, **k: seen.append(k["headers"]) or real(*a, **k))
    replay.then("ok")
    fetcher.text(replay.url)
    assert "a@b.example" in seen[0]["User-Agent"]
