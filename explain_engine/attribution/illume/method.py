"""ILLUME+ as attribution methods: metadata and one plain function each, ready for the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from explain_engine.record import Record

if TYPE_CHECKING:
    from explain_engine.attribution.illume.arrays import FloatArray

CostClass = Literal["milliseconds a line", "seconds a fit", "minutes a fit"]


class IllumeMethod(Record):
    """What a registry lists of one method.

    Attributes
    ----------
    name, function
        Registry name, and name of the function in this file.
    doi
        Where the method was published.
    cost
        On one thread at 600 lines and 1,000 genes.
    note
        What it is good for, as measured.
    """

    name: str
    function: str
    doi: tuple[str, ...]
    cost: CostClass
    note: str


_DOI = ("arXiv:2607.00931", "arXiv:2504.20667")

METHODS: tuple[IllumeMethod, ...] = (
    IllumeMethod(
        name="illume-plus-published",
        function="illume_published_attributions",
        doi=_DOI,
        cost="seconds a fit",
        note="published choices in the exact training form; a baseline, not a ranking to act on",
    ),
    IllumeMethod(
        name="illume-plus",
        function="illume_attributions",
        doi=_DOI,
        cost="seconds a fit",
        note="the same encoder with its faults mended; smooth over neighbouring lines, not faithful to the model",
    ),
    IllumeMethod(
        name="illume-teacher",
        function="illume_teacher_attributions",
        doi=(*_DOI, "10.1038/s42256-019-0138-9"),
        cost="seconds a fit",
        note="reproduces out-of-bag TreeSHAP on lines never seen, from expression alone",
    ),
)


def illume_attributions(X: Any, predictions: Any, *, random_state: int, **settings: Any) -> FloatArray:
    """Local slopes of ILLUME+ with our defaults.

    Parameters
    ----------
    X
        (n_lines, n_genes).
    predictions
        Class probabilities (n_lines, C) or a continuous prediction (n_lines,) of the black box.
    random_state
        Seed.
    settings
        Of :class:`explain_engine.attribution.illume.IllumePlus`.

    Returns
    -------
    ndarray
        (n_lines, n_genes); refined where the surrogate contradicts the black box.
    """
    from explain_engine.attribution.illume.estimator import IllumePlus

    return IllumePlus(random_state=random_state, **settings).fit(X, predictions).attributions(X, predictions)


def illume_published_attributions(X: Any, predictions: Any, *, random_state: int, **settings: Any) -> FloatArray:
    """Local slopes of ILLUME+ with the published choices; otherwise as :func:`illume_attributions`."""
    return illume_attributions(X, predictions, random_state=random_state, paper_faithful=True, **settings)


def illume_teacher_attributions(
    X: Any, predictions: Any, *, phi: Any, random_state: int, **settings: Any
) -> FloatArray:
    """Contributions of the encoder taught by out-of-bag TreeSHAP.

    Parameters
    ----------
    X
        (n_lines, n_genes).
    predictions
        (n_lines,) out-of-bag predictions.
    phi
        (n_lines, n_genes) out-of-bag TreeSHAP values.
    random_state
        Seed.
    settings
        Of :class:`explain_engine.attribution.illume.IllumeTeacher`.
    """
    from explain_engine.attribution.illume.teacher import IllumeTeacher

    return IllumeTeacher(random_state=random_state, **settings).fit(X, phi, predictions).contributions(X)
