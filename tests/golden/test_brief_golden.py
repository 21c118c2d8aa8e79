"""The Markdown of the example briefs (plain, and with every further part), character for character.

The golden file names the version that made it. After an intended change, make it anew with
``ONCOBRIEF_MAKE_GOLDEN=1 pytest tests/golden`` and read the difference before committing it.
"""

import os
from pathlib import Path

import pytest

from agent.examples import ExampleEvidence, example_bundle, example_tables
from agent.examples_depth import example_deep_bundle
from agent.pipeline import Tables, write_hypotheses
from agent.report.markdown import render_markdown
from agent.settings import BriefSettings
from explain_engine.bundle import ExplanationBundle
from oncobrief import __version__

BRIEFS = Path(__file__).parent / "briefs"


@pytest.mark.parametrize(
    ("name", "bundle"), [("example.md", example_bundle()), ("example_deep.md", example_deep_bundle())]
)
def test_markdown_of_the_example(name: str, bundle: ExplanationBundle) -> None:
    golden = BRIEFS / name
    made = example_tables()
    tables = Tables(genes=made["genes"], lines=made["lines"], expression=made["expression"])
    text = render_markdown(write_hypotheses(bundle, tables, ExampleEvidence(), BriefSettings()))
    text = text.replace(f"oncobrief {__version__}", "oncobrief VERSION")
    if os.environ.get("ONCOBRIEF_MAKE_GOLDEN"):
        golden.write_text(f"<!-- made by oncobrief {__version__} -->\n{text}", encoding="utf-8")
    head, kept = golden.read_text(encoding="utf-8").split("\n", 1)
    assert head.startswith("<!-- made by oncobrief ")
    assert text == kept
