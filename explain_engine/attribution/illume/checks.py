"""Checks of what a caller hands to ILLUME+: one clear error each."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import column_or_1d

from explain_engine.attribution.illume.arrays import FloatArray, IntArray
from explain_engine.errors import InputError

_SUM_TOLERANCE = 1e-3


def check_genes(values: FloatArray, names: list[str]) -> None:
    """No gene may be constant over the training lines."""
    # np.ptp, not the variance: rounding gives a constant column a variance of 1e-30.
    constant = np.flatnonzero(np.ptp(values, axis=0) == 0)
    if constant.size:
        shown = ", ".join(repr(names[j]) for j in constant[:5])
        more = f" and {constant.size - 5} more" if constant.size > 5 else ""
        raise InputError(
            f"{constant.size} of {values.shape[1]} genes are constant over the training lines ({shown}{more}); "
            "leave them out"
        )


def check_predictions(values: Any, lines: int, head: str, *, what: str = "y") -> tuple[FloatArray, str]:
    """Black-box output as (n, C) probabilities or (n, 1) continuous values, and the head that it asks for.

    Parameters
    ----------
    values
        (n, C) class probabilities, C >= 2, or (n,) continuous predictions.
    lines
        n.
    head
        ``"auto"``, ``"class"`` or ``"regression"``.
    what
        Name of the argument, for messages.
    """
    if values is None:
        raise InputError(
            f"IllumePlus requires y to be passed, but the target y is None: {what} must hold the black box's class "
            "probabilities (n, C) or its continuous prediction (n,)"
        )
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = column_or_1d(array, warn=True)
    if array.ndim not in (1, 2):
        raise InputError(f"{what} must have one or two dimensions, got shape {array.shape}")
    if np.iscomplexobj(array):
        raise InputError(f"Complex data not supported: {what} must be real")
    try:
        array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"Unknown label type: {what} must be numbers, the output of a black box ({error})") from error
    if array.shape[0] != lines:
        raise InputError(f"{what} has {array.shape[0]} rows but X has {lines}; they must describe the same lines")
    if not np.isfinite(array).all():
        bad = np.flatnonzero(~np.isfinite(array.reshape(lines, -1)).all(axis=1))
        raise InputError(f"{what} contains NaN or infinity (first in row {int(bad[0])}); drop or predict those lines")
    found = "class" if array.ndim == 2 else "regression"
    if head not in ("auto", found):
        wanted = "probabilities (n, C)" if head == "class" else "a continuous prediction (n,)"
        raise InputError(f"head={head!r} needs {wanted}, but {what} has shape {array.shape}")
    if found == "regression":
        return array[:, None], found
    _check_probabilities(array, what)
    return array, found


def _check_probabilities(array: FloatArray, what: str) -> None:
    outside = np.flatnonzero((array < 0).any(axis=1) | (array > 1).any(axis=1))
    if outside.size:
        raise InputError(f"{what} holds values outside [0, 1] (first in row {int(outside[0])}); pass probabilities")
    off = np.abs(array.sum(axis=1) - 1.0)
    worst = int(np.argmax(off))
    if off[worst] > _SUM_TOLERANCE:
        raise InputError(
            f"class probabilities in {what} must sum to 1; row {worst} sums to {array[worst].sum():.6g}. "
            "Pass predict_proba of the black box, or one column for a continuous prediction"
        )


def class_target(probabilities: FloatArray, target_class: int, *, both: bool = True) -> IntArray:
    """1 where the black box's most probable class is the target class: (n,)."""
    classes = probabilities.shape[1]
    if not 0 <= target_class < classes:
        raise InputError(f"target_class={target_class!r} but the black box has classes 0 to {classes - 1}")
    target = np.asarray(probabilities.argmax(axis=1) == target_class, dtype=np.int64)
    if both and target.min() == target.max():
        every = "every" if target[0] else "no"
        raise InputError(
            f"only one class: the black box gives class {target_class} to {every} training line, so there is nothing "
            "to explain; choose another target_class or pass a continuous prediction"
        )
    return target


def check_varies(prediction: FloatArray) -> None:
    """A continuous prediction that never changes cannot be explained."""
    if np.ptp(prediction) == 0:
        raise InputError(
            f"the continuous prediction is {prediction.flat[0]!r} on every training line: nothing to explain"
        )


def check_size(name: str, value: int | None, n_genes: int) -> None:
    """A number of latents, a rank or a K lies between 1 and the number of genes."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise InputError(f"{name} must be a whole number >= 1, got {value!r}")
    if value > n_genes:
        raise InputError(f"{name}={value} is larger than the number of genes ({n_genes}); lower it")


def check_choice(name: str, value: object, allowed: tuple[object, ...]) -> None:
    """A setting is one of the allowed values."""
    if value not in allowed:
        raise InputError(f"{name} must be one of {', '.join(repr(a) for a in allowed)}, got {value!r}")


def check_settings(estimator: Any) -> None:
    """Settings of IllumePlus that do not depend on the data."""
    check_choice("head", estimator.head, ("auto", "class", "regression"))
    check_choice("surrogate", estimator.surrogate, ("linear", "tree"))
    check_choice("bandwidth", estimator.bandwidth, (None, "median", "unit"))
    check_choice("coordinates", estimator.coordinates, ("auto", "svd", "genes"))
    check_choice("dtype", estimator.dtype, ("float32", "float64"))
    if not 0 < estimator.validation_fraction <= 0.5:
        raise InputError(f"validation_fraction must lie in (0, 0.5], got {estimator.validation_fraction!r}")
    for name in ("max_epochs", "patience"):
        if getattr(estimator, name) < 1:
            raise InputError(f"{name} must be at least 1, got {getattr(estimator, name)!r}")
    if estimator.batch_size < 2:
        raise InputError("batch_size must be at least 2: one line alone has no neighbours")
