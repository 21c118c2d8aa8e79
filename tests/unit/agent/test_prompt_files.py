"""Prompt files declare what they use, and a change of one byte is a change of its hash."""

import pytest

from agent.errors import PromptError
from agent.prompts import load_prompt, parse_prompt, prompts_dir

GOOD = b"---\npurpose: p\nvariables: [gene]\n---\n# one\nA {gene}.\n\n# two\nB.\n"


def test_sections_and_hash() -> None:
    prompt = parse_prompt("x/y.v1", GOOD)
    assert prompt.sections == {"one": "A {gene}.", "two": "B."}
    assert parse_prompt("x/y.v1", GOOD + b"\n").sha256 != prompt.sha256
    with pytest.raises(PromptError, match="no section 'three'"):
        prompt.section("three")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"# one\nA.", "no YAML head"),
        (b"---\npurpose: [\n---\n# one\nA.\n", "not YAML"),
        (b"---\npurpose: p\n---\n# one\nA.\n", "exactly 'purpose' and 'variables'"),
        (b"---\npurpose: p\nvariables: []\n---\nA.\n", "no section"),
        (b"---\npurpose: p\nvariables: []\n---\n# one\n{gene}\n", r"undeclared \['gene'\]"),
        (b"---\npurpose: p\nvariables: [gene]\n---\n# one\nA.\n", r"unused \['gene'\]"),
    ],
)
def test_faulty_files_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(PromptError, match=message):
        parse_prompt("x", data)


def test_missing_file_is_named() -> None:
    with pytest.raises(PromptError, match=r"nothing\.v1\.md"):
        load_prompt("nothing", 1)


def test_every_shipped_file_is_whole() -> None:
    files = sorted(prompts_dir().glob("*/*.md"))
    assert files
    for path in files:
        name, version = f"{path.parent.name}/{path.stem}".rsplit(".v", 1)
        assert load_prompt(name, int(version)).purpose
