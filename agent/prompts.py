"""Prompts and templates as versioned files: ``prompts/<step>/<name>.v<N>.md`` with a YAML head."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

import yaml

from agent.errors import PromptError
from agent.records import Record

_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_SECTION = re.compile(r"^# ([a-z][a-z0-9_]*)\n", re.MULTILINE)


class Prompt(Record):
    """One version of one file; its text never changes once released.

    Attributes
    ----------
    name
        ``<step>/<name>.v<N>``.
    purpose
        One line from the head.
    variables
        Slots that the text may use.
    sections
        Section name -> text with ``{slot}`` marks, blanks at both ends removed.
    answer
        JSON Schema of the answer that a language model is asked for; None for templates.
    sha256
        Hash of the file's bytes, recorded with each run.
    """

    name: str
    purpose: str
    variables: tuple[str, ...]
    sections: dict[str, str]
    sha256: str
    answer: dict[str, object] | None = None

    def section(self, name: str) -> str:
        """Return the text of a section.

        Raises
        ------
        PromptError
            If the file has no such section.
        """
        try:
            return self.sections[name]
        except KeyError:
            raise PromptError(f"{self.name}: no section {name!r}; it has {sorted(self.sections)}") from None


def slots(text: str) -> tuple[str, ...]:
    """Names of the slots in `text`, in order of first use."""
    return tuple(dict.fromkeys(_SLOT.findall(text)))


def prompts_dir() -> Path:
    """Folder of the prompt files: beside the package when installed, at the root of a checkout."""
    here = Path(__file__).resolve().parent
    packed = here / "_prompts"
    return packed if packed.is_dir() else here.parent / "prompts"


@lru_cache(maxsize=64)
def load_prompt(name: str, version: int) -> Prompt:
    """Read ``prompts/<name>.v<version>.md`` and check that it uses exactly the variables it declares.

    Raises
    ------
    PromptError
        If the file is missing, has no valid head, or its slots differ from its declared variables.
    """
    path = prompts_dir() / f"{name}.v{version}.md"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PromptError(f"{path}: cannot be read ({error.strerror}); reinstall oncobrief") from error
    return parse_prompt(f"{name}.v{version}", data)


def parse_prompt(name: str, data: bytes) -> Prompt:
    """Parse the bytes of a prompt file; see `load_prompt`."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PromptError(f"{name}: not UTF-8 text ({error})") from error
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise PromptError(f"{name}: no YAML head between two lines of ---")
    try:
        head = yaml.safe_load(parts[1])
    except yaml.YAMLError as error:
        raise PromptError(f"{name}: head is not YAML ({error})") from error
    if not isinstance(head, dict) or set(head) - {"schema"} != {"purpose", "variables"}:
        raise PromptError(f"{name}: the head must hold exactly 'purpose' and 'variables', and may hold 'schema'")
    if not isinstance(head.get("schema", {}), dict):
        raise PromptError(f"{name}: 'schema' in the head must be a JSON Schema")
    pieces = _SECTION.split(parts[2])
    sections = {key: body.strip() for key, body in zip(pieces[1::2], pieces[2::2], strict=True)}
    if not sections:
        raise PromptError(f"{name}: no section (a line '# name')")
    declared = tuple(str(v) for v in head["variables"])
    used = {slot for body in sections.values() for slot in slots(body)}
    if used != set(declared):
        unused, undeclared = sorted(set(declared) - used), sorted(used - set(declared))
        raise PromptError(f"{name}: declared but unused {unused}, used but undeclared {undeclared}")
    return Prompt(
        name=name,
        purpose=str(head["purpose"]),
        variables=declared,
        sections=sections,
        sha256=hashlib.sha256(data).hexdigest(),
        answer=head.get("schema"),
    )
