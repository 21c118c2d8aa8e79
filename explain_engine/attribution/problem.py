"""What every attribution method is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explain_engine.predict.protocol import Fitted


@dataclass(frozen=True, eq=False)
class Problem:
    """Lines to learn from, lines to explain, and the model to be explained.

    Attributes
    ----------
    Z
        Standardised expression of the training lines, lines x genes.
    y
        Their response; lower is more sensitive.
    codes
        Their tissue as integers from 0.
    explained
        Standardised expression (training mean and spread) of the lines to explain, lines x genes.
    predictor
        A fitted regressor with ``predict``; None asks the method for its own model.
    seed
        Seed of whatever the method draws.
    """

    Z: NDArray[np.float64]
    y: NDArray[np.float64]
    codes: NDArray[np.intp]
    explained: NDArray[np.float64]
    predictor: Fitted | None = None
    seed: int = 0

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Ask the predictor and check what it answers.

        Raises
        ------
        InputError
            If there is no predictor, or it does not give one finite number a line.
        """
        if self.predictor is None:
            raise InputError("this method explains a given predictor; pass one with a predict method")
        out = np.asarray(self.predictor.predict(X), dtype=np.float64)
        if out.shape != (len(X),) or not np.isfinite(out).all():
            raise InputError(
                f"{type(self.predictor).__name__}.predict must give one finite number a line; "
                f"for {len(X)} lines it gave shape {out.shape}"
            )
        return out


@dataclass(frozen=True, eq=False)
class Explained:
    """What a method says.

    Attributes
    ----------
    importance
        One value a gene, larger is more important.
    phi
        Attributions of the explained lines, lines x genes, in units of the response; None where the method ranks
        genes only.
    """

    importance: NDArray[np.float64]
    phi: NDArray[np.float64] | None
