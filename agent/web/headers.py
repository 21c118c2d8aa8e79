"""Headers of every answer, and the marks that let a page's own inline scripts run and no others."""

from __future__ import annotations

import re

# NiceGUI's page template has inline scripts; none of what is put into a page can hold this text unescaped.
_SCRIPT = re.compile(rb"<script(?=[\s>])")

COMMON = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    # Not no-referrer: with it a browser sends "null" as the origin of a form, and the origin is checked.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
# For answers that are no page: nothing in them may be loaded or run.
INERT = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# A brief is one file with its own style and pictures in it.
BRIEF = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def page_policy(nonce: str, socket: str) -> str:
    """Content-Security-Policy of a page.

    Scripts: this server's files and the inline scripts of the page template, by nonce; no ``unsafe-inline``, no
    ``unsafe-eval``. Styles: Quasar, Vue and plotly set style attributes and style elements from scripts, which cannot
    carry a nonce, so ``unsafe-inline`` stands for styles. ``data:`` and ``blob:`` pictures: plotly draws and saves
    through them.

    Parameters
    ----------
    socket
        Origin of the page's own socket, for browsers that do not count it as ``'self'``.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            f"connect-src 'self' {socket}",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def with_nonce(page: bytes, nonce: str) -> bytes:
    """Mark the scripts of a page template."""
    return _SCRIPT.sub(f'<script nonce="{nonce}"'.encode(), page)
