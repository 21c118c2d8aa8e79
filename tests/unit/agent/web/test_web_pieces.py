"""Catalogue, figures, marked passages, links, uploads, routes over a made-up workspace."""

from __future__ import annotations

import html
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import InputError
from agent.examples import example_bundle, example_tables
from agent.toolbox.records import Link
from agent.web.catalogue import search
from agent.web.figures import drug_figures
from agent.web.links import link_path
from agent.web.pages.about import setting_groups
from agent.web.render import highlighted, render, visible


def test_all_drugs_of_the_screen_are_there_and_the_explained_ones_first(make):
    services, _ = make()
    rows = services.catalogue.rows()
    assert len([row for row in rows if row.ids]) == 286
    assert [row.name for row in rows if row.card is not None] == ["Examplinib"] == [rows[0].name]
    card = rows[0].card
    assert card.spearman.estimate == pytest.approx(0.58) and card.null_runs == 19
    assert card.targets == {"GENA1": "recovered", "GENX": "not_measured"}


@pytest.mark.parametrize("name", ["venetoclax", "ABT-199", "abt 199", "1909", "VENETOCLAX"])
def test_a_drug_is_found_by_name_synonym_and_id(make, name):
    services, _ = make()
    assert services.catalogue.find(name).name == "Venetoclax"


def test_an_unknown_drug_is_said_to_be_unknown(make):
    services, client = make()
    with pytest.raises(InputError, match="nonesuch"):
        services.catalogue.find("nonesuch")
    assert client.get("/api/drugs/nonesuch").status_code == 400


def test_catalogue_and_figures_are_kept_until_a_bundle_changes(make):
    services, _ = make()
    rows, held = services.catalogue.rows(), services.shelf.open("example1")
    figures = services.figures.of(held)
    assert services.catalogue.rows() is rows
    assert services.figures.of(services.shelf.open("example1")) is figures
    assert services.figures.of(held, "GENA2") is not figures
    example_bundle().model_copy(update={"key": "example1", "revision": 9}).save(
        services.workspace.bundles, example_tables()
    )
    assert services.catalogue.find("Examplinib").card.revision == 9
    changed = services.figures.of(services.shelf.open("example1"))
    assert {figure.id for figure in changed} < {figure.id for figure in figures}


def test_search_takes_targets_and_pathways_and_every_word_counts(make):
    services, _ = make()
    rows = services.catalogue.rows()
    assert "Venetoclax" in {r.name for r in search(rows, "bcl2 apoptosis")}
    assert search(rows, "bcl2 nonesuch") == ()


def test_a_damaged_bundle_does_not_take_the_list_down(make):
    services, client = make()
    (services.workspace.bundles / "broken").mkdir()
    (services.workspace.bundles / "broken" / "bundle.json").write_text('{"bundle": {')
    assert len(services.shelf.cards()) == 1
    assert client.get("/api/bundles/broken").status_code == 400
    assert client.get("/api/bundles/..%2f..").status_code in (400, 404)


def test_every_figure_has_words_and_a_table_that_say_the_same(make):
    services, _ = make()
    held = services.shelf.open("example1")
    figures = drug_figures(held)
    assert [f.id for f in figures] == ["ranking", "gene", "stability", "null", "replication"]
    for figure in figures:
        assert figure.alt and figure.rows and all(len(row) == len(figure.columns) for row in figure.rows)
        assert figure.plot["data"]
        assert json.loads(figure.drawing) == json.loads(json.dumps(figure.plot))
    assert "0 of 19" in dict(figures[3].rows)["runs that reached it"]
    assert drug_figures(held, "GENB")[1].title.startswith("GENB")


@given(st.text(max_size=80), st.integers(-2, 90), st.integers(-2, 90))
def test_a_highlighted_text_is_the_text_and_nothing_else(text, start, end):
    shown = str(highlighted(text, start, end))
    assert set(re.findall(r"<[^>]*>", shown)) <= {'<mark id="quote" tabindex="-1">', "</mark>"}
    assert html.unescape(re.sub(r"<[^>]*>", "", shown)) == visible(text)
    if 0 <= start < end <= len(text):
        marked = re.search(r"<mark[^>]*>(.*)</mark>", shown, re.DOTALL)
        assert marked is not None and html.unescape(marked[1]) == visible(text)[start:end]
    else:
        assert "<mark" not in shown


@given(st.text(max_size=60))
def test_visible_keeps_offsets_and_hides_nothing(text):
    shown = visible(text)
    assert len(shown) == len(text)
    assert not set(shown) & set("\u202e\u200b\u2066\ufeff\x00\x1b")


@given(st.sampled_from(["drug", "gene", "run", "passage", "brief", "job", "plot", "line"]), st.text(max_size=40))
def test_a_link_stays_on_this_server(kind, target):
    path = link_path(Link(kind=kind, target=target, label="x"))
    if path is not None:
        assert path.startswith("/") and not path.startswith("//")
        assert not set(path) & set("\"'<>\\ \n\r\t")


def test_messages_are_escaped():
    shown = render("message.jinja", title="<b>", message="<img src=x onerror=alert(1)> {{ 7 * 7 }}")
    assert "<img" not in shown and "<b>" not in shown and "{{ 7 * 7 }}" in shown


def test_settings_pages_mask_keys(monkeypatch):
    from agent.settings import Settings

    monkeypatch.setenv("ONCOBRIEF_LLM__API_KEY", "sk-very-secret")
    monkeypatch.setenv("ONCOBRIEF_DATABASE_URL", "postgresql://u:very-secret@h/d")
    told = str(setting_groups(Settings()))
    assert "secret" not in told.replace("set, not shown", "") and "ONCOBRIEF_LLM__API_KEY" in told
    assert "ONCOBRIEF_EXPLAIN__BAGS" in told and "'20'" in told


RESPONSE = "line,drug,ln_ic50\n" + "".join(f"L{i},D,{i / 10 - 3}\n" for i in range(70))


def test_a_table_is_checked_like_the_command_does_and_kept_for_its_user_alone(make, token_of):
    _, client = make()
    headers = token_of(client)
    name = "../../<img src=x onerror=alert(1)>.csv"
    kept = client.post("/api/uploads", params={"name": name}, content=RESPONSE, headers=headers)
    assert kept.status_code == 201, kept.text
    report = kept.json()["report"]
    assert report["table"] == "response table" and report["rows"] == 70
    assert not [f for f in report["findings"] if f["severity"] == "error"]
    assert report["path"] == "img-src-x-onerror-alert-1.csv"
    assert [u["name"] for u in client.get("/api/uploads").json()] == [name]
    _, other = make()
    assert other.get("/api/uploads").json() == []
    assert other.delete(f"/api/uploads/{kept.json()['id']}", headers=token_of(other)).status_code == 400
    assert client.delete(f"/api/uploads/{kept.json()['id']}", headers=headers).status_code == 204
    assert client.get("/api/uploads").json() == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("table.exe", b"x", "no known ending"),
        ("table.csv", b"", "empty"),
        ("table.csv", b"x" * 5000, "larger than"),
    ],
)
def test_a_table_that_cannot_be_taken_leaves_one_message_and_nothing_behind(make, token_of, name, content, told):
    services, client = make(max_upload=4000)
    headers = token_of(client)
    answer = client.post("/api/uploads", params={"name": name}, content=content, headers=headers)
    assert answer.status_code in (400, 413) and told in answer.json()["error"]
    folder = services.workspace.root / "uploads"
    assert not list(folder.glob("*/*")) if folder.exists() else True


def test_damaged_content_is_a_report_not_a_failure(make, token_of):
    _, client = make()
    answer = client.post("/api/uploads", params={"name": "x.parquet"}, content=b"PAR1broken", headers=token_of(client))
    assert answer.status_code == 201
    assert answer.json()["report"]["table"] == "unreadable"


def test_briefs_and_runs_cannot_be_used_to_read_other_files(make):
    services, client = make()
    (services.workspace.root / "secret.json").write_text("{}")
    services.workspace.briefs.mkdir()
    for path in (
        "/briefs/../secret.json",
        "/briefs/%2e%2e/secret.json",
        "/briefs/x/secret.json",
        "/briefs/%2e%2e/brief.html",
        "/api/runs/..%2fsecret",
        "/api/runs/%2e%2e%2fsecret",
    ):
        assert client.get(path).status_code == 404, path


def own_tables(n_lines: int = 64) -> tuple[str, str]:
    """An expression matrix and a response table as csv text; the first gene drives the response."""
    import numpy as np

    x = np.random.default_rng(5).standard_normal((n_lines, 8))
    head = "line," + ",".join(f"G{i}" for i in range(8)) + "\n"
    matrix = head + "".join(f"L{i}," + ",".join(f"{v:.4f}" for v in x[i]) + "\n" for i in range(n_lines))
    response = "line,drug,ln_ic50\n" + "".join(f"L{i},Mine,{x[i, 0]:.4f}\n" for i in range(n_lines))
    return matrix, response


def upload(client, headers, name: str, content: str) -> str:
    return client.post("/api/uploads", params={"name": name}, content=content, headers=headers).json()["id"]


def test_a_screen_is_made_of_checked_tables_of_ones_own_and_explained_by_a_job(make, token_of):
    services, client = make()
    headers = token_of(client)
    x, y = (upload(client, headers, f"{name}.csv", text) for name, text in zip("xy", own_tables(), strict=True))
    _, other = make()
    stolen = {"name": "Theirs", "expression": x, "response": y}
    refused = other.post("/api/screens", json=stolen, headers=token_of(other))
    assert refused.status_code == 400 and "you have no table" in refused.json()["error"]
    made = client.post("/api/screens", json={"name": "Ours", "expression": x, "response": y}, headers=headers)
    assert made.status_code == 201, made.text
    screen = made.json()
    assert screen["drugs"] == [{"name": "Mine", "spelt": "Mine", "n_lines": 64}] and screen["made_by"] == ""
    assert client.get("/api/screens").json() == other.get("/api/screens").json() == [screen]
    asked = {"drug": "Mine", "own": screen["id"], "explain": {"bags": 4}}
    job = client.post("/api/jobs", json={"kind": "explain", "arguments": asked}, headers=headers).json()
    ended = services.jobs.wait(job["id"], 90)
    assert ended.status == "done", ended.message
    rows = {row["name"]: row for row in client.get("/api/drugs").json()}
    assert rows["Mine"]["own"] == ["Ours"] and rows["Mine"]["card"]["ranks"]["G0"] == 1
    gone = f"/api/screens/{screen['id']}"
    assert other.delete(gone, headers=token_of(other)).status_code == 400
    assert client.delete(gone, headers=headers).status_code == 204
    assert client.get("/api/screens").json() == []
    assert client.get(f"/api/bundles/{ended.result['bundle']}").json()["screen"] == "Ours"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"name": "<script>alert(1)</script>"}, "does not fit"),
        ({"name": "GDSC2"}, "public screen"),
        ({"name": "Ours", "expression": "../../etc"}, "you have no table"),
        ({"name": "Ours", "kind": "ic50"}, "ln_ic50"),
        ({"name": "Ours"}, "one of them has to be your own"),
    ],
)
def test_a_screen_that_cannot_be_made_leaves_one_message_and_nothing_behind(make, token_of, asked, told):
    services, client = make()
    answer = client.post("/api/screens", json=asked, headers=token_of(client))
    assert answer.status_code == 400 and told in answer.json()["error"]
    assert services.screens.all() == ()


def test_tables_are_not_taken_for_each_other_and_a_failed_one_not_at_all(make, token_of):
    _, client = make()
    headers = token_of(client)
    matrix, response = own_tables()
    x, y = upload(client, headers, "x.csv", matrix), upload(client, headers, "y.csv", response)
    bad = upload(client, headers, "bad.csv", matrix.replace("G1", "G0"))
    for wanted, told in (
        ({"expression": y, "response": x}, "choose the other one"),
        ({"expression": bad, "response": y}, "cannot be used"),
    ):
        answer = client.post("/api/screens", json={"name": "Ours"} | wanted, headers=headers)
        assert answer.status_code == 400 and told in answer.json()["error"]
