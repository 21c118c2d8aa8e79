"""The facade names what is stable, and loads it only when it is used."""

import subprocess
import sys

import oncobrief


def test_every_name_leads_somewhere() -> None:
    for name in oncobrief.__all__:
        assert getattr(oncobrief, name) is not None
    assert sorted(oncobrief.__all__) == dir(oncobrief)


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, oncobrief; print([m for m in ('numpy','pandas','pydantic','chromadb') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
