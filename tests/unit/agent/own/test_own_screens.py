"""Own screens: what is kept, refused, opened as a dataset and explained by the same chain as a public drug."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agent.background.work import KINDS
from agent.errors import InputError
from agent.ops.trial import make_trial_workspace
from agent.own.model import is_own, screen_name
from agent.own.store import OwnScreens, mark_of
from agent.pipeline import explain_or_reuse, load_dataset
from agent.settings import ExplainSettings
from agent.workspace import Workspace, open_workspace
from explain_engine.errors import InputError as EngineInputError

LINES, GENES = 64, 12
RNG = np.random.default_rng(3)


def tables(folder: Path, *, lines: int = LINES, drugs: tuple[str, ...] = ("ABT-199", "Madeup")) -> tuple[Path, Path]:
    """An expression matrix and a response table that its first gene drives."""
    names = [f"MY{i:03d}" for i in range(lines)]
    matrix = pd.DataFrame(RNG.standard_normal((lines, GENES)), index=names, columns=[f"G{i}" for i in range(GENES)])
    rows = [
        {"cell_line": f"MY-{i:03d}", "drug": drug, "ln_ic50": matrix.iloc[i, 0] + 0.2 * RNG.standard_normal()}
        for drug in drugs
        for i in range(lines)
    ]
    folder.mkdir(exist_ok=True)
    matrix.to_csv(folder / "x.csv", index_label="line")
    pd.DataFrame(rows).to_csv(folder / "y.csv", index=False)
    return folder / "x.csv", folder / "y.csv"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "ws").ensure_writable()


def test_a_screen_is_kept_and_explained_by_the_chain_of_public_drugs(workspace, tmp_path):
    screens = OwnScreens(workspace)
    made = screens.make("Our screen", *tables(tmp_path / "t"), made_by=mark_of("ada"))
    assert (made.n_lines, made.n_genes, made.kind, made.response) == (LINES, GENES, "ln_ic50", "own")
    assert [(d.name, d.spelt, d.n_lines) for d in made.drugs] == [
        ("Venetoclax", "ABT-199", LINES),
        ("Madeup", "Madeup", LINES),
    ]
    dataset = load_dataset(workspace, "venetoclax", ExplainSettings(), own="our screen")
    assert (dataset.screen, dataset.drug, dataset.n_lines) == ("Our screen", "Venetoclax", LINES)
    assert any("ABT-199" in note for note in dataset.unmapped.notes)
    found = explain_or_reuse(dataset, ExplainSettings(bags=4), workspace.bundles)
    assert found.bundle.attribution.genes[0].gene == "G0"
    assert is_own(found.bundle.screen) and found.bundle.sources.keys() == {"own expression", "own response"}


def test_the_job_of_a_screen_explains_it_and_fails_with_words_once_it_is_gone(workspace, tmp_path):
    screens = OwnScreens(workspace)
    made = screens.make("Our screen", *tables(tmp_path / "t"))
    asked = KINDS["explain"].arguments({"drug": "Madeup", "own": made.id, "explain": {"bags": 4}})
    said: list[float] = []
    result = KINDS["explain"].run(workspace, asked, lambda _, share: said.append(share))
    assert result["drug"] == "Madeup" and (workspace.bundles / result["bundle"]).is_dir()
    assert said[0] == 0.0 and said[-1] == 1.0
    screens.delete(made.id)
    with pytest.raises(InputError, match="no own screen"):
        KINDS["explain"].run(workspace, asked, lambda *_: None)


@pytest.mark.parametrize("own", ["../../etc", "0123456789ab/..", "0123456789AB", "x" * 12, "0123456789abc"])
def test_a_job_takes_no_path_for_a_screen(own):
    with pytest.raises(InputError, match="own"):
        KINDS["explain"].arguments({"drug": "D", "own": own})


@pytest.mark.parametrize(
    "name", ["", " ", "GDSC2", "gdsc-1", "user", "<b>x</b>", "../up", "a" * 61, "_x", "tab\tname\x00", "ctrp v2"]
)
def test_names_that_do_not_fit_are_refused(name):
    with pytest.raises(InputError):
        screen_name(name)


def test_a_name_is_tidied_and_may_be_of_any_alphabet():
    assert screen_name("  Läb 3  (α) ") == "Läb 3 (α)"


def test_public_tables_stand_in_for_the_one_that_is_not_given(workspace, tmp_path):
    drug = make_trial_workspace(workspace, n_lines=80, n_genes=15, n_drugs=1)[0]
    lines = [f"trial{i:05d}" for i in range(70)]
    rows = pd.DataFrame({"line": lines, "drug": "Mine", "auc": np.linspace(0.2, 0.9, 70)})
    rows.to_csv(tmp_path / "y.csv", index=False)
    screens = OwnScreens(workspace)
    with_public_expression = screens.make("Only responses", None, tmp_path / "y.csv")
    assert (with_public_expression.kind, with_public_expression.expression) == ("auc", "GDSC")
    dataset = screens.dataset(with_public_expression.id, "mine")
    assert dataset.n_lines == 70 and set(dataset.lineage) <= {"blood", "lung", "skin", "breast"}

    matrix = pd.DataFrame(RNG.standard_normal((66, 5)), index=lines[:66], columns=list("ABCDE"))
    matrix.to_csv(tmp_path / "x.csv", index_label="line")
    with_public_response = screens.make("Only expression", tmp_path / "x.csv", None)
    assert with_public_response.response == "GDSC2" and drug in [d.name for d in with_public_response.drugs]
    assert screens.dataset(with_public_response.id, drug).n_lines == 66


def test_tissue_is_taken_from_the_users_table_where_it_states_one(workspace, tmp_path):
    x, y = tables(tmp_path / "t", drugs=("D",))
    rows = pd.read_csv(y)
    rows["tissue"] = ["skin", "lung"] * (LINES // 2)
    rows.to_csv(y, index=False)
    screens = OwnScreens(workspace)
    made = screens.make("With tissue", x, y)
    assert made.n_tissues == LINES
    assert set(screens.dataset(made.id, "D").lineage) == {"skin", "lung"}
    rows.loc[len(rows)] = [rows.cell_line[0], "E", 0.0, "blood"]
    rows.to_csv(y, index=False)
    with pytest.raises(InputError, match="one tissue"):
        screens.make("Two tissues", x, y)


def test_what_cannot_be_used_together_is_refused_with_the_reason_and_leaves_nothing(workspace, tmp_path):
    x, y = tables(tmp_path / "t")
    screens = OwnScreens(workspace)
    few_x, few_y = tables(tmp_path / "few", lines=50)
    with pytest.raises(InputError, match="the most is 50"):
        screens.make("Few", few_x, few_y)
    other = pd.read_csv(y)
    other["cell_line"] = "Q" + other["cell_line"]
    other.to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(InputError, match="same lines"):
        screens.make("Other lines", x, tmp_path / "other.csv")
    both = pd.read_csv(y).assign(auc=0.5)
    both.to_csv(tmp_path / "both.csv", index=False)
    with pytest.raises(InputError, match="say which"):
        screens.make("Both", x, tmp_path / "both.csv")
    with pytest.raises(EngineInputError):
        screens.make("Swapped", y, x, kind="ln_ic50")
    with pytest.raises(InputError, match="one of them has to be your own"):
        screens.make("Neither", None, None)
    long = pd.read_csv(y)
    long["drug"] = "D" * 200 + long["drug"]
    long.to_csv(tmp_path / "long.csv", index=False)
    with pytest.raises(InputError, match="characters"):
        screens.make("Long", x, tmp_path / "long.csv")
    assert screens.all() == ()
    assert not screens.folder.exists() or not list(screens.folder.iterdir())


def test_a_name_is_given_once_and_only_its_maker_deletes_it(workspace, tmp_path):
    screens = OwnScreens(workspace)
    made = screens.make("Our screen", *tables(tmp_path / "t"), made_by=mark_of("ada"))
    with pytest.raises(InputError, match="there already"):
        screens.make("OUR-screen", *tables(tmp_path / "t"))
    with pytest.raises(InputError, match="another user"):
        screens.delete(made.id, user="eve")
    with pytest.raises(InputError, match="no id"):
        screens.delete("../" + made.id)
    assert screens.mine(made, "ada") and not screens.mine(made, "eve")
    screens.delete(made.id, user="ada")
    assert screens.all() == ()
    with pytest.raises(InputError, match="none was made yet"):
        screens.named("Our screen")


def test_what_a_killed_maker_left_is_swept_and_a_screen_is_in_the_back_up(workspace, tmp_path):
    from agent.ops.backup import restore_backup, write_backup
    from agent.ops.sweep import sweep

    screens = OwnScreens(workspace)
    made = screens.make("Our screen", *tables(tmp_path / "t"))
    left = screens.folder / ".making-0123456789ab"
    left.mkdir()
    (left / "expression.parquet").write_bytes(b"half")
    assert sweep(workspace, min_age_s=0.0) == (left,)
    write_backup(workspace, tmp_path / "kept.tar")
    restore_backup(tmp_path / "kept.tar", open_workspace(tmp_path / "again"))
    again = OwnScreens(open_workspace(tmp_path / "again"))
    assert again.all() == (made,)
    assert again.dataset(made.id, "Madeup").digest == screens.dataset(made.id, "Madeup").digest
