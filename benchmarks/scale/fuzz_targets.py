"""Every parser of something that comes from outside: how it is called on bytes, and valid seeds to damage."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from agent.errors import AgentError
from explain_engine.errors import EngineError
from knowledge.errors import KnowledgeError

REFUSALS: tuple[type[BaseException], ...] = (AgentError, EngineError, KnowledgeError)
_SCRATCH = tempfile.TemporaryDirectory(prefix="oncobrief-fuzz-")


@dataclass(frozen=True)
class Target:
    """A parser.

    Attributes
    ----------
    read
        Takes the bytes; returns, or raises one of `refusals`.
    seeds
        Valid inputs.
    tokens
        Pieces of its language.
    refusals
        What it may raise.
    """

    read: Callable[[bytes], Any]
    seeds: tuple[bytes, ...]
    tokens: tuple[bytes, ...] = ()
    refusals: tuple[type[BaseException], ...] = field(default=REFUSALS)


def _file(data: bytes, name: str) -> Path:
    path = Path(_SCRATCH.name) / name
    path.write_bytes(data)
    return path


def _local(name: str) -> Callable[[bytes], Any]:
    def read(data: bytes) -> Any:
        from knowledge.sources.local import read_file

        return read_file(_file(data, name))

    return read


def _gmt(data: bytes) -> Any:
    from explain_engine.data.gmt import load_gmt

    return load_gmt(_file(data, "sets.gmt"))


def _table(name: str) -> Callable[[bytes], Any]:
    def read(data: bytes) -> Any:
        from explain_engine.data.readers import read_matrix

        return read_matrix(_file(data, name))

    return read


def _response(data: bytes) -> Any:
    from explain_engine.data.response import open_response_table

    return open_response_table(_file(data, "response.csv"), kind="auc")


def _mechanisms(data: bytes) -> Any:
    from knowledge.mechanisms.table import read_mechanism_table

    return read_mechanism_table(_file(data, "facts.csv"))


def _tensors(data: bytes) -> Any:
    from explain_engine.data.tensors import load_tensor_dict

    return load_tensor_dict(data)


def _skops(data: bytes) -> Any:
    from explain_engine.attribution.own_model import load_predictor

    return load_predictor(_file(data, "model.skops"))


def _bundle(data: bytes) -> Any:
    from explain_engine.bundle import ExplanationBundle

    folder = Path(_SCRATCH.name) / "bundle"
    folder.mkdir(exist_ok=True)
    (folder / "bundle.json").write_bytes(data)
    return ExplanationBundle.load(folder)


def _data_manifest(data: bytes) -> Any:
    from explain_engine.data.manifest import load_manifest

    folder = Path(_SCRATCH.name) / "data"
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_bytes(data)
    return load_manifest(folder)


def _snapshot(data: bytes) -> Any:
    from knowledge.store.snapshot import read_manifest

    folder = Path(_SCRATCH.name) / "snapshots" / "0123456789abcdef"
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "manifest.json").write_bytes(data)
    return read_manifest(folder.parent, folder.name)


def _model_answer(data: bytes) -> Any:
    from agent.hypotheses.model_slots import read_slots

    return read_slots(data.decode("utf-8", "replace"))


def _completion(data: bytes) -> Any:
    from agent.llm.wire import read_completion

    return read_completion(data)


def _stream(data: bytes) -> Any:
    from agent.llm.wire import read_stream

    return read_stream(data)


def _settings(data: bytes) -> Any:
    from agent.settings import load_settings

    text = data.decode("utf-8", "replace").replace("\x00", "")
    names = ("ONCOBRIEF_EXPLAIN", "ONCOBRIEF_LLM__BASE_URL", "ONCOBRIEF_BRIEF__TOP_GENES", "ONCOBRIEF_DATABASE_URL")
    pieces = (text.split("\n") + [""] * len(names))[: len(names)]
    before = {name: os.environ.get(name) for name in names}
    try:
        for name, value in zip(names, pieces, strict=True):
            os.environ[name] = value.encode("utf-8", "replace").decode()
            if not value:
                del os.environ[name]
        return load_settings()
    finally:
        for name, old in before.items():
            if old is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = old


def _recording(data: bytes) -> Any:
    from agent.ops.recording import load_recording

    return load_recording(_file(data, "recording.json"))


def _archive(data: bytes) -> Any:
    from agent.ops.archive import read_manifest

    return read_manifest(_file(data, "backup.tar"), max_bytes=1 << 20)


def _prompt(data: bytes) -> Any:
    from agent.prompts import parse_prompt

    return parse_prompt("fuzz", data)


def _xml(data: bytes) -> Any:
    from knowledge.sources.http import parse_xml

    return parse_xml(data.decode("utf-8", "replace"))


def _job(data: bytes) -> Any:
    from agent.background.state import read_job, state_path

    folder = Path(_SCRATCH.name) / "jobs"
    name = "20260101T000000Z-0123abcd"
    path = state_path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return read_job(folder, name)


@cache
def _pdf_seed() -> bytes:
    import pypdf
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(200, 200)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
    )
    stream = DecodedStreamObject()
    stream.set_data(b"BT /F1 12 Tf 10 100 Td (BCL2 and venetoclax) Tj ET")
    page[NameObject("/Contents")] = writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@cache
def _parquet_seed() -> bytes:
    import pandas as pd

    out = io.BytesIO()
    table = pd.DataFrame({"A": [1.0, 2.0], "B": [3.0, 4.0]}, index=pd.Index(["L1", "L2"], name="line"))
    table.to_parquet(out)
    return out.getvalue()


@cache
def _skops_seeds() -> tuple[bytes, ...]:
    """A fitted regressor as skops writes it, and the same without compression, so that damage reaches its content."""
    import numpy as np
    import skops.io as sio
    from sklearn.linear_model import LinearRegression

    packed = sio.dumps(LinearRegression().fit(np.eye(3), [1.0, 2.0, 3.0]))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    bare = io.BytesIO()
    with zipfile.ZipFile(bare, "w") as archive:
        archive.writestr("schema.json", '{"__class__": "int", "__module__": "builtins", "__loader__": "JsonNode"}')
    return packed, out.getvalue(), bare.getvalue()


@cache
def _tar_seed() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("runs/a.json")
        info.size = 2
        archive.addfile(info, io.BytesIO(b"{}"))
    return out.getvalue()


@cache
def _bundle_seed() -> bytes:
    from agent.examples import example_bundle

    bundle = example_bundle()
    return json.dumps({"digest": bundle.digest, "bundle": bundle.model_dump(mode="json")}).encode()


_JSON = (
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b'"',
    b"null",
    b"NaN",
    b"1e999",
    b"-0",
    b"\\ud800",
    b"[" * 5000,
    b"9" * 5000,
)
_RIS = b"TY  - JOUR\nTI  - A title\nAB  - BCL2 and venetoclax.\nPY  - 2019\nDO  - 10.1/x\nER  - \n"
_BIB = b"@article{key, title={A title}, abstract={BCL2 and venetoclax.}, year={2019}}\n"
_CIVIC = (
    b"molecular_profile\tdisease\ttherapies\tevidence_type\tevidence_direction\tevidence_level\tsignificance\t"
    b"evidence_statement\tcitation_id\tsource_type\tevidence_id\nBCL2\tAML\tVenetoclax\tPredictive\tSupports\tB\t"
    b"Sensitivity/Response\tA statement.\t123\tPubMed\t7\n"
)
_CHAT = json.dumps(
    {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "{}"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
).encode()
_ANSWER = b'{"mechanism": [{"text": "a", "passages": ["p"], "quotes": []}], "alternatives": ["b"], "experiment": "c"}'


@cache
def targets() -> dict[str, Target]:
    """Name -> parser."""
    odd = (b"\x00", b"\xff", "\ufeff".encode(), "é".encode(), "²".encode(), b"\r", b'"' * 3, b"a" * 140_000)
    return {
        "GMT": Target(_gmt, (b"SET\tabout\tA\tB\nSET2\t\tC\n",), (b"\t", b"\n", b"\r\n", *odd)),
        "RIS": Target(_local("a.ris"), (_RIS,), (b"ER  - ", b"TY  - ", b"AB  - ", b"\n", *odd)),
        "BibTeX": Target(_local("a.bib"), (_BIB,), (b"@", b"{", b"}", b"#", b",", b"@string{", b"@comment", *odd)),
        "JSON lines": Target(_local("a.jsonl"), (b'{"id": "a", "text": "b", "year": 2019}\n',), (*_JSON, b"\n", *odd)),
        "JSON lines, gzip": Target(_local("a.jsonl.gz"), (gzip.compress(b'{"id": "a", "text": "b"}\n', mtime=0),), odd),
        "note": Target(_local("a.txt"), (b"BCL2 and venetoclax.",), odd),
        "PDF": Target(_local("a.pdf"), (_pdf_seed(),), (b"obj", b"<<", b">>", b"stream", b"xref", b"/Count 99999999")),
        "CIViC export": Target(_local("a.tsv"), (_CIVIC,), (b"\t", b"\n", b"EID", *odd)),
        "mechanism table": Target(
            _mechanisms, (b"drug,entity,relation\nVenetoclax,BCL2,target\n",), (b",", b"\n", b'"', *odd)
        ),
        "CSV matrix": Target(_table("m.csv"), (b"line,A,B\nL1,1,2\nL2,3,4\n",), (b",", b"\n", b"1e999", b"nan", *odd)),
        "TSV matrix, gzip": Target(_table("m.tsv.gz"), (gzip.compress(b"line\tA\nL1\t1\n", mtime=0),), odd),
        "parquet matrix": Target(_table("m.parquet"), (_parquet_seed(),), (b"PAR1",)),
        "response table": Target(
            _response, (b"line,drug,auc\nL1,d,0.5\nL2,d,0.7\n",), (b",", b"\n", b"auc", b"nan", b"-1", *odd)
        ),
        "tensor pickle": Target(
            _tensors, (b"\x80\x02}q\x00.",), (b"cos\nsystem\n", b"\x80\x02", b"(", b"R", b".", b"Q")
        ),
        "skops model": Target(_skops, _skops_seeds(), (b"PK", b"schema.json", b"builtins")),
        "bundle": Target(_bundle, (_bundle_seed(),), _JSON),
        "data manifest": Target(_data_manifest, (b'{"carrier": "x", "made_by": "y"}',), _JSON),
        "snapshot manifest": Target(
            _snapshot,
            (b'{"schema_version": 1, "snapshot": "a", "cutter": "b", "files": {}, "parent": null, "created": "c"}',),
            _JSON,
        ),
        "job state": Target(
            _job,
            (
                b'{"id": "20260101T000000Z-0123abcd", "kind": "explain", "arguments": {}, "status": "done", '
                b'"created": "", "updated": ""}',
            ),
            _JSON,
        ),
        "model answer": Target(_model_answer, (_ANSWER,), _JSON),
        "completion": Target(_completion, (_CHAT,), _JSON),
        "stream of events": Target(
            _stream, (b"data: " + _CHAT + b"\n\ndata: [DONE]\n\n",), (b"data: ", b"\n\n", *_JSON)
        ),
        "settings": Target(
            _settings, (b'{"bags": 4}\nhttp://127.0.0.1:1/v1\n5\nsqlite:///x\n',), (b"\n", b"://", b"@", *_JSON)
        ),
        "recording": Target(_recording, (b'{"format": 1, "id": "x"}',), _JSON),
        "back-up": Target(_archive, (_tar_seed(),), (b"ustar", b"../", b"/etc/passwd")),
        "prompt file": Target(
            _prompt,
            (b"---\npurpose: a\nvariables: [b]\n---\n# system\nSay {{ b }}\n",),
            (b"---\n", b"&a [*a]", b"# ", *odd),
        ),
        "XML": Target(
            _xml, (b"<a><b>c</b></a>",), (b"<!ENTITY", b"<!DOCTYPE", b"&", b"<", b"<a>" * 3000), (*REFUSALS, ValueError)
        ),
    }
