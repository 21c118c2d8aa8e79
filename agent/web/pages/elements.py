"""The elements that pages are made of: our markup, forms, figures and plain tags, none of which needs ``eval``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import nicegui
from nicegui import ui
from nicegui.element import Element

from agent.web.render import render

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPONENTS = Path(__file__).resolve().parent.parent / "components"
_PLOTLY = Path(nicegui.__file__).resolve().parent / "elements" / "plotly" / "dist"


class Markup(Element, component=_COMPONENTS / "oncobrief_markup.js"):
    """HTML made by `agent.web.render`, and by nothing else."""

    def __init__(self, template: str, *, tag: str = "div", **values: object) -> None:
        super().__init__()
        self._template = template
        self._props["tag"] = tag
        self._props["content"] = render(template, **values)

    def show(self, **values: object) -> None:
        """Fill the template anew and send it to the page."""
        self._props["content"] = render(self._template, **values)


class Form(Element, component=_COMPONENTS / "oncobrief_form.js"):
    """A form; `on_send` gets its named fields as text.

    Parameters
    ----------
    label
        Name for those who cannot see the page.
    clear
        Empty the fields after sending.
    """

    def __init__(self, label: str, on_send: Callable[[dict[str, str]], Any], *, clear: bool = False) -> None:
        super().__init__()
        self._props["label"] = label
        self._props["clear"] = clear
        self.on("send", lambda event: on_send(_texts(event.args)))


class Chart(Element, component=_COMPONENTS / "oncobrief_chart.js", esm={"nicegui-plotly": str(_PLOTLY)}):
    """An interactive figure: `figure` is JSON of plotly's ``data`` and ``layout``, `label` says what it shows."""

    def __init__(self, figure: str, label: str) -> None:
        super().__init__()
        self._props["figure"] = figure
        self._props["label"] = label


def tag(kind: str, /, text: str | None = None, classes: str = "", **attributes: str | bool) -> Element:
    """A plain HTML element; attribute names with ``_`` for ``-``."""
    element = ui.element(kind)
    if text is not None:
        element._text = text
    if classes:
        element.classes(classes)
    for key, value in attributes.items():
        element._props[key.rstrip("_").replace("_", "-")] = value
    return element


def button(
    text: str, on_click: Callable[[], Any] | None = None, classes: str = "", **attributes: str | bool
) -> Element:
    """A button; without `on_click` it sends the form it stands in."""
    kind = "button" if on_click is not None else "submit"
    element = tag("button", text, f"button {classes}".strip(), type=kind, **attributes)
    if on_click is not None:
        element.on("click", lambda: on_click(), args=[])
    return element


def _texts(given: Any) -> dict[str, str]:
    """Named fields as text; anything else that a page might send is left out."""
    return {str(k): v for k, v in given.items() if isinstance(v, str)} if isinstance(given, dict) else {}
