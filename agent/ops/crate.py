"""A recorded run as an RO-Crate 1.1: its outputs as files, its inputs by digest, the software by version."""

from __future__ import annotations

import json
import mimetypes
import shutil
from typing import TYPE_CHECKING, Any

from agent.errors import InputError
from agent.ops.recording import Recording, save_recording
from agent.workspace import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

METADATA = "ro-crate-metadata.json"
_CONTEXT = "https://w3id.org/ro/crate/1.1/context"
_CONFORMS = "https://w3id.org/ro/crate/1.1"
_LICENCE = "https://spdx.org/licenses/Apache-2.0"
_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".jsonl": "application/jsonl",
    ".ris": "application/x-research-info-systems",
}


def write_crate(recording: Recording, outputs: Path, folder: Path) -> Path:
    """Write the crate into a new folder and return the path of its metadata.

    Parameters
    ----------
    outputs
        Folder that holds the recording's outputs under their recorded names.
    folder
        Must not exist.

    Raises
    ------
    InputError
        If the folder exists, or an output is missing.
    """
    if folder.exists():
        raise InputError(f"{str(folder)!r} exists; give a new folder for the crate")
    for name in recording.outputs:
        target = folder / "outputs" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(outputs / name, target)
        except OSError as error:
            raise InputError(f"output {name!r} cannot be read ({error.strerror or error})") from error
    save_recording(recording, folder / "recording.json")
    write_atomic(folder / METADATA, json.dumps(crate_metadata(recording), indent=1) + "\n")
    return folder / METADATA


def crate_metadata(recording: Recording) -> dict[str, Any]:
    """The JSON-LD document; the same recording gives the same document."""
    inputs = [_input(name, digest) for name, digest in (recording.inputs | _by_name(recording.files)).items()]
    files = [_file(f"outputs/{name}", digest) for name, digest in recording.outputs.items()]
    own = {
        "@id": "recording.json",
        "@type": "File",
        "name": "The recording: everything needed to do the command again",
        "encodingFormat": "application/json",
    }
    parts = [{"@id": entry["@id"]} for entry in (own, *files)]
    tools = [
        {
            "@id": f"#software-{name}",
            "@type": "SoftwareApplication",
            "name": name,
            "version": version,
            "softwareVersion": version,
        }
        for name, version in recording.versions.items()
        if name not in ("machine", "platform")
    ]
    action = {
        "@id": f"#run-{recording.id}",
        "@type": "CreateAction",
        "name": "oncobrief " + " ".join(recording.command),
        "description": f"On {recording.versions.get('platform', 'an unnamed system')}",
        "startTime": recording.started,
        "endTime": recording.finished,
        "actionStatus": {
            "@id": "http://schema.org/CompletedActionStatus"
            if recording.exit_code == 0
            else "http://schema.org/FailedActionStatus"
        },
        "instrument": [{"@id": tool["@id"]} for tool in tools],
        "object": [{"@id": entry["@id"]} for entry in inputs],
        "result": [{"@id": entry["@id"]} for entry in files],
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"oncobrief run {recording.id}",
        "description": "Outputs of one recorded command; inputs are named by digest and not included. "
        "Research use only: findings are statistical associations in cell lines.",
        "datePublished": recording.finished,
        "license": {"@id": _LICENCE},
        "hasPart": parts,
        "mentions": [{"@id": action["@id"]}],
    }
    descriptor = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "conformsTo": {"@id": _CONFORMS},
        "about": {"@id": "./"},
    }
    licence = {"@id": _LICENCE, "@type": "CreativeWork", "name": "Apache License 2.0 (the crate's own files)"}
    return {"@context": _CONTEXT, "@graph": [descriptor, root, action, own, *files, *inputs, *tools, licence]}


def _file(name: str, digest: str) -> dict[str, Any]:
    suffix = "." + name.rsplit(".", 1)[-1]
    kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {"@id": name, "@type": "File", "name": name.rsplit("/", 1)[-1], "encodingFormat": kind, "sha256": digest}


def _input(name: str, digest: str) -> dict[str, Any]:
    # Not part of the crate: data carry terms of their own. The digest tells whether someone has the same.
    return {"@id": f"#input-{digest[:16]}", "@type": "CreativeWork", "name": name, "identifier": f"sha256:{digest}"}


def _by_name(files: dict[str, str]) -> dict[str, str]:
    """Files named on the command line, without the folders of the machine they lay on."""
    return {path.replace("\\", "/").rsplit("/", 1)[-1]: digest for path, digest in files.items()}
