"""``oncobrief brief --llm`` from the command line to the files, against a scripted endpoint; drug made up."""

import json

import pytest

from agent.cli.app import main
from agent.examples import RECORDS, save_example
from benchmarks.agent.scripted_endpoint import ScriptedEndpoint, answer, refusal
from knowledge.build import add
from knowledge.documents import Document

KEY = "sk-e2e-5a1b2c3d4e"
GOOD = json.dumps(
    {
        "mechanism": [{"text": "The gene may hold these cells back from death.", "passages": [], "quotes": []}],
        "alternatives": ["The gene may only mark a cell state that is ready to die."],
        "experiment": f"Take the gene down and look; the key is {KEY}.",
    }
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    root = tmp_path_factory.mktemp("workspace")
    cards = [Document(id=r.id, text=r.summary, kind="card", source=r.source) for r in RECORDS]
    add(root / "knowledge", cards, RECORDS)
    _, bundle = save_example(root / "bundles")
    return root, bundle


def brief(workspace, monkeypatch, capsys, endpoint, *options, **settings):
    root, bundle = workspace
    values = {"BASE_URL": endpoint.url, "MODEL": "m", "API_KEY": KEY, "RETRIES": "0", **settings}
    for name, value in values.items():
        monkeypatch.setenv(f"ONCOBRIEF_LLM__{name}", value)
    with pytest.raises(SystemExit) as ended:
        main(["--workspace", str(root), "brief", "--bundle", str(bundle), "--llm", "--json", *options])
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def records(root):
    return [json.loads(p.read_text()) for p in sorted((root / "runs").glob("*.json"), key=lambda p: p.stat().st_mtime)]


def test_dry_run_prints_the_prompts_and_the_estimate_and_sends_nothing(workspace, monkeypatch, capsys):
    with ScriptedEndpoint(lambda seen: answer(GOOD, seen)) as endpoint:
        code, out, _ = brief(workspace, monkeypatch, capsys, endpoint, "--dry-run")
    planned = json.loads(out)
    assert code == 0
    assert endpoint.seen == []
    assert planned["estimate"]["requests"] == len(planned["prompts"]) > 0
    assert planned["estimate"]["prompt_tokens"] > 100
    assert KEY not in out


def test_a_brief_is_written_recorded_and_resumed_without_asking_twice(workspace, monkeypatch, capsys):
    root, _ = workspace
    dies_after = 2

    def script(seen):
        return answer(GOOD, seen) if seen.number <= dies_after else refusal(503, f"down, {KEY}")

    with ScriptedEndpoint(script) as endpoint:
        settings = {"REPAIRS": "0"}
        code, out, err = brief(workspace, monkeypatch, capsys, endpoint, **settings)
        cut = json.loads(out)
        assert code == 0
        assert cut["language_model"]["status"] == "partly"
        assert "stay in template mode" in err
        asked = len(endpoint.seen)
        endpoint.script = lambda seen: answer(GOOD, seen)
        code, out, _ = brief(workspace, monkeypatch, capsys, endpoint, **settings)
        whole = json.loads(out)
        n = len(whole["hypotheses"])
        assert whole["language_model"]["status"] == "used"
        assert len(endpoint.seen) - asked == n - dies_after
        code, out, _ = brief(workspace, monkeypatch, capsys, endpoint, **settings)
        assert json.loads(out) == whole
        assert len(endpoint.seen) - asked == n - dies_after
    last = records(root)[-1]
    assert last["models"]["language model"] == "m"
    assert last["language_model"]["tally"] == {"asked": 0, "kept": n, "retries": 0, "waited_s": 0.0}
    assert "hypothesis/propose.v1" in last["prompts"]
    assert records(root)[-2]["tokens"] == 150 * (n - dies_after)
    assert records(root)[-2]["versions"]["langchain-openai"]
    labels = {s["label"] for h in whole["hypotheses"] for s in h["proposal"]["sentences"]}
    assert labels == {"inference"}
    # The experiment held the key: it was masked on the wire and the sentence refused.
    assert all(
        "holds no key" in [c["name"] for c in h["proposal"]["rejected"][0]["checks"]] for h in whole["hypotheses"]
    )
    files = [p for p in root.rglob("*") if p.is_file()]
    assert any(p.suffix == ".html" for p in files)
    assert all(KEY.encode() not in p.read_bytes() for p in files)


def test_without_an_endpoint_the_brief_is_the_templates_and_says_so(workspace, monkeypatch, capsys):
    with ScriptedEndpoint(lambda seen: answer(GOOD, seen)) as endpoint:
        gone = endpoint
    code, out, err = brief(workspace, monkeypatch, capsys, gone, TIMEOUT_S="2")
    found = json.loads(out)
    assert code == 0
    assert found["language_model"]["status"] == "fallback"
    assert "template mode" in found["language_model"]["notice"]
    assert "template mode" in err
    assert found["hypotheses"]


def test_a_model_that_is_not_set_up_is_a_usage_error(workspace, monkeypatch, capsys):
    root, bundle = workspace
    monkeypatch.delenv("ONCOBRIEF_LLM__BASE_URL", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["--workspace", str(root), "brief", "--bundle", str(bundle), "--llm"])
    assert ended.value.code == 2
    assert "ONCOBRIEF_LLM__BASE_URL" in capsys.readouterr().err
