"""The door: hosts, origins, sessions, request tokens, sizes, headers, login."""

from __future__ import annotations

import re

import pytest

from agent.errors import InputError
from agent.web.options import WebOptions
from agent.web.sessions import COOKIE, Sessions

TOKEN = "a-token-of-the-test-0123456789"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8123", "", "[::2]"])
def test_a_foreign_host_name_is_refused_whatever_it_asks(client, host):
    answer = client.get("/api/drugs", headers={"Host": host})
    assert answer.status_code == 421
    assert "drugs" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8123", "localhost:9", "LOCALHOST", "[::1]:8123"])
def test_names_of_this_machine_are_answered(client, host):
    assert client.get("/health", headers={"Host": host}).status_code == 200


def test_all_addresses_answer_to_addresses_and_named_hosts_only():
    options = WebOptions(host="0.0.0.0", token=TOKEN, names=("lab.example",))
    assert options.knows_host("192.0.2.7:8123") and options.knows_host("lab.example")
    assert not options.knows_host("other.example") and not options.knows_host("192.0.2.7.evil.example")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9", "https://127.0.0.1:8123", "file://"]
)
def test_a_change_from_another_origin_is_refused_even_with_the_right_token(client, token_of, origin):
    answer = client.post("/api/threads", json={"title": "x"}, headers={**token_of(client), "Origin": origin})
    assert answer.status_code == 403
    assert client.get("/api/threads").json() == []


def test_a_change_needs_the_sessions_own_token(client, token_of, make):
    assert client.post("/api/threads", json={"title": "x"}).status_code == 403
    assert client.post("/api/threads", json={"title": "x"}, headers={"X-CSRF-Token": "0" * 64}).status_code == 403
    _, other = make()
    assert client.post("/api/threads", json={"title": "x"}, headers=token_of(other)).status_code == 403
    assert client.post("/api/threads", json={"title": "x"}, headers=token_of(client)).status_code == 201


def test_every_changing_route_is_behind_the_token(client):
    seen = 0
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method in methods:
            if method in ("get", "head"):
                continue
            seen += 1
            answer = client.request(method, re.sub(r"\{[^}]+\}", "x", path), content=b"{}")
            assert answer.status_code == 403, (method, path)
    assert seen >= 10


def test_the_cookie_is_kept_from_scripts_and_other_sites(make):
    _, client = make()
    cookie = client.get("/api/session").headers["set-cookie"]
    assert cookie.startswith(COOKIE) and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert "set-cookie" not in client.get("/api/session").headers


def test_a_visit_from_another_site_does_not_replace_the_session(make):
    _, client = make()
    answer = client.get("/api/drugs", headers={"Sec-Fetch-Site": "cross-site"})
    assert "set-cookie" not in answer.headers and 'http-equiv="refresh"' in answer.text


def test_two_browsers_do_not_see_each_others_threads(make, token_of):
    _, one = make()
    _, two = make()
    thread = one.post("/api/threads", json={"title": "mine"}, headers=token_of(one)).json()["id"]
    assert [t["title"] for t in one.get("/api/threads").json()] == ["mine"]
    assert two.get("/api/threads").json() == []
    assert two.get(f"/api/threads/{thread}").status_code == 404
    assert two.delete(f"/api/threads/{thread}", headers=token_of(two)).status_code == 404
    assert two.get(f"/api/threads/{thread}/export").status_code == 404
    assert one.get(f"/api/threads/{thread}").status_code == 200


def test_a_large_body_is_refused_by_its_stated_and_by_its_real_size(make, token_of):
    _, client = make(max_body=1000)
    headers = token_of(client)
    assert client.post("/api/threads", content=b"x" * 1001, headers=headers).status_code == 413

    def pieces():
        for _ in range(20):
            yield b"x" * 100

    assert client.post("/api/threads", content=pieces(), headers=headers).status_code == 413


def test_answers_carry_the_headers_that_keep_a_browser_in_bounds(client):
    headers = client.get("/api/drugs").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    login = client.get("/api/docs").headers["content-security-policy"]
    assert "unsafe-eval" not in login and "'unsafe-inline'" not in login.split("style-src")[0]


def test_an_address_beyond_this_machine_needs_a_token():
    with pytest.raises(InputError, match="ONCOBRIEF_WEB__TOKEN"):
        WebOptions(host="0.0.0.0")
    with pytest.raises(InputError, match="characters"):
        WebOptions(host="0.0.0.0", token="short")
    assert "secret" not in repr(WebOptions(host="0.0.0.0", token="secret-secret-secret"))


def test_with_a_token_nothing_but_life_is_told_before_login(make):
    _, client = make(token=TOKEN)
    for path in ("/api/drugs", "/metrics", "/openapi.json", "/api/session", "/briefs/x/brief.html"):
        assert client.get(path).status_code == 401, path
    page = client.get("/", headers={"Accept": "text/html"}, follow_redirects=False)
    assert page.status_code == 303 and page.headers["location"].startswith("/login?next=")
    assert set(client.get("/health").json()) == {"status", "warm"}


def test_login_gives_a_named_user_and_a_wrong_token_none(make, token_of):
    _, client = make(token=TOKEN)
    wrong = client.post("/login", data={"token": "x" * 30, "name": "Ada"}, follow_redirects=False)
    assert wrong.status_code == 403 and "set-cookie" not in wrong.headers
    right = client.post(
        "/login", data={"token": TOKEN, "name": "Ada", "next": "//evil.example"}, follow_redirects=False
    )
    assert right.status_code == 303 and right.headers["location"] == "/"
    assert client.get("/api/session").json()["user"] == "name:ada"
    assert client.post("/api/threads", json={"title": "x"}, headers=token_of(client)).status_code == 201
    name = client.post("/login", data={"token": TOKEN, "name": "<script>"}, follow_redirects=False)
    assert name.status_code == 400 and "<script>" not in name.text


def test_guessing_the_token_is_slowed_down(make):
    _, client = make(token=TOKEN)
    codes = [client.post("/login", data={"token": "y" * 30, "name": "A"}).status_code for _ in range(25)]
    assert codes[:20] == [403] * 20 and set(codes[20:]) == {429}


def test_a_program_may_send_the_token_itself(make):
    _, client = make(token=TOKEN)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert client.post("/api/threads", json={"title": "x"}, headers=headers).status_code == 201
    assert client.get("/api/drugs", headers={"Authorization": "Bearer nope"}).status_code == 401


def test_a_signed_cookie_cannot_be_altered_and_ends(monkeypatch):
    now = [1_000_000.0]
    sessions = Sessions(TOKEN, days=1, clock=lambda: now[0])
    cookie = sessions.login(TOKEN, "Ada Lovelace")
    assert cookie is not None
    session = sessions.read(cookie)
    assert session is not None and session.name == "Ada Lovelace"
    for place in range(0, len(cookie), 7):
        other = cookie[:place] + ("A" if cookie[place] != "A" else "B") + cookie[place + 1 :]
        assert sessions.read(other) is None
    assert Sessions("another-token-0123456789").read(cookie) is None
    now[0] += 86_401
    assert sessions.read(cookie) is None


def test_metrics_never_hold_what_a_user_typed(client):
    client.get("/api/drugs/SECRETWORD")
    client.get("/api/threads/SECRETWORD", params={"q": "SECRETWORD"})
    client.get("/SECRETWORD/SECRETWORD")
    client.request("SECRETWORD", "/api/drugs")
    told = client.get("/metrics").text
    assert "oncobrief_requests_total" in told and "/api/drugs/{name:path}" in told
    assert "SECRETWORD" not in told
