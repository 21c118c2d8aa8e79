"""Check one table in a process of its own: ``python -m agent.web.check_child PATH KIND MAX_BYTES``; JSON on stdout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

from explain_engine.data.check import check_file
from explain_engine.data.dataset import ResponseKind


def main() -> None:
    """Print the report."""
    path, kind, limit = sys.argv[1:4]
    report = check_file(Path(path), kind=cast("ResponseKind", kind) if kind else None, max_bytes=int(limit))
    sys.stdout.write(report.model_dump_json())


if __name__ == "__main__":
    main()
