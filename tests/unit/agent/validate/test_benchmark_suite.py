"""One entry for every benchmark: processes of their own, failures on the page, nothing forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import InputError
from agent.validate import suite
from agent.validate.suite import BENCHMARKS, Benchmark, checkout_root, chosen, run_suite, unlisted


@pytest.fixture
def root(tmp_path: Path) -> Path:
    area = tmp_path / "root" / "benchmarks" / "toy"
    area.mkdir(parents=True)
    (area.parent / "__init__.py").write_text("")
    (area / "__init__.py").write_text("")
    kept = 'from pathlib import Path\nPath(__file__).with_name("kept.txt").write_text("x")\nprint("ran")\n'
    (area / "good.py").write_text(kept)
    (area / "bad.py").write_text('raise SystemExit("it broke")\n')
    (area / "slow.py").write_text("import time\nprint('begun', flush=True)\ntime.sleep(60)\n")
    (area / "other.py").write_text('if __name__ == "__main__":\n    pass\n')
    return tmp_path / "root"


def _toy(name: str, small: tuple[str, ...] | None = ()) -> Benchmark:
    return Benchmark(module=f"toy.{name}", small=small, full=(), why_not="too dear")


def test_a_failure_is_a_line_of_the_page_and_not_the_end(root: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    outcomes = run_suite(
        root,
        [_toy("bad"), _toy("good"), _toy("skipped", None), _toy("gone")],
        small=True,
        limit_s=30,
        out=page,
        report=lambda _: None,
    )
    assert [o.state for o in outcomes] == ["failed", "done", "not run", "not run"]
    text = page.read_text()
    assert "it broke" in text
    assert "| toy.good | done |" in text
    assert "too dear" in text
    assert "Runnable but in no table, so not run: toy.other." in text
    # A small run leaves what is kept in the checkout alone.
    assert not (root / "benchmarks" / "toy" / "kept.txt").exists()


def test_a_full_run_works_in_the_checkout(root: Path, tmp_path: Path) -> None:
    run_suite(root, [_toy("good")], small=False, limit_s=30, out=tmp_path / "p.md", report=lambda _: None)
    assert (root / "benchmarks" / "toy" / "kept.txt").exists()


def test_a_slow_one_is_ended_and_what_it_said_is_kept(root: Path, tmp_path: Path) -> None:
    outcomes = run_suite(root, [_toy("slow")], small=True, limit_s=3, out=tmp_path / "p.md", report=lambda _: None)
    assert outcomes[0].state == "timed out"
    assert outcomes[0].seconds < 30
    assert "begun" in outcomes[0].tail


def test_every_benchmark_of_the_table_is_in_the_checkout() -> None:
    root = checkout_root()
    for benchmark in BENCHMARKS:
        assert (root / "benchmarks" / Path(*benchmark.module.split("."))).with_suffix(".py").is_file(), benchmark.module
        assert benchmark.small is not None or benchmark.why_not
    assert len({b.module for b in BENCHMARKS}) == len(BENCHMARKS)
    assert "agent.adversarial" not in unlisted(root)


def test_areas_and_single_benchmarks_are_chosen() -> None:
    assert {b.area for b in chosen(["illume"])} == {"illume"}
    assert [b.module for b in chosen(["illume.cost"])] == ["illume.cost"]
    with pytest.raises(InputError, match="no benchmark 'nonsense'; areas are"):
        chosen(["nonsense"])


def test_from_a_wheel_it_says_that_it_needs_a_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(suite, "__file__", str(tmp_path / "site" / "agent" / "validate" / "suite.py"))
    with pytest.raises(InputError, match="run this from a source checkout"):
        checkout_root()
