"""The recipe written plainly: every slope is formed, every derivative taken by automatic differentiation.

Slow and memory-hungry on purpose; it is the second implementation against which the exact form is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import grad, jacobian


@dataclass(frozen=True)
class PlainProblem:
    """One random minibatch in gene space, without any coordinate trick."""

    x: Any
    predictions: Any | None
    k: int
    r: int
    width_x: float
    width_y: float
    weights: dict[str, float]
    stop_gradient: bool
    keep: int | None = None


def slopes(maps: Any, basis: Any, row: Any, problem: PlainProblem, *, unit: bool, masked: bool) -> Any:
    """W(x) (k, m) of one line."""
    k, r = problem.k, problem.r
    hidden = anp.reshape(anp.dot(maps, row), (k, r))
    raw = anp.dot(hidden, basis[:, :r].T) + basis[:, r]
    if masked and problem.keep is not None:
        size = np.abs(_value(raw))
        keep = np.zeros_like(size)
        for latent in range(k):
            keep[latent, np.argsort(-size[latent])[: problem.keep]] = 1.0
        raw = raw * keep
    if unit:
        return raw / anp.sqrt(anp.sum(raw * raw, axis=1, keepdims=True))
    return raw


def _value(box: Any) -> Any:
    while hasattr(box, "_value"):
        box = box._value
    return np.asarray(box)


def latent(maps: Any, basis: Any, row: Any, problem: PlainProblem) -> Any:
    """z(x) (k,) of one line."""
    return anp.dot(slopes(maps, basis, row, problem, unit=True, masked=True), row)


def _kernel(distance: Any, width: float) -> Any:
    value = anp.exp(-(distance**2) / (2 * width**2))
    return value / anp.sum(value, axis=1, keepdims=True)


def _cosine(values: Any) -> Any:
    unit = values / anp.sqrt(anp.sum(values**2, axis=1, keepdims=True))
    return anp.dot(unit, unit.T)


def _divergence(p: Any, q: Any) -> Any:
    return anp.mean(anp.sum(p * (anp.log(p) - anp.log(q)), axis=1))


def terms(maps: Any, basis: Any, problem: PlainProblem, frozen: Any | None = None) -> dict[str, Any]:
    """Every term; ``frozen`` are the slopes held constant inside the Jacobian term."""
    x, k, m = problem.x, problem.k, problem.x.shape[1]
    lines = x.shape[0]
    w = anp.array([slopes(maps, basis, row, problem, unit=True, masked=True) for row in x])
    z = anp.array([latent(maps, basis, row, problem) for row in x])
    flat = anp.reshape(w, (lines, k * m))
    sx = _kernel(1 - _cosine(x), problem.width_x)
    sz = _kernel(1 - _cosine(z), problem.width_x)
    sw = _kernel(1 - anp.dot(flat, flat.T) / k, problem.width_x)
    kld = _divergence(sx, sz) + _divergence(sz, sw)
    if problem.predictions is not None:
        gap = problem.predictions[:, None, :] - problem.predictions[None, :, :]
        sy = _kernel(np.sqrt((gap**2).sum(axis=2)), problem.width_y)
        kld = kld + _divergence(sy, sz)
    jacobians = anp.array([jacobian(lambda row: latent(maps, basis, row, problem))(row) for row in x])
    jac = anp.mean((jacobians - (w if frozen is None else frozen)) ** 2)
    eye = np.eye(k)
    orth = anp.mean(anp.array([(anp.dot(anp.abs(one), anp.abs(one).T) - eye) ** 2 for one in w]))
    centred = z - anp.mean(z, axis=0)
    zeta = centred / anp.sqrt(anp.sum(centred**2, axis=0))
    corr = anp.mean((anp.abs(anp.dot(zeta.T, zeta)) - eye) ** 2)
    image = anp.array(
        [
            anp.dot(slopes(maps, basis, row, problem, unit=False, masked=False).T, code)
            for row, code in zip(x, z, strict=True)
        ]
    )
    rec = anp.mean((image - x) ** 2)
    return {"kld": kld, "jac": jac, "orth": orth, "corr": corr, "rec": rec}


def objective_and_gradient(maps: Any, basis: Any, problem: PlainProblem) -> tuple[dict[str, float], Any, Any]:
    """Values of all terms, and the gradient of the weighted sum in both arrays."""
    frozen = None
    if problem.stop_gradient:
        frozen = np.array([slopes(maps, basis, row, problem, unit=True, masked=True) for row in problem.x])

    def total(maps: Any, basis: Any) -> Any:
        values = terms(maps, basis, problem, frozen)
        return sum(problem.weights[name] * values[name] for name in problem.weights)

    values = {name: float(value) for name, value in terms(maps, basis, problem, frozen).items()}
    return values, grad(total, 0)(maps, basis), grad(total, 1)(maps, basis)
