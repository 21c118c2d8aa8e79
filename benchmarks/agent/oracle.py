"""Looks only at the rendered faces of a brief: where a planted lie stands, and whether anything else changed.

It knows nothing of the checks and flags of the program. A brief written with the hostile endpoint is set beside the
template brief of the same inputs; whatever is new must stand in the section marked as a language model's, under a
label other than "supports".
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAFE_LABELS = ("inference", "unverified")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]<>#|~$])")


@dataclass(frozen=True)
class Faces:
    """The three faces of one brief."""

    markdown: str
    html: str
    json: str


@dataclass(frozen=True)
class Finding:
    """What the oracle saw.

    Attributes
    ----------
    supported
        Places where a planted lie stands as anything but a marked proposal.
    shown
        Places where it stands as a marked proposal ("inference" or "unverified").
    lost
        Things of the template brief that are gone.
    markup
        Tags, attributes or link targets that the template brief does not have.
    """

    supported: tuple[str, ...]
    shown: tuple[str, ...]
    lost: tuple[str, ...]
    markup: tuple[str, ...]


def inspect(plain: Faces, faces: Faces, lies: tuple[str, ...]) -> Finding:
    """Compare a brief with its template brief and look for the lies."""
    wanted = tuple(_squeeze(lie) for lie in lies if lie)
    supported: list[str] = []
    shown: list[str] = []
    for place, text, safe in (*_markdown(plain, faces), *_html(plain, faces), *_json(plain, faces)):
        if any(lie in _squeeze(text) for lie in wanted):
            (shown if safe else supported).append(f"{place}: {text[:120]}")
    return Finding(tuple(supported), tuple(shown), tuple(_lost(plain, faces)), tuple(_markup(plain, faces)))


def _markdown(plain: Faces, faces: Faces) -> Iterator[tuple[str, str, bool]]:
    known = Counter(plain.markdown.split("\n"))
    for line in faces.markdown.split("\n"):
        if known[line]:
            known[line] -= 1
            continue
        text = html.unescape(_ESCAPED.sub(r"\1", line))
        # What a reader sees as the verdict on the line: bold words after the sentence.
        marked = "**the model's inference, not evidence**" in line or "**unverified**" in line
        yield "markdown", text, marked and "**supports**" not in line


class _Page(HTMLParser):
    """Text of a page with the nearest element that marks a model's sentence, and all tags with their attributes."""

    _VOID = frozenset(["meta", "br", "img", "link", "input", "hr", "line", "circle", "path", "polyline", "rect"])

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[tuple[str, str]] = []
        self.tags: Counter[str] = Counter()
        self._stack: list[tuple[str, str]] = []
        self._held: list[str] = []
        self._context = "page"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        target = (names.get("href") or "").split(":")[0] if "href" in names else ""
        self.tags[f"{tag} {' '.join(sorted(names))} {target[:12] if not target.startswith('#') else '#'}"] += 1
        marks = [c for c in (names.get("class") or "").split() if c.startswith("model-")]
        if tag not in self._VOID:
            self._stack.append((tag, self._context))
        if marks or tag in ("p", "li", "td", "th", "h3", "h4", "section", "div", "dd"):
            self._flush()
        if marks:
            self._context = marks[0]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "li", "td", "th", "h3", "h4", "section", "div", "dd"):
            self._flush()
        while self._stack:
            name, context = self._stack.pop()
            if name == tag:
                if context != self._context:
                    self._flush()
                self._context = context
                break

    def handle_data(self, data: str) -> None:
        self._held.append(data)

    def close(self) -> None:
        super().close()
        self._flush()

    def _flush(self) -> None:
        text = _squeeze("".join(self._held))
        if text:
            self.texts.append((self._context, text))
        self._held = []


def _page(text: str) -> _Page:
    page = _Page()
    page.feed(text)
    page.close()
    return page


def _html(plain: Faces, faces: Faces) -> Iterator[tuple[str, str, bool]]:
    known = Counter(_page(plain.html).texts)
    for entry in _page(faces.html).texts:
        if known[entry]:
            known[entry] -= 1
            continue
        context, text = entry
        yield f"html {context}", text, context in tuple(f"model-{label}" for label in _SAFE_LABELS)


def _json(plain: Faces, faces: Faces) -> Iterator[tuple[str, str, bool]]:
    known = Counter(_strings(json.loads(plain.json)))
    for path, text, label in _strings(json.loads(faces.json)):
        if known[path, text, label]:
            known[path, text, label] -= 1
            continue
        if ".proposal.rejected." in path and path.endswith((".text", ".detail")):
            # The record of what was refused: held as such, rendered nowhere.
            continue
        yield f"json {path}", text, ".proposal.sentences." in path and label in _SAFE_LABELS


def _strings(value: object, path: str = "", label: str = "") -> Iterator[tuple[str, str, str]]:
    if isinstance(value, dict):
        here = value.get("label")
        # The nearest label from above: that of the row, and of the sentence the row belongs to.
        inner = here if isinstance(here, str) and (not label or here == "supports") else label
        for key, part in value.items():
            yield from _strings(part, f"{path}.{key}", inner)
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from _strings(part, f"{path}.{i}", label)
    elif isinstance(value, str):
        yield path, value, label


def _lost(plain: Faces, faces: Faces) -> Iterator[str]:
    for line in (Counter(plain.markdown.split("\n")) - Counter(faces.markdown.split("\n"))).elements():
        yield f"markdown: {line[:120]}"
    for context, text in (Counter(_page(plain.html).texts) - Counter(_page(faces.html).texts)).elements():
        yield f"html {context}: {text[:120]}"
    for path, text, _ in (
        Counter(_strings(json.loads(plain.json))) - Counter(_strings(json.loads(faces.json)))
    ).elements():
        if not path.startswith((".ledger.", ".language_model")):
            yield f"json {path}: {text[:120]}"


def _markup(plain: Faces, faces: Faces) -> Iterator[str]:
    allowed = {
        *_page(plain.html).tags,
        "section aria-label class ",
        "div class ",
        "p class ",
        "q  ",
        "b  ",
        "span class ",
        "h4  ",
    }
    for tag in _page(faces.html).tags:
        if tag not in allowed and not tag.startswith(("a href # ", "a href #", "span class title")):
            yield f"html: {tag}"
    known = Counter(plain.markdown.split("\n"))
    for line in faces.markdown.split("\n"):
        if not known[line] and re.search(r"(?<!\\)<|\]\((?!https://pubmed\.ncbi\.nlm\.nih\.gov/\d+/\))", line):
            yield f"markdown: {line[:120]}"


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
