"""Write small made-up artefacts of this version, to be read by later ones.

    python -m benchmarks.scale.keep_artefacts tests/data/artefacts/<version>

Never run it over the artefacts of an older version: they are what that version wrote.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from agent.examples import NOTE, RECORDS, ExampleEvidence, example_bundle, example_tables
from agent.examples_depth import example_deep_bundle
from agent.ops.recording import Recording, save_recording
from agent.pipeline import Tables, write_hypotheses
from agent.report.files import brief_json
from agent.settings import BriefSettings
from knowledge.build import add


def main() -> None:
    """Write them into a new folder."""
    folder = Path(sys.argv[1])
    if folder.exists():
        sys.exit(f"{folder} exists: artefacts of a version are written once")
    arrays = example_tables()
    for bundle in (example_bundle(), example_deep_bundle()):
        bundle.save(folder / "bundles", arrays)
    brief = write_hypotheses(
        example_bundle(),
        Tables(genes=arrays["genes"], lines=arrays["lines"], expression=arrays["expression"]),
        ExampleEvidence(),
        BriefSettings(),
    )
    (folder / "briefs").mkdir()
    (folder / "briefs" / "brief.json").write_text(json.dumps(brief_json(brief), indent=1, ensure_ascii=False) + "\n")
    with tempfile.TemporaryDirectory() as scratch:
        report = add(Path(scratch), [NOTE], RECORDS)
        for name in (report.snapshot, "current"):
            source = Path(scratch) / name
            target = folder / "knowledge" / name
            target.parent.mkdir(exist_ok=True)
            shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
    made_up = "0" * 64
    save_recording(
        Recording(
            id="20260101T000000Z-00000000",
            command=("explain", "Examplinib"),
            environment={},
            started="2026-01-01T00:00:00+00:00",
            finished="2026-01-01T00:00:01+00:00",
            exit_code=0,
            inputs={"data/gdsc/expression.parquet": made_up},
            snapshot=None,
            files={},
            outputs={"bundles/example0/bundle.json": made_up},
            stdout=made_up,
            versions={"python": "3.11.0"},
        ),
        folder / "recording.json",
    )


if __name__ == "__main__":
    main()
