"""The attribution methods in one table: name, function, source, cost. A new method is one file and one line here."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Literal

import numpy as np

from explain_engine.attribution.problem import Explained, Problem
from explain_engine.errors import InputError
from explain_engine.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

Cost = Literal["seconds", "minutes", "hours"]


class Method(Record):
    """A registered attribution method.

    Attributes
    ----------
    function
        ``module:function``, loaded when first used; takes a `Problem`, gives `Explained`.
    doi
        Where it was published; arXiv ids where there is no DOI.
    cost
        For 600 lines and 1,000 genes on one thread.
    local
        Whether it explains single lines.
    any_model
        Whether it explains a predictor of the user's own.
    """

    name: str
    function: str
    doi: str
    cost: Cost
    local: bool
    any_model: bool

    def load(self) -> Callable[[Problem], Explained]:
        """Import the function behind the name."""
        module, name = self.function.split(":")
        return getattr(importlib.import_module(f"explain_engine.attribution.{module}"), name)  # type: ignore[no-any-return]


_ILLUME = "10.48550/arXiv.2607.00931"

METHODS: tuple[Method, ...] = (
    Method(
        name="bagged consensus",
        function="consensus_model:explain_consensus",
        doi="10.1038/s42256-019-0138-9",
        cost="seconds",
        local=True,
        any_model=False,
    ),
    Method(
        name="treeshap",
        function="treeshap:explain_treeshap",
        doi="10.1038/s42256-019-0138-9",
        cost="seconds",
        local=True,
        any_model=True,
    ),
    Method(
        name="linear",
        function="linear:explain_linear",
        doi="10.1080/00401706.1970.10488634",
        cost="seconds",
        local=True,
        any_model=True,
    ),
    Method(
        name="permutation",
        function="permutation:explain_permutation",
        doi="10.1023/A:1010933404324",
        cost="seconds",
        local=False,
        any_model=True,
    ),
    Method(
        name="lime",
        function="lime:explain_lime",
        doi="10.1145/2939672.2939778",
        cost="minutes",
        local=True,
        any_model=True,
    ),
    Method(
        name="kernel shap",
        function="kernelshap:explain_kernel_shap",
        doi="10.48550/arXiv.1705.07874",
        cost="hours",
        local=True,
        any_model=True,
    ),
    Method(
        name="illume-plus",
        function="registry:explain_illume",
        doi=_ILLUME,
        cost="seconds",
        local=True,
        any_model=True,
    ),
    Method(
        name="illume-plus-published",
        function="registry:explain_illume_published",
        doi=_ILLUME,
        cost="seconds",
        local=True,
        any_model=True,
    ),
)


def method(name: str) -> Method:
    """Look a method up by name.

    Raises
    ------
    InputError
        If there is none of that name; the names there are, are listed.
    """
    for entry in METHODS:
        if entry.name == name:
            return entry
    raise InputError(f"no attribution method {name!r}; there are: {', '.join(m.name for m in METHODS)}")


def explain_with(name: str, problem: Problem) -> Explained:
    """Explain a problem by a registered method.

    Raises
    ------
    InputError
        If the method is unknown, the shapes disagree, or a predictor is given to a method that brings its own.
    """
    entry = method(name)
    n, m = problem.Z.shape
    if problem.y.shape != (n,) or problem.explained.ndim != 2 or problem.explained.shape[1] != m:
        raise InputError(
            f"shapes disagree: expression {problem.Z.shape}, response {problem.y.shape}, "
            f"lines to explain {problem.explained.shape}"
        )
    if problem.predictor is not None and not entry.any_model:
        raise InputError(f"{name!r} fits its own models; choose a method that explains a given one")
    return entry.load()(problem)


def explain_illume(problem: Problem) -> Explained:
    """ILLUME+ with its faults mended, on the continuous prediction of the given model or of boosted trees."""
    return _illume(problem, paper_faithful=False)


def explain_illume_published(problem: Problem) -> Explained:
    """ILLUME+ with the published choices: slopes, not contributions."""
    return _illume(problem, paper_faithful=True)


def _illume(problem: Problem, *, paper_faithful: bool) -> Explained:
    from explain_engine.attribution.illume.estimator import IllumePlus
    from explain_engine.attribution.model import given_or_trees

    problem = given_or_trees(problem)
    fitted = IllumePlus(random_state=problem.seed, paper_faithful=paper_faithful).fit(
        problem.Z, problem.predict(problem.Z)
    )
    phi = np.asarray(fitted.attributions(problem.explained, problem.predict(problem.explained)), dtype=np.float64)
    return Explained(importance=np.abs(phi).mean(axis=0), phi=phi)
