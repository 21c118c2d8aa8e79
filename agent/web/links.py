"""Where the links of an answer lead on these pages, and numbers marked with where they were read."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.hypotheses.numbers import NumberRef
    from agent.toolbox.records import Link


def link_path(link: Link) -> str | None:
    """Address of what a link opens; None where there is no page for it (a cell line)."""
    target = link.target
    if link.kind == "drug":
        return f"/drug/{_part(target)}"
    if link.kind == "gene":
        drug, _, gene = target.rpartition("/")
        return f"/drug/{_part(drug)}?gene={_part(gene)}#gene" if drug else None
    if link.kind == "run":
        return f"/bundle/{_part(target)}"
    if link.kind == "plot":
        bundle, _, name = target.partition("/")
        return f"/bundle/{_part(bundle)}?plot={_part(name)}"
    if link.kind == "passage":
        return f"/passage/{_part(target)}"
    if link.kind == "brief":
        return f"/briefs/{_part(target)}/brief.html"
    if link.kind == "job":
        return "/jobs"
    return None


def marked(text: str, numbers: Sequence[NumberRef]) -> Markup:
    """Escape a text and mark each number with the path it was read from."""
    from agent.web.render import visible

    out, at = Markup(), 0
    for ref in sorted(numbers, key=lambda r: r.start):
        if not at <= ref.start < ref.end <= len(text):
            continue
        out += Markup.escape(visible(text[at : ref.start]))
        out += Markup('<span class="n" title="{}: {}">{}</span>').format(ref.root, ref.path, text[ref.start : ref.end])
        at = ref.end
    return out + Markup.escape(visible(text[at:]))


def _part(text: str) -> str:
    return quote(text, safe="")
