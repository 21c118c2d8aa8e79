"""ILLUME+: meta-encoder, exact training form, surrogates, rules, and the variant taught by TreeSHAP.

``IllumePlus`` and ``IllumeTeacher`` are imported when first asked for, as scikit-learn comes with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explain_engine.attribution.illume.estimator import IllumePlus
    from explain_engine.attribution.illume.lesson import Lesson
    from explain_engine.attribution.illume.teacher import IllumeTeacher

__all__ = ["IllumePlus", "IllumeTeacher", "Lesson"]

_HOMES = {"IllumePlus": "estimator", "IllumeTeacher": "teacher", "Lesson": "lesson"}


def __getattr__(name: str) -> Any:
    """Import the public classes on first use."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
