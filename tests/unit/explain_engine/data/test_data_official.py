"""The official carriers, against a loopback server that also misbehaves."""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import explain_engine.data.official as official_module
from explain_engine.data.download import download_file
from explain_engine.data.info import data_info
from explain_engine.data.official import fetch_official
from explain_engine.data.opening import find_drug, open_dataset
from explain_engine.errors import DataUnavailableError, InputError

LINES = [f"LN-{number}" for number in range(66)]
GENES = ["BCL2", "TP53", "EGFR", "MYC"]


@dataclass
class Server:
    """Answers by path: content, or a fault."""

    address: str
    content: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


class _Handler(http.server.BaseHTTPRequestHandler):
    def __init__(self, server: Server, *args: object) -> None:
        self.owner = server
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        name = self.path.strip("/")
        self.owner.asked.append(name)
        body = self.owner.content.get(name, b"x" * 1000)
        status = {"gone": 410, "busy": 503}.get(name, 200)
        if name == "once" and self.owner.asked.count("once") == 1:
            status = 500
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if name == "page" else "application/octet-stream")
        if name != "endless":
            self.send_header("Content-Length", str(len(body) + (10 if name == "short" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        return None


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server("")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, state)) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        state.address = f"http://127.0.0.1:{running.server_port}"
        yield state
        running.shutdown()
        thread.join()


def _response(drug_shift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    rows = []
    for drug_id, drug in ((1909, "Venetoclax"), (1819, "Docetaxel"), (1007, "Docetaxel")):
        for number, line in enumerate(LINES):
            rows.append(
                {
                    "DATASET": "GDSC2",
                    "COSMIC_ID": 5000 + number,
                    "CELL_LINE_NAME": line,
                    "SANGER_MODEL_ID": f"SIDM{number:05d}",
                    "DRUG_ID": drug_id,
                    "DRUG_NAME": drug,
                    "LN_IC50": rng.normal(2, 2) + drug_shift,
                    "AUC": rng.uniform(0.1, 0.9),
                }
            )
    return pd.DataFrame(rows)


def _rma() -> pd.DataFrame:
    rng = np.random.default_rng(12)
    table = pd.DataFrame({"GENE_SYMBOLS": [*GENES, "", "BCL2"], "GENE_title": "t"})
    for number in range(len(LINES)):
        table[f"DATA.{5000 + number}"] = rng.normal(6, 2, len(table))
    table["DATA.5000.1"] = 0.0
    table["DATA.1"] = 0.0
    return table


def _zip(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Cell_line_RMA_proc_basalExp.txt", text)
    return buffer.getvalue()


@pytest.fixture
def files(server: Server) -> dict[str, str]:
    server.content = {
        "gdsc2.csv": _response().to_csv(index=False).encode(),
        "gdsc1.csv": _response(1.0).to_csv(index=False).encode(),
        "rma.txt.zip": _zip(_rma().to_csv(sep="\t", index=False)),
    }
    names = {"gdsc2": "gdsc2.csv", "gdsc1": "gdsc1.csv", "expression": "rma.txt.zip"}
    return {name: f"{server.address}/{file}" for name, file in names.items()}


def test_the_same_tables_come_of_the_official_files(files: dict[str, str], tmp_path: Path) -> None:
    told: list[str] = []
    manifest = fetch_official(tmp_path, sources=files, progress=told.append)
    assert manifest.carrier == "official"
    data = open_dataset(tmp_path, "venetoclax")
    given = _response()
    given = given[given["DRUG_ID"] == 1909].set_index("CELL_LINE_NAME")
    np.testing.assert_allclose(data.y, given["LN_IC50"].loc[data.y.index])
    rma = _rma()
    assert sorted(data.X.columns) == sorted(GENES)
    np.testing.assert_allclose(data.X.loc["LN-7"], rma["DATA.5007"][:4], rtol=1e-6)
    np.testing.assert_allclose(data.X.loc["LN-0"], rma["DATA.5000"][:4], rtol=1e-6)
    assert data.drug_id == 1909
    entry = manifest.entry("expression.parquet")
    assert entry is not None and entry.units.startswith("log2 RMA")
    assert (
        "1 rows without a symbol, 1 further rows of a symbol, 1 further columns of a line, 1 columns" in entry.notes[0]
    )
    assert {source.name for source in entry.sources} == set(files.values())
    assert data_info(tmp_path).carriers["gdsc"] == "official"


def test_the_table_s_own_drug_ids_tell_entries_apart(files: dict[str, str], tmp_path: Path) -> None:
    fetch_official(tmp_path, sources=files)
    assert (find_drug(tmp_path, 1007).repeat, find_drug(tmp_path, 1819).repeat) == (1, 2)
    given = _response()
    given = given[given["DRUG_ID"] == 1819].set_index("CELL_LINE_NAME")
    data = open_dataset(tmp_path, "Docetaxel#2")
    np.testing.assert_allclose(data.y, given["LN_IC50"].loc[data.y.index])


@pytest.mark.parametrize("newer", [True, False])
def test_depmap_expression_joins_by_sanger_id_then_cosmic_id(
    files: dict[str, str], tmp_path: Path, newer: bool
) -> None:
    models = pd.DataFrame(
        {
            "ModelID": [f"ACH-{number:06d}" for number in range(66)],
            "COSMICID": [5000 + number if number else np.nan for number in range(66)],
            "SangerModelID": [f"SIDM{number:05d}" if number < 60 else None for number in range(66)],
            "OncotreeLineage": ["Skin" if number % 2 else "Lung" for number in range(66)],
        }
    )
    values = pd.DataFrame(np.arange(66 * 2, dtype=float).reshape(66, 2) ** 0.5, columns=["BCL2 (596)", "TP53 (7157)"])
    if newer:
        values.insert(0, "ModelID", models["ModelID"])
        values.insert(0, "IsDefaultEntryForModel", "Yes")
        extra = values.iloc[:1].assign(IsDefaultEntryForModel="No", **{"BCL2 (596)": 99.0})
        values = pd.concat([values, extra])
    else:
        values.insert(0, "", models["ModelID"])
    models.to_csv(tmp_path / "Model.csv", index=False)
    values.to_csv(tmp_path / "expression.csv", index=False)
    sources = {**files, "models": str(tmp_path / "Model.csv"), "expression": str(tmp_path / "expression.csv")}
    manifest = fetch_official(tmp_path / "data", sources=sources)
    data = open_dataset(tmp_path / "data", "venetoclax")
    assert data.n_lines == 66
    assert data.X.loc["LN-65", "BCL2"] == pytest.approx(130**0.5)
    assert data.X.loc["LN-0", "BCL2"] == 0.0
    assert data.lineage["LN-3"] == "Skin"
    entry = manifest.entry("expression.parquet")
    assert entry is not None and entry.units == "log2(TPM + 1)"
    assert f"left out: {int(newer)} profiles" in entry.notes[0]
    with pytest.raises(InputError, match=r"needs DepMap's Model\.csv"):
        fetch_official(tmp_path / "other", sources={k: v for k, v in sources.items() if k != "models"})


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("gdsc2.csv", lambda t: t.drop(columns="AUC"), "no column AUC"),
        ("gdsc2.csv", lambda t: pd.concat([t, t.iloc[:1]]), "1 rows of gdsc2.csv repeat a line and drug id"),
        ("gdsc1.csv", lambda t: t.assign(LN_IC50="x"), "not made of numbers"),
    ],
)
def test_other_layouts_are_refused(
    server: Server, files: dict[str, str], tmp_path: Path, file: str, change: object, message: str
) -> None:
    server.content[file] = change(_response()).to_csv(index=False).encode()  # type: ignore[operator]
    with pytest.raises(InputError, match=message):
        fetch_official(tmp_path, sources=files)
    assert not (tmp_path / "gdsc").exists()


def test_hashes_of_downloads_and_files_are_checked(server: Server, files: dict[str, str], tmp_path: Path) -> None:
    good = hashlib.sha256(server.content["gdsc2.csv"]).hexdigest()
    fetch_official(tmp_path, sources=files, hashes={"gdsc2": good})
    with pytest.raises(DataUnavailableError, match="expected 0000"):
        fetch_official(tmp_path, sources=files, hashes={"gdsc2": "0" * 64})
    local = tmp_path / "mine.csv"
    local.write_bytes(server.content["gdsc2.csv"])
    with pytest.raises(InputError, match="does not have the hash"):
        fetch_official(tmp_path, sources={**files, "gdsc2": str(local)}, hashes={"gdsc2": "0" * 64})


def test_unknown_names_and_places_are_refused(files: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="use gdsc2, gdsc1"):
        fetch_official(tmp_path, sources={**files, "gdsc3": "x"})
    with pytest.raises(InputError, match="neither an address nor a file"):
        fetch_official(tmp_path, sources={**files, "gdsc1": str(tmp_path / "none.csv")})
    with pytest.raises(InputError, match="no http or https address"):
        fetch_official(tmp_path, sources={**files, "gdsc1": "ftp://127.0.0.1/x"})


@pytest.mark.parametrize(
    ("path", "message", "tries"),
    [
        ("gone", "answered 410 Gone; the file may have moved", 1),
        ("page", "answered with a web page", 1),
        ("busy", "answered 503; tried 3 times", 3),
        ("short", r"(sent|Protocol).*tried 3 times", 3),
        ("large", "more than the allowed 1,000,000 bytes", 1),
        ("endless", "more than the allowed 1,000,000 bytes", 1),
    ],
)
def test_a_server_that_misbehaves_leaves_no_file(
    server: Server, tmp_path: Path, path: str, message: str, tries: int
) -> None:
    server.content = {"large": b"0" * 2_000_000, "endless": b"0" * 2_000_000}
    with pytest.raises(DataUnavailableError, match=message):
        download_file(f"{server.address}/{path}", tmp_path / "f", progress=lambda _: None, max_bytes=1_000_000)
    assert not list(tmp_path.iterdir())
    assert len(server.asked) == tries


def test_a_passing_fault_is_tried_again(server: Server, tmp_path: Path) -> None:
    told: list[str] = []
    download_file(f"{server.address}/once", tmp_path / "f", progress=told.append, max_bytes=10_000)
    assert (tmp_path / "f").read_bytes() == b"x" * 1000
    assert any("trying again" in message for message in told)


def test_no_server_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match="tried 3 times"):
        download_file("http://127.0.0.1:9/x", tmp_path / "f", progress=lambda _: None, max_bytes=10, timeout_s=2)


def test_default_addresses_are_https_and_named_alike() -> None:
    assert set(official_module.OFFICIAL_ADDRESSES) == {"gdsc2", "gdsc1", "expression"}
    assert all(address.startswith("https://") for address in official_module.OFFICIAL_ADDRESSES.values())
