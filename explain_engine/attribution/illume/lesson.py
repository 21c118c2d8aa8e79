"""What the taught encoder is given of each drug."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explain_engine.attribution.illume import checks
from explain_engine.attribution.illume.arrays import FloatArray, IntArray
from explain_engine.errors import InputError


@dataclass(frozen=True)
class Lesson:
    """What is known of one drug.

    Attributes
    ----------
    name
        Drug.
    rows
        (n_d,) rows of X the drug was measured on.
    phi
        (n_d, m) out-of-bag TreeSHAP values, in units of the response.
    prediction
        (n_d,) out-of-bag predictions, in units of the response.
    """

    name: str
    rows: IntArray
    phi: FloatArray
    prediction: FloatArray


def check_lessons(values: FloatArray, phi: Any, prediction: Any) -> list[Lesson]:
    """Lessons of either form of ``fit``, checked."""
    n, m = values.shape
    if prediction is not None:
        given = [Lesson("drug", np.arange(n), np.asarray(phi, dtype=np.float64), np.asarray(prediction, np.float64))]
    elif isinstance(phi, Sequence) and phi and all(isinstance(lesson, Lesson) for lesson in phi):
        given = list(phi)
    else:
        raise InputError("pass the TreeSHAP values (n, m) together with the predictions (n,), or a list of Lesson")
    if len({lesson.name for lesson in given}) < len(given):
        raise InputError("two lessons have the same name; names must tell drugs apart")
    for lesson in given:
        count = len(lesson.rows)
        if lesson.phi.shape != (count, m) or lesson.prediction.shape != (count,):
            raise InputError(
                f"drug {lesson.name!r}: phi has shape {lesson.phi.shape} and prediction {lesson.prediction.shape}, "
                f"expected {(count, m)} and {(count,)}"
            )
        if not (np.isfinite(lesson.phi).all() and np.isfinite(lesson.prediction).all()):
            raise InputError(f"drug {lesson.name!r}: TreeSHAP values or predictions contain NaN or infinity")
        if count and (lesson.rows.min() < 0 or lesson.rows.max() >= n):
            raise InputError(f"drug {lesson.name!r}: rows point outside the {n} lines of X")
        checks.check_varies(lesson.prediction)
    return given
